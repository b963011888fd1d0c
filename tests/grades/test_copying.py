"""From one promotion to another: who teaches, what is planned. And whom a line of a list means."""

from __future__ import annotations

import datetime
from decimal import Decimal

import pytest

from curriculum.models import Unit
from grades.models import Assessment
from grades.people import copy_teachers
from grades.roster import Named, People
from grades.services import copy_plan
from tests.factories import (
    make_assessment,
    make_cohort,
    make_department,
    make_enrolment,
    make_parcours,
    make_programme,
    make_student,
    make_teaching,
    make_user,
    programme_of,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def cohorts():
    """Last year's promotion and this year's, of two versions of one programme."""
    parcours = make_parcours(department=make_department())
    before = make_programme(parcours=parcours)
    after = make_programme(parcours=parcours, in_force_from=2024)
    return make_cohort(before, school_year=2023), make_cohort(after, school_year=2024)


def test_teachers_are_taken_up_where_nobody_is(cohorts):
    source, cohort = cohorts
    department = cohort.department
    ouadah, marchetti, gone = (make_user("teacher", department=department) for _ in range(3))
    for code, people in (("R31", [ouadah, gone]), ("R41", [ouadah])):
        make_teaching(
            source, programme_of(source).elements.get(code=code), teachers=people, heads=[marchetti]
        )
    bare = make_teaching(cohort, programme_of(cohort).elements.get(code="R31"))
    kept = make_teaching(cohort, programme_of(cohort).elements.get(code="R41"), heads=[ouadah])
    gone.is_active = False
    gone.save()
    left = copy_teachers(source=source, cohort=cohort, by=make_user("director", department=department))

    assert ([*bare.teachers.all()], [*bare.heads.all()]) == ([ouadah], [marchetti])
    assert ([*kept.teachers.all()], [*kept.heads.all()]) == ([], [ouadah])
    assert left == [f"R31, {gone}\xa0: pas de compte ouvert avec le rôle Enseignement."]


def test_a_plan_is_taken_up_without_marks(cohorts):
    source, cohort = cohorts
    taught = make_teaching(source, programme_of(source).elements.get(code="R31"))
    tp = source.groups.create(name="TP A")
    here = cohort.groups.create(name="TP A")
    teaching = make_teaching(cohort, programme_of(cohort).elements.get(code="R31"))
    other = Unit.objects.get(programme=programme_of(source), code="UE31")
    whole = make_assessment(taught, title="DS", coefficient=Decimal("1.5"), maximum=40, published=True)
    whole.weights.create(unit=other, weight=2)
    make_assessment(taught, title="TP", group=tp, position=1, locked=True)
    make_assessment(taught, title="Rattrapage", kind="second", position=3)
    make_assessment(taught, title="Oral", group=source.groups.create(name="TP B"), position=2)
    director = make_user("director", department=cohort.department)
    left = copy_plan(source=source, cohort=cohort, by=director, moved=datetime.timedelta(weeks=52))

    made = list(teaching.assessments.order_by("position"))
    assert [(row.title, row.coefficient, row.maximum, row.date, row.group) for row in made] == [
        ("DS", Decimal("1.5"), Decimal(40), datetime.date(2026, 3, 3), None),
        ("TP", Decimal(1), Decimal(20), datetime.date(2026, 3, 3), here),
    ]
    assert not any(row.published or row.locked for row in made)
    (poids,) = made[0].weights.all()
    assert (poids.unit.programme, poids.unit.code, poids.weight) == (programme_of(cohort), "UE31", 2)
    assert left == ["R31, Oral\xa0: le groupe TP B n’existe pas ici."]
    assert copy_plan(source=source, cohort=cohort, by=make_user()) == left  # nothing twice
    assert Assessment.objects.filter(teaching=teaching).count() == 2


def test_a_line_means_a_student_by_number_or_names():
    cohort = make_cohort()
    people = [
        ("0123", "N’GUESSAN", "Aya", {"email": "aya@iut.example", "usual_last_name": "KONÉ"}),
        ("777", "LE GUEN", "Zoé", {}),
        ("888", "LE GUEN", "Zoé", {}),
    ]
    for number, last, first, more in people:
        student = make_student(cohort.department, number=number, last_name=last, first_name=first, **more)
        make_enrolment(cohort, student)
    known = People(cohort.enrolments.select_related("student"))
    aya = cohort.enrolments.get(student__number="0123")

    for text in ("0123", "123", "Aya N'Guessan", "KONE aya", "aya@iut.example", "0123 KONÉ Aya"):
        assert known.match(Named.of(text)).enrolment == aya, text
    reasons = {text: known.match(Named.of(text)).reason for text in ("Le Guen Zoé", "777 KONÉ", "DUPOND", "")}
    assert reasons["Le Guen Zoé"].startswith(
        "Plusieurs peuvent l’être\xa0: LE GUEN Zoé (n°\xa0777) et LE GUEN"
    )
    assert reasons["777 KONÉ"].startswith("Le n°\xa0777 est celui de LE GUEN Zoé, la ligne nomme")
    assert reasons["DUPOND"].startswith("Personne de cette promotion n’a ce nom.")
    assert reasons[""].startswith("Dire de qui il s’agit")
