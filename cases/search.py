"""Finding orders by words, parts of numbers and the end of a caller's telephone.

A page of what was found is looked for week by week, the newest first. For a word that
stands in every third order, sorting all that has it takes a second; and walking through
the orders for one that stands in ten of a million takes more.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cache

from django.db.models import (
    DateTimeField,
    ExpressionWrapper,
    F,
    Max,
    Min,
    OrderBy,
    Q,
    Value,
)

from accounts.cipher import blind
from accounts.paging import Pieces
from cases.models import PHONE_END, Caller
from cases.models.case import CaseQuerySet
from cases.rules.values import (
    PART,
    is_part,
    search_query,
    start_of,
    text_query,
    week_of,
    weeks_query,
)

#: Words of one search that are looked for; nobody types more.
MOST_WORDS = 8
#: Orders of callers whose number ends in the same figures; beyond, the newest.
MOST_CALLERS = 5000
#: Weeks that are looked through, one stretch after the other.
STRETCHES = (1, 3, 9, 27)


def found(rows: CaseQuerySet, words: str, *, phones: bool) -> CaseQuerySet:
    """Keep orders that each of `words` finds, in their numbers or in their texts.

    With `phones`, four figures also find the orders of callers whose number ends so.
    """
    for word in words.split()[:MOST_WORDS]:
        rows = rows.filter(_finds(word, phones=phones))
    return rows


def _finds(word: str, *, phones: bool) -> Q:
    query = search_query(word)
    if not query:
        return Q(pk=None)
    ways = Q(words__grams__has=query)
    if is_part(word) and len(word) > PART:
        # All its parts may be in a number, and in another order.
        ways &= (
            Q(number__icontains=word)
            | Q(district_number__icontains=word)
            | _in_text(word)
        )
    if phones and len(word) == PART and word.isdecimal():
        # Asked for by themselves: no index serves one thing or another of two tables.
        ends = Caller.objects.filter(phone_end_hash=blind(word, PHONE_END))
        keys = ends.order_by("-case_id").values_list("case_id", flat=True)
        ways |= Q(words__case_id__in=list(keys[:MOST_CALLERS]))
    return ways


def _in_text(word: str) -> Q:
    query = text_query(word)
    return Q(words__grams__has=query) if query else Q(pk=None)


def in_weeks(everything: CaseQuerySet) -> Pieces:
    """Return what cuts orders up by the weeks they came in, a few and then ever more.

    `everything` says which weeks there are. What is not found within `STRETCHES` is
    rare, and looked for in all the rest at once.
    """

    @cache
    def ends() -> tuple[datetime | None, datetime | None]:
        found = everything.aggregate(Min("counted_at"), Max("counted_at"))
        return found["counted_at__min"], found["counted_at__max"]

    def pieces(
        rows: CaseQuerySet, start: datetime | None, downwards: bool
    ) -> Iterator[CaseQuerySet]:
        oldest, newest = ends()
        if oldest is None or newest is None:
            return
        rows = rows.order_by(*_order(downwards=downwards))
        near, far = (newest, oldest) if downwards else (oldest, newest)
        week, end = week_of(near), week_of(far)
        if start:
            week = (min if downwards else max)(week, week_of(start))
        step = -1 if downwards else 1
        for weeks in STRETCHES:
            if (end - week) * step < 0:
                return
            stretch = sorted((week, week + step * (weeks - 1)))
            yield rows.filter(words__grams__has=weeks_query(*stretch))
            week += step * weeks
        border = start_of(week + 1 if downwards else week)
        yield rows.filter(
            **{"counted_at__lt" if downwards else "counted_at__gte": border}
        )

    return pieces


def _order(*, downwards: bool) -> tuple[OrderBy, OrderBy]:
    """Return the order of a list in words that no index serves.

    By an index the planner would walk through all orders, past those without the word:
    it takes every word that it has no statistics of for a frequent one.
    """
    moment = ExpressionWrapper(
        F("counted_at") + Value(timedelta(0)), output_field=DateTimeField()
    )
    return (
        OrderBy(moment, descending=downwards),
        OrderBy(F("pk"), descending=downwards),
    )
