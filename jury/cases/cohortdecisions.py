"""The decisions object: what the rules say of a cohort file."""

from __future__ import annotations

from typing import Any

from butrt.base.exactjson import plain
from jury.cases.cohortfile import COHORT_FIELDS, DECISIONS, read_cohort
from jury.cases.cohortvalues import Object, fields
from jury.rules import RULES, RcueVerdict, UnitVerdict, Verdict, decide


def verdict_to_json(verdict: Verdict) -> Object:
    """A verdict to the decisions of one student."""
    return {
        "id": verdict.id,
        "units": {
            code: {"average": _written(unit), "code": unit.code, "ects": plain(unit.ects)}
            for code, unit in verdict.units.items()
        },
        "rcues": {
            name: {"average": _written(rcue), "code": rcue.code} for name, rcue in verdict.rcues.items()
        },
        "year": {"code": verdict.year, "options": list(verdict.options)} if verdict.year_judged else None,
        "progression": {
            "semester": verdict.progression.semester,
            "right": verdict.progression.right,
            "missing": list(verdict.progression.missing),
        },
        "ects": {"year": plain(verdict.ects_year), "total": plain(verdict.ects_total)},
        "diplomas": list(verdict.diplomas),
        "blocked": list(verdict.blocked),
        "reasons": [
            {"about": reason.about, "article": reason.article.number, "text": reason.text}
            for reason in verdict.reasons
        ],
    }


def decide_object(obj: Any, *, rules: int = RULES) -> Object:
    """A whole cohort object to the whole decisions object (`rules`: see `read_cohort`)."""
    fields(obj, COHORT_FIELDS, required=("format", "students"))
    cohort = read_cohort(obj, rules=rules)
    students = [verdict_to_json(decide(student, cohort)) for student in cohort.students]
    return {"format": DECISIONS, "students": students}


def _written(decided: UnitVerdict | RcueVerdict) -> str | None:
    return None if decided.average is None else str(decided.average)
