"""The department whose programmes are changed here, the real BUT2, and who changes it."""

import pytest

from curriculum.services import load_programme
from tests.curriculum.test_services import programme_data
from tests.factories import make_department, make_user


@pytest.fixture
def department():
    return make_department()


@pytest.fixture
def programme(department):
    return load_programme(department=department, data=programme_data(), by=None)


@pytest.fixture
def administrator(department):
    return make_user("administrator", department=department)


@pytest.fixture
def office(client, administrator):
    """The browser of an administrator."""
    client.force_login(administrator)
    return client
