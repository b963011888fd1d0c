"""A sheet for each group of students who follow the same pairs."""

from __future__ import annotations

import re
from collections.abc import Iterable

from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from butrt.base.spreadsheets.writing import printable
from jury.cases.case import Case
from jury.cases.proceedings import Proceedings
from jury.exchange.results_workbook.cells import Field, write_table
from jury.exchange.results_workbook.identity import identity, identity_fields
from jury.exchange.results_workbook.year import pair, rcues, step

NOT_IN_A_NAME = re.compile(r"[\[\]:*?/\\]")


def groups_of(proceedings: Proceedings) -> list[tuple[str, list[Case]]]:
    """The students of each group, by its name; those without one last."""
    by_name: dict[str, list[Case]] = {}
    for case in proceedings.cases:
        by_name.setdefault(case.person["group"], []).append(case)
    return [
        (name or "Sans groupe", by_name[name]) for name in sorted(by_name, key=lambda name: (not name, name))
    ]


def sheet_name(name: str, workbook: Workbook) -> str:
    """The name of a group as a spreadsheet takes it: 31 letters, without []:*?/\\, once in the workbook."""
    plain = NOT_IN_A_NAME.sub(" ", printable(name)).strip(" '")[:31] or "Groupe"
    taken = {sheetname.casefold() for sheetname in workbook.sheetnames}
    number = 1
    while (unique := plain if number == 1 else f"{plain[:27]} ({number})").casefold() in taken:
        number += 1
    return unique


def write_group(
    sheet: Worksheet, proceedings: Proceedings, cases: Iterable[Case], title: str, average: str
) -> None:
    """What a tutor reads: UE, RCUE and what comes next, on one sheet."""
    fields = identity_fields(proceedings)
    for column in proceedings.columns:
        for key in column.keys:
            fields += pair(key, average)
        if column.rcue:
            fields += pair(column.key, average)
    fields += [
        Field("Année", 10, centred=True),
        Field("ECTS année", 8),
        Field("ECTS cumul", 8),
        Field("Suite", 22, wrap=True),
    ]
    rows = []
    for case in cases:
        row = identity(case, proceedings)
        for column in proceedings.columns:
            for unit in column.units:
                has = proceedings.has(case, column)
                verdict = case.verdict.units[unit] if has else None
                row += [verdict.average, verdict.code] if verdict else [None, None]
            if column.rcue:
                row += rcues(case, [column])
        row += [case.verdict.year, case.verdict.ects_year, case.verdict.ects_total, step(case)]
        rows.append(row)
    write_table(sheet, title, fields, rows)
