"""What makes an order urgent, and how far up its alarm has climbed."""

import unicodedata
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal


def urgent_words_in(text: str, words: Iterable[str]) -> list[str]:
    """Return the words of a list that a text holds, in the list's order.

    However they are typed: with spaces, in full width, in capitals.

    >>> urgent_words_in("小区停 暖，要求２小时内回复", ["2小时内回复", "扬言", "停暖"])
    ['2小时内回复', '停暖']
    """
    plain = _plain(text)
    return [word for word in words if (sought := _plain(word)) and sought in plain]


def _plain(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


def rung_at(raised_at: datetime, climb_minutes: Sequence[Decimal], at: datetime) -> int:
    """Return to which rung an alarm that nobody acknowledges has climbed: 0 is the desk.

    >>> raised = datetime(2026, 5, 6, 2, 0)
    >>> steps = [Decimal(10), Decimal(20), Decimal(30)]
    >>> [rung_at(raised, steps, datetime(2026, 5, 6, 2, n)) for n in (9, 10, 29, 59)]
    [0, 1, 2, 3]
    """
    return sum(
        climbs_at(raised_at, climb_minutes, rung) <= at
        for rung in range(1, len(climb_minutes) + 1)
    )


def climbs_at(
    raised_at: datetime, climb_minutes: Sequence[Decimal], rung: int
) -> datetime:
    """Return when an alarm reaches a rung above the desk.

    >>> climbs_at(datetime(2026, 5, 6, 2, 0), [Decimal(10)], 1)
    datetime.datetime(2026, 5, 6, 2, 10)
    """
    seconds = int(climb_minutes[rung - 1] * 60)
    return raised_at + timedelta(seconds=seconds)
