"""An element declared complete, a promotion’s progress."""

from __future__ import annotations

import datetime

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from curriculum.models import Weight
from grades.models import Teaching
from grades.overview import overview
from grades.progress.completion import declare_complete, reopen
from grades.services import Entry, lock_marks, record_marks
from tests.factories import (
    make_assessment,
    make_element,
    make_enrolment,
    make_student,
    make_teaching,
    make_user,
    programme_of,
)
from tests.grades.progress.marks import NBSP, enter, last_act, progress_page, told

pytestmark = pytest.mark.django_db


def test_an_element_is_not_complete_while_marks_are_missing(teaching, head):
    make_assessment(teaching, title="TP")
    first = teaching.cohort.enrolments.order_by("student__last_name").first()
    ds, tp = teaching.assessments.order_by("title")
    record_marks(
        teaching=teaching,
        entries=[Entry(ds.pk, first.pk, "ABI", 0), Entry(tp.pk, first.pk, "ATT", 0)],
        by=head,
    )
    with pytest.raises(ValidationError) as refusal:
        declare_complete(teaching=teaching, by=head)

    assert told(refusal) == (
        f"3{NBSP}notes manquent. DS{NBSP}: 1, BARTOLI Camille. "
        f"TP{NBSP}: 2, dont 1 attendue (ATT), ABÉLARD Camille et BARTOLI Camille."
    )
    assert Teaching.objects.get(pk=teaching.pk).completed_at is None


def test_the_first_names_are_told_the_others_counted(teaching, head, department):
    for number in range(4):
        make_enrolment(teaching.cohort, make_student(department, last_name=f"CARRÉ{number}"))
    with pytest.raises(ValidationError) as refusal:
        declare_complete(teaching=teaching, by=head)

    assert told(refusal).endswith(": 6, ABÉLARD Camille, BARTOLI Camille, CARRÉ0 Camille et 3 autres.")


def test_without_assessment_there_is_nothing_to_declare(teaching, head):
    teaching.assessments.all().delete()

    with pytest.raises(ValidationError, match="Aucune évaluation"):
        declare_complete(teaching=teaching, by=head)


def test_who_left_keeps_nothing_waiting(teaching, head):
    enter(teaching, "12")
    left = teaching.cohort.enrolments.get(student__last_name="BARTOLI")
    left.status, left.status_since = "DEM", datetime.date(2024, 12, 1)
    left.save()

    assert declare_complete(teaching=teaching, by=head).completed_by == head


def test_it_is_declared_then_reopened_with_a_motive(teaching, head, director):
    enter(teaching, "12", "ABJ")
    declared = declare_complete(teaching=teaching, by=head)

    assert (declared.completed_by, last_act()[0]) == (head, "teaching.complete")
    with pytest.raises(ValidationError, match=r"est déjà déclaré complet, le .* par Camille Marchetti"):
        declare_complete(teaching=teaching, by=director)
    with pytest.raises(ValidationError, match="se motive"):
        reopen(teaching=teaching, motive=" ", by=director)
    reopen(teaching=teaching, motive="Copie retrouvée.", by=director)

    assert Teaching.objects.get(pk=teaching.pk).completed_at is None
    assert last_act()[0] == "teaching.reopen"
    assert last_act()[1]["motive"] == "Copie retrouvée."
    with pytest.raises(ValidationError, match="n’est pas déclaré complet"):
        reopen(teaching=teaching, motive="Encore.", by=director)


def test_a_mark_changed_later_keeps_the_declaration(teaching, head):
    enter(teaching, "12", "13")
    declare_complete(teaching=teaching, by=head)
    ds = teaching.assessments.get()
    first = teaching.cohort.enrolments.order_by("student__last_name").first()
    record_marks(teaching=teaching, entries=[Entry(ds.pk, first.pk, "14", 1)], by=head)

    assert Teaching.objects.get(pk=teaching.pk).completed_at
    assert last_act()[0] == "marks.record"


def test_nothing_is_declared_nor_reopened_while_the_jury_sits(teaching, head):
    enter(teaching, "12", "13")
    lock_marks(cohort=teaching.cohort, semesters=[3], by=head)
    with pytest.raises(ValidationError, match="verrouillées par le jury"):
        declare_complete(teaching=teaching, by=head)
    Teaching.objects.filter(pk=teaching.pk).update(completed_at=timezone.now(), completed_by=head)

    with pytest.raises(ValidationError, match="verrouillées par le jury"):
        reopen(teaching=teaching, motive="Copie retrouvée.", by=head)


def test_the_sheet_says_why_it_cannot_be_declared(client, teaching, head, teacher):
    enter(teaching, "12")
    client.force_login(head)
    text = client.get(teaching.get_absolute_url()).text

    assert 'aria-disabled="true" aria-describedby="why-declare">Déclarer complet' in text
    assert f"1{NBSP}note manque. DS{NBSP}: 1, BARTOLI Camille." in text
    refused = client.post(reverse("grades:complete", args=[teaching.pk]), follow=True).text
    assert refused.count(f"1{NBSP}note manque.") == 2  # the refusal, and beside the grid
    client.force_login(teacher)
    assert "Déclarer complet</button>" not in client.get(teaching.get_absolute_url()).text


def test_the_browser_is_told_that_the_element_can_be_declared(client, teaching, head):
    enter(teaching, "12", "9")
    client.force_login(head)

    said = client.get(reverse("grades:figures", args=[teaching.pk])).json()["completion"]

    assert said["why"] == ""
    assert 'type="submit"' in said["declare"]


def test_the_pages_declare_and_reopen(client, teaching, head):
    enter(teaching, "12", "13")
    client.force_login(head)
    text = client.post(reverse("grades:complete", args=[teaching.pk]), follow=True).text

    assert "R31 est déclaré complet." in text
    assert ">Rouvrir</summary>" in text
    home = client.get("/").text
    assert f"complet le {timezone.localdate().day}" in home
    text = client.post(
        reverse("grades:reopen", args=[teaching.pk]), {"motive": "Copie retrouvée."}, follow=True
    ).text
    assert "est rouvert" in text
    assert "il reste à déclarer l’élément complet" in client.get("/").text


def test_states_of_an_element(teaching, head, teacher, director):
    def state(person):
        return overview(person, 2024)[0].state[2]

    assert state(head) == "à commencer"
    enter(teaching, "12")
    assert state(head) == "en saisie"
    enter(teaching, "12", "13")
    assert [state(each) for each in (head, director)] == ["à déclarer complet"] * 2
    declare_complete(teaching=teaching, by=head)
    assert state(teacher).startswith("complet le ")
    make_enrolment(teaching.cohort)
    assert state(head).endswith(f"1{NBSP}à saisir depuis")


def test_the_director_sees_every_element(client, teaching, director):
    make_teaching(teaching.cohort, programme_of(teaching.cohort).elements.get(code="R41"))
    enter(teaching, "12", "ATT")
    client.force_login(director)
    rows = list(progress_page(client, teaching).context["table"].as_values(exclude_columns=("pick",)))

    assert rows[0] == [
        "Élément",
        "Responsables",
        "Notes",
        "Attendues (ATT)",
        "État",
        "Déclaré le",
        "Relancé le",
    ]
    assert [row[:5] for row in rows[1:]] == [
        ["R31 Élément R31", "Camille Marchetti", "1/2", 1, "en saisie"],
        ["R41 Élément R41", "personne", "0/0", 0, "aucune évaluation"],
    ]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?semester=4", ["R41"]),
        ("?q=marchetti", ["R31"]),
        ("?q=R4", ["R41"]),
        ("?state=to_declare", ["R31"]),
        ("?state=declared", []),
        ("?state=unfinished&sort=-code", ["R41", "R31"]),
    ],
)
def test_it_is_filtered_and_sorted(client, teaching, director, query, found):
    make_teaching(teaching.cohort, programme_of(teaching.cohort).elements.get(code="R41"))
    enter(teaching, "12", "13")
    client.force_login(director)

    rows = progress_page(client, teaching, query).context["table"].rows
    assert [row.record.code for row in rows] == found


def test_it_is_exported(client, teaching, director):
    client.force_login(director)
    answer = progress_page(client, teaching, "?_export=csv")

    assert answer["Content-Type"].startswith("text/csv")
    assert "R31 Élément R31;Camille Marchetti;0/2;0;à commencer;;" in answer.content.decode("utf-8-sig")
    assert "Choisir" not in answer.content.decode("utf-8-sig")


def test_its_queries_do_not_grow(client, teaching, director):
    def queries():
        with CaptureQueriesContext(connection) as caught:
            progress_page(client, teaching)
        return len(caught)

    client.force_login(director)
    before = queries()
    unit = programme_of(teaching.cohort).units.first()
    for number in range(6):
        element = make_element(programme_of(teaching.cohort), code=f"R9{number}")
        Weight.objects.create(unit=unit, element=element, coefficient=1)
        more = make_teaching(teaching.cohort, element, heads=[make_user()], teachers=[make_user()])
        make_assessment(more)
        make_enrolment(teaching.cohort)

    assert queries() == before
    assert before <= 20
