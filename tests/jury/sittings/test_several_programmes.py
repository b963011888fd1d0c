"""A promotion of several programmes before a jury, which judges one."""

from __future__ import annotations

import datetime

import pytest
from django.core.exceptions import ValidationError

from grades import people
from jury.cases.dossier import cohort_object
from jury.cases.refusals import Refusal
from jury.models import Session
from jury.sittings.services import schedule
from tests.factories import (
    make_cohort,
    make_department,
    make_enrolment,
    make_parcours,
    make_programme,
    make_regulation,
    make_session,
    make_user,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def programmes():
    department = make_department()
    return [
        make_programme(units, parcours=make_parcours(department=department, short=short))
        for short, units in (
            ("IOM", {"UE31": "30", "UE41": "30"}),
            ("Cyber", {"UE32": "30", "UE42": "30"}),
        )
    ]


def test_a_jury_judges_one_programme(programmes):
    cohort = make_cohort(*programmes)
    president = make_user("president", department=cohort.department)
    make_regulation(cohort.department)
    session = Session(
        cohort=cohort, semester=4, president=president, date=datetime.date(2025, 7, 8), place="B204"
    )

    with pytest.raises(Refusal, match="réunit plusieurs programmes"):
        schedule(session=session, by=president)


def test_a_promotion_with_a_jury_keeps_its_programmes(programmes):
    cohort = make_cohort(programmes[0])
    president = make_user("president", "director", department=cohort.department)
    make_session(cohort, president)

    with pytest.raises(ValidationError) as error:
        people.change_cohort(cohort=cohort, programmes=programmes, name="", by=president)

    told = error.value.message_dict["programmes"]
    assert told == ["La promotion a une session de jury : ses programmes ne changent plus."]


def test_each_student_of_a_dossier_has_the_units_of_their_own_programme(programmes):
    cohort = make_cohort(*programmes)
    for programme in programmes:
        make_enrolment(cohort, programme=programme)
    session = make_session(cohort, make_user("president", department=cohort.department))

    file = cohort_object(Session.objects.with_programme().get(pk=session.pk))

    (cyber,) = file["programmes"].values()
    assert [unit["code"] for unit in file["units"]] == ["UE31", "UE41"]
    assert [unit["code"] for unit in cyber["units"]] == ["UE32", "UE42"]
    assert [sorted(student["elements"]) for student in file["students"]] == [["R31", "R41"], ["R32", "R42"]]
