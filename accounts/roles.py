"""Who may do what. The tables below are the whole of it."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Role(TextChoices):
    """What a person is on one contract."""

    SUPERVISOR = "supervisor", _("Party A supervisor")
    LEADER = "leader", _("Party A leader")
    HANDLER = "handler", _("Finance handler")
    APPROVER = "approver", _("Finance approver")
    UNIT = "unit", _("Handling unit")
    MANAGER = "manager", _("Project manager")
    AGENT = "agent", _("Desk agent")
    CLOSER = "closer", _("Closing clerk")
    CLERK = "clerk", _("Data clerk")


class Duty(TextChoices):
    """What a person administers. Whoever has a duty has no role on any contract."""

    SYSTEM = "system", _("System administrator")
    SECURITY = "security", _("Security administrator")
    AUDIT = "audit", _("Audit administrator")


ALL = frozenset(Role)
PARTY_B = frozenset({Role.MANAGER, Role.AGENT, Role.CLOSER, Role.CLERK})
FINANCE = frozenset({Role.HANDLER, Role.APPROVER})
PARTY_A = ALL - PARTY_B
DESK = PARTY_B | {Role.SUPERVISOR, Role.LEADER}

#: Roles that sign for money, and so need a second factor. Every duty needs one too.
NEEDS_SECOND_FACTOR = FINANCE | {Role.LEADER}

#: Action → the roles that may take it, on contracts where they hold that role.
MAY: dict[str, frozenset[Role]] = {
    "contracts.view": ALL - {Role.UNIT},
    "contracts.verify": frozenset({Role.SUPERVISOR, Role.LEADER, Role.MANAGER}),
    "contracts.file": DESK | FINANCE,
    "contracts.deliver": frozenset({Role.SUPERVISOR, Role.MANAGER, Role.CLERK}),
    "contracts.accept": frozenset({Role.SUPERVISOR}),
    "contracts.notify": frozenset({Role.SUPERVISOR, Role.LEADER, Role.MANAGER}),
    "contracts.request": frozenset({Role.SUPERVISOR, Role.MANAGER}),
    "contracts.consent": frozenset({Role.SUPERVISOR, Role.LEADER}),
    "contracts.confirm_change": frozenset({Role.LEADER}),
    "contracts.consent_extra": frozenset({Role.LEADER}),
    "contracts.call_out": frozenset({Role.SUPERVISOR, Role.LEADER}),
    "contracts.answer_callout": frozenset({Role.MANAGER, Role.AGENT}),
    "contracts.hold": frozenset({Role.SUPERVISOR, Role.HANDLER}),
    "contracts.propose": frozenset({Role.SUPERVISOR}),
    "contracts.adopt": frozenset({Role.LEADER}),
    "contracts.property": frozenset({Role.SUPERVISOR, Role.MANAGER}),
    "contracts.charge": frozenset({Role.SUPERVISOR, Role.LEADER}),
    "contracts.archive": frozenset({Role.SUPERVISOR, Role.MANAGER, Role.CLERK}),
    "contracts.hand_over": frozenset({Role.MANAGER, Role.CLERK}),
    "contracts.set_up": frozenset({Role.SUPERVISOR}),
    "cases.view": DESK | {Role.UNIT},
    "cases.import": frozenset({Role.CLERK, Role.MANAGER}),
    "cases.undo_import": frozenset({Role.CLERK, Role.MANAGER}),
    "cases.register": frozenset({Role.AGENT, Role.CLERK, Role.MANAGER}),
    "cases.reveal": frozenset(
        {Role.SUPERVISOR, Role.MANAGER, Role.AGENT, Role.CLOSER, Role.CLERK}
    ),
    "cases.sign": frozenset({Role.AGENT, Role.MANAGER}),
    "cases.transfer": frozenset({Role.AGENT, Role.MANAGER}),
    "cases.accept": frozenset({Role.UNIT, Role.AGENT, Role.MANAGER}),
    "cases.decline": frozenset({Role.UNIT, Role.AGENT, Role.MANAGER}),
    "cases.contact": frozenset({Role.UNIT, Role.AGENT, Role.MANAGER}),
    "cases.urge": frozenset({Role.AGENT, Role.MANAGER, Role.SUPERVISOR}),
    "cases.supervise": frozenset({Role.MANAGER, Role.SUPERVISOR, Role.LEADER}),
    "cases.flag": frozenset({Role.AGENT, Role.MANAGER, Role.SUPERVISOR}),
    "cases.alarm": frozenset({Role.AGENT, Role.MANAGER, Role.SUPERVISOR, Role.LEADER}),
    "cases.follow_up": frozenset({Role.UNIT, Role.AGENT, Role.MANAGER}),
    "cases.reply": frozenset({Role.UNIT, Role.AGENT, Role.MANAGER}),
    "cases.review": frozenset({Role.CLOSER, Role.MANAGER}),
    "cases.close": frozenset({Role.CLOSER, Role.MANAGER}),
    "cases.call_back": frozenset({Role.CLERK, Role.MANAGER}),
    "cases.reopen": frozenset({Role.CLERK, Role.MANAGER}),
    "cases.archive": frozenset({Role.CLERK, Role.MANAGER}),
    "cases.correct": frozenset({Role.CLERK, Role.MANAGER}),
    "cases.applications": DESK,
    "cases.return": frozenset({Role.AGENT, Role.MANAGER}),
    "cases.extend": frozenset({Role.AGENT, Role.MANAGER}),
    "cases.apply": frozenset({Role.CLERK, Role.MANAGER}),
    "cases.endorse": frozenset({Role.MANAGER}),
    "cases.approve": frozenset({Role.SUPERVISOR}),
    "cases.record_outcome": frozenset({Role.AGENT, Role.CLERK, Role.MANAGER}),
    "cases.merge": frozenset({Role.AGENT, Role.CLERK, Role.MANAGER}),
    "cases.draw": frozenset({Role.SUPERVISOR, Role.MANAGER}),
    "cases.recheck": frozenset({Role.SUPERVISOR, Role.MANAGER, Role.CLOSER}),
    "cases.set_up_desk": frozenset({Role.SUPERVISOR, Role.MANAGER}),
    "cases.share_view": frozenset({Role.SUPERVISOR, Role.MANAGER}),
    "cases.export": DESK,
    "cases.ledger_template": frozenset({Role.SUPERVISOR, Role.CLERK}),
    "cases.ask_permit": frozenset({Role.SUPERVISOR, Role.MANAGER, Role.CLERK}),
    "cases.permit": frozenset({Role.LEADER}),
    "staffing.view": DESK,
    "staffing.view_people": frozenset({Role.SUPERVISOR, Role.LEADER, Role.MANAGER}),
    "staffing.set_up": frozenset({Role.SUPERVISOR, Role.MANAGER}),
    "staffing.file": frozenset({Role.SUPERVISOR, Role.MANAGER}),
    "staffing.approve": frozenset({Role.SUPERVISOR, Role.LEADER}),
    "staffing.reveal": frozenset({Role.SUPERVISOR, Role.MANAGER}),
    "staffing.plan": frozenset({Role.MANAGER}),
    "staffing.sign_on": PARTY_B,
    "staffing.claim": frozenset({Role.MANAGER}),
    "staffing.confirm": frozenset({Role.SUPERVISOR}),
    "staffing.ask": PARTY_B,
    "staffing.grant": frozenset({Role.SUPERVISOR, Role.MANAGER}),
    "staffing.leave": frozenset({Role.SUPERVISOR, Role.MANAGER}),
    "staffing.demand": frozenset({Role.SUPERVISOR, Role.LEADER}),
    "staffing.declare": frozenset({Role.MANAGER}),
    "staffing.train": frozenset({Role.MANAGER, Role.CLERK}),
    "kpi.view": DESK | FINANCE,
    "kpi.verdict": frozenset({Role.SUPERVISOR}),
    "billing.view_termination": FINANCE | {Role.SUPERVISOR, Role.LEADER, Role.MANAGER},
    "billing.terminate": frozenset({Role.SUPERVISOR}),
    "billing.approve_termination": frozenset({Role.LEADER}),
    "reports.home": ALL,
    "reports.view": DESK,
    "reports.issue": frozenset({Role.CLERK, Role.MANAGER}),
    "reports.schedule": frozenset({Role.SUPERVISOR}),
    "reports.package": frozenset({Role.SUPERVISOR, Role.LEADER, Role.MANAGER}),
}

#: The same for duties, which hold everywhere and on no contract.
MAY_ADMINISTER: dict[str, frozenset[Duty]] = {
    "accounts.people": frozenset({Duty.SYSTEM}),
    "contracts.memberships": frozenset({Duty.SECURITY}),
    "accounts.log": frozenset({Duty.AUDIT}),
}


def what_may(role: Role) -> frozenset[str]:
    """Return the actions open to a role, for pages to know which buttons to show."""
    return frozenset(action for action, roles in MAY.items() if role in roles)


def what_administers(duty: str) -> frozenset[str]:
    """Return the actions open to a duty; to none, if it is blank."""
    return frozenset(
        action for action, duties in MAY_ADMINISTER.items() if duty in duties
    )
