"""What orders refer to by name, and what they can be found by."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pypinyin import lazy_pinyin

from cases.models import Case, Category, Community, Unit
from cases.rules.cells import Limit
from cases.rules.clocks import due_after
from cases.rules.values import mask_text, search_words
from contracts.models import CalendarDay, Contract
from contracts.rules.calendar import CalendarMissing, WorkCalendar

#: Text in which citizens' numbers may stand: masked where the ledger quotes it.
FREE_TEXT = frozenset({"title", "content", "result", "reply", "spot"})


def words_of(case: Case) -> str:
    """Return what an order can be found by, as PostgreSQL reads a tsvector."""
    return search_words(
        [case.number, case.district_number],
        [case.title, case.content, case.spot, case.company],
        at=case.counted_at,
    )


class Names:
    """The contract's communities, units and categories, written down as they turn up."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        self._calendar: WorkCalendar = CalendarDay.objects.calendar()
        self._known: dict[type[Any], dict[str, int]] = {
            model: dict(model.objects.of(contract).values_list("name", "pk"))
            for model in (Community, Unit, Category)
        }

    def of(self, model: type[Any], name: str, **also: Any) -> int | None:
        """Return the key of a name, a new one if it has not been heard before."""
        if not name:
            return None
        known = self._known[model]
        if name not in known:
            made, _created = model.objects.get_or_create(
                contract=self._contract,
                name=name,
                defaults={"sort_key": " ".join(lazy_pinyin(name))[:400], **also},
            )
            known[name] = made.pk
        return known[name]

    def category(self, path: Sequence[str]) -> int | None:
        first, second, third = (*path, "", "", "")[:3]
        return self.of(
            Category,
            Category.SEPARATOR.join(path),
            first=first,
            second=second,
            third=third,
        )

    def due_after(self, start: datetime, limit: Limit) -> datetime | None:
        """Return the deadline that a time limit comes to.

        One in working days of a year without a calendar comes to none.
        """
        try:
            return due_after(start, limit.value, limit.unit, self._calendar)
        except CalendarMissing:
            return None

    def shown(self, column: str, value: Any) -> Any:
        """Return a value as the ledger keeps it: names for keys, no citizen's numbers."""
        model = {
            "community_id": Community,
            "platform_unit_id": Unit,
            "category_id": Category,
        }.get(column)
        if model is not None:
            return next(
                (name for name, pk in self._known[model].items() if pk == value), ""
            )
        if isinstance(value, datetime):
            return value.isoformat()
        if column in FREE_TEXT:
            return mask_text(value)
        return value
