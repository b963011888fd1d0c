"""Both sides of each threshold, for the three places where an average is compared."""

from decimal import Decimal

import pytest

from grades.averages import Element
from jury.rules import Cohort, Mark, Regulation, Student, Unit, decide

COMPETENCES = ["RT1", "RT2", "RT3"]
UNITS = tuple(
    Unit(
        f"UE{semester}{competence[-1]}",
        semester,
        competence,
        1,
        Decimal(10),
        coefficients={f"E{semester}": Decimal(1)},
    )
    for semester in (1, 2)
    for competence in COMPETENCES
)
COHORT = Cohort(UNITS)


def judge(cohort=COHORT, **averages):
    """A BUT1 student at 12 everywhere but in the units given."""
    known = {unit.code: Decimal(averages.get(unit.code, "12")) for unit in UNITS}
    return decide(Student("s", 1, (1, 2), averages=known), cohort)


@pytest.mark.parametrize(
    ("average", "code"),
    [
        ("9.99", "AJ"),
        ("9.994", "AJ"),
        ("9.9949999999", "AJ"),
        ("9.995", "ADM"),
        ("10", "ADM"),
        ("10.004", "ADM"),
    ],
)
def test_a_unit_at_10(average, code):
    assert judge(UE11=average, UE21="5").units["UE11"].code == code


@pytest.mark.parametrize(
    ("first", "second", "displayed", "code"),
    [
        ("9.98", "10.00", "9.99", "AJ"),
        ("9.9799", "10.01", "9.99", "AJ"),
        ("9.98", "10.01", "10.00", "CMP"),
        ("9.99", "10.01", "10.00", "CMP"),
        ("0", "20", "10.00", "CMP"),
    ],
)
def test_a_rcue_at_10(first, second, displayed, code):
    rcue = judge(UE11=first, UE21=second).rcues["RT1/1"]

    assert (rcue.average, rcue.code) == (Decimal(displayed), code)


@pytest.mark.parametrize(
    ("first", "second", "displayed", "year"),
    [
        ("7.98", "8.00", "7.99", None),
        ("7.9899", "8.00", "7.99", None),
        ("7.99", "8.00", "8.00", "PASD"),
        ("8", "8", "8.00", "PASD"),
    ],
)
def test_a_year_with_a_rcue_at_8(first, second, displayed, year):
    verdict = judge(UE11=first, UE21=second)

    assert (verdict.rcues["RT1/1"].average, verdict.year) == (Decimal(displayed), year)


@pytest.mark.parametrize(("reaching", "year"), [(1, None), (2, "PASD"), (3, "ADM")])
def test_more_than_half_of_three(reaching, year):
    low = {unit.code: "9" for unit in UNITS if unit.competence in COMPETENCES[reaching:]}

    assert judge(**low).year == year


def test_floats_would_fail_where_integers_do_not():
    """Three marks whose mean is exactly 9.995: binary arithmetic gives 9.994999…, and AJ."""
    marks = tuple(Mark(Decimal(mark)) for mark in ("9.99", "9.99", "10.005"))
    assert round(sum(float(mark.value) for mark in marks) / 3, 2) == 9.99
    student = Student("s", 1, (1,), elements={"E1": Element(marks)})

    assert decide(student, COHORT).units["UE11"].code == "ADM"


def test_thresholds_are_those_of_the_regulation():
    strict = Cohort(UNITS, Regulation(pass_mark=Decimal("10.5"), rcue_minimum=Decimal(9)))
    verdict = judge(strict, UE11="10.4", UE21="10.4", UE12="8.9", UE22="9")

    assert (verdict.units["UE11"].code, verdict.rcues["RT1/1"].code) == ("AJ", "AJ")
    assert (verdict.rcues["RT2/1"].average, verdict.year) == (Decimal("8.95"), None)
