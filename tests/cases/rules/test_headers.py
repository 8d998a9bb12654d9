"""Which column is which, however an export writes it."""

import pytest

from cases.rules.headers import ALIASES, Field, columns, field_of, likeness, tidy

MUNICIPAL = [
    "工单编号", "工单类型", "问题分类", "标签", "标题", "主要内容", "工单状态", "来电人", "来电人电话/账号", "被反映区",
    "被反映街乡镇", "办理结果", "回复内容", "处理受理方式", "主办单位", "来电时间", "办结时间", "企业名称", "是否解决",
    "是否满意", "工单性质", "村/社区", "小区点位",
]  # fmt: skip
PRINTED = [
    "市级工单编号", "区级工单编号", "市派单时间", "问题类型", "工单来源", "处理期限", "处理时限", "工单标题", "工单描述",
    "问题点位", "反映人", "反映人联系电话", "满意度", "回复内容",
]  # fmt: skip


@pytest.mark.parametrize("headings", [MUNICIPAL, PRINTED])
def test_every_column_of_a_known_layout_has_a_field(headings):
    assert all(field_of(heading) for heading in headings)


def test_no_heading_names_two_fields():
    names = [tidy(alias) for aliases in ALIASES.values() for alias in aliases]

    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    "heading",
    ["来电时间", " 来电 时间 ", "来电\n时间", "\ufeff来电时间", "来电时间（必填）", "*来电时间：", "来电时间[年月日]"],
)  # fmt: skip
def test_a_heading_is_known_however_it_is_written(heading):
    assert field_of(heading) is Field.CALLED_AT


def test_of_two_columns_for_one_field_the_plainer_name_is_read():
    found = columns(["编号", "工单编号", "标题", "派单时间"])

    assert found.fields[Field.NUMBER] == (1,)
    assert dict(found.extra) == {"编号": 0}


def test_two_telephones_are_one_field():
    found = columns(["工单编号", "联系方式", "来电号码"])

    assert found.fields[Field.CALLER_PHONE] == (2, 1)
    assert not found.extra


def test_unknown_columns_are_kept_and_personal_ones_kept_apart():
    found = columns(["工单编号", "序号", "月次", "身份证号", "月次", "", "紧急联系人"])

    assert dict(found.extra) == {"月次": 2, "月次(2)": 4}
    assert dict(found.private) == {"身份证号": 3, "紧急联系人": 6}


def test_a_heading_cannot_carry_what_a_database_refuses():
    found = columns(["工单编号", "备\x00注\ud800", "长" * 1000])

    assert list(found.extra) == ["备注", "长" * 60]


@pytest.mark.parametrize(
    ("headings", "missing"),
    [
        (["工单编号", "标题", "来电时间"], []),
        (["工单编号", "区派单时间"], ["主要内容"]),
        (["标题"], ["工单编号", "派单时间"]),
    ],
)
def test_missing_names_the_columns_without_which_no_row_can_be_read(headings, missing):
    assert list(columns(headings).missing()) == missing


def test_only_a_row_with_the_number_can_be_a_head():
    assert likeness(["标题", "主要内容", "派单时间"]) == 0
