"""What a decision entails: every code of the year, S5 open or not, every status, every year (4.5, 4.6)."""

import itertools
from dataclasses import replace
from decimal import Decimal

import pytest

from jury.rules import PASSING, Code, Cohort, Earlier, JuryDecisions, Regulation, Student, Unit, codes, decide
from jury.rules.following import Before, Step, credits, following

NONE = ""
ACQUIRED, FAILED = Earlier(Decimal(12), Code.ADM), Earlier(Decimal(5), Code.AJ)
# A code that does not pass, whatever the rest.
ENTAILED = {
    "RED": Step.REPEATS,
    "NAR": Step.REFUSED,
    "DEF": Step.DEFAULTS,
    "ABL": Step.GAP_YEAR,
    "DEM": Step.LEFT,
    "ABAN": Step.LEFT,
    "EXCLU": Step.LEFT,
    "RAT": Step.RESIT,
    "ATJ": Step.WAITS,
}


def units(competences=("RT1", "RT2", "RT3")) -> tuple[Unit, ...]:
    return tuple(
        Unit(f"UE{semester}{number}", semester, name, (semester + 1) // 2, Decimal(10), coefficients={})
        for semester in range(1, 7)
        for number, name in enumerate(competences, 1)
    )


def cohort_of(*students: Student) -> Cohort:
    return Cohort(units=units(), students=students, regulation=Regulation())


def student(
    year: int, *, semesters=None, average="12", status=None, decided=NONE, gate=False, below=True
) -> Student:
    """Everything of the years before is acquired, save UE11 when `gate`."""
    judged = semesters or (2 * year - 1, 2 * year)
    earlier = {
        unit.code: FAILED if gate and unit.code == "UE11" else ACQUIRED
        for unit in units()
        if unit.semester < 2 * year - 1
    }
    return Student(
        id="1",
        year=year,
        semesters=judged,
        status=Code(status) if status else None,
        averages={unit.code: Decimal(average) for unit in units() if unit.semester in judged},
        earlier=earlier,
        jury=JuryDecisions(year=Code(decided) if decided else None),
    )


def entailed(one: Student, before=None):
    cohort = cohort_of(one)
    (one,) = cohort.students
    return following(one, cohort, decide(one, cohort), before or Before())


def cases():
    statuses = [NONE, *sorted(codes.STATUSES)]
    for year, gate, status in itertools.product((1, 2, 3), (False, True), statuses):
        for code in [NONE, *sorted(codes.year_codes(year))]:
            yield year, gate, status, code


@pytest.mark.parametrize(("year", "gate", "status", "code"), list(cases()))
def test_each_code_entails_one_thing(year, gate, status, code):
    """At 7 everywhere nothing is of right: the code, decided or of the status, says it all."""
    found = entailed(student(year, average="7", status=status or None, decided=code, gate=gate))
    said = code or (status if status in codes.FACTS else NONE)

    if not said:
        assert found.step is Step.TO_DECIDE
    elif said in ENTAILED:
        assert found.step is ENTAILED[said]
    elif year == 3:
        assert found.step is Step.UNFINISHED
    else:
        assert found.step is (Step.CLOSED if year == 2 and gate else Step.OPENS)
    assert found.right == (found.step is Step.OPENS)
    assert found.repeats == ((2 * year - 1, 2 * year) if said == "RED" else ())
    assert bool(found.again) == (found.step in (Step.REPEATS, Step.CLOSED, Step.UNFINISHED))
    assert found.gate == (("UE11",) if year == 2 and gate else ())
    assert not found.left or found.step in (Step.OPENS, Step.CLOSED)


@pytest.mark.parametrize("status", [NONE, "DEF"])
@pytest.mark.parametrize(("year", "step"), [(1, Step.OPENS), (2, Step.OPENS), (3, Step.FINISHED)])
def test_what_is_acquired_opens_what_follows_even_to_a_defaulting_student(year, step, status):
    found = entailed(student(year, status=status or None))

    assert (found.step, found.semester) == (step, 2 * year + 1 if year < 3 else None)
    assert found.diplomas == {1: (), 2: ("DUT",), 3: ("BUT",)}[year] or year == 3


@pytest.mark.parametrize("semester", [1, 3, 5])
def test_the_even_semester_is_of_right_and_may_compensate(semester):
    """Annexe 1, 4.5: nothing closes it, UE of the odd one below 10 wait for it."""
    found = entailed(student((semester + 1) // 2, semesters=(semester,), average="7", gate=semester == 3))

    assert (found.step, found.semester) == (Step.OPENS, semester + 1)
    assert found.waiting == tuple(f"UE{semester}{number}" for number in (1, 2, 3))


@pytest.mark.parametrize("status", sorted(codes.FACTS))
def test_nothing_follows_of_right_a_fact_at_an_odd_semester(status):
    assert entailed(student(2, semesters=(3,), status=status)).step is ENTAILED[status]


def test_awaited_marks_block_what_follows():
    one = student(2)
    cohort = cohort_of(one)
    verdict = decide(one, cohort)
    verdict = replace(verdict, year=None, blocked=("UE41: R41 ATT",))

    assert following(one, cohort, verdict).step is Step.BLOCKED


# ---------- S5, decided anew ----------


def retaking(average: str, semesters=(1,), ends_year=True) -> Student:
    """BUT2 passed without RT1, UE11 of BUT1 taken again in S1 alone."""
    known = {unit.code: ACQUIRED for unit in units() if unit.semester < 5}
    known |= {"UE11": FAILED, "UE31": FAILED, "UE41": FAILED}
    return Student(
        id="1",
        year=1,
        semesters=semesters,
        averages={"UE11": Decimal(average)},
        earlier=known,
        ends_year=ends_year,
    )


PASSED = Before(passed_second_year=True)


def test_s5_opens_to_who_acquires_what_was_missing_of_but1():
    found = entailed(retaking("12"), PASSED)
    assert (found.step, found.semester, found.gate) == (Step.OPENS, 5, ())


def test_s5_is_not_asked_of_who_did_not_pass_but2():
    assert entailed(retaking("5")).gate == ()


def test_the_even_semester_follows_first_while_it_is_to_be_taken_again():
    found = entailed(replace(retaking("5", ends_year=False)), PASSED)
    assert (found.step, found.semester) == (Step.OPENS, 2)


@pytest.mark.parametrize("code", sorted(codes.year_codes(1)))
def test_a_code_says_the_same_of_who_retakes_units_of_but1(code):
    found = entailed(replace(retaking("5"), jury=JuryDecisions(year=Code(code))), PASSED)

    assert found.step is (Step.CLOSED if code in PASSING else ENTAILED[code])


# ---------- diplomas and credits ----------


def test_a_diploma_is_granted_once():
    one = student(3)
    assert entailed(one, Before(diplomas=frozenset({"DUT"}))).diplomas == ("BUT",)


def test_credits_say_what_they_are_counted_of():
    """40 of the 60 of the year, never of the 30 of a semester."""
    one = student(2, semesters=(3,))
    cohort = cohort_of(one)
    found = credits(one, cohort, decide(one, cohort))

    assert (found.year, found.of_the_year, found.total, found.of_all) == (30, 60, 90, 180)
