"""The list of accounts: who is who here."""

import pytest
from django.urls import reverse

from butrt.base.accounts.models import Role
from tests.factories import make_department, make_user
from tests.pages import shown

pytestmark = pytest.mark.django_db


def test_the_list_says_the_roles_that_each_person_has_here(client):
    department, elsewhere = make_department(), make_department()
    administrator = make_user("administrator", department=department)
    both = make_user("president", department=department)
    Role.objects.create(user=both, department=department, role=Role.Name.TEACHER)
    Role.objects.create(user=both, department=elsewhere, role=Role.Name.DIRECTOR)
    client.force_login(administrator)
    page = client.get(reverse("accounts:people")).content.decode()

    for role in (Role.Name.PRESIDENT, Role.Name.TEACHER):
        assert role.label in page.split("<tbody")[1]
    assert Role.Name.DIRECTOR.label not in page.split("<tbody")[1]


def test_who_administers_the_site_is_changed_by_no_department(client):
    """Its administrator could else give the account another address, and take it."""
    department = make_department()
    person = make_user("teacher", department=department, is_superuser=True, email="site@iut.example")
    client.force_login(make_user("administrator", department=department))
    address = reverse("accounts:person", args=[person.pk])
    changed = {"username": person.username, "email": "autre@iut.example", "roles": ["member"]}
    client.post(address, changed | shown(client, address))

    person.refresh_from_db()
    assert (person.email, person.is_active) == ("site@iut.example", True)
    assert [role.role for role in person.roles.all()] == ["member"]
