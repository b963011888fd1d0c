"""The figures of a session: marks as the rules read them, and what the rules alone say of each student.

Frozen at the opening, they don't change until the jury closes: a process reads and decides them once, and
keeps them (some 20 MB for 120 students). What people decide over them is in jury/proceedings.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cached_property, lru_cache
from typing import Any

from jury import cohortfile, dossier
from jury.consequences import Outcome
from jury.models import Session
from jury.rules import Cohort, Distance, Student, Verdict, decide, nearest

SESSIONS_KEPT = 4


class Figures:
    """A snapshot, read. Shared between requests: never changed."""

    def __init__(self, snapshot: Mapping[str, Any]) -> None:
        self.context: Mapping[str, Any] = snapshot["context"]
        self.cohort_file: dict[str, Any] = snapshot["cohort"]
        self._distances: dict[str, Distance | None] = {}

    @classmethod
    def of(cls, session: Session) -> Figures:
        """The figures of a session as its state says: live in preparation, frozen afterwards."""
        if session.state == Session.State.PREPARATION:
            return cls(dossier.freeze(session))
        assert session.opened_at is not None  # a frozen session was opened
        return _frozen(session.pk, session.opened_at)

    @cached_property
    def cohort(self) -> Cohort:
        return cohortfile.read_cohort(self.cohort_file)

    @cached_property
    def files(self) -> dict[str, dict[str, Any]]:
        """Each student's object of the cohort file, by id."""
        return {student["id"]: student for student in self.cohort_file["students"]}

    @cached_property
    def proposals(self) -> dict[str, Verdict]:
        """What the rules say of each student, without any decision of this jury, in the cohort's order."""
        return {student.id: decide(student, self.cohort) for student in self.cohort.students}

    @cached_property
    def outcomes(self) -> dict[str, Outcome]:
        """What those proposals come to, by student."""
        return {student: Outcome.of(verdict) for student, verdict in self.proposals.items()}

    def distance(self, student: Student) -> Distance | None:
        """How far the next code is, by the rules alone."""
        if student.id not in self._distances:
            self._distances[student.id] = nearest(student, self.cohort, self.proposals[student.id])
        return self._distances[student.id]


@lru_cache(maxsize=SESSIONS_KEPT)
def _frozen(session: int, opened_at: datetime) -> Figures:
    """The frozen figures of a session; `opened_at` tells a deliberation from an earlier one, sent back."""
    snapshot = Session.objects.values_list("snapshot", flat=True).get(pk=session, opened_at=opened_at)
    assert snapshot is not None  # the database's constraint: frozen from deliberation on
    return Figures(snapshot)
