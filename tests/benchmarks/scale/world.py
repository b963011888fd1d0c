"""The promotions that teachers fill and students look at, and one whose jury is closed, for its documents."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib import import_module
from itertools import count
from typing import Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.utils import timezone

from butrt.base.accounts.models import User
from butrt.base.accounts.sessions import BEGAN, SEEN
from grades.models import Teaching
from grades.services import Entry, record_marks
from jury.models import Session
from tests.factories import make_assessment, make_user
from tests.jury.world import World, close_world, make_world

STUDENTS = 100  # of a promotion
"""As many as the largest departments have in a year."""
_names = count(1)
_store = import_module(settings.SESSION_ENGINE).SessionStore


def make_people(*, teachers: int, students: int) -> dict[str, list[dict[str, Any]]]:
    """{"teachers": …, "students": …}: who acts, by which session, on what; see `people.py`."""
    sizes = [STUDENTS] * (students // STUDENTS) + [students % STUDENTS] * bool(students % STUDENTS)
    worlds = [promotion(size) for size in sizes]
    return {
        "students": [student for world in worlds for student in _students(world)],
        "teachers": [
            _teacher(worlds[place % len(worlds)], place // len(worlds)) for place in range(teachers)
        ],
    }


def promotion(students: int, marks: Sequence[int] = range(8, 18)) -> World:
    """A promotion with a published mark by element and student: `marks` in turn, entered by the service."""
    world = make_world({f"NOM{next(_names)}": {} for _ in range(students)})
    for place, teaching in enumerate(_teachings(world)):
        (assessment,) = teaching.assessments.all()
        teaching.assessments.update(published=True)
        entries = [
            Entry(assessment.pk, enrolment.pk, str(marks[(place + rank) % len(marks)]), 0)
            for rank, enrolment in enumerate(world.enrolments.values())
        ]
        record_marks(teaching=teaching, entries=entries, by=world.president, whole=True)
    return world


def closed_session(students: int) -> tuple[Session, User]:
    """A session with its PV, and who presides it."""
    world = promotion(students, marks=[12])  # nothing for the jury to choose
    close_world(world)
    return world.session, world.president


def _teachings(world: World) -> Sequence[Teaching]:
    return list(
        world.session.cohort.teachings.select_related("element", "cohort__specialty__department").order_by(
            "pk"
        )
    )


def _students(world: World) -> Iterator[dict[str, Any]]:
    for enrolment in world.enrolments.values():
        student = enrolment.student
        student.account = make_user("student", department=student.department)
        student.save(update_fields=["account"])
        yield {"session": signed_in(student.account), "number": student.number}


def _teacher(world: World, place: int) -> dict[str, Any]:
    """Who fills an évaluation of their own, on a sheet that others fill too."""
    teachings = _teachings(world)
    teaching = teachings[place % len(teachings)]
    teacher = make_user("teacher", department=world.session.department)
    teaching.teachers.add(teacher)
    return {
        "session": signed_in(teacher),
        "user": teacher.pk,
        "teaching": teaching.pk,
        "assessment": make_assessment(teaching, title=f"TD {place + 1}", published=True).pk,
        "enrolments": [enrolment.pk for enrolment in world.enrolments.values()],
    }


def signed_in(user: User) -> str:
    """The key of a session of this person, as signing in makes one."""
    store = _store()
    now = int(timezone.now().timestamp())
    store.update(
        {
            SESSION_KEY: str(user.pk),
            BACKEND_SESSION_KEY: "django.contrib.auth.backends.ModelBackend",
            HASH_SESSION_KEY: user.get_session_auth_hash(),
            BEGAN: now,
            SEEN: now,
        }
    )
    store.create()
    return str(store.session_key)
