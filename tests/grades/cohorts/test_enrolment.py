"""The page of a student’s year: what a jury must know of it, changed, refused, taken back."""

import datetime
import re

import pytest

from grades.models import Enrolment, ExtraRepeat, Group, Student
from tests.factories import (
    make_assessment,
    make_cohort,
    make_enrolment,
    make_result,
    make_student,
    make_teaching,
    programme_of,
)
from tests.grades.cohorts.reading import address, as_shown, text_of
from tests.pages import carried, shown

pytestmark = pytest.mark.django_db


def test_an_enrolment_is_changed_from_its_page(client, secretary, cohort):
    enrolment = make_enrolment(cohort)
    page = address("enrolment", enrolment.pk)
    typed = as_shown(client.get(page)) | {"status": "DEM", "status_since": "2025-03-14", "repeats_3": 1}

    answer = client.post(page, typed)

    assert answer.url == cohort.get_absolute_url()
    enrolment.refresh_from_db()
    assert (enrolment.status, enrolment.status_since) == ("DEM", datetime.date(2025, 3, 14))
    assert enrolment.repeats == {"3": 1}


def test_the_director_of_studies_records_and_withdraws_one_more_repeat(client, director, cohort):
    enrolment = make_enrolment(cohort)
    page = address("extra_repeat", enrolment.pk)
    assert "appréciée par le directeur de l’IUT" in text_of(client.get(page))
    typed = {"semester": 3, "granted_on": "2025-01-06", "granted_by": "Anne Roy", "document": "Lettre"}

    refused = client.post(page, typed)
    assert (refused.status_code, refused.context["form"]["granted_by"].value()) == (200, "Anne Roy")
    assert client.post(page, typed | {"circumstances": "Accident."}).url == address("enrolment", enrolment.pk)
    act = ExtraRepeat.objects.get()
    told = text_of(client.get(address("enrolment", enrolment.pk)))
    assert "S3, un de plus , accordé le 6 janvier 2025 par Anne Roy : Accident." in told

    withdrawal = address("withdraw_repeat", enrolment.pk, act.pk)
    client.post(withdrawal, {"motive": ""})
    assert ExtraRepeat.objects.standing().exists()
    client.post(withdrawal, {"motive": "Erreur de personne."})
    assert "« Erreur de personne. »" in text_of(client.get(address("enrolment", enrolment.pk)))


def test_an_acquired_unit_is_a_fact_that_the_student_may_take_again(client, secretary, cohort):
    enrolment = make_enrolment(cohort)
    unit = programme_of(cohort).units.get(code="UE31")
    enrolment.acquired.set([unit])
    make_result(enrolment.student, unit)
    page = address("enrolment", enrolment.pk)
    first_page = client.get(page)
    assert "UE acquises avant UE31 : par un jury antérieur" in text_of(first_page)
    assert [str(label) for _, label in first_page.context["form"]["dispensed"].field.choices] == ["UE41"]

    client.post(page, as_shown(first_page) | {"retaken": [unit.pk]})

    assert list(enrolment.retaken.all()) == [unit]
    assert list(enrolment.acquired.all()) == [unit]


def test_a_semester_alone_is_taken_and_its_repeats_told(client, secretary, cohort):
    enrolment = make_enrolment(cohort)
    make_enrolment(make_cohort(programme_of(cohort), school_year=2023), enrolment.student)
    page = address("enrolment", enrolment.pk)

    client.post(page, as_shown(client.get(page)) | {"semesters": "4"})

    promotion = client.get(cohort.get_absolute_url()).content.decode()
    assert re.search(r">S4</td>\s*<td[^>]*>S4 ×\u202f1</td>", promotion)
    assert "cette année comprise : S4 × 1" in text_of(client.get(page))


def test_a_refusal_keeps_what_was_typed(client, secretary, department, cohort):
    enrolment = make_enrolment(cohort, make_student(department, last_name="MARTIN"))
    page = address("enrolment", enrolment.pk)

    answer = client.post(page, as_shown(client.get(page)) | {"status": "DEM", "unjustified_absences": 7})

    form = answer.context["form"]
    assert form.errors == {"status_since": ["MARTIN Camille, démission : dire depuis quelle date."]}
    assert form["unjustified_absences"].value() == "7"


def test_who_saves_second_is_told_what_changed_and_may_save_again(client, secretary, cohort):
    group = Group.objects.create(cohort=cohort, name="TP A")
    enrolment = make_enrolment(cohort)
    page = address("enrolment", enrolment.pk)
    typed = as_shown(client.get(page)) | {"unjustified_absences": 7}
    Enrolment.objects.filter(pk=enrolment.pk).update(group=group)

    answer = client.post(page, typed)

    said = " ".join(answer.context["form"].non_field_errors()).replace("\xa0", " ")
    assert "Entre-temps, quelqu’un a changé ce que cette page montrait : Groupe : de rien à « TP A »" in said
    assert "Absences injustifiées" not in said
    enrolment.refresh_from_db()
    assert enrolment.unjustified_absences == 0

    again = answer.context["form"].data | carried(answer)
    assert client.post(page, again).status_code == 302
    enrolment.refresh_from_db()
    assert (enrolment.unjustified_absences, enrolment.group) == (7, None)


def test_a_jury_that_sits_is_told(client, secretary, cohort):
    enrolment = make_enrolment(cohort)
    make_assessment(make_teaching(cohort), locked=True)
    page = address("enrolment", enrolment.pk)
    first_page = client.get(page)

    assert "Un jury déjà ouvert garde la situation figée à son ouverture" in text_of(first_page)
    answer = client.post(page, as_shown(first_page) | {"justified_absences": 2}, follow=True)
    assert "Un jury a verrouillé des notes de cette promotion." in text_of(answer)


def test_an_identity_is_corrected_from_its_page(client, secretary, cohort):
    enrolment = make_enrolment(cohort)
    page = address("identity", enrolment.pk)

    answer = client.post(page, as_shown(client.get(page)) | {"first_name": "Camélia"})

    assert answer.url == address("enrolment", enrolment.pk)
    assert Student.objects.get().first_name == "Camélia"


def test_bonus_and_malus_are_typed_a_line_each_unit(client, secretary, cohort):
    enrolment = make_enrolment(cohort)
    page = address("adjustments", enrolment.pk)
    typed = {"UE31-points": "0,5", "UE31-reason": "Sport", "UE32-points": "", "UE32-reason": ""}

    assert client.post(page, typed | shown(client, page)).url == address("enrolment", enrolment.pk)
    assert [str(each.points) for each in enrolment.adjustments.all()] == ["0.50"]
    assert "UE31 : +0,5, Sport" in text_of(client.get(address("enrolment", enrolment.pk)))

    refused = client.post(page, typed | {"UE31-reason": ""})
    lines = refused.context["shown"].forms
    assert [line.errors for line in lines] == [{"reason": ["Dire le motif."]}, {}]


def test_an_enrolment_made_by_mistake_is_taken_back(client, secretary, cohort):
    enrolment = make_enrolment(cohort)

    assert client.post(address("remove", enrolment.pk)).url == cohort.get_absolute_url()
    assert not Enrolment.objects.exists()
