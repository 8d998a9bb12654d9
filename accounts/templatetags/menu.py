"""The menu on the left: every page it can lead to, and who sees which."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from django import template
from django.http import HttpRequest
from django.template import Context
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.roles import what_administers

register = template.Library()

#: Up to so many links all sections stand open; beyond, only the one that one is in.
ALL_OPEN_UP_TO = 14


class Page(NamedTuple):
    """A page that the menu leads to. Whoever may take the action sees it."""

    label: Promise
    action: str
    name: str
    of_contract: bool = True


class Section(NamedTuple):
    """A subject. Where it has one page to show, it is that page's link."""

    label: Promise
    icon: str
    pages: tuple[Page, ...]


#: By subject, in the order of the work. A page that has no URL yet is not shown.
MENU = (
    Section(
        pgettext_lazy("menu", "Home"),
        "layout-dashboard",
        (Page(pgettext_lazy("menu", "Home"), "reports.home", "reports:home"),),
    ),
    Section(
        pgettext_lazy("menu", "Work orders"),
        "inbox",
        (
            Page(_("All work orders"), "cases.view", "cases:list"),
            Page(_("Urgent orders"), "cases.view", "cases:alarms"),
            Page(_("Urgings and supervisions"), "cases.view", "cases:urgings"),
            Page(_("Applications"), "cases.applications", "cases:applications"),
            Page(_("Take down a call"), "cases.register", "cases:register"),
            Page(pgettext_lazy("menu", "Import"), "cases.import", "cases:import"),
            Page(_("Exports"), "cases.export", "cases:exports"),
            Page(_("Export permits"), "cases.export", "cases:permits"),
            Page(
                _("Ledger formats"), "cases.ledger_template", "cases:ledger-templates"
            ),
            Page(_("Callbacks"), "cases.view", "cases:callbacks"),
            Page(_("Repeats"), "cases.view", "cases:repeats"),
            Page(_("Re-checks"), "cases.recheck", "cases:rechecks"),
            Page(_("Handling units"), "cases.set_up_desk", "cases:units"),
            Page(_("Desk settings"), "cases.set_up_desk", "cases:desk"),
        ),
    ),
    Section(
        pgettext_lazy("menu", "Roster"),
        "users-round",
        (
            Page(_("The desk now"), "staffing.view", "staffing:desk"),
            Page(_("Roster"), "staffing.view", "staffing:roster"),
            Page(
                pgettext_lazy("staffing", "Cover"), "staffing.view", "staffing:coverage"
            ),
            Page(_("Leave and swaps"), "staffing.view", "staffing:absences"),
            Page(_("Handovers of the desk"), "staffing.view", "staffing:handovers"),
            Page(_("The team"), "staffing.view_people", "staffing:people"),
            Page(_("Departures"), "staffing.view_people", "staffing:departures"),
            Page(_("Trainings"), "staffing.view", "staffing:trainings"),
            Page(
                _("Confidentiality agreements"),
                "staffing.view_people",
                "staffing:agreements",
            ),
            Page(_("Declarations"), "staffing.view_people", "staffing:declarations"),
            Page(
                _("Breaches of the roster"),
                "staffing.view_people",
                "staffing:breaches",
            ),
            Page(_("Posts and shifts"), "staffing.view", "staffing:posts"),
        ),
    ),
    Section(
        pgettext_lazy("menu", "Assessment"),
        "gauge",
        (Page(_("Verdicts"), "kpi.view", "kpi:verdicts"),),
    ),
    Section(
        pgettext_lazy("menu", "Payment"),
        "scale",
        (
            Page(
                _("Termination desk"),
                "billing.view_termination",
                "billing:terminations",
            ),
        ),
    ),
    Section(
        pgettext_lazy("menu", "Reports"),
        "chart-column",
        (Page(_("Issued reports"), "reports.view", "reports:issues"),),
    ),
    Section(
        pgettext_lazy("menu", "Contract file"),
        "folder-open",
        (
            Page(_("Contract"), "contracts.view", "contracts:contract"),
            Page(_("Obligations"), "contracts.view", "contracts:obligations"),
            Page(_("Deadlines"), "contracts.view", "contracts:deadlines"),
            Page(_("Notices"), "contracts.view", "contracts:notices"),
            Page(_("Changes and events"), "contracts.view", "contracts:changes"),
            Page(_("Acceptances"), "contracts.view", "contracts:acceptances"),
            Page(_("Documents"), "contracts.view", "contracts:documents"),
            Page(_("Assets and damage"), "contracts.view", "contracts:assets"),
            Page(_("Archive"), "contracts.view", "contracts:volumes"),
            Page(_("Handover at the end"), "contracts.view", "contracts:handover"),
            Page(_("Open points"), "contracts.view", "contracts:readings"),
            Page(_("Work calendar"), "contracts.view", "contracts:calendar"),
            Page(_("Seals"), "contracts.verify", "contracts:ledger"),
        ),
    ),
    Section(
        pgettext_lazy("menu", "System"),
        "settings",
        (
            Page(
                _("Roles on contracts"),
                "contracts.memberships",
                "memberships:list",
                of_contract=False,
            ),
            Page(_("People"), "accounts.people", "accounts:people", of_contract=False),
            Page(_("Sign-ins"), "accounts.log", "accounts:log", of_contract=False),
            Page(
                _("Changes of accounts"),
                "accounts.log",
                "accounts:account-changes",
                of_contract=False,
            ),
        ),
    ),
)


@dataclass(slots=True)
class Link:
    """One line of the menu as this person sees it."""

    label: Promise
    href: str
    name: str
    waiting: int | None
    current: bool = False


@dataclass(slots=True)
class Group:
    """A section of the menu as this person sees it."""

    label: Promise
    icon: str
    links: list[Link]
    current: bool
    open: bool

    @property
    def waiting(self) -> int:
        return sum(link.waiting or 0 for link in self.links)


@register.inclusion_tag("components/menu.html", takes_context=True)
def menu(context: Context) -> dict[str, Any]:
    """Show the pages that this person may open on this contract.

    `waiting` in the context counts what waits behind a page, by the page's URL name.
    """
    request: HttpRequest | None = context.get("request")
    if request is None:
        return {"groups": []}
    waiting: Mapping[str, int] = context.get("waiting") or {}
    sections = [(section, list(_links(section, request, waiting))) for section in MENU]
    current = _current(request, [link for _, links in sections for link in links])
    few = sum(len(links) for _, links in sections) <= ALL_OPEN_UP_TO
    groups = []
    for section, links in sections:
        here = any(link is current for link in links)
        if links:
            groups.append(Group(section.label, section.icon, links, here, few or here))
    return {"groups": groups}


def _links(
    section: Section, request: HttpRequest, waiting: Mapping[str, int]
) -> Iterator[Link]:
    contract = getattr(request, "contract", None)
    may = getattr(request, "may", frozenset()) | what_administers(
        getattr(request.user, "duty", "")
    )
    for page in section.pages:
        if page.action in may and (contract or not page.of_contract):
            where = [contract.number] if contract and page.of_contract else []
            try:
                href = reverse(page.name, args=where)
            except NoReverseMatch:
                continue
            yield Link(page.label, href, page.name, waiting.get(page.name))


def _current(request: HttpRequest, links: list[Link]) -> Link | None:
    """Mark the link that this page is under: of the same app, the longest that fits."""
    match = request.resolver_match
    namespace = match.namespace if match else ""
    above = [
        link
        for link in links
        if link.name.startswith(f"{namespace}:") and request.path.startswith(link.href)
    ]
    if not above:
        return None
    nearest = max(above, key=lambda link: len(link.href))
    nearest.current = True
    return nearest
