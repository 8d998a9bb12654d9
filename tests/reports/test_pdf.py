from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.utils.translation import override
from pypdf import PdfReader

from ops import fonts
from reports import pdf, subsetting
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
)

NOON = datetime(2026, 5, 8, 4, tzinfo=UTC)  # in Beijing
SEAL = "5e" * 32
FONTS = Path(__file__).parents[2] / "var" / "fonts"  # where ./start has them


@pytest.fixture(autouse=True)
def _fonts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the fonts, as ./start does: made once, kept in var."""
    config = fonts.ensure(FONTS)
    monkeypatch.setenv("FONTCONFIG_FILE", str(config))


def make_document(*blocks, **given):
    defaults: dict[str, Any] = {
        "title": "接诉即办日报",
        "issued_at": NOON,
        "sections": (Section("总体情况", blocks),),
    }
    return Document(**defaults | given)


def make_table(rows):
    columns = (Column("工单编号"), Column("主要内容"), Column("受理量", Kind.COUNT))
    return Table(
        "工单",
        columns,
        tuple(
            (f"2026-{n:04d}", "路灯不亮", Figure(n, (("n", "1"),))) for n in range(rows)
        ),
        total=("合计", None, rows),
    )


def written(*blocks, **given):
    with override("en"):
        return pdf.write(make_document(*blocks, **given))


def read(*blocks, **given):
    return PdfReader(BytesIO(written(*blocks, **given)))


def texts(reader):
    return ["".join(page.extract_text().split()) for page in reader.pages]


def fonts_of(reader: Any) -> Iterator[tuple[str, int]]:
    """Yield each font's name and the bytes of it that are embedded."""
    for page in reader.pages:
        for font in page["/Resources"]["/Font"].values():
            (descendant,) = font["/DescendantFonts"]
            descriptor = descendant.get_object()["/FontDescriptor"]
            yield font["/BaseFont"], len(descriptor["/FontFile3"].get_data())


def test_its_text_can_be_read():
    (page,) = texts(
        read(
            Paragraph("今日受理58件。"),
            make_table(2),
            number="第128期",
            facts=(Fact("口径", "全口径"), Fact("数据截止", NOON, Kind.MOMENT)),
            notes=("响应率＝联系数÷有效回访数",),
            signatures=(Fact("编制", "张三"), Fact("审核", None)),
        )
    )

    for words in (
        "接诉即办日报第128期口径全口径数据截止2026-05-0812:00",
        "今日受理58件。",
        "2026-0001路灯不亮1合计—2",
        "响应率＝联系数÷有效回访数",
        "编制张三审核",
        "—1—",
    ):
        assert words in page


def test_sections_are_numbered_as_in_an_official_document():
    sections = tuple(Section(heading, ()) for heading in ("总体情况", "考核排名"))

    with override("zh-hans"):
        reader = PdfReader(BytesIO(pdf.write(make_document(sections=sections))))

    assert "一、总体情况二、考核排名" in texts(reader)[0]


def test_the_paper_is_a4_with_room_for_binding():
    page = read(Paragraph("正文" * 400)).pages[0]

    assert [round(float(side) / 72 * 25.4) for side in page.mediabox[2:]] == [210, 297]


def test_fonts_are_embedded_and_only_what_is_used_of_them():
    embedded = dict(fonts_of(read(Paragraph("今日受理58件。"))))

    assert {name.split("+")[1] for name in embedded} == {
        "Noto-Sans-CJK-SC",
        "Noto-Sans-CJK-SC-Bold",
    }
    assert all(name[7] == "+" for name in embedded)  # the mark of a subset
    assert max(embedded.values()) < 1_000_000  # of fourteen million


def test_without_the_system_library_fonts_are_cut_down_all_the_same(monkeypatch):
    from weasyprint.pdf.fonts import Font  # noqa: PLC0415 # loads Pango

    as_usual = read(Paragraph("今日受理58件。"))
    monkeypatch.setattr(Font, "subset", subsetting.subset)

    by_us = read(Paragraph("今日受理58件。"))

    assert texts(by_us) == texts(as_usual)
    assert dict(fonts_of(by_us)).keys() == dict(fonts_of(as_usual)).keys()
    assert max(dict(fonts_of(by_us)).values()) < 1_000_000


@pytest.mark.parametrize(("library", "taken_over"), [(None, True), (object(), False)])
def test_only_a_missing_library_is_replaced(library, taken_over):
    theirs = SimpleNamespace(harfbuzz_subset=library, Font=SimpleNamespace(subset=None))

    subsetting.install(theirs)

    assert (theirs.Font.subset is subsetting.subset) == taken_over


def test_a_long_table_has_its_heads_on_every_page_and_its_total_once():
    pages = texts(read(make_table(50), seal=SEAL))

    assert len(pages) == 2
    assert all("工单编号主要内容受理量" in page for page in pages)
    assert sum("合计—50" in page for page in pages) == 1


def test_every_page_has_its_number_and_the_seal():
    pages = texts(read(make_table(50), seal=SEAL))

    assert all(f"—{number}—" in page for number, page in enumerate(pages, start=1))
    assert all(SEAL in page for page in pages)


def test_the_digest_is_that_of_the_document():
    given = {"version": 2}

    assert make_document(**given).digest() in texts(read(**given))[-1]
    assert "Version2,drawnupat2026-05-0812:00." in texts(read(**given))[-1]


def test_a_chart_is_drawn_and_has_its_numbers_below_it():
    days = tuple(f"05-{day:02d}" for day in range(1, 31))
    rates = tuple(Decimal(day).scaleb(-2) for day in range(30))
    chart = Chart(
        ChartKind.LINE,
        "三率走势",
        "%",
        days,
        (Series("解决率", rates),),
        values=Kind.RATE,
    )

    page = "".join(texts(read(chart)))

    assert "解决率29.00%" in page  # at the end of the line
    assert "05-2105-2205-23" in page  # in the table
    assert "20.00%21.00%22.00%" in page


def test_what_a_document_says_is_text_and_fetches_nothing(tmp_path):
    secret = tmp_path / "secret.css"
    secret.write_text("body::after { content: 'fetched' }")
    words = f'<link rel="stylesheet" href="{secret.as_uri()}"><script>1</script>'

    (page,) = texts(read(Paragraph(words), Table(words, (Column(words),), ((words,),))))

    assert "fetched" not in page
    assert page.count("<script>1</script>") == 4


@pytest.mark.parametrize(
    "address",
    ["file:///etc/hostname", "http://127.0.0.1:9/", "https://x.test/", "ftp://x.test/"],
)
def test_no_address_is_fetched(address):
    with pytest.raises(ValueError, match="disallowed protocol"):
        pdf.fetcher()(address)


def test_odd_text_does_no_harm():
    odd = "\x00\x1b\ufffe 😀 \u202e הפוך 𠮷 ㎡ ① α" + "長" * 50 + "x" * 200

    reader = read(
        Paragraph(odd), Table("", (Column(odd[:40]),), ((odd,),)), title=odd[:40]
    )

    assert len(reader.pages) == 1


def test_the_same_document_gives_the_same_bytes():
    assert written(make_table(3)) == written(make_table(3))


@pytest.mark.parametrize("config", ["", "/nowhere/fonts.conf"])
def test_without_fonts_it_says_so(monkeypatch, config):
    monkeypatch.setenv("FONTCONFIG_FILE", config)

    with (
        override("en"),
        pytest.raises(pdf.PdfUnavailable, match="fonts for PDFs are missing"),
    ):
        pdf.write(make_document())


def test_the_fonts_are_made_once():
    before = {path: path.stat().st_mtime_ns for path in FONTS.glob("*.otf")}

    config = fonts.ensure(FONTS)

    assert {path: path.stat().st_mtime_ns for path in FONTS.glob("*.otf")} == before
    assert str(FONTS) in config.read_text()
