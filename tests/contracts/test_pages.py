"""What the pages of a contract show, and what they cost."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from django.conf import settings as project
from django.db import connection
from django.urls import reverse
from django.utils import translation
from django.utils.timezone import localdate, now

from accounts.roles import Duty, Role
from contracts.actions.load import load
from contracts.files import read_contract
from contracts.ledger import seal
from contracts.models import AuditEntry, Contract, Reading, Seal
from contracts.overview import Progress, overview
from contracts.rules.periods import Span
from contracts.turns import turn
from tests.contracts.counting import queries
from tests.factories import (
    NOON,
    make_clause,
    make_contract,
    make_period,
    make_stage,
    make_user,
)

FILE = Path(__file__).parents[2] / "contracts" / "data" / "yongdinglu-2026.toml"
TERM = Span(date(2026, 5, 1), date(2027, 5, 1))


@pytest.fixture
def loaded() -> Contract:
    """The contract of the demo file, with its calendars."""
    folder = read_contract(FILE)
    return load(folder.file, calendars=folder.calendars, at=NOON).contract


def url(name: str, contract: Contract) -> str:
    return reverse(f"contracts:{name}", args=[contract.number])


# --- The contract -----------------------------------------------------------------------------


@pytest.mark.django_db
def test_the_page_shows_what_was_agreed(client, loaded):
    client.force_login(make_user(loaded))

    page = client.get(url("contract", loaded)).text

    for said in (
        "永定路街道2026年接诉即办业务服务项目",
        "北京市海淀区人民政府永定路街道办事处",
        "91110108MA006DNG2A",
        "2,327,640.00",
        "贰佰叁拾贰万柒仟陆佰肆拾元整",
        "465,528.00",
        'title="肆拾陆万伍仟伍佰贰拾捌元整"',
        "北京市海淀区人民法院",
        "第六条（二）11",
        "R34 R35 R36 R37",
        "2026年5月",
        "中午12点截止",
    ):
        assert said in page


@pytest.mark.django_db
def test_a_working_day_that_was_counted_is_explained(loaded):
    days = [day.deadline for day in overview(loaded, at=NOON).days]

    assert [(day.due_on, day.provisional) for day in days if day] == [
        (date(2026, 5, 8), False),  # the team is ready
        (date(2027, 5, 7), True),  # what is confidential is handed over
    ]


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_a_day_that_may_move_is_marked(client, loaded, language):
    client.cookies["django_language"] = language
    client.force_login(make_user(loaded))

    page = client.get(url("contract", loaded)).text

    with translation.override(language):
        assert f"</svg>{translation.gettext('provisional')}</span>" in page


@pytest.mark.django_db
def test_a_contract_without_a_calendar_is_shown_all_the_same(client):
    contract = make_contract()
    client.force_login(make_user(contract))

    response = client.get(url("contract", contract))

    assert response.status_code == 200
    assert [day.missing for day in overview(contract, at=NOON).days] == [2026, 2027]


@pytest.mark.django_db
def test_periods_stand_in_their_quarters(loaded):
    quarters = overview(loaded, at=NOON).quarters

    assert [str(quarter.span.last_on) for quarter in quarters] == [
        "2026-07-18",
        "2026-10-18",
        "2027-01-18",
        "2027-04-18",
        "2027-04-30",
    ]
    assert [quarter.remainder for quarter in quarters] == [False] * 4 + [True]


@pytest.mark.django_db
def test_a_period_says_how_it_stands(loaded):
    loaded.periods.filter(number=1).update(closed_at=NOON)

    shown = overview(loaded, at=NOON + timedelta(days=30))  # on 1 July

    with translation.override("en"):
        lines = [line for quarter in shown.quarters for line in quarter.lines][:4]
        assert [str(line.status) for line in lines] == [
            "Closed",
            "Open",
            "Running",
            "To come",
        ]
    assert shown.running == lines[2]


@pytest.mark.django_db
def test_clauses_hang_under_what_they_are_part_of(loaded):
    trunk = {branch.clause.ref: branch for branch in overview(loaded, at=NOON).clauses}

    party_a, party_b = trunk["第六条"].parts
    assert [part.clause.ref for part in party_a.parts] == [
        f"第六条（一）{number}" for number in range(1, 8)
    ]
    assert len(party_b.parts) == 14
    assert "第七条" not in trunk


@pytest.mark.django_db
def test_a_point_is_shown_as_it_is_read_on_the_day(loaded):
    Reading.objects.create(
        contract=loaded,
        key="daily_cut",
        value="midnight",
        adopted_on=date(2026, 8, 1),
        adopted_by=make_user(name="张三"),
    )

    before, after = (
        overview(loaded, at=at).points[2] for at in (NOON, NOON.replace(month=8))
    )

    assert (before.in_words, before.by_default) == ("中午12点截止", True)
    assert (after.in_words, after.by_default) == ("零点截止", False)
    assert str(getattr(after.reading, "adopted_by", "")) == "张三"


@pytest.mark.django_db
def test_points_that_nobody_adopted_are_listed_too():
    points = overview(make_contract(), at=NOON).points

    assert [line.reading for line in points] == [None] * 15


@pytest.mark.parametrize(
    ("today", "gone", "left", "ahead", "over"),
    [
        (date(2026, 4, 30), 0, 365, 1, False),
        (date(2026, 5, 1), 1, 364, 0, False),
        (date(2027, 4, 30), 365, 0, 0, False),
        (date(2027, 5, 1), 365, 0, 0, True),
        (date(2028, 1, 1), 365, 0, 0, True),
    ],
)
def test_how_far_the_term_is(today, gone, left, ahead, over):
    term = Progress(TERM, today)

    assert (term.gone, term.left, term.ahead, term.over) == (gone, left, ahead, over)


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize("today", [-40, 0, 40])
def test_the_page_shows_before_within_and_after_the_term(client, language, today):
    start = localdate(now()) - timedelta(days=today)
    contract = make_contract(starts_on=start, ends_before=start + timedelta(days=20))
    client.cookies["django_language"] = language
    client.force_login(make_user(contract))

    assert client.get(url("contract", contract)).status_code == 200


def add_one_of_each(contract: Contract, row: int) -> None:
    start = date(2026, 5, 1) + timedelta(days=row)
    make_period(
        contract,
        number=row,
        quarter=row,
        starts_on=start,
        ends_before=start + timedelta(days=1),
    )
    make_stage(
        contract, 100, clause=make_clause(contract, parent=make_clause(contract))
    )
    Reading.objects.create(
        contract=contract,
        key=("daily_cut", "carry", "coverage")[row],
        value=("noon", "claim", {"least_agents": 2})[row],
        adopted_on=start,
        adopted_by=make_user(),
    )


@pytest.mark.django_db
def test_the_page_takes_no_more_queries_for_three_of_each_than_for_one(client):
    contract = make_contract()
    client.force_login(make_user(contract))
    add_one_of_each(contract, 0)
    for_one = queries(client, url("contract", contract))

    add_one_of_each(contract, 1)
    add_one_of_each(contract, 2)

    assert queries(client, url("contract", contract)) == for_one


@pytest.mark.django_db
@pytest.mark.parametrize("query", ["?clauses=open", "?clauses=%00", "?x=1&x=2"])
def test_a_query_may_hold_anything(client, query):
    contract = make_contract()
    client.force_login(make_user(contract))

    assert client.get(url("contract", contract) + query).status_code == 200


# --- Where to begin ---------------------------------------------------------------------------


@pytest.mark.django_db
def test_who_has_one_contract_is_led_there(client):
    contract = make_contract()
    client.force_login(make_user(contract, Role.AGENT))

    response = client.get(reverse("home"))

    assert response.url == reverse("reports:home", args=[contract.number])


@pytest.mark.django_db
def test_who_has_several_chooses(client):
    one, other = make_contract(), make_contract()
    user = make_user(one, Role.AGENT)
    other.memberships.create(user=user, role=Role.CLERK)
    client.force_login(user)

    page = client.get(reverse("home"))

    assert [place.contract for place in page.context["places"]] == [one, other]


@pytest.mark.django_db
def test_who_has_none_is_told_what_to_do(client):
    client.force_login(make_user())

    page = client.get(reverse("home"))

    assert page.context["places"] == []
    assert page.status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("duty", "page"),
    [
        (Duty.SYSTEM, "accounts:people"),
        (Duty.SECURITY, "memberships:list"),
        (Duty.AUDIT, "accounts:log"),
    ],
)
def test_a_duty_is_led_to_its_page(client, duty, page, settings):
    settings.DEMO_WITHOUT_SECOND_FACTOR = True
    client.force_login(make_user(duty=duty, demo=True))

    assert client.get(reverse("home")).url == reverse(page)


@pytest.mark.django_db
def test_home_is_for_those_who_are_signed_in(client):
    assert client.get(reverse("home")).url.startswith(reverse("accounts:sign-in"))


# --- Seals ------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_the_page_shows_how_far_each_ledger_is_sealed(client):
    contract = make_contract()
    AuditEntry.objects.create(at=NOON, subject="sealed")
    seal(AuditEntry, at=NOON)
    AuditEntry.objects.create(at=NOON, subject="not yet")
    client.force_login(make_user(contract))

    page = client.get(url("ledger", contract))

    (standing,) = (one for one, _age, _verdict in page.context["ledgers"] if one.newest)
    assert (standing.rows, standing.seals, standing.unsealed) == (1, 1, 1)
    assert standing.newest.digest in page.text


@pytest.mark.django_db
def test_the_page_of_seals_takes_no_more_queries_for_three_than_for_one(client):
    contract = make_contract()
    client.force_login(make_user(contract))
    add_a_seal()
    for_one = queries(client, url("ledger", contract))

    add_a_seal()
    add_a_seal()

    assert queries(client, url("ledger", contract)) == for_one


def add_a_seal() -> None:
    AuditEntry.objects.create(at=NOON, subject="a")
    assert seal(AuditEntry, at=NOON)


apart = pytest.mark.django_db(transaction=True, available_apps=project.INSTALLED_APPS)


@apart
@pytest.mark.parametrize("htmx", [True, False])
def test_a_verification_says_that_all_holds(client, htmx):
    contract = make_contract()
    AuditEntry.objects.create(at=NOON, subject="a")
    seal(AuditEntry, at=NOON)
    client.force_login(make_user(contract))

    page = client.post(
        url("verify", contract), headers={"HX-Request": "true"} if htmx else {}
    )

    assert page.status_code == 200
    assert [verdict.holds for verdict in page.context["verdicts"]].count(False) == 0
    assert ("<html" in page.text) != htmx


@apart
def test_a_verification_names_the_row_that_does_not_fit(client):
    contract = make_contract()
    row = AuditEntry.objects.create(at=NOON, subject="a")
    seal(AuditEntry, at=NOON)
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        cursor.execute("ALTER TABLE contracts_auditentry DISABLE TRIGGER USER")
        AuditEntry.objects.update(subject="b")
        cursor.execute("ALTER TABLE contracts_auditentry ENABLE TRIGGER USER")
        cursor.execute("SET ROLE program")
    client.force_login(make_user(contract))

    page = client.post(url("verify", contract))

    (broken,) = page.context["broken"]
    assert [one.row for one in broken.discrepancies] == [row.pk]
    assert f'<th scope="row">{row.pk}</th>' in page.text


@apart
def test_ledgers_are_verified_by_one_person_at_a_time(client):
    contract = make_contract()
    client.force_login(make_user(contract))
    other = connection.copy()

    try:
        with other.cursor() as cursor:
            with turn("contracts.verify", 0):
                pass  # nobody is at it
            cursor.execute(
                "SELECT pg_try_advisory_lock(objid_1, objid_2) FROM (SELECT %s, %s)"
                " AS key (objid_1, objid_2)",
                _key_of_the_turn(),
            )
        page = client.post(url("verify", contract))
    finally:
        other.close()

    assert page.context["busy"]
    assert page.context["verdicts"] is None
    assert not Seal.objects.exists()


def _key_of_the_turn() -> list[int]:
    with turn("contracts.verify", 0), connection.cursor() as cursor:
        cursor.execute(
            "SELECT classid::bigint::int, objid::bigint::int FROM pg_locks"
            " WHERE locktype = 'advisory' AND pid = pg_backend_pid()"
        )
        return list(cursor.fetchone())
