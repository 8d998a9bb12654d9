import re
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from contracts.rules.calendar import WorkCalendar
from contracts.rules.calendar_file import parse_calendar
from contracts.rules.contract_file import ContractFileError, parse
from contracts.rules.periods import Span
from contracts.rules.problems import Fault, Problem
from contracts.rules.readings import POINTS, Readings
from contracts.rules.stages import preparation_due, split

DATA = Path(__file__).parents[3] / "contracts" / "data"
TEXT = (DATA / "yongdinglu-2026.toml").read_text(encoding="utf-8")
FILE = parse(TEXT)


def changed(old: str, new: str) -> str:
    """Return the file with the first `old` made `new`."""
    assert old in TEXT
    return TEXT.replace(old, new, 1)


def without(table: str, marker: str) -> str:
    """Return the file without the item of a list that holds `marker`."""
    parts = TEXT.split(f"[[{table}]]")
    kept = [part for part in parts if marker not in part]
    assert len(kept) == len(parts) - 1
    return f"[[{table}]]".join(kept)


def problems(content: str) -> list[tuple[str, str]]:
    with pytest.raises(ContractFileError) as refusal:
        parse(content)
    return [(problem.code, problem.path) for problem in refusal.value.problems]


def test_the_file_holds_the_contract_s_facts():
    assert FILE.term == Span(date(2026, 5, 1), date(2027, 5, 1))
    assert (FILE.signed_on, FILE.effective_on) == (date(2026, 4, 21), date(2026, 4, 21))
    assert FILE.price == Decimal("2327640.00")
    assert [stage.amount for stage in FILE.stages] == split(
        FILE.price, [stage.rate for stage in FILE.stages]
    )
    assert (FILE.copies.total, FILE.copies.party_a, FILE.copies.party_b) == (6, 4, 2)
    assert FILE.assessment.first_day == 19
    assert [post.title for post in FILE.posts] == [
        "项目经理",
        "座席岗",
        "结案岗",
        "数据岗",
    ]


def test_the_file_names_no_person_and_no_account():
    for party in (FILE.party_a, FILE.party_b):
        assert not any(
            [party.representative, party.contact, party.telephone, party.account]
        )


def test_the_file_raises_no_warning():
    assert FILE.warnings == ()


def test_the_first_stage_aims_at_the_day_party_b_must_be_ready():
    year = parse_calendar((DATA / "calendar-2026.csv").read_text(encoding="utf-8"))
    calendar = WorkCalendar.of(year.days, official_years=[2026])

    due = preparation_due(FILE.effective_on, calendar)

    assert FILE.stages[0].target_on == due.due_on


@pytest.mark.parametrize("source", FILE.calendars, ids=lambda source: source.file)
def test_every_calendar_that_the_file_names_is_there(source):
    content = (DATA / source.file).read_text(encoding="utf-8")

    assert parse_calendar(content).year == source.year


def test_the_articles_are_the_paper_s_own_without_a_seventh():
    articles = [clause.ref for clause, depth in FILE.outline() if depth == 0]

    assert articles == [
        "首部",
        *[f"第{number}条" for number in "一二三四五六八九十"],
        *[f"第十{number}条" for number in "一二三四"],
        "附件",
    ]


def test_every_article_is_there_down_to_its_items():
    children: dict[str, list[str]] = {}
    for clause in FILE.clauses:
        children.setdefault(clause.parent, []).append(clause.ref)

    assert {ref: len(found) for ref, found in children.items() if ref} == {
        "第二条": 5,
        "第五条": 1,
        "第五条（一）": 3,
        "第六条": 2,
        "第六条（一）": 7,
        "第六条（二）": 14,
        "第八条": 4,
        "第十条": 5,
        "第十二条": 2,
        "第十二条（二）": 4,
        "第十二条（二）3": 6,
        "第十四条": 3,
        "附件": 3,
        "附件（一）": 2,
        "附件（二）": 2,
        "附件（三）": 3,
    }


def test_every_reference_begins_with_its_parent_s():
    assert all(clause.ref.startswith(clause.parent) for clause in FILE.clauses)


def test_every_rule_rests_on_a_clause():
    rules = {rule for clause in FILE.clauses for rule in clause.rules}

    assert rules == {f"R{number:02}" for number in range(1, 65)}


def test_a_clause_in_an_item_lies_three_deep():
    depths = {clause.ref: depth for clause, depth in FILE.outline()}

    assert depths["第二条"] == 0
    assert depths["第六条（二）11"] == 2
    assert depths["第十二条（二）3（1）"] == 3


def test_every_open_point_is_read_as_the_product_reads_it():
    assert [reading.key for reading in FILE.readings] == [point.key for point in POINTS]
    assert [reading.clause for reading in FILE.readings] == [
        point.clause for point in POINTS
    ]
    assert FILE.as_read == Readings()


def test_readings_are_kept_as_json_can_hold_them():
    score = next(reading for reading in FILE.readings if reading.key == "score")

    assert score.value == {
        "contacted": "0.10",
        "solved": "0.50",
        "satisfied": "0.40",
        "partly_satisfied": "0.9",
    }


def test_windows_line_ends_and_a_byte_order_mark_do_no_harm():
    assert parse("\ufeff" + TEXT.replace("\n", "\r\n")) == FILE


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ('court = "', 'judge = "', [("unknown", "judge"), ("missing", "court")]),
        ('number = "yong', 'number = "Yong', [("bad_pattern", "number")]),
        ('court = "北京市海淀区人民法院"', 'court = " "', [("blank", "court")]),
        ('court = "', f'court = "{"长" * 120}', [("too_long", "court")]),
        ("court = ", "court = 3 #", [("not_text", "court")]),
        ("price = 2327640.00", 'price = "much"', [("not_a_number", "price")]),
        ("price = 2327640.00", "price = -1", [("not_an_amount", "price")]),
        ("price = 2327640.00", "price = 0.001", [("not_an_amount", "price")]),
        ("price = 2327640.00", "price = 1e12", [("not_an_amount", "price")]),
        (
            "price = 2327640.00",
            "price = 2327641.00",
            [
                ("words_differ", "price_in_words"),
                ("not_its_share", "stages[1].amount"),
                ("not_its_share", "stages[2].amount"),
                ("not_its_share", "stages[3].amount"),
                ("does_not_add_up", "stages.amount"),
            ],
        ),
        (
            "人民币贰佰叁拾贰万",
            "人民币贰佰叁拾叁万",
            [("words_differ", "price_in_words")],
        ),
        ("人民币贰佰叁拾贰万", "约两百万", [("words_unreadable", "price_in_words")]),
        (
            'words = "人民币陆拾玖万',
            'words = "人民币陆拾捌万',
            [("words_differ", "stages[2].amount_in_words")],
        ),
        (
            "rate = 0.30",
            "rate = 0.31",
            [("not_its_share", "stages[2].amount"), ("does_not_add_up", "stages.rate")],
        ),
        ("rate = 0.30", "rate = 1.30", [("not_a_share", "stages[2].rate")]),
        ("rate = 0.30", "rate = 0.30001", [("not_a_share", "stages[2].rate")]),
        ("rate = 0.30", "rate = nan", [("not_a_number", "stages[2].rate")]),
        ("number = 2", "number = 4", [("not_in_turn", "stages[2].number")]),
        (
            "target_on = 2026-09-30",
            "target_on = 2026-08-30",
            [("later", "stages[2].opens_on")],
        ),
        (
            'clause = "第五条（一）2"',
            'clause = "第七条"',
            [("no_such_clause", "stages[2].clause")],
        ),
        ("signed_on = 2026-04-21", "signed_on = 2026-04-22", [("later", "signed_on")]),
        (
            "effective_on = 2026-04-21",
            "effective_on = 2027-05-01",
            [("later", "effective_on")],
        ),
        (
            "starts_on = 2026-05-01",
            "starts_on = 2027-05-01",
            [("later", "starts_on")],
        ),
        (
            "signed_on = 2026-04-21",
            'signed_on = "2026-04-21"',
            [("not_a_date", "signed_on")],
        ),
        (
            "signed_on = 2026-04-21",
            "signed_on = 2026-04-21T08:00:00",
            [("not_a_date", "signed_on")],
        ),
        ("total = 6", "total = 5", [("does_not_add_up", "copies")]),
        ("total = 6", "total = true", [("not_whole", "copies.total")]),
        (
            "first_day = 19",
            "first_day = 32",
            [("out_of_range", "assessment.first_day")],
        ),
        (
            'clause = "附件（三）1"',
            'clause = "附件三"',
            [("no_such_clause", "assessment.clause")],
        ),
        ("006DNG2A", "006DNG2", [("bad_pattern", "party_b.credit_code")]),
        ("006DNG2A", "006DNO2A", [("bad_pattern", "party_b.credit_code")]),
        ('key = "agent"', 'key = "manager"', [("twice", "posts[manager]")]),
        (
            'ref = "第十四条3"',
            'ref = "第十四条1"',
            [("twice", "clauses[第十四条1]")],
        ),
        (
            'parent = "第二条"',
            'parent = "第七条"',
            [("no_such_clause", "clauses[第二条1].parent")],
        ),
        ('kind = "mutual"', 'kind = "poem"', [("not_a_choice", "clauses[首部].kind")]),
        (
            '"R01", "R02"',
            '"R01", "R65"',
            [("bad_pattern", "clauses[第二条1].rules[2]")],
        ),
        (
            'kind = "heading"\ntitle = "服务内容"',
            'kind = "rule"\ntitle = "服务内容"',
            [("blank", "clauses[第二条].summary")],
        ),
        (
            'key = "daily_cut"',
            'key = "daily_cutt"',
            [("unknown", "readings[daily_cutt]"), ("missing", "readings[daily_cut]")],
        ),
        (
            'key = "daily_cut"',
            'key = "score"',
            [
                ("twice", "readings[score]"),
                ("not_a_table", "readings[score].value"),
                ("missing", "readings[daily_cut]"),
            ],
        ),
        (
            'value = "noon"',
            'value = "dusk"',
            [("not_a_choice", "readings[daily_cut].value")],
        ),
        (
            "solved = 0.50",
            "solved = 0.51",
            [("does_not_add_up", "readings[score].value")],
        ),
        (
            "contacted = 0.10, ",
            "",
            [("missing", "readings[score].value.contacted")],
        ),
        (
            "buffer_hours = 24\n",
            "",
            [("missing", "readings[internal_limits].value.buffer_hours")],
        ),
        (
            'file = "calendar-2026.csv"',
            'file = "../secrets.env"',
            [("bad_pattern", "calendars[1].file")],
        ),
        ("year = 2027", "year = 2026", [("twice", "calendars[2026]")]),
        (
            'key = "team-ready"',
            'key = "six-copies"',
            [("twice", "obligations[six-copies]")],
        ),
        (
            'key = "team-ready"',
            'name = "team-ready"',
            [
                ("unknown", "obligations[2].name"),
                ("missing", "obligations[2].key"),
            ],
        ),
        (
            'clause = "第十四条1"\nrules',
            'clause = "第七条"\nrules',
            [("no_such_clause", "obligations[six-copies].clause")],
        ),
        (
            'rules = ["R50", "R58"]',
            'rules = ["R50", "R65"]',
            [("bad_pattern", "obligations[six-copies].rules[2]")],
        ),
        (
            'rules = ["R50", "R58"]',
            'rules = ["R50", "R50"]',
            [("twice", "obligations[six-copies].rules")],
        ),
        (
            'rules = ["R50", "R58"]',
            "rules = []",
            [("blank", "obligations[six-copies].rules")],
        ),
        (
            'mode = "once"\ntitle = "核对签章',
            'mode = "standing"\ntitle = "核对签章',
            [("clash", "obligations[six-copies].mode")],
        ),
        (
            'owner = "b"\nmode = "once"\ntitle = "队伍组好',
            'owner = "a"\nmode = "once"\ntitle = "队伍组好',
            [("clash", "obligations[team-ready].accepted_by_a")],
        ),
        (
            'due = { since = "signed", workdays = 5 }',
            'due = { since = "signed", weeks = 1 }',
            [("unknown", "obligations[six-copies].due.weeks")],
        ),
        (
            'due = { since = "signed", workdays = 5 }',
            "due = { on = 2026-04-20 }",
            [("later", "signed_on")],
        ),
    ],
)
def test_what_cannot_be_is_refused_by_its_place(old, new, found):
    assert problems(changed(old, new)) == found


@pytest.mark.parametrize(
    ("table", "marker", "found"),
    [
        (
            "clauses",
            'ref = "第十条"\n',
            [
                ("no_such_clause", f"clauses[第十条{number}].parent")
                for number in range(1, 6)
            ],
        ),
        ("readings", '"coverage"', [("missing", "readings[coverage]")]),
        (
            "stages",
            "number = 3\n",
            [("does_not_add_up", "stages.rate"), ("does_not_add_up", "stages.amount")],
        ),
    ],
)
def test_what_is_missing_is_named(table, marker, found):
    # What follows the last item of a list in the file goes with it, so none is that.
    content = without(table, marker)

    assert [one for one in problems(content) if one in found] == found


def test_all_problems_are_named_at_once():
    content = TEXT
    for old, new in [
        ("price = 2327640.00", "price = 2327640.01"),
        ("signed_on = 2026-04-21", "signed_on = 2026-04-31"),
    ]:
        content = content.replace(old, new, 1)

    assert problems(content) == [("not_toml", "")]  # the calendar has no 31 April

    content = content.replace("2026-04-31", "2026-04-30", 1)
    content = content.replace('kind = "mutual"', 'kind = "poem"', 1)
    content = content.replace("rate = 0.30", "rate = 0.40", 1)
    content = content.replace('value = "net"', 'value = "some"', 1)

    assert problems(content) == [
        ("not_a_choice", "clauses[首部].kind"),
        ("words_differ", "price_in_words"),
        ("not_its_share", "stages[2].amount"),
        ("does_not_add_up", "stages.rate"),
        ("does_not_add_up", "stages.amount"),
        ("later", "signed_on"),
        ("not_a_choice", "readings[invoice_basis].value"),
    ]


@pytest.mark.parametrize(
    "content", ["", "stages = 3\nclauses = [1]\nreadings = [[]]\n"]
)
def test_a_file_of_something_else_is_refused_without_a_crash(content):
    assert ("missing", "number") in problems(content)


def test_a_credit_code_with_a_wrong_check_character_is_taken_with_a_warning():
    file = parse(changed("006DNG2A", "006DNG2B"))

    (warning,) = file.warnings
    assert (warning.code, warning.path) == ("check_character", "party_b.credit_code")
    assert str(warning) == "party_b.credit_code ends in B, but should end in A."


def test_a_problem_is_worded_for_whoever_mends_the_file():
    with pytest.raises(ContractFileError) as refusal:
        parse(changed("signed_on = 2026-04-21", "signed_on = 2026-05-21"))

    assert str(refusal.value) == (
        "signed_on is 2026-05-21, which is later than effective_on (2026-04-21)."
    )


@pytest.mark.parametrize("fault", Fault, ids=lambda fault: fault.name)
def test_every_sentence_is_filled_from_what_problems_carry(fault):
    names = set(re.findall(r"%\((\w+)\)s", fault.value))
    carried = {"found", "other", "least", "most", "choices", "detail"}

    assert names <= {"path"} | carried
    assert "%" not in str(Problem(fault, "key", dict.fromkeys(carried, "x")))
