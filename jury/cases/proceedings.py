"""A session as the jury reads it: the figures, the verdicts of the rules, what people decided over them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from threading import Lock
from typing import Any

from butrt.base.canonical import digest_of
from jury.cases import cohortdecisions, cohortfile, taken
from jury.cases.case import Case
from jury.cases.figures import Figures
from jury.cases.spreads import Spreads
from jury.cases.taken import Adopted, Taken
from jury.models import Minutes, Session
from jury.rules import (
    Cohort,
    Student,
    Unit,
    Verdict,
    decide,
)

VERSIONS_KEPT = 3
"""How many PV a process keeps read, some 30 MB each for 150 students with a past."""


@dataclass(frozen=True)
class Column:
    """A competence of the table: its UE judged here and, when the year is judged, its RCUE."""

    competence: str
    title: str
    short: str
    level: int
    units: tuple[str, ...]
    rcue: str | None


class Proceedings:
    """The whole of a session: frozen figures from the opening on, live ones in preparation."""

    def __init__(
        self, figures: Figures, decisions: Iterable[Taken], adoptions: Iterable[Adopted] = ()
    ) -> None:
        self.figures = figures
        self.context = figures.context
        self.decisions = list(decisions)
        self.adoptions = list(adoptions)

    @property
    def cohort(self) -> Cohort:
        """The cohort as the rules read it: only when something asks."""
        return self.figures.cohort

    @classmethod
    def of(cls, session: Session) -> Proceedings:
        """Read a session (fetched `with_programme()`) in a fixed number of queries: three once frozen."""
        rows = session.decisions.filter(current=True).exclude(code="").select_related("student", "author")
        accepted = session.adoptions.filter(current=True).select_related("student", "act__by")
        return cls(
            Figures.of(session),
            [Taken.from_row(row) for row in rows],
            [Adopted.from_row(row) for row in accepted],
        )

    @classmethod
    def of_minutes(cls, content: Mapping[str, Any]) -> Proceedings:
        """Read again what a version of the PV says: no query, nothing live."""
        return cls(
            Figures(content),
            [Taken(**decision) for decision in content["taken"]],
            [Adopted(**adoption) for adoption in content.get("adopted", ())],
        )

    @classmethod
    def of_version(cls, version: Minutes) -> Proceedings:
        """The same of a version that the database has, which nothing alters: a process reads it once.

        Its content need not have been read: it is given it. Shared between requests: never changed.
        """
        version.content, proceedings = _kept(version)
        return proceedings

    @classmethod
    def of_one(cls, content: Mapping[str, Any], number: str) -> Proceedings:
        """The same, of one student alone: the others are neither read nor judged."""
        cohort = content["cohort"]
        alone = cohort | {"students": [student for student in cohort["students"] if student["id"] == number]}
        taken, adopted = (
            [row for row in content.get(name, ()) if row["student"] == number]
            for name in ("taken", "adopted")
        )
        return cls.of_minutes({**content, "cohort": alone, "taken": taken, "adopted": adopted})

    @property
    def bare_cohort(self) -> dict[str, Any]:
        """The cohort file without any decision of this jury."""
        return self.figures.cohort_file

    @cached_property
    def cohort_file(self) -> dict[str, Any]:
        """The cohort file with this jury's decisions in it: what anyone recomputes."""
        return taken.with_decisions(self.bare_cohort, self.decisions)

    @cached_property
    def cases(self) -> list[Case]:
        """Every student, in the order of the cohort (by name)."""
        taken: dict[str, list[Taken]] = defaultdict(list)
        for decision in self.decisions:
            taken[decision.student].append(decision)
        accepted = {adoption.student: adoption for adoption in self.adoptions}
        return [
            self._case(student, tuple(taken[student.id]), accepted.get(student.id))
            for student in self.cohort.students
        ]

    def _case(self, student: Student, decisions: tuple[Taken, ...], adoption: Adopted | None) -> Case:
        proposal = self.figures.proposals[student.id]
        verdict = proposal
        if decisions:
            (file,) = taken.with_decisions({"students": [self.figures.files[student.id]]}, decisions)[
                "students"
            ]
            student = cohortfile.read_student(file, self.cohort)
            verdict = decide(student, self.cohort)
        return Case(
            id=student.id,
            person=self.context["students"][student.id],
            student=student,
            verdict=verdict,
            proposal=proposal,
            decisions=decisions,
            adoption=adoption,
            figures=self.figures,
        )

    def case(self, student_id: str) -> Case:
        """One student's case. Raises KeyError for an unknown one."""
        for case in self.cases:
            if case.id == student_id:
                return case
        raise KeyError(student_id)

    def if_decided(self, case: Case, choices: Iterable[tuple[str, str, str]]) -> Verdict:
        """What the rules would give with these decisions (kind, subject, code) beside those already taken."""
        given = {(kind, subject): code for kind, subject, code in choices}
        kept = [decision for decision in case.decisions if (decision.kind, decision.subject) not in given]
        tried = [
            Taken(case.id, kind, subject, code, "", "", "", "", "") for (kind, subject), code in given.items()
        ]
        (file,) = taken.with_decisions({"students": [self.figures.files[case.id]]}, [*kept, *tried])[
            "students"
        ]
        return decide(cohortfile.read_student(file, self.cohort), self.cohort)

    @property
    def judges_year(self) -> bool:
        """Whether it is the jury of an even semester, which judges the year of all."""
        return bool(self.context["judges_year"])

    @cached_property
    def tells_year(self) -> bool:
        """Whether a year ends here: that of all, or of who retakes an odd semester alone (domain 3.7)."""
        return self.judges_year or any(student.year_ends for student in self.cohort.students)

    def columns_of(self, case: Case) -> tuple[Column, ...]:
        """The competences of one student: without their RCUE when it is not decided here."""
        if case.judges_year:
            return self.columns
        return tuple(replace(column, rcue=None) for column in self.columns)

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """The competences judged, in the programme's order, each with its UE and its RCUE."""
        semesters = {semester for student in self.cohort.students for semester in student.semesters}
        units: dict[str, list[Unit]] = defaultdict(list)
        for unit in self.cohort.units:
            if unit.semester in semesters:
                units[unit.rcue].append(unit)
        words = self.context["competences"]
        return tuple(
            Column(
                competence=group[0].competence,
                title=words[group[0].competence]["title"],
                short=words[group[0].competence]["short"],
                level=group[0].level,
                units=tuple(unit.code for unit in group),
                rcue=rcue if self.tells_year else None,
            )
            for rcue, group in units.items()
        )

    @cached_property
    def spreads(self) -> Spreads:
        """How the class did, those out of the year apart."""
        here = [case.verdict for case in self.cases if not case.gone]
        return Spreads(here, self.cohort.regulation.decimals)

    @property
    def settled(self) -> int:
        return sum(case.settled for case in self.cases)

    @property
    def left(self) -> int:
        """How many decisions closing still asks for, those of right to accept apart."""
        return sum(case.undecided for case in self.cases)

    @cached_property
    def awaiting(self) -> list[Case]:
        """The cases of right that the jury has not accepted yet; those it must answer are not among them."""
        return [case for case in self.cases if case.standing == "right" and not case.changed]

    @cached_property
    def unanswered(self) -> list[Case]:
        """The cases where the rules say otherwise than when the jury decided: to accept or to keep."""
        return [case for case in self.cases if case.changed]

    @property
    def awaiting_mark(self) -> str:
        """What tells those cases, as they are shown, from any others: sent back when they are accepted."""
        return digest_of([[case.id, self.figures.outcomes[case.id].to_json()] for case in self.awaiting])

    def decisions_object(self) -> dict[str, Any]:
        """The decisions file ("butrt-decisions/1") of this session as it stands."""
        return {
            "format": "butrt-decisions/1",
            "students": [cohortdecisions.verdict_to_json(case.verdict) for case in self.cases],
        }


_versions: dict[tuple[int, datetime], tuple[dict[str, Any], Proceedings]] = {}
_versions_lock = Lock()


def _kept(version: Minutes) -> tuple[dict[str, Any], Proceedings]:
    """The content of a version of the PV, and the same read; the key is its own, whatever the database."""
    key = (version.pk, version.created_at)
    kept = _versions.get(key) or (version.content, Proceedings.of_minutes(version.content))
    with _versions_lock:
        _versions.pop(key, None)
        _versions[key] = kept
        while len(_versions) > VERSIONS_KEPT:
            del _versions[next(iter(_versions))]
    return kept
