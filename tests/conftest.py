"""What every test shares: cheap password hashes, and a SQLite test database in a file, as real ones are.

In memory, threads would share one cache and meet "database table is locked", which a file never says.
"""

from __future__ import annotations

import tempfile

import pytest
from django.conf import settings

FOLDER = pytest.StashKey[tempfile.TemporaryDirectory]()


def pytest_configure(config: pytest.Config) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    database = settings.DATABASES["default"]
    if database["ENGINE"] == "django.db.backends.sqlite3":
        config.stash[FOLDER] = tempfile.TemporaryDirectory(prefix="butrt-test-", ignore_cleanup_errors=True)
        database.setdefault("TEST", {})["NAME"] = f"{config.stash[FOLDER].name}/test.sqlite3"


def pytest_unconfigure(config: pytest.Config) -> None:
    if FOLDER in config.stash:
        config.stash[FOLDER].cleanup()
