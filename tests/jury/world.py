"""A small promotion ready for its jury: two RCUE, invented students, one mark an element."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass

from butrt.base.accounts.models import User
from grades.models import Enrolment, Mark
from jury.models import Member, Minutes, Session
from jury.sittings import services
from tests.factories import (
    make_assessment,
    make_cohort,
    make_department,
    make_enrolment,
    make_parcours,
    make_programme,
    make_session,
    make_student,
    make_teaching,
    make_user,
)

UNITS = {"UE31": "15", "UE32": "15", "UE41": "15", "UE42": "15"}
ENTERED = datetime.datetime(2025, 6, 5, 12, tzinfo=datetime.UTC)


@dataclass
class World:
    session: Session
    president: User
    enrolments: dict[str, Enrolment]

    def student(self, name: str):
        return self.enrolments[name].student


def make_world(marks: Mapping[str, Mapping[str, str]], *, semester: int = 4) -> World:
    """`marks`: {student's name: {element: mark or code}}; R31 is the element of UE31, and so on."""
    department = make_department()
    programme = make_programme(UNITS, parcours=make_parcours(department=department))
    cohort = make_cohort(programme)
    president = make_user("president", department=department)
    teacher = make_user("teacher", department=department)
    enrolments = {name: make_enrolment(cohort, make_student(department, last_name=name)) for name in marks}
    for element in programme.elements.all():
        assessment = make_assessment(make_teaching(cohort, element, heads=[teacher]))
        for name, given in marks.items():
            if (text := given.get(element.code)) is None:
                continue
            coded = text.isalpha()
            Mark.objects.create(
                assessment=assessment,
                enrolment=enrolments[name],
                value=None if coded else text,
                code=text if coded else "",
                entered_by=teacher,
                entered_at=ENTERED,
            )
    session = make_session(cohort, president, semester=semester)
    Member.objects.create(
        session=session, name="Une membre", quality="enseignante", presence="present", position=1
    )
    return World(Session.objects.with_programme().get(pk=session.pk), president, enrolments)


def all_at(mark: str, **others: str) -> dict[str, str]:
    """The same mark everywhere, save in `others`."""
    return dict.fromkeys(("R31", "R32", "R41", "R42"), mark) | others


def close_world(world: World) -> Minutes:
    """Hold the jury to its end: everything comes of right. `world.session` is read again."""
    services.open_deliberation(session=world.session, by=world.president)
    services.adopt(session=reread(world), by=world.president, expected=len(world.enrolments))
    minutes = services.close(session=reread(world), by=world.president)
    world.session = reread(world)
    minutes.session = world.session
    return minutes


def reread(world: World) -> Session:
    """The session of a world as the database has it now."""
    return Session.objects.with_programme().get(pk=world.session.pk)
