"""The figures of a session: marks as the rules read them, and what the rules alone say of each student.

Frozen at the opening, they don't change until the jury closes: a process reads and decides them once, and
keeps them (some 20 MB for 120 students). In preparation the marks are read at each request, and the rules are
asked again about those whose marks changed. What people decide over them is in jury/cases/proceedings.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from functools import cached_property, lru_cache
from threading import Lock
from typing import Any

from jury.cases import cohortfile, dossier
from jury.cases.consequences import Outcome
from jury.cases.taken import Taken, with_decisions
from jury.models import Result, Session
from jury.rules import PASSING, RULES, Cohort, Distance, Student, Verdict, decide, nearest
from jury.rules.following import Before, Following, following

SESSIONS_KEPT = 4

Choice = tuple[str, str, str]
"""What a decision is to the rules: kind, subject, code."""


class Figures:
    """A snapshot, read. Shared between requests: never changed."""

    def __init__(self, snapshot: Mapping[str, Any], before: Figures | None = None) -> None:
        """`before`: the same session read earlier; who has the same file is not judged again."""
        self.context: Mapping[str, Any] = snapshot["context"]
        self.cohort_file: dict[str, Any] = snapshot["cohort"]
        # Those of before it was said are the first.
        self.rules: int = snapshot.get("rules", 1)
        self._known: dict[str, tuple[Student, Verdict]] = before._unchanged(self) if before else {}
        self._distances: dict[str, Distance | None] = (
            {known: distance for known, distance in before._distances.items() if known in self._known}
            if before
            else {}
        )
        # By student: the last decisions that were asked about, and what the rules give with them.
        self._decided: dict[str, tuple[tuple[Choice, ...], Student, Verdict]] = {}

    @classmethod
    def of(cls, session: Session) -> Figures:
        """The figures of a session as its state says: live in preparation, frozen afterwards."""
        if session.state == Session.State.PREPARATION:
            return _live(session)
        assert session.opened_at is not None  # a frozen session was opened
        closed = session.closed_at if session.state == Session.State.CLOSED else None
        return _frozen(session.pk, session.opened_at, closed)

    @cached_property
    def cohort(self) -> Cohort:
        if not self._known:
            return cohortfile.read_cohort(self.cohort_file, rules=self.rules)
        bare = cohortfile.read_cohort(self._head, rules=self.rules)
        students = (
            self._known[file["id"]][0] if file["id"] in self._known else cohortfile.read_student(file, bare)
            for file in self.cohort_file["students"]
        )
        return replace(bare, students=tuple(students))

    @cached_property
    def files(self) -> dict[str, dict[str, Any]]:
        """Each student's object of the cohort file, by id."""
        return {student["id"]: student for student in self.cohort_file["students"]}

    def as_snapshot(self) -> dict[str, Any]:
        """What reads again as these figures."""
        return {"rules": self.rules, "context": self.context, "cohort": self.cohort_file}

    def as_frozen(self) -> dict[str, Any]:
        """The same as a session keeps it from its opening on (see `dossier.freeze`)."""
        return {"format": dossier.FORMAT, **self.as_snapshot()}

    @property
    def _head(self) -> dict[str, Any]:
        """The cohort file without its students: what else a verdict depends on."""
        return {name: value for name, value in self.cohort_file.items() if name != "students"}

    def _unchanged(self, now: Figures) -> dict[str, tuple[Student, Verdict]]:
        """Those of the students, as read and judged here, whose file is the same `now`."""
        if (self.rules, self._head) != (now.rules, now._head):
            return {}
        return {
            student.id: (student, self.proposals[student.id])
            for student in self.cohort.students
            if self.files[student.id] == now.files.get(student.id)
        }

    @cached_property
    def proposals(self) -> dict[str, Verdict]:
        """What the rules say of each student, without any decision of this jury, in the cohort's order."""
        return {
            student.id: self._known[student.id][1]
            if student.id in self._known
            else decide(student, self.cohort)
            for student in self.cohort.students
        }

    def decided(self, number: str, decisions: Iterable[Taken]) -> tuple[Student, Verdict]:
        """A student with what the jury decided, and what the rules give then.

        Kept until they decide otherwise: a table is asked for after each act, which is about one student.
        """
        taken = tuple(decisions)
        choices = tuple((decision.kind, decision.subject, decision.code) for decision in taken)
        kept = self._decided.get(number)
        if kept is None or kept[0] != choices:
            (file,) = with_decisions({"students": [self.files[number]]}, taken)["students"]
            student = cohortfile.read_student(file, self.cohort)
            kept = self._decided[number] = choices, student, decide(student, self.cohort)
        return kept[1], kept[2]

    @cached_property
    def outcomes(self) -> dict[str, Outcome]:
        """What those proposals come to, by student."""
        return {
            student.id: self.outcome_of(student, self.proposals[student.id])
            for student in self.cohort.students
        }

    def outcome_of(self, student: Student, verdict: Verdict) -> Outcome:
        """What a verdict on one of the students comes to."""
        return Outcome.of(verdict, self.following(student, verdict))

    def following(self, student: Student, verdict: Verdict) -> Following:
        """What a verdict on one of the students entails, after what earlier juries said."""
        return following(student, self.cohort, verdict, self._before(student.id))

    def _before(self, number: str) -> Before:
        person = self.context["students"][number]
        second_year = [line["code"] for line in person["path"] if line["subject"] == "BUT2"]
        granted = person.get("granted", {})
        return Before(
            # Those of the first edition did not decide S5 anew.
            passed_second_year=self.rules > 1 and bool(second_year) and second_year[-1] in PASSING,
            diplomas=frozenset(person.get("diplomas", ())),
            given_here=frozenset(
                unit for unit, given in granted.items() if given["source"] == Result.Source.JURY
            ),
        )

    def distance(self, student: Student) -> Distance | None:
        """How far the next code is, by the rules alone."""
        if student.id not in self._distances:
            self._distances[student.id] = nearest(student, self.cohort, self.proposals[student.id])
        return self._distances[student.id]


_latest: dict[int, Figures] = {}
_latest_lock = Lock()


def _live(session: Session) -> Figures:
    """The figures of a session in preparation, from the marks of this instant.

    The marks are read again each time; the rules are asked again only about the students whose file changed.
    """
    figures = Figures(dossier.freeze(session), before=_latest.get(session.pk))
    with _latest_lock:
        _latest.pop(session.pk, None)
        _latest[session.pk] = figures
        while len(_latest) > SESSIONS_KEPT:
            del _latest[next(iter(_latest))]
    return figures


@lru_cache(maxsize=SESSIONS_KEPT)
def _frozen(session: int, opened_at: datetime, closed_at: datetime | None) -> Figures:
    """The frozen figures of a session; `opened_at` tells a deliberation from an earlier one, sent back.

    `closed_at` tells a version of the PV from the correction that follows, by the rules of that day.
    """
    snapshot = Session.objects.values_list("snapshot", flat=True).get(pk=session, opened_at=opened_at)
    assert snapshot is not None  # the database's constraint: frozen from deliberation on
    if closed_at is None:  # a jury decides by the rules of its day, even on figures frozen before them
        snapshot = {**snapshot, "rules": RULES}
    return Figures(snapshot, before=_latest.get(session))
