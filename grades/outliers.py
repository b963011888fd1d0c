"""Marks worth a second look before the jury: pointed out on the sheet, never refused. Pure functions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from decimal import Decimal
from typing import TypeAlias

MOST_APART = 5  # points out of 20
DEVIATIONS = 2
LEAST_EQUAL = 3  # students: two equal marks say nothing

Cell: TypeAlias = tuple[int, int]
"""(évaluation, enrolment)"""


def far_marks(marks: Mapping[Cell, Decimal]) -> set[Cell]:
    """The cells whose mark is far from the student's others. `marks`: out of 20, those of one element.

    A mark's distance is what separates it from the mean of the student's other marks. It is far when this
    distance leaves the mean distance of the other students at the same évaluation by more than 5 points and
    by more than two of their standard deviations: a hard évaluation points nobody out. Of a student's far
    marks only the farthest is told: it is what makes the others look far.
    """
    by_student: dict[int, list[Decimal]] = defaultdict(list)
    for (_, enrolment), mark in marks.items():
        by_student[enrolment].append(mark)
    distances: dict[int, dict[int, Decimal]] = defaultdict(dict)
    for (assessment, enrolment), mark in marks.items():
        own = by_student[enrolment]
        if len(own) > 1:
            distances[assessment][enrolment] = mark - (sum(own) - mark) / (len(own) - 1)
    apart: dict[int, dict[int, Decimal]] = defaultdict(dict)
    for assessment, of_all in distances.items():
        for enrolment, distance in _apart(of_all).items():
            apart[enrolment][assessment] = distance
    return {
        (assessment, enrolment)
        for enrolment, theirs in apart.items()
        for assessment, distance in theirs.items()
        if distance == max(theirs.values())
    }


def _apart(distances: Mapping[int, Decimal]) -> dict[int, Decimal]:
    """{student: points} that leave the distances of the others, each compared to the class without them."""
    others = len(distances) - 1
    total = sum(distances.values(), Decimal(0))
    squares = sum((distance * distance for distance in distances.values()), Decimal(0))
    far = {}
    for enrolment, distance in distances.items():
        mean = (total - distance) / others if others else Decimal(0)
        variance = (squares - distance * distance) / others - mean * mean if others else Decimal(0)
        apart = abs(distance - mean)
        if apart > MOST_APART and apart * apart > DEVIATIONS**2 * variance:
            far[enrolment] = apart
    return far


def all_equal(marks: Mapping[Cell, Decimal], assessment: int) -> bool:
    """Whether everybody, three students at least, has the same mark at this évaluation."""
    values = [mark for (key, _), mark in marks.items() if key == assessment]
    return len(values) >= LEAST_EQUAL and len(set(values)) == 1
