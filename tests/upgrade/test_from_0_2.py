"""A site of 0.2 that upgrades: its database, made by its own code (`make_0_2.py`), migrated, then looked at.

Everything runs in processes of its own: the database of the tests is not touched. What `look.py` saw is what
each test reads.
"""

from __future__ import annotations

import gzip
import json
import sqlite3
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.upgrade.upgrading import HERE, database_of, migrated

VALIDATING = {"ADM", "CMP", "ADJ", "ADJR", "ADSUP"}
CYBER_S3, CYBER_S4 = 15, 16
Word = tuple[str, str]
Words = dict[tuple[str, str, str], Word]
"""The last word (code, average) on what bears a name: {(student, kind, name): word}."""


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The database as 0.2 left it."""
    return database_of("0.2", tmp_path_factory.mktemp("0.2"))


@pytest.fixture(scope="module")
def seen(old: Path) -> dict[str, Any]:
    """What `look.py` saw once it was migrated."""
    return migrated(old, "0.2")


def of(seen: dict[str, Any], student: str) -> list[str]:
    """A student's ledger, a line each: when, what, which competence, what was said."""
    return [
        " ".join(
            str(row[name])
            for name in ("on", "kind", "subject", "competence", "code", "average", "credits")
            if row[name] not in (None, "")
        )
        for row in seen["results"]
        if row["student"] == student
    ]


# ---------- the database ----------


def test_the_site_is_whole_once_migrated(seen):
    assert seen["migrations"], "makemigrations --check"
    assert seen["journal"], "check_journal"
    assert seen["tampered"] == [], "check_all"


def test_the_pages_of_every_session_answer(seen):
    refused = {address: status for address, status in seen["pages"].items() if status != 200}

    assert not refused
    assert sum(address.endswith("/salle/") for address in seen["pages"]) == 19
    assert sum("/documents/releve/" in address for address in seen["pages"]) == 18
    assert {address.split("/")[4] for address in seen["pages"] if "/documents/" in address} >= {
        *("releve", "notification", "reussite", "ue", "dut", "but"),
    }


# ---------- competences ----------


def test_rt4_of_iom_and_of_cyber_are_two_and_the_others_are_common(seen):
    assert seen["competences"] == [
        ["RT1", "RT1", "Administrer les réseaux et l’Internet", ["Cyber", "IOM"]],
        ["RT2", "RT2", "Connecter", ["Cyber", "IOM"]],
        ["RT3", "RT3", "Programmer", ["Cyber", "IOM"]],
        ["RT4", "RT4", "Le métier de IOM", ["IOM"]],
        ["RT4.Cyber", "RT4", "Le métier de Cyber", ["Cyber"]],
    ]


def test_every_result_says_what_it_is_about_but_the_one_nobody_knows(seen):
    about = {
        "unit": ("competence", "level", "semester", "year", "credits"),
        "rcue": ("competence", "level", "year"),
        "year": ("year",),
        "diploma": (),
    }
    vague = [
        (row["student"], row["subject"])
        for row in seen["results"]
        if any(row[name] is None for name in about[row["kind"]])
    ]

    assert vague == [("AILLEURS", "UE99")]


# ---------- what was said, once ----------


def test_copies_are_gone(seen, old):
    with sqlite3.connect(old) as before:
        assert before.execute("SELECT count(*) FROM jury_result").fetchone() == (2295,)
    counts = Counter((row["source"], row["kind"]) for row in seen["results"])

    assert counts == {
        ("import", "unit"): 201,
        ("import", "rcue"): 100,
        ("import", "year"): 32,
        ("jury", "unit"): 457,
        ("jury", "rcue"): 220,
        ("jury", "year"): 54,
        ("jury", "diploma"): 27,
    }
    said: dict[tuple[object, ...], Word] = {}
    for row in seen["results"]:
        if row["kind"] not in ("unit", "rcue") or row["source"] != "jury":
            continue
        key = (
            row["department"],
            row["student"],
            row["kind"],
            row["competence"],
            row["level"],
            row["semester"],
        )
        word = (row["code"], row["average"])
        assert said.get(key) != word, f"{row} says again what was said"
        said[key] = word


def test_a_repeater_whose_every_line_was_checked_by_hand(seen):
    """UE32 at 6.00 in 2024, 6.10 in 2025: with UE42 (13.90) of 2024 its RCUE is 10.00, CMP in July."""
    assert of(seen, "REDOUBLE") == [
        "2023-02-05 unit UE11 RT1 ADM 11 10",
        "2023-02-05 unit UE12 RT2 ADM 13.37 10",
        "2023-02-05 unit UE13 RT3 ADM 12 10",
        "2023-07-05 unit UE21 RT1 ADM 11 10",
        "2023-07-05 unit UE22 RT2 ADM 13.37 10",
        "2023-07-05 unit UE23 RT3 ADM 12 10",
        "2023-07-05 rcue RT1/1 RT1 ADM 11",
        "2023-07-05 rcue RT2/1 RT2 ADM 13.37",
        "2023-07-05 rcue RT3/1 RT3 ADM 12",
        "2023-07-05 year BUT1 ADM",
        "2024-02-05 unit UE31 RT1 AJ 8 0",
        "2024-02-05 unit UE32 RT2 AJ 6 0",
        "2024-02-05 unit UE33 RT3 ADM 11.25 7.5",
        "2024-02-05 unit UE34 RT4 AJ 8 0",
        "2024-07-05 unit UE41 RT1 AJ 8 0",
        "2024-07-05 unit UE42 RT2 ADM 13.9 7.5",
        "2024-07-05 unit UE43 RT3 ADM 11.25 7.5",
        "2024-07-05 unit UE44 RT4 AJ 8 0",
        "2024-07-05 rcue RT1/2 RT1 AJ 8",
        "2024-07-05 rcue RT2/2 RT2 AJ 9.95",
        "2024-07-05 rcue RT3/2 RT3 ADM 11.25",
        "2024-07-05 rcue RT4/1 RT4 AJ 8",
        "2024-07-05 year BUT2 RED",
        "2025-02-05 unit UE31 RT1 ADM 12 7.5",
        "2025-02-05 unit UE32 RT2 AJ 6.1 0",
        "2025-02-05 unit UE34 RT4 ADM 12 7.5",
        "2025-07-05 unit UE32 RT2 CMP 6.1 7.5",
        "2025-07-05 unit UE41 RT1 ADM 12 7.5",
        "2025-07-05 unit UE44 RT4 ADM 12 7.5",
        "2025-07-05 rcue RT1/2 RT1 ADM 12",
        "2025-07-05 rcue RT2/2 RT2 CMP 10",
        "2025-07-05 rcue RT4/1 RT4 ADM 12",
        "2025-07-05 year BUT2 ADM",
        "2025-07-05 diploma DUT",
    ]


def test_a_change_of_parcours_whose_every_line_was_checked_by_hand(seen):
    """The jury of Cyber judged UE44 on what was earned in IOM, and its signed PV says so: that line stays.

    What its jury of S3 merely recalled of IOM was never given in Cyber: it goes.
    """
    assert of(seen, "CHANGE")[10:] == [
        "2024-02-05 unit UE31 RT1 ADM 14 7.5",
        "2024-02-05 unit UE32 RT2 AJ 7 0",
        "2024-02-05 unit UE33 RT3 AJ 7 0",
        "2024-02-05 unit UE34 RT4 AJ 7 0",
        "2024-07-05 unit UE41 RT1 ADM 10 7.5",
        "2024-07-05 unit UE42 RT2 AJ 7 0",
        "2024-07-05 unit UE43 RT3 AJ 7 0",
        "2024-07-05 unit UE44 RT4 ADM 12.5 7.5",
        "2024-07-05 rcue RT1/2 RT1 ADM 12",
        "2024-07-05 rcue RT2/2 RT2 AJ 7",
        "2024-07-05 rcue RT3/2 RT3 AJ 7",
        "2024-07-05 rcue RT4/1 RT4 AJ 9.75",
        "2024-07-05 year BUT2 RED",
        "2025-02-05 unit UE32 RT2 ADM 11 7.5",
        "2025-02-05 unit UE33 RT3 ADM 11 7.5",
        "2025-02-05 unit UE34 RT4.Cyber AJ 6.8 0",
        "2025-07-05 unit UE42 RT2 ADM 11 7.5",
        "2025-07-05 unit UE43 RT3 ADM 11 7.5",
        "2025-07-05 unit UE44 RT4.Cyber ADM 12.5 7.5",
        "2025-07-05 rcue RT2/2 RT2 ADM 11",
        "2025-07-05 rcue RT3/2 RT3 ADM 11",
        "2025-07-05 rcue RT4/1 RT4.Cyber AJ 9.65",
        "2025-07-05 year BUT2 PASD",
    ]


# ---------- nothing that was in force is lost ----------


def last_words_of_0_2(path: Path) -> Words:
    """As 0.2 read its results: by name, what is acquired giving way only to what acquires."""
    with sqlite3.connect(path) as database:
        rows = database.execute(
            "SELECT s.number, r.kind, r.subject, r.code, r.average FROM jury_result r "
            "JOIN grades_student s ON s.id = r.student_id LEFT JOIN jury_session j ON j.id = r.session_id "
            "WHERE r.kind IN ('unit', 'rcue') ORDER BY r.school_year, j.date, j.semester, j.rank, r.id"
        )
        return _last_words((*row[:3], *row[3:]) for row in rows)


def last_words_of_the_ledger(path: Path) -> tuple[Words, set[tuple[str, str]]]:
    """By competence; told by the name that the last one bears. And the names that two competences bear."""
    with sqlite3.connect(path) as database:
        rows = database.execute(
            "SELECT s.number, r.kind, r.subject, r.code, r.average, r.competence_id, r.level, r.semester "
            "FROM jury_result r "
            "JOIN grades_student s ON s.id = r.student_id LEFT JOIN jury_session j ON j.id = r.session_id "
            "WHERE r.kind IN ('unit', 'rcue') ORDER BY r.school_year, j.date, j.semester, j.rank, r.id"
        ).fetchall()
    names: dict[tuple[object, ...], tuple[str, str, str]] = {}
    words: dict[tuple[object, ...], Word] = {}
    for number, kind, subject, code, average, *about in rows:
        key = (number, kind, *about)
        if key not in words or words[key][0] not in VALIDATING or code in VALIDATING:
            words[key] = (code, average)
        names[key] = (number, kind, subject)
    borne = Counter(names.values())
    return (
        {names[key]: word for key, word in words.items()},
        {(number, subject) for (number, _, subject), times in borne.items() if times > 1},
    )


def _last_words(rows: Any) -> Words:
    words: Words = {}
    for student, kind, subject, code, average in rows:
        known = words.get((student, kind, subject))
        if known is None or known[0] not in VALIDATING or code in VALIDATING:
            words[student, kind, subject] = (code, average)
    return words


def test_the_last_word_on_each_ue_and_rcue_is_the_one_of_0_2(seen, old):
    before = last_words_of_0_2(old)
    after, two_competences = last_words_of_the_ledger(old.parent / "migrated.sqlite3")

    assert after == before
    assert len(before) > 900
    # CHANGE alone has two RT4.
    assert {subject for _, subject in two_competences} == {"UE34", "UE44", "RT4/1"}
    assert len({number for number, _ in two_competences}) == 1


def test_each_jury_finds_in_the_ledger_what_it_had_found(seen):
    """But the juries of Cyber, which had found there the RT4 of IOM."""
    assert seen["frozen"] == [[CYBER_S3, "CHANGE"], [CYBER_S4, "CHANGE"]]


# ---------- diplomas ----------


def test_diplomas_are_granted_once_by_the_first_pv_that_says_them_earned(seen):
    granted = [row for row in seen["results"] if row["kind"] == "diploma"]
    dates = {row["session"]: row["on"] for row in seen["results"] if row["session"]}
    first: dict[tuple[str, str], str] = {}
    for version in seen["minutes"]:
        for student, diplomas in version["diplomas"].items():
            for diploma in diplomas:
                known = first.get((student, diploma), "9999")
                first[student, diploma] = min(known, dates[version["session"]])

    assert {(row["student"], row["subject"]): row["on"] for row in granted} == first
    assert len(granted) == len(first)
    three_years = {
        (row["student"], row["subject"]): row["on"] for row in granted if row["department"] == "trois-ans"
    }
    assert three_years["ADMIS", "DUT"] == "2024-07-05"
    assert three_years["ADMIS", "BUT"] == "2025-07-05"
    assert three_years["SEPTEMBRE", "DUT"] == "2024-09-10"  # by the catch-up
    assert three_years["REDOUBLE", "DUT"] == "2025-07-05"
    assert ("CHANGE", "DUT") not in three_years


# ---------- the PV of 0.2 ----------


def test_every_pv_gives_its_own_decisions_back(seen):
    """By the rules of its time: PASD in BUT3, the year of a DEF student. Nothing was changed in them."""
    assert len(seen["minutes"]) == 19
    assert [each for each in seen["minutes"] if each["otherwise"] or not each["fingerprint"]] == []


def test_every_pv_prints_its_lines_as_0_2_printed_them(seen):
    """A verifier looks for them on its pages, letter by letter."""
    with gzip.open(HERE / "imprime-0.2.json.gz", "rt", encoding="utf-8") as kept:
        assert seen["printed"] == json.load(kept)


def test_the_pv_that_0_2_signed_is_authentic_and_says_whom_today_would_judge_otherwise(seen):
    assert seen["signed"]["verdict"] == "in_force"
    assert all(holds for holds, _ in seen["signed"]["findings"])
    assert [text for _, text in seen["signed"]["findings"] if "règles de son temps" in text] == [
        "Décidé selon les règles de son temps, qui ont changé depuis (BUT3, défaillance) : "
        "DEFAUT Camille et PASSE Camille."
    ]


def test_a_deliberation_that_was_open_goes_on_by_the_rules_of_today(seen):
    """BUT3, two RCUE of three at 10 and none below 8: 0.2 gave PASD, it is for the jury."""
    assert seen["open"] == {"CYBER": [None, "todo"]}
