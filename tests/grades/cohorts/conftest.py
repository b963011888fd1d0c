"""What the tests of the pages of promotions share: a department, its people, a promotion."""

import pytest

from tests.factories import (
    make_cohort,
    make_department,
    make_parcours,
    make_programme,
    make_user,
)


@pytest.fixture
def department():
    return make_department()


@pytest.fixture
def cohort(department):
    return make_cohort(make_programme(parcours=make_parcours(department=department)))


@pytest.fixture
def secretary(client, department):
    """Signed in."""
    user = make_user("secretariat", department=department)
    client.force_login(user)
    return user


@pytest.fixture
def director(client, department):
    """Signed in."""
    user = make_user("director", department=department)
    client.force_login(user)
    return user
