"""The means that the table shows beside what the rules decide: each student's, and their rank.

No text knows a general mean of a BUT: it orders a reading, and decides nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from grades.averages import exact, shown, weighted_mean
from jury.cases.case import Case
from jury.cases.proceedings import Proceedings
from jury.rules import UnitVerdict


@dataclass(frozen=True, slots=True)
class Ranked:
    """A student's mean on 20, and their rank in the jury: 1 the highest, equal means the same."""

    mean: Decimal
    rank: int


def standings(proceedings: Proceedings) -> dict[str, Ranked]:
    """Each student's mean and rank, by number; who left, or has no average, has none."""
    exact = {
        case.id: mean
        for case in proceedings.cases
        if not case.gone and (mean := _mean(_units(proceedings, case))) is not None
    }
    decimals = proceedings.cohort.regulation.decimals
    rounded = {number: shown(mean, decimals) or Decimal(0) for number, mean in exact.items()}
    ranks: dict[Decimal, int] = {}
    for place, average in enumerate(sorted(rounded.values(), reverse=True), 1):
        ranks.setdefault(average, place)
    return {number: Ranked(average, ranks[average]) for number, average in rounded.items()}


def _units(proceedings: Proceedings, case: Case) -> list[UnitVerdict]:
    names = [name for column in proceedings.columns_of(case) for name in column.units]
    return [case.verdict.units[name] for name in names if name in case.verdict.units]


def _mean(units: Iterable[UnitVerdict]) -> Fraction | None:
    """Of the averages that there are, each weighing the credits of its UE."""
    return weighted_mean([(exact(unit.of.ects), unit.exact) for unit in units if unit.exact is not None])
