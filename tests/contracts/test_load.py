"""A contract file makes a contract, once, and never changes what was signed."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from contracts.actions.load import load
from contracts.actions.locked import ContractLocked
from contracts.files import FileRefused, read_contract
from contracts.models import (
    AssessmentPeriod,
    AuditEntry,
    CalendarYear,
    Clause,
    Contact,
    Contract,
    Party,
    PaymentStage,
    Reading,
)
from contracts.rules.contract_file import ContractFile, parse
from tests.factories import NOON, make_user, make_year

pytestmark = pytest.mark.django_db

DATA = Path(__file__).parents[2] / "contracts" / "data"
TEXT = (DATA / "yongdinglu-2026.toml").read_text(encoding="utf-8")
LATER = NOON.replace(month=8)


def changed(*changes: tuple[str, str]) -> ContractFile:
    """Return the demo file with the first of each text replaced by another."""
    text = TEXT
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    return parse(text)


@pytest.fixture
def contract() -> Contract:
    """The contract of the demo file."""
    return load(parse(TEXT), at=NOON).contract


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the demo file and its calendars, to be changed at will."""
    for file in DATA.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    return tmp_path


def rewrite(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


def rows() -> list[int]:
    models = (AssessmentPeriod, Clause, Contact, Contract, Party, PaymentStage, Reading)
    return [model._default_manager.count() for model in models]


# --- The first time ---------------------------------------------------------------------------


def test_the_contract_is_there_with_its_facts(contract):
    contract.refresh_from_db()

    assert contract.term.days == 365
    assert contract.price == Decimal("2327640.00")
    assert (contract.copies_a, contract.copies_b) == (4, 2)
    assert contract.party_b.credit_code == "91110108MA006DNG2A"
    assert contract.first_day == 19


def test_persons_telephones_and_accounts_are_empty(contract):
    assert set(Contact.objects.values_list("person", "telephone")) == {("", "")}
    assert set(Party.objects.values_list("representative", "account")) == {("", "")}


def test_contacts_hold_from_the_day_of_signing(contract):
    days = contract.contacts.values_list("side", "holds_from")

    assert set(days) == {("a", date(2026, 4, 21)), ("b", date(2026, 4, 21))}


def test_the_term_is_cut_into_periods(contract):
    periods = list(contract.periods.all())

    assert [period.quarter for period in periods] == [1] * 3 + [2] * 3 + [3] * 3 + [
        4
    ] * 3 + [5]
    assert [period.span.days for period in periods] == [
        18, 31, 30, 31, 31, 30, 31, 30, 31, 31, 28, 31, 12
    ]  # fmt: skip
    assert periods[0].improvement_ends_before == date(2026, 6, 19)
    assert periods[-1].improvement_ends_before is None


def test_the_other_option_cuts_it_into_twelve():
    file = changed(('value = "a"', 'value = "b"'))

    periods = load(file, at=NOON).contract.periods.all()

    assert [period.quarter for period in periods] == [1] * 3 + [2] * 3 + [3] * 3 + [
        4
    ] * 3


def test_the_stages_make_up_the_price(contract):
    stages = contract.stages.all()

    assert sum(stage.amount for stage in stages) == contract.price
    assert [stage.clause.ref for stage in stages] == [
        "第五条（一）1",
        "第五条（一）2",
        "第五条（一）3",
    ]


def test_clauses_hang_under_what_they_are_part_of(contract):
    item = contract.clauses.get(ref="第十二条（二）3（4）")

    assert item.parent.ref == "第十二条（二）3"
    assert (item.depth, item.rules) == (3, ["R53"])


def test_every_open_point_is_read(contract):
    readings = Reading.objects.of(contract).in_force(date(2026, 4, 21))

    assert contract.readings.count() == 15
    assert readings == parse(TEXT).as_read


def test_loading_is_audited(contract):
    (entry,) = AuditEntry.objects.about(contract)

    assert (entry.contract, entry.at, entry.became) == (contract, NOON, "loaded")


# --- Again ------------------------------------------------------------------------------------


def test_loading_twice_changes_nothing(contract):
    before = rows()

    result = load(parse(TEXT), at=LATER)

    assert not result.changed
    assert result.contract == contract
    assert rows() == before
    assert AuditEntry.objects.count() == 1


@pytest.mark.parametrize(
    ("old", "new", "path"),
    [
        ("2026年接诉即办业务服务项目", "别的项目", "title"),
        ("signed_on = 2026-04-21", "signed_on = 2026-04-20", "signed_on"),
        ("ends_on = 2027-04-30", "ends_on = 2027-05-31", "ends_on"),
        ('court = "北京市海淀区', 'court = "北京市西城区', "court"),
        ("北京融通润园科技有限公司", "另一家公司", "party_b.name"),
        ("91110108MA006DNG2A", "911101080000000000", "party_b.credit_code"),
        ("金沟河路16号", "金沟河路17号", "party_a.address"),
        ('postcode = "100081"', 'postcode = "100080"', "party_b.postcode"),
        ("first_day = 19", "first_day = 20", "assessment.first_day"),
        ("target_on = 2026-09-30", "target_on = 2026-10-30", "stages[2].target_on"),
        ('clause = "第五条（一）2"', 'clause = "第五条（一）3"', "stages[2].clause"),
        ('value = "noon"', 'value = "midnight"', "readings[daily_cut].value"),
    ],
)
def test_what_was_signed_is_not_changed_by_a_file(contract, old, new, path):
    before = rows()

    with pytest.raises(ContractLocked) as refusal:
        load(changed((old, new)), at=LATER)

    assert [one.path for one in refusal.value.differences] == [path]
    assert rows() == before


def test_all_that_differs_is_named_with_both_sides(contract):
    file = changed(
        ("target_on = 2027-05-31", "target_on = 2027-06-30"),
        ("opens_on = 2027-05-01", "opens_on = 2027-06-01"),
    )

    with pytest.raises(ContractLocked) as refusal:
        load(file, at=LATER)

    assert [(one.path, one.found, one.loaded) for one in refusal.value.differences] == [
        ("stages[3].opens_on", date(2027, 6, 1), date(2027, 5, 1)),
        ("stages[3].target_on", date(2027, 6, 30), date(2027, 5, 31)),
    ]


def test_our_own_words_are_brought_up_to_date(contract):
    file = changed(
        ("全面保密。", "全面地保密。"),
        ("服务期满后，到2027年5月", "期满后到2027年5月"),
        ('short_title = "永定路接诉即办2026"', 'short_title = "永定路2026"'),
    )

    result = load(file, at=LATER)

    contract.refresh_from_db()
    assert result.written == {Clause: 1, PaymentStage: 1, Contract: 1}
    assert contract.clauses.get(ref="第十条").summary.endswith("全面地保密。")
    assert contract.short_title == "永定路2026"
    assert AuditEntry.objects.about(contract).latest("pk").was == "loaded"


def test_a_clause_can_be_put_in_between(contract):
    new = '[[clauses]]\nref = "第七条"\nkind = "rule"\ntitle = "空"\nsummary = "原文没有。"\n\n'
    marker = '[[clauses]]\nref = "第八条"\n'

    result = load(changed((marker, new + marker)), at=LATER)

    refs = list(contract.clauses.filter(depth=0).values_list("ref", flat=True))
    assert refs[refs.index("第七条") + 1] == "第八条"
    assert result.changed


def test_a_clause_does_not_go_away(contract):
    start = TEXT.index('[[clauses]]\nref = "第十四条3"')
    end = TEXT.index('[[clauses]]\nref = "附件"')

    with pytest.raises(ContractLocked) as refusal:
        load(parse(TEXT[:start] + TEXT[end:]), at=LATER)

    assert [one.path for one in refusal.value.differences] == ["clauses[第十四条3]"]


def test_a_blank_can_be_filled_in(contract):
    file = changed(('telephone = ""', 'telephone = "13800000000"'))

    load(file, at=LATER)

    assert contract.contacts.get(side="a").telephone == "13800000000"


def test_what_was_filled_in_stays_when_the_file_is_blank(contract):
    contract.contacts.filter(side="b").update(person="李四")

    assert not load(parse(TEXT), at=LATER).changed


def test_an_account_is_not_exchanged_by_a_file(contract):
    Party.objects.filter(pk=contract.party_b_id).update(account="0000")
    tail = TEXT.index("[party_b]")
    file = parse(
        TEXT[:tail] + TEXT[tail:].replace('account = ""', 'account = "1111"', 1)
    )

    with pytest.raises(ContractLocked, match=r"party_b\.account"):
        load(file, at=LATER)


def test_a_reading_can_be_adopted_anew_from_a_later_day(contract):
    later = 'adopted_on = 2026-08-01\nvalue = "midnight"'
    file = changed(('adopted_on = 2026-04-21\nvalue = "noon"', later))

    result = load(file, at=LATER, by=make_user(name="张三"))

    assert result.written == {Reading: 1}
    readings = contract.readings.filter(key="daily_cut").order_by("adopted_on")
    assert [reading.value for reading in readings] == ["noon", "midnight"]


def test_a_reading_is_not_adopted_in_arrears(contract):
    earlier = 'adopted_on = 2026-04-20\nvalue = "midnight"'
    file = changed(('adopted_on = 2026-04-21\nvalue = "noon"', earlier))

    with pytest.raises(ContractLocked, match=r"readings\[daily_cut\]\.adopted_on"):
        load(file, at=LATER)


def test_periods_that_are_cut_are_not_cut_anew(contract):
    later = 'adopted_on = 2026-08-01\nvalue = "b"'
    file = changed(('adopted_on = 2026-04-21\nvalue = "a"', later))

    with pytest.raises(ContractLocked, match="period_option"):
        load(file, at=LATER)


def test_parties_are_shared_by_their_contracts(contract):
    file = changed(('number = "yongdinglu-2026"', 'number = "yongdinglu-2027"'))

    another = load(file, at=LATER).contract

    assert another.party_a == contract.party_a
    assert Party.objects.count() == 2


# --- The command ------------------------------------------------------------------------------


def test_the_command_loads_the_calendars_too(capsys):
    call_command("load_contract", DATA / "yongdinglu-2026.toml")

    years = dict(CalendarYear.objects.values_list("year", "provisional"))
    assert years == {2026: False, 2027: True}
    assert capsys.readouterr().out.startswith("yongdinglu-2026: ")


def test_the_command_leaves_a_calendar_that_is_known(folder):
    make_year(2027)  # the official one, imported meanwhile

    call_command("load_contract", folder / "yongdinglu-2026.toml")

    assert not CalendarYear.objects.get(year=2027).provisional


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        (
            "贰佰叁拾贰万柒仟陆佰肆拾元整",
            "贰佰叁拾贰万柒仟陆佰肆拾壹元整",
            "price_in_words",
        ),
        ("amount = 698292.00", "amount = 698292.01", "stages"),
        ('court = "', 'cuort = "', "cuort"),
        ("ends_on = 2027-04-30", "ends_on = 2025-04-30", "ends_on"),
        ('file = "calendar-2027.csv"', 'file = "calendar-2026.csv"', "2026"),
        (
            'file = "calendar-2027.csv"',
            'file = "calendar-2028.csv"',
            "calendar-2028.csv",
        ),
    ],
)
def test_the_command_names_what_cannot_be_and_loads_nothing(folder, old, new, key):
    file = folder / "yongdinglu-2026.toml"
    rewrite(file, old, new)

    with pytest.raises(CommandError, match=key):
        call_command("load_contract", file)

    assert rows() == [0] * 7
    assert not CalendarYear.objects.exists()


def test_the_command_names_all_of_it(folder):
    rewrite(folder / "yongdinglu-2026.toml", 'court = "', 'cuort = "')
    rewrite(folder / "yongdinglu-2026.toml", "rate = 0.30", "rate = 0.35")

    with pytest.raises(FileRefused) as refusal:
        read_contract(folder / "yongdinglu-2026.toml")

    said = "\n".join(refusal.value.reasons)
    for key in ("cuort", "court", "stages[2].amount", "stages.rate"):
        assert key in said


def test_a_fault_in_a_calendar_loads_nothing(folder):
    rewrite(folder / "calendar-2027.csv", "2027-05-01,0", "2027-05-01,yes")

    with pytest.raises(CommandError, match=r"calendar-2027\.csv"):
        call_command("load_contract", folder / "yongdinglu-2026.toml")

    assert not Contract.objects.exists()


def test_a_file_in_another_encoding_is_refused(tmp_path):
    file = tmp_path / "contract.toml"
    file.write_bytes('title = "合同"'.encode("gb18030"))

    with pytest.raises(CommandError, match=r"contract\.toml"):
        call_command("load_contract", file)


def test_a_file_that_contradicts_the_contract_brings_no_calendar(folder, contract):
    rewrite(folder / "yongdinglu-2026.toml", "first_day = 19", "first_day = 20")

    with pytest.raises(CommandError, match=r"assessment\.first_day"):
        call_command("load_contract", folder / "yongdinglu-2026.toml")

    assert not CalendarYear.objects.exists()
