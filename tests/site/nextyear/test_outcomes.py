"""What opens to each student, read of the juries' own words: S5 closed, a gap year, two years at once."""

from __future__ import annotations

import datetime

import pytest

from butrt.site.nextyear.outcomes import Fate, Outcome, Seat, outcomes
from jury.reports.promotion.flow import flow_of
from tests.jury.years import Years

pytestmark = pytest.mark.django_db

WEAK = {"*": "12", "RT1": "9"}  # RT1 is acquired in neither year


@pytest.fixture(scope="module")
def years(once) -> Years:
    """BUT1 in 2023 that RT1 is left of; BUT2 in 2024, with or without BUT1 beside."""
    return once(make_years)


@pytest.fixture
def read(db, years: Years) -> dict[str, Outcome]:
    return {outcome.student.last_name: outcome for outcome in outcomes(years.department, 2024)}


def make_years() -> Years:
    years = Years()
    first = years.programme("", 1)
    second = years.cohort(years.programme("IOM", 2), 2024)
    students = {name: years.student(name) for name in ("FERMÉ", "REPRIS", "BLANCHE")}
    for student in students.values():
        years.enrol(years.cohort(first, 2023), student, WEAK)
    years.hold(years.cohort(first, 2023), 2, **dict.fromkeys(students, "PAS1NCI"))
    for name, student in students.items():
        enrolment = years.enrol(second, student, WEAK if name != "BLANCHE" else {})
    enrolment.status, enrolment.status_since = "ABL", datetime.date(2024, 10, 1)
    enrolment.save()
    beside = years.cohort(first, 2024)
    years.enrol(beside, students["REPRIS"], {"R11": "12", "R21": "12"})
    years.hold(second, 4)
    years.close(years.session(beside, 2, date=datetime.date(2025, 7, 12)))
    return years


def test_who_passes_with_s5_closed_retakes_what_closes_it(read):
    outcome = read["FERMÉ"]

    assert (outcome.words, outcome.fate) == ("S5 fermé\xa0: UE11, UE21", Fate.REPEATS)
    assert outcome.seat == Seat(1, (1, 2))
    assert outcome.acquired == ["UE12", "UE22"]


def test_ue_of_but1_retaken_beside_but2_open_s5(read):
    outcome = read["REPRIS"]

    assert (outcome.words, outcome.fate) == ("S5", Fate.PASSES)
    assert outcome.seat == Seat(3, (5, 6))


def test_who_had_a_gap_year_comes_back_where_they_were_and_is_shown_apart(read):
    outcome = read["BLANCHE"]

    assert (outcome.words, outcome.fate) == ("année blanche", Fate.APART)
    assert outcome.seat == Seat(2, (3, 4))


def test_the_flow_of_the_promotion_says_where_each_goes_likewise(years, read):
    ends = {
        student.last_name: passage.end.label
        for passage in flow_of(years.cohort(years.programme("IOM", 2), 2024)).passages
        for student in passage.students
        if passage.end.outcome
    }

    assert ends == {"FERMÉ": "passe, semestre 5 fermé", "REPRIS": "vers le BUT3", "BLANCHE": "année blanche"}
