"""A department that has nothing yet: each list says so, and what to do first, with the link for who may."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from django.test import Client
from django.urls import reverse

from butrt.base.accounts.models import User
from curriculum.departments import create_department
from curriculum.models import Department
from grades.models import Cohort
from grades.people import create_cohort
from tests.factories import make_parcours, make_programme, make_user

pytestmark = pytest.mark.django_db

STAFF = ("teacher", "director", "president", "member", "secretariat", "administrator")
# The pages that may have nothing to list: who reads them, and where what they say first leads ("": nowhere).
NOTHING_YET = {
    "home": {
        "teacher": "",
        "director": "cohorts:new_cohort",
        "president": "jury:new_session",
        "member": "",
        "secretariat": "jury:new_session",
        "administrator": "curriculum:programmes",
    },
    "grades:teachings": {"teacher": "", "director": "cohorts:cohorts"},
    "jury:sessions": {
        **{"director": "", "president": "jury:new_session", "member": ""},
        "secretariat": "jury:new_session",
    },
    "jury:new_session": {"president": "", "secretariat": "cohorts:new_cohort"},
    "jury:to_sign": {"president": "", "member": ""},
    "jury:elsewhere": {"director": "", "secretariat": "jury:elsewhere_find"},
    "cohorts:cohorts": dict.fromkeys(("director", "secretariat", "administrator"), "cohorts:new_cohort"),
    "cohorts:new_cohort": {"secretariat": "", "administrator": "curriculum:programmes"},
    "curriculum:programmes": {"teacher": "", "administrator": "curriculum:provided"},
    "search": dict.fromkeys(STAFF, ""),
}
NO_STUDENT = {
    "cohorts:cohort": {"secretariat": "cohorts:import_students", "administrator": ""},
    "cohorts:accounts": {"secretariat": "cohorts:import_students"},
    "jury:follow": {"director": ""},
}
BARE = re.compile(r"<tbody[^>]*>\s*</tbody>")
BOX = re.compile(r'class="sheet empty"[^>]*>(.*?)</div>', re.S)


@dataclass
class Empty:
    department: Department
    people: dict[str, User]


def make_empty() -> Empty:
    department = Department(code="neuf", name="Chimie", institute="IUT", university="U", city="V")
    create_department(department=department, administrator=make_user(), password=None)
    return Empty(department, {role: make_user(role, department=department) for role in STAFF})


@pytest.fixture(scope="module")
def empty(once: Callable[[Callable], Empty]) -> Empty:
    return once(make_empty)


def main_of(person: User, name: str, *args: int, **query: str) -> str:
    client = Client()
    client.force_login(person)
    return client.get(reverse(name, args=args), query).text.split("<main")[1].split("</main")[0]


def unsaid(empty: Empty, pages: dict[str, dict[str, str]], *args: int) -> list[tuple[str, str]]:
    """The pages that are bare, say nothing, or do not lead who may where it begins."""
    wrong = []
    for name, readers in pages.items():
        for role, leads in readers.items():
            main = main_of(empty.people[role], name, *args, **({"q": "zzz"} if name == "search" else {}))
            words = " ".join(BOX.findall(main))
            link = reverse(leads, args=args if leads == "cohorts:import_students" else ()) if leads else ""
            linked = f'href="{link}"' in words if leads else "<a" not in words
            if BARE.search(main) or len(words) < 40 or not linked:
                wrong.append((name, role))
    return wrong


def test_each_list_says_what_to_do_first(empty: Empty):
    assert unsaid(empty, NOTHING_YET) == []


def test_so_do_the_pages_of_a_promotion_without_students(empty: Empty):
    programme = make_programme(parcours=make_parcours(department=empty.department))
    by = empty.people["director"]
    cohort: Cohort = create_cohort(programmes=[programme], school_year=2026, name="", by=by)

    assert unsaid(empty, NO_STUDENT, cohort.pk) == []


@pytest.mark.parametrize("name", ["jury:sessions", "journal", "accounts:people", "jury:elsewhere"])
def test_a_filter_that_keeps_nothing_says_so(empty: Empty, name: str):
    role = "secretariat" if name.startswith("jury") else "administrator"
    person = empty.people[role]
    query = {"journal": {"about": "zzz"}, "jury:sessions": {"state": "closed"}}.get(name, {"q": "zzz"})
    main = main_of(person, name, **query)

    assert not BARE.search(main)
    assert re.search(r"Rien ne correspond|Aucun", main)
