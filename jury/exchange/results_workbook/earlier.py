"""The sheet of the years before."""

from __future__ import annotations

from decimal import Decimal

from openpyxl.worksheet.worksheet import Worksheet

from jury.cases import past
from jury.cases.case import Case
from jury.cases.proceedings import Proceedings
from jury.exchange.results_workbook.cells import Field, Value, write_table
from jury.exchange.results_workbook.identity import identity, identity_fields
from jury.exchange.results_workbook.year import pair
from jury.rules import VALIDATING


def write_earlier(sheet: Worksheet, proceedings: Proceedings, title: str, average: str) -> None:
    """The path over the years, then every RCUE and UE of which an earlier year's jury said something."""
    cases = proceedings.cases
    before = {case.id: past.before(case) for case in cases}
    known = {name for lines in before.values() for name in lines}
    every = [rcue.name for case in cases for rcue in case.cohort.rcues]
    every += [unit.code for case in cases for unit in case.cohort.units]
    names = [name for name in dict.fromkeys(every) if name in known]
    fields = [*identity_fields(proceedings), Field("Parcours", 40, wrap=True), Field("ECTS acquis avant", 9)]
    for name in names:
        fields += [
            *pair(name, average),
            Field(f"{name} depuis", 10, block=name),
        ]
    fields.append(Field("Résultats d’un autre parcours, sans effet ici", 40, wrap=True))
    rows = []
    for case in cases:
        lines, units = before[case.id], case.cohort.by_code
        acquired = (
            units[name].ects for name, line in lines.items() if name in units and line["code"] in VALIDATING
        )
        row = [*identity(case, proceedings), "\n".join(past.path_in_words(case)), sum(acquired, Decimal(0))]
        for name in names:
            row += _earlier_cells(case, lines.get(name))
        rows.append([*row, "\n".join(past.apart(case))])
    write_table(sheet, f"{title}, décidé par les jurys précédents", fields, rows)


def _earlier_cells(case: Case, line: past.PastLine | None) -> list[Value]:
    if line is None:
        return [None, None, None]
    return [past.average(case, line), line["code"], line["school_year"]]
