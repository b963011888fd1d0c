"""A site of 0.1 that upgrades straight to today: its database, made by its own code (`make_0_1.py`)."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from tests.upgrade.upgrading import database_of, migrated


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return database_of("0.1", tmp_path_factory.mktemp("0.1"))


@pytest.fixture(scope="module")
def seen(old: Path) -> dict[str, Any]:
    return migrated(old, "0.1", "journal", "tampered", "results", "minutes", "signed")


def test_the_journal_and_all_that_it_tells_hold(seen):
    assert seen["journal"], "check_journal"
    assert seen["tampered"] == [], "check_all"


def test_its_juries_verify(seen):
    """Each PV has its fingerprint and gives its own decisions back; the one that was signed is authentic."""
    minutes = sorted((row["session"], row["fingerprint"], row["otherwise"]) for row in seen["minutes"])

    assert minutes == [(1, True, []), (2, True, [])]
    assert seen["signed"]["verdict"] == "in_force"
    assert all(holds for holds, _ in seen["signed"]["findings"])


def test_what_they_said_of_each_is_in_the_ledger(seen, old):
    with sqlite3.connect(old) as before:
        rows = before.execute(
            "SELECT s.last_name, r.subject, r.code FROM jury_result r "
            "JOIN grades_student s ON s.id = r.student_id"
        ).fetchall()
    now = [(row["student"], row["subject"], row["code"]) for row in seen["results"]]

    assert ("REFUSE", "BUT2", "NAR") in now
    assert {*now} == {*rows}
