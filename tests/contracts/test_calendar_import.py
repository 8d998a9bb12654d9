"""A year's work calendar comes in by two signatures, and shows beforehand what it moves."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from accounts.roles import Role
from contracts.actions import calendar_proposals as actions
from contracts.actions.load import load
from contracts.actions.proposals import ProposalRefused, refuse
from contracts.actions.recompute import Move, fingerprint
from contracts.models import (
    CalendarDay,
    CalendarProposal,
    CalendarYear,
    Contract,
    Document,
    Due,
    DueMove,
    ProposalStatus,
)
from contracts.rules.calendar_file import parse_calendar
from contracts.rules.contract_file import parse
from contracts.work_calendar import changes, months, years
from tests.contracts.counting import queries
from tests.factories import NOON, PASSWORD, make_contract, make_user, make_year

pytestmark = pytest.mark.django_db

DATA = Path(__file__).parents[2] / "contracts" / "data"
TEXT = (DATA / "yongdinglu-2026.toml").read_text(encoding="utf-8")
LATER = NOON + timedelta(days=1)
HEAD = "day,is_workday,name,kind\n"
PROVISIONAL = (DATA / "calendar-2027.csv").read_text(encoding="utf-8")
#: As the notice might have it: the May holiday to the 5th, and the 8th worked in lieu.
OFFICIAL = HEAD + "".join(
    f"2027-05-0{day},{worked},劳动节,official\n"
    for day, worked in ((1, 0), (2, 0), (3, 0), (4, 0), (5, 0), (8, 1))
)


@pytest.fixture(autouse=True)
def _demo(settings):
    settings.DEMO_WITHOUT_SECOND_FACTOR = True


def loaded(number: str = "yongdinglu-2026") -> Contract:
    calendars = {
        year: parse_calendar(
            (DATA / f"calendar-{year}.csv").read_text(encoding="utf-8")
        )
        for year in (2026, 2027)
    }
    file = parse(TEXT.replace('"yongdinglu-2026"', f'"{number}"', 1))
    return load(file, calendars=calendars, at=NOON).contract


@pytest.fixture
def contract() -> Contract:
    return loaded()


def confidential(contract: Contract) -> Due:
    return Due.objects.get(contract=contract, obligation__key="secret-papers-back")


def propose(
    contract: Contract, content: str = OFFICIAL, **given: Any
) -> CalendarProposal:
    defaults: dict[str, Any] = {
        "source": "国务院办公厅通知",
        "paper": None,
        "reason": "已公布",
        "token": uuid4(),
        "by": make_user(),
        "at": NOON,
    }
    return actions.propose(contract, content=content, **defaults | given)


def adopt(proposal: CalendarProposal, **given: Any) -> list[Move]:
    file = parse_calendar(proposal.file)
    defaults: dict[str, Any] = {
        "seen": fingerprint(actions.preview(proposal.contract, file)),
        "note": "",
        "by": make_user(),
        "at": LATER,
    }
    return actions.adopt(proposal, **defaults | given)


# --- What happens --------------------------------------------------------------------------


def test_the_official_year_moves_the_7th_of_may(contract):
    assert confidential(contract).due_on == date(2027, 5, 7)

    adopt(propose(contract))

    due = confidential(contract)
    assert (due.due_on, due.provisional) == (date(2027, 5, 8), False)
    assert not CalendarYear.objects.get(year=2027).provisional
    assert DueMove.objects.get(due=due).reason == "2027 国务院办公厅通知"


def test_what_is_shown_is_what_happens(contract):
    proposal = propose(contract)
    shown = actions.preview(contract, parse_calendar(OFFICIAL))

    done = adopt(proposal)

    assert fingerprint(done) == fingerprint(shown)
    assert any(one.was_on != one.became_on for one in done)


def test_a_proposal_alone_moves_nothing(contract):
    propose(contract)

    assert confidential(contract).due_on == date(2027, 5, 7)
    assert CalendarYear.objects.get(year=2027).provisional


def test_the_dues_of_another_contract_wait_for_their_own_recompute(contract):
    other = loaded("another-2026")

    adopt(propose(contract))

    assert confidential(other).due_on == date(2027, 5, 7)


def test_the_days_that_change_are_told(contract):
    found = {
        one.day.isoformat(): (one.was, one.becomes)
        for one in changes(parse_calendar(OFFICIAL))
        if one.day.month == 5
    }

    assert found == {"2027-05-05": (True, False), "2027-05-08": (False, True)}


def test_nobody_signs_their_own_proposal(contract):
    by = make_user()
    proposal = propose(contract, by=by)

    with pytest.raises(ProposalRefused):
        adopt(proposal, by=by)
    with pytest.raises(ProposalRefused):
        refuse(proposal, note="", by=by, at=LATER)

    assert confidential(contract).due_on == date(2027, 5, 7)


def test_the_same_form_sent_twice_is_one_proposal(contract):
    token, by = uuid4(), make_user()

    made = {propose(contract, token=token, by=by).pk for _ in range(2)}

    assert len(made) == 1


def test_a_year_has_one_proposal_at_a_time_whoever_makes_it(contract):
    propose(contract)

    with pytest.raises(ProposalRefused, match="2027"):
        propose(make_contract())


def test_provisional_never_replaces_official(contract):
    adopt(propose(contract))

    with pytest.raises(ProposalRefused, match="provisional"):
        propose(contract, PROVISIONAL)


def test_nor_where_it_was_proposed_before(contract):
    proposal = propose(contract, PROVISIONAL, source="另一来源")
    year = CalendarYear.objects.get(year=2027)
    year.provisional = False
    year.save()

    with pytest.raises(ProposalRefused, match="provisional"):
        adopt(proposal)

    proposal.refresh_from_db()
    assert proposal.status == ProposalStatus.PROPOSED


def test_what_is_known_already_is_not_proposed(contract):
    source = CalendarYear.objects.get(year=2027).source

    with pytest.raises(ProposalRefused):
        propose(contract, PROVISIONAL, source=source)


# --- The year on the page ---------------------------------------------------------------------


def test_the_working_days_of_each_month_are_those_of_the_notice(client, contract):
    client.force_login(make_user(contract, Role.MANAGER))

    page = client.get(url(contract, "calendar"), {"year": "2026"})

    assert [one.workdays for one in page.context["months"]][3:] == [
        21, 19, 21, 23, 21, 22, 18, 21, 23
    ]  # fmt: skip


def test_a_year_that_is_missing_has_no_days_at_all():
    contract = make_contract()
    make_year(2026)

    lines = years(contract, today=date(2026, 6, 1))

    assert [(one.year, one.known is None) for one in lines] == [
        (2026, False),
        (2027, True),
    ]
    assert months(CalendarDay.objects.all().calendar(), 2027) == []


@pytest.mark.parametrize(
    ("today", "wanted"),
    [
        (date(2026, 11, 1), []),
        (date(2026, 11, 2), [2027]),  # 60 days ahead
        (date(2027, 3, 1), [2027]),
    ],
)
def test_a_year_that_is_not_official_is_announced_60_days_ahead(
    contract, today, wanted
):
    lines = years(contract, today=today)

    assert [one.year for one in lines if one.wanted] == wanted


def test_an_official_year_is_not_announced(contract):
    adopt(propose(contract))

    lines = years(contract, today=date(2026, 12, 1))

    assert [one.year for one in lines if one.wanted] == []


# --- The pages ------------------------------------------------------------------------------------


def url(contract: Contract, name: str, *args: object) -> str:
    return reverse(f"contracts:{name}", args=[contract.number, *args])


def upload(content: str | bytes, **given) -> dict[str, object]:
    raw = content if isinstance(content, bytes) else content.encode()
    return {
        "file": SimpleUploadedFile("2027.csv", raw),
        "source": "国务院办公厅通知",
        "token": str(uuid4()),
    } | given


def notice() -> SimpleUploadedFile:
    return SimpleUploadedFile("通知.pdf", b"%PDF-1.7\n%notice\n%%EOF\n")


@pytest.fixture
def supervisor(client, contract):
    user = make_user(contract, Role.SUPERVISOR)
    client.force_login(user)
    return user


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_file_is_shown_before_it_is_proposed(client, contract, supervisor, encoding):
    page = client.post(
        url(contract, "calendar-import"), upload(OFFICIAL.encode(encoding))
    )

    assert page.status_code == 200
    assert confidential(contract).pk in {one.due.pk for one in page.context["moves"]}
    assert "2027-05-08" in page.text
    assert not CalendarProposal.objects.exists()


def test_it_is_proposed_with_the_notice_and_signed_by_the_leader(
    client, contract, supervisor
):
    shown = client.post(url(contract, "calendar-import"), upload(OFFICIAL))
    hidden = shown.context["form"]
    form = {
        "content": hidden["content"].value(),
        "source": hidden["source"].value(),
        "token": hidden["token"].value(),
        "reason": "已公布",
        "paper": notice(),
    }
    made = client.post(url(contract, "calendar-propose"), form)
    assert made.status_code == 302
    client.force_login(make_user(contract, Role.LEADER, demo=True))
    page = client.get(made.url)
    seen = page.context["steps"][0].form["seen"].value()
    proposal = CalendarProposal.objects.get()

    answer = client.post(
        url(contract, "calendar-adopt", proposal.pk), {"seen": seen, "proof": PASSWORD}
    )

    assert answer.status_code == 302
    assert confidential(contract).due_on == date(2027, 5, 8)
    assert proposal.paper == Document.objects.get()
    assert "2027-05-08" in client.get(made.url).text


def test_sent_twice_it_is_one_proposal_with_one_paper(client, contract, supervisor):
    form = {
        "content": OFFICIAL,
        "source": "通知",
        "token": str(uuid4()),
        "reason": "已公布",
    }

    statuses = [
        client.post(
            url(contract, "calendar-propose"), form | {"paper": notice()}
        ).status_code
        for _ in range(2)
    ]

    assert statuses == [302, 302]
    assert CalendarProposal.objects.count() == Document.objects.count() == 1


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (HEAD + "2027-02-30,0,春节,official\n", "Line 2, “day”"),
        (HEAD + "2027-01-01,2,元旦,official\n", "Line 2, “is_workday”"),
        (
            HEAD + "2027-01-01,0,元旦,official\n2026-12-31,0,元旦,official\n",
            "Line 3, “day”",
        ),
        (
            HEAD + "2027-01-01,0,元旦,official\n2027-01-02,0,元旦,provisional\n",
            "Line 3, “kind”",
        ),
        (HEAD + "2027-01-04,1,元旦,official\n", "only a weekend is worked in lieu"),
        (HEAD + "9999-01-01,0,元旦,official\n", "which no contract here reaches"),
        (HEAD, "is missing"),
        (b"\xff\xfe\x00", "not a text file"),
        ("day," * 30_000, "more than 100 KB"),
    ],
)
def test_a_faulty_file_is_refused_line_by_line(
    client, contract, supervisor, content, words
):
    answer = client.post(url(contract, "calendar-import"), upload(content))

    assert answer.status_code == 422
    assert words in answer.text
    assert list(answer.context["form"].errors) == ["file"]


def test_an_official_year_needs_its_notice(client, contract, supervisor):
    form = {"content": OFFICIAL, "source": "通知", "token": str(uuid4()), "reason": "x"}

    answer = client.post(url(contract, "calendar-propose"), form)

    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == ["paper"]
    assert not CalendarProposal.objects.exists()


def test_party_b_sees_the_calendar_and_not_what_is_proposed(client, contract):
    proposal = propose(contract)
    client.force_login(make_user(contract, Role.MANAGER))

    page = client.get(url(contract, "calendar"))

    assert list(page.context["proposals"]) == []
    assert (
        client.get(url(contract, "calendar-proposal", proposal.pk)).status_code == 404
    )


@pytest.mark.parametrize(
    "query", ["year=x", "year=1999", "year=%00", "year=" + "9" * 99]
)
def test_no_query_brings_the_page_down(client, contract, query):
    client.force_login(make_user(contract, Role.MANAGER))

    assert client.get(f"{url(contract, 'calendar')}?{query}").status_code == 200


def test_the_page_costs_no_more_for_three_years_than_for_one(client):
    contract = make_contract(ends_before=date(2030, 1, 1))
    make_year(2026, m01_01="元旦")
    client.force_login(make_user(contract, Role.MANAGER))

    one = queries(client, url(contract, "calendar"))
    make_year(2027, m01_01="元旦", m05_01="劳动节")
    make_year(2028, m01_01="元旦")

    assert queries(client, url(contract, "calendar")) == one
