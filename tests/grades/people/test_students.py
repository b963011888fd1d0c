"""A person known once, under their numbers, with an identity and an address."""

import datetime

import pytest
from django.core.exceptions import ValidationError

from butrt.base.journal.models import Entry
from grades import people
from grades.models import Group, Student
from grades.people import Identity
from tests.factories import (
    make_assessment,
    make_department,
    make_student,
    make_teaching,
)
from tests.grades.people.values import refused

pytestmark = pytest.mark.django_db

HOME = {"address": " 14  rue des Tanneurs \n\nBât. B ", "postal_code": "00000", "city": "Valbrume"}

CAMILLE = Identity(
    number="2240 0001",
    ine="070 0000 41zz",
    last_name="  Le Guennic ",
    first_name="Camille",
    gender="F",
    birth_date=datetime.date(2005, 3, 12),
    birth_place="Tours",
)


def named(**changes: object) -> Identity:
    values = {name: getattr(CAMILLE, name) for name in Identity.__slots__}
    return Identity(**values | changes)


def test_someone_new_is_created_and_enrolled(cohort, secretary):
    group = Group.objects.create(cohort=cohort, name="TP A")

    enrolment = people.enrol_new(
        cohort=cohort, identity=CAMILLE, by=secretary, group=group, company=" Brumelec "
    )

    student = enrolment.student
    assert (student.number, student.ine, str(student)) == ("22400001", "070000041ZZ", "LE GUENNIC Camille")
    assert (enrolment.group, enrolment.company, enrolment.status) == (group, "Brumelec", "")
    assert [entry.act for entry in Entry.objects.all()] == ["student.create", "enrolment.create"]


def test_someone_known_is_found_by_number_or_ine(department):
    first = make_student(department, number="22400001")
    second = make_student(department, ine="070000041ZZ")
    make_student(make_department(), number="22400001")

    assert people.find_students(department=department, number=" 2240 0001", ine="") == [first]
    assert people.find_students(department=department, number="9", ine="070 000041zz") == [second]
    assert people.find_students(department=department) == []


def test_a_number_and_an_ine_are_one_persons(cohort, department, secretary):
    there = make_student(department, number="22400001", ine="070000041ZZ", last_name="ABGRALL")

    told = refused(people.enrol_new, cohort=cohort, identity=CAMILLE, by=secretary)

    assert told == {
        "number": ["Le n°\xa022400001 est déjà celui de ABGRALL Camille."],
        "ine": ["L’INE 070000041ZZ est déjà celui de ABGRALL Camille, n°\xa022400001."],
    }
    assert list(Student.objects.all()) == [there]


def test_the_same_person_may_be_in_two_departments(cohort, secretary):
    make_student(make_department(), ine="070000041ZZ")

    assert people.enrol_new(cohort=cohort, identity=CAMILLE, by=secretary).student.ine == "070000041ZZ"


@pytest.mark.parametrize(
    ("changes", "field", "said"),
    [
        ({"ine": "0700"}, "ine", "L’INE a 11 caractères"),
        ({"birth_date": datetime.date(2105, 3, 12)}, "birth_date", "vérifier l’année de naissance"),
        ({"last_name": " "}, "last_name", "vide"),
        ({"gender": "Z"}, "gender", "choix valide"),
    ],
)
def test_an_identity_that_cannot_be_is_refused(cohort, secretary, changes, field, said):
    told = refused(people.enrol_new, cohort=cohort, identity=named(**changes), by=secretary)

    assert list(told) == [field]
    assert said in told[field][0]
    assert not Student.objects.exists()


def test_an_identity_is_corrected_and_the_journal_keeps_both(cohort, secretary):
    student = people.enrol_new(cohort=cohort, identity=CAMILLE, by=secretary).student

    people.change_identity(student=student, identity=named(first_name="Camélia"), by=secretary)

    assert str(Student.objects.get()) == "LE GUENNIC Camélia"
    entry = Entry.objects.last()
    assert (entry.act, entry.details["before"], entry.details["after"]) == (
        "student.change",
        {"first_name": "Camille"},
        {"first_name": "Camélia"},
    )
    people.change_identity(student=student, identity=named(first_name="Camélia"), by=secretary)
    assert Entry.objects.last() == entry


def test_the_number_stays_once_a_jury_has_frozen_it(cohort, secretary):
    enrolment = people.enrol_new(cohort=cohort, identity=CAMILLE, by=secretary)
    make_assessment(make_teaching(cohort), locked=True)

    told = refused(
        people.change_identity, student=enrolment.student, identity=named(number="9"), by=secretary
    )
    assert list(told) == ["number"]
    assert "son PV la désigne par ce numéro" in told["number"][0]

    people.change_identity(student=enrolment.student, identity=named(birth_place="Brest"), by=secretary)
    assert Student.objects.get().birth_place == "Brest"


def test_an_address_is_tidied_line_by_line_and_never_journaled(cohort, secretary):
    student = people.enrol_new(cohort=cohort, identity=CAMILLE, by=secretary).student
    people.change_identity(student=student, identity=named(**HOME, country="Belgique"), by=secretary)
    student.refresh_from_db()

    assert student.postal_address == ("14 rue des Tanneurs", "Bât. B", "00000 Valbrume", "BELGIQUE")
    told = Entry.objects.get(act="student.change").details
    assert told["after"] == dict.fromkeys(people.POSTAL, "renseigné")
    assert "Tanneurs" not in str(told)


@pytest.mark.parametrize(
    ("wrong", "field", "said"),
    [
        ({"city": ""}, "city", "Donner la ville : sans elle, l’adresse n’est pas imprimée."),
        (
            {"address": "un\ndeux\ntrois\nquatre"},
            "address",
            "Trois lignes au plus\xa0: la ville et le pays ont les leurs.",
        ),
    ],
)
def test_an_address_that_a_letter_could_not_bear_is_refused(cohort, secretary, wrong, field, said):
    with pytest.raises(ValidationError) as refused:
        people.enrol_new(cohort=cohort, identity=named(**HOME | wrong), by=secretary)

    assert refused.value.message_dict == {field: [said]}
