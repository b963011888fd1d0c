"""What is left to do before a department works, on the homes of who may do it."""

import pytest
from django.urls import reverse

from butrt.site.setup.steps import VITAL, set_ups
from curriculum.departments import create_department
from curriculum.models import Department, Specialty
from tests.factories import (
    make_assessment,
    make_cohort,
    make_department,
    make_enrolment,
    make_parcours,
    make_programme,
    make_regulation,
    make_session,
    make_teaching,
    make_user,
)
from tests.pages import plain

pytestmark = pytest.mark.django_db


def new_department(code: str = "neuf") -> Department:
    department = Department(code=code, name="Chimie", institute="IUT", university="U", city="V")
    return create_department(department=department, administrator=make_user(), password=None)


def complete(department: Department) -> None:
    """All its steps, done."""
    programme = make_programme(parcours=make_parcours(department=department))
    Specialty.objects.update(source="rt.json")
    cohort = make_cohort(programme)
    make_enrolment(cohort)
    for role in VITAL:
        make_user(role, department=department)
    teaching = make_teaching(cohort, heads=[make_user("teacher", department=department)])
    make_assessment(teaching)
    regulation = department.regulations.first()
    make_session(cohort, make_user("president", department=department), regulation=regulation)


def test_a_new_department_has_everything_to_do_and_each_does_their_part(client):
    department = new_department()
    administrator, secretary = (
        make_user(role, department=department) for role in ("administrator", "secretariat")
    )
    (mine,), (theirs,) = set_ups(administrator), set_ups(secretary)

    assert (mine.done, len(mine.steps)) == (0, 9)
    assert mine.next is not None
    assert (mine.next.title, mine.next.address) == (
        "Référentiel de compétences",
        reverse("curriculum:provided"),
    )
    assert [step.title for step in theirs.steps if step.mine] == ["Première promotion", "Premier jury fixé"]
    client.force_login(secretary)
    assert "Par : administration." in plain(client.get(reverse("home")).text)


def test_it_goes_when_all_is_done(client, django_assert_max_num_queries):
    department = new_department()
    administrator = make_user("administrator", department=department)
    complete(department)
    with django_assert_max_num_queries(2):  # their roles, then the departments
        ready = set_ups(administrator)

    assert ready == []


def test_who_administers_puts_it_away_and_brings_it_back(client):
    department = new_department()
    administrator, director = (
        make_user(role, department=department) for role in ("administrator", "director")
    )
    client.force_login(administrator)
    address = reverse("setup:put_away", args=[department.pk])
    client.post(address)
    put_away = client.get(reverse("home")).text

    assert set_ups(director) == []
    assert "Référentiel de compétences" not in put_away
    assert "Afficher ce qui reste" in put_away
    client.post(address, {"back": "1"})
    assert len(set_ups(director)) == 1
    assert "Référentiel de compétences" in client.get(reverse("home")).text


def test_several_departments_cost_no_more_queries(django_assert_num_queries):
    person = make_user("administrator", department=new_department())
    person.role_set  # noqa: B018  read before
    with django_assert_num_queries(3):
        set_ups(person)
    for code in ("deux", "trois"):
        person.roles.create(department=new_department(code), role="administrator")
    person.__dict__.pop("role_set", None)
    person.role_set  # noqa: B018
    with django_assert_num_queries(3):
        assert len(set_ups(person)) == 3


def test_elsewhere_s_rows_are_not_its_own():
    other = make_department()
    make_regulation(other, school_year=2023)
    complete(other)
    (set_up,) = set_ups(make_user("administrator", department=new_department()))

    assert set_up.done == 0
