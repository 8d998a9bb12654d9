"""What a row of an export comes to: a work order, or what is wrong with the row."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any

from django.utils.translation import gettext_lazy as _

from cases.rules.cells import Limit, Satisfaction

FAULTS: Mapping[str, Any] = MappingProxyType(
    {
        "missing": _("This must be given."),
        "too_long": _("The text is longer than %(most)s characters."),
        "control": _("There are control characters in the text. Delete them."),
        "cell_error": _("The spreadsheet shows an error here, not a value."),
        "formula": _(
            "This is a formula whose result is not in the file. Open it in a spreadsheet program, "
            "save it and send it again."
        ),
        "number_malformed": _("This is not an order number."),
        "number_rounded": _(
            "The spreadsheet has rounded this number. Format the column as text and export again."
        ),
        "number_merged": _(
            "The order number is merged with that of row %(row)s. Give each row a number of its own."
        ),
        "duplicate": _("The same order number is in row %(row)s already."),
        "repeated": _("The order is in row %(row)s too. That row counts, this one does not."),
        "date_unreadable": _("This is not a date."),
        "date_impossible": _("There is no such day or time."),
        "date_far": _("The year is not between 2000 and 2100."),
        "yes_no": _("This is neither yes nor no."),
        "satisfaction": _("This is not a degree of satisfaction."),
        "dispatched_early": _("Dispatched before the call."),
        "closed_early": _("Closed before it came in."),
        "due_early": _("Due before it came in."),
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class OrderRow:
    """One work order, as the platform tells it. Where it is silent: "", () or None.

    `extra` and `private` are the columns that the product has no field for, by their
    headings; what is in `private` is personal and to be kept like the caller's name.
    """

    sheet: str
    row: int
    number: str
    district_number: str = ""
    source: str = ""
    kind: str = ""
    category: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    title: str = ""
    content: str = ""
    platform_status: str = ""
    caller_name: str = ""
    caller_phone: str = ""
    caller_address: str = ""
    confidential: bool = False
    district: str = ""
    street: str = ""
    community: str = ""
    spot: str = ""
    unit: str = ""
    called_at: datetime | None = None
    dispatched_at: datetime | None = None
    district_dispatched_at: datetime | None = None
    due_at: datetime | None = None
    limit: Limit | None = None
    closed_at: datetime | None = None
    result: str = ""
    reply: str = ""
    channel: str = ""
    company: str = ""
    nature: str = ""
    valid_callback: bool | None = None
    contacted: bool | None = None
    solved: bool | None = None
    satisfaction: Satisfaction | None = None
    urgent: bool = False
    extra: dict[str, str] = field(default_factory=dict)
    private: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong with a row. The row is left out, unless this is a warning.

    `value` is what stands there, shortened, and masked where it is personal.
    """

    sheet: str
    row: int
    column: str
    code: str
    value: str = ""
    warning: bool = False
    given: Mapping[str, object] = field(default_factory=dict)

    @property
    def message(self) -> str:
        return str(FAULTS[self.code]) % self.given
