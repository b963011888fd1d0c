"""Marks shown to students, and taken back with a motive."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from grades.models import Assessment
from grades.progress.publication import publish, withdraw
from grades.services import lock_marks
from tests.grades.progress.marks import enter, last_act, told

pytestmark = pytest.mark.django_db


def test_who_teaches_publishes_and_it_is_journaled(teaching, teacher):
    enter(teaching, "12")
    assessment = publish(assessment=teaching.assessments.get(), by=teacher)

    assert Assessment.objects.get().published
    assert last_act() == ("assessment.publish", {"assessment": assessment.pk, "marks": 1})


def test_nothing_to_show_is_not_published(teaching, head):
    with pytest.raises(ValidationError) as refusal:
        publish(assessment=teaching.assessments.get(), by=head)

    assert told(refusal) == "DS n’a aucune note : rien à publier."
    assert not Assessment.objects.get().published


def test_published_twice_is_refused(teaching, head):
    enter(teaching, "12")
    publish(assessment=teaching.assessments.get(), by=head)

    with pytest.raises(ValidationError, match="DS est déjà publiée"):
        publish(assessment=teaching.assessments.get(), by=head)


def test_a_withdrawal_has_its_motive(teaching, head):
    enter(teaching, "12")
    assessment = publish(assessment=teaching.assessments.get(), by=head)
    with pytest.raises(ValidationError, match="le retrait se motive"):
        withdraw(assessment=assessment, motive="  ", by=head)
    assert Assessment.objects.get().published
    withdraw(assessment=assessment, motive="Erreur de barème.", by=head)

    assert not Assessment.objects.get().published
    assert last_act() == (
        "assessment.withdraw",
        {"assessment": assessment.pk, "motive": "Erreur de barème."},
    )
    with pytest.raises(ValidationError, match="n’est pas publiée"):
        withdraw(assessment=assessment, motive="Encore.", by=head)


def test_the_page_publishes_then_withdraws(client, teaching, teacher):
    enter(teaching, "12")
    client.force_login(teacher)
    address = reverse("grades:publication", args=[teaching.assessments.get().pk])
    assert "<b>1 note</b>\xa0: chaque étudiant verra la sienne" in client.get(address).text
    sheet = client.post(address, {"act": "publish"}, follow=True)

    assert "DS est publiée" in sheet.text
    assert " publiée<span" in sheet.text.split("<tbody")[0]

    refused = client.post(address, {"act": "withdraw", "motive": ""})
    assert refused.status_code == 200
    assert Assessment.objects.get().published
    again = client.post(address, {"act": "publish"}, follow=True)
    assert "DS est déjà publiée" in again.text
    client.post(address, {"act": "withdraw", "motive": "Erreur de barème."})
    assert not Assessment.objects.get().published


def test_a_locked_assessment_is_still_published(teaching, head):
    enter(teaching, "12", "13")
    lock_marks(cohort=teaching.cohort, semesters=[3], by=head)

    assert publish(assessment=teaching.assessments.get(), by=head).published
