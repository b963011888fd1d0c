"""What PV of before printed otherwise than those of today: they print, and are checked, so."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from butrt.base.french import NBSP
from jury.cases.case import Case
from jury.cases.statistics import UnitFigures
from jury.rules import PASSING, Code, codes
from jury.rules.following import Step


def averages(figures: Iterable[UnitFigures]) -> list[UnitFigures]:
    """Before edition 2 of the PV: what waits for its result was told as not acquired."""
    return [replace(unit, missing=unit.missing + unit.waiting, waiting=0) for unit in figures]


def next_step(case: Case) -> str:
    """Before edition 3 of the rules: "S5, DUT", "S5 fermé : UE13", "redouble S3, S4", "—"."""
    return ", ".join(part for part in (_step(case), *case.following.diplomas) if part) or "—"


def _step(case: Case) -> str:
    year, following, progression = case.verdict.year, case.following, case.verdict.progression
    if case.student.year == 1 and following.semester == 5:  # BUT2 is passed, BUT1 retaken
        return f"S5 fermé{NBSP}: {', '.join(following.gate)}" if following.gate else "S5"
    if following.step is Step.REPEATS:
        return f"redouble {', '.join(f'S{semester}' for semester in following.repeats)}"
    if year == Code.NAR:
        return "orientation"
    if year in codes.STATUSES:
        return ""
    if year in (Code.ATJ, Code.RAT):
        return "en attente"
    if progression.semester is None:
        return ""
    if progression.right:
        return f"S{progression.semester}"
    if year in PASSING and progression.missing:
        return f"S{progression.semester} fermé{NBSP}: {', '.join(progression.missing)}"
    return "à décider" if case.judges_year else "en attente"
