"""The means that the table shows beside what the rules decide: each student's, their rank, and each column's.

No text knows a general mean of a BUT: it orders a reading, and decides nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from jury.proceedings import Case, Proceedings
from jury.rules import UnitVerdict
from jury.rules.averages import shown


@dataclass(frozen=True, slots=True)
class Standing:
    """A student's mean on 20, and their rank in the jury: 1 the highest, equal means the same."""

    mean: Decimal
    rank: int


@dataclass(frozen=True, slots=True)
class Spread:
    """A column over the students of the year: mean, lowest and highest, on 20; None where nobody has any."""

    mean: Decimal | None
    minimum: Decimal | None
    maximum: Decimal | None


def standings(proceedings: Proceedings) -> dict[str, Standing]:
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
    return {number: Standing(average, ranks[average]) for number, average in rounded.items()}


def spreads(proceedings: Proceedings, means: Iterable[Decimal]) -> Mapping[str, Spread]:
    """What each UE and RCUE is over the students of the year, by name; "" is that of their `means`."""
    here = [case.verdict for case in proceedings.cases if not case.gone]
    decimals = proceedings.cohort.regulation.decimals
    found = {"": _spread([Fraction(mean) for mean in means], decimals)}
    for column in proceedings.columns:
        for name in column.units:
            units = [verdict.units[name] for verdict in here if name in verdict.units]
            found[name] = _spread([unit.exact for unit in units], decimals)
        if column.rcue:
            rcues = [verdict.rcues[column.rcue] for verdict in here if column.rcue in verdict.rcues]
            found[column.rcue] = _spread([rcue.exact for rcue in rcues], decimals)
    return found


def _units(proceedings: Proceedings, case: Case) -> list[UnitVerdict]:
    names = [name for column in proceedings.columns_of(case) for name in column.units]
    return [case.verdict.units[name] for name in names if name in case.verdict.units]


def _mean(units: Iterable[UnitVerdict]) -> Fraction | None:
    """Of the averages that there are, each weighing the credits of its UE."""
    known = [(unit.exact, Fraction(unit.of.ects)) for unit in units if unit.exact is not None]
    weight = sum((ects for _, ects in known), Fraction(0))
    return sum((exact * ects for exact, ects in known), Fraction(0)) / weight if weight else None


def _spread(values: Iterable[Fraction | None], decimals: int) -> Spread:
    known = [value for value in values if value is not None]
    if not known:
        return Spread(None, None, None)
    mean = sum(known, Fraction(0)) / len(known)
    return Spread(shown(mean, decimals), shown(min(known), decimals), shown(max(known), decimals))
