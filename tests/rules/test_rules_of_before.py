"""A PV of 0.2 is judged by the rules of its time: two things changed since, and nothing else."""

import pytest

from jury.cases.cohortdecisions import decide_object
from jury.cases.cohortfile import read_cohort
from jury.cases.cohortvalues import CohortError
from jury.rules import RULES

from .cohorts import random_cohort
from .test_contract import TWO_OF_THREE, of_but3


def decided(cohort, rules):
    (student,) = decide_object(cohort, rules=rules)["students"]
    return {name: value for name, value in student.items() if name != "reasons"}


def test_but3_was_passed_by_right():
    before, today = decided(of_but3(), 1), decided(of_but3(), RULES)

    assert before["year"] == {"code": "PASD", "options": []}
    assert today["year"] == {"code": None, "options": ["RED", "NAR", "ADJ"]}
    assert before | {"year": None} == today | {"year": None}


def test_but3_below_8_was_for_the_jury_already():
    below = TWO_OF_THREE["averages"] | {"UE5.6": "7", "UE6.6": "8.98"}

    assert decided(of_but3(averages=below), 1)["year"]["code"] is None


@pytest.mark.parametrize("semesters", [[5, 6], [5]])
def test_the_year_of_a_def_student_was_def(semesters):
    good = {code: "12" for code in TWO_OF_THREE["averages"] if int(code[2]) in semesters}
    cohort = of_but3(averages=good, semesters=semesters, status="DEF")
    before, today = decided(cohort, 1), decided(cohort, RULES)

    assert before["year"] == {"code": "DEF", "options": []}
    assert today["year"] == ({"code": "ADM", "options": []} if 6 in semesters else None)
    assert before["progression"]["right"] == (None if 6 in semesters else False)
    assert today["progression"]["right"] == (None if 6 in semesters else True)


@pytest.mark.parametrize("seed", range(40))
def test_nothing_else_changed(seed):
    """Whoever is neither DEF, by status or by the jury, nor in BUT3 is judged as before."""
    cohort = random_cohort(seed, 12)
    before, today = (decide_object(cohort, rules=rules)["students"] for rules in (1, RULES))
    files = {file["id"]: file for file in cohort["students"]}
    otherwise = [one["id"] for one, other in zip(before, today, strict=True) if one != other]

    for each in otherwise:
        file = files[each]
        assert "DEF" in (file.get("status"), file.get("jury", {}).get("year")) or file["year"] == 3


@pytest.mark.parametrize("rules", [0, RULES + 1, "2", None])
def test_rules_that_are_unknown_here_are_refused(rules):
    with pytest.raises(CohortError, match="sont inconnues ici"):
        read_cohort(of_but3(), rules=rules)
