"""What the columns of an upstream export are called, and which of ours they are."""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby
from types import MappingProxyType


class Field(StrEnum):
    """What the product knows a work order by."""

    NUMBER = "number"
    DISTRICT_NUMBER = "district_number"
    SOURCE = "source"
    KIND = "kind"
    CATEGORY = "category"
    CATEGORY_1 = "category_1"
    CATEGORY_2 = "category_2"
    CATEGORY_3 = "category_3"
    TAGS = "tags"
    TITLE = "title"
    CONTENT = "content"
    PLATFORM_STATUS = "platform_status"
    CALLER_NAME = "caller_name"
    CALLER_PHONE = "caller_phone"
    CALLER_ADDRESS = "caller_address"
    CONFIDENTIAL = "confidential"
    DISTRICT = "district"
    STREET = "street"
    COMMUNITY = "community"
    SPOT = "spot"
    UNIT = "unit"
    CALLED_AT = "called_at"
    DISPATCHED_AT = "dispatched_at"
    DISTRICT_DISPATCHED_AT = "district_dispatched_at"
    DUE = "due"
    LIMIT = "limit"
    CLOSED_AT = "closed_at"
    RESULT = "result"
    REPLY = "reply"
    CHANNEL = "channel"
    COMPANY = "company"
    NATURE = "nature"
    VALID_CALLBACK = "valid_callback"
    CONTACTED = "contacted"
    SOLVED = "solved"
    SATISFACTION = "satisfaction"
    URGENCY = "urgency"


#: Field → the headings it goes by, its own name first. Of two columns for one
#: field the heading named earlier here is read, the other is kept as extra.
ALIASES: Mapping[Field, tuple[str, ...]] = MappingProxyType(
    {
        Field.NUMBER: (
            "工单编号", "市级工单编号", "市工单编号", "工单号", "工单编码", "诉求编号", "受理编号", "编号",
        ),
        Field.DISTRICT_NUMBER: ("区级工单编号", "区级工单号", "区工单编号"),
        Field.SOURCE: ("工单来源", "诉求来源", "数据来源", "来源"),
        Field.KIND: ("工单类型", "诉求类型", "事项类型", "来电类别", "案件类型"),
        Field.CATEGORY: ("问题分类", "问题类别", "事项分类", "诉求分类", "问题类型"),
        Field.CATEGORY_1: ("一级分类", "一级问题分类", "问题一级分类"),
        Field.CATEGORY_2: ("二级分类", "二级问题分类", "问题二级分类"),
        Field.CATEGORY_3: ("三级分类", "三级问题分类", "问题三级分类"),
        Field.TAGS: ("标签", "工单标签", "案件标签"),
        Field.TITLE: ("标题", "工单标题", "诉求标题", "来电标题"),
        Field.CONTENT: ("主要内容", "诉求内容", "反映内容", "工单内容", "工单描述", "问题描述", "内容"),
        Field.PLATFORM_STATUS: ("工单状态", "办理状态", "状态(流程节点)", "流程节点", "状态"),
        Field.CALLER_NAME: (
            "来电人", "反映人", "诉求人", "来电人姓名", "反映人姓名", "诉求人姓名", "姓名", "联系人",
            "联系人姓名",
        ),
        Field.CALLER_PHONE: (
            "来电人电话/账号", "来电人电话", "来电号码", "来电电话", "来电人联系电话", "反映人联系电话",
            "反映人电话", "诉求人联系电话", "诉求人电话", "联系电话", "联系人电话", "联系方式", "手机号码", "手机号", "电话号码", "电话",
        ),
        Field.CALLER_ADDRESS: ("来电人地址", "反映人地址", "诉求人地址", "联系人地址", "联系地址", "家庭住址"),
        Field.CONFIDENTIAL: ("是否保密", "保密"),
        Field.DISTRICT: ("被反映区", "所属区"),
        Field.STREET: ("被反映街乡镇", "街乡镇", "所属街道", "街道"),
        Field.COMMUNITY: ("村/社区", "所在村社区", "村社区", "反映社区", "所属社区", "社区"),
        Field.SPOT: ("小区点位", "问题点位", "点位", "发生地址", "地址"),
        Field.UNIT: ("主办单位", "承办单位", "办理单位", "责任单位", "二级承办单位简称", "二级承办单位"),
        Field.CALLED_AT: ("来电时间", "受理时间", "创建时间", "登记时间", "反映时间"),
        Field.DISPATCHED_AT: ("派单时间", "市派单时间", "市级派单时间", "转派时间"),
        Field.DISTRICT_DISPATCHED_AT: ("区派单时间", "区级派单时间"),
        Field.DUE: (
            "截止时间", "处置时限/截止时间", "处理截止时间", "办理截止时间", "处置截止时间", "处理期限",
            "办理期限",
        ),
        Field.LIMIT: ("办理时限", "处理时限", "处置时限"),
        Field.CLOSED_AT: ("办结时间", "结案时间", "完成时间"),
        Field.RESULT: ("办理结果", "处理结果", "最终处理情况"),
        Field.REPLY: ("回复内容", "答复内容"),
        Field.CHANNEL: ("处理受理方式", "受理渠道", "受理方式"),
        Field.COMPANY: ("企业名称",),
        Field.NATURE: ("工单性质", "案件性质"),
        Field.VALID_CALLBACK: ("是否有效回访", "有效回访"),
        Field.CONTACTED: ("是否联系", "是否响应"),
        Field.SOLVED: ("是否解决",),
        Field.SATISFACTION: ("是否满意", "满意度", "评价结果"),
        Field.URGENCY: ("紧急程度", "是否紧急", "突发案件"),
    }
)  # fmt: skip

#: Told twice, these are joined and not kept as extra: that is not encrypted.
CALLER = frozenset({Field.CALLER_NAME, Field.CALLER_PHONE, Field.CALLER_ADDRESS})

#: A row has to name its order, say what it is about, and when it came.
CONTENTS = (Field.CONTENT, Field.TITLE)
ARRIVALS = (Field.DISPATCHED_AT, Field.DISTRICT_DISPATCHED_AT, Field.CALLED_AT)
REQUIRED: tuple[tuple[Field, ...], ...] = ((Field.NUMBER,), CONTENTS, ARRIVALS)

#: A running number says something of the file, not of the order; kept, it would
#: make every order look changed in the next export.
IGNORED = frozenset({"序号", "行号"})

#: A heading with one of these words in it holds personal data, whatever the rest.
PERSONAL = (
    "身份证",
    "证件",
    "电话",
    "手机",
    "号码",
    "姓名",
    "住址",
    "联系人",
    "邮箱",
    "微信",
    "银行",
)

#: Tidy heading → the value of the field it is, "" to keep it as it is.
NO_MAPPING: Mapping[str, str] = MappingProxyType({})

_LOOKED_AT, _LONGEST = 200, 60
_BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
_MARKS = "*:：、."


def tidy(heading: str) -> str:
    """Return `heading` without what differs between exports of the same column.

    That is spaces, line breaks, a byte order mark and all else that does not show,
    full-width forms, and the asterisk of a required column:

    >>> tidy("\\ufeff*来电人 电话／账号\\n（必填）：")
    '来电人电话/账号(必填)'
    """
    folded = unicodedata.normalize("NFKC", heading[:_LOOKED_AT])
    shown = "".join(sign for sign in folded if sign.isprintable() and sign != " ")
    return shown.strip(_MARKS)[:_LONGEST]


_FIELDS = {
    tidy(alias): (field, rank)
    for field, aliases in ALIASES.items()
    for rank, alias in enumerate(aliases)
}


def field_of(heading: str) -> Field | None:
    """Return which field `heading` names, with or without its remark in brackets.

    >>> field_of("派单时间（市级）")
    <Field.DISPATCHED_AT: 'dispatched_at'>
    >>> field_of("办理经过") is None
    True
    """
    found = _find(tidy(heading))
    return found[0] if found else None


def _find(name: str) -> tuple[Field, int] | None:
    return _FIELDS.get(name) or _FIELDS.get(_BRACKETS.sub("", name))


def _readings(parts: Sequence[str]) -> Iterator[tuple[Field, int]]:
    """Yield what a heading may mean that stands over its column in several rows.

    A group and what is under it together say more than the latter alone: the address
    under 反映人 is not that of the trouble, and 来电 under 时间 is a moment.
    """
    group, own = "".join(parts[:-1]), parts[-1]
    spellings = [group + own, own + group]
    for part in parts[:-1]:
        spellings += [part + own, own + part]
    together = [found for name in spellings if (found := _find(name))]
    yield from together
    alone = _find(own)
    if alone and (alone[0] in CALLER or not any(map(_of_a_person, parts[:-1]))):
        yield alone


def _of_a_person(heading: str) -> bool:
    found = _find(heading)
    return bool(found and found[0] in CALLER) or any(
        word in heading for word in PERSONAL
    )


@dataclass(frozen=True, slots=True)
class Heading:
    """What stands over one column: `parts` from the top, where a head has several rows.

    `name` is tidy, and what people and saved mappings call the column.
    """

    parts: tuple[str, ...]

    @classmethod
    def of(cls, *texts: str) -> "Heading":
        """Return the heading that the cells above a column make, blank ones left out.

        >>> Heading.of("时间", " 派单 ").name
        '时间/派单'
        """
        parts = [part for text in texts if (part := tidy(text))]
        once = [part for part, _same in groupby(parts)]
        return cls(tuple(once))

    @property
    def name(self) -> str:
        return "/".join(self.parts)[:_LONGEST]

    def find(self, mapping: "Mapping[str, str]") -> tuple[Field, int] | None:
        """Return the field this heading names, and how far down it is in the aliases.

        What `mapping` says of the heading wins: a field, or "" for none.
        """
        if (given := mapping.get(self.name)) is not None:
            return (Field(given), -1) if given else None
        return next(_readings(self.parts), None) if self.parts else None


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of one table, by position; headings are tidy.

    `extra` and `private` are the columns that no field claims, under their own
    headings; `private` are those whose heading speaks of a person.
    """

    fields: Mapping[Field, tuple[int, ...]]
    headings: tuple[str, ...]
    extra: Mapping[str, int]
    private: Mapping[str, int]

    @property
    def taken(self) -> tuple[Field | None, ...]:
        """The field that each heading was taken as, None where it is kept as it is."""
        by_position = {
            position: field
            for field, positions in self.fields.items()
            for position in positions
        }
        return tuple(map(by_position.get, range(len(self.headings))))

    def missing(self) -> Iterator[str]:
        """Yield the heading of each column without which no row can be read."""
        for fields in REQUIRED:
            if not any(field in self.fields for field in fields):
                yield ALIASES[fields[0]][0]


def columns(
    headings: Sequence[str | Heading], mapping: Mapping[str, str] = NO_MAPPING
) -> Columns:
    """Tell which of `headings` are which.

    >>> found = columns(["序号", "编号", "派单时间", "区派单时间", "备注", "备注"])
    >>> dict(found.fields)[Field.NUMBER], dict(found.extra)
    ((1,), {'备注': 4, '备注(2)': 5})

    A mapping wins over what the product knows of headings:

    >>> found = columns(["编号", "流水", "内容"], {"流水": "number", "内容": ""})
    >>> dict(found.fields), dict(found.extra)
    ({<Field.NUMBER: 'number'>: (1,)}, {'编号': 0, '内容': 2})
    """
    whole = [
        heading if isinstance(heading, Heading) else Heading.of(heading)
        for heading in headings
    ]
    names = tuple(heading.name for heading in whole)
    claims: dict[Field, list[tuple[int, int]]] = {}
    for position, heading in enumerate(whole):
        if found := heading.find(mapping):
            field, rank = found
            claims.setdefault(field, []).append((rank, position))

    fields = {
        field: tuple(position for _rank, position in sorted(claim))
        for field, claim in claims.items()
    }
    fields = {
        field: positions if field in CALLER else positions[:1]
        for field, positions in fields.items()
    }
    taken = {position for positions in fields.values() for position in positions}
    extra: dict[str, int] = {}
    private: dict[str, int] = {}
    for position, name in enumerate(names):
        if position in taken or not name or name in IGNORED:
            continue
        kept = private if any(map(_of_a_person, whole[position].parts)) else extra
        kept[_unused(name, kept)] = position
    return Columns(
        MappingProxyType(fields),
        names,
        MappingProxyType(extra),
        MappingProxyType(private),
    )


def _unused(name: str, taken: Mapping[str, int]) -> str:
    count = 2
    unused = name
    while unused in taken:
        unused = f"{name}({count})"
        count += 1
    return unused


def likeness(
    headings: Sequence[str | Heading], mapping: Mapping[str, str] = NO_MAPPING
) -> int:
    """Return how many fields `headings` name, 0 if none of them is the number.

    The row of a sheet with the greatest likeness is its head.

    >>> likeness(["工单编号", "标题", "派单时间"]), likeness(["标题", "派单时间"])
    (3, 0)
    """
    found = known(headings, mapping)
    return len(found) if Field.NUMBER in found else 0


def known(
    headings: Sequence[str | Heading], mapping: Mapping[str, str] = NO_MAPPING
) -> set[Field]:
    """Return the fields that `headings` name."""
    return {
        found[0]
        for heading in headings
        if (
            found := (
                heading if isinstance(heading, Heading) else Heading.of(heading)
            ).find(mapping)
        )
    }
