"""What the tests of students who come in share: a promotion and its secretary, made once a file."""

from __future__ import annotations

from copy import deepcopy

import pytest

from tests.factories import (
    make_cohort,
    make_department,
    make_parcours,
    make_programme,
    make_user,
)


@pytest.fixture(scope="module")
def office_once(once):
    """A department, its promotion without students, its secretary."""
    department = once(make_department)
    parcours = once(lambda: make_parcours(department=department))
    return {
        "department": department,
        "cohort": once(lambda: make_cohort(make_programme(parcours=parcours))),
        "secretary": once(lambda: make_user("secretariat", department=department)),
    }


@pytest.fixture
def office(db, office_once):
    return deepcopy(office_once)


@pytest.fixture
def department(office):
    return office["department"]


@pytest.fixture
def cohort(office):
    return office["cohort"]


@pytest.fixture
def secretary(client, office):
    client.force_login(office["secretary"])
    return office["secretary"]
