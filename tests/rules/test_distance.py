"""How far the next decision is, checked by deciding again just before and just there."""

import copy
from decimal import Decimal

import pytest

from jury.cases.cohortdecisions import decide_object
from jury.cases.cohortfile import read_cohort
from jury.rules import Distance, decide, nearest, reached
from jury.rules.averages import unit_averages
from jury.rules.verdict import decide_from

from .cohorts import random_cohort

BUT2 = [
    {"code": f"UE{s}{c}", "semester": s, "competence": f"RT{c}", "level": 2, "ects": "6"}
    for s in (3, 4)
    for c in range(1, 6)
]


def cohort_object(averages, semesters=(3, 4), **fields):
    known = {unit["code"]: "12" for unit in BUT2 if unit["semester"] in semesters} | averages
    student = {"id": "s", "year": 2, "semesters": list(semesters), "averages": known, **fields}
    return {"format": "butrt-cohort/1", "units": BUT2, "students": [student]}


def distance(averages, **fields):
    cohort = read_cohort(cohort_object(averages, **fields))
    [student] = cohort.students
    return nearest(student, cohort, decide(student, cohort))


CASES = {
    "all acquired": ({}, None),
    "the mock-up: 0,03 in UE32 gives the year": (
        {"UE32": "9.40", "UE42": "10.56", "UE33": "8.35", "UE43": "9.11", "UE35": "9.42", "UE45": "9.48"},
        Distance("UE32", Decimal("0.03"), "PASD"),
    ),
    "from 7,99 to 8,00: the year passes": (
        {"UE31": "7", "UE41": "8.98"},
        Distance("UE31", Decimal("0.01"), "PASD"),
    ),
    "one level from all acquired": ({"UE32": "6", "UE42": "13.9"}, Distance("UE32", Decimal("0.09"), "ADM")),
    "a competence, while the year stays open": (
        {"UE31": "9", "UE41": "10.9", "UE32": "3", "UE42": "3"},
        Distance("UE31", Decimal("0.09"), "RT1"),
    ),
}


@pytest.mark.parametrize(("averages", "expected"), CASES.values(), ids=CASES)
def test_nearest(averages, expected):
    found = distance(averages)

    assert found == expected


def test_at_an_odd_semester_the_unit_itself():
    assert distance({"UE31": "9.40", "UE32": "9.90"}, semesters=(3,)) == Distance(
        "UE32", Decimal("0.10"), "UE32"
    )


@pytest.mark.parametrize("fields", [{"status": "DEM"}, {"jury": {"year": "RED"}}])
def test_nothing_is_near_once_a_person_decided(fields):
    assert distance({"UE31": "7", "UE41": "8.98"}, **fields) is None


def test_a_right_that_def_does_not_take_away_is_still_near():
    assert distance({"UE31": "7", "UE41": "8.98"}, status="DEF") == Distance("UE31", Decimal("0.01"), "PASD")


def test_an_odd_semester_that_ends_the_year_is_as_far_as_the_year():
    earlier = [
        {"unit": f"UE4{n}", "average": "8.98" if n == 1 else "12", "code": "AJ" if n == 1 else "ADM"}
        for n in range(1, 6)
    ]
    found = distance({"UE31": "7"}, semesters=(3,), ends_year=True, earlier=earlier)

    assert found == Distance("UE31", Decimal("0.01"), "PASD")


def test_the_distance_is_measured_in_the_programme_of_the_student():
    alone = cohort_object({"UE31": "7", "UE41": "8.98"})
    [student] = alone["students"]
    programmes = {"ROM": {"units": BUT2[:2]}, "IOM": {"units": BUT2}}
    file = {"format": alone["format"], "programmes": programmes, "students": [student | {"programme": "IOM"}]}
    cohort = read_cohort(file)
    [student] = cohort.students
    found = nearest(student, cohort, decide(student, cohort))

    assert found == Distance("UE31", Decimal("0.01"), "PASD")
    assert reached(student, cohort, found).year == "PASD"


@pytest.mark.parametrize("seed", range(6))
def test_the_points_are_enough_and_a_hundredth_less_is_not(seed):
    obj = random_cohort(seed, 25)
    obj.setdefault("regulation", {}).pop("decimals", None)
    cohort = read_cohort(obj)
    tried = 0
    for raw, student in zip(obj["students"], cohort.students, strict=True):
        verdict = decide(student, cohort)
        found = nearest(student, cohort, verdict)
        if found is None or found.unit not in raw.get("averages", {}) or found.unit in raw.get("bonus", {}):
            continue
        tried += 1
        there, before = (
            gains(obj, raw, found.unit, Decimal(raw["averages"][found.unit]) + points)
            for points in (found.points, found.points - Decimal("0.01"))
        )
        assert found.gives in there
        assert found.gives not in before
    assert tried


def gains(obj, raw, unit, average):
    """The year's code and the competences acquired of a student whose unit has another average."""
    changed = copy.deepcopy(raw)
    changed["averages"][unit] = f"{average:f}"
    first, then = decide_object(obj | {"students": [raw, changed | {"id": "then"}]})["students"]
    acquired = {
        name.rpartition("/")[0]
        for name, rcue in then["rcues"].items()
        if rcue["code"] in ("ADM", "CMP", "ADJ", "ADSUP")
        and first["rcues"].get(name, {}).get("code") != rcue["code"]
    }
    units = {name for name, result in then["units"].items() if result != first["units"].get(name)}
    year = then["year"] and then["year"]["code"]
    changed_year = {year} if then["year"] != first["year"] else set()
    return acquired | changed_year | {u for u in units if then["units"][u]["code"] == "ADM"}


ADJ_BELOW_TEN = {"UE32": "9.6", "UE42": "10"} | dict.fromkeys(("UE34", "UE44", "UE35", "UE45"), "9")


def test_a_rcue_acquired_below_ten_may_still_be_the_one_that_more_than_half_asks_for():
    assert distance(ADJ_BELOW_TEN, jury={"rcues": {"RT2/2": "ADJ"}}) == Distance(
        "UE32", Decimal("0.39"), "PASD"
    )


@pytest.mark.parametrize("seed", range(8))
def test_no_unit_gives_as_much_for_less(seed):
    """Every hundredth below, in every unit, tried one by one."""
    cohort = read_cohort(random_cohort(seed, 40))
    step, most = Decimal(1).scaleb(-cohort.regulation.decimals), 40
    tried = 0
    for student in cohort.students:
        verdict = decide(student, cohort)
        found = nearest(student, cohort, verdict)
        if found is None or not step < found.points <= most * step:
            continue
        tried += 1
        averages = unit_averages(student, cohort)
        for unit, ratio in averages.ratios.items():
            for steps in range(1, int(found.points / step)):
                if ratio is None or unit in averages.blocked:
                    continue
                then = decide_from(averages.raised(unit, steps * step), student, cohort)
                assert then.year in (None, verdict.year), (student.id, unit, steps * step)
                assert acquired(then) <= acquired(verdict), (student.id, unit, steps * step)
    assert tried > 1


def acquired(verdict):
    """The competences, or at an odd-semester jury the units."""
    among = verdict.rcues if verdict.year_judged else verdict.units
    return {name for name, decided in among.items() if decided.acquired}
