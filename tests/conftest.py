"""What every test shares: cheap password hashes, and a SQLite test database in a file, as real ones are.

In memory, threads would share one cache and meet "database table is locked", which a file never says.
"""

from __future__ import annotations

import gc
import tempfile
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings
from django.db import transaction
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis
from pytest_django import DjangoDbBlocker

FOLDER = pytest.StashKey[tempfile.TemporaryDirectory]()


# How long an example takes to be drawn is the machine's mood, not a fault.
hypothesis.register_profile("ours", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis.load_profile("ours")


def pytest_configure(config: pytest.Config) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    database = settings.DATABASES["default"]
    if database["ENGINE"] == "django.db.backends.sqlite3":
        config.stash[FOLDER] = tempfile.TemporaryDirectory(prefix="butrt-test-", ignore_cleanup_errors=True)
        database.setdefault("TEST", {})["NAME"] = f"{config.stash[FOLDER].name}/test.sqlite3"


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """What is imported stays: looking for garbage among it, again and again, took a twelfth of the time."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.set_threshold(20_000, 20, 50)
        gc.enable()


def pytest_unconfigure(config: pytest.Config) -> None:
    if FOLDER in config.stash:
        config.stash[FOLDER].cleanup()


@pytest.fixture(scope="module")
def once(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Callable[[Callable], Any]]:
    """`once(make)`: what `make` puts in the database is there for every test of the module, then undone.

    Each test undoes what it does itself (`db`), and takes a copy of what `make` returns: `deepcopy`.
    """
    whole = transaction.atomic()

    def once(make: Callable[[], Any]) -> Any:
        with django_db_blocker.unblock():
            return make()

    once(whole.__enter__)
    yield once
    once(lambda: (transaction.set_rollback(True), whole.__exit__(None, None, None)))
