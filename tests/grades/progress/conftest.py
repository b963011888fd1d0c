"""What the tests of progress share: an element, who answers for it and who teaches it."""

from __future__ import annotations

import pytest

from tests.factories import (
    make_assessment,
    make_cohort,
    make_department,
    make_enrolment,
    make_parcours,
    make_programme,
    make_student,
    make_teaching,
    make_user,
    programme_of,
)


@pytest.fixture
def department():
    return make_department()


@pytest.fixture
def director(department):
    return make_user("director", department=department, last_name="Lenoir", email="lenoir@iut.example")


@pytest.fixture
def head(department):
    return make_user("teacher", department=department, last_name="Marchetti", email="marchetti@iut.example")


@pytest.fixture
def teacher(department):
    return make_user("teacher", department=department, last_name="Ouadah", email="ouadah@iut.example")


@pytest.fixture
def teaching(department, head, teacher):
    """An element with one évaluation, DS, and two students, ABÉLARD and BARTOLI; nothing entered."""
    cohort = make_cohort(make_programme(parcours=make_parcours(department=department)))
    teaching = make_teaching(
        cohort, programme_of(cohort).elements.get(code="R31"), heads=[head], teachers=[teacher]
    )
    make_assessment(teaching, title="DS")
    for name in ("ABÉLARD", "BARTOLI"):
        make_enrolment(cohort, make_student(department, last_name=name))
    return teaching
