"""What is missing to the next code: one UE average, what follows from it, and what it is in marks."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from fractions import Fraction

from grades.averages import TWENTY
from jury.cases.case import Case
from jury.cases.consequences import Change, changes
from jury.cases.trials import display
from jury.rules import Distance, UnitVerdict, reached

MOST = 3


@dataclass(frozen=True, slots=True)
class Missing:
    """The smallest rise that changes something, what it changes, and the same in some elements' averages."""

    distance: Distance
    chain: list[Change]
    in_marks: list[tuple[str, Decimal, Decimal]]  # element, its coefficient, the rise of its average


def missing(case: Case) -> Missing | None:
    """None when nothing is missing, or when no single UE would be enough."""
    distance = case.distance
    if distance is None:
        return None
    then = reached(case.student, case.cohort, distance)
    every = changes(case.outcome, case.outcome_of(then), averages=True)
    chain = [change for change in every if change.kind != "diploma"]
    return Missing(distance, chain, _in_marks(case, case.verdict.units[distance.unit], distance))


def _in_marks(case: Case, unit: UnitVerdict, distance: Distance) -> list[tuple[str, Decimal, Decimal]]:
    """The rise of one element's average that gives the UE its points, for those that weigh most."""
    counted = [line for line in unit.elements if line.coefficient and line.average is not None]
    weight = sum((Fraction(line.coefficient) for line in counted), Fraction(0))
    rises = []
    for line in sorted(counted, key=lambda line: -line.coefficient):
        rise = Fraction(distance.points) * weight / Fraction(line.coefficient)
        if line.average is None or line.average + rise > Fraction(TWENTY):
            continue
        hundredths = (Decimal(rise.numerator) / Decimal(rise.denominator)).quantize(
            Decimal("0.01"), rounding=ROUND_CEILING
        )
        rises.append((display(case, line.element), line.coefficient, hundredths))
    return rises[:MOST]
