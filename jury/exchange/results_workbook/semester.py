"""The sheet of a semester: each UE, its elements, its average and code."""

from __future__ import annotations

from openpyxl.worksheet.worksheet import Worksheet

from butrt.base import french
from grades.averages import shown
from jury.cases.case import Case
from jury.cases.proceedings import Proceedings
from jury.exchange.results_workbook.cells import Field, Value, write_table
from jury.exchange.results_workbook.identity import identity, identity_fields
from jury.rules import ElementLine


def write_semester(
    sheet: Worksheet, proceedings: Proceedings, semester: int, title: str, average: str
) -> None:
    """Identity, each UE (average, code, ECTS), then the elements of each UE with their coefficients.

    Of one programme: elements and coefficients are its own.
    """
    judged = {name for column in proceedings.columns for name in column.units}
    units = [unit for unit in proceedings.units if unit.code in judged and unit.semester == semester]
    displays = {code: element["display"] for code, element in proceedings.context["elements"].items()}
    fields = identity_fields(proceedings)
    for unit in units:
        fields += [
            Field(f"{unit.code} moyenne", 9, average, block=unit.code),
            Field(f"{unit.code} code", 8, block=unit.code, centred=True),
            Field(f"{unit.code} ECTS", 7, block=unit.code),
        ]
    counted = {
        unit.code: [name for name, coefficient in unit.coefficients.items() if coefficient] for unit in units
    }
    fields += [
        Field(
            f"{unit.code} {displays.get(name, name)} (coef. {french.short(unit.coefficients[name])})",
            9,
            average,
            block=f"éléments de {unit.code}",
        )
        for unit in units
        for name in counted[unit.code]
    ]
    rows = []
    for case in proceedings.cases:
        row = identity(case, proceedings)
        for unit in units:
            verdict = case.verdict.units[unit.code]
            row += [verdict.average, verdict.code, verdict.ects]
        for unit in units:
            lines = {line.element: line for line in case.verdict.units[unit.code].elements}
            row += [_element(lines.get(name), case) for name in counted[unit.code]]
        rows.append(row)
    write_table(sheet, f"{title}, semestre {semester}", fields, rows)


def _element(line: ElementLine | None, case: Case) -> Value:
    if line is None:
        return None
    value = shown(line.average, case.cohort.regulation.decimals)
    return value if value is not None else line.state.replace("missing", "")
