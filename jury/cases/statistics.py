"""What a jury's results look like as a whole; those out of the year are not counted, save by their code."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from jury.cases.case import Case
from jury.cases.proceedings import Column, Proceedings
from jury.cases.spreads import Spread
from jury.rules import VALIDATING, Code, RcueVerdict, UnitVerdict


@dataclass(frozen=True, slots=True)
class UnitFigures:
    """A UE or a RCUE over the promotion: the averages on 20, numbers of students."""

    unit: str
    mean: Decimal | None
    own: int
    otherwise: int
    missing: int
    # Of which nothing is known yet: neither acquired nor not.
    waiting: int
    lowest: Decimal | None = None
    highest: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Share:
    """How many students acquired so many competences (UE at an odd-semester jury) of so many."""

    acquired: int
    total: int
    students: int


def by_unit(proceedings: Proceedings) -> list[UnitFigures]:
    """Each UE judged, in the order of the programme."""
    return [
        _figures(
            key,
            [case.verdict.units[unit] for case in _having(proceedings, column)],
            proceedings.spreads.units.get((column.name, unit)),
        )
        for column in proceedings.columns
        for key, unit in zip(column.keys, column.units, strict=True)
    ]


def by_rcue(proceedings: Proceedings) -> list[UnitFigures]:
    """Each RCUE judged, called by its competence, in the order of the programme."""
    return [
        _figures(
            column.key,
            [
                case.verdict.rcues[column.rcue]
                for case in _having(proceedings, column)
                if column.rcue in case.verdict.rcues
            ],
            proceedings.spreads.rcues.get(column.rcue),
        )
        for column in proceedings.columns
        if column.rcue
    ]


def _figures(
    name: str, verdicts: Sequence[UnitVerdict | RcueVerdict], averages: Spread | None
) -> UnitFigures:
    own = sum(verdict.code == Code.ADM for verdict in verdicts)
    acquired = sum(verdict.code in VALIDATING for verdict in verdicts)
    waiting = sum(waits(verdict.code) for verdict in verdicts)
    return UnitFigures(
        name,
        averages.mean if averages else None,
        own,
        acquired - own,
        len(verdicts) - acquired - waiting,
        waiting,
        averages.lowest if averages else None,
        averages.highest if averages else None,
    )


WAITING = frozenset({Code.ATJ, Code.RAT})
"""Put off, by the jury or to a resit."""


def waits(code: Code | None) -> bool:
    """Whether a UE or a RCUE has no result yet: an average is missing, a resit or a decision is to come."""
    return code is None or code in WAITING


def spread(proceedings: Proceedings) -> list[Share]:
    """From all acquired to none."""
    cases = proceedings.here
    total = most_competences(proceedings)
    counts = Counter(acquired(case, proceedings) for case in cases)
    return [Share(number, total, counts[number]) for number in range(total, -1, -1)]


def most_competences(proceedings: Proceedings) -> int:
    """Of how many competences a student may acquire; the most, where programmes judged have not as many."""
    return max((len(part.columns) for part in proceedings.parts), default=0)


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
        has_code = case.standing in ("right", "adopted", "person") or case.person["status"] == Code.ABL
        key = case.year_code if has_code else case.standing
        tally[key or "right"] = tally.get(key or "right", 0) + 1
    return [
        {"key": key, "number": number} for key, number in sorted(tally.items(), key=lambda item: -item[1])
    ]


def followed(proceedings: Proceedings) -> int:
    """How many students are counted."""
    return len(proceedings.here)


def _having(proceedings: Proceedings, column: Column) -> list[Case]:
    return [case for case in proceedings.here if proceedings.has(case, column)]
