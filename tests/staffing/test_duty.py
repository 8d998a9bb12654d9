"""Who is on post: signed on and off, missed, told later, confirmed, handed over, proved."""

from datetime import datetime, timedelta
from io import BytesIO
from uuid import uuid4

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.urls import reverse
from openpyxl import load_workbook

from accounts.models import Message
from accounts.roles import Role
from contracts.actions.refusals import MatterRefused
from contracts.models import Membership
from staffing.actions import duty as actions
from staffing.actions import handovers
from staffing.actions.watch import find_late_gaps, watch
from staffing.models import Breach, BreachKind, Handover, Minimum, Stint
from tests.factories import CHINA, make_contract, make_user
from tests.test_twice import at_once

from .factories import make_post
from .plans import make_cleared, make_shift

pytestmark = pytest.mark.django_db

EIGHT = datetime(2026, 6, 2, 8, tzinfo=CHINA)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def contract():
    return make_contract()


@pytest.fixture
def manager(contract):
    return make_user(contract, Role.MANAGER)


@pytest.fixture
def supervisor(contract):
    return make_user(contract, Role.SUPERVISOR)


@pytest.fixture
def agents(contract):
    return [
        make_cleared(contract, user=make_user(contract, Role.AGENT)) for _n in range(2)
    ]


def on(person, at=EIGHT, **given):
    return actions.sign_on(
        person.contract,
        token=given.pop("token", uuid4()),
        by=person.user,
        at=at,
        **given,
    )


def off(person, at):
    return actions.sign_off(person.contract, by=person.user, at=at)


def test_who_signs_on_comes_to_their_shift_and_is_known_to_be_on_duty(contract, agents):
    shift = make_shift(agents[0], EIGHT)

    stint = on(agents[0], EIGHT - 10 * MINUTE)

    assert stint.shift == shift
    on_duty = Membership.objects.of(contract).on_duty
    assert [one.user for one in on_duty()] == [agents[0].user]
    off(agents[0], EIGHT + 8 * HOUR)
    assert not on_duty().exists()


def test_the_same_button_twice_is_one_time(agents):
    token = uuid4()

    assert on(agents[0], token=token) == on(agents[0], token=token)
    with pytest.raises(MatterRefused, match="already"):
        on(agents[0])
    off(agents[0], EIGHT + HOUR)
    with pytest.raises(MatterRefused, match="not on post"):
        off(agents[0], EIGHT + HOUR)


def test_without_a_plan_one_signs_on_and_it_shows(agents):
    assert on(agents[0]).shift is None


def test_who_has_no_file_does_not_sign_on(contract):
    stranger = make_user(contract, Role.AGENT)

    with pytest.raises(MatterRefused, match="no file"):
        actions.sign_on(contract, token=uuid4(), by=stranger, at=EIGHT)


@pytest.mark.django_db(transaction=True)
def test_of_two_windows_one_signs_on(contract, agents):
    def press():
        try:
            return type(on(agents[0]))
        except MatterRefused:
            return None

    assert set(at_once(press, press)) == {Stint, None}
    assert Stint.objects.count() == 1


def test_raw_sql_cannot_change_what_was_signed(agents):
    stint = on(agents[0])

    for change in (
        "UPDATE staffing_stint SET on_at = on_at - interval '1 hour' WHERE id = %s",
        "DELETE FROM staffing_stint WHERE id = %s",
    ):
        with (
            pytest.raises(IntegrityError),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(change, [stint.pk])


def test_one_person_is_not_on_two_posts_at_once(contract, agents):
    on(agents[0])

    with pytest.raises(IntegrityError), transaction.atomic():
        Stint.objects.create(
            contract=contract,
            person=agents[0],
            post=make_post(contract, Role.CLERK),
            on_at=EIGHT + HOUR,
            on_told_at=EIGHT,
            on_told_by=agents[0].user,
        )


# --- By the clock ----------------------------------------------------------------------------


def test_who_does_not_come_is_missed_at_once_and_once(
    contract, agents, manager, supervisor
):
    make_shift(agents[0], EIGHT)
    on(agents[1], EIGHT - HOUR)
    at_home = make_user(contract, Role.AGENT)

    watch(contract, at=EIGHT + 4 * MINUTE)
    assert not Breach.objects.exists()
    watch(contract, at=EIGHT + 5 * MINUTE)
    watch(contract, at=EIGHT + 6 * MINUTE)

    assert Breach.objects.get().kind == BreachKind.NO_SHOW
    told = set(Message.objects.filter(urgent=True).values_list("user", flat=True))
    assert {agents[0].user_id, agents[1].user_id, manager.pk, supervisor.pk} <= told
    assert at_home.pk not in told
    on(agents[0], EIGHT + 20 * MINUTE)
    assert not Message.objects.filter(withdrawn_at=None).exists()
    assert Breach.objects.standing().count() == 1  # late is late


def test_who_came_in_time_is_not_missed(contract, agents):
    make_shift(agents[0], EIGHT)
    on(agents[0], EIGHT + 5 * MINUTE)

    watch(contract, at=EIGHT + 6 * MINUTE)

    assert not Breach.objects.exists()


def test_a_forgotten_sign_off_is_made_up_at_the_end_of_the_shift(contract, agents):
    make_shift(agents[0], EIGHT)
    stint = on(agents[0])

    watch(contract, at=EIGHT + 9 * HOUR)
    stint.refresh_from_db()
    assert stint.off_at is None
    watch(contract, at=EIGHT + 10 * HOUR)

    stint.refresh_from_db()
    assert (stint.off_at, stint.forgotten) == (EIGHT + 8 * HOUR, True)
    assert not Membership.objects.of(contract).on_duty().exists()


@pytest.fixture
def always(contract, agents):
    """One at the desk at every minute, from 2 June on."""
    return Minimum.objects.create(post=agents[0].post, holds_from=EIGHT.date(), heads=1)


def a_day(agents, gap=MINUTE):
    """Man 2 June but for a gap at 16:00."""
    midnight = EIGHT - 8 * HOUR
    on(agents[0], midnight)
    off(agents[0], midnight + 16 * HOUR)
    on(agents[1], midnight + 16 * HOUR + gap)
    off(agents[1], midnight + 24 * HOUR)


def test_a_gap_of_a_minute_is_a_fact_the_day_after(contract, agents, always):
    a_day(agents)

    assert find_late_gaps(contract, at=EIGHT + 12 * HOUR) == 0  # the day is not over
    assert find_late_gaps(contract, at=EIGHT + DAY) == 1
    assert find_late_gaps(contract, at=EIGHT + DAY) == 0

    gap = Breach.objects.get()
    assert (gap.ends_at - gap.starts_at, gap.missing) == (MINUTE, 1)
    assert gap.starts_at == EIGHT + 8 * HOUR


def test_what_is_told_later_counts_once_party_a_confirms_it(
    contract, agents, always, manager, supervisor
):
    a_day(agents, gap=HOUR)
    find_late_gaps(contract, at=EIGHT + DAY)
    claimed = claim(agents[0], manager, EIGHT + 8 * HOUR, EIGHT + 9 * HOUR)
    find_late_gaps(contract, at=EIGHT + DAY)
    assert Breach.objects.standing().count() == 1

    with pytest.raises(MatterRefused):
        actions.confirm(claimed, by=manager, at=EIGHT + DAY)
    actions.confirm(claimed, by=supervisor, at=EIGHT + DAY)

    assert not Breach.objects.standing().exists()
    assert Breach.objects.get().withdrawn_why
    with pytest.raises(MatterRefused):
        actions.confirm(claimed, by=supervisor, at=EIGHT + DAY)


def claim(person, by, on_at, off_at, **given):
    return actions.claim(
        person,
        post=person.post,
        on_at=on_at,
        off_at=off_at,
        reason="系统故障，纸质签到",
        token=uuid4(),
        by=by,
        at=EIGHT + DAY,
        **given,
    )


def test_a_correction_takes_the_place_of_what_was_signed(
    contract, agents, manager, supervisor
):
    on(agents[0])
    wrong = off(agents[0], EIGHT + 2 * HOUR)

    right = claim(agents[0], manager, EIGHT, EIGHT + 8 * HOUR, corrects=wrong)
    assert set(Stint.objects.standing()) == {wrong}
    actions.confirm(right, by=supervisor, at=EIGHT + DAY)

    assert set(Stint.objects.standing()) == {right}


def test_what_party_a_does_not_believe_counts_never(agents, manager, supervisor):
    claimed = claim(agents[0], manager, EIGHT, EIGHT + HOUR)

    actions.disbelieve(claimed, note="无证明", by=supervisor, at=EIGHT + DAY)

    assert not Stint.objects.standing().exists()
    with pytest.raises(IntegrityError), transaction.atomic():
        Stint.objects.filter(pk=claimed.pk).update(standing=True)


@pytest.mark.parametrize(
    ("on_at", "off_at", "field"),
    [
        (EIGHT, EIGHT, "off_at"),
        (EIGHT, EIGHT + 25 * HOUR, "off_at"),
        (EIGHT + 23 * HOUR, EIGHT + 25 * HOUR, "off_at"),
    ],
)
def test_what_cannot_have_been_is_not_told(agents, manager, on_at, off_at, field):
    with pytest.raises(MatterRefused) as refused:
        claim(agents[0], manager, on_at, off_at)

    assert refused.value.field == field


# --- Handed over -----------------------------------------------------------------------------


def hand_over(giver, taker, at=EIGHT, **given):
    values = {
        "matters": [{"number": "1", "title": "漏水", "status": "办理中", "due_at": ""}],
        "open_orders": 3,
        "unfinished": "待回电两件",
        "instructions": "",
        "equipment": "耳机一副",
        "token": uuid4(),
    }
    return handovers.hand_over(
        giver.contract, taker=taker, **values | given, by=giver.user, at=at
    )


def test_both_sign_and_the_sheet_stays(agents):
    on(agents[0])
    token = uuid4()

    sheet = hand_over(*agents, token=token)
    assert hand_over(*agents, token=token) == sheet
    with pytest.raises(MatterRefused, match="somebody else"):
        handovers.take_over(sheet, remark="", by=agents[0].user, at=EIGHT)
    handovers.take_over(sheet, remark="", by=agents[1].user, at=EIGHT + MINUTE)

    with pytest.raises(MatterRefused, match="before"):
        handovers.take_over(sheet, remark="", by=agents[1].user, at=EIGHT)
    with pytest.raises(DatabaseError), transaction.atomic():
        Handover.objects.filter(pk=sheet.pk).update(unfinished="无")
    assert not Handover.objects.unsigned().exists()


def test_who_is_not_on_post_hands_nothing_over(agents):
    with pytest.raises(MatterRefused, match="on post"):
        hand_over(*agents)


def test_a_refusal_says_why(agents):
    on(agents[0])
    sheet = hand_over(*agents)

    with pytest.raises(MatterRefused) as refused:
        handovers.refuse_handover(sheet, remark=" ", by=agents[1].user, at=EIGHT)
    handovers.refuse_handover(sheet, remark="急件未清", by=agents[1].user, at=EIGHT)

    assert refused.value.field == "remark"
    sheet.refresh_from_db()
    assert sheet.refused_at == EIGHT


# --- Proved ----------------------------------------------------------------------------------


@pytest.fixture
def looking(client, settings, supervisor):
    settings.DEMO_WITHOUT_SECOND_FACTOR = True
    client.force_login(supervisor)
    return client


def test_page_and_workbook_prove_the_same(contract, agents, always, looking):
    a_day(agents, gap=90 * MINUTE)

    def url(name, query):
        return f"{reverse(f'staffing:{name}', args=[contract.number])}?{query}"

    page = looking.get(url("day", "day=2026-06-02")).text
    sheet = looking.get(url("coverage-sheet", "month=2026-06"))
    book = load_workbook(BytesIO(sheet.getvalue()), read_only=True)
    days, gaps = (list(book.worksheets[n].iter_rows(values_only=True)) for n in (1, 2))

    assert "90 minutes not covered" in page
    assert "16:00–17:30" in page
    second = next(row for row in days[1:] if row[1].day == 2)
    assert second[5:] == (1440, 1350, 90)
    assert next(row for row in gaps[1:] if row[0] == "Fact")[5:] == (90, 1)


@pytest.mark.parametrize(
    "query", ["day=2026-06-02", "day=2020-01-01", "day=%00", "day=9999-99-99", ""]
)
def test_any_day_may_be_asked_for(contract, agents, always, looking, query):
    a_day(agents)

    page = looking.get(f"{reverse('staffing:day', args=[contract.number])}?{query}")

    assert page.status_code == 200
