"""The contract: its examples to the letter, the published schemas, what our own answer looks like."""

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from jury.cases.cohortdecisions import decide_object

from . import naive
from .cohorts import random_cohort
from .test_independence import told

FIXTURES = Path(__file__).parents[2] / "fixtures"
EXAMPLE = json.loads((FIXTURES / "contract" / "example-cohort.json").read_text())
EXPECTED = json.loads((FIXTURES / "contract" / "example-decisions.json").read_text())
COHORT_SCHEMA, DECISIONS_SCHEMA = (
    Draft202012Validator(json.loads((FIXTURES / "schemas" / f"butrt-{name}-1.schema.json").read_text()))
    for name in ("cohort", "decisions")
)
BY_ID = {student["id"]: student for student in json.loads(json.dumps(decide_object(EXAMPLE)))["students"]}


@pytest.mark.parametrize("expected", EXPECTED["students"], ids=lambda student: student["id"])
def test_example_of_the_contract(expected):
    decided = BY_ID[expected["id"]]

    assert {field: decided[field] for field in expected} == expected
    assert decided.keys() - expected.keys() == {"blocked", "reasons"}


def test_answers_come_in_the_order_received():
    assert list(BY_ID) == [student["id"] for student in EXAMPLE["students"]]


def test_a_blocked_unit_names_the_element_and_why():
    assert BY_ID["ue31-r304-attente"]["blocked"] == ["UE31: R304 ATT"]


def test_the_naive_reading_decides_the_example_alike():
    assert naive.decide(EXAMPLE)["students"] == told(decide_object(EXAMPLE))


BUT3 = [
    {"code": f"UE{s}.{n}", "semester": s, "competence": f"INFO{n}", "level": 3, "ects": "10"}
    for s in (5, 6)
    for n in (1, 2, 6)
]
TWO_OF_THREE = {
    "id": "deux-sur-trois",
    "year": 3,
    "semesters": [5, 6],
    "averages": {unit["code"]: "9" if unit["competence"] == "INFO6" else "12" for unit in BUT3},
}


def of_but3(**fields):
    return {"format": "butrt-cohort/1", "units": BUT3, "students": [TWO_OF_THREE | fields]}


def test_two_of_three_at_10_in_but3_are_for_the_jury():
    """The case 07: it passed by right into a year that does not exist."""
    [decided] = decide_object(of_but3())["students"]

    assert decided["year"] == {"code": None, "options": ["RED", "NAR", "ADJ"]}
    assert decided["progression"] == {"semester": None, "right": None, "missing": []}


@pytest.mark.parametrize("code", ["PASD", "PAS1NCI"])
def test_what_a_jury_of_but3_wrote_is_read_and_told_to_lead_nowhere(code):
    """Minutes of before still read: nothing grants it any more, nobody may decide it (`_may_choose`)."""
    COHORT_SCHEMA.validate(of_but3(jury={"year": code}))
    [decided] = decide_object(of_but3(jury={"year": code}))["students"]

    assert decided["year"] == {"code": code, "options": []}
    assert decided["progression"]["semester"] is None
    assert any("pas d’année au-dessus" in reason["text"] for reason in decided["reasons"])


def test_repeats_granted_for_a_semester_are_an_extension_of_the_schema():
    once = of_but3(repeats={"5": 1, "6": 1})
    granted = of_but3(repeats={"5": 1, "6": 1}, extra_repeats={"5": 1, "6": 1})
    COHORT_SCHEMA.validate(granted)
    options = [decide_object(each)["students"][0]["year"]["options"] for each in (once, granted)]

    assert options == [["NAR", "ADJ"], ["RED", "NAR", "ADJ"]]


@pytest.mark.parametrize("validator", [COHORT_SCHEMA, DECISIONS_SCHEMA])
def test_the_schemas_are_schemas(validator):
    Draft202012Validator.check_schema(validator.schema)


def test_the_examples_follow_the_schemas():
    COHORT_SCHEMA.validate(EXAMPLE)
    DECISIONS_SCHEMA.validate(EXPECTED)


@pytest.mark.parametrize("seed", range(3))
def test_what_is_read_and_written_follows_the_schemas(seed):
    cohort = random_cohort(seed, 30)
    COHORT_SCHEMA.validate(cohort)

    DECISIONS_SCHEMA.validate(json.loads(json.dumps(decide_object(cohort))))


@pytest.mark.parametrize(
    "wrong",
    [
        {"units": []},
        {"format": "butrt-cohort/2", "units": []},
        {"format": "butrt-cohort/1", "units": [{"code": "UE11"}]},
        {"format": "butrt-cohort/1", "units": [], "regulation": {"pass_mark": 10}},
        {"format": "butrt-cohort/1", "units": [], "students": [{"id": "s", "year": 4, "semesters": [3]}]},
        {"format": "butrt-cohort/1", "students": []},
        {"format": "butrt-cohort/1", "programmes": {}, "students": []},
        {"format": "butrt-cohort/1", "programmes": {"IOM": []}, "students": []},
        {"format": "butrt-cohort/1", "programmes": {"IOM": {"units": [], "level": 1}}, "students": []},
        of_but3(ends_year=1),
        of_but3(extra_repeats={"7": 1}),
        of_but3(programme=None),
    ],
)
def test_the_schema_refuses_what_the_reader_refuses(wrong):
    assert not COHORT_SCHEMA.is_valid(wrong)
    with pytest.raises(ValueError, match=" : "):
        decide_object(wrong)
