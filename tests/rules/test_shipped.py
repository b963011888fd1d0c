"""The cohorts shipped in fixtures/cohorts: as written, and each jury of the cursus decided as it is told."""

import json
import re
from collections import Counter

import pytest

from jury.cases.cohortdecisions import decide_object

from .shipped import COHORTS, FIXTURES, build_cursus, build_demonstration, spelled
from .test_contract import COHORT_SCHEMA, DECISIONS_SCHEMA

FILES = ["cohorte-inventee.json", "cursus.json", "exactly-half.json"]


def read(name):
    return json.loads((COHORTS / name).read_text())


@pytest.fixture(scope="module")
def cursus():
    return {
        student["id"]: student
        for student in json.loads(json.dumps(decide_object(read("cursus.json"))))["students"]
    }


def test_the_cursus_is_as_written_by_shipped():
    assert (COHORTS / "cursus.json").read_text() == spelled(build_cursus())


@pytest.mark.django_db
def test_the_invented_cohort_is_the_demonstration():
    assert (COHORTS / "cohorte-inventee.json").read_text() == spelled(build_demonstration())


@pytest.mark.parametrize("name", FILES)
def test_shipped_files_follow_the_schemas(name):
    cohort = read(name)
    COHORT_SCHEMA.validate(cohort)

    DECISIONS_SCHEMA.validate(json.loads(json.dumps(decide_object(cohort))))


def test_the_invented_cohort_is_decided():
    students = decide_object(read("cohorte-inventee.json"))["students"]

    assert Counter(student["year"]["code"] for student in students) == {
        "ADM": 14,
        "PASD": 6,
        None: 7,
        "DEM": 1,
    }


def test_the_example_of_the_page_is_decided_as_it_says():
    cohort, reason = re.findall(
        r"```json\n(.*?)```", (FIXTURES / "schemas" / "README.md").read_text(), re.DOTALL
    )
    [student] = decide_object(json.loads(cohort))["students"]
    told = [{**each, "text": each["text"].replace("\N{NO-BREAK SPACE}", " ")} for each in student["reasons"]]

    assert json.loads(reason) in told


OUTCOMES = {  # year, next semester and whether it is of right, ECTS in all, diplomas
    "Alba, S1": (None, 2, True, "30", ""),
    "Alba, S2": ("ADM", 3, True, "60", ""),
    "Alba, S3": (None, 4, True, "90", ""),
    "Alba, S4": ("ADM", 5, True, "120", "DUT"),
    "Alba, S5": (None, 6, True, "150", "DUT"),
    "Alba, S6": ("ADM", None, None, "180", "DUT BUT"),
    "Bruno, S2": ("PASD", 3, True, "40", ""),
    "Bruno, S4, avant que le jury décide": ("PASD", 5, False, "87", ""),
    "Bruno, S4": ("PAS1NCI", 5, False, "87", ""),
    "Bruno, S6": ("ADM", None, None, "180", "DUT BUT"),
    "Chloé, S2": ("PASD", 3, True, "50", ""),
    "Chloé, S3": (None, 4, True, "70", ""),
    "Chloé, S4": ("ADM", 5, True, "120", "DUT"),
    "Driss, S2": ("ADM", 3, True, "60", ""),
    "Driss, S4": ("RED", 5, False, "100", ""),
    "Driss, S4 redoublé, sans rallonge": ("NAR PAS1NCI ADJ", 5, False, "100", ""),
    "Driss, S4 redoublé, rallonge du directeur": ("RED", 5, False, "100", ""),
    "Driss, S4 redoublé deux fois": ("ADM", 5, True, "120", "DUT"),
    "Emma, S2": ("ADM", 3, True, "60", ""),
    "Emma, S4": ("PASD", 5, True, "110", ""),
    "Emma, S3 retenté seul": ("ADM", 5, True, "120", "DUT"),
    "Farid, S1": (None, 2, True, "20", ""),
    "Farid, S2, démission": ("DEM", 3, False, "60", ""),
}


def test_every_jury_of_the_cursus_is_told(cursus):
    assert list(cursus) == list(OUTCOMES)


@pytest.mark.parametrize("name", OUTCOMES)
def test_outcome_of_a_jury(cursus, name):
    decided = cursus[name]
    year = decided["year"] and (decided["year"]["code"] or " ".join(decided["year"]["options"]))
    following = decided["progression"]
    seen = (
        year,
        following["semester"],
        following["right"],
        decided["ects"]["total"],
        " ".join(decided["diplomas"]),
    )

    assert seen == OUTCOMES[name]


def codes(decided, *names):
    results = decided["units"] | decided["rcues"]
    return [results[name]["code"] for name in names]


def test_the_gate_of_s5_names_what_is_missing(cursus):
    assert cursus["Bruno, S4"]["progression"]["missing"] == ["UE11", "UE21"]


def test_level_3_acquires_levels_2_and_1(cursus):
    below = ["UE31", "UE41", "RT1/2", "UE11", "UE21", "RT1/1"]

    assert codes(cursus["Bruno, S4"], *below) == ["AJ"] * 6
    assert codes(cursus["Bruno, S6"], "UE51", "UE61", "RT1/3") == ["CMP", "ADM", "CMP"]
    assert codes(cursus["Bruno, S6"], *below) == ["ADSUP"] * 6


def test_a_compensated_level_2_acquires_level_1_before_the_gate(cursus):
    assert codes(cursus["Chloé, S2"], "UE12", "UE22", "RT2/1") == ["ADM", "AJ", "AJ"]
    assert codes(cursus["Chloé, S4"], "UE32", "RT2/2", "UE22", "RT2/1") == ["CMP", "CMP", "ADSUP", "ADSUP"]
    assert cursus["Chloé, S4"]["progression"]["missing"] == []


def test_the_director_may_open_one_more_repeat(cursus):
    alone = read("cursus.json")
    student = next(s for s in alone["students"] if s["id"] == "Driss, S4 redoublé, rallonge du directeur")
    del student["jury"]
    [decided] = decide_object(alone | {"students": [student]})["students"]

    assert cursus["Driss, S4 redoublé, sans rallonge"]["year"]["options"] == ["NAR", "PAS1NCI", "ADJ"]
    assert decided["year"]["options"] == ["RED", "NAR", "PAS1NCI", "ADJ"]


def test_a_repeated_semester_joins_the_one_kept(cursus):
    last = cursus["Driss, S4 redoublé deux fois"]

    assert codes(last, "UE42", "RT2/2", "UE43", "RT3/2") == ["CMP"] * 4
    assert [last["rcues"][rcue]["average"] for rcue in ("RT2/2", "RT3/2")] == ["10.00", "10.00"]


def test_an_odd_semester_retaken_alone_ends_the_year(cursus):
    last = cursus["Emma, S3 retenté seul"]

    assert codes(last, "UE32", "UE42", "RT2/2") == ["ADM", "ADM", "ADM"]
    assert last["rcues"]["RT2/2"]["average"] == "12.08"
