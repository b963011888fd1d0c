"""The columns that say who."""

from __future__ import annotations

from datetime import date

from jury.cases.case import Case
from jury.exchange.results_workbook.cells import Value


def identity(case: Case) -> list[Value]:
    person = case.person
    return [
        person["number"],
        case.last_name,
        case.first_name,
        person["ine"],
        date.fromisoformat(person["birth_date"]),
        person["group"],
        person["status"],
    ]
