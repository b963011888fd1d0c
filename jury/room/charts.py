"""How a promotion's averages and codes spread: bars to draw, and the same numbers to read."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from butrt.base import french
from jury.cases.proceedings import Proceedings
from jury.cases.statistics import by_code
from jury.rules import Code, codes

BINS = 20
WIDTH, HEIGHT = 200, 80


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar on a drawing of WIDTH × HEIGHT, as SVG writes numbers; `words` says it."""

    x: str
    y: str
    width: str
    height: str
    family: str
    number: int
    words: str


@dataclass(frozen=True, slots=True)
class Histogram:
    """The averages of a UE or a RCUE, a bar a point from 0 to 20."""

    name: str
    bars: tuple[Bar, ...]
    counts: tuple[int, ...]
    # Under the minimum, between it and the pass mark, at the pass mark or more, without an average.
    low: int
    middle: int
    high: int
    without: int
    # All that, for who does not see the drawing.
    words: str


def at(average: Decimal) -> str:
    """Where an average stands across a drawing."""
    return f"{average * WIDTH / BINS:.1f}"


def histograms(proceedings: Proceedings) -> list[Histogram]:
    """Each UE judged then its RCUE, in the order of the programme; those who left are not counted.

    Where several programmes are judged, those common to all then each one's own.
    """
    cases = proceedings.here
    drawn = []
    for column in proceedings.columns:
        having = [case for case in cases if proceedings.has(case, column)]
        named = [(key, name, "units") for key, name in zip(column.keys, column.units, strict=True)]
        if column.rcue:
            named.append((column.key, column.rcue, "rcues"))
        for title, name, group in named:
            verdicts = [getattr(case.verdict, group).get(name) for case in having]
            averages = [verdict.average if verdict else None for verdict in verdicts]
            drawn.append(_histogram(title, averages, proceedings))
    return drawn


def _histogram(name: str, averages: list[Decimal | None], proceedings: Proceedings) -> Histogram:
    minimum = proceedings.cohort.regulation.rcue_minimum
    passing = proceedings.cohort.regulation.pass_mark
    known = [average for average in averages if average is not None]
    counts = [0] * BINS
    for average in known:
        counts[min(int(average), BINS - 1)] += 1
    most = max([*counts, 1])
    step = WIDTH // BINS
    bars = tuple(
        Bar(
            str(step * place + 1),
            f"{HEIGHT - HEIGHT * number / most:.1f}",
            str(step - 2),
            f"{HEIGHT * number / most:.1f}",
            "rust" if place + 1 <= minimum else "gold" if place + 1 <= passing else "green",
            number,
            f"de {place} à {place + 1} : {number}",
        )
        for place, number in enumerate(counts)
        if number
    )
    low = sum(average < minimum for average in known)
    high = sum(average >= passing for average in known)
    middle = len(known) - low - high
    least, enough = french.number(minimum), french.number(passing)
    words = f"{low} sous {least}, {middle} entre {least} et {enough}, {high} à {enough} ou plus"
    return Histogram(
        name, bars, tuple(counts), low, middle, high, len(averages) - len(known), f"{name} : {words}"
    )


def year_bars(proceedings: Proceedings) -> list[tuple[Code | None, int, str, str]]:
    """The year's codes: (code, number, colour family, the bar's width on WIDTH)."""
    counted = by_code(proceedings)
    most = max([number for _, number in counted] + [1])
    return [(code, number, codes.family(code), f"{WIDTH * number / most:.1f}") for code, number in counted]
