"""What is still valid of a paper, and what is missing, as a table."""

from datetime import date
from decimal import Decimal

import pytest

from staffing.rules.papers import Standing, months_missing, pass_rate, standing

FIRST, LAST = date(2026, 5, 1), date(2026, 12, 31)


@pytest.mark.parametrize(
    ("starts_on", "ends_on", "on", "stands"),
    [
        (None, None, FIRST, Standing.MISSING),
        (None, LAST, FIRST, Standing.MISSING),
        (FIRST, LAST, date(2026, 4, 30), Standing.AHEAD),
        (FIRST, LAST, FIRST, Standing.VALID),
        (FIRST, LAST, date(2026, 11, 30), Standing.VALID),
        (FIRST, LAST, date(2026, 12, 1), Standing.EXPIRING),
        (FIRST, LAST, LAST, Standing.EXPIRING),
        (FIRST, LAST, date(2027, 1, 1), Standing.EXPIRED),
        (FIRST, None, date(2029, 1, 1), Standing.VALID),
    ],
)
def test_a_paper_stands_as_its_days_say(starts_on, ends_on, on, stands):
    assert standing(starts_on, ends_on, on) is stands


@pytest.mark.parametrize(
    ("begins_on", "leaves_on", "on", "missing"),
    [
        (None, None, date(2026, 8, 1), []),
        (date(2026, 8, 1), None, date(2026, 8, 31), []),
        (date(2026, 7, 31), None, date(2026, 8, 1), [date(2026, 7, 1)]),
        (date(2026, 5, 31), None, date(2026, 7, 31), [date(2026, 5, 1)]),
        (date(2026, 7, 1), date(2026, 7, 2), date(2026, 12, 1), [date(2026, 7, 1)]),
        (date(2027, 1, 5), None, date(2026, 12, 1), []),
        (
            date(2026, 11, 5),
            None,
            date(2027, 2, 1),
            [date(2026, 11, 1), date(2026, 12, 1), date(2027, 1, 1)],
        ),
    ],
)
def test_each_month_on_post_is_insured_once_it_is_over(
    begins_on, leaves_on, on, missing
):
    insured = {date(2026, 6, 1)}

    assert months_missing(begins_on, leaves_on, insured, on) == missing


@pytest.mark.parametrize(
    ("passed", "present", "share"),
    [(0, 0, None), (0, 5, Decimal(0)), (5, 5, Decimal(1)), (1, 4, Decimal("0.25"))],
)
def test_a_pass_rate_is_of_those_who_were_there(passed, present, share):
    assert pass_rate(passed, present) == share
