"""Two implementations that share no code agree on thousands of students."""

import json

import pytest

from jury.cases.cohortdecisions import decide_object

from . import naive
from .cohorts import random_cohort

SIZE = 25


def told(decisions):
    """Decisions without what only the engine writes."""
    written = json.loads(json.dumps(decisions))
    return [
        {**student, "blocked": bool(student["blocked"])}
        for student in ({k: v for k, v in s.items() if k != "reasons"} for s in written["students"])
    ]


@pytest.mark.parametrize("seed", range(60))
def test_the_naive_reading_decides_alike(seed):
    cohort = random_cohort(seed, SIZE)

    assert told(decide_object(cohort)) == naive.decide(cohort)["students"]


@pytest.mark.parametrize("hundred", range(20))
def test_on_as_many_programmes_and_reglements(hundred):
    """Two thousand of them, with two students each."""
    for seed in range(1000 + 100 * hundred, 1100 + 100 * hundred):
        cohort = random_cohort(seed, 2)

        assert told(decide_object(cohort)) == naive.decide(cohort)["students"], f"random_cohort({seed}, 2)"
