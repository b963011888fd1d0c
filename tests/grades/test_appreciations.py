"""Appreciations: who writes which line, what is refused, who is told that another wrote meanwhile."""

from __future__ import annotations

import json
from copy import deepcopy

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from butrt.base.journal.models import Entry
from butrt.base.journal.words import details_in_words
from grades.appreciations import write_appreciations, written_in
from grades.models import Appreciation
from grades.services import lock_marks
from tests.factories import (
    make_assessment,
    make_cohort,
    make_enrolment,
    make_student,
    make_teaching,
    make_user,
)
from tests.pages import shown

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def teaching_once(once):
    return once(make_taught)


@pytest.fixture
def teaching(client, teaching_once):
    """An element with an évaluation and two students; who teaches it is signed in."""
    teaching = deepcopy(teaching_once)
    client.force_login(teaching.teachers.get())
    return teaching


def make_taught():
    cohort = make_cohort()
    teaching = make_teaching(cohort, teachers=[make_user("teacher", department=cohort.department)])
    make_assessment(teaching)
    for name in ("ABEL", "BRUN"):
        make_enrolment(cohort, make_student(cohort.department, last_name=name))
    return teaching


def enrolled(teaching, name):
    return teaching.cohort.enrolments.get(student__last_name=name)


def written(teaching):
    rows = Appreciation.objects.filter(teaching=teaching).order_by("enrolment__student__sort_key")
    return [(row.enrolment.student.last_name, row.text) for row in rows]


def beside(client, teaching, name, text, seen=""):
    address = reverse("grades:appreciation", args=[teaching.pk, enrolled(teaching, name).pk])
    return client.post(address, json.dumps({"text": text, "seen": seen}), content_type="application/json")


def test_a_teacher_writes_changes_and_takes_back_lines(client, teaching):
    address = reverse("grades:appreciations", args=[teaching.pk])
    abel, brun = (f"a{enrolled(teaching, name).pk}" for name in ("ABEL", "BRUN"))

    client.post(address, {abel: " Très bon  travail. ", brun: "Irrégulier."} | shown(client, address))
    assert written(teaching) == [("ABEL", "Très bon travail."), ("BRUN", "Irrégulier.")]
    client.post(address, {abel: "Très bon travail.", brun: ""} | shown(client, address))
    assert written(teaching) == [("ABEL", "Très bon travail.")]

    last = Entry.objects.filter(act="appreciations.write").latest("pk")
    assert [line["student"] for line in last.details["appreciations"]] == ["BRUN Camille"]
    assert details_in_words(last.details) == ["semestres : S3", "appréciations : 1"]


def test_what_is_refused_names_the_student_and_saves_nothing(client, teaching):
    address = reverse("grades:appreciations", args=[teaching.pk])
    abel, brun = (f"a{enrolled(teaching, name).pk}" for name in ("ABEL", "BRUN"))

    long = client.post(address, {abel: "Bien.", brun: "x" * 201} | shown(client, address))
    unprintable = beside(client, teaching, "BRUN", "Bravo 😀")

    assert "x" * 201 in long.content.decode()
    assert unprintable.status_code == 409
    assert unprintable.json()["reason"].startswith("BRUN Camille")
    assert [beside(client, teaching, "BRUN", text).status_code for text in ("\ud800", "a\0b")] == [409, 409]
    assert written(teaching) == []


def test_beside_the_marks_who_writes_second_is_told(client, teaching):
    assert beside(client, teaching, "ABEL", "Bien.").json() == {"text": "Bien.", "number": 1}

    refused = beside(client, teaching, "ABEL", "Mieux.", seen="")

    assert refused.status_code == 409
    assert "a écrit «\N{NO-BREAK SPACE}Bien.\N{NO-BREAK SPACE}»" in refused.json()["reason"]
    assert beside(client, teaching, "ABEL", "Mieux.", seen="Bien.").status_code == 200
    assert "Mieux." in client.get(teaching.get_absolute_url()).content.decode()


def test_a_page_shown_before_another_wrote_saves_nothing(client, teaching):
    address = reverse("grades:appreciations", args=[teaching.pk])
    photograph, key = shown(client, address), enrolled(teaching, "ABEL").pk
    beside(client, teaching, "ABEL", "Bien.")

    stale = client.post(address, {f"a{key}": "Mieux."} | photograph)

    assert "Entre-temps, vous avez changé" in stale.content.decode()
    assert written(teaching) == [("ABEL", "Bien.")]


def test_the_director_of_studies_writes_those_of_a_semester(client, teaching):
    cohort = teaching.cohort
    director = make_user("director", department=cohort.department)
    client.force_login(director)
    address = reverse("cohorts:appreciations", args=[cohort.pk, 4])
    abel = enrolled(teaching, "ABEL")

    client.post(address, {f"a{abel.pk}": "En progrès."} | shown(client, address))
    own = reverse("cohorts:enrolment", args=[abel.pk])
    page = client.get(own).content.decode()

    assert written_in(cohort, 4) == {abel.pk: "En progrès."}
    assert "En progrès." in page
    said = reverse("cohorts:appreciation", args=[abel.pk])
    client.post(said, {"s3": "Bon début.", "s4": ""} | shown(client, own, said))
    assert (written_in(cohort, 3), written_in(cohort, 4)) == ({abel.pk: "Bon début."}, {})
    with pytest.raises(ValidationError, match="direction des études"):
        write_appreciations(cohort=cohort, semester=3, texts={abel.pk: "Non."}, by=teaching.teachers.get())


def test_nothing_changes_once_a_jury_froze_the_semester(client, teaching):
    beside(client, teaching, "ABEL", "Bien.")
    lock_marks(cohort=teaching.cohort, semesters=[3], by=make_user())

    refused = beside(client, teaching, "ABEL", "Mieux.", seen="Bien.")
    page = client.get(reverse("grades:appreciations", args=[teaching.pk])).content.decode()

    assert "un jury juge ou a jugé ce semestre" in refused.json()["reason"]
    assert "ses appréciations ne changent plus" in page
    assert written(teaching) == [("ABEL", "Bien.")]


def test_as_many_queries_for_two_students_as_for_three(client, teaching):
    counts = []
    for name in ("CORI", "DUPUY"):
        make_enrolment(teaching.cohort, make_student(teaching.cohort.department, last_name=name))
        beside(client, teaching, name, "Bien.")
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse("grades:appreciations", args=[teaching.pk]))
        counts.append(len(queries))
    assert counts[0] == counts[1]
