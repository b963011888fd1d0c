"""The department whose programmes are changed here, the real BUT2, and who changes it: made once a module."""

from copy import deepcopy

import pytest

from curriculum.services import load_programme
from tests.curriculum.test_services import programme_data
from tests.factories import make_department, make_user


@pytest.fixture(scope="module")
def department_once(once):
    return once(make_department)


@pytest.fixture(scope="module")
def programme_once(once, department_once):
    return once(lambda: load_programme(department=department_once, data=programme_data(), by=None))


@pytest.fixture(scope="module")
def administrator_once(once, department_once):
    return once(lambda: make_user("administrator", department=department_once))


@pytest.fixture
def department(db, department_once):
    return deepcopy(department_once)


@pytest.fixture
def programme(db, programme_once):
    return deepcopy(programme_once)


@pytest.fixture
def administrator(db, administrator_once):
    return deepcopy(administrator_once)


@pytest.fixture
def office(client, administrator):
    """The browser of an administrator."""
    client.force_login(administrator)
    return client
