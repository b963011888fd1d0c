"""Marks pointed out: far from the student's others as the class goes, or the same for everybody."""

from __future__ import annotations

from decimal import Decimal

import pytest

from grades.averages import element_average
from grades.mark_reasons import SheetMark, element_of, reasons_of
from grades.outliers import all_equal, far_marks
from grades.sheet import Settings

FIRST, SECOND, THIRD = 1, 2, 3


def marks(*rows):
    """{(évaluation, student): mark out of 20} of one row of marks a student; None: no mark."""
    return {
        (assessment, student): Decimal(str(mark))
        for student, row in enumerate(rows)
        for assessment, mark in enumerate(row, 1)
        if mark is not None
    }


STEADY = ((12, 12.5, 11), (9, 8.5, 10), (15, 14, 15.5), (11, 11, 12), (7, 8, 6.5))


def test_a_slip_of_the_comma_is_far_from_the_student_s_other_marks():
    assert far_marks(marks(*STEADY, (12.5, 13, 1.25))) == {(THIRD, 5)}


def test_what_is_usual_in_the_class_is_not_far():
    hard = [(first, second, third - 6) for first, second, third in STEADY]

    assert far_marks(marks(*STEADY)) == far_marks(marks(*hard, (13, 13, 7))) == set()
    assert far_marks(marks(*hard, (13, 13, 13))) == {(THIRD, 5)}


def test_a_class_whose_marks_spread_is_given_more_room():
    spread = ((4, 10), (10, 4), (16, 10), (10, 16), (2, 9), (9, 2))

    assert far_marks(marks(*spread, (14, 8))) == set()


@pytest.mark.parametrize("rows", [(), ((3,), (20,)), ((10, 10), (None, 20))])
def test_nothing_is_far_without_other_marks(rows):
    assert far_marks(marks(*rows)) == set()


def test_a_student_alone_is_compared_to_their_own_marks():
    assert far_marks(marks((14, 14, 8.99))) == {(THIRD, 0)}
    assert far_marks(marks((14, 14, 9))) == set()


def test_equal_for_three_students_or_more():
    assert all_equal(marks((12,), (12,), (12,)), FIRST)
    assert not all_equal(marks((12,), (12,)), FIRST)
    assert not all_equal(marks((12, 12), (12, 11), (12, 12)), SECOND)


def given(value=None, code="", *, second=False, coefficient=1, maximum=20):
    value = None if value is None else Decimal(str(value))
    return SheetMark(value, Decimal(maximum), Decimal(coefficient), code, second_chance=second)


def told(*row, **settings):
    rules = Settings(**settings)
    reasons = reasons_of(row, element_average(element_of(row), rules), rules)
    return [(reason.counts, reason.why) for reason in reasons]


def test_every_mark_says_what_it_does_in_the_average():
    row = (given(12, coefficient=2), given(7, maximum=10), given(code="ABI"), given(code="ABJ"), given())

    assert told(*row) == [
        (True, ""),
        (True, ""),
        (True, "absence injustifiée, compte 0"),
        (False, "absence justifiée, ne compte pas"),
        (False, "pas encore saisie"),
    ]
    assert told(given(code="ABI"), unjustified_absence="neutral") == [
        (False, "absence injustifiée, ne compte pas ici")
    ]
    assert told(given(code="ATT")) == [(False, "note attendue, moyenne provisoire")]


def test_a_second_chance_tells_whether_it_replaces():
    better, worse, none = given(14, second=True), given(3, second=True), given(second=True)

    assert told(given(8), better) == [
        (False, "remplacée par la seconde chance"),
        (True, "remplace la moyenne des autres évaluations"),
    ]
    assert told(given(8), worse)[1] == (False, "pas meilleure que la moyenne, elle ne la remplace pas")
    assert told(given(code="ABI"), better)[0] == (False, "remplacée par la seconde chance")
    assert told(given(8), worse, second_chance="replace")[1][0]
    assert told(given(8), none) == [(True, ""), (False, "pas de note à la seconde chance")]


@pytest.mark.parametrize("rule", ["best", "replace"])
@pytest.mark.parametrize(
    "row",
    [
        (given(12, coefficient=2), given(7, maximum=30), given(code="ABI")),
        (given(8), given(14, second=True)),
        (given(8), given(3, second=True)),
        (given(code="ABJ"), given(11, second=True)),
    ],
)
def test_the_reasons_add_up_to_the_average(row, rule):
    settings = Settings(second_chance=rule)
    average = element_average(element_of(row), settings)
    counted = [reason for reason in reasons_of(row, average, settings) if reason.counts]
    points = sum(int(reason.given.coefficient) * reason.points for reason in counted)

    assert points / sum(int(reason.given.coefficient) for reason in counted) == average.value
