"""The columns that say who."""

from __future__ import annotations

from datetime import date

from jury.cases.case import Case
from jury.cases.proceedings import Proceedings
from jury.exchange.results_workbook.cells import IDENTITY, Field, Value


def identity_fields(proceedings: Proceedings) -> list[Field]:
    """Those of `identity`; with the programme where several are in the table."""
    return [*IDENTITY, Field("Programme", 14)] if len(proceedings.parts) > 1 else [*IDENTITY]


def identity(case: Case, proceedings: Proceedings) -> list[Value]:
    person = case.person
    programme: list[Value] = [case.programme_label] if len(proceedings.parts) > 1 else []
    return [
        person["number"],
        case.last_name,
        case.first_name,
        person["ine"],
        date.fromisoformat(person["birth_date"]),
        person["group"],
        person["status"],
        *programme,
    ]
