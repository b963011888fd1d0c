"""The programme as an Excel workbook: semesters UE by UE, coefficients by element, totals, findings."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from io import BytesIO
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

from curriculum.findings import findings_of
from curriculum.maquette import Maquette, SemesterTable, Total

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FORMULA_STARTS = ("=", "+", "-", "@")
HEADER, SUM = PatternFill("solid", fgColor="E7E3F3"), PatternFill("solid", fgColor="F3F2F7")
SUM_HEADINGS = {"CM": 6, "TD": 6, "TP": 6, "Projet": 8, "Total hors projet": 9}


def workbook(table: Maquette) -> bytes:
    """The workbook's bytes. Numbers are numbers; a text that begins like a formula stays a text."""
    book = Workbook()
    book.remove(book.active)
    for semester in table.semesters:
        _semester(book, semester)
        _coefficients(book, semester)
    _totals(book, table)
    _findings(book, table)
    stream = BytesIO()
    book.save(stream)
    return stream.getvalue()


def _semester(book: Workbook, semester: SemesterTable) -> None:
    headings = {"UE": 7, "Compétence": 34, "Pôle": 12, "Code": 15, "Intitulé": 58, **SUM_HEADINGS}
    headings |= {"Éval.": 7, "Coefficient": 12, "ECTS": 7}
    sheet = _Sheet(book, f"Semestre {semester.number}", headings)
    for table in semester.units:
        unit, competence = table.unit.code, str(table.unit.competence)
        for pole in table.poles:
            for weight in pole.weights:
                element = weight.element
                project = weight.project if pole.kind == "sae" else None
                about = [unit, competence, pole.name, element.display, element.title]
                hours = [weight.cm, weight.td, weight.tp, project, weight.total]
                sheet.row([*about, *hours, weight.evaluation_type, weight.coefficient])
            sheet.sum([unit, competence, pole.name, None, "Total", *_hours(pole.sum), pole.sum.coefficient])
        sheet.sum(
            [
                unit,
                competence,
                None,
                None,
                "Total",
                *_hours(table.sum),
                table.sum.coefficient,
                table.unit.ects,
            ]
        )
    total = semester.sum
    sheet.sum([total.label, None, None, None, "Total", *_hours(total), total.coefficient, total.ects])


def _coefficients(book: Workbook, semester: SemesterTable) -> None:
    units = {table.unit.code: 8 for table in semester.units}
    sheet = _Sheet(
        book, f"Coefficients S{semester.number}", {"Code": 15, "Intitulé": 58} | units | {"Somme": 9}
    )
    for row in semester.elements:
        sheet.row([row.element.display, row.element.title, *row.coefficients, row.sum])
    sums = [table.sum.coefficient for table in semester.units]
    sheet.sum(["Total", None, *sums, semester.sum.coefficient])


def _totals(book: Workbook, table: Maquette) -> None:
    sheet = _Sheet(
        book, "Totaux", {"Total": 20} | SUM_HEADINGS | {"Coefficient": 12, "ECTS": 7, "À la fiche": 60}
    )
    for total in table.printed:
        differences = ", ".join(
            f"{difference.column} {difference.printed} imprimé" for difference in total.differences
        )
        ects = total.ects if "ects" in (total.printed or {}) else None
        sheet.row([total.label, *_hours(total)[:-1], total.coefficient, ects, differences or "égal"])


def _findings(book: Workbook, table: Maquette) -> None:
    sheet = _Sheet(book, "Constats", {"Constat": 60, "Détail": 100, "Article": 44})
    for finding in findings_of(table):
        sheet.row([finding.title, finding.text, finding.article])


def _hours(total: Total) -> list[Any]:
    """CM, TD, TP, projet, total, and an empty cell under the type of évaluation."""
    return [total.cm, total.td, total.tp, total.project, total.total, None]


class _Sheet:
    """A sheet under a frozen header, filled from top to bottom."""

    def __init__(self, book: Workbook, title: str, headings: dict[str, int]) -> None:
        self.sheet = book.create_sheet(title)
        self.line = 0
        self.row(headings, Font(bold=True), HEADER)
        self.sheet.freeze_panes = "A2"
        for number, width in enumerate(headings.values(), start=1):
            self.sheet.column_dimensions[get_column_letter(number)].width = width
        self.sheet.page_setup.orientation = "landscape"
        self.sheet.page_setup.fitToHeight = 0
        self.sheet.sheet_properties.pageSetUpPr.fitToPage = True
        self.sheet.print_title_rows = "1:1"

    def sum(self, values: Iterable[Any]) -> None:
        self.row(values, Font(bold=True), SUM)

    def row(self, values: Iterable[Any], font: Font | None = None, fill: PatternFill | None = None) -> None:
        self.line += 1
        for number, value in enumerate(values, start=1):
            cell = self.sheet.cell(self.line, number)
            cell.value = _number(value)
            if isinstance(value, str):
                cell.data_type = "s"  # never a formula, whatever it begins with
                cell.quotePrefix = value.startswith(FORMULA_STARTS)
                cell.alignment = Alignment(wrap_text=True, vertical="top")
            if font:
                cell.font = font
            if fill:
                cell.fill = fill


def _number(value: Any) -> Any:
    """A whole Decimal as an int, so that Excel shows 7 and not 7.0."""
    return int(value) if isinstance(value, Decimal) and value == int(value) else value
