"""The means that the table shows beside what the rules decide: each student's, their rank, and each column's.

No text knows a general mean of a BUT: it orders a reading, and decides nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import lcm

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
    whole = [(Fraction(mean), mean) for mean in means]
    found = {"": _spread(whole, decimals)}
    for column in proceedings.columns:
        for name in column.units:
            units = [verdict.units[name] for verdict in here if name in verdict.units]
            found[name] = _spread([(unit.exact, unit.average) for unit in units], decimals)
        if column.rcue:
            rcues = [verdict.rcues[column.rcue] for verdict in here if column.rcue in verdict.rcues]
            found[column.rcue] = _spread([(rcue.exact, rcue.average) for rcue in rcues], decimals)
    return found


def _units(proceedings: Proceedings, case: Case) -> list[UnitVerdict]:
    names = [name for column in proceedings.columns_of(case) for name in column.units]
    return [case.verdict.units[name] for name in names if name in case.verdict.units]


def _mean(units: Iterable[UnitVerdict]) -> Fraction | None:
    """Of the averages that there are, each weighing the credits of its UE."""
    known = [(unit.exact, Fraction(unit.of.ects)) for unit in units if unit.exact is not None]
    weight = _sum([ects for _, ects in known])
    return _sum([exact * ects for exact, ects in known]) / weight if weight else None


def _spread(averages: Iterable[tuple[Fraction | None, Decimal | None]], decimals: int) -> Spread:
    """Of averages exact and as they are shown: the mean is that of the exact ones, rounded once."""
    known = [(exact, average) for exact, average in averages if exact is not None and average is not None]
    if not known:
        return Spread(None, None, None)
    displayed = [average for _, average in known]
    mean = _sum([exact for exact, _ in known]) / len(known)
    return Spread(shown(mean, decimals), min(displayed), max(displayed))


def _sum(values: Sequence[Fraction]) -> Fraction:
    """On their common denominator, once: hundreds of fractions added one by one take a while."""
    common = lcm(*(value.denominator for value in values))
    return Fraction(sum(value.numerator * (common // value.denominator) for value in values), common)
