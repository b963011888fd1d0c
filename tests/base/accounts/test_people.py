"""The list of accounts: who is who here."""

import pytest
from django.urls import reverse

from butrt.base.accounts.models import Role
from tests.factories import make_department, make_user

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
