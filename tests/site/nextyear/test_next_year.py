"""The next school year: what the page shows, what it does at once, what undoing takes back."""

from __future__ import annotations

import datetime
from copy import deepcopy

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from butrt.base.accounts.models import User
from butrt.base.journal.models import Entry
from grades import people
from grades.models import Assessment, AssessmentWeight, Cohort, Enrolment, Mark, Student
from jury.models import Session
from tests.factories import make_assessment, make_enrolment, make_user
from tests.jury.years import Years
from tests.pages import form_of

pytestmark = [pytest.mark.django_db]

NEXT = 2025


class Department:
    """2024-2025: a BUT1 common to all, a BUT2 of two parcours; 2025 brings a new version of BUT2 Cyber."""

    def __init__(self) -> None:
        self.years = years = Years()
        self.director: User = make_user("director", department=years.department)
        common = years.programme("", 1)
        self.first = years.cohort(common, 2024)
        iom, cyber = years.programme("IOM", 2), years.programme("Cyber", 2)
        self.second = people.create_cohort(programmes=[iom, cyber], school_year=2024, by=self.director)
        self.newer = years.programme("Cyber", 2, since=2025)
        for name, marks in {
            "PASSE": {"*": "12"},
            "REDOUBLE": {"RT1": "5", "RT2": "6"},
            "REPRENDUN": {"*": "12", "R22": "2"},
            "ATTEND": {"*": "6"},
            "PART": {"*": "12"},
        }.items():
            enrolment = years.enrol(self.first, years.student(name), marks)
        enrolment.status, enrolment.status_since = "DEM", datetime.date(2025, 1, 15)
        enrolment.save()
        people.set_groups(cohort=self.first, names={}, new=["TD1"], by=self.director)
        Enrolment.objects.filter(cohort=self.first).update(group=self.first.groups.get())
        teaching = self.first.teachings.get(element__code="R11")
        planned = make_assessment(teaching, title="Oral", coefficient=2, date=datetime.date(2024, 10, 7))
        AssessmentWeight.objects.create(
            assessment=planned, unit=common.units.get(code="UE11"), weight=3
        )
        planned.delete()  # the jury would wait for its marks
        self.close(1)
        self.close(2, REDOUBLE="RED", REPRENDUN="RED", ATTEND="ATJ")

    def close(self, semester: int, **decisions: str) -> None:
        session = self.years.session(self.first, semester)
        session.members.create(name="Une membre", quality="enseignante", position=1)
        self.years.close(session, **decisions)

    def address(self, name: str = "year", year: int = NEXT) -> str:
        return reverse(f"nextyear:{name}", args=[self.years.department.pk, year])

    def student(self, name: str) -> Student:
        return Student.objects.get(last_name=name)


@pytest.fixture(scope="module")
def department_once(once) -> Department:
    return once(Department)


@pytest.fixture
def there(db, department_once) -> Department:
    return deepcopy(department_once)


@pytest.fixture
def browser(client: Client, there: Department) -> Client:
    client.force_login(there.director)
    return client


def test_it_shows(browser, there):
    page = browser.get(there.address()).content.decode()
    open("/tmp/nextyear.html","w").write(page)
    assert "PASSE" in page
