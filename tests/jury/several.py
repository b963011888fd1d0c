"""A promotion of two parcours before a jury: a common competence, and one of their own with the same code.

UE31, UE41 (RT1) are of both, their elements R31 and R41 too; UE34, UE44 are RT4 of IOM, and RT4 of Cyber.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from curriculum.models import Programme, Unit, Weight
from grades.models import Mark
from jury.models import Member, Session
from tests.factories import (
    make_assessment,
    make_cohort,
    make_competence,
    make_department,
    make_element,
    make_enrolment,
    make_parcours,
    make_regulation,
    make_session,
    make_student,
    make_teaching,
    make_user,
)
from tests.jury.world import ENTERED, World

WAYS = {"IOM": "Internet des objets et mobilité", "Cyber": "Cybersécurité"}


def make_ways(**fields) -> dict[str, Programme]:
    """The programmes of the two parcours, by their short names."""
    department = make_department()
    parcours = {
        short: make_parcours(department=department, short=short, name=name) for short, name in WAYS.items()
    }
    common = make_competence(parcours["IOM"], "RT1", identity="RT1", title="Administrer", short="Administrer")
    common.parcours.add(parcours["Cyber"])
    programmes = {}
    for short, way in parcours.items():
        programmes[short] = programme = Programme.objects.create(
            parcours=way, **{"year": 2, "modality": "initiale", "in_force_from": 2022} | fields
        )
        own = make_competence(way, "RT4", identity=f"RT4.{short}", title=f"Le métier {short}", short=short)
        for semester in (3, 4):
            for number, competence, element in (
                (1, common, f"R{semester}1"),
                (4, own, f"R{semester}4.{short}"),
            ):
                unit = Unit.objects.create(
                    programme=programme,
                    code=f"UE{semester}{number}",
                    semester=semester,
                    competence=competence,
                    level=2,
                    ects=Decimal(15),
                )
                taught = make_element(programme=programme, code=element, semester=semester)
                Weight.objects.create(unit=unit, element=taught, coefficient=1)
    return programmes


def make_several(marks: Mapping[str, Mapping[str, str]], *, semester: int = 4) -> World:
    """`marks`: {"IOM": {student's name: mark}, "Cyber": …}, the same mark in each of their elements.

    "12/8": the first in what is common, the other in their own competence.
    """
    programmes = make_ways()
    cohort = make_cohort(*programmes.values())
    president = make_user("president", "director", department=cohort.department)
    teacher = make_user("teacher", department=cohort.department)
    enrolments, texts = {}, {}
    for short, students in marks.items():
        for name, text in students.items():
            student = make_student(cohort.department, last_name=name)
            enrolments[name] = make_enrolment(cohort, student, programme=programmes[short])
            common, _, own = text.partition("/")
            texts[name] = (common, own or common)
    assessed = {}
    for programme in programmes.values():
        for element in programme.elements.all():
            if element.code not in assessed:
                assessed[element.code] = make_assessment(make_teaching(cohort, element, heads=[teacher]))
            for name, enrolment in enrolments.items():
                if enrolment.programme_id != programme.pk:
                    continue
                Mark.objects.create(
                    assessment=assessed[element.code],
                    enrolment=enrolment,
                    value=texts[name]["." in element.code],
                    entered_by=teacher,
                    entered_at=ENTERED,
                )
    regulation = make_regulation(cohort.department)
    session = make_session(cohort, president, semester=semester, regulation=regulation)
    Member.objects.create(
        session=session, name="Une membre", quality="enseignante", presence="present", position=1
    )
    return World(Session.objects.with_programme().get(pk=session.pk), president, enrolments)
