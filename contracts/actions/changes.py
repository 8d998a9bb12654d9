"""Everything that writes changes of the service, and extras: the only way the price moves."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.core.files import File
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from contracts.models import (
    Change,
    ChangeKind,
    Clause,
    Contract,
    Document,
    DocumentKind,
    Extra,
    Notice,
    NoticeKind,
    NoticeStatus,
    PaymentStage,
    RequestStatus,
    Side,
)
from contracts.rules.obligations import Event

from . import clocks, trail
from .documents import put
from .numbers import hold, next_serial
from .refusals import MatterRefused, check_clause, check_come, check_within


@transaction.atomic(durable=True)
def ask_change(
    contract: Contract,
    *,
    side: Side,
    clause: Clause,
    kind: ChangeKind,
    title: str,
    reason: str,
    was: str,
    becomes: str,
    requested_on: date,
    wanted_from: date,
    request: "File[Any] | None",
    token: UUID,
    by: User,
    at: datetime,
    within_scope: bool = True,
) -> Change:
    """Record that one party wants something done otherwise. It has no effect yet.

    Party B asks on paper (六（二）6), which starts the clock of the answer; Party A changes
    what lies within the scope by itself (六（一）4), and beyond it an extra is needed
    (四). The same `token` again gives the same change back. Raises MatterRefused.
    """
    hold(contract)
    if known := Change.objects.of(contract).filter(token=token).first():
        return known
    check_clause(contract, clause)
    _check_request(contract, requested_on, at=at)
    check_within(contract, wanted_from, "wanted_from")
    if wanted_from < requested_on:
        raise MatterRefused(
            _(
                "It is wanted from %(wanted)s, before it was asked for on %(asked)s "
                "(第六条（二）6)."
            )
            % {"wanted": wanted_from, "asked": requested_on},
            "wanted_from",
        )
    if not within_scope:
        raise MatterRefused(
            _(
                "What goes beyond the scope of the service needs an extra, which Party A "
                "confirms in writing (第四条)."
            ),
            "within_scope",
        )
    if side == Side.B and request is None:
        raise MatterRefused(
            _("Party B asks for a change in writing (第六条（二）6)."), "request"
        )
    change = Change.objects.create(
        contract=contract,
        serial=next_serial(Change, contract),
        side=side,
        clause=clause,
        kind=kind,
        title=title,
        reason=reason,
        was=was,
        becomes=becomes,
        requested_on=requested_on,
        wanted_from=wanted_from,
        within_scope=within_scope,
        request=_request(contract, request, title=title, clause=clause, by=by, at=at),
        token=token,
        recorded_at=at,
        recorded_by=by,
    )
    trail.record(change, RequestStatus.REQUESTED, by=by, at=at)
    if side == Side.B:
        asked_at = trail.moment_of(requested_on, at=at)
        clocks.start(contract, Event.CHANGE_ASKED, happened_at=asked_at, cause=change)
    return change


@transaction.atomic(durable=True)
def consent(
    change: Change,
    *,
    consent: "File[Any]",
    consented_on: date,
    effective_on: date,
    note: str,
    by: User,
    at: datetime,
) -> None:
    """Consent for Party A, on paper, to a change that Party B has asked for (六（二）6).

    Raises MatterRefused for a consent before the request or an effect before the
    consent, and TransitionRefused once it is decided.
    """
    if change.side != Side.B:
        raise MatterRefused(
            _("Party A's own change is put into effect by a notice (第六条（一）4).")
        )
    _check_second_person(change, by)
    _check_consent(change, consented_on, at=at)
    _check_effect(change, consented_on, effective_on)
    change.move(
        RequestStatus.CONSENTED,
        by=by,
        at=at,
        note=note,
        consent=_consent(change, consent, by, at),
        consented_on=consented_on,
        effective_on=effective_on,
        decided_at=at,
        decided_by=by,
        decided_note=note,
    )
    _answer(change, trail.moment_of(consented_on, at=at), by, at)


@transaction.atomic(durable=True)
def confirm(
    change: Change,
    *,
    notice: Notice,
    effective_on: date,
    note: str,
    by: User,
    at: datetime,
) -> None:
    """Put a change of Party A's own into effect by the notice that Party B was served with.

    Within the scope of the service Party B's consent is not needed; what it is told by
    is Party A's sealed notice, which takes the consent's place (六（一）4). From its
    service Party B's time to follow runs. Raises MatterRefused and TransitionRefused.
    """
    if change.side != Side.A:
        raise MatterRefused(
            _("What Party B asks for needs Party A's written consent (第六条（二）6).")
        )
    _check_second_person(change, by)
    if (
        notice.contract_id != change.contract_id
        or notice.side != Side.A
        or notice.kind != NoticeKind.CHANGE
    ):
        raise MatterRefused(
            _("This is not Party A's notice of a change of service (第六条（一）4)."),
            "notice",
        )
    if notice.status != NoticeStatus.SERVED or notice.served_on is None:
        raise MatterRefused(_("This notice is not served yet (第十三条)."), "notice")
    if notice.served_on < change.requested_on:
        raise MatterRefused(
            _(
                "The notice was served on %(served)s, before the change was put down on "
                "%(asked)s (第六条（一）4)."
            )
            % {"served": notice.served_on, "asked": change.requested_on},
            "notice",
        )
    _check_effect(change, notice.served_on, effective_on)
    change.move(
        RequestStatus.CONSENTED,
        by=by,
        at=at,
        note=f"{notice} {note}".strip(),
        consent=notice.scan,
        consented_on=notice.served_on,
        effective_on=effective_on,
        decided_at=at,
        decided_by=by,
        decided_note=note,
    )
    clocks.start(
        change.contract,
        Event.SERVICE_CHANGED,
        happened_at=notice.served_at or trail.moment_of(notice.served_on, at=at),
        cause=change,
    )


@transaction.atomic(durable=True)
def ask_extra(
    contract: Contract,
    *,
    clause: Clause,
    title: str,
    reason: str,
    amount: Decimal,
    stage: PaymentStage,
    requested_on: date,
    request: "File[Any] | None",
    token: UUID,
    by: User,
    at: datetime,
) -> Extra:
    """Record that work beyond the price is asked for, on paper (四). The price stays.

    The same `token` again gives the same extra back. Raises MatterRefused.
    """
    hold(contract)
    if known := Extra.objects.of(contract).filter(token=token).first():
        return known
    check_clause(contract, clause)
    _check_request(contract, requested_on, at=at)
    if not 0 < amount <= contract.price:
        raise MatterRefused(
            _(
                "An extra is more than nothing and no more than the contract's price of "
                "%(price)s CNY (第四条)."
            )
            % {"price": f"{contract.price:,.2f}"},
            "amount",
        )
    if stage.contract_id != contract.pk:
        raise MatterRefused(_("This payment stage is of another contract."), "stage")
    if request is None:
        raise MatterRefused(_("An extra is asked for in writing (第四条)."), "request")
    extra = Extra.objects.create(
        contract=contract,
        serial=next_serial(Extra, contract),
        clause=clause,
        title=title,
        reason=reason,
        amount=amount,
        stage=stage,
        requested_on=requested_on,
        request=_request(contract, request, title=title, clause=clause, by=by, at=at),
        token=token,
        recorded_at=at,
        recorded_by=by,
    )
    trail.record(extra, RequestStatus.REQUESTED, by=by, at=at)
    return extra


@transaction.atomic(durable=True)
def consent_extra(
    extra: Extra,
    *,
    consent: "File[Any]",
    consented_on: date,
    note: str,
    by: User,
    at: datetime,
) -> None:
    """Confirm an extra for Party A, on paper: from here the price has moved by it (四).

    Raises MatterRefused, and TransitionRefused once it is decided.
    """
    _check_second_person(extra, by)
    _check_consent(extra, consented_on, at=at)
    extra.move(
        RequestStatus.CONSENTED,
        by=by,
        at=at,
        note=note,
        consent=_consent(extra, consent, by, at),
        consented_on=consented_on,
        effective_on=consented_on,
        decided_at=at,
        decided_by=by,
        decided_note=note,
    )
    clocks.start(
        extra.contract,
        Event.EXTRA_AGREED,
        happened_at=trail.moment_of(consented_on, at=at),
        cause=extra,
    )


@transaction.atomic(durable=True)
def refuse(asked: Change | Extra, *, note: str, by: User, at: datetime) -> None:
    """Say no to what was asked for, with the reason. Everything stays as it was."""
    _check_second_person(asked, by)
    _decide(asked, RequestStatus.REFUSED, note, by, at)
    if isinstance(asked, Change):
        _answer(asked, at, by, at)


@transaction.atomic(durable=True)
def withdraw(
    asked: Change | Extra, *, side: Side, note: str, by: User, at: datetime
) -> None:
    """Take back what one's own party has asked for, before it is decided.

    Of an extra only whoever asked for it can: it does not say of which party that is.
    """
    own = asked.side == side if isinstance(asked, Change) else asked.recorded_by == by
    if not own:
        raise MatterRefused(_("Only whoever asked for it can withdraw it."))
    _decide(asked, RequestStatus.WITHDRAWN, note, by, at)
    if isinstance(asked, Change):
        clocks.drop(asked.dues.all(), at=at, by=by, note=note)


# --- What they share ------------------------------------------------------------------


def _decide(
    asked: Change | Extra, status: RequestStatus, note: str, by: User, at: datetime
) -> None:
    asked.move(
        status, by=by, at=at, note=note, decided_at=at, decided_by=by, decided_note=note
    )


def _answer(change: Change, answered_at: datetime, by: User, at: datetime) -> None:
    """Stop the clock of the answer that Party A owes to a request."""
    for due in change.dues.owed():
        due.deliver(by=by, at=at, delivered_at=answered_at)


def _check_request(contract: Contract, requested_on: date, *, at: datetime) -> None:
    check_come(requested_on, "requested_on", at=at)
    check_within(contract, requested_on, "requested_on")


def _check_second_person(asked: Change | Extra, by: User) -> None:
    if by.pk == asked.recorded_by_id:
        raise MatterRefused(_("Whoever asked for it cannot decide on it."))


def _check_consent(asked: Change | Extra, consented_on: date, *, at: datetime) -> None:
    check_come(consented_on, "consented_on", at=at)
    check_within(asked.contract, consented_on, "consented_on")
    if consented_on < asked.requested_on:
        clause = "第四条" if isinstance(asked, Extra) else "第六条（二）6"
        raise MatterRefused(
            _(
                "The consent is of %(consented)s, before the request of %(asked)s "
                "(%(clause)s)."
            )
            % {
                "consented": consented_on,
                "asked": asked.requested_on,
                "clause": clause,
            },
            "consented_on",
        )


def _check_effect(change: Change, agreed_on: date, effective_on: date) -> None:
    check_within(change.contract, effective_on, "effective_on")
    if effective_on < agreed_on:
        clause = "第六条（一）4" if change.side == Side.A else "第六条（二）6"
        raise MatterRefused(
            _(
                "It cannot take effect on %(effective)s, before the paper of %(agreed)s "
                "(%(clause)s)."
            )
            % {"effective": effective_on, "agreed": agreed_on, "clause": clause},
            "effective_on",
        )


def _consent(
    asked: Change | Extra, file: "File[Any]", by: User, at: datetime
) -> Document:
    return put(
        asked.contract,
        file=file,
        kind=DocumentKind.CONSENT,
        title=asked.title,
        clause=asked.clause,
        by=by,
        at=at,
    )


def _request(
    contract: Contract,
    file: "File[Any] | None",
    *,
    title: str,
    clause: Clause,
    by: User,
    at: datetime,
) -> Document | None:
    """Put the written request on record; None where Party A needs none."""
    if file is None:
        return None
    return put(
        contract,
        file=file,
        kind=DocumentKind.REQUEST,
        title=title,
        clause=clause,
        by=by,
        at=at,
    )
