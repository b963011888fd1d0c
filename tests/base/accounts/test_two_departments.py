"""Who administers two departments chooses on each page which one it is about.

tests/test_access.py walks through their every desk.
"""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from butrt.base.accounts.models import ApiToken, Role, User
from curriculum.models import Department, Regulation
from tests.factories import make_department, make_regulation, make_user
from tests.pages import form_of, plain, shown

pytestmark = pytest.mark.django_db

MODEL = "django.contrib.auth.backends.ModelBackend"


@pytest.fixture
def departments() -> tuple[Department, Department]:
    return make_department(name="Chimie"), make_department(name="Informatique")


@pytest.fixture
def both(departments: tuple[Department, Department]) -> User:
    user = make_user("administrator", department=departments[0])
    Role.objects.create(user=user, department=departments[1], role=Role.Name.ADMINISTRATOR)
    return user


@pytest.fixture
def desk(client: Client, both: User) -> Client:
    client.force_login(both, backend=MODEL)
    return client


@pytest.mark.parametrize("place", [0, 1])
def test_accounts_tokens_and_regulations_of_each(place: int, desk: Client, departments, both: User):
    here = departments[place]
    for department in departments:
        make_user("secretariat", department=department, username=f"sec-{department.pk}")
    new = f"{reverse('accounts:new_person')}?departement={here.pk}"
    desk.post(new, {"username": "lea", "last_name": "Roy", "first_name": "Léa", "roles": ["teacher"]})
    tokens = f"{reverse('accounts:tokens')}?departement={here.pk}"
    owner = User.objects.get(username=f"sec-{here.pk}")
    desk.post(tokens, {"name": "Bord", "owner": owner.pk, "role": "secretariat", "days": "30"})
    regulation = f"{reverse('jury:new_regulation')}?departement={here.pk}"
    desk.post(regulation, form_of(desk.get(regulation)) | {"school_year": "2024", "adopt": "1"})

    assert [role.department for role in User.objects.get(username="lea").roles.all()] == [here]
    assert [token.department for token in ApiToken.objects.all()] == [here]
    assert [version.department for version in Regulation.objects.all()] == [here]
    desk.post(reverse("accounts:revoke_token", args=[ApiToken.objects.get().pk]))
    assert ApiToken.objects.get().revoked_at


def test_who_works_in_both_is_changed_whole_and_has_roles_in_each(desk: Client, departments):
    """Their name and address are nobody else's to keep: this administrator answers for both."""
    one, other = departments
    person = make_user("teacher", department=one, email="a@iut.example")
    Role.objects.create(user=person, department=other, role="member")
    address = f"{reverse('accounts:person', args=[person.pk])}?departement={other.pk}"
    sent = {
        "username": person.username,
        "last_name": "Roy",
        "email": "b@iut.example",
        "is_active": "on",
        "roles": ["president"],
    }
    desk.post(address, sent | shown(desk, address))
    person.refresh_from_db()

    assert (person.last_name, person.email) == ("Roy", "b@iut.example")
    assert {(role.department, role.role) for role in person.roles.all()} == {
        (one, "teacher"),
        (other, "president"),
    }


def test_the_lists_tell_the_departments_apart(desk: Client, departments):
    one, other = departments
    make_user("teacher", department=one, last_name="Alpha")
    make_user("member", department=one, last_name="Gamma")
    make_user("teacher", department=other, last_name="Beta")
    address = reverse("accounts:people")
    everyone = plain(desk.get(address).text)
    chosen = plain(desk.get(address, {"department": one.pk, "role": "teacher"}).text)

    assert "Enseignement (Chimie)" in everyone
    assert "Enseignement (Informatique)" in everyone
    assert [name in chosen for name in ("Alpha", "Beta", "Gamma")] == [True, False, False]
    assert "Département" in plain(desk.get(reverse("journal"), {"department": other.pk}).text)


def test_a_department_of_somebody_else_is_none(desk: Client):
    elsewhere = make_department()
    make_regulation(elsewhere)
    for name in ("accounts:new_person", "accounts:tokens", "jury:new_regulation"):
        for asked in (elsewhere.pk, "x"):
            assert desk.get(reverse(name), {"departement": asked}).status_code == 404


def test_one_department_is_no_choice(client: Client):
    client.force_login(make_user("administrator"), backend=MODEL)

    assert 'aria-label="Département"' not in client.get(reverse("accounts:tokens")).text
