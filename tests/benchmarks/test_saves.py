"""Two people save the same page, or create the same thing, at the same moment: one is done, the other told.

`BUTRT_MEASURE=1 .venv/bin/pytest -s` on this file has them meet 200 times; behind `.ci/postgres`, on it.
"""

from __future__ import annotations

import threading
from collections import Counter
from typing import Any

import pytest
from django.db import connection
from django.urls import reverse

from tests.base.test_meanwhile import Desk, Fields, make_world, signed_in, typed
from tests.benchmarks import MEASURED

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.benchmark]

RACES = 200 if MEASURED else 3
EDITED = {
    "accounts:person": "quality",
    "cohorts:adjustments": "UE31-reason",
    "cohorts:enrolment": "company",
    "cohorts:groups": "form-0-name",
    "cohorts:identity": "city",
    "cohorts:remark": "remark",
    "curriculum:identity": "mention",
    "grades:assessment_edit": "title",
    "jury:choices": "form-0-text",
    "jury:members": "act",
    "jury:motives": "form-0-text",
    "jury:new_regulation": "source_decimals",
    "jury:schedule": "place",
    "letters:head": "city",
    "letters:text": "title",
}
"""The field in which each of the two types, page by page."""

CODES = {"jury:apogee_codes": "unit_ADM", "jury:apogee_elements": "e0"}
TEACHERS = [["teacher"], ["other_teacher"]], [[], ["teacher", "other_teacher"]]
"""What each of the two chooses, the even rounds and the odd ones: never what stands."""


@pytest.fixture
def world(transactional_db: None) -> dict[str, Any]:
    return make_world()


def what_each_types(name: str, number: int, world: dict[str, Any]) -> list[Fields]:
    """Never what stands already, never the same."""
    if name == "cohorts:teachers":
        return [typed({"teachers": chosen}, world) for chosen in TEACHERS[number % 2]]
    if name in CODES:
        return [{CODES[name]: f"V{number}{who}"} for who in "AB"]
    more: Fields = {"UE31-points": "1"} if name == "cohorts:adjustments" else {}
    return [more | {EDITED[name]: f"Essai {number} {who}"} for who in "AB"]


def at_once(*saves: Any) -> list[Any]:
    """What each save answers, all of them let go together; an exception is an answer."""
    start, answers = threading.Barrier(len(saves)), [None] * len(saves)

    def save(number: int) -> None:
        start.wait()
        try:
            answers[number] = saves[number]()
        except Exception as failure:
            answers[number] = f"{type(failure).__name__}: {failure}"
        finally:
            connection.close()

    threads = [threading.Thread(target=save, args=[number]) for number in range(len(saves))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(answers, key=str)


def told(capsys: Any, name: str, counted: Counter[tuple[Any, ...]]) -> None:
    with capsys.disabled():
        print(f"{name:24} {dict(counted)}", flush=True)


@pytest.mark.parametrize("name", sorted({*EDITED, *CODES, "cohorts:teachers"}))
def test_a_page_saved_by_two(name: str, world: dict[str, Any], capsys: Any):
    desks = [Desk.of(name, world, 0), Desk.of(name, world, 1)]
    counted: Counter[tuple[Any, ...]] = Counter()
    for number in range(RACES):
        each = what_each_types(name, number, world)
        sent = [desk.open() | fields for desk, fields in zip(desks, each, strict=True)]
        saves = [
            lambda desk=desk, fields=fields: desk.save(fields).status_code
            for desk, fields in zip(desks, sent, strict=True)
        ]
        counted[tuple(at_once(*saves))] += 1

    told(capsys, name, counted)
    assert counted == {(200, 302): RACES}


@pytest.mark.parametrize("name", ["accounts:new_person", "grades:assessment_new"])
def test_the_same_thing_created_by_two(name: str, world: dict[str, Any], capsys: Any):
    role = {"accounts:new_person": "administrator", "grades:assessment_new": "teacher"}[name]
    clients = [signed_in(person) for person in world[role]]
    address = reverse(name, args=[world["teaching"]] if name == "grades:assessment_new" else [])
    counted: Counter[tuple[Any, ...]] = Counter()
    for number in range(RACES):
        fields: Fields = {
            "accounts:new_person": {"username": f"lea{number}", "first_name": "Léa", "last_name": "Roy"},
            "grades:assessment_new": {
                **{"title": f"DS {number} de juin", "kind": "normal", "coefficient": "1", "maximum": "20"},
            },
        }[name]
        saves = [
            lambda client=client, fields=fields: client.post(address, fields).status_code
            for client in clients
        ]
        counted[tuple(at_once(*saves))] += 1

    told(capsys, name, counted)
    assert counted == {(200, 302): RACES}
