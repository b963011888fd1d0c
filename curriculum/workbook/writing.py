"""The programme as a workbook to read, change and send back: a sheet a semester, as the fiche prints it.

Totals, titles and ECTS of the semesters are formulas, so that they follow what is typed; each is written
with its result, for those who show a workbook without computing it.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Any
from xml.sax.saxutils import escape

from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from butrt.base.spreadsheets.writing import plain_value, printable, put
from curriculum.fiche import reading_order
from curriculum.findings import findings_of
from curriculum.maquette import POLES, Maquette, SemesterTable, Total, UnitTable, maquette
from curriculum.models import Element, Programme, Weight
from curriculum.proposals import fingerprint
from curriculum.reading import parcours_data, programme_data
from curriculum.workbook.cells import Choice
from curriculum.workbook.layout import (
    COEFFICIENTS,
    COMPETENCE_COLUMNS,
    COMPETENCES,
    ELEMENT_COLUMNS,
    ELEMENTS,
    FINDINGS,
    IDENTITY,
    KIND,
    LAST_ROW,
    LINE_COLUMNS,
    PROGRAMME,
    SEEN,
    SEEN_DIGITS,
    SUMMED,
    TOTALS,
    TYPED,
    UNIT_COLUMNS,
    UNITS,
    Column,
    of_year,
    semester_tab,
)

BOLD, TITLE = Font(name="Calibri", bold=True), Font(name="Calibri", bold=True, size=14)
PLAIN, FAINT = Font(name="Calibri"), Font(name="Calibri", color="5A5670")
HEADER, BAND = PatternFill("solid", fgColor="D9D2EE"), PatternFill("solid", fgColor="EDE9F8")
COMPUTED = PatternFill("solid", fgColor="F1F0F4")
HAIR = Side("hair", color="A7A3B8")
BOX = Border(left=HAIR, right=HAIR, top=HAIR, bottom=HAIR)
LINE_HEIGHT = 15  # points
CENTRED = {"evaluation_type", "competence"}
INSTRUCTIONS = (
    "Ce classeur se modifie dans Excel ou LibreOffice, puis s’envoie depuis la page du programme : « Envoyer "
    "un classeur ». Ce qui changerait est montré avant d’être enregistré.",
    "Les cases blanches se remplissent. Les autres se calculent : intitulés, totaux, ECTS des semestres.",
    "Un élément nouveau : une ligne dans « Éléments », puis une ligne par UE où il compte, dans la feuille "
    "du semestre ; chaque pôle y a une ligne libre, d’autres s’insèrent au-dessus d’elle.",
    "Un élément qui disparaît : supprimer ses lignes. L’ordre des lignes est celui de la maquette.",
    "« Coefficients » suit ce qui est écrit ; « Totaux » et « Constats » disent le programme enregistré. "
    "Ces feuilles ne sont pas relues.",
)
# The letters of the columns of a semester, by field.
AT = {column.field: get_column_letter(number) for number, column in enumerate(LINE_COLUMNS, start=1)}


@dataclass(frozen=True, slots=True)
class Formula:
    """What a cell computes, and what that makes now."""

    text: str
    result: Decimal | int | str


Values = Mapping[str, Any]


def programme_workbook(programme: Programme) -> bytes:
    """The workbook's bytes. Six queries; needs `parcours` selected."""
    table = maquette(programme)
    book = _Book(f"{table.programme}, depuis {table.programme.in_force_from}")
    _identity(book, programme)
    filled = {semester.number: semester for semester in table.semesters}
    numbers = sorted({*table.programme.semesters, *filled})
    ends = {number: _semester(book, number, filled.get(number)) for number in numbers}
    _lists(book, table, programme.elements.all())
    for semester in table.semesters:
        _coefficients(book, semester, ends[semester.number])
    _totals(book, table)
    _findings(book, table)
    return book.saved()


def _identity(book: _Book, programme: Programme) -> None:
    data = parcours_data(programme.parcours)
    data |= {name: getattr(programme, name) for name in ("year", "modality", "in_force_from", "illustrative")}
    sheet = _Sheet(book, PROGRAMME)
    sheet.widths((24, 46, 70))
    sheet.row([f"{programme}, {programme.parcours}"], font=TITLE)
    sheet.tab.cell(1, 1).alignment = Alignment()  # it runs over the next columns
    sheet.tab.row_dimensions[1].height = 24
    for line in INSTRUCTIONS:
        sheet.row([line], font=FAINT)
        sheet.tab.merge_cells(start_row=sheet.line, end_row=sheet.line, start_column=1, end_column=3)
        sheet.tab.row_dimensions[sheet.line].height = _height(line, 140)
    sheet.row([])
    for name, (label, value, help_text) in IDENTITY.items():
        known = value.word_for(data[name]) if isinstance(value, Choice) else data[name]
        sheet.row([label, known, help_text])
        label_cell, cell, help_cell = (sheet.tab.cell(sheet.line, number) for number in (1, 2, 3))
        label_cell.font, help_cell.font, cell.border = BOLD, FAINT, BOX
        cell.alignment = Alignment(horizontal="left", vertical="top", wrap_text=True)
        sheet.validate(value.validation(), f"B{sheet.line}")
    seen = fingerprint(programme_data(programme))[:SEEN_DIGITS]
    sheet.row([SEEN, seen, "Ne pas changer : elle dit si le programme a changé depuis."], font=FAINT)


def _semester(book: _Book, number: int, semester: SemesterTable | None) -> int:
    """The sheet of a semester; the line of its total. One without UE has its headings only."""
    sheet = _Sheet(book, semester_tab(number), LINE_COLUMNS)
    totals = [_unit(sheet, unit) for unit in (semester.units if semester else ())]
    end = sheet.line
    if semester:
        values = {
            name: Formula("=" + "+".join(f"{AT[name]}{line}" for line in totals), getattr(semester.sum, name))
            for name in (*SUMMED, "ects")
        }
        sheet.put({"unit": f"S{number}", "title": f"Total S{number}", **values}, font=BOLD, fill=HEADER)
    for column in LINE_COLUMNS:
        span = f"{AT[column.field]}2:{AT[column.field]}{max(end, 2)}"
        sheet.validate(_from_list(column) or (column.value and column.value.validation()), span)
    return end


def _unit(sheet: _Sheet, table: UnitTable) -> int:
    """The block of a UE; the line of its total."""
    code, line = table.unit.code, sheet.line + 1
    unit = f"MATCH($A{line},{_whole(UNITS, 'A')},0)"
    competence = f"INDEX({_whole(UNITS, 'C')},{unit})"
    title = Formula(
        f'=IFERROR({competence}&" "&INDEX({_whole(COMPETENCES, "B")},MATCH({competence},'
        f'{_whole(COMPETENCES, "A")},0))&", niveau "&INDEX({_whole(UNITS, "D")},{unit}),"")',
        f"{table.unit.competence}, niveau {table.unit.level}",
    )
    sheet.put({"unit": code, "title": title}, font=BOLD, fill=BAND)
    poles = {pole.kind: pole for pole in table.poles}
    totals = []
    for kind, name in POLES.items():
        weights = poles[kind].weights if kind in poles else ()
        first = sheet.line + 1
        for weight in weights:
            sheet.put(_line(sheet.line + 1, code, name, weight), computed=True)
        sheet.put(_free(sheet.line + 1, code, name), computed=True)
        sums = {
            column: Formula(
                f"=SUM({AT[column]}{first}:{AT[column]}{sheet.line})",
                sum(getattr(weight, column) for weight in weights),
            )
            for column in SUMMED
        }
        about = {"unit": code, "pole": name, "title": f"Total {name}"}
        sheet.put(about | sums, font=BOLD, fill=COMPUTED)
        totals.append(sheet.line)
    sums = {
        column: Formula(
            "=" + "+".join(f"{AT[column]}{total}" for total in totals), getattr(table.sum, column)
        )
        for column in SUMMED
    }
    line = sheet.line + 1
    ects = Formula(
        f'=IFERROR(INDEX({_whole(UNITS, "E")},MATCH($A{line},{_whole(UNITS, "A")},0)),"")', table.unit.ects
    )
    sheet.put({"unit": code, "title": f"Total {code}", "ects": ects} | sums, font=BOLD, fill=BAND)
    return line


def _line(line: int, unit: str, pole: str, weight: Weight) -> dict[str, Any]:
    typed = {name: getattr(weight, name) for name in TYPED}
    if weight.element.kind == Element.Kind.RESOURCE and not weight.project:
        typed["project"] = None  # the ressources have no project, nor a column for it
    computed = _free(line, unit, pole, weight.element.title, weight.total)
    return computed | typed | {"element": weight.element.code}


def _free(line: int, unit: str, pole: str, title: str = "", total: int | str = "") -> dict[str, Any]:
    """A line to be filled: its title and its total wait for a code."""
    code = f"{AT['element']}{line}"
    lookup = f"INDEX({_whole(ELEMENTS, 'C')},MATCH({code},{_whole(ELEMENTS, 'A')},0))"
    return {
        "unit": unit,
        "pole": pole,
        "title": Formula(f'=IF({code}="","",IFERROR({lookup},"À ajouter dans « {ELEMENTS} »"))', title),
        "total": Formula(f'=IF({code}="","",SUM({AT["cm"]}{line}:{AT["tp"]}{line}))', total),
    }


def _lists(book: _Book, table: Maquette, elements: Iterable[Element]) -> None:
    units = [unit.unit for unit in table.units]
    competences = {unit.competence.code: unit.competence for unit in units}
    semesters = table.programme.semesters
    _list(
        book,
        ELEMENTS,
        of_year(ELEMENT_COLUMNS, semesters),
        (
            {**_values(element, ELEMENT_COLUMNS), "kind": KIND.word_for(element.kind)}
            for element in sorted(
                elements, key=lambda element: (element.semester, element.kind, reading_order(element.code))
            )
        ),
    )
    _list(
        book,
        UNITS,
        of_year(UNIT_COLUMNS, semesters),
        ({**_values(unit, UNIT_COLUMNS), "competence": unit.competence.code} for unit in units),
    )
    _list(
        book,
        COMPETENCES,
        COMPETENCE_COLUMNS,
        (_values(competence, COMPETENCE_COLUMNS) for _, competence in sorted(competences.items())),
    )


def _list(book: _Book, title: str, columns: Sequence[Column], rows: Iterable[Values]) -> None:
    sheet = _Sheet(book, title, columns)
    for row in rows:
        sheet.put(row)
    for number, column in enumerate(columns, start=1):
        letter = get_column_letter(number)
        validation = _from_list(column) or (column.value and column.value.validation())
        sheet.validate(validation, f"{letter}2:{letter}{LAST_ROW}")


def _values(row: Any, columns: Iterable[Column]) -> dict[str, Any]:
    return {column.field: getattr(row, column.field) for column in columns}


def _coefficients(book: _Book, semester: SemesterTable, end: int) -> None:
    """The elements across the UE of a semester, as its sheet says them now."""
    lines = f"'{semester_tab(semester.number)}'!"
    units, codes, coefficients = (
        f"{lines}${AT[name]}$2:${AT[name]}${end}" for name in ("unit", "element", "coefficient")
    )
    columns = [
        Column("Code", "code", 17),
        Column("Intitulé", "title", 70),
        *(Column(unit.unit.code, unit.unit.code, 8) for unit in semester.units),
        Column("Somme", "sum", 9),
    ]
    sheet = _Sheet(book, f"{COEFFICIENTS}{semester.number}", columns)
    last = get_column_letter(len(columns) - 1)
    for row in semester.elements:
        line = sheet.line + 1
        values = {
            unit.unit.code: Formula(
                f'=IF(COUNTIFS({units},{letter}$1,{codes},$A{line})=0,"",'
                f"SUMIFS({coefficients},{units},{letter}$1,{codes},$A{line}))",
                "" if number is None else number,
            )
            for letter, unit, number in zip(
                map(get_column_letter, range(3, len(columns))), semester.units, row.coefficients, strict=True
            )
        }
        title = f'=IFERROR(INDEX({_whole(ELEMENTS, "C")},MATCH($A{line},{_whole(ELEMENTS, "A")},0)),"")'
        sheet.put(
            {
                "code": row.element.code,
                "title": Formula(title, row.element.title),
                "sum": Formula(f"=SUM(C{line}:{last}{line})", row.sum),
                **values,
            }
        )
    sums = {unit.unit.code: unit.sum.coefficient for unit in semester.units} | {
        "sum": semester.sum.coefficient
    }
    letters = zip(map(get_column_letter, range(3, len(columns) + 1)), sums.items(), strict=True)
    totals = {
        name: Formula(f"=SUM({letter}2:{letter}{max(sheet.line, 2)})", total)
        for letter, (name, total) in letters
    }
    sheet.put({"code": "Total", **totals}, font=BOLD, fill=COMPUTED)


def _totals(book: _Book, table: Maquette) -> None:
    """The sums of the stored programme beside what its fiche prints."""
    columns = [
        Column("Total", "label", 20),
        *(column for column in LINE_COLUMNS if column.field in SUMMED),
        Column("ECTS", "ects", 7),
        Column("À la fiche", "printed", 60),
    ]
    sheet = _Sheet(book, TOTALS, columns)
    for total in table.printed:
        sheet.put(
            {name: getattr(total, name) for name in ("label", *SUMMED)}
            | {
                "ects": total.ects if "ects" in (total.printed or {}) else None,
                "printed": _printed(total) or "égal",
            }
        )


def _printed(total: Total) -> str:
    return ", ".join(f"{difference.column} {difference.printed} imprimé" for difference in total.differences)


def _findings(book: _Book, table: Maquette) -> None:
    columns = [
        Column("Constat", "title", 60),
        Column("Détail", "text", 80),
        Column("Article", "article", 44),
    ]
    sheet = _Sheet(book, FINDINGS, columns)
    for finding in findings_of(table):
        sheet.put(_values(finding, columns))


def _whole(tab: str, letter: str) -> str:
    """A column of a list, as the formulas look in it."""
    return f"'{tab}'!${letter}$2:${letter}${LAST_ROW}"


def _from_list(column: Column) -> DataValidation | None:
    """What another sheet lists; something else is only warned of: it may be added there after."""
    if not column.of:
        return None
    return DataValidation(
        type="list",
        formula1=_whole(column.of, "A"),
        allow_blank=True,
        showErrorMessage=True,
        errorStyle="warning",
        errorTitle="Code inconnu",
        error=f"Ce code n’est pas encore dans « {column.of} ».",
    )


class _Book:
    """The workbook, and what its formulas make, by sheet and cell: openpyxl writes no result."""

    def __init__(self, title: str) -> None:
        self.book = Workbook()
        self.book.remove(self.book.active)
        self.book.properties.title = printable(title)
        self.book.properties.creator = "butrt"
        self.title = printable(title)
        self.results: list[dict[str, Decimal | int | str]] = []

    def saved(self) -> bytes:
        stream = io.BytesIO()
        self.book.save(stream)
        return _with_results(stream.getvalue(), self.results)


class _Sheet:
    """A sheet filled from top to bottom, under frozen headings when it has columns."""

    def __init__(self, book: _Book, title: str, columns: Sequence[Column] = ()) -> None:
        self.tab = book.book.create_sheet(title)
        self.columns = columns
        self.results: dict[str, Decimal | int | str] = {}
        book.results.append(self.results)
        self.line = 0
        if columns:
            self.row([column.heading for column in columns], font=BOLD, fill=HEADER)
            self._fit()
            self.widths([column.width for column in columns])
            self.tab.freeze_panes = "A2"
            self.tab.print_title_rows = "1:1"
        self.tab.page_setup.orientation = "landscape"
        self.tab.page_setup.paperSize = self.tab.PAPERSIZE_A4
        self.tab.page_setup.fitToHeight = 0
        self.tab.sheet_properties.pageSetUpPr.fitToPage = True
        self.tab.page_margins.left = self.tab.page_margins.right = 0.4  # inches
        self.tab.oddHeader.left.text = book.title.replace("&", "&&")
        self.tab.oddHeader.right.text = "&A"
        self.tab.oddFooter.center.text = "&P / &N"

    def widths(self, widths: Iterable[int]) -> None:
        for number, width in enumerate(widths, start=1):
            self.tab.column_dimensions[get_column_letter(number)].width = width

    def _fit(self) -> None:
        """A line as high as its texts, which no spreadsheet measures in what it did not write."""
        texts = (
            (str(self.results.get(cell.coordinate, cell.value or "")), column.width)
            for cell, column in zip(self.tab[self.line], self.columns, strict=True)
        )
        if (height := max(_height(text, width) for text, width in texts)) > LINE_HEIGHT:
            self.tab.row_dimensions[self.line].height = height

    def put(
        self,
        values: Values,
        *,
        font: Font | None = None,
        fill: PatternFill | None = None,
        computed: bool = False,
    ) -> None:
        """A line by field. `computed`: what is not typed in it is grey."""
        self.row([values.get(column.field) for column in self.columns], font=font, fill=fill)
        for number, column in enumerate(self.columns, start=1):
            cell = self.tab.cell(self.line, number)
            cell.border = BOX
            if column.field in CENTRED:
                cell.alignment = Alignment(horizontal="center", vertical="top")
            if computed and column.value is None:
                cell.fill, cell.font = COMPUTED, FAINT
        self._fit()

    def row(
        self, values: Iterable[Any], *, font: Font | None = None, fill: PatternFill | None = None
    ) -> None:
        self.line += 1
        for number, value in enumerate(values, start=1):
            cell = self.tab.cell(self.line, number)
            if isinstance(value, Formula):
                cell.value = value.text
                self.results[cell.coordinate] = value.result
            else:
                put(cell, plain_value(value))
            cell.alignment = Alignment(wrap_text=isinstance(value, str | Formula), vertical="top")
            cell.font = font or PLAIN
            if fill:
                cell.fill = fill

    def validate(self, validation: DataValidation | None, span: str) -> None:
        if validation:
            validation.sqref = span
            self.tab.add_data_validation(validation)


def _height(text: str, width: int) -> int:
    """The points that a text takes in a column, its words wrapped."""
    return LINE_HEIGHT * max(1, -(-len(text) // width))


FORMULA_CELL = re.compile(r'<c r="([A-Z]+[0-9]+)"([^>]*)><f>([^<]*)</f><v(?:></v>| ?/>)</c>')


def _with_results(book: bytes, results: Sequence[Mapping[str, Decimal | int | str]]) -> bytes:
    """The same workbook, each formula with what it makes. Sheets are numbered in their order."""
    of_part = {
        f"xl/worksheets/sheet{number}.xml": of_sheet for number, of_sheet in enumerate(results, start=1)
    }
    stream = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(book)) as archive,
        zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as made,
    ):
        for member in archive.infolist():
            part = archive.read(member)
            if values := of_part.get(member.filename):
                part = FORMULA_CELL.sub(partial(_filled, results=values), part.decode()).encode()
            made.writestr(member, part)
    return stream.getvalue()


def _filled(cell: re.Match[str], results: Mapping[str, Decimal | int | str]) -> str:
    ref, style, formula = cell.groups()
    result = results[ref]
    kind = ' t="str"' if isinstance(result, str) else ""
    value = escape(printable(result)) if isinstance(result, str) else str(plain_value(result))
    return f'<c r="{ref}"{style}{kind}><f>{formula}</f><v>{value}</v></c>'
