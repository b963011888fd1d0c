"""What each mark does in its element's average, told on the mark sheet: how the engine used it, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from grades.averages import COUNTING, Absence, Element, ElementAverage, Mark, Settings, Use, shown, use_of


@dataclass(frozen=True, slots=True)
class SheetMark(Mark):
    """A mark as its sheet knows it: with the title of its évaluation."""

    second_chance: bool = False
    title: str = ""

    @property
    def maximum(self) -> Decimal:
        return self.out_of


class MarkReason(NamedTuple):
    """What a mark does in its element's average: `points` out of 20 with this coefficient, or why nothing."""

    given: SheetMark
    counts: bool
    points: Fraction | None
    why: str = ""

    @property
    def on_twenty(self) -> Decimal | None:
        return shown(self.points, 2)


def element_of(marks: Sequence[SheetMark]) -> Element:
    """The marks of one student as they make an average; a second chance not entered is none."""
    chances = [mark for mark in marks if mark.second_chance and (mark.value is not None or mark.code)]
    normal = tuple(mark for mark in marks if not mark.second_chance)
    return Element(normal, chances[0] if chances else None)


def reasons_of(marks: Sequence[SheetMark], average: ElementAverage, settings: Settings) -> list[MarkReason]:
    """A reason a mark, in their order, in French: what their `average` makes of it."""
    replaced = average.second_chance is not None and average.second_chance.replaces
    return [
        _why_second(mark, replaces=replaced)
        if mark.second_chance
        else _why(mark, use_of(mark, settings.unjustified_absence), replaced=replaced)
        for mark in marks
    ]


WORDS: Mapping[tuple[Use, Absence], str] = {
    ("counted", ""): "",
    ("zero", "ABI"): "absence injustifiée, compte 0",
    ("left out", "ABI"): "absence injustifiée, ne compte pas ici",
    ("left out", "ABJ"): "absence justifiée, ne compte pas",
    ("awaited", "ATT"): "note attendue, moyenne provisoire",
    ("awaited", ""): "pas encore saisie",
}


def _why(mark: SheetMark, use: Use, *, replaced: bool) -> MarkReason:
    if use not in COUNTING:
        return MarkReason(mark, False, None, WORDS[use, mark.code])
    why = "remplacée par la seconde chance" if replaced else WORDS[use, mark.code]
    return MarkReason(mark, not replaced, mark.points, why)


def _why_second(mark: SheetMark, *, replaces: bool) -> MarkReason:
    if mark.value is None:
        return MarkReason(mark, False, None, "pas de note à la seconde chance")
    if replaces:
        return MarkReason(mark, True, mark.points, "remplace la moyenne des autres évaluations")
    return MarkReason(mark, False, mark.points, "pas meilleure que la moyenne, elle ne la remplace pas")
