"""Our rules replayed on what ScoDoc decided, its UE averages taken as they are: what differs, and why.

Only what follows from a file is judged: UE, RCUE and year of one year of the BUT. What a person decided there
(ADJ, RED, NAR…) is counted apart, no rule gives it; it is taken as given when the year is decided. A code
against the student where our rules grant something of right is a difference, whoever decided it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Final, Literal

from butrt.base import french
from butrt.base.french import NBSP
from grades.averages import rounded
from jury.cases import cohortfile
from jury.exchange.scodoc.reading import Student
from jury.exchange.scodoc.units import Year
from jury.rules import Cohort, Verdict, codes, decide

Outcome = Literal["same", "jury", "above", "different", "other", "silent"]
OUTCOMES: Final[dict[Outcome, str]] = {
    "same": "d’accord",
    "jury": "décidé par leur jury",
    "above": "ADSUP, d’un niveau que le fichier ne montre pas",
    "different": "différents",
    "other": "d’une autre année, non rejoués",
    "silent": "sans code ou sans moyenne",
}
# What a person decides, no rule gives it: always (who left), or where our rules grant nothing of right.
LEFT: Final = frozenset(codes.STATUSES)
BY_JURY: Final = {
    "UE": {"ADJ", "ADJR", "ATJ", "RAT"},
    "RCUE": {"ADJ", "ATJ", "RAT"},
    "année": {"ADJ", "PAS1NCI", "RED", "NAR", "ATJ", "RAT"},
}
GRANTED: Final = codes.VALIDATING | codes.PASSING


@dataclass(frozen=True)
class Difference:
    """One thing that both say otherwise: theirs, ours, and our reason."""

    who: str
    about: str
    theirs: str
    ours: str
    why: str

    def __str__(self) -> str:
        return f"{self.who}, {self.about}{NBSP}: ScoDoc {self.theirs}, butrt {self.ours}. {self.why}".rstrip()


@dataclass
class Comparison:
    """What was compared: {kind: {outcome: how many}}, the differences of codes, those of RCUE averages."""

    counts: dict[str, Counter[Outcome]] = field(
        default_factory=lambda: {"UE": Counter(), "RCUE": Counter(), "année": Counter()}
    )
    differences: list[Difference] = field(default_factory=list)
    averages: list[Difference] = field(default_factory=list)
    averages_compared: int = 0

    def add(self, other: Comparison) -> None:
        for kind, counted in other.counts.items():
            self.counts[kind] += counted
        self.differences += other.differences
        self.averages += other.averages
        self.averages_compared += other.averages_compared


def compare(students: Iterable[Student], year: Year, regulation: dict[str, Any]) -> Comparison:
    """Decide again of each student of one programme, and compare."""
    units = list(year.programme.units.select_related("competence"))
    bare: dict[str, Any] = {
        "format": cohortfile.COHORT,
        "regulation": regulation,
        "units": [
            {
                "code": unit.code,
                "semester": unit.semester,
                "competence": unit.competence.code,
                "level": unit.level,
                "ects": str(unit.ects),
                "rcue_weight": str(unit.rcue_weight),
            }
            for unit in units
        ],
    }
    cohort = cohortfile.read_cohort(bare)
    comparison = Comparison()
    for student in students:
        if student.rcues:
            _compare(student, year, cohort, comparison)
        elif student.year_code or student.status:
            left = (student.year_code or student.status) in LEFT
            comparison.counts["année"]["jury" if left else "silent"] += 1
    return comparison


def _compare(student: Student, year: Year, cohort: Cohort, comparison: Comparison) -> None:
    number = year.programme.year
    file: dict[str, Any] = {
        "id": student.etudid,
        "year": number,
        "semesters": [2 * number - 1, 2 * number],
        "status": student.status,
        "averages": {
            year.units[unit.id].code: unit.average
            for unit in student.all_units()
            if unit.average and year.units[unit.id].programme_id == year.programme.pk
        },
    }
    verdict = decide(cohortfile.read_student(file, cohort), cohort)
    taken: dict[str, dict[str, str]] = {"units": {}, "rcues": {}}
    for rcue in student.rcues:
        if any(year.units[unit.id].programme_id != year.programme.pk for unit in rcue.units):
            comparison.counts["UE"]["other"] += len(rcue.units)
            comparison.counts["RCUE"]["other"] += 1
            continue
        for unit in rcue.units:
            name = year.units[unit.id].code
            ours = verdict.units[name].code if unit.average else None
            if _one("UE", name, unit.code, ours, student, verdict, comparison) in ("jury", "above"):
                taken["units"][name] = unit.code
        name = year.units[rcue.units[0].id].rcue
        decided = verdict.rcues[name]
        whole = all(unit.average for unit in rcue.units)
        ours = decided.code if whole else None
        if _one("RCUE", name, rcue.code, ours, student, verdict, comparison) in ("jury", "above"):
            taken["rcues"][name] = rcue.code
        if whole and rcue.average and decided.average is not None:
            comparison.averages_compared += 1
            theirs = rounded(Fraction(rcue.average), cohort.regulation.decimals)
            if theirs != decided.average:
                comparison.averages.append(
                    Difference(
                        student.place,
                        f"moyenne de {name}",
                        french.number(theirs),
                        french.number(decided.average),
                        "Une UE acquise une autre année y compte peut-être, ou leurs poids diffèrent.",
                    )
                )
    if taken["units"] or taken["rcues"]:
        verdict = decide(cohortfile.read_student(file | {"jury": taken}, cohort), cohort)
    _one("année", "", student.year_code, verdict.year, student, verdict, comparison)


def _one(
    kind: str,
    name: str,
    theirs: str,
    ours: str | None,
    student: Student,
    verdict: Verdict,
    comparison: Comparison,
) -> Outcome:
    outcome: Outcome
    if not theirs or (ours is None and kind != "année"):
        outcome = "silent"
    elif theirs == ours:
        outcome = "same"
    elif theirs == "ADSUP" and ours not in GRANTED:
        outcome = "above"
    elif theirs in LEFT or (theirs in BY_JURY[kind] and (ours not in GRANTED or theirs == ours)):
        outcome = "jury"
    else:
        outcome = "different"
        why = _why(verdict, name or "year")
        comparison.differences.append(
            Difference(student.place, name or "année", theirs, str(ours or "à décider par le jury"), why)
        )
    comparison.counts[kind][outcome] += 1
    return outcome


def _why(verdict: Verdict, about: str) -> str:
    reasons: Sequence[str] = [reason.text for reason in verdict.reasons if reason.about == about]
    return " ".join(reasons)
