"""The journal speaks French: no act, no detail without words; the page and the lists show them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from butrt.base.journal.words import ACTS, DETAILS, act_label, details_in_words

ROOT = Path(__file__).parents[3]
ACT = re.compile(r"[a-z]+(\.[a-z_]+)+")
# The functions that pass an act on to `record`.
WRITERS = {"record", "journal", "record_change", "_record", "_write"}
# The details that are for programs.
TECHNICAL = {
    "after",
    "assessment",
    "batch",
    "before",
    "cohort",
    "document",
    "enrolment",
    "entry",
    "figures",
    "fingerprint",
    "import",
    "key",
    "keys",
    "password",
    "regulation",
    "result",
    "results",
    "session",
    "sha256",
    "teaching",
    "teachings",
    "token",
    "user",
    "users",
    "values",
}


def nodes() -> Iterator[ast.AST]:
    for top in ("butrt", "curriculum", "grades", "jury"):
        for path in (ROOT / top).rglob("*.py"):
            if "migrations" not in path.parts:
                yield from ast.walk(ast.parse(path.read_text("utf-8")))


def called(node: ast.AST) -> str:
    function = getattr(node, "func", None)
    return getattr(function, "attr", getattr(function, "id", ""))


def test_every_act_that_is_written_has_its_words():
    written = set()
    for node in nodes():
        values = []
        if isinstance(node, ast.Call):
            values = [keyword.value for keyword in node.keywords if keyword.arg == "act"]
            values += node.args if called(node) in WRITERS else []
        elif isinstance(node, ast.Assign) and [getattr(target, "id", "") for target in node.targets] == [
            "ACT"
        ]:
            values = [node.value]
        written |= {
            constant.value
            for value in values
            if not isinstance(value, ast.Compare)
            for constant in ast.walk(value)
            if isinstance(constant, ast.Constant)
            and isinstance(constant.value, str)
            and ACT.fullmatch(constant.value)
        }

    assert len(written) > 70
    assert written - {*ACTS} == set()


def test_every_detail_that_is_written_has_its_words_or_is_for_programs():
    written: set[str] = set()
    for node in nodes():
        if isinstance(node, ast.Call) and called(node) in ("record", "journal"):
            for keyword in node.keywords:
                if keyword.arg == "details" and isinstance(keyword.value, ast.Dict):
                    written |= {key.value for key in keyword.value.keys if isinstance(key, ast.Constant)}
                elif called(node) == "journal" and keyword.arg:
                    written.add(keyword.arg)

    assert len(written) > 60
    assert written - {*DETAILS, *TECHNICAL} == set()
    assert not {*DETAILS} & TECHNICAL


@pytest.mark.parametrize(
    ("details", "phrases"),
    [
        ({"session": 1, "motive": "copie retrouvée"}, ["motif : copie retrouvée"]),
        ({"marks": [{"before": "", "after": "12"}] * 28}, ["notes : 28"]),
        ({"students": ["ABÉLARD Noé", "AMRANI Inès"]}, ["étudiants : ABÉLARD Noé et AMRANI Inès"]),
        ({"date": "2025-07-01", "place": "2025-02-30"}, ["date : 1er juillet 2025", "lieu : 2025-02-30"]),
        ({"before": {"coefficient": "1"}, "after": {"coefficient": "2"}}, ["coefficient : 1 → 2"]),
        ({"before": {"group": None}, "after": {"group": "TD1"}}, ["groupe : rien → TD1"]),
        ({"fingerprint": "c1545249", "motive": ""}, []),
        ({"class_rank": False}, ["rang : non"]),
    ],
)
def test_details_are_read_as_phrases(details, phrases):
    assert details_in_words(details) == phrases


def test_an_act_of_a_version_before_is_shown_as_it_was_written():
    assert (act_label("marks.record"), act_label("old.act")) == ("notes saisies", "old.act")
