"""What the parties owe each other is there from the first day, for the whole term."""

from datetime import date
from pathlib import Path

import pytest

from contracts.actions.load import load
from contracts.actions.locked import ContractLocked
from contracts.files import read_contract
from contracts.models import Contract, Due, Mode, Obligation
from contracts.rules.contract_file import ContractFile, parse
from tests.factories import NOON

pytestmark = pytest.mark.django_db

DATA = Path(__file__).parents[2] / "contracts" / "data"
TEXT = (DATA / "yongdinglu-2026.toml").read_text(encoding="utf-8")
LATER = NOON.replace(month=8)
FOLDER = read_contract(DATA / "yongdinglu-2026.toml")
BEGIN = TEXT.index("\n[[obligations]]\n") + 1
WITHOUT = "obligations = []\n" + TEXT[:BEGIN]


def with_one(lines: str) -> ContractFile:
    """Return the demo file with one obligation, for Party B by 第二条4."""
    head = (
        '[[obligations]]\nkey = "one"\nclause = "第二条4"\nrules = ["R06"]\n'
        'owner = "b"\ntitle = "报送"\ndue_in_words = "按期"\nevidence = "回执"\n'
    )
    return parse(TEXT[:BEGIN] + head + lines)


MONTHLY = 'mode = "recurring"\ndue = { every = "month", days = 3 }\n'


@pytest.fixture
def contract() -> Contract:
    """The contract of the demo file, with its calendars."""
    return load(FOLDER.file, calendars=FOLDER.calendars, at=NOON).contract


def test_every_rule_of_the_contract_is_carried_out_by_an_obligation(contract):
    carried = {
        rule
        for rules in contract.obligations.values_list("rules", flat=True)
        for rule in rules
    }

    assert carried == {f"R{number:02}" for number in range(1, 65)}


def test_an_obligation_has_what_the_file_says_of_it(contract):
    ready = contract.obligations.get(key="team-ready")

    assert (ready.clause.ref, ready.rules) == ("第五条（一）1", ["R01", "R13"])
    assert (ready.side, ready.mode, ready.accepted_by_a) == ("b", Mode.ONCE, True)
    assert ready.due_rule == {"since": "effective", "workdays": 10}


def test_it_falls_due_by_the_calendar_and_says_why(contract):
    due = Due.objects.get(obligation__key="team-ready")

    assert due.due_on == date(2026, 5, 8)
    assert due.deadline.counted[0] == date(2026, 4, 22)
    assert len(due.deadline.left_out) == 7  # two weekends, one of them in the holiday


def test_what_comes_round_is_there_for_the_whole_term(contract):
    counts = {
        key: Due.objects.filter(obligation__key=key).count()
        for key in ("daily-report", "weekly-report", "monthly-report", "annual-report")
    }

    assert counts == {
        "daily-report": 365,
        "weekly-report": 53,
        "monthly-report": 13,
        "annual-report": 1,
    }


def test_what_waits_for_an_event_has_no_due_yet(contract):
    waiting = contract.obligations.filter(mode__in=[Mode.ON_EVENT, Mode.STANDING])

    assert waiting.exists()
    assert not Due.objects.filter(obligation__in=waiting).exists()


def test_dues_in_a_provisional_year_are_marked(contract):
    dues = Due.objects.of(contract)
    marked = dues.filter(provisional=True)

    assert marked.exists()
    assert not dues.filter(provisional=True, due_on__lt=date(2026, 12, 1)).exists()


def test_a_year_without_a_calendar_leaves_dues_without_a_day():
    file = with_one('mode = "once"\ndue = { since = "effective", workdays = 10 }\n')

    contract = load(file, at=NOON).contract

    (due,) = Due.objects.of(contract)
    assert (due.due_on, due.missing_year) == (None, 2026)


def test_loading_twice_changes_nothing(contract):
    before = Due.objects.count(), Obligation.objects.count()

    result = load(FOLDER.file, calendars=FOLDER.calendars, at=LATER)

    assert not result.changed
    assert (Due.objects.count(), Obligation.objects.count()) == before


def test_a_file_without_obligations_loads_as_before(contract):
    assert not load(parse(WITHOUT), at=LATER).changed
    assert contract.obligations.exists()


def test_obligations_can_come_later():
    contract = load(parse(WITHOUT), calendars=FOLDER.calendars, at=NOON).contract

    result = load(FOLDER.file, at=LATER)

    assert result.written.keys() == {Obligation, Due}
    assert contract.dues.count() == result.written[Due]


def test_our_own_words_on_it_are_brought_up_to_date():
    load(with_one(MONTHLY), calendars=FOLDER.calendars, at=NOON)

    result = load(with_one(MONTHLY + "accepted_by_a = true\n"), at=LATER)

    assert result.written == {Obligation: 1}
    assert Obligation.objects.get().accepted_by_a


@pytest.mark.parametrize(
    ("lines", "paths"),
    [
        (MONTHLY.replace("3", "5"), ["obligations[one].due"]),
        (
            'mode = "once"\ndue = { on = 2026-06-01 }\n',
            ["obligations[one].mode", "obligations[one].due"],
        ),
    ],
)
def test_the_rule_of_what_has_dues_is_not_changed_by_a_file(lines, paths):
    load(with_one(MONTHLY), calendars=FOLDER.calendars, at=NOON)
    before = list(Due.objects.values_list("due_on", flat=True))

    with pytest.raises(ContractLocked) as refusal:
        load(with_one(lines), at=LATER)

    assert [one.path for one in refusal.value.differences] == paths
    assert list(Due.objects.values_list("due_on", flat=True)) == before


def test_the_refusal_says_both_rules():
    load(with_one(MONTHLY), calendars=FOLDER.calendars, at=NOON)

    with pytest.raises(ContractLocked) as refusal:
        load(with_one(MONTHLY.replace("3", "5")), at=LATER)

    (difference,) = refusal.value.differences
    assert (difference.found, difference.loaded) == (
        "days = 5, every = month",
        "days = 3, every = month",
    )


def test_the_rule_of_what_never_fell_due_can_be_put_right():
    load(with_one('mode = "on_event"\ndue = { event = "damage", days = 3 }\n'), at=NOON)

    result = load(
        with_one('mode = "on_event"\ndue = { event = "damage", days = 5 }\n'), at=LATER
    )

    assert result.written == {Obligation: 1}
