"""What this year's marks say of the judged UE, before any decision (4.1, and the local règlement)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

from grades.averages import TWENTY, Element, ElementAverage, element_average, weighted_mean

from . import sentences
from .programme import Cohort, Regulation, Unit
from .reasons import Reason
from .student import Student
from .verdict import ElementLine

NO_MARK = Element()


@dataclass(frozen=True, slots=True)
class UnitAverage:
    """The exact average of a judged unit, what it is made of, and what it waits for: `blocked`, as told."""

    unit: Unit
    exact: Fraction | None
    elements: tuple[ElementLine, ...] = ()
    blocked: tuple[str, ...] = ()
    reasons: tuple[Reason, ...] = ()

    def raised(self, points: Decimal) -> "UnitAverage":
        """The same so many points higher."""
        return replace(self, exact=(self.exact or 0) + Fraction(points))


UnitAverages = dict[str, UnitAverage]
"""By the code of the unit."""


@dataclass(frozen=True, slots=True)
class ElementAverages:
    """The average of each element, in the order of the programme; in some UE, that of its own weights."""

    everywhere: Mapping[str, ElementAverage]
    in_units: Mapping[str, Mapping[str, ElementAverage]]
    to_tell: Sequence[str]
    """The elements of which there is more to say than their marks."""

    def of(self, unit: Unit) -> Mapping[str, ElementAverage]:
        own = self.in_units.get(unit.code)
        return {**self.everywhere, **own} if own else self.everywhere


def unit_averages(student: Student, cohort: Cohort) -> UnitAverages:
    """The average of each judged unit, in the order of the programme."""
    judged, regulation = cohort.judged(student), cohort.regulation
    elements = element_averages(student, judged, regulation)
    return {unit.code: unit_average(unit, elements, student, regulation) for unit in judged}


def element_averages(student: Student, units: Sequence[Unit], regulation: Regulation) -> ElementAverages:
    """One average an element, and one a unit where its évaluations weigh differently by UE."""
    everywhere: dict[str, ElementAverage] = {}
    in_units: dict[str, dict[str, ElementAverage]] = {}
    to_tell = []
    for name in dict.fromkeys([name for unit in units for name in unit.coefficients]):
        element = student.elements.get(name, NO_MARK)
        average = everywhere[name] = _element_average(element, "", regulation)
        if element.weighs_by_unit:
            for unit in units:
                if name in unit.coefficients:
                    own = _element_average(element, unit.code, regulation)
                    in_units.setdefault(unit.code, {})[name] = own
        if element.weighs_by_unit or not average.only_adds_up:
            to_tell.append(name)
    return ElementAverages(everywhere, in_units, to_tell)


def _element_average(element: Element, unit: str, regulation: Regulation) -> ElementAverage:
    return element_average(
        element,
        unit,
        unjustified_absence=regulation.unjustified_absence,
        second_chance=regulation.second_chance,
    )


def unit_average(
    unit: Unit, elements: ElementAverages, student: Student, regulation: Regulation
) -> UnitAverage:
    """The average known as such, that of the elements, or none for a unit that the student does not take.

    Then bonus and malus; a unit without an average waits for one, unless an earlier jury decided of it.
    """
    code = unit.code
    if code in student.averages:
        average = UnitAverage(unit, Fraction(student.averages[code]))
    elif _is_left(unit, student):
        average = UnitAverage(unit, None)
        if code in student.earlier:
            return average
    else:
        average = _from_elements(unit, elements, regulation)
    if average.exact is None:
        return replace(average, blocked=average.blocked or (sentences.no_average(unit),))
    if code in student.bonus:
        return _with_bonus(average, average.exact, student.bonus[code], regulation)
    return average


def _is_left(unit: Unit, student: Student) -> bool:
    """Dispensed, or decided by an earlier jury and without a mark this year."""
    if unit.code in student.dispensed:
        return True
    return unit.code in student.earlier and not any(name in student.elements for name in unit.weights)


def _from_elements(unit: Unit, elements: ElementAverages, regulation: Regulation) -> UnitAverage:
    """The mean of the elements, with what was done of absences and second chances, and what is awaited."""
    averages = elements.of(unit)
    lines = tuple(
        [_line(name, coefficient, averages[name]) for name, coefficient in unit.coefficients.items()]
    )
    blocked: list[str] = []
    reasons: list[Reason] = []
    for name in elements.to_tell:
        if name not in unit.weights:
            continue
        average = averages[name]
        if average.state in ("ATT", "missing"):
            blocked.append(sentences.awaited(unit, name, average.state))
        reasons += sentences.of_element(unit, name, average, regulation.decimals)
    return UnitAverage(unit, mean_of(unit, lines), lines, tuple(blocked), tuple(reasons))


def _line(name: str, coefficient: Decimal, average: ElementAverage) -> ElementLine:
    """A coefficient of 0 expects nothing: nothing is missing."""
    state = "" if average.state == "missing" and not coefficient else average.state
    return ElementLine(name, coefficient, average.value, state)


def mean_of(unit: Unit, lines: Iterable[ElementLine]) -> Fraction | None:
    """Σ coefficient × element ÷ Σ coefficient over the elements that have an average."""
    weights = unit.weights
    return weighted_mean(
        [
            (weights[line.element], line.average)
            for line in lines
            if line.coefficient and line.average is not None
        ]
    )


def _with_bonus(
    average: UnitAverage, before: Fraction, bonus: Decimal, regulation: Regulation
) -> UnitAverage:
    """Bonus and malus are added to the average, kept within 0 and 20."""
    after = min(Fraction(TWENTY), max(Fraction(0), before + Fraction(bonus)))
    reason = sentences.bonus(average.unit, before, bonus, after, regulation.decimals)
    return replace(average, exact=after, reasons=(*average.reasons, reason))
