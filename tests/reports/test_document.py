import json
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from hashlib import sha256
from typing import Any

import pytest
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy, override
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.document import (
    Chart,
    ChartKind,
    Column,
    Document,
    Fact,
    Figure,
    Kind,
    Paragraph,
    Section,
    Series,
    Table,
    show,
)

NOON = datetime(2026, 5, 8, 4, tzinfo=UTC)  # in Beijing


def make_document(*blocks, **given):
    defaults: dict[str, Any] = {
        "title": "接诉即办日报",
        "issued_at": NOON,
        "sections": (Section("总体情况", blocks),),
    }
    return Document(**defaults | given)


def make_table(*rows, kind=Kind.COUNT, **given):
    columns = (Column("社区"), Column("受理量", kind))
    return Table("受理情况", columns, rows, **given)


def make_chart(*values, **given):
    categories = tuple(f"05-{day:02d}" for day in range(1, len(values) + 1))
    defaults: dict[str, Any] = {"kind": ChartKind.BAR, "title": "走势", "unit": "件"}
    return Chart(
        **defaults
        | {"categories": categories, "series": (Series("受理量", values),)}
        | given
    )


@pytest.mark.parametrize(
    ("value", "kind", "shown"),
    [
        (1234567, Kind.COUNT, "1,234,567"),
        (0, Kind.COUNT, "0"),
        (Decimal("0.8765"), Kind.RATE, "87.65%"),
        (Decimal(1), Kind.RATE, "100.00%"),
        (Decimal("0.125"), Kind.CHANGE, "+12.50%"),
        (Decimal("-0.125"), Kind.CHANGE, "-12.50%"),
        (Decimal(0), Kind.CHANGE, "0.00%"),
        (Decimal("0.25"), Kind.POINTS, "+0.25"),
        (Decimal("-1.3"), Kind.POINTS, "-1.30"),
        (Decimal(0), Kind.POINTS, "0.00"),
        (Decimal("85.2"), Kind.SCORE, "85.2"),
        (Decimal(2327640), Kind.MONEY, "2,327,640.00"),
        (NOON, Kind.MOMENT, "2026-05-08 12:00"),
        ("第一社区", Kind.TEXT, "第一社区"),
        ("新增", Kind.CHANGE, "新增"),
        ("", Kind.TEXT, "—"),
        *((None, kind, "—") for kind in Kind),
    ],
)
def test_how_values_are_written(value, kind, shown):
    assert show(value, kind) == shown


def test_a_day_says_which_weekday_it_is():
    with override("en"):
        assert show(date(2026, 5, 8), Kind.DAY) == "2026-05-08 Fri"


@pytest.mark.parametrize("broken", [(1,), (1, 2, 3)])
def test_a_row_fits_its_columns(broken):
    with pytest.raises(ValueError, match="does not fit its columns"):
        make_table(broken)
    with pytest.raises(ValueError, match="does not fit its columns"):
        make_table(total=broken)


def test_a_chart_has_no_more_series_than_can_be_told_apart():
    five = tuple(Series(str(number), (1, 2)) for number in range(5))

    assert make_chart(1, 2, series=five).series == five
    with pytest.raises(ValueError, match="more series than can be told apart"):
        make_chart(1, 2, series=(*five, Series("6", (1, 2))))


@pytest.mark.parametrize(
    "broken",
    [
        {"series": (Series("受理量", (1,)),)},
        {"values": Kind.TEXT},
        {"values": Kind.MOMENT},
        {"kind": "pie"},
    ],
)
def test_a_chart_that_cannot_be_drawn_is_refused(broken):
    with pytest.raises(ValueError, match=r"fit|drawn|pie"):
        make_chart(1, 2, **broken)


def test_a_chart_has_its_numbers_as_a_table():
    figure = Figure(3, (("day", "2026-05-02"),))

    table = make_chart(1, figure, across="日期", values=Kind.COUNT).table

    assert table == Table(
        "走势",
        (Column("日期"), Column("受理量", Kind.COUNT)),
        (("05-01", 1), ("05-02", figure)),
    )


# --- Written down


TEXTS = st.text(st.characters(codec="utf-8"), max_size=12)
VALUES = st.one_of(
    st.none(),
    TEXTS,
    st.integers(),
    st.decimals(allow_nan=False, allow_infinity=False),
    st.dates(),
    st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=8))])),
)
CELLS = VALUES | st.builds(
    Figure, VALUES, st.lists(st.tuples(TEXTS, TEXTS), max_size=2).map(tuple)
)
TABLES = st.lists(st.tuples(CELLS, CELLS), max_size=4).map(
    lambda rows: make_table(*rows)
)
CHARTS = st.lists(CELLS, max_size=4).map(lambda values: make_chart(*values))
FACTS = st.lists(st.builds(Fact, TEXTS, VALUES, st.sampled_from(Kind)), max_size=2).map(
    tuple
)
DOCUMENTS = st.builds(
    Document,
    title=TEXTS,
    issued_at=st.datetimes(timezones=st.just(UTC)),
    sections=st.lists(
        st.builds(
            Section,
            TEXTS,
            st.lists(st.builds(Paragraph, TEXTS) | TABLES | CHARTS, max_size=3).map(
                tuple
            ),
        ),
        max_size=2,
    ).map(tuple),
    number=TEXTS,
    version=st.integers(1, 9),
    facts=FACTS,
    notes=st.lists(TEXTS, max_size=2).map(tuple),
    signatures=FACTS,
    seal=TEXTS,
)


@settings(deadline=None)
@given(DOCUMENTS)
def test_what_was_written_down_is_read_back(document):
    written = json.dumps(document.to_json())

    read = Document.from_json(json.loads(written))

    assert read == document
    assert read.digest() == document.digest()


def test_the_digest_is_that_of_the_canonical_text():
    # Spelt out, so that no later change moves the digests that are on paper.
    text = (
        '{"document":{"facts":[],"issued_at":{"moment":"2026-05-08T04:00:00+00:00"},'
        '"notes":[],"number":"","seal":"","sections":[{"section":{"blocks":'
        '[{"paragraph":{"text":"乙"}}],"heading":"甲"}}],"signatures":[],'
        '"title":"日报","version":1},"format":1}'
    )

    document = Document("日报", NOON, (Section("甲", (Paragraph("乙"),)),))

    assert document.digest() == sha256(text.encode()).hexdigest()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ((1, 2), (1, 3)),
        ((1, 2), (1, "2")),
        ((1, 2), (1, None)),
        ((1, Decimal("0.50")), (1, Decimal("0.5"))),
        ((1, 2), (1, Figure(2, (("a", "b"),)))),
        ((1, date(2026, 5, 8)), (1, "2026-05-08")),
    ],
)
def test_the_digest_shows_every_change(before, after):
    assert (
        make_document(make_table(before)).digest()
        != make_document(make_table(after)).digest()
    )


def test_one_moment_has_one_digest_whatever_its_zone():
    beijing = NOON.astimezone(timezone(timedelta(hours=8)))

    assert make_document(issued_at=beijing).digest() == make_document().digest()


@pytest.mark.parametrize(
    "value",
    [0.5, True, datetime(2026, 5, 8), gettext_lazy("Case"), ["a"], {"a": 1}, b"a"],  # noqa: DTZ001
)
def test_what_has_no_place_in_a_document_is_not_written_down(value):
    with pytest.raises(TypeError, match="has no place in a document"):
        make_document(make_table(("a", value))).to_json()


@pytest.mark.parametrize(
    "packed", [None, [], {}, "", {"format": 1}, {"format": 2, "document": {}}]
)
def test_what_is_not_a_document_is_not_read(packed):
    with pytest.raises(ValueError, match="not a document"):
        Document.from_json(packed)


# --- On the page


def on_page(*blocks, list_url="", **given):
    document = make_document(*blocks, **given)
    context = {"document": document, "list_url": list_url}
    with override("en"):
        return " ".join(render_to_string("reports/_document.html", context).split())


def test_a_figure_opens_its_list():
    figure = Figure(42, (("unit", "3"), ("q", "a&b")))

    html = on_page(make_table(("a", figure)), list_url="/cases/")

    assert '<a href="/cases/?unit=3&amp;q=a%26b">42</a>' in html


def test_a_figure_is_a_plain_number_where_there_is_no_list():
    html = on_page(make_table(("a", Figure(42, (("unit", "3"),)))))

    assert '<td class="number"> 42 </td>' in html


def test_numbers_stand_right_and_what_is_empty_shows_a_dash():
    html = on_page(
        make_table(("a", None), total=("合计", 7), note="说明"), make_table()
    )

    assert '<td class="number"> — </td>' in html
    assert (
        '<tfoot> <tr> <td > 合计 </td> <td class="number"> 7 </td> </tr> </tfoot>'
        in html
    )
    assert '<td colspan="2">—</td>' in html
    assert '<p class="help">说明</p>' in html


def test_a_chart_stands_beside_its_numbers():
    html = on_page(make_chart(1, 2))

    assert html.count('class="chart"') == html.count("<details") == 1
    assert '<th scope="col" class="number">受理量</th>' in html


def test_what_a_document_says_is_text_and_nothing_else():
    words = "<script>alert(1)</script>\" onload='x'"

    html = on_page(
        Paragraph(words),
        make_table((words, Figure(1, ((words, words),))), note=words),
        make_chart(1, title=words, unit=words, categories=(words,)),
        facts=(Fact(words, words),),
        notes=(words,),
        list_url="/cases/",
    )

    assert "<script" not in html
    assert "onload='" not in html
    assert " style=" not in html
