"""The results of a session as an Excel workbook: a sheet a semester, one for the year, the codes, figures."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TypeAlias

from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from jury import statistics, wording
from jury.proceedings import Case, Column, Proceedings
from jury.rules import Code, ElementLine, codes
from jury.rules.averages import shown

Value: TypeAlias = str | int | Decimal | date | None

HEADER_ROW = 3
TITLE = Font(bold=True, size=14)
HEADER = Font(bold=True)
SHADE = PatternFill("solid", fgColor="F1EDFB")
UNDER = Border(bottom=Side("thin", color="1B1A2B"))


@dataclass(frozen=True)
class Field:
    """A column: its header, its width in characters, how its numbers are written."""

    header: str
    width: float = 9
    format: str = "General"
    wrap: bool = False


def results_workbook(proceedings: Proceedings, *, title: str) -> bytes:
    """The .xlsx file of a session's results as they stand, `title` at the head of every sheet.

    Averages are the displayed ones, as numbers; a missing one is an empty cell, or the code that says why.
    """
    workbook = Workbook()
    workbook.remove(workbook.active)
    workbook.properties.title = title
    workbook.properties.creator = "butrt"
    average = "0." + "0" * proceedings.cohort.regulation.decimals
    context = proceedings.context
    for semester in _semesters(proceedings):
        _write_semester(workbook.create_sheet(f"S{semester}"), proceedings, semester, title, average)
    if proceedings.judges_year:
        _write_year(workbook.create_sheet(f"BUT{context['year']}"), proceedings, title, average)
    _write_codes(workbook.create_sheet("Codes"), proceedings, title)
    _write_statistics(workbook.create_sheet("Statistiques"), proceedings, title, average)
    output = io.BytesIO()
    workbook.save(output)
    return output.getvalue()


# ---------- a semester ----------


def _semesters(proceedings: Proceedings) -> list[int]:
    by_code = proceedings.cohort.by_code
    return sorted({by_code[unit].semester for column in proceedings.columns for unit in column.units})


IDENTITY = (
    Field("N° étudiant", 12),
    Field("Nom", 20),
    Field("Prénom", 14),
    Field("INE", 14),
    Field("Né(e) le", 11, "dd/mm/yyyy"),
    Field("Groupe", 8),
    Field("Situation", 10),
)


def _identity(case: Case) -> list[Value]:
    person = case.person
    return [
        person["number"],
        person["last_name"],
        person["first_name"],
        person["ine"],
        date.fromisoformat(person["birth_date"]),
        person["group"],
        person["status"],
    ]


def _write_semester(
    sheet: Worksheet, proceedings: Proceedings, semester: int, title: str, average: str
) -> None:
    """Identity, each UE (average, code, ECTS), then the elements of each UE with their coefficients."""
    units = [
        proceedings.cohort.by_code[name]
        for column in proceedings.columns
        for name in column.units
        if proceedings.cohort.by_code[name].semester == semester
    ]
    displays = {code: each["display"] for code, each in proceedings.context["elements"].items()}
    fields = list(IDENTITY)
    for unit in units:
        fields += [
            Field(f"{unit.code} moyenne", 9, average),
            Field(f"{unit.code} code", 8),
            Field(f"{unit.code} ECTS", 7),
        ]
    counted = {
        unit.code: [name for name, coefficient in unit.coefficients.items() if coefficient] for unit in units
    }
    fields += [
        Field(
            f"{unit.code} {displays.get(name, name)} (coef. {wording.credits_text(unit.coefficients[name])})",
            11,
            average,
        )
        for unit in units
        for name in counted[unit.code]
    ]
    rows = []
    for case in proceedings.cases:
        row = _identity(case)
        for unit in units:
            verdict = case.verdict.units[unit.code]
            row += [verdict.average, verdict.code, verdict.ects]
        for unit in units:
            lines = {line.element: line for line in case.verdict.units[unit.code].elements}
            row += [_element(lines.get(name), case) for name in counted[unit.code]]
        rows.append(row)
    _write_table(sheet, f"{title}, semestre {semester}", fields, rows)


def _element(line: ElementLine | None, case: Case) -> Value:
    if line is None:
        return None
    value = shown(line.average, case.cohort.regulation.decimals)
    return value if value is not None else line.state.replace("missing", "")


# ---------- the year ----------


def _write_year(sheet: Worksheet, proceedings: Proceedings, title: str, average: str) -> None:
    """Identity, each RCUE (average, code), the year, ECTS, what comes next, what the jury decided and why."""
    fields = list(IDENTITY)
    for column in proceedings.columns:
        fields += [Field(f"{column.competence} moyenne", 9, average), Field(f"{column.competence} code", 8)]
    fields += [
        Field("Année", 10),
        Field("En clair", 28),
        Field("ECTS année", 8),
        Field("ECTS cumul", 8),
        Field("Suite", 22),
        Field("Décidé par le jury", 26, wrap=True),
        Field("Motif", 60, wrap=True),
        Field("Par", 20),
    ]
    rows = [
        [*_identity(case), *_rcues(case, proceedings.columns), *_outcome(case)] for case in proceedings.cases
    ]
    _write_table(sheet, title, fields, rows)


def _rcues(case: Case, columns: Iterable[Column]) -> list[Value]:
    row: list[Value] = []
    for column in columns:
        rcue = case.verdict.rcues.get(column.rcue or "")
        row += [rcue.average, rcue.code] if rcue else [None, None]
    return row


def _outcome(case: Case) -> list[Value]:
    verdict = case.verdict
    motives = dict.fromkeys(each.motive for each in case.decisions)
    return [
        verdict.year,
        codes.words(verdict.year, "year", wording.gender(case)),
        verdict.ects_year,
        verdict.ects_total,
        wording.next_step(case).replace(wording.NBSP, " "),
        " ; ".join(f"{each.about.removeprefix('l’')} {each.code}" for each in case.decisions),
        "\n".join(motives),
        ", ".join(dict.fromkeys(each.author for each in case.decisions)),
    ]


# ---------- what explains ----------


def _write_codes(sheet: Worksheet, proceedings: Proceedings, title: str) -> None:
    """Every code, those of absences too, with its meaning."""
    legend = wording.legend(set(Code), proceedings.cohort.regulation)
    rows: list[list[Value]] = [[each["code"], each["sign"], each["words"]] for each in legend]
    rows += [[code, "", words] for code, words in wording.ABSENCES.items()]
    _write_table(sheet, title, [Field("Code", 10), Field("Signe", 7), Field("Signification", 90)], rows)


def _write_statistics(sheet: Worksheet, proceedings: Proceedings, title: str, average: str) -> None:
    """Each UE: the promotion's average and how many acquired it; then the spread of the students."""
    fields = [
        Field("UE", 16),
        Field("Moyenne de la promotion", 12, average),
        Field("Acquise par sa moyenne", 12),
        Field("Acquise autrement", 12),
        Field("Non acquise", 12),
    ]
    rows: list[list[Value]] = [
        [each.unit, each.mean, each.own, each.otherwise, each.missing]
        for each in statistics.by_unit(proceedings)
    ]
    what = "Compétences acquises" if proceedings.judges_year else "UE acquises"
    rows += [[], [what, "étudiants"]]
    rows += [[f"{each.acquired} sur {each.total}", each.students] for each in statistics.spread(proceedings)]
    if proceedings.judges_year:
        rows += [[], ["Année", "étudiants"]]
        rows += [[code or "sans code", students] for code, students in statistics.by_code(proceedings)]
    _write_table(sheet, f"{title}, hors départs", fields, rows, filtered=False)


# ---------- a sheet ----------


def _write_table(
    sheet: Worksheet,
    title: str,
    fields: Sequence[Field],
    rows: Iterable[Sequence[Value]],
    *,
    filtered: bool = True,
) -> None:
    """A title, a header that stays in sight, the rows; made to print on A4 landscape, headers repeated."""
    _put(sheet.cell(1, 1), title)
    sheet.cell(1, 1).font = TITLE
    for number, field in enumerate(fields, start=1):
        cell = sheet.cell(HEADER_ROW, number)
        _put(cell, field.header)
        cell.font, cell.fill, cell.border = HEADER, SHADE, UNDER
        cell.alignment = Alignment(wrap_text=True, vertical="bottom")
        sheet.column_dimensions[get_column_letter(number)].width = field.width
    sheet.row_dimensions[HEADER_ROW].height = 48
    last = HEADER_ROW
    for last, row in enumerate(rows, start=HEADER_ROW + 1):
        for number, value in enumerate(row, start=1):
            cell = sheet.cell(last, number)
            _put(cell, value)
            field = fields[number - 1]
            if not isinstance(value, str):
                cell.number_format = field.format
            if field.wrap:
                cell.alignment = Alignment(wrap_text=True, vertical="top")
    sheet.freeze_panes = sheet.cell(HEADER_ROW + 1, 4 if fields[0] is IDENTITY[0] else 1)
    if filtered:
        sheet.auto_filter.ref = f"A{HEADER_ROW}:{get_column_letter(len(fields))}{last}"
    sheet.print_title_rows = f"{HEADER_ROW}:{HEADER_ROW}"
    if fields[0] is IDENTITY[0]:
        sheet.print_title_cols = "A:C"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = sheet.PAPERSIZE_A4
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.oddFooter.center.text = "&P / &N"


def _put(cell: Cell, value: Value) -> None:
    """Write a value as what it is: a number, a date, or a text that never becomes a formula.

    A name typed as « =1+1 » stays those four characters, when the cell is edited later too.
    """
    if not isinstance(value, str):
        cell.value = value
        return
    cell.value = ILLEGAL_CHARACTERS_RE.sub("", str(value)) or None
    if value.startswith(("=", "+", "-", "@", "\t")):
        cell.data_type = "s"
        cell.quotePrefix = True
