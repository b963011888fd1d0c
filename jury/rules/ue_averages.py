"""What this year's marks say of the judged UE, before any decision (4.1, and the local règlement)."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from grades.averages import TWENTY, Element, ElementAverage, element_average, weighted_mean

from . import sentences
from .programme import Cohort, Regulation, Unit
from .reasons import Reason
from .student import Student

NO_MARK = Element()


class UnitAverage(NamedTuple):
    """The exact average of a judged unit, what it is made of, and what it waits for: `blocked`, as told."""

    unit: Unit
    exact: Fraction | None
    made_of: Mapping[str, ElementAverage] | None = None
    blocked: tuple[str, ...] = ()
    reasons: tuple[Reason, ...] = ()

    def raised(self, points: Decimal) -> "UnitAverage":
        """The same so many points higher."""
        return self._replace(exact=(self.exact or 0) + Fraction(points))


UnitAverages = dict[str, UnitAverage]
"""By the code of the unit."""


class ElementAverages(NamedTuple):
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
        average = everywhere[name] = element_average(element, regulation)
        if average.by_unit:
            for unit in units:
                if name in unit.coefficients:
                    own = element_average(element, regulation, unit.code)
                    in_units.setdefault(unit.code, {})[name] = own
        if average.by_unit or not average.only_adds_up:
            to_tell.append(name)
    return ElementAverages(everywhere, in_units, to_tell)


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
        return average._replace(blocked=average.blocked or (sentences.no_average(unit),))
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
    blocked: list[str] = []
    reasons: list[Reason] = []
    for name in elements.to_tell:
        if name not in unit.weights:
            continue
        average = averages[name]
        if average.state in ("ATT", "missing"):
            blocked.append(sentences.awaited(unit, name, average.state))
        reasons += sentences.of_element(unit, name, average, regulation.decimals)
    return UnitAverage(unit, mean_of(unit, averages), averages, tuple(blocked), tuple(reasons))


def mean_of(unit: Unit, averages: Mapping[str, ElementAverage]) -> Fraction | None:
    """Σ coefficient × element ÷ Σ coefficient over the elements that have an average (domain 2)."""
    parts = []
    for name, coefficient in unit.weights.items():
        average = averages[name].value
        if average is not None:
            parts.append((coefficient, average))
    return weighted_mean(parts)


def with_bonus(average: Fraction, bonus: Decimal) -> Fraction:
    """Bonus and malus are added to the average, kept within 0 and 20."""
    return min(Fraction(TWENTY), max(Fraction(0), average + Fraction(bonus)))


def _with_bonus(
    average: UnitAverage, before: Fraction, bonus: Decimal, regulation: Regulation
) -> UnitAverage:
    after = with_bonus(before, bonus)
    reason = sentences.bonus(average.unit, before, bonus, after, regulation.decimals)
    return average._replace(exact=after, reasons=(*average.reasons, reason))
