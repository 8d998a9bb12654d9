"""Plans: drafted, filled, published with a reason for gaps, and what cannot be so."""

from datetime import date, datetime, time, timedelta
from io import BytesIO
from uuid import uuid4

import pytest
import xlsxwriter
from django.db import IntegrityError, connection, transaction
from django.urls import reverse
from django.utils.timezone import localdate, now

from accounts.roles import Role
from contracts.actions.refusals import MatterRefused
from staffing import sheets
from staffing.actions import posts
from staffing.actions import rosters as actions
from staffing.actions.rosters import CellsRefused, letters_of
from staffing.models import (
    AskedStatus,
    Leave,
    Pattern,
    Post,
    Roster,
    RosterStatus,
    Shift,
    ShiftState,
)
from tests.factories import CHINA, make_contract, make_user
from tests.world import make_running_contract

from .factories import make_agreement, make_person, make_text

pytestmark = pytest.mark.django_db

JULY = date(2026, 7, 1)
JUNE_20 = datetime(2026, 6, 20, 12, tzinfo=CHINA)
DAY = timedelta(days=1)
CYCLE = ["早", "早", "中", "中", "", "夜", "夜", ""]


@pytest.fixture
def contract():
    return make_contract()


@pytest.fixture
def manager(contract):
    return make_user(contract, Role.MANAGER)


@pytest.fixture
def desk(contract, manager):
    """The posts and patterns of a desk, and four agents who may be planned."""
    posts.set_up(contract, by=manager, at=JUNE_20)
    text = make_text(contract)
    post = Post.objects.get(contract=contract, role=Role.AGENT)
    people = [make_person(contract, post=post, name=f"{name}某") for name in "赵钱孙李"]
    for person in people:
        make_agreement(person, text)
    return people


@pytest.fixture
def draft(contract, manager, desk):
    return actions.draft(contract, JULY, token=uuid4(), by=manager, at=JUNE_20)


def fill(roster, cells, at=JUNE_20):
    return actions.fill(roster, cells, by=roster.made_by, at=at)


def rotate(roster, people, **given):
    values = {
        "cycle": CYCLE,
        "stagger": 2,
        "begin": 0,
        "first": date(2026, 7, 1),
        "last": date(2026, 7, 31),
    }
    return actions.generate(
        roster, people=people, **values | given, by=roster.made_by, at=JUNE_20
    )


def publish(roster, reason="", at=JUNE_20):
    actions.publish(roster, reason=reason, by=roster.made_by, at=at)


def test_a_month_of_turns_covers_every_minute(draft, desk):
    rotate(draft, desk)
    publish(draft)

    draft.refresh_from_db()
    assert draft.status == RosterStatus.PUBLISHED
    assert draft.gap_minutes == 0
    assert Shift.objects.holding().count() == 93


def test_publishing_with_a_gap_needs_a_reason(draft, desk):
    rotate(draft, desk)
    fill(draft, {(desk[0].pk, date(2026, 7, 1)): ""})

    with pytest.raises(MatterRefused) as refused:
        publish(draft)
    publish(draft, "赵某参加培训")

    assert refused.value.field == "reason"
    draft.refresh_from_db()
    assert (draft.gap_minutes, draft.gap_reason) == (480, "赵某参加培训")


def test_a_published_month_is_changed_by_a_new_version_and_the_past_stays(
    contract, manager, draft, desk
):
    rotate(draft, desk)
    publish(draft)
    half = datetime(2026, 7, 15, 12, tzinfo=CHINA)

    second = actions.draft(contract, JULY, token=uuid4(), by=manager, at=half)
    fill(second, {(one.pk, date(2026, 7, 31)): "" for one in desk}, at=half)
    fill(second, {(one.pk, date(2026, 7, 2)): "" for one in desk}, at=half)
    publish(second, "月底停机", at=half)

    draft.refresh_from_db()
    assert (second.version, draft.status) == (2, RosterStatus.REPLACED)
    days = {
        shift.starts_at.astimezone(CHINA).date() for shift in Shift.objects.holding()
    }
    assert date(2026, 7, 2) in days  # gone by, and as it was planned then
    assert date(2026, 7, 31) not in days
    assert Shift.objects.filter(state=ShiftState.REPLACED).exists()


def test_the_same_form_twice_is_one_draft(contract, manager, draft):
    again = actions.draft(contract, JULY, token=uuid4(), by=manager, at=JUNE_20)

    assert again == draft
    assert Roster.objects.count() == 1


@pytest.mark.parametrize(
    ("cells", "why"),
    [
        ({1: "早早"}, "two places"),
        ({1: "甲"}, "no shift"),
        ({1: "中", 2: "夜"}, "rest"),  # 16:00-24:00, then 00:00-08:00
        ({1: "早中"}, "rest"),
    ],
)
def test_what_nobody_can_work_is_refused_with_the_day_and_the_reason(
    draft, desk, cells, why
):
    with pytest.raises(CellsRefused) as refused:
        fill(
            draft,
            {
                (desk[0].pk, date(2026, 7, day)): letters
                for day, letters in cells.items()
            }
            | {(desk[1].pk, date(2026, 7, 1)): "早"},
        )

    assert {why in fault.words for fault in refused.value.faults} == {True}
    assert {fault.person for fault in refused.value.faults} == {desk[0]}
    assert not Shift.objects.exists()  # nothing of it was saved


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"status": "proposed"}, "not approved"),
        ({"begins_on": date(2026, 7, 2)}, "not on post yet"),
        ({"begins_on": None}, "not on post yet"),
        ({"leaves_on": date(2026, 6, 30)}, "has left"),
    ],
)
def test_who_may_not_be_on_duty_is_not_planned(draft, desk, change, why):
    for name, value in change.items():
        setattr(desk[0], name, value)
    desk[0].save()

    with pytest.raises(CellsRefused) as refused:
        fill(draft, {(desk[0].pk, JULY): "早"})

    assert why in refused.value.faults[0].words


def test_without_an_agreement_on_file_there_is_no_shift(contract, draft, desk):
    newcomer = make_person(contract, post=desk[0].post)

    with pytest.raises(CellsRefused, match="Nothing was done") as refused:
        fill(draft, {(newcomer.pk, JULY): "早"})

    assert "agreement" in refused.value.faults[0].words


def test_who_is_on_leave_is_not_planned(contract, manager, draft, desk):
    Leave.objects.create(
        contract=contract,
        person=desk[0],
        kind="annual",
        starts_at=datetime(2026, 7, 1, tzinfo=CHINA),
        ends_at=datetime(2026, 7, 3, tzinfo=CHINA),
        reason="年假",
        status=AskedStatus.GRANTED,
        asked_at=JUNE_20,
        asked_by=make_user(),
        decided_at=JUNE_20,
        decided_by=manager,
    )

    with pytest.raises(CellsRefused) as refused:
        fill(draft, {(desk[0].pk, JULY): "早"})

    assert "leave" in refused.value.faults[0].words


def test_who_has_left_since_the_draft_is_not_published(draft, desk):
    fill(draft, {(desk[0].pk, date(2026, 7, 9)): "早"})
    desk[0].leaves_on = date(2026, 7, 8)
    desk[0].save()

    with pytest.raises(CellsRefused) as refused:
        publish(draft, "首月人员未到齐")

    assert [fault.day for fault in refused.value.faults] == [date(2026, 7, 9)]
    draft.refresh_from_db()
    assert draft.status == RosterStatus.DRAFT


def test_a_night_of_the_month_before_leaves_no_rest_for_the_first_morning(
    contract, manager, draft, desk
):
    june = actions.draft(
        contract, date(2026, 6, 1), token=uuid4(), by=manager, at=JUNE_20
    )
    night = actions.add_shift(
        june,
        person=desk[0],
        post=desk[0].post,
        starts_at=datetime(2026, 6, 30, 20, tzinfo=CHINA),
        ends_at=datetime(2026, 7, 1, 8, tzinfo=CHINA),
        note="",
        callout=None,
        by=manager,
        at=JUNE_20,
    )
    publish(june, "仅排一班")

    with pytest.raises(CellsRefused):
        fill(draft, {(desk[0].pk, JULY): "早"})
    fill(draft, {(desk[0].pk, JULY): "中"})  # eight hours later

    assert Shift.objects.get(pk=night.pk).state == ShiftState.HOLDS


@pytest.mark.parametrize(
    ("starts", "ends", "field"),
    [
        ("01 08:00", "01 08:00", "ends_at"),
        ("01 08:00", "01 07:00", "ends_at"),
    ],
)
def test_hours_of_their_own_have_a_length(draft, desk, starts, ends, field):
    with pytest.raises(MatterRefused) as refused:
        own(draft, desk[0], starts, ends)

    assert refused.value.field == field


def test_a_shift_of_25_hours_is_refused(draft, desk):
    with pytest.raises(MatterRefused, match="24 hours"):
        own(draft, desk[0], "01 08:00", "02 09:00")


def in_july(clock):
    """Return a moment in July, of its day and time."""
    return datetime.fromisoformat(f"2026-07-{clock}").replace(tzinfo=CHINA)


def own(draft, person, starts, ends, note=""):
    return actions.add_shift(
        draft,
        person=person,
        post=person.post,
        starts_at=in_july(starts),
        ends_at=in_july(ends),
        note=note,
        callout=None,
        by=draft.made_by,
        at=JUNE_20,
    )


def test_less_rest_needs_a_reason(draft, desk):
    own(draft, desk[0], "01 08:00", "01 16:00")

    with pytest.raises(MatterRefused, match="rest"):
        own(draft, desk[0], "01 20:00", "01 22:00")
    own(draft, desk[0], "01 20:00", "01 22:00", "应急")


@pytest.mark.parametrize("state", ["draft", "holds"])
def test_raw_sql_cannot_put_one_person_in_two_places(draft, desk, state):
    shift = own(draft, desk[0], "01 08:00", "01 16:00")
    Shift.objects.filter(pk=shift.pk).update(state=state)
    with (
        pytest.raises(IntegrityError),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(
            "INSERT INTO staffing_shift (contract_id, roster_id, person_id, post_id,"
            " starts_at, ends_at, rested_at, state, note)"
            " SELECT contract_id, roster_id, person_id, post_id,"
            " starts_at + interval '7 hours', ends_at + interval '7 hours',"
            " rested_at + interval '7 hours', state, '' FROM staffing_shift"
        )


def test_four_weeks_before_are_planned_again_on_the_same_weekdays(
    contract, manager, draft, desk
):
    rotate(draft, desk)
    publish(draft)

    august = actions.draft(
        contract, date(2026, 8, 1), token=uuid4(), by=manager, at=JUNE_20
    )
    actions.copy_four_weeks(august, by=manager, at=JUNE_20)

    first = letters_of(Shift.objects.filter(roster=draft), JULY, date(2026, 7, 31))
    then = letters_of(
        Shift.objects.filter(roster=august), date(2026, 8, 1), date(2026, 8, 31)
    )
    for (person, day), letters in then.items():
        source = day - 28 * DAY
        assert letters == {**then, **first}[person, source]
    assert len({day for _person, day in then}) == 31


# --- As a file -------------------------------------------------------------------------------


def workbook(rows):
    out = BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    out.seek(0)
    out.name = "roster.xlsx"
    return out


def test_what_goes_out_comes_back_the_same(draft, desk):
    rotate(draft, desk)
    days = [JULY + n * DAY for n in range(31)]
    before = letters_of(Shift.objects.all(), JULY, days[-1])

    lines = sheets.read_roster(
        BytesIO(sheets.write_roster("七月", days, desk, before)), JULY
    )

    by_name = {one.name: one.pk for one in desk}
    assert {
        (by_name[line.name], day): letters
        for line in lines
        for day, letters in line.letters.items()
        if letters
    } == before


@pytest.fixture
def client_of_manager(client, manager, settings):
    settings.DEMO_WITHOUT_SECOND_FACTOR = True
    manager.demo = True
    manager.save()
    client.force_login(manager)
    return client


HEAD = ["姓名", *range(1, 32)]


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([HEAD, ["无此人", "早"]], "无此人"),
        ([HEAD, ["赵某", "早"], ["赵某", "中"]], "two rows"),
        ([HEAD, ["赵某", "坏"]], "no shift with the letter"),
        ([HEAD, ["钱某", "早"], ["赵某", "中", "夜"]], "Row 3, 赵某, 2026-07"),
        ([["nothing", "here"]], "head"),
    ],
)
def test_a_sheet_that_cannot_be_so_is_refused_with_the_row_and_the_reason(
    client_of_manager, contract, draft, rows, said
):
    page = client_of_manager.post(
        reverse("staffing:roster-import", args=[contract.number]) + "?month=2026-07",
        {"file": workbook(rows)},
    )

    assert page.status_code == 422
    assert said in page.text
    assert not Shift.objects.exists()


def test_a_sheet_is_taken_in(client_of_manager, contract, draft, desk):
    page = client_of_manager.post(
        reverse("staffing:roster-import", args=[contract.number]) + "?month=2026-07",
        {"file": workbook([["七月排班"], HEAD, ["赵某", "早", "休", "中"]])},
    )

    assert page.status_code == 302
    found = letters_of(Shift.objects.all(), JULY, date(2026, 7, 31))
    assert found == {
        (desk[0].pk, date(2026, 7, 1)): "早",
        (desk[0].pk, date(2026, 7, 3)): "中",
    }


def test_what_was_typed_stays_where_a_cell_cannot_be_so(client, settings):
    settings.DEMO_WITHOUT_SECOND_FACTOR = True
    contract = make_running_contract(now())
    manager = make_user(contract, Role.MANAGER)
    client.force_login(manager)
    person = make_person(contract)
    day = localdate(now()) + DAY
    url = f"{reverse('staffing:roster-fill', args=[contract.number])}?month={day:%Y-%m}"
    actions.draft(contract, day.replace(day=1), token=uuid4(), by=manager, at=now())

    page = client.post(url, {f"c-{person.pk}-{day:%Y%m%d}": "坏"})

    assert page.status_code == 422
    assert f'name="c-{person.pk}-{day:%Y%m%d}" value="坏"' in page.text


@pytest.mark.parametrize(
    "query", ["month=2026-13", "month=%00", "month=9999-12", "week=99"]
)
def test_a_month_that_is_none_is_another(client_of_manager, contract, desk, query):
    page = client_of_manager.get(
        f"{reverse('staffing:roster', args=[contract.number])}?{query}"
    )

    assert page.status_code == 200


def test_a_pattern_keeps_the_hours_of_its_shifts(contract, manager, draft, desk):
    fill(draft, {(desk[0].pk, JULY): "早"})
    early = Pattern.objects.in_use().get(letter="早")

    posts.save_pattern(
        contract,
        early,
        letter="早",
        name="早班",
        starts_at=time(7),
        minutes=480,
        by=manager,
        at=JUNE_20,
    )
    fill(draft, {(desk[1].pk, JULY): "早"})

    hours = {one.starts_at.astimezone(CHINA).hour for one in Shift.objects.all()}
    assert hours == {7, 8}
