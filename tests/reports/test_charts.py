from decimal import Decimal
from itertools import pairwise
from typing import Any
from xml.etree import ElementTree

import pytest
from django.utils.translation import override
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.charts import COLOURS, svg
from reports.document import Chart, ChartKind, Figure, Kind, Series
from reports.geometry import WIDTH, Scale, apart, cut, scale_between, stack, wide

SPACE = "{http://www.w3.org/2000/svg}"
LONG = "住房城乡建设、物业管理与停车秩序"


def make_chart(*series, kind=ChartKind.BAR, **given):
    count = len(series[0]) if series else 0
    defaults: dict[str, Any] = {
        "title": "走势",
        "unit": "件",
        "categories": tuple(f"05-{day:02d}" for day in range(1, count + 1)),
        "series": tuple(
            Series(f"第{number}列", tuple(values))
            for number, values in enumerate(series, 1)
        ),
    }
    return Chart(kind=kind, **defaults | given)


def drawn(chart, **given):
    with override("en"):
        return ElementTree.fromstring(svg(chart, **given))  # noqa: S314 # our own


def texts(root):
    return [element.text for element in root.iter(f"{SPACE}text") if element.text]


def bars(root):
    """Return the bars' rectangles: those that have words of their own."""
    return [
        box
        for name in ("g", "a")
        for group in root.iter(f"{SPACE}{name}")
        for box in group.findall(f"{SPACE}rect")
    ]


# --- Scales and room


@pytest.mark.parametrize(
    ("low", "high", "whole", "ticks"),
    [
        ("0", "43", True, [0, 10, 20, 30, 40, 50]),
        ("0", "5", True, [0, 1, 2, 3, 4, 5]),
        ("0", "1", True, [0, 1]),
        ("0", "0", True, [0, 1]),
        ("0", "11", True, [0, 5, 10, 15]),
        ("0", "1", False, ["0", "0.2", "0.4", "0.6", "0.8", "1"]),
        ("0.84", "0.97", False, ["0.80", "0.85", "0.90", "0.95", "1"]),
        ("-12", "30", True, [-20, -10, 0, 10, 20, 30]),
        ("0", "123456789", True, [n * 25_000_000 for n in range(6)]),
    ],
)
def test_ticks_are_round(low, high, whole, ticks):
    scale = scale_between(Decimal(low), Decimal(high), whole=whole)

    assert scale.ticks == [Decimal(tick) for tick in ticks]


NUMBERS = st.decimals(-(10**12), 10**12, places=4)


@given(NUMBERS, NUMBERS, st.booleans())
def test_a_scale_holds_both_its_ends(one, other, whole):
    low, high = sorted((one, other))

    scale = scale_between(low, high, whole=whole)

    assert scale.low <= low <= high <= scale.high
    assert 2 <= len(scale.ticks) <= 8
    assert scale.ticks[-1] == scale.high
    assert {b - a for a, b in pairwise(scale.ticks)} == {scale.step}
    assert not whole or scale.step == scale.step.to_integral_value()


@pytest.mark.parametrize(
    ("step", "tick", "kind", "label"),
    [
        ("20", "1000", Kind.COUNT, "1,000"),
        ("0.05", "0.95", Kind.RATE, "95%"),
        ("0.025", "0.975", Kind.RATE, "97.5%"),
        ("0.5", "2.5", Kind.SCORE, "2.5"),
        ("20000", "40000", Kind.MONEY, "40,000"),
        ("0.2", "-0.2", Kind.CHANGE, "-20%"),
    ],
)
def test_ticks_have_no_more_places_than_they_need(step, tick, kind, label):
    assert (
        Scale(Decimal(0), Decimal(1), Decimal(step)).label(Decimal(tick), kind) == label
    )


def test_a_stack_grows_both_ways_from_zero():
    pieces = stack([Decimal(3), Decimal(-2), None, Decimal(4), Decimal(-1)])

    ends = [piece and tuple(map(int, piece)) for piece in pieces]
    assert ends == [(0, 3), (0, -2), None, (3, 7), (-2, -3)]


@given(st.text(st.characters(codec="utf-8"), max_size=30), st.integers(20, 200))
def test_a_text_is_cut_to_its_room(text, room):
    short = cut(text, room)

    assert short == text or (
        text.startswith(short.removesuffix("…")) and short[-1] == "…"
    )
    assert wide(short) <= room or len(short) == 2


@given(st.lists(st.floats(20, 220), max_size=5))
def test_labels_do_not_lie_over_each_other(wanted):
    placed = apart(wanted, least=14, top=20, bottom=220)

    assert all(below - above > 13.999 for above, below in pairwise(sorted(placed)))
    assert [
        rank for rank, _at in sorted(enumerate(placed), key=lambda item: item[1])
    ] == (sorted(range(len(wanted)), key=wanted.__getitem__))
    assert all(19.999 <= at <= 220.001 for at in placed)


# --- What is drawn


def test_each_number_has_a_bar_and_each_bar_its_words():
    root = drawn(make_chart([3, 0, None, 5]))

    assert len(bars(root)) == 3
    assert [title.text for title in root.iter(f"{SPACE}title")] == [
        "走势",
        "05-01 · 第1列: 3 件",
        "05-02 · 第1列: 0 件",
        "05-04 · 第1列: 5 件",
    ]


def test_bars_are_as_high_as_their_numbers():
    heights = [
        float(bar.get("height")) for bar in bars(drawn(make_chart([10, 20, 40])))
    ]

    assert heights == pytest.approx([50, 100, 200], abs=0.2)


def test_the_axes_say_what_they_count():
    root = drawn(make_chart([3, 8], across="日期"))

    assert {"Unit: 件", "日期", "05-01", "05-02", "0", "2", "8"} <= set(texts(root))


def test_a_chart_tells_those_who_do_not_see_it():
    root = drawn(
        make_chart([Decimal("0.85"), Decimal("0.9")], values=Kind.RATE, unit="%")
    )

    assert root.get("role") == "img"
    assert root.findtext(f"{SPACE}title") == "走势"
    assert root.findtext(f"{SPACE}desc") == "第1列: from 85.00% to 90.00%"


@pytest.mark.parametrize("kind", ChartKind)
def test_every_figure_opens_its_list(kind):
    values = [Figure(3, (("day", "1"),)), 4, Figure(None, (("day", "3"),))]

    root = drawn(make_chart(values, kind=kind), list_url="/cases/")

    links = list(root.iter(f"{SPACE}a"))
    assert [link.get("href") for link in links] == ["/cases/?day=1"]
    assert links[0].get("aria-label") == "05-01 · 第1列: 3 件"
    assert root.get("role") == "group"  # an image may not have links in it


@pytest.mark.parametrize("kind", ChartKind)
def test_without_a_list_nothing_is_a_link(kind):
    root = drawn(make_chart([Figure(3, (("day", "1"),))], kind=kind))

    assert list(root.iter(f"{SPACE}a")) == []


def test_a_gap_in_a_line_is_a_gap():
    root = drawn(make_chart([1, 2, None, 4, 5], kind=ChartKind.LINE))

    line = next(
        path for path in root.iter(f"{SPACE}path") if path.get("fill") == "none"
    )
    assert line.get("d").count("M") == 2
    assert line.get("d").count("L") == 2


def test_lines_are_named_at_their_ends_and_differ_without_colour():
    root = drawn(make_chart(*[[1, 2]] * 5, kind=ChartKind.LINE))

    lines = [path for path in root.iter(f"{SPACE}path") if path.get("stroke")]
    assert len({line.get("stroke-dasharray") for line in lines}) == 5
    assert [text for text in texts(root) if text.startswith("第")] == [
        f"第{number}列 2" for number in range(1, 6)
    ]


@pytest.mark.parametrize("kind", [ChartKind.BAR, ChartKind.STACKED])
def test_bars_have_a_legend_and_differ_without_colour(kind):
    root = drawn(make_chart(*[[1, 2]] * 5, kind=kind))

    hatches = {pattern.get("id") for pattern in root.iter(f"{SPACE}pattern")}
    assert len(hatches) == 4  # and one is plain
    assert len({bar.get("fill") for bar in bars(root)}) == 5
    assert [text for text in texts(root) if text.startswith("第")] == [
        f"第{number}列" for number in range(1, 6)
    ]


def test_bars_with_long_names_lie_down():
    names = tuple(f"{LONG}之{number}" for number in range(6))

    standing = bars(drawn(make_chart([4] * 6)))[0]
    lying = bars(drawn(make_chart([4] * 6, categories=names)))[0]

    assert float(standing.get("height")) > float(standing.get("width"))
    assert float(lying.get("width")) > float(lying.get("height"))


def test_a_line_far_above_zero_need_not_stand_on_it_but_bars_do():
    rates = [Decimal("0.93"), Decimal("0.97")]

    line = drawn(make_chart(rates, kind=ChartKind.LINE, values=Kind.RATE))
    bar = drawn(make_chart(rates, values=Kind.RATE))

    assert "0%" not in texts(line)
    assert "0%" in texts(bar)


@pytest.mark.parametrize(
    "chart",
    [
        make_chart(),
        make_chart([]),
        make_chart([None, None]),
        make_chart([None], kind=ChartKind.LINE),
        make_chart([None], [None], kind=ChartKind.STACKED),
    ],
)
def test_where_nothing_is_known_the_chart_says_so(chart):
    assert texts(drawn(chart)) == ["No data for this chart."]


CHARTS = st.builds(
    lambda columns, kind, name, values: make_chart(
        *zip(*columns, strict=True),
        kind=kind,
        values=values,
        categories=tuple(f"{name}{index}" for index in range(len(columns))),
    ),
    columns=st.integers(1, 5).flatmap(
        lambda count: st.lists(
            st.tuples(*[st.none() | st.integers(-(10**13), 10**13)] * count),
            min_size=1,
            max_size=60,
        )
    ),
    kind=st.sampled_from(ChartKind),
    name=st.sampled_from(["", "05-", LONG, 'a < b & "c"', "x" * 80]),
    values=st.sampled_from([Kind.COUNT, Kind.RATE, Kind.MONEY, Kind.CHANGE]),
)


@settings(deadline=None)  # a drawing of sixty bars, on whatever machine
@given(CHARTS)
def test_whatever_is_drawn_stays_on_the_drawing(chart):
    root = drawn(chart)

    _x, _y, width, height = map(float, root.get("viewBox").split())
    assert width == WIDTH
    for box in root.iter(f"{SPACE}rect"):
        x, y, across, down = (
            float(box.get(k, 0)) for k in ("x", "y", "width", "height")
        )
        assert x >= -0.1
        assert y >= -0.1
        assert x + across <= width + 0.1
        assert y + down <= height + 0.1
    for text in root.iter(f"{SPACE}text"):
        assert 0 <= float(text.get("x")) <= width
        assert 0 <= float(text.get("y")) <= height


def test_text_is_escaped_and_nothing_needs_a_script_or_a_style():
    words = "<script>\"'&</script>"

    drawing = svg(
        make_chart(
            [Figure(1, ((words, words),))], [2],
            title=words, unit=words, across=words, categories=(words,),
        ),
        list_url="/cases/",
    )  # fmt: skip

    assert "<script" not in drawing
    assert "style=" not in drawing
    assert drawn(make_chart([1], title=words)).findtext(f"{SPACE}title") == words


def _luminance(colour):
    def linear(value):
        return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4

    red, green, blue = (linear(int(colour[i : i + 2], 16) / 255) for i in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_the_colours_survive_a_grey_printer_and_stand_out_from_paper():
    lights = sorted(_luminance(colour) for colour in COLOURS)
    lightness = [116 * light ** (1 / 3) - 16 for light in lights]

    assert all(b - a >= 8 for a, b in pairwise(lightness))
    assert 1.05 / (lights[-1] + 0.05) >= 3
