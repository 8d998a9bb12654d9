"""What a file says of itself: whose it is, of when, of what, and how whole it is."""

from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from django.http import HttpRequest
from django.template import Context
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from accounts.templatetags import frame
from accounts.templatetags.frame import moment
from cases.filters import BASES, CaseFilter
from cases.models import Export
from cases.rules.indicators import Basis
from cases.rules.values import mask_text

from .orders import Orders


class Fact(NamedTuple):
    label: str
    said: str


def number_of(export: Export) -> str:
    """Return what people call an export by."""
    return f"TZ-{localdate(export.asked_at):%Y%m%d}-{export.pk}"


def mark(export: Export) -> str:
    """Return what stands on every page of a file: who took it, when, and from what."""
    return " · ".join(
        [
            export.contract.number,
            number_of(export),
            export.asked_by.name or export.asked_by.username,
            moment(export.asked_at),
        ]
    )


def facts(export: Export, orders: Orders, *, read_at: datetime) -> list[Fact]:
    """Return what the cover sheet says, once all orders have been read."""
    return [
        Fact(_("Contract"), f"{export.contract.number} {export.contract.short_title}"),
        Fact(_("Export number"), number_of(export)),
        Fact(_("Made for"), str(export.asked_by)),
        Fact(_("As of"), moment(export.asked_at)),
        Fact(_("Read at"), moment(read_at)),
        Fact(_("Basis"), basis(orders.filter)),
        Fact(_("Filters"), "；".join(in_words(orders.filter)) or _("none")),
        Fact(_("Ledger format"), str(export.template or _("columns of the list"))),
        Fact(_("Personal data"), personal(export)),
        Fact(_("Rows"), str(orders.count)),
        Fact(_("Whole rows"), f"{orders.complete} ({share(orders)})"),
        Fact(_("Rows recorded late"), str(orders.late)),
    ]


def share(orders: Orders) -> str:
    """Return how much of the ledger is whole (台账完整率)."""
    return frame.rate(wholeness(orders.complete, orders.count))


def wholeness(complete: int | None, rows: int | None) -> Decimal | None:
    """Return the share of rows that are whole; None where there are none.

    >>> wholeness(9, 12), wholeness(0, 0)
    (Decimal('0.75'), None)
    """
    if not rows or complete is None:
        return None
    return Decimal(complete) / rows


def personal(export: Export) -> str:
    if export.permit is None:
        return _("masked")
    return _("in clear, under permit No. %(number)s until %(until)s") % {
        "number": export.permit.pk,
        "until": moment(export.permit.valid_until),
    }


def basis(found: CaseFilter) -> str:
    found.is_valid()
    return str(dict(BASES)[Basis(found.form.cleaned_data.get("basis") or Basis.FULL)])


def in_words(found: CaseFilter) -> list[str]:
    """Return what a list is narrowed down to, as its chips say it."""
    request = HttpRequest()
    request.GET = found.data
    chips = frame.filters(Context({"request": request}), found.form)["chips"]
    # Somebody may have looked for a telephone number.
    return [f"{chip.label}：{mask_text(chip.text)}" for chip in chips]


def titles(export: Export, orders: Orders) -> dict[str, str]:
    """Return what the lines around the rows of a format may ask for."""
    return {
        "制表人": str(export.asked_by),
        "制表时间": moment(export.asked_at),
        "期间": span(orders.filter),
        "合同": f"{export.contract.number} {export.contract.short_title}",
        "导出编号": number_of(export),
    }


def span(found: CaseFilter) -> str:
    """Return the time that a list is narrowed down to, if it is."""
    found.is_valid()
    said = found.form.cleaned_data
    since, until = said.get("since"), said.get("until")
    if not since and not until:
        return _("all")
    return f"{moment(since)} – {frame.until(until)}"
