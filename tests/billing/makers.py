"""Makers of what the termination desk stands on."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4

from billing import actions
from billing.rules import GROUNDS, Route
from contracts.models import (
    Clause,
    Contract,
    Document,
    DocumentKind,
    Notice,
    NoticeKind,
    NoticeRoute,
    NoticeStatus,
    Side,
    Termination,
)
from tests.factories import NOON, make_clause, make_contract, make_user, make_year

DAY = timedelta(days=1)
#: After this notice of 1 June 2026, thirty working days are over on 14 July.
SERVED_ON, THIRTY_ON = date(2026, 6, 1), date(2026, 7, 14)


def make_terminable(**given: Any) -> Contract:
    """Make a contract whose clauses are the grounds there are, and its calendar."""
    contract = make_contract(**given)
    for refs in GROUNDS.values():
        for ref in refs:
            make_clause(contract, ref=ref)
    make_year(2026, m06_19="端午节")
    make_year(2027, provisional=True)
    return contract


def ground(contract: Contract, route: Route) -> Clause:
    return contract.clauses.get(ref=GROUNDS[route][0])


def make_paper(contract: Contract) -> Document:
    return Document.objects.create(
        contract=contract,
        kind=DocumentKind.EVIDENCE,
        title="证明材料",
        file="documents/none.pdf",
        name="none.pdf",
        size=1,
        digest="0" * 64,
        uploaded_at=NOON,
        uploaded_by=make_user(),
    )


def make_notice(contract: Contract, **given: Any) -> Notice:
    """Make Party A's notice of termination, served on 1 June 2026."""
    served = {
        "status": NoticeStatus.SERVED,
        "side": Side.A,
        "kind": NoticeKind.TERMINATION,
        "clause": contract.clauses.first(),
        "title": "解除合同通知书",
        "body": "通知",
        "drafted_at": NOON,
        "drafted_by": make_user(),
        "year": 2026,
        "serial": Notice.objects.of(contract).count() + 1,
        "issued_at": NOON,
        "issued_by": make_user(),
        "route": NoticeRoute.BY_HAND,
        "scan": make_paper(contract),
        "proof": make_paper(contract),
        "served_on": SERVED_ON,
    }
    return Notice.objects.create(contract=contract, **served | given)


def terms(contract: Contract, route: Route = Route.POLICY, **given: Any) -> Any:
    """Return what a draft is made from: ended on 31 July 2026 after the first payment."""
    found = {
        "route": route,
        "clause": ground(contract, route),
        "reason": "机构改革",
        "ends_on": date(2026, 7, 31),
        "paid": 1_163_820,
        "deducted": 0,
        "damage": 0,
        "agreed": 0 if route is Route.AGREEMENT else None,
        "figures_note": "财务台账",
        "evidence": make_paper(contract),
        "token": uuid4(),
        "by": make_user(),
        "at": NOON,
    }
    return found | given


def make_proposed(
    contract: Contract, route: Route = Route.POLICY, **given: Any
) -> Termination:
    made = actions.draft(contract, **terms(contract, route, **given))
    made.refresh_from_db()
    actions.propose(made, note="", by=make_user(), at=NOON)
    made.refresh_from_db()
    return made


def approve(termination: Termination, *, at: datetime = NOON, **given: Any) -> None:
    """Approve what is proposed, by somebody who has not seen it before."""
    termination.refresh_from_db()
    assert termination.proposed_at
    found: dict[str, Any] = {
        "seen": termination.proposed_at.isoformat(),
        "note": "",
        "by": make_user(),
    }
    actions.approve(termination, at=at, **found | given)
    termination.refresh_from_db()
