"""What holds of any student: order and scale change nothing, better marks never hurt, the jury prevails."""

import copy
import json
import random
from decimal import Decimal
from fractions import Fraction

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from grades.averages import shown
from jury.cases.cohortdecisions import decide_object
from jury.cases.cohortfile import read_cohort
from jury.rules import decide
from jury.rules.codes import PASSING, VALIDATING, YEAR_CODES, Code

from .cohorts import RCUE_CODES, UNIT_CODES, random_cohort, units_of, year_codes

ADVERSE = YEAR_CODES - PASSING  # what only a person may say of a year
RANK = {None: 0, "NAR": 0, "RED": 0, "PASD": 1, "ADSUP": 2, "ADJ": 2, "ADM": 3}

seeds = st.integers(min_value=1000, max_value=10**9)
WHO = ("id", "year", "semesters", "programme", "ends_year")
quick = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])


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


def every_units(cohort):
    """The units of the cohort, then those of each of its programmes."""
    held = [cohort, *cohort.get("programmes", {}).values()]
    return [holder["units"] for holder in held if "units" in holder]


def every_unit(cohort):
    return [unit for units in every_units(cohort) for unit in units]


@quick
@given(seeds)
def test_the_order_of_programmes_students_marks_elements_and_units_changes_nothing(seed):
    cohort = random_cohort(seed, 3)
    chance, shuffled = random.Random(seed), copy.deepcopy(cohort)
    chance.shuffle(shuffled["students"])
    if "programmes" in shuffled:
        shuffled["programmes"] = dict(reversed(shuffled["programmes"].items()))
    for units in every_units(shuffled):
        chance.shuffle(units)
    for unit in every_unit(shuffled):
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
    for unit in every_unit(scaled):
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
    known = units_of(cohort, student.get("programme"))
    units = data.draw(
        st.dictionaries(st.sampled_from([u["code"] for u in known]), st.sampled_from(UNIT_CODES))
    )
    rcues = (
        data.draw(st.dictionaries(st.sampled_from(sorted(names["rcues"])), st.sampled_from(RCUE_CODES)))
        if names["rcues"]
        else {}
    )
    year = data.draw(st.sampled_from(year_codes(student["year"])))
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
        again = {field: student[field] for field in WHO if field in student}
        again["earlier"] = [
            {"unit": name, "average": unit["average"], "code": unit["code"]}
            for name, unit in before["units"].items()
        ]
        again["earlier_rcues"] = [{"rcue": name, **rcue} for name, rcue in before["rcues"].items()]
        again["repeats"] = student.get("repeats", {})
        again["extra_repeats"] = student.get("extra_repeats", 0)

        assert without_reasons(decided(cohort | {"students": [again]})) == without_reasons([before])


@quick
@given(seeds)
def test_a_programme_is_a_cohort_of_its_own(seed):
    """A student judged by one of the programmes is judged as in a file of that programme alone."""
    cohort = random_cohort(seed, 4)
    for student, found in zip(cohort["students"], decided(cohort), strict=True):
        alone = {field: value for field, value in student.items() if field != "programme"}
        units = units_of(cohort, student.get("programme"))
        file = {"format": cohort["format"], "regulation": cohort["regulation"], "units": units}

        assert decided(file | {"students": [alone]}) == [found]


@quick
@given(seeds)
def test_def_takes_nothing_away(seed):
    """All that is decided without it stands; where nothing is of right it is the first of the options."""
    cohort = random_cohort(seed, 3)
    for student in cohort["students"]:
        student.pop("status", None)
    defaulting = copy.deepcopy(cohort)
    for student in defaulting["students"]:
        student["status"] = "DEF"

    for before, after in zip(*map(without_reasons, (decided(cohort), decided(defaulting))), strict=True):
        if before["year"] and before["year"]["options"]:
            before["year"]["options"].insert(0, "DEF")
        assert after == before


@quick
@given(seeds)
def test_but3_passes_into_no_year(seed):
    for student, found in zip_students(machine_only(random_cohort(seed, 4))):
        if student["year"] == 3 and found["year"]:
            assert found["year"]["code"] in ("ADM", "ADSUP", "ADJ", None)
            assert "PAS1NCI" not in found["year"]["options"]


def zip_students(cohort):
    return zip(cohort["students"], decided(cohort), strict=True)


@quick
@given(seeds)
def test_ends_year_changes_nothing_once_the_even_semester_is_judged(seed):
    cohort = random_cohort(seed, 3)
    for student in cohort["students"]:
        student["ends_year"] = 2 * student["year"] in student["semesters"]
    without = copy.deepcopy(cohort)
    for student in without["students"]:
        del student["ends_year"]

    assert decided(cohort) == decided(without)


@quick
@given(seeds)
def test_recalling_what_a_jury_gave_changes_nothing(seed):
    """The same marks before a jury that knows the exact averages of the last one: the same decisions.

    Of a past that agrees with itself: no RCUE said to be acquired of units that are not.
    """
    cohort = machine_only(random_cohort(seed, 3))
    for student in cohort["students"]:
        student["earlier_rcues"] = []
    for student, before, verdict in judged(cohort):
        if before["blocked"]:
            continue
        again = recalling(student, verdict)

        assert without_reasons(decided(cohort | {"students": [again]})) == without_reasons([before])


@quick
@given(seeds)
def test_an_odd_jury_closed_before_changes_nothing_and_tells_no_news(seed):
    """S3 decided in February, then S3 and S4 in July: as in July alone, and no average is said to be new.

    The year is taken for the first time, and none above it was: a level above would give its code first.
    """
    cohort = machine_only(random_cohort(seed, 3))
    whole = [student for student in cohort["students"] if len(student["semesters"]) == 2]
    for student in whole:
        units = units_of(cohort, student.get("programme"))
        before = {unit["code"] for unit in units if unit["semester"] < student["semesters"][0]}
        student["earlier"] = [known for known in student["earlier"] if known["unit"] in before]
        student["earlier_rcues"] = []
        student.pop("dispensed", None)
    [*july] = judged(cohort | {"students": whole})
    for student, before, _ in july:
        [(_, february, verdict)] = judged(
            cohort | {"students": [student | {"semesters": student["semesters"][:1], "ends_year": False}]}
        )
        if before["blocked"] or february["blocked"]:
            continue
        [after] = decided(cohort | {"students": [recalling(student, verdict)]})
        news = [reason["text"] for reason in after["reasons"] if "nouvelle moyenne" in reason["text"]]
        odd = judged_codes(cohort, student | {"semesters": student["semesters"][:1]})

        assert without_reasons([after]) == without_reasons([before])
        assert [text for text in news if text.split(",")[0] in odd] == []


@quick
@given(seeds)
def test_recalling_displayed_averages_never_takes_anything_away(seed):
    """Rounded, an earlier average may be better than this year's: it may give more, never less."""
    cohort = machine_only(random_cohort(seed, 3))
    for student, before, verdict in judged(cohort):
        if before["blocked"]:
            continue
        [after] = decided(cohort | {"students": [recalling(student, verdict, displayed=True)]})

        for name, found in before["units"].items():
            assert after["units"][name]["average"] == found["average"]
        for kind in ("units", "rcues"):
            for name, found in before[kind].items():
                assert after[kind][name]["code"] in VALIDATING or found["code"] not in VALIDATING
        assert Decimal(after["ects"]["total"]) >= Decimal(before["ects"]["total"])


def judged(cohort):
    """[(the student's object, their decisions, their verdict)]."""
    values = read_cohort(cohort)
    return [
        (*both, decide(student, values))
        for both, student in zip(zip_students(cohort), values.students, strict=True)
    ]


def judged_codes(cohort, student):
    units = units_of(cohort, student.get("programme"))
    return {unit["code"] for unit in units if unit["semester"] in student["semesters"]}


def recalling(student, verdict, displayed=False):
    """The student with the same marks, once what was decided is what an earlier jury gave."""
    units = {e["unit"]: e for e in student.get("earlier", [])}
    rcues = {e["rcue"]: e for e in student.get("earlier_rcues", [])}
    for known, key, found in ((units, "unit", verdict.units), (rcues, "rcue", verdict.rcues)):
        for name, result in found.items():
            if result.code:
                average = result.average if displayed else cut(result.exact)
                told = None if average is None else f"{average:f}"
                known[name] = {key: name, "average": told, "code": result.code.value}
    return student | {"earlier": list(units.values()), "earlier_rcues": list(rcues.values())}


def cut(average):
    """An exact average without what is beyond 12 decimals: never more than it is."""
    return None if average is None else Decimal(average.numerator * 10**12 // average.denominator).scaleb(-12)


@given(st.fractions(min_value=0, max_value=20), st.integers(0, 6))
def test_rounding_is_half_up_and_once(average, decimals):
    displayed = shown(average, decimals)
    assert displayed is not None
    error = average - Fraction(displayed)

    assert -Fraction(1, 2 * 10**decimals) <= error < Fraction(1, 2 * 10**decimals)
    assert -displayed.as_tuple().exponent == decimals
