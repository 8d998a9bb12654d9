"""What stands in a cell, in all the forms that exports use."""

from datetime import datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.rules.cells import (
    BEIJING,
    Limit,
    Satisfaction,
    Unit,
    Unreadable,
    category,
    limit,
    moment,
    order_number,
    plain,
    satisfaction,
    tags,
    told,
    urgent,
    yes_no,
)

MORNING = datetime(2026, 5, 1, 9, 5, tzinfo=BEIJING)
AFTERNOON = datetime(2026, 5, 1, 15, 5, 30, tzinfo=BEIJING)
MIDNIGHT = datetime(2026, 5, 1, tzinfo=BEIJING)
NEXT_DAY = datetime(2026, 5, 2, tzinfo=BEIJING)


@pytest.mark.parametrize(
    ("cell", "at"),
    [
        ("2026-05-01 09:05:00", MORNING),
        ("2026-5-1 9:05", MORNING),
        ("2026/5/1 09:05", MORNING),
        ("2026.05.01 9:05", MORNING),
        ("2026年5月1日9时5分", MORNING),
        ("2026年05月01日 上午9:05", MORNING),
        ("2026年5月1日 星期五 9:05", MORNING),
        ("２０２６－０５－０１ ０９：０５", MORNING),
        ("2026-05-01T09:05:00.000+08:00", MORNING),
        ("2026-05-01T01:05:00Z", MORNING),
        ("20260501090500", MORNING),
        ("202605010905", MORNING),
        (Decimal("20260501090500"), MORNING),
        (datetime(2026, 5, 1, 9, 5), MORNING),  # noqa: DTZ001 - as a workbook has it
        ("2026/5/1 下午3:05:30", AFTERNOON),
        ("2026年5月1日 下午3时05分30秒", AFTERNOON),
        ("2026-05-01 3:05:30 PM", AFTERNOON),
        ("2026-05-01 下午15:05:30", AFTERNOON),
        ("2026-05-01", MIDNIGHT),
        ("2026年5月1日", MIDNIGHT),
        ("20260501", MIDNIGHT),
        ("46143", MIDNIGHT),
        (Decimal(46143), MIDNIGHT),
        ("2026-05-01 上午12:00", MIDNIGHT),
        ("2026-05-01 24:00:00", NEXT_DAY),
        ("2026年5月1日24时", NEXT_DAY),
        (Decimal("46143.378472222219"), MORNING),
    ],
)
def test_a_moment_is_read_in_every_form(cell, at):
    assert moment(cell) == at


@pytest.mark.parametrize("cell", ["", "  ", "-", "无", "暂无", "NULL"])
def test_no_moment_is_no_fault(cell):
    assert moment(cell) is None


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("2026-02-30 08:00:00", "date_impossible"),
        ("2026年13月1日", "date_impossible"),
        ("2026-05-01 25:00", "date_impossible"),
        ("2026-05-01 24:01", "date_impossible"),
        ("1999-12-31", "date_far"),
        ("2101-01-01", "date_far"),
        ("0226-05-01 08:00:00", "date_far"),
        ("昨天下午", "date_unreadable"),
        ("5/1/2026", "date_unreadable"),  # the fifth of January?
        ("26-05-01", "date_unreadable"),
        ("2026-05-01 晚上12:30", "date_unreadable"),
        (Decimal(3), "date_unreadable"),
        ("2026-05-01" + " " * 5000 + "x", "date_unreadable"),
        ("2026-05-01\x00", "control"),
    ],
)
def test_what_is_no_moment_says_why(cell, code):
    with pytest.raises(Unreadable) as refused:
        moment(cell)

    assert refused.value.code == code


@given(st.datetimes(datetime(2000, 1, 1), datetime(2100, 12, 31)))  # noqa: DTZ001
def test_every_moment_survives_being_written(at):
    at = at.replace(microsecond=0)
    written = [
        f"{at:%Y-%m-%d %H:%M:%S}",
        f"{at:%Y年%m月%d日%H时%M分%S秒}",
        f"{at:%Y%m%d%H%M%S}",
    ]

    assert {moment(text) for text in written} == {at.replace(tzinfo=BEIJING)}


@given(st.text(max_size=60) | st.decimals(allow_nan=False, allow_infinity=False))
def test_a_moment_is_read_or_refused_and_nothing_else(cell):
    try:
        found = moment(cell)
    except Unreadable:
        return
    assert found is None or 2000 <= found.year <= 2100


@pytest.mark.parametrize(
    ("cell", "found"),
    [
        ("7天", Limit(7, Unit.DAY)),
        ("7 日内", Limit(7, Unit.DAY)),
        ("24小时", Limit(24, Unit.HOUR)),
        ("２小时以内", Limit(2, Unit.HOUR)),
        ("5个工作日", Limit(5, Unit.WORKDAY)),
        ("15个自然日", Limit(15, Unit.DAY)),
        ("七天", Limit(7, Unit.DAY)),
        ("十五个工作日", Limit(15, Unit.WORKDAY)),
        ("二十个工作日", Limit(20, Unit.WORKDAY)),
        ("72h", Limit(72, Unit.HOUR)),
        ("", None),
        ("7", None),
        ("0天", None),
        ("十十天", None),
        ("2026-05-16 01:54:31", None),
        (Decimal(7), None),
    ],
)
def test_a_limit_is_a_length_with_its_unit(cell, found):
    assert limit(cell) == found


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        ("20260501100000", "20260501100000"),
        (" 20260501100000\t", "20260501100000"),
        ("'20260501100000", "20260501100000"),
        ('="20260501100000"', "20260501100000"),
        ("20260501100000.0", "20260501100000"),
        (Decimal("2.02605011E+13"), "20260501100000"),
        ("京海〔2026〕17号", "京海〔2026〕17号"),
        ("202605011000001234", "202605011000001234"),
        ("-", ""),
    ],
)
def test_an_order_number_is_whole(cell, number):
    assert order_number(cell) == number


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("2.02605E+13", "number_rounded"),
        (Decimal("202605011000001234"), "number_rounded"),  # more than is kept of it
        (Decimal("20260501.5"), "number_rounded"),
        ("合计", "number_malformed"),
        ("2026 0501", "number_malformed"),
        ("1" * 41, "number_malformed"),
    ],
)
def test_a_number_that_lost_digits_is_refused(cell, code):
    with pytest.raises(Unreadable) as refused:
        order_number(cell)

    assert refused.value.code == code


@pytest.mark.parametrize(
    "text", ["停水\x00", "停\x07水", "停水\x7f", "停水\ud800", "停\x85水"]
)
def test_control_characters_are_refused(text):
    with pytest.raises(Unreadable, match="control"):
        plain(text)


def test_text_loses_what_does_not_show_and_keeps_its_lines():
    assert plain("\ufeff　停水\r\n三天\u200b\u202e ") == "停水\n三天"


def test_a_name_is_one_line():
    assert told("和顺\n  某店") == "和顺 某店"


@pytest.mark.parametrize(
    ("cell", "answer"),
    [("是", True), ("√", True), ("TRUE", True), (Decimal(1), True), ("已联系", True),
     ("否", False), ("未解决", False), ("部分解决", False), (Decimal(0), False),
     ("", None), ("-", None), ("未知", None)],
)  # fmt: skip
def test_an_answer_is_yes_no_or_none(cell, answer):
    assert yes_no(cell) is answer


@pytest.mark.parametrize(
    ("read", "code"), [(yes_no, "yes_no"), (satisfaction, "satisfaction")]
)
def test_an_answer_that_is_none_of_these_is_refused(read, code):
    with pytest.raises(Unreadable, match=code):
        read("可能")


@pytest.mark.parametrize(
    ("cell", "found"),
    [
        ("满意", Satisfaction.SATISFIED),
        ("基本满意", Satisfaction.PARTLY),
        ("不满意", Satisfaction.DISSATISFIED),
        ("未评价", Satisfaction.UNRATED),
        ("", None),
    ],
)
def test_satisfaction_has_four_degrees(cell, found):
    assert satisfaction(cell) == found


@pytest.mark.parametrize(
    ("cell", "found"),
    [
        ("城市管理->市政设施->道路破损", ("城市管理", "市政设施", "道路破损")),
        ("城市管理 > 市政设施", ("城市管理", "市政设施")),
        ("城市管理→市政设施→道路→破损", ("城市管理", "市政设施", "道路→破损")),
        ("供暖", ("供暖",)),
        ("", ()),
    ],
)
def test_a_category_has_up_to_three_levels(cell, found):
    assert category(cell) == found


@pytest.mark.parametrize(
    ("cell", "found"),
    [
        ("营商环境紧急", ("营商环境", "紧急")),
        ("每月一题七有五性紧急", ("每月一题", "七有五性", "紧急")),
        ("每月一题、紧急;紧急", ("每月一题", "紧急")),
        ("非紧急", ("非紧急",)),
        ("学校周边，营商环境", ("学校周边", "营商环境")),
        ("", ()),
    ],
)
def test_tags_come_apart_only_where_all_of_them_are_known(cell, found):
    assert tags(cell) == found


@pytest.mark.parametrize(
    ("cell", "found"),
    [
        ("紧急", True),
        ("特急（突发）", True),
        ("是", True),
        ("一般", False),
        ("非紧急", False),
        ("", False),
    ],
)
def test_urgent_is_said_outright(cell, found):
    assert urgent(cell) is found
