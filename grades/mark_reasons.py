"""What each mark does in its element's average, told on the mark sheet: the computation, line by line."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from grades.averages import Element, Mark, Settings, element_average


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


def element_of(marks: Sequence[SheetMark]) -> Element:
    """The marks of one student as they make an average; a second chance not entered is none."""
    chances = [mark for mark in marks if mark.second_chance and (mark.value is not None or mark.code)]
    normal = tuple(mark for mark in marks if not mark.second_chance)
    return Element(normal, chances[0] if chances else None)


def reasons_of(marks: Sequence[SheetMark], settings: Settings) -> list[MarkReason]:
    """A reason a mark, in their order, in French: what `element_average` counts, and what it leaves."""
    average = element_average(element_of(marks), settings)
    replaced = average.second_chance is not None and average.second_chance.replaces
    zero = settings.unjustified_absence == "zero"
    return [
        _why_second(mark, replaces=replaced)
        if mark.second_chance
        else _why(mark, replaced=replaced, zero=zero)
        for mark in marks
    ]


def weighed(reasons: Iterable[MarkReason]) -> tuple[Fraction, Decimal]:
    """(Σ coefficient × points, Σ coefficient) over what counts: the average is their quotient."""
    kept = [reason for reason in reasons if reason.counts]
    points = sum((Fraction(reason.given.coefficient) * (reason.points or 0) for reason in kept), Fraction(0))
    return points, sum((reason.given.coefficient for reason in kept), Decimal(0))


def _why(mark: SheetMark, *, replaced: bool, zero: bool) -> MarkReason:
    if mark.value is not None:
        why = "remplacée par la seconde chance" if replaced else ""
        return MarkReason(mark, not replaced, mark.points, why)
    if mark.code == "ABI" and zero:
        return MarkReason(mark, not replaced, Fraction(0), "absence injustifiée, compte 0")
    why = {
        "ABI": "absence injustifiée, ne compte pas ici",
        "ABJ": "absence justifiée, ne compte pas",
        "ATT": "note attendue, moyenne provisoire",
        "": "pas encore saisie",
    }[mark.code]
    return MarkReason(mark, False, None, why)


def _why_second(mark: SheetMark, *, replaces: bool) -> MarkReason:
    if mark.value is None:
        return MarkReason(mark, False, None, "pas de note à la seconde chance")
    if replaces:
        return MarkReason(mark, True, mark.points, "remplace la moyenne des autres évaluations")
    return MarkReason(mark, False, mark.points, "moins bonne que la moyenne, elle ne la remplace pas")
