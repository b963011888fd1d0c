"""A result changed: which later juries rest on it, told at once, in the transaction of the change."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from django.utils import timezone

from grades import locks
from grades.models import Enrolment, Student
from jury.cases import dossier
from jury.cases.enrolments import recall_acquired
from jury.cases.ledger.writing import Given
from jury.models import Recheck, Result, Session

ResultsByStudent = dict[int, set[tuple[Any, ...]]]
"""What results say, by student."""


def results_by_student(rows: Iterable[Result | Given]) -> ResultsByStudent:
    """What a session, or a file from elsewhere, says of each student: to tell what changed of it."""
    results: ResultsByStudent = defaultdict(set)
    for row in rows:
        about = (row.kind, row.competence_id, row.level, row.semester, row.year, row.subject)
        results[row.student_id].add((*about, row.average, row.code))
    return results


def changed_students(before: ResultsByStudent, after: ResultsByStudent) -> set[int]:
    return {key for key in {*before, *after} if before.get(key, set()) != after.get(key, set())}


def flag(*, students: Collection[int], cause: str, since: int, apart: Session | None = None) -> list[Recheck]:
    """Tell the sessions whose frozen figures rest on what changed of these students, from a school year on.

    Those that would find the same results today are left in peace. Inside the transaction of the change.
    """
    if not students:
        return []
    _wait_for_openings(students, since)
    recall_acquired(Enrolment.objects.filter(student__in=students, cohort__school_year__gte=since))
    sessions = (
        Session.objects.with_programme()
        .exclude(state=Session.State.PREPARATION)
        .filter(cohort__school_year__gte=since)
        .judging(students)
    )
    rechecks = []
    for session in sessions.exclude(pk=apart.pk) if apart else sessions:
        for student in _resting(session, students):
            recheck, made = Recheck.objects.get_or_create(
                session=session,
                student_id=student,
                answered_at=None,
                defaults={"cause": cause[:250], "at": timezone.now()},
            )
            if made:
                rechecks.append(recheck)
    return rechecks


def _wait_for_openings(students: Collection[int], since: int) -> None:
    """A jury that opens now has read the ledger before this change: it is told once it has opened."""
    waiting = Session.objects.filter(
        state=Session.State.PREPARATION,
        cohort__school_year__gte=since,
        cohort__enrolments__student__in=students,
    )
    for session in waiting.order_by("cohort", "semester").distinct():
        locks.share(session.cohort_id, session.semesters)


def _resting(session: Session, students: Collection[int]) -> list[int]:
    """Whose file, as frozen, says of the past otherwise than the ledger does now."""
    frozen = Session.objects.values_list("snapshot", flat=True).get(pk=session.pk)
    if not frozen or "cohort" not in frozen:
        return []
    files = {file["id"]: file for file in frozen["cohort"]["students"]}
    numbers = {row.number: row.pk for row in Student.objects.filter(pk__in=students)}
    now = {file["id"]: file for file in dossier.past_of(session)["students"] if file["id"] in numbers}
    return [
        numbers[number]
        for number, file in now.items()
        if number in files and _past(files[number]) != _past(file)
    ]


def _past(file: Mapping[str, Any]) -> tuple[Any, ...]:
    """What a file says of the past, whatever the order in which it does."""
    return tuple(
        sorted((tuple(sorted(decision.items())) for decision in file.get(name, ())), key=str)
        for name in ("earlier", "earlier_rcues")
    )
