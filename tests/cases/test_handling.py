"""From signing to closing, and who is refused on the way."""

from datetime import timedelta
from uuid import uuid4

import pytest

from accounts.roles import Role
from cases import actions
from cases.models import Case, CaseStatus, Entry, EntryKind
from contracts.models import AuditEntry, TransitionRefused
from tests.factories import NOON, make_case, make_unit, make_user

pytestmark = pytest.mark.django_db

LATER = NOON + timedelta(hours=1)


def told(by=None, **more):
    """What every step is told: by whom, when, and the token of its page."""
    return {"by": by or make_user(), "at": LATER, "token": uuid4()} | more


def transfer(case, **more):
    unit = more.pop("unit", None) or make_unit(case.contract)
    actions.transfer(case, unit=unit, inner_due_at=None, note="", **told(**more))


def reply(case, **more):
    answer = {
        "result": "已修复",
        "reply": "已告知",
        "contacted": True,
        "solved": True,
        "happened_at": LATER,
    }
    actions.reply(case, **answer, **told(**more))


def in_status(status, **given):
    """Make an order and take it to a status by the steps that lead there."""
    case = make_case(**given)
    steps = [
        (CaseStatus.SIGNED, lambda: actions.sign(case, **told())),
        (CaseStatus.TRANSFERRED, lambda: transfer(case)),
        (
            CaseStatus.HANDLING,
            lambda: actions.accept(case, happened_at=LATER, **told()),
        ),
        (CaseStatus.REPLIED, lambda: reply(case)),
        (
            CaseStatus.REVIEWED,
            lambda: actions.review(case, passed=True, note="", **told()),
        ),
        (
            CaseStatus.CLOSED,
            lambda: actions.close(case, happened_at=LATER, note="", **told()),
        ),
    ]
    for reached, step in steps:
        if case.status == status:
            break
        step()
        assert case.status == reached
    return case


def kinds(case):
    return list(case.entries.order_by("pk").values_list("kind", flat=True))


def test_an_order_goes_from_signing_to_closing():
    case = in_status(CaseStatus.CLOSED)

    assert kinds(case) == [
        EntryKind.RECEIVED,
        EntryKind.SIGNED,
        EntryKind.TRANSFERRED,
        EntryKind.ACCEPTED,
        EntryKind.REPLIED,
        EntryKind.PASSED,
        EntryKind.CLOSED,
    ]
    assert case.closed_at == LATER


def test_replaying_the_ledger_arrives_at_the_status():
    case = in_status(CaseStatus.REPLIED)
    actions.review(case, passed=False, note="再联系一次", **told())
    reply(case)

    replayed = [entry.status for entry in case.entries.order_by("pk") if entry.status]

    assert replayed[-1] == Case.objects.get(pk=case.pk).status == CaseStatus.REPLIED


def test_a_step_is_written_to_the_audit_with_its_ledger_line():
    case, agent = make_case(), make_user()

    actions.sign(case, **told(agent))

    line = AuditEntry.objects.get(subject=f"cases.case:{case.pk}")
    assert (line.was, line.became, line.by) == ("received", "signed", agent)


@pytest.mark.parametrize("status", [CaseStatus.RECEIVED, CaseStatus.SIGNED])
def test_what_is_not_in_hand_is_not_replied_to(status):
    case = in_status(status)

    with pytest.raises(TransitionRefused):
        reply(case)

    assert Case.objects.get(pk=case.pk).status == status


def test_a_transferred_order_can_be_sent_elsewhere():
    case = in_status(CaseStatus.HANDLING)
    elsewhere = make_unit(case.contract)

    transfer(case, unit=elsewhere)

    assert (case.status, case.unit, case.accepted_at) == (
        CaseStatus.TRANSFERRED,
        elsewhere,
        None,
    )


def test_nobody_reviews_a_reply_of_their_own():
    case, agent = in_status(CaseStatus.HANDLING), make_user()
    reply(case, by=agent)

    with pytest.raises(TransitionRefused, match="of their own"):
        actions.review(case, passed=True, note="", **told(agent))


def test_the_same_form_sent_twice_is_one_step():
    case, once = make_case(), told()
    actions.sign(case, **once)

    actions.sign(Case.objects.get(pk=case.pk), **once)

    assert kinds(case) == [EntryKind.RECEIVED, EntryKind.SIGNED]


def test_of_two_who_press_the_button_one_is_told():
    case = make_case()
    also_open_elsewhere = Case.objects.get(pk=case.pk)
    actions.sign(case, **told())

    with pytest.raises(TransitionRefused, match="first"):
        actions.sign(also_open_elsewhere, **told())

    assert kinds(case).count(EntryKind.SIGNED) == 1


def test_urging_counts_and_changes_no_status():
    case = in_status(CaseStatus.HANDLING)

    actions.urge(case, text="请尽快", **told())

    case.refresh_from_db()
    assert (case.urged, case.status) == (1, CaseStatus.HANDLING)


def test_a_closed_order_is_not_urged():
    case = in_status(CaseStatus.CLOSED)

    with pytest.raises(TransitionRefused):
        actions.urge(case, text="请尽快", **told())

    case.refresh_from_db()
    assert case.urged == 0


def test_a_line_is_corrected_once_by_a_later_one():
    case = in_status(CaseStatus.SIGNED)
    wrong = case.entries.get(kind=EntryKind.SIGNED)

    actions.correct(wrong, text="签收时间应为 12:30", **told())
    with pytest.raises(TransitionRefused):
        actions.correct(wrong, text="再改", **told())

    assert wrong not in Entry.objects.standing()
    assert wrong.correction.text == "签收时间应为 12:30"


def test_a_correction_is_corrected_in_its_turn():
    case = in_status(CaseStatus.SIGNED)
    wrong = case.entries.get(kind=EntryKind.SIGNED)
    actions.correct(wrong, text="签收时间应为 12:30", **told())

    actions.correct(wrong.correction, text="应为 12:35", **told())

    assert wrong.correction.correction.text == "应为 12:35"


def test_showing_a_caller_is_written_down_with_its_reason():
    case, agent = (
        make_case(caller={"name": "张三", "phone": "13800000001"}),
        make_user(),
    )

    caller = actions.reveal(case, reason="回访", by=agent, at=LATER)

    assert caller.phone == "13800000001"
    entry = case.entries.get(kind=EntryKind.REVEALED)
    assert (entry.text, entry.recorded_by) == ("回访", agent)
    assert AuditEntry.objects.filter(subject=f"cases.caller:{case.pk}").exists()


def test_showing_callers_has_an_hourly_limit(monkeypatch):
    monkeypatch.setattr(actions.handling, "REVEALS_AN_HOUR", 1)
    case, agent = make_case(), make_user(role=Role.AGENT)
    actions.reveal(case, reason="回访", by=agent, at=LATER)

    with pytest.raises(TransitionRefused, match="within an hour"):
        actions.reveal(case, reason="回访", by=agent, at=LATER + timedelta(minutes=59))

    later = LATER + timedelta(minutes=60)
    assert actions.reveal(case, reason="回访", by=agent, at=later)
