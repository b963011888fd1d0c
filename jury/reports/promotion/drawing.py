"""The flow of a promotion as a drawing: stages as bars, passages as bands between them, in whole pixels."""

from __future__ import annotations

from dataclasses import dataclass

from jury.reports.promotion.flow import Flow, Passage, Stage

WIDTH, BAR, GAP, TOP = 1000, 14, 26, 34
# Room at the right for the names of the last stages.
MARGIN = 150
# The height of one student: small promotions are drawn large, large ones stay on a screen.
TALLEST, SHORTEST, HEIGHT = 14, 3, 380
LEGIBLE = 12


@dataclass(frozen=True, slots=True)
class Bar:
    """A stage: its rectangle, its words."""

    stage: Stage
    number: int
    x: int
    y: int
    height: int
    text_x: int
    text_y: int


@dataclass(frozen=True, slots=True)
class Band:
    """A passage: its outline, and where its code and number are written ("" when it is too thin)."""

    passage: Passage
    path: str
    text_x: int
    text_y: int
    written: bool


@dataclass(frozen=True, slots=True)
class Drawing:
    width: int
    height: int
    bar: int
    heads: tuple[tuple[int, str], ...]
    bars: tuple[Bar, ...]
    bands: tuple[Band, ...]


def draw(flow: Flow) -> Drawing:
    """Place each stage in the column of its school year, each passage between the two that it joins."""
    columns = flow.stages
    most = max((sum(flow.number(stage) for stage in column) for column in columns), default=1)
    unit = max(SHORTEST, min(TALLEST, HEIGHT // most))
    step = (WIDTH - MARGIN - BAR) // max(1, len(columns) - 1)
    bars: dict[Stage, Bar] = {}
    bottom = TOP
    for place, column in enumerate(columns):
        y = TOP
        for stage in column:
            number = flow.number(stage)
            x, height = place * step, max(number * unit, SHORTEST)
            bars[stage] = Bar(stage, number, x, y, height, x + BAR + 6, y + min(height // 2 + 4, 16))
            y += height + GAP
        bottom = max(bottom, y)
    out, into = ({stage: bar.y for stage, bar in bars.items()} for _ in range(2))
    bands = []
    order = {stage: place for place, stage in enumerate(bars)}
    for passage in sorted(flow.passages, key=lambda link: (order[link.start], order[link.end], link.sign)):
        start, end, height = bars[passage.start], bars[passage.end], passage.number * unit
        bands.append(_band(passage, start.x + BAR, end.x, out[passage.start], into[passage.end], height))
        out[passage.start] += height
        into[passage.end] += height
    heads = tuple(
        (place * step, "ensuite" if all(stage.outcome for stage in column) else column[0].years)
        for place, column in enumerate(columns)
    )
    return Drawing(WIDTH, bottom, BAR, heads, tuple(bars.values()), tuple(bands))


def _band(passage: Passage, x0: int, x1: int, y0: int, y1: int, height: int) -> Band:
    middle = (x0 + x1) // 2
    path = (
        f"M{x0} {y0}C{middle} {y0} {middle} {y1} {x1} {y1}V{y1 + height}"
        f"C{middle} {y1 + height} {middle} {y0 + height} {x0} {y0 + height}Z"
    )
    # Written towards the end, where the bands of a stage have parted: the curve's point at three quarters.
    text_x, text_y = x0 + (x1 - x0) * 7 // 10, (5 * y0 + 27 * y1) // 32 + height // 2 + 4
    return Band(passage, path, text_x, text_y, height >= LEGIBLE)
