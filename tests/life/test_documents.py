"""What documents print of the lives: quoted in lives/, and what holds of every one of them."""

import pytest

from jury.documents.kinds import MINUTES, TRANSCRIPT
from jury.documents.minutes.document import render_minutes
from tests.life.leading import Led, Version
from tests.life.lives import read_lives
from tests.life.printing import excerpt, given, lines

# django_db: the test database is made only when a test says that it needs one.
pytestmark = pytest.mark.django_db

LIVES = read_lives()
QUOTED = [(life.name, table) for life in LIVES for table in life.prints]


def last_versions(led: Led, name: str):
    """{jury: its last version and the student's case}, in the order of time."""
    found = {}
    for version, case in led.cases(name):
        found[version.promotion, version.school_year, version.label] = (version, case)
    return found


@pytest.mark.parametrize(("name", "table"), QUOTED, ids=[f"{name}, {table['of']}" for name, table in QUOTED])
def test_what_is_quoted_of_the_documents(led, name, table):
    (found,) = [
        each
        for (promotion, school_year, label), each in last_versions(led, name).items()
        if f"{label} {school_year}" == table["of"] and promotion == table.get("in", promotion)
    ]
    quoted = {what: list(text) for what, text in table.items() if what not in ("of", "in")}

    assert {what: excerpt(*found, what, led.texts) for what in quoted} == quoted


@pytest.mark.parametrize("life", LIVES, ids=lambda life: life.name)
def test_a_diploma_is_attested_once_by_the_jury_that_granted_it(led, life):
    attested = [
        (kind.upper(), version.minutes.content["session"]["date"])
        for version, case in last_versions(led, life.name).values()
        for kind in given(version, case)
        if kind in ("dut", "but")
    ]

    assert attested == [(name, day.isoformat()) for name, day in life.diplomas.items()]


@pytest.mark.parametrize("life", LIVES, ids=lambda life: life.name)
def test_every_document_is_words_from_one_end_to_the_other(led, life):
    """No field left unfilled, no value that nobody writes."""
    printed = [
        line
        for version, case in last_versions(led, life.name).values()
        for kind in given(version, case)
        for line in lines(version, case, kind, led.texts)
    ]

    assert printed
    assert [line for line in printed if "None" in line or "{" in line or "}" in line] == []


def test_a_version_of_a_pv_names_those_whose_results_changed_and_nobody_else(led):
    """Whom a correction touches: {jury: names}, version after version."""
    changed = [
        (f"{version.promotion}, {version.label} {version.school_year}", sorted(_named(version)))
        for version in led.versions
        if version.minutes.version > 1
    ]

    assert all(len(names) == 1 for _, names in changed), changed
    assert {name for _, names in changed for name in names} == {
        "NÉDÉLEC Joss",
        "PENNEC Ben",
        "ROLLAND Zoé",
        "UGUEN Flo",
        "VIGOUROUX Nour",
        "WAGNER Lise",
    }


def _named(version: Version) -> list[str]:
    """Which students are named by the changes of a version: the motive of its opening is the meeting's."""
    changes = version.minutes.content["correction"]["changes"]
    return [each["who"].partition(",")[0] for each in changes if "student" in each]


def test_a_transcript_and_a_pv_are_printed(led):
    """The pages themselves, once: a president reads PDF."""
    version, case = list(last_versions(led, "PENNEC Ben").values())[-1]
    transcript = TRANSCRIPT.key

    assert lines(version, case, transcript, led.texts)
    assert MINUTES.concerns is None
    assert render_minutes(version.minutes).content.startswith(b"%PDF")
