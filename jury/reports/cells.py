"""What the lists of students after a jury say in a file of its decisions; on the page, `*_rows.html` do."""

from __future__ import annotations

from typing import Any

import django_tables2 as tables

from butrt.base.french import NBSP
from jury.cases import outlook, wording
from jury.cases.case import Case
from jury.rules import codes


class DecisionColumn(tables.Column):
    """What the jury decided of the year: its code and its words."""

    def __init__(self, **options: Any) -> None:
        super().__init__("Décision", accessor="id", order_by="year_code", **options)

    def value(self, record: Case) -> str:
        code = record.verdict.year or (record.person["status"] if record.gone else None)
        if code is None and not record.judges_year:
            return ""
        words = codes.words(codes.Code(code) if code else None, "year", wording.gender(record))
        return f"{code or ''} {words}".strip()


class FollowingColumn(tables.Column):
    """What comes next, in few words."""

    def __init__(self, **options: Any) -> None:
        super().__init__("Suite", accessor="id", orderable=False, **options)

    def value(self, record: Case) -> str:
        return outlook.few_words(record.following).replace(NBSP, " ")
