"""Changes and extras: request, then written consent, then effect (四、六（一）4、六（二）6)."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.urls import reverse
from django.utils.timezone import localdate, now

from accounts.roles import PARTY_B, Role
from contracts.actions import changes
from contracts.actions.refusals import MatterRefused
from contracts.models import (
    AuditEntry,
    Change,
    Contract,
    Document,
    Due,
    DueStatus,
    Extra,
    Side,
    TransitionRefused,
)
from contracts.rules.calendar import BEIJING
from tests.contracts.counting import queries
from tests.contracts.papers import DAY, post, scan, signed_in, tried
from tests.factories import (
    make_change,
    make_clause,
    make_contract,
    make_document,
    make_extra,
    make_notice,
    make_obligation,
    make_stage,
    make_user,
    make_year,
)
from tests.test_twice import at_once
from tests.world import make_running_contract

pytestmark = pytest.mark.django_db

AT = datetime(2026, 6, 8, 10, tzinfo=BEIJING)
ASKED = date(2026, 6, 1)


@pytest.fixture(autouse=True)
def _without_second_factor(settings):
    settings.DEMO_WITHOUT_SECOND_FACTOR = True


@pytest.fixture
def contract() -> Contract:
    make_year(2026, m06_19="端午节")
    return make_contract()


def ask(contract: Contract, **given: Any) -> Change:
    asked: dict[str, Any] = {
        "side": Side.B,
        "clause": make_clause(contract),
        "kind": "manner",
        "title": "改为三班",
        "reason": "来电量变化",
        "was": "两班",
        "becomes": "三班",
        "requested_on": ASKED,
        "wanted_from": date(2026, 6, 10),
        "request": scan(),
        "token": uuid4(),
        "by": make_user(contract, Role.MANAGER),
        "at": AT,
    }
    return changes.ask_change(contract, **asked | given)


def consent(change: Change, **given: Any) -> None:
    said: dict[str, Any] = {
        "consent": scan(),
        "consented_on": date(2026, 6, 5),
        "effective_on": date(2026, 6, 10),
        "note": "",
        "by": make_user(change.contract, Role.LEADER),
        "at": AT,
    }
    changes.consent(change, **said | given)


def served_notice(contract: Contract, served_on: date = date(2026, 6, 5), **given: Any):
    paper = make_document(contract)
    return make_notice(
        contract,
        **{
            "kind": "change",
            "status": "served",
            "year": 2026,
            "serial": 7,
            "issued_at": AT,
            "scan": paper,
            "proof": paper,
            "route": "by_hand",
            "served_on": served_on,
            **given,
        },
    )


def confirm(change: Change, **given: Any) -> None:
    said: dict[str, Any] = {
        "effective_on": date(2026, 6, 10),
        "note": "",
        "by": make_user(change.contract, Role.LEADER),
        "at": AT,
    }
    if "notice" not in given:
        given["notice"] = served_notice(change.contract)
    changes.confirm(change, **said | given)


# --- Party B asks ------------------------------------------------------------------------


def test_a_request_is_numbered_filed_and_starts_the_clock_of_the_answer(contract):
    answer = make_obligation(
        contract,
        side=Side.A,
        mode="on_event",
        due_rule={"event": "change_asked", "workdays": 5},
        accepted_by_a=False,
    )

    change = ask(contract)

    due = Due.objects.get()
    assert (change.serial, change.status) == (1, "requested")
    assert change.request.kind == "request"
    assert (due.obligation, due.due_on) == (answer, date(2026, 6, 8))
    assert AuditEntry.objects.about(change).get().became == "requested"


def test_consent_takes_effect_and_answers_the_request(contract):
    make_obligation(
        contract,
        side=Side.A,
        mode="on_event",
        due_rule={"event": "change_asked", "workdays": 5},
    )
    change = ask(contract)

    consent(change)

    due = Due.objects.get()
    assert (change.status, change.effective_on) == ("consented", date(2026, 6, 10))
    assert change.consent.kind == "consent"
    assert (due.status, due.late_by) == (DueStatus.DELIVERED, None)


@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("requested_on", {"requested_on": date(2026, 6, 9)}),  # to come
        ("requested_on", {"requested_on": date(2026, 4, 20)}),  # not in effect
        ("wanted_from", {"wanted_from": date(2026, 5, 31)}),  # before asking
        ("wanted_from", {"wanted_from": date(2027, 5, 1)}),  # after the term
        ("request", {"request": None}),
        ("within_scope", {"within_scope": False}),
    ],
)
def test_a_request_out_of_order_is_refused_and_nothing_is_saved(contract, field, given):
    with pytest.raises(MatterRefused) as refused:
        ask(contract, **given)

    assert refused.value.field == field
    assert not Change.objects.exists()
    assert not Document.objects.exists()


@pytest.mark.parametrize("wanted", [ASKED, date(2027, 4, 30)])
def test_the_day_of_asking_and_the_last_of_the_term_may_be_wanted(contract, wanted):
    assert ask(contract, wanted_from=wanted).wanted_from == wanted


def test_a_clause_of_another_contract_is_refused(contract):
    with pytest.raises(MatterRefused, match="clause"):
        ask(contract, clause=make_clause(make_contract()))


@pytest.mark.parametrize(
    ("field", "given", "words"),
    [
        ("consented_on", {"consented_on": date(2026, 5, 31)}, "before the request"),
        ("consented_on", {"consented_on": date(2026, 6, 9)}, "not come yet"),
        ("effective_on", {"effective_on": date(2026, 6, 4)}, "cannot take effect"),
        ("effective_on", {"effective_on": date(2027, 5, 1)}, "第三条"),
    ],
)
def test_consent_before_request_and_effect_before_consent_are_refused(
    contract, field, given, words
):
    change = ask(contract)
    papers = Document.objects.count()

    with pytest.raises(MatterRefused, match=words) as refused:
        consent(change, **given)

    change.refresh_from_db()
    assert (refused.value.field, change.status) == (field, "requested")
    assert Document.objects.count() == papers


def test_a_consent_and_an_effect_on_the_day_of_asking_hold(contract):
    change = ask(contract)

    consent(change, consented_on=ASKED, effective_on=ASKED)

    assert change.status == "consented"


def test_nobody_consents_to_what_they_asked_for(contract):
    change = ask(contract)

    for act in (consent, lambda one, by: changes.refuse(one, note="否", by=by, at=AT)):
        with pytest.raises(MatterRefused, match="cannot decide"):
            act(change, by=change.recorded_by)


def test_a_refusal_says_why_and_changes_nothing(contract):
    change = ask(contract)
    leader = make_user(contract, Role.LEADER)

    changes.refuse(change, note="人手不足", by=leader, at=AT)

    assert (change.status, change.decided_note) == ("refused", "人手不足")
    assert change.effective_on is None
    with pytest.raises(TransitionRefused):
        consent(change)


def test_what_is_withdrawn_needs_no_answer(contract):
    make_obligation(
        contract,
        side=Side.A,
        mode="on_event",
        due_rule={"event": "change_asked", "workdays": 5},
    )
    change = ask(contract)
    by = change.recorded_by

    changes.withdraw(change, side=Side.B, note="不需要了", by=by, at=AT)

    assert (change.status, Due.objects.get().status) == ("withdrawn", DueStatus.DROPPED)


def test_only_the_party_that_asked_withdraws(contract):
    with pytest.raises(MatterRefused, match="Only whoever asked"):
        changes.withdraw(
            ask(contract), side=Side.A, note="x", by=make_user(contract), at=AT
        )


# --- Party A changes the content itself -------------------------------------------------


def own(contract: Contract, **given: Any) -> Change:
    return ask(contract, **{"side": Side.A, "by": make_user(contract), **given})


def test_party_as_own_change_holds_by_its_served_notice(contract):
    make_obligation(
        contract,
        mode="on_event",
        due_rule={"event": "service_changed", "workdays": 5},
    )
    change = own(contract, request=None)
    notice = served_notice(contract)

    confirm(change, notice=notice)

    assert (change.status, change.consent) == ("consented", notice.scan)
    assert change.consented_on == notice.served_on
    assert Due.objects.get().due_on == date(2026, 6, 12)


def test_beyond_the_scope_party_a_needs_an_extra_too(contract):
    with pytest.raises(MatterRefused, match="extra") as refused:
        own(contract, within_scope=False)

    assert refused.value.field == "within_scope"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"kind": "general"}, "not Party A's notice"),
        ({"side": Side.B}, "not Party A's notice"),
        ({"served_on": date(2026, 5, 31)}, "before the change"),
        ({"status": "issued", "served_on": None}, "not served"),
    ],
)
def test_no_other_notice_puts_it_into_effect(contract, given, words):
    change = own(contract)

    with pytest.raises(MatterRefused, match=words) as refused:
        confirm(change, notice=served_notice(contract, **given))

    assert refused.value.field == "notice"


def test_an_own_change_takes_no_effect_before_the_notice_is_served(contract):
    with pytest.raises(MatterRefused, match="cannot take effect"):
        confirm(own(contract), effective_on=date(2026, 6, 4))


def test_each_party_has_its_own_way(contract):
    with pytest.raises(MatterRefused, match="by a notice"):
        consent(own(contract))
    with pytest.raises(MatterRefused, match="written consent"):
        confirm(ask(contract))


def test_whoever_put_an_own_change_down_does_not_put_it_into_effect(contract):
    change = own(contract)

    with pytest.raises(MatterRefused, match="cannot decide"):
        confirm(change, by=change.recorded_by)


# --- Extras: the only way the price moves -----------------------------------------------


def ask_extra(contract: Contract, **given: Any) -> Extra:
    asked: dict[str, Any] = {
        "clause": make_clause(contract),
        "title": "新增社区",
        "reason": "两个社区并入",
        "amount": Decimal("20000.00"),
        "stage": given.get("stage") or make_stage(contract, 465_528),
        "requested_on": ASKED,
        "request": scan(),
        "token": uuid4(),
        "by": make_user(contract, Role.MANAGER),
        "at": AT,
    }
    return changes.ask_extra(contract, **asked | given)


def confirm_extra(extra: Extra, **given: Any) -> None:
    said: dict[str, Any] = {
        "consent": scan(),
        "consented_on": date(2026, 6, 5),
        "note": "",
        "by": make_user(extra.contract, Role.LEADER),
        "at": AT,
    }
    changes.consent_extra(extra, **said | given)


def test_the_price_moves_by_a_confirmed_extra_and_not_before(contract):
    extra = ask_extra(contract)
    assert contract.price_now == Decimal("2327640.00")

    confirm_extra(extra)

    assert contract.price_now == Decimal("2347640.00")
    assert contract.price == Decimal("2327640.00")


def test_a_refused_extra_moves_nothing(contract):
    extra = ask_extra(contract)

    changes.refuse(extra, note="不需要", by=make_user(contract), at=AT)

    assert contract.price_now == contract.price


@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("amount", {"amount": Decimal(0)}),
        ("amount", {"amount": Decimal("2327640.01")}),
        ("request", {"request": None}),
        ("requested_on", {"requested_on": date(2026, 6, 9)}),
    ],
)
def test_an_extra_out_of_order_is_refused(contract, field, given):
    with pytest.raises(MatterRefused) as refused:
        ask_extra(contract, **given)

    assert refused.value.field == field
    assert not Extra.objects.exists()


def test_an_extra_is_paid_with_a_stage_of_its_own_contract(contract):
    with pytest.raises(MatterRefused, match="another contract"):
        ask_extra(contract, stage=make_stage(make_contract(), 1))


def test_an_extra_is_not_confirmed_before_it_was_asked_for(contract):
    with pytest.raises(MatterRefused, match="第四条") as refused:
        confirm_extra(ask_extra(contract), consented_on=date(2026, 5, 31))

    assert refused.value.field == "consented_on"


def test_an_extra_is_withdrawn_by_whoever_asked_for_it(contract):
    extra = ask_extra(contract)
    by = make_user(contract, Role.MANAGER)

    with pytest.raises(MatterRefused):
        changes.withdraw(extra, side=Side.B, note="x", by=by, at=AT)
    changes.withdraw(extra, side=Side.B, note="x", by=extra.recorded_by, at=AT)

    assert extra.status == "withdrawn"


def test_the_same_form_twice_is_one_record(contract):
    token, by = uuid4(), make_user(contract, Role.MANAGER)

    assert ask(contract, token=token, by=by) == ask(contract, token=token, by=by)
    stage = make_stage(contract, 1000)
    first = ask_extra(contract, token=token, stage=stage)
    assert first == ask_extra(contract, token=token, stage=stage)
    assert (Change.objects.count(), Extra.objects.count()) == (1, 1)


# --- What the database refuses ---------------------------------------------------------------


def sql(statement: str, *params: Any) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, params)


@pytest.mark.parametrize(
    ("set_", "constraint"),
    [
        ("status = 'whatever'", "change_status_is_known"),
        ("status = 'consented'", "change_is_consented_to_in_writing"),
        ("consented_on = '2026-05-31'", "change_consent_follows_request"),
        ("effective_on = '2026-06-10'", "change_takes_effect_after_consent"),
        (
            "status = 'refused', decided_by_id = recorded_by_id",
            "change_has_four_eyes",
        ),
        ("kind = 'price'", "change_kind_is_known"),
    ],
)
def test_raw_sql_goes_round_nothing(contract, set_, constraint):
    change = make_change(contract)

    with pytest.raises(IntegrityError, match=constraint):
        sql(f"UPDATE contracts_change SET {set_} WHERE id = %s", change.pk)  # noqa: S608


def test_effect_before_consent_is_refused_by_the_database(contract):
    change = ask(contract)
    consent(change)

    with pytest.raises(IntegrityError, match="change_takes_effect_after_consent"):
        sql(
            "UPDATE contracts_change SET effective_on = '2026-06-04' WHERE id = %s",
            change.pk,
        )


def test_an_extra_costs_something(contract):
    with pytest.raises(IntegrityError, match="extra_amount_is_positive"):
        make_extra(contract, 0)


def test_the_price_itself_never_moves(contract):
    with pytest.raises(DatabaseError, match="as_signed"):
        sql(
            "UPDATE contracts_contract SET price = price + 1 WHERE id = %s", contract.pk
        )

    with pytest.raises(DatabaseError), transaction.atomic():
        Contract.objects.filter(pk=contract.pk).update(price=1)


# --- Races ------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_of_two_consents_at_once_one_holds():
    make_year(2026)
    contract = make_contract()
    people = [make_user(contract, Role.LEADER) for _ in range(2)]
    for _round in range(5):
        change = ask(contract)
        seen = [Change.objects.get(pk=change.pk) for _ in people]

        answers = at_once(
            *(
                tried(lambda one=one, by=by: consent(one, by=by))
                for one, by in zip(seen, people, strict=True)
            )
        )

        told = [one for one in answers if one is not None]
        assert [type(one) for one in told] == [TransitionRefused]
        assert Document.objects.filter(kind="consent").count() == _round + 1


@pytest.mark.django_db(transaction=True)
def test_a_double_click_at_once_is_one_change():
    make_year(2026)
    contract = make_contract()
    token, by, clause = uuid4(), make_user(contract), make_clause(contract)

    made = at_once(
        *[lambda: ask(contract, token=token, by=by, clause=clause) for _ in range(3)]
    )

    assert {one.pk for one in made} == {Change.objects.get().pk}


# --- Pages --------------------------------------------------------------------------------------


@pytest.fixture
def running(db) -> Contract:
    return make_running_contract(now())


def url(contract: Contract, name: str, *args: Any) -> str:
    return reverse(f"contracts:{name}", args=[contract.number, *args])


def request_form(contract: Contract, **given: Any) -> dict[str, Any]:
    today = localdate()
    return {
        "clause": contract.clauses.all()[0].pk,
        "kind": "manner",
        "title": "改为三班",
        "reason": "来电量变化",
        "was": "两班",
        "becomes": "三班",
        "requested_on": f"{today}",
        "wanted_from": f"{today + DAY}",
        "request": scan(),
        "token": f"{uuid4()}",
        **given,
    }


def test_a_change_is_asked_for_and_consented_to_in_the_pages(running):
    manager, leader = (signed_in(running, role) for role in (Role.MANAGER, Role.LEADER))
    asked = post(manager, url(running, "change-new"), request_form(running))
    change = Change.objects.get()
    today = localdate()

    answer = post(
        leader,
        url(running, "change-consent", change.pk),
        {
            "consent": scan(),
            "consented_on": f"{today}",
            "effective_on": f"{today + DAY}",
        },
    )

    change.refresh_from_db()
    assert (asked.status_code, answer.status_code) == (302, 302)
    assert (change.side, change.status) == (Side.B, "consented")
    assert "Consented to" in leader.get(answer.url).text


def test_a_form_sent_twice_makes_one_row(running):
    manager, form = signed_in(running, Role.MANAGER), request_form(running)

    statuses = [
        post(manager, url(running, "change-new"), form).status_code for _ in range(2)
    ]

    assert (statuses, Change.objects.count()) == ([302, 302], 1)


def test_a_refusal_stands_at_its_field_and_what_was_typed_stays(running):
    manager = signed_in(running, Role.MANAGER)
    form = request_form(running, wanted_from=f"{localdate() - DAY}")

    answer = post(manager, url(running, "change-new"), form)

    assert answer.status_code == 422
    assert "第六条（二）6" in str(answer.context["form"].errors["wanted_from"])
    assert "来电量变化" in answer.text


def test_a_file_that_is_no_paper_is_refused(running):
    manager = signed_in(running, Role.MANAGER)
    fake = scan("paper.exe")

    answer = post(
        manager, url(running, "change-new"), request_form(running, request=fake)
    )

    assert answer.status_code == 422
    assert "request" in answer.context["form"].errors
    assert not Document.objects.exists()


def test_party_a_ticks_that_it_is_within_the_scope(running):
    supervisor = signed_in(running, Role.SUPERVISOR)
    form = request_form(running)

    beyond = post(supervisor, url(running, "change-new"), form)
    within = post(supervisor, url(running, "change-new"), form | {"within_scope": "on"})

    assert (beyond.status_code, within.status_code) == (422, 302)
    assert "within_scope" in beyond.context["form"].errors
    assert Change.objects.get().side == Side.A


def test_the_second_consent_is_told_that_somebody_was_first(running):
    change = make_change(running, requested_on=localdate(), wanted_from=localdate())
    leader, today = signed_in(running, Role.LEADER), f"{localdate()}"
    form = {"consent": scan(), "consented_on": today, "effective_on": today}
    there = url(running, "change-consent", change.pk)

    statuses = [post(leader, there, form).status_code for _ in range(2)]

    assert statuses == [302, 422]


@pytest.mark.parametrize("role", Role)
def test_each_role_sees_the_steps_it_may_take(running, role):
    change = make_change(running)
    client = signed_in(running, role)
    if role == Role.UNIT:
        assert client.get(change.get_absolute_url()).status_code == 403
        return

    page = client.get(change.get_absolute_url()).text

    shown = {
        name for name in ("consent", "refuse", "withdraw", "confirm")
        if url(running, f"change-{name}", change.pk) in page
    }  # fmt: skip
    expected = {
        Role.SUPERVISOR: {"consent", "refuse"},
        Role.LEADER: {"consent", "refuse"},
        Role.MANAGER: {"withdraw"},
    }
    assert shown == expected.get(role, set())


def test_only_the_leader_puts_party_as_own_change_into_effect(running):
    change = make_change(running, side=Side.A)

    for role in (Role.SUPERVISOR, Role.MANAGER):
        answer = post(
            signed_in(running, role), url(running, "change-confirm", change.pk), {}
        )
        assert answer.status_code == 403
    page = signed_in(running, Role.LEADER).get(change.get_absolute_url()).text
    assert url(running, "change-confirm", change.pk) in page


def test_only_the_leader_confirms_an_extra(running):
    extra = make_extra(running)
    form = {"consent": scan(), "consented_on": f"{localdate()}"}
    there = url(running, "extra-consent", extra.pk)

    answers = {
        role: post(signed_in(running, role), there, form).status_code for role in Role
    }

    assert [role for role, status in answers.items() if status != 403] == [Role.LEADER]
    assert Extra.objects.get().status == "consented"


def test_the_price_of_today_stands_beside_the_price_as_signed(running):
    client = signed_in(running, Role.SUPERVISOR)
    before = client.get(url(running, "contract")).text
    make_extra(running, 20_000, consent=make_document(running))

    after = client.get(url(running, "contract")).text

    assert "Price now" not in before
    assert "2,347,640.00" in after


@pytest.mark.parametrize(("listed", "make"), [("changes", make_change), ("extras", make_extra)])  # fmt: skip
def test_a_list_takes_no_more_queries_for_three_rows_than_for_one(
    running, listed, make
):
    client, page = signed_in(running, Role.SUPERVISOR), url(running, listed)
    make(running)
    one = queries(client, page)
    make(running)
    make(running)

    assert queries(client, page) == one


def test_a_list_shows_one_contract_and_one_status(running):
    change = make_change(running)
    refused = make_change(running, status="refused")
    stranger = make_change(make_contract())
    client = signed_in(running, Role.AGENT)

    everything = client.get(url(running, "changes")).text
    narrowed = client.get(url(running, "changes") + "?status=refused").text

    assert change.title in everything
    assert stranger.title not in everything
    assert refused.title in narrowed
    assert change.title not in narrowed


def test_another_contracts_change_is_not_found_under_ones_own(running):
    stranger = make_change(make_contract())
    leader = signed_in(running, Role.LEADER)

    assert leader.get(url(running, "change", stranger.pk)).status_code == 404
    assert (
        post(leader, url(running, "change-refuse", stranger.pk), {}).status_code == 404
    )


def test_whoever_may_not_begin_sees_no_button(running):
    for role in set(Role) - {Role.UNIT}:
        page = signed_in(running, role).get(url(running, "changes")).text
        may = role in (Role.SUPERVISOR, Role.MANAGER)
        assert (url(running, "change-new") in page) == may


def test_party_b_asks_on_paper_and_party_a_needs_none(running):
    sides = {
        role: "within_scope"
        in signed_in(running, role)
        .get(url(running, "change-new"))
        .context["form"]
        .fields
        for role in (Role.SUPERVISOR, Role.MANAGER)
    }

    assert sides == {Role.SUPERVISOR: True, Role.MANAGER: False}
    assert Role.MANAGER in PARTY_B
