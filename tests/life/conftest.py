"""The department is led through its five years once, for all the tests here."""

import pytest
from django.db import transaction

from tests.life.leading import Led, lead


@pytest.fixture(scope="package")
def led(django_db_setup, django_db_blocker) -> Led:
    """What became of everyone: plain data, the database is as before."""
    with django_db_blocker.unblock(), transaction.atomic():
        found = lead()
        transaction.set_rollback(True)
    return found
