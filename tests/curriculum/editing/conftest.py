"""What the tests of a maquette typed share: one begun, one small."""

from copy import deepcopy

import pytest

from curriculum.services import load_programme
from tests.curriculum.editing.pages import small_data
from tests.curriculum.test_services import programme_data as fixture


@pytest.fixture
def empty(department):
    """A programme begun: no UE yet."""
    lists = ("competences", "units", "elements", "weights", "printed_totals")
    data = (
        fixture() | {key: [] for key in lists} | {"in_force_from": 2027, "source": {}, "announced_ects": None}
    )
    return load_programme(department=department, data=data, by=None)


@pytest.fixture(scope="module")
def small_once(once, department_once):
    return once(lambda: load_programme(department=department_once, data=small_data(), by=None))


@pytest.fixture
def small(db, small_once):
    return deepcopy(small_once)
