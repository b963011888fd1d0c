"""Where a transcript that one page cannot hold is cut in two, so that both pages are filled alike.

Heights are in millimetres and rough: WeasyPrint lays out what is printed, and keeps a competence whole. Where
they cannot tell whether one page holds it all, it is printed uncut first.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import ceil
from typing import Any, NamedTuple

from jury.cases.appreciations import AppreciationLine

PAGE, DOUBT = 277.0, 15.0
HEAD, FOOT = 50.0, 27.0
COMPETENCE, LINE, MORE = 7.0, 3.25, 2.95
YEARS, YEAR, ROW = 10.0, 3.5, 3.5
HEADING, SAID = 6.0, 68  # of the appreciations: its height, the characters of a line
BESIDE, WIDE, ALONE = 44, 75, 125
"""Characters of a title on a line: two UE side by side, one above the other with the class, one alone."""


class Cut(NamedTuple):
    """Which competence begins the second page, and whether one page may hold it all the same."""

    competence: int
    doubtful: bool


def cut(
    blocks: Sequence[Mapping[str, Any]],
    history: Sequence[Mapping[str, Any]],
    apart: Sequence[str],
    *,
    wide: bool,
    written: Sequence[AppreciationLine] = (),
) -> Cut | None:
    """Where a second page begins; None when one holds everything, or there is nothing to cut between.

    `wide`: the class is told, the two UE of a competence one above the other.
    """
    heights = [_competence(block, wide=wide) for block in blocks]
    after = YEARS + sum(YEAR + ROW * len(year["rows"]) for year in history) + ROW * len(apart) + FOOT
    after += _appreciations(written)
    whole = HEAD + sum(heights) + after
    if whole <= PAGE - DOUBT or len(blocks) < 2:
        return None
    places = range(1, len(blocks))
    best = min(places, key=lambda place: abs(HEAD + sum(heights[:place]) - sum(heights[place:]) - after))
    return Cut(best, doubtful=whole <= PAGE + DOUBT)


def _appreciations(written: Sequence[AppreciationLine]) -> float:
    """In two columns, under their heading."""
    lines = sum(ceil(len(f"{line.about} : {line.text}") / SAID) for line in written)
    return HEADING + LINE * ceil(lines / 2) if written else 0.0


def _competence(block: Mapping[str, Any], *, wide: bool) -> float:
    width = WIDE if wide else BESIDE if len(block["units"]) > 1 else ALONE
    units = [sum(_lines(unit, width)) for unit in block["units"]]
    if not wide:
        return COMPETENCE + max(units, default=0)
    # The titles of the columns above, the class in the competence below.
    return COMPETENCE + sum(units) + LINE * (1 + bool(block["rcue"]))


def _lines(unit: Mapping[str, Any], width: int) -> Iterator[float]:
    yield LINE
    for line in unit["lines"]:
        yield LINE + MORE * (max(1, ceil(len(line.title) / width)) - 1)
