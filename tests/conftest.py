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
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

# What takes longest begins first, so that no worker ends long after the other; and what wants a database that
# nobody else holds open, before the browser's live server does.
LONGEST = (
    "tests/base/backups/",
    "tests/upgrade/",
    "tests/browser/test_the_day.py",
    "tests/browser/test_jury.py",
    "tests/life/",
    "tests/jury/test_said_once.py",
    "tests/test_hostile.py",
    "tests/test_access.py",
    "tests/test_libreoffice.py",
    "tests/rules/test_independence.py",
    "tests/jury/management/test_decide.py",
)
# Journeys share little: they are given out test by test; a folder that shares much, as one.
SHARED_OUT = ("tests/browser/",)
TOGETHER = ("tests/life/",)
FOLDER = pytest.StashKey[tempfile.TemporaryDirectory]()


# How long an example takes to be drawn is the machine's mood, not a fault.
hypothesis.register_profile("ours", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis.load_profile("ours")


def pytest_configure(config: pytest.Config) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    database = settings.DATABASES["default"]
    if database["ENGINE"] == "butrt.base.sqlite":
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


class ByFile(LoadScopeScheduling):
    """A file's tests go to one worker, which makes once what they share."""

    def _split_scope(self, nodeid: str) -> str:
        if nodeid.startswith(SHARED_OUT):
            return nodeid
        folder = next((folder for folder in TOGETHER if nodeid.startswith(folder)), "")
        return folder or nodeid.partition("::")[0]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ByFile:
    config.option.loadscopereorder = False
    return ByFile(config, log)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=_turn)


def _turn(item: pytest.Item) -> int:
    return next((turn for turn, begins in enumerate(LONGEST) if item.nodeid.startswith(begins)), len(LONGEST))


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
