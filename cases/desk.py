"""What a desk keeps itself: its lists of words, and the units that a person speaks for."""

from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet

from accounts.models import User
from accounts.roles import Role
from contracts.models import Contract

from .models import DeskTerm, TermKind, Unit, UnitMember

#: What a list holds until the desk has changed it. In Chinese: it is data, not interface.
DEFAULTS: Mapping[TermKind, tuple[str, ...]] = {
    TermKind.URGENT_WORD: (
        "2小时内回复",
        "两小时内回复",
        "扬言",
        "轻生",
        "自杀",
        "跳楼",
        "极端行为",
        "聚集",
        "伤人",
        "被困",
        "消防",
        "起火",
        "着火",
        "冒烟",
        "燃气",
        "煤气",
        "爆炸",
        "供暖",
        "停暖",
        "供水",
        "停水",
        "停电",
        "漏电",
        "塌陷",
        "坍塌",
        "坠落",
        "积水倒灌",
        "食物中毒",
    ),
    TermKind.RETURN_REASON: (
        "属地不符",
        "权属不符",
        "职责不符",
        "信息不全",
        "重复派单",
        "其他",
    ),
    TermKind.DECLINE_REASON: (
        "不属本单位职责",
        "不在本单位管辖范围",
        "点位不清，无法查找",
        "诉求内容不清",
        "需多个单位共同办理",
        "已由其他单位办理",
        "其他",
    ),
    TermKind.EXCLUSION_REASON: (
        "不在本街道辖区",
        "权属单位不在本街道",
        "诉求与政策法规不符",
        "进入诉讼、仲裁或信访程序",
        "不可抗力",
        "诉求人恶意或无理反复来电",
        "历史遗留，需长期推进",
        "重复诉求",
        "其他",
    ),
    TermKind.CHECK: (
        "已联系诉求人",
        "办理结果与诉求相符",
        "逐项答复，没有遗漏",
        "有佐证材料",
        "用语规范，没有错别字",
        "没有泄露个人信息",
        "办理时间填写准确",
    ),
    TermKind.CONTACT_CAUSE: (
        "电话无人接听",
        "电话停机或空号",
        "诉求人拒绝接听",
        "诉求人未留联系方式",
        "承办单位未联系",
        "其他",
    ),
    TermKind.SOLUTION_CAUSE: (
        "正在办理，尚需时间",
        "需上级或其他部门解决",
        "缺少政策依据",
        "缺少资金",
        "当事各方未达成一致",
        "诉求超出合理范围",
        "问题反复发生",
        "承办单位办理不到位",
        "其他",
    ),
    TermKind.SATISFACTION_CAUSE: (
        "问题没有解决",
        "办理时间过长",
        "答复不清楚或不一致",
        "服务态度不好",
        "没有到现场",
        "期望与政策不符",
        "其他",
    ),
    TermKind.ERROR: (
        "办理结果与事实不符",
        "答非所问或漏项",
        "未联系诉求人即结案",
        "分类、社区或单位登记有误",
        "时间登记有误",
        "缺少佐证材料",
        "文字差错",
        "泄露个人信息",
        "其他",
    ),
}


def terms(contract: Contract, kind: TermKind) -> list[str]:
    """Return what a list offers, in its order: the contract's rows, or the defaults.

    A list whose every row is no longer offered is empty, and stays so.
    """
    rows = DeskTerm.objects.of(contract).filter(kind=kind).order_by("position", "pk")
    found = list(rows.values_list("text", "active"))
    if not found:
        return list(DEFAULTS[kind])
    return [text for text, active in found if active]


def units_of(user: User, contract: Contract) -> QuerySet[Unit]:
    """Return the handling units of a contract that a person speaks for."""
    speaks_for = UnitMember.objects.filter(user=user).values("unit")
    return _units(contract).filter(pk__in=speaks_for)


def units_seen_by(user: User, role: str, contract: Contract) -> QuerySet[Unit]:
    """Return the handling units that a person may look for orders of."""
    if role == Role.UNIT:
        return units_of(user, contract)
    return _units(contract)


def _units(contract: Contract) -> QuerySet[Unit]:
    units: Any = Unit.objects.of(contract)  # which mypy takes for any Reference
    return units  # type: ignore[no-any-return]
