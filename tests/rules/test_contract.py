"""The contract: its examples to the letter, the published schemas, what our own answer looks like."""

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from jury.cohortfile import decide_object

from .cohorts import random_cohort

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
    ],
)
def test_the_schema_refuses_what_the_reader_refuses(wrong):
    assert not COHORT_SCHEMA.is_valid(wrong)
    with pytest.raises(ValueError, match=" : "):
        decide_object(wrong)
