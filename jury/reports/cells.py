"""What lists of students say, a cell each, of what a jury decided; few differ, and each is written once."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import django_tables2 as tables
from django.template.loader import render_to_string

from butrt.base.french import NBSP
from jury.cases import outlook, wording
from jury.cases.case import Case
from jury.rules import Code, codes

DIFFERENT = 256  # stamps kept; next steps kept: those of several juries


class DecisionColumn(tables.Column):
    """What the jury decided of the year, as a stamp; in a file, its code and its words."""

    def __init__(self, **options: Any) -> None:
        super().__init__("Décision", accessor="id", order_by="year_code", **options)

    def render(self, record: Case) -> str:
        return _stamp(record.verdict.year, record.gender, record.judges_year)

    def value(self, record: Case) -> str:
        code = record.verdict.year or (record.person["status"] if record.gone else None)
        if code is None and not record.judges_year:
            return ""
        words = codes.words(codes.Code(code) if code else None, "year", wording.gender(record))
        return f"{code or ''} {words}".strip()


class FollowingColumn(tables.Column):
    """What comes next in few words, after its sign; in a file, the words alone."""

    def __init__(self, **options: Any) -> None:
        super().__init__("Suite", accessor="id", orderable=False, **options)

    def render(self, record: Case) -> str:
        return _next_step(**record.next)

    def value(self, record: Case) -> str:
        return outlook.few_words(record.following).replace(NBSP, " ")


@lru_cache(DIFFERENT)
def _stamp(code: Code | None, gender: codes.Gender, judges_year: bool) -> str:
    context = {"code": code, "gender": gender, "judges_year": judges_year}
    return render_to_string("jury/reports/_outcome.html", context)


@lru_cache(DIFFERENT)
def _next_step(**following: str) -> str:
    return render_to_string("jury/_following.html", {"record": {"next": following}})
