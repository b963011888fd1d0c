"""A session as the jury reads it: the figures, the verdicts of the rules, what people decided over them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
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
    """A competence of the table: its UE judged here and, when the year is judged, its RCUE.

    `name` is that of the RCUE, judged or not. Where programmes are judged together, two may have a UE34 each:
    `keys` tells each UE from the others, `key` the RCUE; `whose` are the programmes that have it, "" for all.
    """

    competence: str
    title: str
    short: str
    level: int
    name: str
    units: tuple[str, ...]
    rcue: str | None
    keys: tuple[str, ...]
    key: str
    whose: str = ""


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
            [Taken.from_row(row) for row in rows.order_by("student", "at", "pk")],
            [Adopted.from_row(row) for row in accepted.order_by("student", "pk")],
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
            student, verdict = self.figures.decided(student.id, decisions)
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

    @property
    def here(self) -> list[Case]:
        """Those who follow the year."""
        return [case for case in self.cases if not case.gone]

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

    @property
    def label(self) -> str:
        """What tells this programme from the others judged; "" for the whole."""
        return ""

    @cached_property
    def parts(self) -> list[Proceedings]:
        """The programmes judged that have students, each as a jury of its own; this one, if it is alone."""
        followed = {case.person.get("programme") for case in self.cases}
        followed_keys = [key for key in self.context.get("programmes", ()) if key in followed]
        return [Part(self, key) for key in followed_keys] or [self]

    @property
    def units(self) -> Sequence[Unit]:
        """The UE of the programmes judged, those common to several once."""
        if len(self.parts) == 1:
            return self.cohort.units
        return [*{(unit.rcue, unit.code): unit for part in self.parts for unit in part.units}.values()]

    def of_programme(self, label: str) -> Proceedings:
        """One of the parts, by its label; all of it for any other."""
        return next((part for part in self.parts if label and part.label == label), self)

    def columns_of(self, case: Case) -> tuple[Column, ...]:
        """The competences of one student: without their RCUE when it is not decided here."""
        theirs = self._columns[case.person.get("programme", "")]
        if case.judges_year:
            return theirs
        return tuple(replace(column, rcue=None) for column in theirs)

    def has(self, case: Case, column: Column) -> bool:
        """Whether a competence is of a student's programme."""
        return not column.whose or column in self._columns[case.person.get("programme", "")]

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """The competences judged, each with its UE and its RCUE, in the programme's order.

        Those of all the programmes judged first, then each one's own.
        """
        every = dict.fromkeys(column for columns in self._columns.values() for column in columns)
        return tuple(sorted(every, key=lambda column: bool(column.whose)))

    @cached_property
    def _columns(self) -> dict[str, tuple[Column, ...]]:
        """Those of each programme judged, by its key; "" where one alone is judged."""
        labels = {key: programme["label"] for key, programme in self.context.get("programmes", {}).items()}
        if not labels:
            return {"": _columns(self.units, self._semesters, self.context, year=self.tells_year)}
        units = {case.person["programme"]: case.cohort.units for case in self.cases}
        own = {
            key: _columns(units[key], self._semesters, self.context, year=self.tells_year)
            for key in labels
            if key in units
        }
        having: dict[Column, list[str]] = defaultdict(list)
        for key, columns in own.items():
            for column in columns:
                having[column].append(labels[key])
        codes = Counter(unit for column in having for unit in column.units)
        levels = Counter(column.key for column in having)

        def told_apart(column: Column) -> Column:
            whose = "" if len(having[column]) == len(own) else ", ".join(having[column])
            keys = tuple(unit if codes[unit] == 1 else f"{unit} {whose}" for unit in column.units)
            key = column.key if levels[column.key] == 1 else f"{column.key} {whose}"
            return replace(column, whose=whose, keys=keys, key=key)

        return {key: tuple(map(told_apart, columns)) for key, columns in own.items()}

    @property
    def _semesters(self) -> set[int]:
        return {semester for student in self.cohort.students for semester in student.semesters}

    @cached_property
    def spreads(self) -> Spreads:
        """How the class did, those out of the year apart."""
        return Spreads([case.verdict for case in self.here], self.cohort.regulation.decimals)

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


class Part(Proceedings):
    """The students of one of the programmes judged, as a jury of its own."""

    def __init__(self, whole: Proceedings, key: str) -> None:
        super().__init__(whole.figures, whole.decisions, whole.adoptions)
        self.whole, self.key = whole, key
        programmes = whole.context["programmes"]
        alone = {name: words for name, words in whole.context.items() if name != "programmes"}
        self.context = {**alone, "programme": programmes[key]}

    @property
    def label(self) -> str:
        return str(self.context["programme"]["label"])

    @cached_property
    def cases(self) -> list[Case]:
        return [case for case in self.whole.cases if case.person["programme"] == self.key]

    @property
    def units(self) -> Sequence[Unit]:
        return self.cases[0].cohort.units

    def columns_of(self, case: Case) -> tuple[Column, ...]:
        (theirs,) = self._columns.values()
        return theirs if case.judges_year else tuple(replace(column, rcue=None) for column in theirs)

    @property
    def tells_year(self) -> bool:
        return self.whole.tells_year


def _columns(
    units: Iterable[Unit], semesters: Collection[int], context: Mapping[str, Any], *, year: bool
) -> tuple[Column, ...]:
    """The competences of a programme, of which these semesters are judged."""
    groups: dict[str, list[Unit]] = defaultdict(list)
    for unit in units:
        if unit.semester in semesters:
            groups[unit.rcue].append(unit)
    words = context["competences"]
    return tuple(
        Column(
            competence=group[0].competence,
            title=words[group[0].competence]["title"],
            short=words[group[0].competence]["short"],
            level=group[0].level,
            name=rcue,
            units=(codes := tuple(unit.code for unit in group)),
            rcue=rcue if year else None,
            keys=codes,
            key=group[0].competence,
        )
        for rcue, group in groups.items()
    )


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
