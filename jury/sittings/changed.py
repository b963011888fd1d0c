"""What changed since a jury judged it, said to the jury that judges it next: averages, and the motives given.

A mark that another jury locked changes only for a catch-up or a correction, the rest for a motive (see
grades/judged.py). However it came, what the jury of the year finds of the odd semester is held beside what
the ledger says that the jury of that semester gave.
"""

from __future__ import annotations

from fractions import Fraction

from butrt.base import french
from grades.averages import shown
from jury.cases.case import Case
from jury.cases.ledger.given import decimal_text
from jury.cases.proceedings import Proceedings
from jury.models import Result, Session


def moved_averages(session: Session, proceedings: Proceedings) -> list[tuple[Case, list[str]]]:
    """The students whose UE of the odd semester would have another average: ["UE32 6,10 → 15,10"]."""
    if not session.judges_year:
        return []
    rows = Result.objects.filter(
        session__cohort=session.cohort_id, session__semester=session.semester - 1, kind=Result.Kind.UNIT
    ).order_by("session__rank")
    given = {(number, name): average for number, name, average in rows.values_list(*RESULT)}
    decimals = session.regulation.decimals
    moved = []
    for case in proceedings.cases:
        lines = [
            f"{name} {_words(was, decimals)} → {_words(now, decimals)}"
            for name, unit in case.verdict.units.items()
            if (was := given.get((case.id, name))) is not None and was != (now := decimal_text(unit.exact))
        ]
        if lines:
            moved.append((case, lines))
    return moved


RESULT = ("student__number", "subject", "average")


def _words(average: str, decimals: int) -> str:
    rounded = shown(Fraction(average), decimals) if average else None
    return "sans moyenne" if rounded is None else french.number(rounded)
