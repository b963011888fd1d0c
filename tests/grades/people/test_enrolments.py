"""A student’s year: enrolled once, changed whole, with a bonus or a malus."""

import datetime
from decimal import Decimal

import pytest

from butrt.base.journal.models import Entry
from grades import people
from grades.models import Enrolment, Group, Mark, Student
from grades.people import Points
from tests.factories import (
    make_assessment,
    make_cohort,
    make_department,
    make_enrolment,
    make_programme,
    make_student,
    make_teaching,
    programme_of,
)
from tests.grades.people.values import enrolment_values, refused

pytestmark = pytest.mark.django_db


def test_somebody_known_is_enrolled_once(cohort, department, secretary):
    student = make_student(department, last_name="ABGRALL")
    people.enrol(cohort=cohort, student=student, by=secretary)

    told = refused(people.enrol, cohort=cohort, student=student, by=secretary)
    assert told == {"": [f"ABGRALL Camille est déjà dans la promotion {cohort}."]}

    stranger = make_student(make_department(), last_name="AILLEURS")
    told = refused(people.enrol, cohort=cohort, student=stranger, by=secretary)
    assert told == {"": ["AILLEURS Camille est d’un autre département."]}


def test_an_enrolment_is_changed_whole(cohort, director):
    enrolment = make_enrolment(cohort)
    group = Group.objects.create(cohort=cohort, name="TP A")
    unit = programme_of(cohort).units.get(code="UE31")

    people.change_enrolment(
        **enrolment_values(
            enrolment,
            group=group,
            company="Brumelec",
            status="DEM",
            status_since=datetime.date(2025, 3, 14),
            repeats={3: 1, 4: 0},
            dispensed=[unit],
            unjustified_absences=4,
            justified_absences=2,
        ),
        by=director,
    )

    enrolment = Enrolment.objects.get()
    assert (enrolment.group, enrolment.company, enrolment.status) == (group, "Brumelec", "DEM")
    assert enrolment.repeats == {"3": 1}
    assert list(enrolment.dispensed.all()) == [unit]
    assert (enrolment.unjustified_absences, enrolment.justified_absences) == (4, 2)
    details = Entry.objects.get().details
    assert details["before"]["repeats"] == {}
    assert details["after"]["dispensed"] == ["UE31"]


def test_an_enrolment_that_does_not_change_is_not_journaled(cohort, director):
    people.change_enrolment(**enrolment_values(make_enrolment(cohort)), by=director)

    assert not Entry.objects.exists()


@pytest.mark.parametrize(
    ("changes", "field", "said"),
    [
        ({"status": "DEM"}, "status_since", "MARTIN Camille, démission : dire depuis quelle date."),
        (
            {"status_since": datetime.date(2025, 3, 14)},
            "status_since",
            "MARTIN Camille est dans la promotion : effacer la date, ou choisir la situation.",
        ),
        (
            {"status": "DEM", "status_since": datetime.date(2052, 3, 14)},
            "status_since",
            "MARTIN Camille : le 14 mars 2052 n’est pas de l’année 2024-2025.",
        ),
        ({"repeats": {3: 12}}, "repeats", "MARTIN Camille, S3 : un nombre de fois de 0 à 9."),
        ({"repeats": {7: 1}}, "repeats", "MARTIN Camille, S7 : un nombre de fois de 0 à 9."),
        ({"semesters": [5]}, "semesters", "MARTIN Camille : S3, S4 ou les deux."),
        ({"semesters": []}, "semesters", "MARTIN Camille : S3, S4 ou les deux."),
        ({"status": "PARTI", "status_since": datetime.date(2025, 3, 14)}, "status", "choix valide"),
    ],
)
def test_an_enrolment_that_cannot_be_is_refused(cohort, department, secretary, changes, field, said):
    enrolment = make_enrolment(cohort, make_student(department, last_name="MARTIN"))

    told = refused(people.change_enrolment, **enrolment_values(enrolment, **changes), by=secretary)

    assert list(told) == [field]
    assert said in told[field][0]


def test_a_group_and_units_are_those_of_the_promotion(cohort, secretary):
    other = make_cohort()
    group = Group.objects.create(cohort=other, name="TP Z")
    units = list(programme_of(other).units.filter(code="UE31"))

    told = refused(
        people.change_enrolment,
        **enrolment_values(make_enrolment(cohort), group=group, dispensed=units),
        by=secretary,
    )

    assert told["group"] == ["TP Z est un groupe d’une autre promotion."]
    assert "UE31 n’est pas du programme" in told["dispensed"][0]


def test_marks_of_the_former_group_are_counted(cohort, secretary):
    first, second = (Group.objects.create(cohort=cohort, name=name) for name in "AB")
    enrolment = make_enrolment(cohort, group=first)
    moment = datetime.datetime(2025, 3, 4, tzinfo=datetime.UTC)
    for group, value in ((first, 12), (None, 11)):
        Mark.objects.create(
            assessment=make_assessment(make_teaching(cohort), group=group),
            enrolment=enrolment,
            value=value,
            entered_by=secretary,
            entered_at=moment,
        )
    assert people.marks_of_other_groups(enrolment) == 0

    moved = people.change_enrolment(**enrolment_values(enrolment, group=second), by=secretary)

    assert people.marks_of_other_groups(moved) == 1


def test_an_enrolment_made_by_mistake_goes_the_student_stays(cohort, secretary):
    enrolment = make_enrolment(cohort)

    people.remove_enrolment(enrolment=enrolment, by=secretary)

    assert not Enrolment.objects.exists()
    assert Student.objects.count() == 1
    assert Entry.objects.get().act == "enrolment.remove"


def test_an_enrolment_with_marks_or_before_a_jury_stays(cohort, department, secretary):
    enrolment = make_enrolment(cohort, make_student(department, last_name="MARTIN"))
    assessment = make_assessment(make_teaching(cohort), locked=True)
    told = refused(people.remove_enrolment, enrolment=enrolment, by=secretary)
    assert told == {
        "": ["Un jury a verrouillé les notes de la promotion : MARTIN Camille y figure et y reste."]
    }

    Mark.objects.create(
        assessment=assessment,
        enrolment=enrolment,
        value=12,
        entered_by=secretary,
        entered_at=datetime.datetime(2025, 3, 4, tzinfo=datetime.UTC),
    )
    told = refused(people.remove_enrolment, enrolment=enrolment, by=secretary)
    assert told == {
        "": [
            "MARTIN Camille a 1\xa0note dans cette promotion : l’inscription reste. "
            "Pour un départ, changer la situation."
        ]
    }


def test_bonus_and_malus_are_set_changed_and_taken_back(cohort, secretary):
    enrolment = make_enrolment(cohort)
    first, second = programme_of(cohort).units.order_by("code")
    people.set_adjustments(
        enrolment=enrolment,
        adjustments={first: Points(Decimal("0.5"), "Sport"), second: Points(Decimal(-1), "Assiduité")},
        by=secretary,
    )
    assert set(enrolment.adjustments.values_list("unit__code", "points", "reason")) == {
        ("UE31", Decimal("0.50"), "Sport"),
        ("UE41", Decimal("-1.00"), "Assiduité"),
    }

    people.set_adjustments(
        enrolment=enrolment, adjustments={first: Points(Decimal("0.25"), "Sport")}, by=secretary
    )

    assert list(enrolment.adjustments.values_list("unit__code", "points")) == [("UE31", Decimal("0.25"))]
    assert Entry.objects.last().details["before"] == {"UE31": "0.5, Sport", "UE41": "-1, Assiduité"}
    assert Entry.objects.last().details["after"] == {"UE31": "0.25, Sport"}


@pytest.mark.parametrize(
    ("points", "reason", "said"),
    [
        ("0", "Sport", "MARTIN Camille, UE31 : les points vont de −20 à 20, sans être 0."),
        ("21", "Sport", "MARTIN Camille, UE31 : les points vont de −20 à 20, sans être 0."),
        ("0.5", " ", "MARTIN Camille, UE31 : dire le motif du bonus ou du malus."),
    ],
)
def test_points_that_cannot_be_are_refused(cohort, department, secretary, points, reason, said):
    enrolment = make_enrolment(cohort, make_student(department, last_name="MARTIN"))
    unit = programme_of(cohort).units.get(code="UE31")

    told = refused(
        people.set_adjustments,
        enrolment=enrolment,
        adjustments={unit: Points(Decimal(points), reason)},
        by=secretary,
    )

    assert told == {"": [said]}
    assert not enrolment.adjustments.exists()


def test_points_are_for_a_unit_of_the_programme(cohort, secretary):
    other = make_programme().units.get(code="UE31")

    told = refused(
        people.set_adjustments,
        enrolment=make_enrolment(cohort),
        adjustments={other: Points(Decimal(1), "Sport")},
        by=secretary,
    )

    assert "n’est pas du programme" in told[""][0]
