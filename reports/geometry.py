"""Where things stand in a chart: round ticks, room for words, slots for bars.

Lengths are units of the drawing, 640 of which are its width.
"""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from itertools import accumulate
from math import ceil

from .document import Chart, ChartKind, Kind, show, value_of

WIDTH = 640
PLOT_HEIGHT = 200
FONT_SIZE = 12
LINE = 18  # of text
GAP = 8
BAND = 18  # of a bar that lies down
WIDEST_BAR = 44
MOST_TICKS = 5
SHORT_LABEL = 48  # labels up to this are thinned out; for longer ones bars lie down
LONG_LABEL = 96  # the room a label gets below a plot
SIDE_LABEL = 200  # the same beside bars that lie down
END_LABEL = 150  # the same at the ends of lines
MOST_LYING = 30  # more bars than this do not fit a sheet of paper

Numbers = Sequence[Sequence[Decimal | None]]


@dataclass(frozen=True, slots=True)
class Scale:
    """A stretch of numbers with round ticks from end to end."""

    low: Decimal
    high: Decimal
    step: Decimal

    @property
    def ticks(self) -> list[Decimal]:
        count = int((self.high - self.low) / self.step)
        return [self.low + self.step * index for index in range(count + 1)]

    def label(self, tick: Decimal, kind: Kind) -> str:
        """Write a tick with as many places as the step needs, and no more."""
        percent = kind in {Kind.RATE, Kind.CHANGE}
        step = (self.step * 100 if percent else self.step).normalize()
        places = max(0, -int(step.as_tuple().exponent))
        return f"{tick:.{places}%}" if percent else f"{tick:,.{places}f}"


def scale_between(low: Decimal, high: Decimal, *, whole: bool = False) -> Scale:
    """Return the scale with the roundest steps that holds both ends.

    >>> [str(tick) for tick in scale_between(Decimal(0), Decimal(43)).ticks]
    ['0', '10', '20', '30', '40', '50']
    """
    if low == high:
        high = low + 1
    raw = (high - low) / MOST_TICKS
    if whole:
        raw = max(raw, Decimal(1))
    power = Decimal(1).scaleb(raw.adjusted())
    steps = [power * Decimal(factor) for factor in ("1", "2", "2.5", "5", "10")]
    step = next(
        step
        for step in steps
        if step >= raw and not (whole and step != step.to_integral_value())
    )
    return Scale(
        low=(low / step).to_integral_value(ROUND_FLOOR) * step,
        high=(high / step).to_integral_value(ROUND_CEILING) * step,
        step=step,
    )


def scale_of(chart: Chart, numbers: Numbers) -> Scale:
    """Return a chart's scale. Bars stand on zero; a line far above it need not."""
    if chart.kind is ChartKind.STACKED:
        stacks = [stack(column) for column in zip(*numbers, strict=True)]
        ends = [end for pieces in stacks for piece in pieces if piece for end in piece]
    else:
        ends = [number for line in numbers for number in line if number is not None]
    low, high = min(ends), max(ends)
    if chart.kind is not ChartKind.LINE or low == high or low < high / 2:
        low, high = min(low, Decimal()), max(high, Decimal())
    return scale_between(low, high, whole=chart.values is Kind.COUNT)


def stack(
    column: Iterable[Decimal | None],
) -> list[tuple[Decimal, Decimal] | None]:
    """Pile numbers up from zero, those below it downwards; from and to for each."""
    tops = {True: Decimal(), False: Decimal()}
    pieces: list[tuple[Decimal, Decimal] | None] = []
    for number in column:
        if number is None:
            pieces.append(None)
            continue
        below = tops[number >= 0]
        tops[number >= 0] = below + number
        pieces.append((below, below + number))
    return pieces


def wide(text: str) -> float:
    """Estimate a text's width: a Chinese character is as wide as it is high."""
    ems = sum(1 if unicodedata.east_asian_width(c) in "WFA" else 0.58 for c in text)
    return ems * FONT_SIZE


def widest(texts: Iterable[str]) -> float:
    return max(map(wide, texts), default=0)


def cut(text: str, room: float) -> str:
    """Shorten a text that is wider than its room.

    >>> cut("物业管理不到位", 60)
    '物业管理…'
    """
    if wide(text) <= room:
        return text
    so_far = accumulate(map(wide, text))
    kept = sum(width <= room - FONT_SIZE for width in so_far)
    return text[: max(kept, 1)] + "…"


@dataclass(frozen=True, slots=True)
class Frame:
    """The plot within the drawing, and how numbers and categories fall into it.

    Categories have slots of one size along one side, numbers the scale along the other.
    `lying`, the categories run down and the numbers to the right.
    """

    left: float
    top: float
    width: float
    height: float
    scale: Scale
    slots: int
    lying: bool

    @property
    def right(self) -> float:
        return self.left + self.width

    @property
    def bottom(self) -> float:
        return self.top + self.height

    @property
    def slot(self) -> float:
        return (self.height if self.lying else self.width) / self.slots

    def middle(self, index: int) -> float:
        """Return the middle of a category's slot."""
        start = self.top if self.lying else self.left
        return start + self.slot * (index + 0.5)

    def at(self, number: Decimal) -> float:
        """Return how far along the scale a number stands."""
        part = float((number - self.scale.low) / (self.scale.high - self.scale.low))
        if self.lying:
            return self.left + self.width * part
        return self.bottom - self.height * part

    def bar(
        self, middle: float, thickness: float, piece: tuple[Decimal, Decimal]
    ) -> tuple[float, float, float, float]:
        """Return x, y, width and height of a bar from one number to another."""
        near, far = sorted(map(self.at, piece))
        edge = middle - thickness / 2
        if self.lying:
            return near, edge, far - near, thickness
        return edge, near, thickness, far - near

    def label_step(self, labels: Sequence[str]) -> int:
        """Return which labels have room below the plot: each, every second …"""
        if self.lying:
            return 1
        room = min(widest(labels), max(LONG_LABEL, self.slot - GAP))
        moved_in = max(0, (room - self.slot) / 2 - GAP)  # the last, off the edge
        return max(1, ceil((room + GAP + moved_in) / self.slot))


def lies_down(chart: Chart) -> bool:
    """Tell whether bars lie down: where their names are too long to stand below."""
    longest, slot = (
        widest(chart.categories),
        (WIDTH - LONG_LABEL) / len(chart.categories),
    )
    return (
        chart.kind is not ChartKind.LINE
        and longest > max(SHORT_LABEL, slot - GAP)
        and len(chart.categories) <= MOST_LYING
    )


def frame_for(chart: Chart, numbers: Numbers, *, legend_lines: int) -> Frame:
    """Leave room for what stands around a plot, and give it the rest."""
    scale, lying = scale_of(chart, numbers), lies_down(chart)
    ticks = widest(scale.label(tick, chart.values) for tick in scale.ticks)
    height: float = PLOT_HEIGHT
    if lying:
        left = min(widest(chart.categories), SIDE_LABEL) + GAP
        right = GAP + widest(
            show(value_of(cell), chart.values)
            for line in chart.series
            for cell in line.values
        )
        bars = len(chart.series) if chart.kind is ChartKind.BAR else 1
        height = len(chart.categories) * (BAND * bars + GAP)
    elif chart.kind is ChartKind.LINE:
        left = ticks + GAP
        right = 2 * GAP + min(widest(end_labels(chart)), END_LABEL)
    else:
        left, right = ticks + GAP, GAP
    top = LINE * (legend_lines + 2)
    width = WIDTH - left - max(right, ticks / 2 if lying else 0)
    return Frame(left, top, width, height, scale, len(chart.categories), lying)


def end_labels(chart: Chart) -> list[str]:
    """Return what stands at the end of each line: its name and its last number."""
    labels = []
    for line in chart.series:
        values = [value_of(cell) for cell in line.values if value_of(cell) is not None]
        last = show(values[-1], chart.values) if values else ""
        labels.append(f"{line.label} {last}".strip())
    return labels


def apart(
    wanted: Sequence[float], *, least: float, top: float, bottom: float
) -> list[float]:
    """Move labels that would lie over each other apart, in the order they are in.

    >>> apart([10, 12, 50], least=14, top=0, bottom=60)
    [10, 24, 50]
    """
    order = sorted(range(len(wanted)), key=wanted.__getitem__)
    placed = list(wanted)
    lowest = top - least
    for index in order:
        placed[index] = lowest = max(wanted[index], lowest + least)
    highest = bottom + least
    for index in reversed(order):
        placed[index] = highest = min(placed[index], highest - least)
    return placed
