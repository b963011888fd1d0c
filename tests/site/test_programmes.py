"""Programmes, called by their spécialité, on the pages that name many."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from butrt.base.accounts.models import Role
from tests.factories import make_parcours, make_programme, make_user

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("address", [reverse("home"), f"{reverse('search')}?q=BUT2"])
def test_one_programme_or_three_take_as_many_queries(client, address):
    first = make_programme().parcours
    client.force_login(make_user(Role.Name.ADMINISTRATOR, department=first.department))
    queries = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as counted:
            client.get(address)
        queries.append(len(counted))
        for _ in range(2):
            make_programme(parcours=make_parcours(department=first.department, specialty=first.specialty))
    assert queries[0] == queries[1]
