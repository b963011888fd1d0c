"""What is missing for a UE: points of average, the next mark that would be enough. The rules are asked."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import islice

from grades.averages import TWENTY
from jury.cases.trials import Choice, Trial, altered, without_awaited
from jury.rules import Code, Cohort, Student, UnitVerdict, Verdict, decide
from jury.rules.judging import decide_from
from jury.rules.ue_averages import unit_averages

MOST = 2
"""How many marks are proposed for a UE: those that weigh most."""


@dataclass(frozen=True, slots=True)
class Enough:
    """The smallest mark on 20 that would acquire the UE, and whether by compensation only."""

    choice: Choice
    mark: Decimal
    compensated: bool


@dataclass(frozen=True, slots=True)
class Missing:
    """What a UE lacks, in points of its average; `by_compensation` when fewer acquire it with its RCUE.

    `best`: its average with 20 in everything awaited; None when nothing is. `possible`: whether that
    acquires it.
    """

    points: Decimal
    by_compensation: Decimal | None
    enough: tuple[Enough, ...]
    best: Decimal | None
    possible: bool


def missing(student: Student, cohort: Cohort, code: str, awaited: Sequence[Choice]) -> Missing | None:
    """None for a UE that is acquired as things stand, or has no average yet.

    `student` with what is awaited in it, judged by `cohort`; `awaited`: the marks to come in this UE.
    """
    student, cohort = _alone(student, cohort, code)
    settled = without_awaited(student)
    now = decide(settled, cohort).units.get(code)
    if now is None or now.acquired or now.average is None:
        return None
    points = cohort.regulation.pass_mark - now.average  # rounding is kept by whole hundredths
    at_best = _with(student, cohort, dict.fromkeys(awaited, TWENTY)).units[code] if awaited else None
    return Missing(
        points,
        _points_to_compensate(settled, cohort, code, points),
        tuple(islice(_enough(student, cohort, code, awaited), MOST)),
        at_best.average if at_best else None,
        at_best is not None and at_best.acquired,
    )


def _alone(student: Student, cohort: Cohort, code: str) -> tuple[Student, Cohort]:
    """The competence of a UE and nothing else: the same rules answer the same of it, ten times sooner."""
    units = cohort.by_rcue[cohort.by_code[code].rcue]
    codes = {unit.code for unit in units}
    names = {name for unit in units for name in unit.coefficients}
    earlier = {unit: result for unit, result in student.earlier.items() if unit in codes}
    elements = {name: element for name, element in student.elements.items() if name in names}
    return (
        replace(student, earlier=earlier, elements=elements, programme=None),
        replace(cohort, units=units, students=(), programmes={}),
    )


def _with(student: Student, cohort: Cohort, marks: Mapping[Choice, Decimal]) -> Verdict:
    """What the rules say with these marks on 20, and without what else is awaited."""
    for choice, mark in marks.items():
        student = altered(student, on_twenty(choice, mark))
    return decide(without_awaited(student), cohort)


def on_twenty(choice: Choice, mark: Decimal) -> Trial:
    """A mark given on 20, tried on its own scale."""
    return Trial(choice.key, mark * choice.maximum / TWENTY)


def _points_to_compensate(settled: Student, cohort: Cohort, code: str, points: Decimal) -> Decimal | None:
    """The fewer points of its average that acquire the UE with its RCUE; None when there are none."""
    averages, decimals = unit_averages(settled, cohort), cohort.regulation.decimals

    def acquired(grains: int) -> bool:
        raised = averages[code].raised(Decimal(grains).scaleb(-decimals))
        return decide_from(averages | {code: raised}, settled, cohort).units[code].acquired

    fewer = range(1, int(points.scaleb(decimals)))
    if not fewer or not acquired(fewer[-1]):
        return None
    return Decimal(fewer[bisect_left(fewer, True, key=acquired)]).scaleb(-decimals)


def _enough(student: Student, cohort: Cohort, code: str, awaited: Iterable[Choice]) -> Iterable[Enough]:
    """The marks that would be enough alone, those of the elements that weigh most first."""
    weights = cohort.by_code[code].weights
    heaviest = sorted(awaited, key=lambda choice: -weights[choice.element])
    for choice in heaviest:

        def then(mark: Decimal, choice: Choice = choice) -> UnitVerdict:
            return _with(student, cohort, {choice: mark}).units[code]

        mark = least_mark(then)
        if mark is not None:
            yield Enough(choice, mark, compensated=then(mark).code != Code.ADM)


def least_mark(then: Callable[[Decimal], UnitVerdict]) -> Decimal | None:
    """The smallest mark on 20, in hundredths, with which a UE is acquired; a higher one does as well.

    None when 20 does not.
    """
    if not then(TWENTY).acquired:
        return None

    def enough(hundredths: int) -> bool:
        return then(Decimal(hundredths) / 100).acquired

    return Decimal(bisect_left(range(2000), True, key=enough)) / 100
