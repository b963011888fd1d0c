"""Many évaluations published, many elements declared, in one act: what is proposed, refused, done, undone."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from butrt.base.journal.models import Entry as JournalEntry
from grades import people
from grades.models import Assessment, Teaching
from grades.services import Entry, record_marks
from tests.factories import (
    make_assessment,
    make_department,
    make_element,
    make_enrolment,
    make_parcours,
    make_programme,
    make_student,
    make_user,
)
from tests.pages import form_of, plain

pytestmark = pytest.mark.django_db


@pytest.fixture
def department():
    return make_department()


@pytest.fixture
def director(department):
    return make_user("director", department=department)


@pytest.fixture
def head(department):
    return make_user("teacher", department=department)


@pytest.fixture
def cohort(department, director, head):
    """R31 full, R41 where BARTOLI's mark is missing, R42 without évaluation; `head` answers for R31."""
    programme = make_programme(parcours=make_parcours(department=department))
    make_element(programme, code="R42", semester=4).weights.create(
        unit=programme.units.get(code="UE41"), coefficient=1
    )
    cohort = people.create_cohort(programmes=[programme], school_year=2024, by=director)
    enrolments = [
        make_enrolment(cohort, make_student(department, last_name=name)) for name in ("ABÉLARD", "BARTOLI")
    ]
    for code, number in (("R31", 2), ("R41", 1)):
        teaching = cohort.teachings.get(element__code=code)
        assessment = make_assessment(teaching, title=f"DS {code}")
        entries = [Entry(assessment.pk, enrolment.pk, "12", 0) for enrolment in enrolments[:number]]
        record_marks(teaching=teaching, entries=entries, by=director)
    cohort.teachings.get(element__code="R31").heads.add(head)
    return cohort


def address(act, cohort=None):
    return f"{reverse('grades:together')}?acte={act}" + (f"&promotion={cohort.pk}" if cohort else "")


def test_what_is_full_is_proposed_then_published_at_once(client, cohort, director):
    client.force_login(director)
    make_assessment(cohort.teachings.get(element__code="R42"), title="Vide")
    page = client.get(address("publier", cohort))
    fields = form_of(page)
    done = client.post(address("publier", cohort), fields, follow=True)
    keys = list(Assessment.objects.values_list("pk", flat=True))
    refused = client.post(address("publier", cohort), {"chosen": keys})

    text = plain(page.text)
    assert "1 note, 1 à saisir" in text
    assert "R42 Vide aucune note, rien à publier." in text
    assert fields["chosen"] == [str(Assessment.objects.get(title="DS R31").pk)]
    assert "1 évaluation publiée." in plain(done.text)
    assert "R42, Vide : Vide n’a aucune note : rien à publier." in plain(refused.text)
    assert list(Assessment.objects.filter(published=True).values_list("title", flat=True)) == ["DS R31"]
    assert JournalEntry.objects.filter(act="assessment.publish").count() == 1


def test_elements_are_declared_then_reopened_at_once(client, cohort, director):
    client.force_login(director)
    page = client.get(address("declarer", cohort))
    client.post(address("declarer", cohort), form_of(page))
    everything = {"chosen": list(Teaching.objects.values_list("pk", flat=True))}
    declared = Teaching.objects.get(completed_at__isnull=False)
    silent = client.post(address("rouvrir", cohort), everything)
    client.post(address("rouvrir", cohort), everything | {"motive": "Une note manque."})

    text = plain(page.text)
    assert "R41 Élément R41 1 note manque. DS R41 : 1, BARTOLI Camille." in text
    assert "R42 Élément R42 Aucune évaluation : il n’y a rien à déclarer complet." in text
    assert declared.element.code == "R31"
    assert "Dire le motif" in silent.text
    assert not Teaching.objects.filter(completed_at__isnull=False).exists()
    assert JournalEntry.objects.filter(act="teaching.reopen").get().details["motive"] == "Une note manque."


def test_who_teaches_acts_on_their_own_elements(client, cohort, head):
    client.force_login(head)
    assert "ensemble/?acte=declarer&amp;annee=2024" in client.get(reverse("grades:teachings")).text
    client.post(address("declarer"), {"chosen": list(Teaching.objects.values_list("pk", flat=True))})
    client.post(address("publier"), {"chosen": list(Assessment.objects.values_list("pk", flat=True))})

    assert [row.element.code for row in Teaching.objects.filter(completed_at__isnull=False)] == ["R31"]
    assert [row.title for row in Assessment.objects.filter(published=True)] == ["DS R31"]
    assert client.get(address("publier") + "&promotion=0").status_code == 404
    assert client.get(address("effacer")).status_code == 404


@pytest.mark.parametrize("act", ["publier", "declarer", "retirer", "rouvrir"])
def test_the_page_asks_the_same_of_one_element_and_three(client, cohort, director, act):
    client.force_login(director)
    counts = []
    for query in ("&q=R41", ""):
        client.get(address(act, cohort) + query)
        with CaptureQueriesContext(connection) as queries:
            client.get(address(act, cohort) + query)
        counts.append(len(queries))

    assert counts[0] == counts[1]


def test_lists_of_a_promotion_are_narrowed_to_a_parcours(client, department, director):
    programmes = []
    for short in ("IOM", "Cyber"):
        parcours = make_parcours(department=department, code=short, short=short)
        programmes.append(make_programme(parcours=parcours))
        make_element(programmes[-1], code=f"X{short}")
    cohort = people.create_cohort(programmes=programmes, school_year=2024, by=director)
    client.force_login(director)
    for page in ("cohorts:progress", "cohorts:elements"):
        text = plain(client.get(reverse(page, args=[cohort.pk]), {"parcours": programmes[0].pk}).text)
        assert ("R31" in text, "XIOM" in text, "XCyber" in text) == (True, True, False), page
    make_enrolment(cohort, make_student(department, last_name="ABÉLARD"), programme=programmes[1])
    accounts = reverse("cohorts:accounts", args=[cohort.pk])

    assert "ABÉLARD" not in client.get(accounts, {"parcours": programmes[0].pk}).text
    assert "ABÉLARD" in client.get(accounts, {"parcours": programmes[1].pk}).text
