"""The pages of a promotion’s students: found, sorted, exported, enrolled one at a time."""

import datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from grades.models import Cohort, Enrolment, Group, Student
from tests.factories import (
    make_cohort,
    make_department,
    make_enrolment,
    make_student,
    make_teaching,
    make_user,
    programme_of,
)
from tests.grades.cohorts.reading import address, rows_of, text_of

pytestmark = pytest.mark.django_db

CAMILLE = {
    "number": "22400001",
    "ine": "070000041ZZ",
    "last_name": "Le Guennic",
    "first_name": "Camille",
    "gender": "F",
    "birth_date": "2005-03-12",
    "birth_place": "Tours",
    "email": "",
}


def test_students_are_found_by_name_number_group_and_situation(client, secretary, department, cohort):
    group = Group.objects.create(cohort=cohort, name="TP A")
    make_enrolment(cohort, make_student(department, last_name="ÉLIE", first_name="Ana"), group=group)
    make_enrolment(cohort, make_student(department, last_name="MARTIN", number="229"))
    make_enrolment(
        cohort,
        make_student(department, last_name="OLIVARES", ine="070000041ZZ"),
        status="DEM",
        status_since=datetime.date(2025, 3, 14),
    )

    def found(**asked: object) -> list[str]:
        table = client.get(cohort.get_absolute_url(), asked).context["table"]
        return sorted(row.record.student.last_name for row in table.rows)

    assert found() == ["MARTIN", "OLIVARES", "ÉLIE"]
    assert found(q="élie ana") == ["ÉLIE"]
    assert found(q="229") == ["MARTIN"]
    assert found(q="070000041zz") == ["OLIVARES"]
    assert found(group=group.pk) == ["ÉLIE"]
    assert found(group="null") == ["MARTIN", "OLIVARES"]
    assert found(status="gone") == ["OLIVARES"]
    assert found(status="DEM") == ["OLIVARES"]
    assert found(status="present") == ["MARTIN", "ÉLIE"]


def test_students_are_sorted_by_a_column(client, secretary, department, cohort):
    for number in ("2", "1", "3"):
        make_enrolment(cohort, make_student(department, number=number))

    table = client.get(cohort.get_absolute_url(), {"sort": "-number"}).context["table"]

    assert [row.record.student.number for row in table.rows] == ["3", "2", "1"]


def test_students_are_exported_with_everything_known(client, secretary, department, cohort):
    make_enrolment(
        cohort,
        make_student(
            department,
            last_name="OLIVARES",
            gender="M",
            number="229",
            ine="070000041ZZ",
            baccalaureate="T",
            baccalaureate_series="STI2D",
            parcoursup="1100001",
            address="14 rue des Tanneurs\nBât. B",
            postal_code="00000",
            city="Valbrume",
        ),
        group=Group.objects.create(cohort=cohort, name="TP A"),
        company="Brumelec",
        status="DEM",
        status_since=datetime.date(2025, 3, 14),
        repeats={"3": 1},
    )

    exported = client.get(cohort.get_absolute_url(), {"_export": "csv"})

    assert exported["Content-Disposition"] == f'attachment; filename="{cohort.file_stem("promotion")}.csv"'
    assert rows_of(exported) == [
        {
            "n° étudiant": "229",
            "INE": "070000041ZZ",
            "nom": "OLIVARES",
            "prénom": "Camille",
            "nom d’usage": "",
            "prénom usuel": "",
            "civilité": "M",
            "date de naissance": "2005-01-01",
            "lieu de naissance": "Valbrume",
            "courriel": "",
            "baccalauréat": "technologique",
            "série du baccalauréat": "STI2D",
            "n° Parcoursup": "1100001",
            "adresse": "14 rue des Tanneurs, Bât. B",
            "code postal": "00000",
            "ville": "Valbrume",
            "pays": "",
            "parcours": "IOM",
            "régime": "apprentissage",
            "groupe": "TP A",
            "entreprise": "Brumelec",
            "situation": "démission",
            "depuis le": "2025-03-14",
            "semestres": "S3 S4",
            "redoublements": "S3 ×\u202f1",
            "redoublements accordés": "",
            "demi-journées injustifiées": "0",
            "demi-journées justifiées": "0",
        }
    ]


@pytest.mark.parametrize(
    "page", ["cohorts", "cohort", "elements", "groups", "enrolment", "new_student", "home"]
)
def test_the_number_of_queries_does_not_grow(client, director, department, cohort, page):
    def fill() -> None:
        group = Group.objects.create(cohort=cohort, name=f"TP {cohort.groups.count()}")
        make_enrolment(cohort, group=group)
        make_cohort(programme_of(cohort), school_year=2030 + Cohort.objects.count())
        number = cohort.teachings.count()
        element = list(programme_of(cohort).elements.all())[number % 2]
        make_teaching(
            cohort, element, teachers=[make_user("teacher", department=department)], heads=[director]
        )

    def queries() -> int:
        client.get(reverse("home"))
        place = {
            "cohorts": address("cohorts"),
            "home": reverse("home"),
            "enrolment": address("enrolment", cohort.enrolments.first().pk),
            "new_student": address("new_student", cohort.pk) + "?q=MARTIN",
        }.get(page) or address(page, cohort.pk)
        with CaptureQueriesContext(connection) as seen:
            assert client.get(place).status_code == 200
        return len(seen)

    make_student(department)
    fill()
    one = queries()
    fill()
    fill()

    assert queries() == one


def test_someone_new_is_enrolled_from_the_page(client, secretary, cohort):
    group = Group.objects.create(cohort=cohort, name="TP A")

    answer = client.post(
        address("new_student", cohort.pk), CAMILLE | {"group": group.pk, "company": "Brumelec"}, follow=True
    )

    enrolment = Enrolment.objects.get()
    assert (str(enrolment.student), enrolment.group, enrolment.company) == (
        "LE GUENNIC Camille",
        group,
        "Brumelec",
    )
    assert "LE GUENNIC Camille : identité créée, inscription faite." in text_of(answer)


def test_a_known_number_proposes_the_person_and_creates_nobody(client, secretary, department, cohort):
    student = make_student(department, number="22400001", last_name="ABGRALL")

    answer = client.post(address("new_student", cohort.pk), {"number": "22400001"})

    page = text_of(answer)
    assert "Ce numéro ou cet INE existe déjà." in page
    assert "ABGRALL Camille n° 22400001" in page
    assert list(Student.objects.all()) == [student]
    answer = client.post(address("enrol", cohort.pk), {"student": student.pk})
    assert answer.url == address("enrolment", Enrolment.objects.get(student=student).pk)


def test_a_known_person_is_searched_by_name(client, secretary, department, cohort):
    there = make_enrolment(cohort, make_student(department, last_name="ABGRALL"))
    make_student(department, last_name="ABELARD")
    make_student(make_department(), last_name="ABAILLEURS")

    answer = client.get(address("new_student", cohort.pk), {"q": "ab"})

    assert [(str(student), here) for student, here in answer.context["known"]] == [
        ("ABELARD Camille", False),
        ("ABGRALL Camille", True),
    ]
    assert there.cohort == cohort
    assert "Personne ne correspond à « zz »." in text_of(
        client.get(address("new_student", cohort.pk), {"q": "zz"})
    )


def test_someone_of_another_department_cannot_be_enrolled(client, secretary, cohort):
    stranger = make_student(make_department())

    assert client.post(address("enrol", cohort.pk), {"student": stranger.pk}).status_code == 404
    assert client.post(address("enrol", cohort.pk), {"student": "x"}).status_code == 404
    assert not Enrolment.objects.exists()


def test_a_second_attempt_is_told(client, secretary, cohort):
    earlier = make_enrolment(make_cohort(programme_of(cohort), school_year=2023))

    answer = client.post(address("enrol", cohort.pk), {"student": earlier.student_id}, follow=True)

    assert "redoublements : S3 × 1, S4 × 1. À vérifier ici." in text_of(answer)


@pytest.mark.parametrize("start", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_an_exported_name_is_never_a_formula(client, secretary, department, cohort, start):
    client.force_login(secretary)
    make_enrolment(cohort, make_student(department, last_name=start))

    exported = client.get(cohort.get_absolute_url(), {"_export": "csv"})

    assert [row["nom"] for row in rows_of(exported)] == [f"'{start}"]
