"""The UE acquired, when and where, as the attestation lists them."""

from __future__ import annotations

from typing import Any

from butrt.base import french
from butrt.base.french import NBSP
from jury.cases import past
from jury.cases.case import Case
from jury.cases.ledger.given import units_given
from jury.documents.letters.sentences.competences import competence_title
from jury.rules import VALIDATING, codes


def acquired_units(case: Case, day: str) -> list[dict[str, Any]]:
    """Every acquired UE, semester by semester: competence and level, average, code, credits, who gave it.

    `day`: of this jury (ISO).
    """
    given = units_given(case)
    rows = []
    for unit in case.cohort.units:
        verdict = case.verdict.units.get(unit.code)
        if verdict is None or verdict.code not in VALIDATING:
            continue
        rows.append(
            {
                "name": unit.code,
                "semester": f"S{unit.semester}",
                "competence": f"{competence_title(case, unit.competence) or unit.competence}, "
                f"niveau{NBSP}{unit.level}",
                "average": french.number(verdict.average),
                "code": str(verdict.code),
                "words": codes.words(verdict.code, "unit"),
                "ects": french.short(verdict.ects),
                "since": _given(case, unit.code, day, here=unit.code in given),
            }
        )
    return rows


def _given(case: Case, unit: str, day: str, *, here: bool) -> str:
    """Who gave an acquired UE, and when; one acquired before that this jury makes better says both."""
    before = case.person.get("granted", {}).get(unit)
    if not here:
        return past.jury_and_day(before) if before else _school_year(case, unit)
    given = past.jury_and_day(past.of_this_jury(case, day))
    if not case.student.acquired_before(unit):
        return given
    since = past.jury_and_day(before) if before else _school_year(case, unit)
    return f"{given} ; déjà acquise{f' : {since}' if since else ''}"


def _school_year(case: Case, unit: str) -> str:
    """All that is known of a UE acquired before, in figures frozen before the ledger was kept."""
    since: str = case.person.get("since", {}).get(unit, "")
    return since
