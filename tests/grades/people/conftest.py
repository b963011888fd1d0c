"""What the tests of `grades.people` share: a department, its people, a promotion."""

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
def programme(department):
    return make_programme(parcours=make_parcours(department=department))


@pytest.fixture
def cohort(programme):
    return make_cohort(programme)


@pytest.fixture
def secretary(department):
    return make_user("secretariat", department=department)


@pytest.fixture
def director(department):
    return make_user("director", department=department)
