"""The workbook, sheet by sheet."""

from __future__ import annotations

import io
from collections.abc import Mapping

from openpyxl import Workbook

from jury.cases.aside import set_aside
from jury.cases.proceedings import Proceedings
from jury.exchange.results_workbook.aside import write_aside
from jury.exchange.results_workbook.earlier import write_earlier
from jury.exchange.results_workbook.groups import groups_of, sheet_name, write_group
from jury.exchange.results_workbook.semester import write_semester
from jury.exchange.results_workbook.statistics import write_codes, write_origins, write_statistics
from jury.exchange.results_workbook.year import write_year


def results_workbook(
    proceedings: Proceedings,
    *,
    title: str,
    baccalaureates: Mapping[str, str] | None = None,
    by_group: bool = False,
) -> bytes:
    """The .xlsx file of a session's results as they stand, `title` at the head of every sheet.

    Averages are the displayed ones, as numbers; a missing one is an empty cell, or the code that says why.
    `baccalaureates`: {student number: type}, for the sheet of origins. `by_group`: a sheet a group as well.
    """
    workbook = Workbook()
    workbook.remove(workbook.active)
    workbook.properties.title = title
    workbook.properties.creator = "butrt"
    average = "0." + "0" * proceedings.cohort.regulation.decimals
    context = proceedings.context
    for semester in _semesters(proceedings):
        for part in proceedings.parts:
            name = sheet_name(f"S{semester} {part.label}", workbook)
            write_semester(workbook.create_sheet(name), part, semester, _about(title, part), average)
    if proceedings.tells_year:
        write_year(workbook.create_sheet(f"BUT{context['year']}"), proceedings, title, average)
    if by_group:
        for name, cases in groups_of(proceedings):
            write_group(workbook.create_sheet(sheet_name(name, workbook)), proceedings, cases, title, average)
    if aside := set_aside(context):
        write_aside(workbook.create_sheet("Mis de côté"), aside, title)
    write_earlier(workbook.create_sheet("Années précédentes"), proceedings, title, average)
    write_codes(workbook.create_sheet("Codes"), proceedings, title)
    for part in proceedings.parts:
        name = sheet_name(f"Statistiques {part.label}", workbook)
        write_statistics(workbook.create_sheet(name), part, _about(title, part), average)
    write_origins(workbook.create_sheet("Origines"), proceedings, title, baccalaureates or {})
    output = io.BytesIO()
    workbook.save(output)
    return output.getvalue()


def _about(title: str, part: Proceedings) -> str:
    return f"{title}, {part.label}" if part.label else title


def _semesters(proceedings: Proceedings) -> list[int]:
    judged = {name for column in proceedings.columns for name in column.units}
    return sorted({unit.semester for unit in proceedings.units if unit.code in judged})
