"""The ledger as a file: what the screen shows, for those who may, for a while."""

from datetime import timedelta
from hashlib import sha256
from html.parser import HTMLParser
from io import BytesIO
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import translation
from django.utils.timezone import now
from openpyxl import load_workbook

from accounts.roles import MAY, Role
from cases import ledger, tasks
from cases.actions import exports as actions
from cases.exports import cover, plain
from cases.exports.orders import Orders, narrowed
from cases.models import Case, CaseStatus, Export, ExportStatus
from contracts.models import AuditEntry, Membership, TransitionRefused
from tests.factories import (
    NOON,
    make_case,
    make_community,
    make_contract,
    make_entry,
    make_unit,
    make_user,
)

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
FORMULAS = ["=1+1", "+8613", "-5", "@SUM(A1)", "\t=1"]


@pytest.fixture(autouse=True)
def _without_second_factor(settings):
    settings.DEMO_WITHOUT_SECOND_FACTOR = True


@pytest.fixture
def manager():
    return make_user(make_contract(), Role.MANAGER, demo=True)


def contract_of(user):
    return Membership.objects.get(user=user).contract


def ask(by, *, query="", columns=(), at=NOON, **given):
    more = {"template": None, "permit": None, "token": uuid4()} | given
    return actions.ask(
        contract_of(by), query=query, columns=list(columns), by=by, at=at, **more
    )


def made(by, *, at=NOON, **given):
    export = ask(by, at=at, **given)
    actions.make(export, at=at)
    export.refresh_from_db()
    assert export.status == ExportStatus.MADE, export.failure
    return export


def book(export):
    with export.file.open() as file:
        return load_workbook(BytesIO(file.read()), rich_text=False)


def rows_of(export):
    """Return the sheet of the ledger as rows of values, its head first."""
    return [list(row) for row in book(export).worksheets[1].iter_rows(values_only=True)]


def about(export):
    return dict(book(export).worksheets[0].iter_rows(values_only=True))


def url(name, user, *args):
    return reverse(f"cases:{name}", args=[contract_of(user).number, *args])


def make_orders(contract, count):
    unit, community = make_unit(contract), make_community(contract)
    for number in range(count):
        make_case(
            contract,
            unit=unit if number % 3 else None,
            community=community if number % 2 else None,
            counted_at=NOON - number * HOUR,
            called_at=NOON - number * HOUR,
            due_at=None if number % 7 == 0 else NOON + (number % 5 - 2) * HOUR,
            urgency="urgent" if number % 4 == 0 else "ordinary",
            title=FORMULAS[number % len(FORMULAS)]
            if number % 2
            else "路灯 13800000001",
            valid_callback=[None, True, False][number % 3],
            status=CaseStatus.CLOSED if number % 5 == 0 else CaseStatus.RECEIVED,
            closed_at=NOON if number % 5 == 0 else None,
        )


# --- What the screen shows ------------------------------------------------------------------


class Cells(HTMLParser):
    """The body of the list: its rows of cells, without what marks an order as urgent."""

    def __init__(self):
        super().__init__()
        self.rows, self.after = [], None
        self._in_body = self._in_cell = self._in_badge = False

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag == "tbody":
            self._in_body = True
        elif tag == "tr" and self._in_body:
            self.rows.append([])
        elif tag in ("th", "td") and self._in_body and given.get("class") != "tick":
            self.rows[-1].append("")
            self._in_cell = True
            self._title = given.get("class") == "long"
        elif tag == "span" and "badge" in given.get("class", "") and self._title:
            self._in_badge = self._in_cell
        elif tag == "a" and given.get("rel") == "next":
            self.after = given["href"]

    def handle_endtag(self, tag):
        if tag == "tbody":
            self._in_body = False
        elif tag in ("th", "td"):
            self._in_cell = False
        elif tag == "span":
            self._in_badge = False

    def handle_data(self, data):
        if self._in_cell and not self._in_badge:
            self.rows[-1][-1] += data


def screen(client, address):
    """Return all rows of a list, page by page, as they are read on it."""
    found = []
    while address:
        answer = client.get(address)
        page = Cells()
        page.feed(answer.text)
        found += [[cell.strip() for cell in row] for row in page.rows]
        after = answer.context["page"].after
        base = address.partition("&after=")[0]
        address = f"{base}&after={after.replace('+', '%2B')}" if after else ""
    return found


def as_shown(value):
    """Return a value of the file as the screen has it."""
    if hasattr(value, "tzinfo"):
        value = value.replace(tzinfo=NOON.tzinfo)
    return str(ledger.shown(value)).strip()


ALL_BUT_CLOCKS = [key for key in ledger.COLUMNS if key not in ("left", "days")]


@pytest.mark.parametrize(
    ("query", "columns"),
    [
        ("", ledger.DEFAULT),
        ("sort=due_at", ["number", "due_at", "status", "valid_callback"]),
        ("open=yes&sort=-due_at", ["number", "title", "unit", "community"]),
        ("", ALL_BUT_CLOCKS),
    ],
)
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_file_says_what_the_screen_says_cell_by_cell(
    client, manager, query, columns, language
):
    make_orders(contract_of(manager), 70)
    Case.objects.filter(due_at=None).update(due_at=NOON)  # else no page goes beyond
    client.force_login(manager)
    client.cookies.load({"django_language": language})
    keys = "&".join(f"columns={key}" for key in columns)
    address = f"{url('list', manager)}?{query}&{keys}"

    with translation.override(language):
        shown = screen(client, address)
        export = made(manager, query=query, columns=columns, at=now())
        head, *rows = rows_of(export)

        assert head == [str(ledger.COLUMNS[key].label) for key in columns]
        assert [[as_shown(value) for value in row] for row in rows] == shown
        assert len(shown) > 50


def test_moments_are_dates_and_numbers_are_numbers(manager):
    make_case(contract_of(manager), urged=3)

    export = made(manager, columns=["counted_at", "urged", "title"])

    cell, urged, title = next(book(export).worksheets[1].iter_rows(min_row=2))
    assert cell.is_date
    assert cell.value == NOON.replace(tzinfo=None)
    assert (urged.data_type, title.data_type) == ("n", "s")


@pytest.mark.parametrize("text", FORMULAS)
def test_what_begins_like_a_formula_is_words(manager, text):
    make_case(contract_of(manager), title=text)

    export = made(manager, columns=["title"])

    cell = book(export).worksheets[1]["A2"]
    assert cell.data_type == "s"
    assert cell.quotePrefix
    assert cell.value.strip() == text.strip()


def test_the_file_says_whose_it_is_and_of_what(manager):
    contract = contract_of(manager)
    make_case(contract)

    export = made(manager, query="q=13800000001&open=yes&basis=assessed")

    said = about(export)
    assert said["Export number"] == f"TZ-20260601-{export.pk}"
    assert said["Basis"] == "Assessed basis"
    assert "138****0001" in said["Filters"]
    assert "Open：Yes" in said["Filters"]
    assert said["Rows"] == "0"
    assert said["Personal data"] == "masked"
    for sheet in book(export):
        printed = f"{sheet.oddHeader.center.text} {sheet.oddFooter.left.text}"
        for part in (contract.number, f"TZ-20260601-{export.pk}", manager.name):
            assert part in printed


def test_a_file_with_more_rows_than_a_sheet_holds_goes_on_in_another(
    manager, monkeypatch
):
    monkeypatch.setattr(plain, "MOST_ROWS", 2)
    for _number in range(5):
        make_case(contract_of(manager))

    sheets = book(made(manager, columns=["number"])).worksheets[1:]

    assert [sheet.max_row - 1 for sheet in sheets] == [2, 2, 1]
    assert [sheet["A1"].value for sheet in sheets] == ["Order number"] * 3


# --- How whole the ledger is ----------------------------------------------------------------


def make_whole(contract, **given):
    named = {"unit": make_unit(contract), "community": make_community(contract)}
    named |= {"category": make_category(contract), "kind": "投诉", "called_at": NOON}
    return make_case(contract, **named | given)


def make_category(contract):
    from cases.models import Category  # noqa: PLC0415

    made, _new = Category.objects.get_or_create(
        contract=contract, name="城市管理->市政->路灯", first="城市管理"
    )
    return made


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        ({}, []),
        ({"kind": "", "called_at": None}, ["kind", "called_at"]),
        ({"closed_at": NOON}, ["result", "reply"]),
        ({"status": "closed", "result": "已修", "reply": "已告知"}, ["closed_at"]),
        ({"valid_callback": True, "contacted": True}, ["solved", "satisfaction"]),
        ({"valid_callback": False}, []),
        ({"transferred_at": NOON, "unit": None}, ["unit"]),
        ({"status": "returned", "kind": ""}, []),
    ],
)
def test_an_order_is_whole_once_it_has_what_it_should_have_by_now(given, missing):
    case = make_whole(make_contract(), **given)

    assert [column.key for column in ledger.missing(case)] == missing


@pytest.mark.parametrize(("after", "late"), [(2 * HOUR, False), (3 * HOUR, True)])
def test_a_line_recorded_more_than_two_hours_after_is_late(manager, after, late):
    case = make_whole(contract_of(manager))
    make_entry(case, kind="contacted", at=NOON, recorded_at=NOON + after)

    export = made(manager, columns=["complete", "late", "missing"])

    words = "Yes" if late else "No"
    assert rows_of(export)[1] == ["Yes", words, None]
    assert (export.rows, export.complete, export.late) == (1, 1, int(late))


def test_the_share_of_whole_rows_stands_on_the_file_and_on_its_page(client, manager):
    make_whole(contract_of(manager))
    for _number in range(3):
        make_case(contract_of(manager))

    export = made(manager)
    client.force_login(manager)

    assert about(export)["Whole rows"] == "1 (25.0\xa0%)"
    assert "25.0\xa0%" in client.get(export.get_absolute_url()).text


# --- Made once, given up, tried again, deleted -----------------------------------------------


def test_a_form_sent_twice_asks_for_one_file(client, manager):
    client.force_login(manager)
    form = {"query": "", "columns": ["number"], "token": str(uuid4())}

    answers = [client.post(url("export-new", manager), form) for _n in range(2)]

    assert [answer.status_code for answer in answers] == [302, 302]
    assert Export.objects.count() == 1


def test_the_columns_and_the_order_of_the_list_are_the_file_s(client, manager):
    client.force_login(manager)
    query = "?sort=due_at&columns=number&columns=unit&columns=title"

    form = client.get(url("export-new", manager) + query).context["form"]

    assert form.initial["columns"] == ["number", "unit", "title"]
    assert [key for key, _label in form.fields["columns"].choices][:3] == [
        "number",
        "unit",
        "title",
    ]
    assert form["query"].value() == "sort=due_at"


def test_who_is_at_work_on_a_file_is_left_alone(manager, monkeypatch):
    export = ask(manager)
    monkeypatch.setattr(actions, "turn", never)

    actions.make(export, at=NOON)

    assert Export.objects.get().tries == 0


def never(_kind, _pk):
    from contextlib import nullcontext  # noqa: PLC0415

    return nullcontext(False)


def test_a_file_is_made_once(manager):
    export = made(manager)

    actions.make(export, at=NOON + HOUR)

    again = Export.objects.get()
    assert (again.made_at, again.digest) == (NOON, export.digest)
    with again.file.open() as file:
        assert sha256(file.read()).hexdigest() == again.digest


def test_a_file_that_is_given_up_leaves_nothing_behind(manager, settings):
    make_case(contract_of(manager))
    export = ask(manager)
    fresh = Export.objects.get()
    actions.cancel(fresh, by=manager, at=NOON)

    actions.make(export, at=NOON)

    assert Export.objects.get().status == ExportStatus.CANCELLED
    assert files(settings) == []


def test_a_file_given_up_half_way_stops(manager, settings, monkeypatch):
    make_case(contract_of(manager))
    export = ask(manager)

    def give_up(record, done, total):
        Export.objects.update(status=ExportStatus.CANCELLED)

    monkeypatch.setattr(actions, "report", give_up)
    actions.make(export, at=NOON)

    assert Export.objects.get().status != ExportStatus.MADE
    assert files(settings) == []


def files(settings):
    return [path for path in settings.MEDIA_ROOT.rglob("*") if path.is_file()]


def test_three_tries_in_vain_are_enough_and_a_person_may_ask_for_more(
    client, manager, monkeypatch
):
    export = ask(manager)
    monkeypatch.setattr(actions, "_write", fall_over)
    for _try in range(3):
        with pytest.raises(ZeroDivisionError):
            actions.make(export, at=NOON)
    actions.make(export, at=NOON)
    assert Export.objects.get().status == ExportStatus.FAILED
    monkeypatch.undo()

    client.force_login(manager)
    page = client.get(export.get_absolute_url()).text
    client.post(url("export-retry", manager, export.pk))
    actions.make(Export.objects.get(), at=NOON)

    assert "in vain" in page
    assert Export.objects.get().status == ExportStatus.MADE


def fall_over(*_args, **_kwargs):
    raise ZeroDivisionError


def test_who_has_lost_the_right_gets_no_file(manager):
    export = ask(manager)
    Membership.objects.filter(user=manager).update(role=Role.UNIT)

    actions.make(export, at=NOON)

    failed = Export.objects.get()
    assert failed.status == ExportStatus.FAILED
    assert failed.failure == "Whoever asked for this file has lost the right to it."


def test_nobody_has_more_than_a_few_in_the_making(manager):
    for _number in range(actions.MOST_AT_ONCE):
        ask(manager)

    with pytest.raises(actions.ExportRefused):
        ask(manager)


def test_a_file_is_deleted_in_time_and_its_row_stays(manager, settings):
    export = made(manager, at=now() - timedelta(days=settings.EXPORT_DAYS + 1))
    path = export.file.path

    tasks.expire_exports()
    tasks.expire_exports()

    export.refresh_from_db()
    assert (export.status, export.file.name) == (ExportStatus.EXPIRED, "")
    assert export.digest
    assert not files(settings), path


def test_a_file_whose_row_expired_first_is_found_again(manager, settings):
    export = made(manager, at=now())
    Export.objects.update(status=ExportStatus.EXPIRED)

    tasks.expire_exports()

    assert files(settings) == []
    assert Export.objects.get(pk=export.pk).file.name == ""


# --- Taken away -----------------------------------------------------------------------------


@pytest.mark.parametrize("role", Role)
def test_a_file_is_for_the_roles_that_may_export(client, manager, role):
    export = made(manager, at=now())
    client.force_login(make_user(contract_of(manager), role, demo=True))

    answer = client.get(url("export-file", manager, export.pk))
    answer.getvalue()

    assert answer.status_code == (200 if role in MAY["cases.export"] else 403)


def test_a_file_is_saved_and_not_shown_and_who_took_it_is_known(client, manager):
    export = made(manager, at=now())
    client.force_login(manager)

    answer = client.get(url("export-file", manager, export.pk))

    assert sha256(answer.getvalue()).hexdigest() == export.digest
    assert answer["Content-Disposition"].startswith("attachment; filename=")
    assert answer["X-Content-Type-Options"] == "nosniff"
    entry = AuditEntry.objects.about(export).get(became="downloaded")
    assert (entry.by, entry.note) == (manager, export.digest)


def test_a_file_of_another_contract_does_not_exist(client, manager):
    export = made(manager, at=now())
    other = make_user(make_contract(), Role.MANAGER, demo=True)
    client.force_login(other)

    assert client.get(url("export-file", manager, export.pk)).status_code == 404
    assert client.get(url("export-file", other, export.pk)).status_code == 404
    assert client.get(url("export", other, export.pk)).status_code == 404


def test_a_file_that_was_exchanged_is_not_handed_out(client, manager, settings):
    export = made(manager, at=now())
    (settings.MEDIA_ROOT / export.file.name).write_bytes(b"PK")
    client.force_login(manager)

    answer = client.get(url("export-file", manager, export.pk))

    assert answer.status_code == 422
    assert "not the one that was made" in answer.text
    assert not AuditEntry.objects.filter(became="downloaded").exists()


def test_an_expired_file_is_not_handed_out(client, manager):
    export = made(manager)
    Export.objects.filter(pk=export.pk).update(expires_at=NOON)
    client.force_login(manager)

    assert client.get(url("export-file", manager, export.pk)).status_code == 422


def test_only_what_is_in_the_making_is_given_up(manager):
    export = made(manager)

    with pytest.raises(TransitionRefused):
        actions.cancel(export, by=manager, at=NOON)


# --- Costs and odds ---------------------------------------------------------------------------


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_of_exports_asks_no_more_for_three(
    client, manager, count, django_assert_max_num_queries
):
    for _number in range(count):
        ask(manager)
    client.force_login(manager)
    client.get(url("exports", manager))

    with django_assert_max_num_queries(12):
        answer = client.get(url("exports", manager))

    assert len(answer.context["page"].rows) == count


@pytest.mark.parametrize("count", [1, 3])
def test_an_export_takes_as_many_queries_for_three_orders_as_for_one(
    manager, count, django_assert_num_queries
):
    for _number in range(count):
        make_whole(contract_of(manager))
    export = ask(manager, columns=ALL_BUT_CLOCKS)
    orders = Orders(export, Role.MANAGER)

    with django_assert_num_queries(1):
        assert len(list(orders.lines())) == count


@pytest.mark.parametrize(
    "query",
    ["\x00", "q=%00", "sort=x&sort=y", "since=9999", "columns=x", "q=" + "x" * 1900],
)
def test_a_query_may_hold_anything(client, manager, query):
    client.force_login(manager)

    answer = client.post(
        url("export-new", manager), {"query": query, "token": str(uuid4())}
    )
    for export in Export.objects.all():
        actions.make(export, at=NOON)

    assert answer.status_code in (302, 422)
    assert not Export.objects.owed().exists()


def test_what_a_list_is_narrowed_to_is_written_in_one_way():
    query = (
        "status=signed&sort=due_at&status=closed&q=%E6%B0%B4&columns=number&nothing=1"
    )

    assert narrowed(query) == narrowed("q=水&status=closed&status=signed&after=x")


@pytest.mark.parametrize("key", ledger.COLUMNS)
def test_every_column_has_a_heading_of_its_own(key):
    assert ledger.key_of(ledger.COLUMNS[key].heading) == key


def test_no_orders_no_share():
    assert cover.wholeness(0, 0) is None
