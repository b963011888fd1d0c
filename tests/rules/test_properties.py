"""What holds of any student: order and scale change nothing, better marks never hurt, the jury prevails."""

import copy
import json
import random
from decimal import Decimal
from fractions import Fraction

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jury.cohortfile import decide_object
from jury.rules.averages import shown
from jury.rules.codes import ADVERSE, VALIDATING, Code

from .cohorts import RCUE_CODES, UNIT_CODES, YEAR_CODES, random_cohort

RANK = {None: 0, "NAR": 0, "RED": 0, "PASD": 1, "ADSUP": 2, "ADJ": 2, "ADM": 3}

seeds = st.integers(min_value=1000, max_value=10**9)
quick = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def decided(cohort):
    return json.loads(json.dumps(decide_object(cohort)))["students"]


def without_reasons(students):
    return [
        {field: value for field, value in s.items() if field not in ("reasons", "blocked")} for s in students
    ]


def machine_only(cohort):
    """The same students, before any person decided."""
    for student in cohort["students"]:
        student.pop("jury", None)
        student.pop("status", None)
    return cohort


@quick
@given(seeds)
def test_the_order_of_students_marks_elements_and_units_changes_nothing(seed):
    cohort = random_cohort(seed, 3)
    chance, shuffled = random.Random(seed), copy.deepcopy(cohort)
    chance.shuffle(shuffled["students"])
    chance.shuffle(shuffled["units"])
    for unit in shuffled["units"]:
        unit["coefficients"] = dict(
            chance.sample(sorted(unit["coefficients"].items()), len(unit["coefficients"]))
        )
    for student in shuffled["students"]:
        for element in student["elements"].values():
            if isinstance(element, dict):
                chance.shuffle(element["marks"])
    expected = {student["id"]: student for student in without_reasons(decided(cohort))}

    for student in without_reasons(decided(shuffled)):
        student["progression"]["missing"].sort()
        expected[student["id"]]["progression"]["missing"].sort()
        assert student == expected[student["id"]]


@quick
@given(seeds, st.sampled_from(["2", "3", "0.1", "7.25"]))
def test_scaling_all_coefficients_changes_nothing(seed, factor):
    cohort = random_cohort(seed, 3)
    scaled = copy.deepcopy(cohort)
    for unit in scaled["units"]:
        unit["coefficients"] = {name: times(c, factor) for name, c in unit["coefficients"].items()}
        unit["rcue_weight"] = times(unit.get("rcue_weight", "1"), factor)
    for student in scaled["students"]:
        for element in student["elements"].values():
            for mark in element["marks"] if isinstance(element, dict) else ():
                mark["coefficient"] = times(mark.get("coefficient", "1"), factor)

    assert without_reasons(decided(scaled)) == without_reasons(decided(cohort))


def times(number, factor):
    return f"{Decimal(number) * Decimal(factor):f}"


@quick
@given(seeds, st.integers(0, 10**6), st.sampled_from(["0.01", "0.5", "3", "20"]))
def test_a_better_mark_never_gives_a_worse_decision(seed, which, points):
    """An exemption (ABJ) is no mark: it changes the weights, and may lower a UE."""
    cohort = machine_only(random_cohort(seed, 1))
    better = copy.deepcopy(cohort)
    raise_one(better["students"][0], which, Decimal(points))
    [before], [after] = decided(cohort), decided(better)

    for name, unit in before["units"].items():
        assert after["units"][name]["code"] in VALIDATING or unit["code"] not in VALIDATING
    for name, rcue in before["rcues"].items():
        assert after["rcues"][name]["code"] in VALIDATING or rcue["code"] not in VALIDATING
    assert Decimal(after["ects"]["total"]) >= Decimal(before["ects"]["total"])
    assert set(after["diplomas"]) >= set(before["diplomas"])
    assert (after["progression"]["right"] or False) >= (before["progression"]["right"] or False)
    if before["year"] and before["year"]["code"]:
        assert RANK[after["year"]["code"]] >= min(RANK[before["year"]["code"]], 2)


def raise_one(student, which, points):
    """One mark, average or bonus of the student, a little better."""
    places = [(student["elements"], name) for name, e in student["elements"].items() if isinstance(e, str)]
    places += [(student["averages"], unit) for unit in student.get("averages", {})]
    for element in student["elements"].values():
        marks = [*element["marks"], element.get("second_chance", {})] if isinstance(element, dict) else ()
        places += [(mark, "value") for mark in marks if "value" in mark]
    if places:
        holder, key = places[which % len(places)]
        most = Decimal(holder.get("out_of", "20")) if key == "value" else Decimal(20)
        holder[key] = f"{min(most, Decimal(holder[key]) + points):f}"


@quick
@given(seeds, st.data())
def test_what_the_jury_decides_prevails(seed, data):
    cohort = random_cohort(seed, 1)
    student = cohort["students"][0]
    names = decided(cohort)[0]
    units = data.draw(
        st.dictionaries(st.sampled_from([u["code"] for u in cohort["units"]]), st.sampled_from(UNIT_CODES))
    )
    rcues = (
        data.draw(st.dictionaries(st.sampled_from(sorted(names["rcues"])), st.sampled_from(RCUE_CODES)))
        if names["rcues"]
        else {}
    )
    year = data.draw(st.sampled_from(YEAR_CODES))
    student["jury"] = {"units": units, "rcues": rcues, "year": year}
    [after] = decided(cohort)

    assert {name: after["units"][name]["code"] for name in units} == units
    assert {name: after["rcues"][name]["code"] for name in rcues} == rcues
    assert after["year"] == {"code": year, "options": []}
    told = {reason["about"] for reason in after["reasons"] if reason["article"] == "4.6"}
    assert told >= {*units, *rcues, "year"}


@quick
@given(seeds)
def test_nothing_adverse_is_ever_automatic(seed):
    for student in decided(machine_only(random_cohort(seed, 3))):
        assert student["year"] is None or student["year"]["code"] not in {*ADVERSE, Code.PAS1NCI}


@quick
@given(seeds)
def test_deciding_again_on_its_own_decisions_is_stable(seed):
    """Next year, nothing retaken: what was decided is what is known, and it stays."""
    cohort = machine_only(random_cohort(seed, 2))
    for student, before in zip(cohort["students"], decided(cohort), strict=True):
        if before["blocked"] or None in {
            r["code"] for r in (*before["units"].values(), *before["rcues"].values())
        }:
            continue
        again = {field: student[field] for field in ("id", "year", "semesters")}
        again["earlier"] = [
            {"unit": name, "average": unit["average"], "code": unit["code"]}
            for name, unit in before["units"].items()
        ]
        again["earlier_rcues"] = [{"rcue": name, **rcue} for name, rcue in before["rcues"].items()]
        again["repeats"] = student.get("repeats", {})
        again["extra_repeats"] = student.get("extra_repeats", 0)

        assert without_reasons(decided(cohort | {"students": [again]})) == without_reasons([before])


@given(st.fractions(min_value=0, max_value=20), st.integers(0, 6))
def test_rounding_is_half_up_and_once(average, decimals):
    displayed = shown(average, decimals)
    assert displayed is not None
    error = average - Fraction(displayed)

    assert -Fraction(1, 2 * 10**decimals) <= error < Fraction(1, 2 * 10**decimals)
    assert -displayed.as_tuple().exponent == decimals
