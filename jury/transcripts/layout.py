"""Where a transcript that one page cannot hold is cut in two, so that both pages are filled alike.

Heights are in millimetres and rough: WeasyPrint lays out what is printed, and keeps a competence whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import ceil
from typing import Any

PAGE = 272.0
HEAD, FOOT = 51.0, 27.0
COMPETENCE, LINE, HISTORY = 7.0, 3.25, 3.5
TITLE, WIDE_TITLE = 38, 62
"""Characters of a title on a line, its two UE side by side or one above the other."""


def second_page(
    blocks: Sequence[Mapping[str, Any]],
    history: Sequence[Mapping[str, Any]],
    apart: Sequence[str],
    *,
    wide: bool,
) -> int | None:
    """Which competence begins the second page; None when all fits on one, or nothing is to be cut.

    `wide`: the two UE of a competence one above the other.
    """
    heights = [_competence(block, wide=wide) for block in blocks]
    after = sum(HISTORY * (1 + len(year["rows"])) for year in history) + 10 + 3 * len(apart) + FOOT
    if HEAD + sum(heights) + after <= PAGE or len(blocks) < 2:
        return None
    cuts = range(1, len(blocks))
    return min(cuts, key=lambda cut: abs(HEAD + sum(heights[:cut]) - sum(heights[cut:]) - after))


def _competence(block: Mapping[str, Any], *, wide: bool) -> float:
    units = [sum(_lines(unit, WIDE_TITLE if wide else TITLE)) for unit in block["units"]]
    return COMPETENCE + LINE * (sum(units) if wide else max(units, default=0))


def _lines(unit: Mapping[str, Any], width: int) -> Iterator[int]:
    yield 1
    for line in unit["lines"]:
        yield max(1, ceil(len(line.title) / width))
