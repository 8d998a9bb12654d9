"""Moments as people and platforms write them: read for what they are, or not guessed at."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.rules.cells import BEIJING, Unreadable, moment
from contracts.rules.cells import from_serial

DAY = datetime(2026, 5, 1, tzinfo=BEIJING)
FULL_WIDTH = str.maketrans("0123456789:-/. ", "０１２３４５６７８９：－／．　")


def at(hour, minute=0, second=0):
    return DAY.replace(hour=hour, minute=minute, second=second)


@pytest.mark.parametrize("day", ["2026-05-01", "2026/5/1", "2026.5.1", "2026年5月1日", "2026年05月01号"])  # fmt: skip
@pytest.mark.parametrize(
    ("clock", "moment_of_day"),
    [
        ("", at(0)),
        (" 8:05", at(8, 5)),
        (" 08:05:09", at(8, 5, 9)),
        (" 8时5分", at(8, 5)),
        (" 8时05分09秒", at(8, 5, 9)),
        (" 8时", at(8)),
        (" 8点", at(8)),
        (" 8点整", at(8)),
        (" 8点半", at(8, 30)),
        (" 上午8:05", at(8, 5)),
        (" 早上8点", at(8)),
        (" 凌晨1:30", at(1, 30)),
        (" 上午12:05", at(0, 5)),
        (" 凌晨12:05", at(0, 5)),
        (" 中午12:05", at(12, 5)),
        (" 中午11:50", at(11, 50)),
        (" 中午1:05", at(13, 5)),
        (" 下午12:05", at(12, 5)),
        (" 下午1时5分", at(13, 5)),
        (" 下午 11:59:59", at(23, 59, 59)),
        (" 下午13:05", at(13, 5)),
        (" 晚上8点半", at(20, 30)),
        (" 8:05 上午", at(8, 5)),
        (" 8:05 PM", at(20, 5)),
        (" 12:05 am", at(0, 5)),
        (" 12:05 pm", at(12, 5)),
        (" 星期五 8:05", at(8, 5)),
        ("（周五）8:05", at(8, 5)),
    ],
)
def test_every_way_to_write_the_day_goes_with_every_way_to_write_the_time(
    day, clock, moment_of_day
):
    assert moment(day + clock) == moment_of_day


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("20260501", at(0)),
        ("202605010805", at(8, 5)),
        ("20260501080509", at(8, 5, 9)),
        ("20260501 0805", at(8, 5)),
        ("20260501 08:05:09", at(8, 5, 9)),
        ("20260501T080509", at(8, 5, 9)),
        ("20260501T000509Z", at(8, 5, 9)),
        (Decimal(202605010805), at(8, 5)),
        ("2026-05-01T08:05:09", at(8, 5, 9)),
        ("2026-05-01t08:05", at(8, 5)),
        ("2026-05-01T00:05:09.123Z", at(8, 5, 9)),
        ("2026-04-30T22:05:09-02:00", at(8, 5, 9)),
        ("2026-05-01T08:05:09+0800", at(8, 5, 9)),
        ("2026-05-01T08:05:09+08", at(8, 5, 9)),
        ("２０２６年５月１日　０８：０５", at(8, 5)),
        ("２０２６－０５－０１ ０８：０５：０９", at(8, 5, 9)),
        ("２０２６０５０１０８０５", at(8, 5)),
        ("46143.336806", at(8, 5)),
        (
            Decimal("46143.99999999"),
            DAY + timedelta(days=1),
        ),  # a second's worth of noise
        ("2026 年 5 月 1 日 8 时 5 分", at(8, 5)),
    ],
)
def test_other_ways_to_write_a_moment(text, found):
    assert moment(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "26-05-01", "26/5/1", "26年5月1日", "260501", "2605010805", "5/1/2026", "01-05-2026", "5月1日", "05-01 08:00",
        "2026年5月", "2026-05", "2026", "2026050108", "2026-05-01 上午15:05", "2026-05-01 晚上12:05",
        "2026-05-01 上午8:05 PM", "1777593600", "1777593600000", "46143天", "2026-05-01~2026-05-03", "8:05",
        "2026-05-01 8:05:0x", "二〇二六年五月一日",
    ],
)  # fmt: skip
def test_what_could_be_two_moments_or_none_is_not_guessed_at(text):
    with pytest.raises(Unreadable) as refused:
        moment(text)

    assert refused.value.code == "date_unreadable"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("2026年2月29日", "date_impossible"),
        ("20260230", "date_impossible"),
        ("202605012460", "date_impossible"),
        ("2026-05-01 24:00:01", "date_impossible"),
        ("2026-05-01 8:60", "date_impossible"),
        ("2026-05-01T08:00:00+99:00", "date_impossible"),
        ("1900-01-01", "date_far"),
        ("36525.9", "date_far"),
        ("19260501", "date_far"),
    ],
)
def test_a_moment_that_never_was_or_is_far_away_says_so(text, code):
    with pytest.raises(Unreadable) as refused:
        moment(text)

    assert refused.value.code == code


MINUTES = st.datetimes(datetime(2000, 1, 2), datetime(2100, 12, 30)).map(  # noqa: DTZ001
    lambda at: at.replace(second=0, microsecond=0)
)


def _by_part(at):
    part = "上午" if at.hour < 12 else "下午"
    return f"{at.year}年{at.month}月{at.day}日 {part}{(at.hour - 1) % 12 + 1}:{at.minute:02}"


@given(MINUTES)
def test_a_moment_is_the_same_however_it_is_written(naive):
    days = Decimal(int((naive - datetime(1899, 12, 30)).total_seconds())) / 86_400  # noqa: DTZ001
    aware = naive.replace(tzinfo=BEIJING)
    written = [
        _by_part(naive),
        _by_part(naive).replace(" ", ""),
        _by_part(naive).translate(FULL_WIDTH),
        f"{naive:%Y/%m/%d %I:%M %p}",
        f"{naive.year}.{naive.month}.{naive.day} {naive.hour}:{naive.minute}",
        f"{naive:%Y%m%d%H%M}",
        f"{naive:%Y-%m-%dT%H:%M:%S.000}",
        aware.isoformat(),
        f"{aware.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        days,
        round(days, 6),
        naive,
    ]

    assert {moment(one) for one in written} == {aware}
    assert from_serial(days) == naive
