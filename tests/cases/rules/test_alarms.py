"""What makes an order urgent, and how far its alarm climbs."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from cases.rules.alarms import rung_at, urgent_words_in
from contracts.rules.calendar import BEIJING

NIGHT = datetime(2026, 11, 22, 2, tzinfo=BEIJING)
STEPS = [Decimal(10), Decimal(20), Decimal(30)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("请2小时内回复", ["2小时内回复"]),
        ("请 ２ 小时内 回复", ["2小时内回复"]),
        ("扬言要去市里", ["扬言"]),
        ("小区停暖，扬言上访", ["扬言", "停暖"]),
        ("路灯不亮", []),
        ("", []),
    ],
)
def test_words_are_found_however_they_are_typed(text, found):
    assert urgent_words_in(text, ["2小时内回复", "扬言", "停暖", ""]) == found


@pytest.mark.parametrize(
    ("minutes", "rung"), [(0, 0), (9, 0), (10, 1), (19, 1), (20, 2), (30, 3), (999, 3)]
)
def test_an_alarm_climbs_step_by_step_and_stays_at_the_top(minutes, rung):
    assert rung_at(NIGHT, STEPS, NIGHT + timedelta(minutes=minutes)) == rung
