"""What belongs to a past year never comes first, in any list, on any home."""

from __future__ import annotations

import datetime
import re
from copy import deepcopy

import pytest
from django.urls import NoReverseMatch, get_resolver, reverse

from butrt.base.schoolyears import in_course, in_order
from curriculum.models import school_year_label
from tests.factories import (
    make_assessment,
    make_cohort,
    make_department,
    make_enrolment,
    make_parcours,
    make_programme,
    make_regulation,
    make_session,
    make_student,
    make_teaching,
    make_user,
)
from tests.pages import plain
from tests.test_access import names

pytestmark = pytest.mark.django_db

ROLES = ("teacher", "director", "president", "secretariat", "administrator")
# Règlements and records, told by the year from which they stand; "2025 for 2025-2026", on a form.
NO_LIST = {"jury:regulations", "jury:new_regulation", "personal:retention", "curriculum:new"}


def make_world() -> dict:
    """A department in the middle of a year: the one before is over, the one after prepared."""
    department = make_department()
    people = {role: make_user(role, department=department) for role in ROLES}
    people["everybody"] = make_user(*ROLES, department=department)
    programme = make_programme(parcours=make_parcours(department=department))
    regulation = make_regulation(department)
    staff = [*people.values()]
    now = in_course()
    # The oldest last: what is made first would come first by chance.
    for year in (now + 1, now, now - 1):
        cohort = make_cohort(programme, school_year=year)
        for element in programme.elements.all():
            make_assessment(make_teaching(cohort, element, teachers=staff, heads=staff))
        # By name and by number, those of the past would come first.
        student = make_student(
            department,
            last_name="DUPONT",
            first_name="ABEL" if year < now else "ZOÉ",
            number=f"2{year}",
            account=make_user("student", department=department, last_name=f"{year} ÉTUDIANT"),
        )
        make_enrolment(cohort, student)
        people[f"student {year}"] = student.account
        session = make_session(
            cohort,
            people["president"],
            regulation=regulation,
            date=datetime.date(year + 1, 7, 1),
        )
        for person in staff[1:]:
            if not session.members.filter(user=person).exists():
                session.members.create(user=person, name=str(person), quality="membre")
    stays = people[f"student {now}"].student
    for year in (now + 1, now - 1):
        make_enrolment(make_cohort(programme, school_year=year, name="bis"), stays)
    return people


@pytest.fixture(scope="module")
def world_once(once) -> dict:
    return once(make_world)


@pytest.fixture
def world(db, world_once) -> dict:
    return deepcopy(world_once)


def years_of(page) -> list[str]:
    """The school years of a page, as one reads them from its top."""
    main = page.content.decode().partition("<main")[2].partition("</main>")[0]
    return [f"{first}-{last}" for first, last in re.findall(r"\b(20\d\d)-(20\d\d)\b", main)]


def lists() -> list[str]:
    """Every page that needs nothing to be opened."""
    opened = []
    for name in names(get_resolver()):
        try:
            opened.append((name, reverse(name)))
        except NoReverseMatch:
            continue
    return [name for name, address in opened if not address.startswith(("/api/", "/connexion/"))]


def test_no_list_begins_with_a_past_year(client, world):
    client.force_login(world["everybody"])
    past = school_year_label(in_course() - 1)

    first = {}
    for name in lists():
        page = client.get(reverse(name))
        if page.status_code == 200 and name not in NO_LIST and (years := years_of(page)):
            first[name] = years[0]

    assert {"home", "grades:teachings", "jury:sessions", "cohorts:cohorts", "jury:new_session"} <= {*first}
    assert [name for name, year in first.items() if year == past] == []


@pytest.mark.parametrize("role", [*ROLES, "everybody"])
def test_no_home_begins_with_a_past_year(client, world, role):
    client.force_login(world[role])

    years = years_of(client.get(reverse("home")))

    assert not years or years[0] == school_year_label(in_course())
    assert years or role == "administrator"


def test_a_student_reads_this_year_first(client, world):
    client.force_login(world[f"student {in_course()}"])

    assert years_of(client.get(reverse("own:marks")))[0] == school_year_label(in_course())


def test_people_of_past_years_come_last(client, world):
    now = in_course()
    client.force_login(world["everybody"])
    asked = [
        reverse("search") + "?q=dupont",
        reverse("cohorts:new_student", args=[world[f"student {now}"].student.enrolments.first().cohort_id])
        + "?q=dupont",
        reverse("jury:elsewhere_find") + "?q=dupont",
    ]

    pages = [plain(client.get(address).content.decode()) for address in asked]
    accounts = plain(client.get(reverse("accounts:people")).content.decode())

    assert [page.index("DUPONT ZOÉ") < page.index("DUPONT ABEL") for page in pages] == [True] * 3
    assert accounts.index(f"{now} ÉTUDIANT") < accounts.index(f"{now - 1} ÉTUDIANT")
    assert accounts.index(str(world["teacher"])) < accounts.index(f"{now - 1} ÉTUDIANT")


def test_search_finds_this_year_first(client, world):
    client.force_login(world["everybody"])

    page = client.get(reverse("search") + "?q=IOM")

    for group in page.context["groups"]:
        about = " ".join(f"{hit.title} {hit.about}" for hit in group.hits)
        years = re.findall(r"20\d\d-20\d\d", about)
        assert not years or years[0] == school_year_label(in_course()), group.name


def test_the_year_in_course_begins_in_august(settings):
    assert in_course(datetime.date(2025, 7, 31)) == 2024
    assert in_course(datetime.date(2025, 8, 1)) == 2025
    now = in_course()
    assert in_order([now - 2, now + 1, now - 1, now, now]) == [now, now + 1, now - 1, now - 2]
