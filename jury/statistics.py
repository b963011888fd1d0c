"""What a jury's results look like as a whole; those out of the year are not counted, save by their code."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from jury.proceedings import Case, Proceedings
from jury.rules import VALIDATING, Code
from jury.rules.averages import shown


@dataclass(frozen=True, slots=True)
class UnitFigures:
    """A UE over the promotion: mean of the averages on 20, numbers of students."""

    unit: str
    mean: Decimal | None
    own: int
    otherwise: int
    missing: int


@dataclass(frozen=True, slots=True)
class Share:
    """How many students acquired so many competences (UE at an odd-semester jury) of so many."""

    acquired: int
    total: int
    students: int


def by_unit(proceedings: Proceedings) -> list[UnitFigures]:
    """Each UE judged, in the order of the programme."""
    cases = _here(proceedings)
    decimals = proceedings.cohort.regulation.decimals
    figures = []
    for name in (unit for column in proceedings.columns for unit in column.units):
        verdicts = [case.verdict.units[name] for case in cases]
        averages = [unit.exact for unit in verdicts if unit.exact is not None]
        mean = sum(averages, Fraction(0)) / len(averages) if averages else None
        own = sum(unit.code == Code.ADM for unit in verdicts)
        acquired = sum(unit.code in VALIDATING for unit in verdicts)
        figures.append(
            UnitFigures(name, shown(mean, decimals), own, acquired - own, len(verdicts) - acquired)
        )
    return figures


def spread(proceedings: Proceedings) -> list[Share]:
    """From all acquired to none."""
    cases = _here(proceedings)
    total = len(proceedings.columns)
    counts = Counter(acquired(case, proceedings) for case in cases)
    return [Share(number, total, counts[number]) for number in range(total, -1, -1)]


def by_code(proceedings: Proceedings) -> list[tuple[Code | None, int]]:
    """How many students have each year code, in the order of the codes; None last."""
    counts = Counter(case.verdict.year for case in proceedings.cases)
    return [(code, counts[code]) for code in (*Code, None) if counts[code]]


def acquired(case: Case, proceedings: Proceedings) -> int:
    """How many competences of the year a student acquired, or UE at an odd-semester jury."""
    if proceedings.judges_year:
        return case.acquired
    return sum(case.verdict.units[unit.code].acquired for unit in case.cohort.judged(case.student))


def forecast(proceedings: Proceedings) -> list[dict[str, Any]]:
    """How many students the rules give each year code today, then those left to the jury, blocked, gone.

    A gap year is told by its code: it is no departure.
    """
    tally: dict[str, int] = {}
    for case in proceedings.cases:
        told = case.standing in ("right", "adopted", "person") or case.person["status"] == Code.ABL
        key = case.year_code if told else case.standing
        tally[key or "right"] = tally.get(key or "right", 0) + 1
    return [
        {"key": key, "number": number} for key, number in sorted(tally.items(), key=lambda each: -each[1])
    ]


def _here(proceedings: Proceedings) -> list[Case]:
    return [case for case in proceedings.cases if not case.gone]
