"""Notices between the parties: written, numbered, served, and the clocks that then run."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.core.files import File
from django.db import transaction
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.templatetags.frame import day
from contracts.models import (
    Clause,
    Contact,
    Contract,
    Document,
    DocumentKind,
    Due,
    Mode,
    Notice,
    NoticeKind,
    NoticeStatus,
    Obligation,
    Side,
    TransitionRefused,
)
from contracts.rules.obligations import DueRule, Event
from contracts.rules.service import (
    TAKES,
    Delivery,
    Fact,
    NotServed,
    Route,
    Service,
    served,
)

from . import clocks, documents
from .numbers import hold, next_serial
from .trail import moment_of, record

#: What a notice of a kind sets off once it is served, besides having been served.
EVENT_OF = {
    NoticeKind.RECTIFY: Event.DEMAND,
    NoticeKind.REPLACE: Event.REPLACEMENT_ASKED,
}


class NoticeRefused(Exception):
    """What cannot be done with a notice, in words for whoever tried."""


@transaction.atomic(durable=True)
def draft(
    contract: Contract,
    *,
    side: Side,
    kind: NoticeKind,
    clause: Clause,
    title: str,
    body: str,
    token: UUID,
    by: User,
    at: datetime,
    obligation: Obligation | None = None,
    due_on: date | None = None,
    told: Contact | None = None,
) -> Notice:
    """Write a notice that one party means to send (十三); nobody else sees it yet.

    `told` is the change of contact that it tells of. The same `token` again gives the
    same notice back.
    """
    hold(contract)
    if known := Notice.objects.of(contract).filter(token=token).first():
        return known
    notice = Notice.objects.create(
        contract=contract,
        side=side,
        kind=kind,
        clause=clause,
        title=title,
        body=body,
        obligation=obligation,
        due_on=due_on,
        token=token,
        drafted_at=at,
        drafted_by=by,
    )
    _tell_of(notice, told)
    record(notice, notice.status, by=by, at=at)
    return notice


@transaction.atomic(durable=True)
def amend(
    notice: Notice,
    *,
    kind: NoticeKind,
    clause: Clause,
    title: str,
    body: str,
    by: User,
    at: datetime,
    obligation: Obligation | None = None,
    due_on: date | None = None,
    told: Contact | None = None,
) -> None:
    """Write a draft anew. Raises TransitionRefused once it is issued."""
    _hold(notice, to=NoticeStatus.ISSUED)
    notice.kind = kind
    notice.clause = clause
    notice.title = title
    notice.body = body
    notice.obligation = obligation
    notice.due_on = due_on
    notice.save(
        update_fields=["kind", "clause", "title", "body", "obligation", "due_on"]
    )
    _tell_of(notice, told)
    record(notice, notice.status, was=notice.status, by=by, at=at)


@transaction.atomic(durable=True)
def issue(notice: Notice, *, by: User, at: datetime) -> None:
    """Give a notice its number, and fix where it is to be sent.

    That is the contact of the other party that holds on this day (十三). Raises
    TransitionRefused, and NoticeRefused where there is none.
    """
    _hold(notice, to=NoticeStatus.ISSUED)
    today = localdate(at)
    addressee = Side(notice.side).other
    contact = (
        Contact.objects.of(notice.contract).filter(side=addressee).on(today).first()
    )
    if contact is None:
        raise NoticeRefused(
            _("No contact of %(party)s holds today: there is nowhere to send it to.")
            % {"party": addressee.label}
        )
    given = {"side": notice.side, "year": today.year}
    notice.move(
        NoticeStatus.ISSUED,
        by=by,
        at=at,
        year=today.year,
        serial=next_serial(Notice, notice.contract, **given),
        issued_at=at,
        issued_by=by,
        contact=contact,
    )


@transaction.atomic(durable=True)
def serve(
    notice: Notice,
    *,
    delivery: Delivery,
    scan: "File[Any]",
    proof: "File[Any]",
    by: User,
    at: datetime,
) -> None:
    """Record that a notice was served, with its sealed scan and the proof (十三).

    What it asks for falls due from then on. Raises TransitionRefused; NoticeRefused
    where the route's facts are not all there, or cannot be true; DocumentRefused.
    """
    _hold(notice, to=NoticeStatus.SERVED)
    service = _service(notice, delivery, at)
    contact = _told(notice, service.on)
    scanned = _file(notice, scan, DocumentKind.NOTICE, by=by, at=at)
    proved = _file(notice, proof, DocumentKind.PROOF, by=by, at=at)
    notice.move(
        NoticeStatus.SERVED,
        by=by,
        at=at,
        route=delivery.route.value,
        scan=scanned,
        proof=proved,
        served_on=service.on,
        served_at=service.at,
        **{fact.value: getattr(delivery, fact) for fact in _facts(delivery.route)},
    )
    if contact:
        _let_hold(contact, notice, by=by, at=at)
    _start_clocks(notice, by=by, at=at)


@transaction.atomic(durable=True)
def withdraw(notice: Notice, *, reason: str, by: User, at: datetime) -> None:
    """Take back a notice that is not served yet. Raises TransitionRefused."""
    _hold(notice, to=NoticeStatus.WITHDRAWN)
    notice.move(NoticeStatus.WITHDRAWN, by=by, at=at, note=reason)
    _tell_of(notice, None)


def facts_in_words(facts: Iterable[Fact]) -> str:
    """Name what must be known of a delivery, as its form does."""
    return ", ".join(
        str(Notice._meta.get_field(fact.value).verbose_name)  # type: ignore[union-attr]
        for fact in facts
    )


def _hold(notice: Notice, *, to: NoticeStatus) -> None:
    """Hold the contract, and see that the notice as it stands by now may move on.

    `move` would refuse as well, but only after papers were written to disk.
    """
    hold(notice.contract)
    notice.refresh_from_db()
    if to not in Notice.NEXT.get(notice.status, ()):
        raise TransitionRefused(_("This step is not open from here."))


def _facts(route: Route) -> tuple[Fact, ...]:
    _proof, facts = TAKES[route]
    return facts


def _service(notice: Notice, delivery: Delivery, at: datetime) -> Service:
    """Return when the notice counts as served. Raises NoticeRefused."""
    try:
        service = served(delivery)
    except NotServed as refusal:
        raise NoticeRefused(
            _("It does not count as served (第十三条). Not known yet: %(facts)s.")
            % {"facts": facts_in_words(refusal.missing)}
        ) from refusal
    issued_on = localdate(notice.issued_at)
    if service.on > localdate(at) or (service.at and service.at > at):
        raise NoticeRefused(_("The moment of service has not come yet."))
    if service.on < issued_on:
        raise NoticeRefused(
            _("It was issued on %(day)s and cannot have been served before.")
            % {"day": day(issued_on)}
        )
    if notice.due_on and notice.due_on < service.on:
        raise NoticeRefused(
            _(
                "It asks for something by %(day)s and was served after that day. Withdraw "
                "it, and ask anew with a later day."
            )
            % {"day": day(notice.due_on)}
        )
    if delivery.route is Route.NAMED_SYSTEM:
        _check_named(notice, delivery.sent_to)
    return service


def _check_named(notice: Notice, sent_to: str) -> None:
    """Refuse a mailbox or system that the other party has not named (十三)."""
    named = notice.contact.named_system if notice.contact else ""
    if not named:
        raise NoticeRefused(
            _(
                "The other party's contact names no mailbox or system for notices. Such a "
                "notice is served by hand or by courier (第十三条)."
            )
        )
    if sent_to.strip().casefold() != named.strip().casefold():
        raise NoticeRefused(
            _(
                "The other party has named %(named)s; sent anywhere else, it does not "
                "count as served (第十三条)."
            )
            % {"named": named}
        )


def _tell_of(notice: Notice, contact: Contact | None) -> None:
    """Have the notice tell of this change of contact, and of no other."""
    told = Contact.objects.of(notice.contract)
    told.filter(notice=notice).update(notice=None)
    if contact and not (
        told.to_be_told().filter(pk=contact.pk, side=notice.side).update(notice=notice)
    ):
        raise NoticeRefused(_("Another notice tells of this change already."))


def _file(
    notice: Notice, file: "File[Any]", kind: DocumentKind, *, by: User, at: datetime
) -> Document:
    return documents.put(
        notice.contract,
        file=file,
        kind=kind,
        title=f"{notice.number} {notice.title}",
        clause=notice.clause,
        by=by,
        at=at,
    )


def _told(notice: Notice, on: date) -> Contact | None:
    """Return the contact that is to hold once the notice is served. Raises NoticeRefused."""
    contact = Contact.objects.filter(notice=notice).first()
    same_day = Contact.objects.of(notice.contract).filter(
        side=notice.side, holds_from=on
    )
    if contact and same_day.exists():
        raise NoticeRefused(
            _("Another contact holds from that day already; one a day is the most.")
        )
    return contact


def _let_hold(contact: Contact, notice: Notice, *, by: User, at: datetime) -> None:
    """Let the contact hold that the notice tells of; that it tells was owed (十三)."""
    contact.holds_from = notice.served_on
    contact.save(update_fields=["holds_from"])
    told_at = _moment(notice, at)
    if contact.changed_at:  # where the route tells the day alone
        told_at = max(told_at, contact.changed_at)
    for due in contact.dues.owed():
        _deliver(due, notice, delivered_at=told_at, by=by, at=at)


def _start_clocks(notice: Notice, *, by: User, at: datetime) -> None:
    """Start what runs from the served moment: what the notice names, and its kind."""
    contract, happened_at = notice.contract, _moment(notice, at)
    events = {Event.NOTICE_SERVED, EVENT_OF.get(NoticeKind(notice.kind))}
    waiting = contract.obligations.filter(mode=Mode.ON_EVENT)
    dues: list[Due] = []
    for obligation in waiting:
        event = DueRule.from_plain(obligation.due_rule).event
        if event and (event in events or obligation == notice.obligation):
            dues += clocks.start(
                contract,
                event,
                happened_at=happened_at,
                cause=notice,
                obligation=obligation,
                due_on=notice.due_on,
            )
    # The proof of service is owed by whoever serves, and has come with this step.
    for due in dues:
        event = DueRule.from_plain(due.obligation.due_rule).event
        if event is Event.NOTICE_SERVED and due.obligation.side == notice.side:
            _deliver(due, notice, delivered_at=at, by=by, at=at)


def _deliver(
    due: Due, notice: Notice, *, delivered_at: datetime, by: User, at: datetime
) -> None:
    due.deliver(by=by, at=at, delivered_at=delivered_at, note=notice.number)
    due.evidence.add(*(paper for paper in (notice.scan, notice.proof) if paper))


def _moment(notice: Notice, at: datetime) -> datetime:
    """Return the moment of service; where the route tells the day alone, one on it."""
    if notice.served_at:
        return notice.served_at
    if notice.served_on is None:
        raise ValueError("A notice that is not served starts no clock.")
    return moment_of(notice.served_on, at=at)
