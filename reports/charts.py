"""Charts as SVG, the same for a page and for a PDF.

Colours, sizes and dashes are presentation attributes, which is what the PDF shows; a
page's style sheet goes over them by class, and so follows its theme. Nothing here needs
a script or a `style`, and all text is escaped.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from hashlib import sha256
from itertools import groupby

from django.forms.utils import flatatt
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from .document import Cell, Chart, ChartKind, Figure, Kind, show, value_of
from .geometry import (
    END_LABEL,
    FONT_SIZE,
    GAP,
    LINE,
    LONG_LABEL,
    SIDE_LABEL,
    WIDEST_BAR,
    WIDTH,
    Frame,
    Numbers,
    apart,
    cut,
    end_labels,
    frame_for,
    stack,
    wide,
    widest,
)

SWATCH = 12
MOST_MARKED = 31  # points on a line that are worth a mark each

#: Five that differ in lightness by eight steps or more, and stand out from white.
COLOURS = ("#0f3865", "#d47d20", "#1b7468", "#8b6fb3", "#454e5c")
DASHES = ("", "7 3", "2 3", "9 3 2 3", "4 4")
#: Drawn in white over a bar's colour, so that bars differ in grey as well.
HATCHES = ("", "M0 6 L6 0", "M0 3 L6 3", "M3 0 L3 6", "M0 0 L6 6")
#: The marks on lines, around the point.
MARKS = (
    "M-3 0 A3 3 0 1 1 3 0 A3 3 0 1 1 -3 0 Z",
    "M-3 -3 H3 V3 H-3 Z",
    "M0 -4 L4 3 H-4 Z",
    "M0 -4 L4 0 L0 4 L-4 0 Z",
    "M-4 -3 H4 L0 4 Z",
)
#: Around a point on a line, easier to meet than its mark.
HIT = "M-8 -8 H8 V8 H-8 Z"
TEXT, SOFT, RULE, AXIS, GROUND = "#1a2330", "#536072", "#dde2e9", "#7c889a", "#ffffff"


def svg(chart: Chart, *, list_url: str = "") -> SafeString:
    """Draw a chart. With a `list_url`, each figure that has a query opens its list."""
    numbers = [[_number(cell) for cell in line.values] for line in chart.series]
    if all(number is None for line in numbers for number in line):
        words = _text(0, LINE, _("No data for this chart."))
        return _root(chart, words, height=2 * LINE)
    return _Drawing(chart, numbers, list_url).drawn()


def _number(cell: Cell) -> Decimal | None:
    value = value_of(cell)
    return Decimal(value) if isinstance(value, int | Decimal) else None


@dataclass(frozen=True)
class _Drawing:
    chart: Chart
    numbers: Numbers
    list_url: str

    def drawn(self) -> SafeString:
        match self.chart.kind:
            case ChartKind.LINE:
                data = self._lines()
            case ChartKind.STACKED:
                data = self._stacks()
            case ChartKind.BAR:
                data = self._bars()
        parts = _join([*self._hatches(), *self._legend(), *self._axes(), *data])
        return _root(
            self.chart,
            parts,
            height=self.frame.bottom + 2 * LINE + GAP,
            has_links="<a " in parts,
        )

    @cached_property
    def frame(self) -> Frame:
        lines = {y for _x, y, _index in self._names}
        return frame_for(self.chart, self.numbers, legend_lines=len(lines))

    @cached_property
    def several_bars(self) -> bool:
        return self.chart.kind is not ChartKind.LINE and len(self.chart.series) > 1

    # --- Around the plot

    @cached_property
    def _names(self) -> list[tuple[float, float, int]]:
        """Where the legend's names stand. Lines have theirs at their ends."""
        names: list[tuple[float, float, int]] = []
        x, y = 0.0, float(LINE)
        for index, line in enumerate(self.chart.series if self.several_bars else ()):
            width = SWATCH + GAP / 2 + wide(line.label) + 2 * GAP
            if x and x + width > WIDTH:
                x, y = 0, y + LINE
            names.append((x, y, index))
            x += width
        return names

    def _legend(self) -> Iterator[SafeString]:
        for x, y, index in self._names:
            box = {"x": x, "y": y - SWATCH + 2, "width": SWATCH, "height": SWATCH}
            yield _tag("rect", **box, **self._filled(index))
            label = cut(self.chart.series[index].label, WIDTH - SWATCH - 2 * GAP)
            yield _text(x + SWATCH + GAP / 2, y, label)

    def _axes(self) -> Iterator[SafeString]:
        frame, chart = self.frame, self.chart
        for tick in frame.scale.ticks:
            at, label = frame.at(tick), frame.scale.label(tick, chart.values)
            looks = _stroke("axis", AXIS) if not tick else _stroke("rule", RULE)
            if frame.lying:
                yield _tag("line", x1=at, x2=at, y1=frame.top, y2=frame.bottom, **looks)
                yield _text(at, frame.bottom + LINE, label, anchor="middle")
            else:
                yield _tag("line", x1=frame.left, x2=frame.right, y1=at, y2=at, **looks)
                yield _text(frame.left - GAP / 2, at + 4, label, anchor="end")
        yield from self._categories()

        unit = _("Unit: %(unit)s") % {"unit": chart.unit} if chart.unit else ""
        above, below = (chart.across, unit) if frame.lying else (unit, chart.across)
        yield _text(0, frame.top - LINE + GAP / 2, above)
        middle = (frame.left + frame.right) / 2
        yield _text(middle, frame.bottom + 2 * LINE, below, anchor="middle")

    def _categories(self) -> Iterator[SafeString]:
        frame, labels = self.frame, self.chart.categories
        step = frame.label_step(labels)
        # Back from the last, which in a run of days is the one people look for.
        for index in range(len(labels) - 1, -1, -step):
            label, at = labels[index], frame.middle(index)
            if frame.lying:
                short = cut(label, SIDE_LABEL)
                text = _text(frame.left - GAP / 2, at + 4, short, anchor="end")
            else:
                short = cut(label, max(LONG_LABEL, frame.slot - GAP))
                at = min(at, WIDTH - wide(short) / 2)
                text = _text(at, frame.bottom + LINE, short, anchor="middle")
            yield text if short == label else _tag("g", _tag("title", label), text)

    # --- What is drawn

    def _bars(self) -> Iterator[SafeString]:
        frame, count = self.frame, len(self.chart.series)
        thickness = min(frame.slot * 0.72 / count, WIDEST_BAR)
        ends = []
        for index, line in enumerate(self.numbers):
            aside = (index - (count - 1) / 2) * thickness
            for category, number in enumerate(line):
                if number is not None:
                    middle = frame.middle(category) + aside
                    box = frame.bar(middle, thickness * 0.92, (Decimal(), number))
                    yield self._mark(index, category, self._bar(index, box))
                    ends.append((middle, number, number))
        yield from self._ends(ends, room=frame.slot if count == 1 else thickness)

    def _stacks(self) -> Iterator[SafeString]:
        frame = self.frame
        thickness = min(frame.slot * 0.72, WIDEST_BAR)
        ends = []
        for category, column in enumerate(zip(*self.numbers, strict=True)):
            pieces, middle = stack(column), frame.middle(category)
            for index, piece in enumerate(pieces):
                if piece is not None:
                    box = frame.bar(middle, thickness, piece)
                    yield self._mark(index, category, self._bar(index, box))
            if tops := [piece[1] for piece in pieces if piece is not None]:
                total = sum((n for n in column if n is not None), Decimal())
                ends.append((middle, max(tops), total))
        yield from self._ends(ends, room=frame.slot)

    def _ends(
        self, ends: list[tuple[float, Decimal, Decimal]], *, room: float
    ) -> Iterator[SafeString]:
        """Write numbers at the ends of bars: all of them, or none if one has no room."""
        labels = [show(number, self.chart.values) for _middle, _end, number in ends]
        if not self.frame.lying and widest(labels) > room:
            return
        for (middle, end, _number), label in zip(ends, labels, strict=True):
            near_zero, far = self.frame.at(Decimal()), self.frame.at(end)
            if self.frame.lying:
                yield _text(max(near_zero, far) + 4, middle + 4, label, fill=TEXT)
            else:
                y = min(near_zero, far) - 4
                yield _text(middle, y, label, anchor="middle", fill=TEXT)

    def _lines(self) -> Iterator[SafeString]:
        frame = self.frame
        ends = {}
        for index, line in enumerate(self.numbers):
            points = [
                (frame.middle(category), frame.at(number), category)
                for category, number in enumerate(line)
                if number is not None
            ]
            if not points:
                continue
            yield self._path(index, points)
            for x, y, category in points:
                yield self._point(index, category, x, y)
            ends[index] = points[-1][1]
        heights = apart(
            list(ends.values()), least=FONT_SIZE + 2, top=frame.top, bottom=frame.bottom
        )
        labels = end_labels(self.chart)
        for index, y in zip(ends, heights, strict=True):
            label = cut(labels[index], END_LABEL)
            yield _text(frame.right + GAP, y + 4, label, **_solid(index))

    def _path(self, index: int, points: list[tuple[float, float, int]]) -> SafeString:
        # Points that follow each other keep one distance between rank and category.
        runs = groupby(enumerate(points), key=lambda item: item[0] - item[1][2])
        d = " ".join(
            "M" + " L".join(f"{_n(x)} {_n(y)}" for _rank, (x, y, _category) in run)
            for _distance, run in runs
        )
        looks = _stroke(f"stroke-{index + 1}", COLOURS[index]) | {"stroke_width": 2}
        dashes = {"stroke_dasharray": DASHES[index]} if DASHES[index] else {}
        return _tag("path", d=d, fill="none", **looks, **dashes)

    def _point(self, index: int, category: int, x: float, y: float) -> SafeString:
        line, at = self.numbers[index], f"translate({_n(x)} {_n(y)})"
        alone = all(
            not 0 <= beside < len(line) or line[beside] is None
            for beside in (category - 1, category + 1)
        )
        hit = {"fill": "none", "pointer_events": "all"}
        shapes = [_tag("path", d=HIT, transform=at, **hit)]
        if alone or len(line) <= MOST_MARKED:
            shapes.append(_tag("path", d=MARKS[index], transform=at, **_solid(index)))
        return self._mark(index, category, *shapes)

    def _bar(self, index: int, box: tuple[float, float, float, float]) -> SafeString:
        x, y, width, height = box
        return _tag("rect", x=x, y=y, width=width, height=height, **self._filled(index))

    def _shown(self, index: int, category: int) -> str:
        cell = self.chart.series[index].values[category]
        return show(value_of(cell), self.chart.values)

    def _mark(self, index: int, category: int, *shapes: SafeString) -> SafeString:
        """Give what stands for a figure its words, and the way to its list."""
        chart = self.chart
        line, cell = chart.series[index], chart.series[index].values[category]
        unit = "" if chart.values in {Kind.RATE, Kind.CHANGE} else f" {chart.unit}"
        shown = f"{self._shown(index, category)}{unit}".strip()
        words = f"{chart.categories[category]} · {line.label}: {shown}"
        if not (self.list_url and isinstance(cell, Figure) and cell.where):
            return _tag("g", _tag("title", words), *shapes)
        # Not on the way of the Tab key: the table beside the chart has the same links.
        return _tag(
            "a",
            _tag("title", words),
            *shapes,
            href=f"{self.list_url}?{cell.query}",
            tabindex="-1",
            aria_label=words,
        )

    # --- Colours and hatches

    @cached_property
    def _key(self) -> str:
        """What tells this chart's hatches from those of others on the page."""
        return "c" + sha256(repr(self.chart).encode()).hexdigest()[:10]

    def _filled(self, index: int) -> dict[str, str]:
        if self.several_bars and HATCHES[index]:
            return {"fill": f"url(#{self._key}-{index + 1})"}
        return _solid(index)

    def _hatches(self) -> Iterator[SafeString]:
        if not self.several_bars:
            return
        patterns = [
            _tag(
                "pattern",
                _tag("rect", width=6, height=6, **_solid(index)),
                _tag("path", d=HATCHES[index], **_stroke("ground", GROUND)),
                id=f"{self._key}-{index + 1}",
                width=6,
                height=6,
                patternUnits="userSpaceOnUse",
            )
            for index in range(1, len(self.chart.series))
        ]
        yield _tag("defs", *patterns)


def _summary(chart: Chart) -> str:
    """Say in words what a chart shows, for those who do not see it."""
    parts = []
    for line in chart.series:
        known = [n for n in map(_number, line.values) if n is not None]
        if known:
            ends = {
                "series": line.label,
                "low": show(min(known), chart.values),
                "high": show(max(known), chart.values),
            }
            parts.append(_("%(series)s: from %(low)s to %(high)s") % ends)
    return "; ".join(parts)


# --- Elements --------------------------------------------------------------------------


def _root(
    chart: Chart, inside: SafeString, *, height: float, has_links: bool = False
) -> SafeString:
    return _tag(
        "svg",
        _tag("title", chart.title),
        _tag("desc", _summary(chart)),
        inside,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {WIDTH} {_n(height)}",
        # An image has no parts; one with links in it is a group of them.
        role="group" if has_links else "img",
        class_="chart",
        font_family="Noto Sans CJK SC",
        font_size=FONT_SIZE,
    )


def _text(
    x: float,
    y: float,
    text: str,
    *,
    anchor: str = "start",
    fill: str = SOFT,
    **looks: str,
) -> SafeString:
    looks = {"class_": "text" if fill == TEXT else "soft", "fill": fill} | looks
    return _tag("text", text, x=x, y=y, text_anchor=anchor, **looks)


def _solid(index: int) -> dict[str, str]:
    return {"class_": f"fill-{index + 1}", "fill": COLOURS[index]}


def _stroke(name: str, colour: str) -> dict[str, str]:
    return {"class_": name, "stroke": colour}


def _tag(name: str, *inside: str, **attributes: str | float) -> SafeString:
    written = {
        key.rstrip("_").replace("_", "-"): value
        if isinstance(value, str)
        else _n(value)
        for key, value in attributes.items()
    }
    return format_html("<{0}{1}>{2}</{0}>", name, flatatt(written), _join(inside))


def _join(parts: tuple[str, ...] | list[SafeString]) -> SafeString:
    return format_html_join("", "{}", ((part,) for part in parts))


def _n(length: float) -> str:
    """Write a length to a tenth, which is finer than anybody sees."""
    return f"{length:.1f}".removesuffix(".0")
