"""Tables written on a sheet: headers, widths, numbers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from textwrap import wrap
from typing import NamedTuple, TypeAlias

from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from butrt.base.paper import on_one_page, to_print
from butrt.base.spreadsheets.writing import put, put_text

Value: TypeAlias = str | int | Decimal | date | None


HEADER_ROW = 3


NAMED = 3  # the columns that say who, beside every page of the others


TITLE = Font(name="Calibri", bold=True, size=14)


HEADER = Font(name="Calibri", bold=True)


LINE_HEIGHT = 15  # points


SHADE = PatternFill("solid", fgColor="F1EDFB")


UNDER = Border(bottom=Side("thin", color="1B1A2B"))


@dataclass(frozen=True)
class Field:
    """A column: its header, its width in characters, how its numbers are written.

    Columns of the same `block` that follow each other go on the same page.
    """

    header: str
    width: float = 9
    format: str = "General"
    wrap: bool = False
    block: str = ""
    centred: bool = False


class Block(NamedTuple):
    """A small table under another: the row of the sheet where its header is, how many rows it has."""

    head: int
    rows: int


def block(rows: list[list[Value]], header: list[Value], lines: Sequence[list[Value]]) -> Block:
    """Add a small table under the others, after an empty row."""
    rows += [[], header]
    head = HEADER_ROW + len(rows)
    rows += lines
    return Block(head, len(lines))


def embolden(sheet: Worksheet, *heads: int) -> None:
    """The headers of the small tables under the first."""
    for head in heads:
        for cell in sheet[head]:
            cell.font = HEADER
            cell.alignment = Alignment(wrap_text=True, vertical="bottom")
        if sum(cell.value is not None for cell in sheet[head]) > 2:
            sheet.row_dimensions[head].height = 48


def write_table(
    sheet: Worksheet,
    title: str,
    fields: Sequence[Field],
    rows: Iterable[Sequence[Value]],
    *,
    filtered: bool = True,
) -> None:
    """A title, a header that stays in sight, the rows; made to print on A4, headers repeated.

    `filtered`: a table alone, that one filters; else small tables and charts, that go on one page.
    """
    put_text(sheet.cell(1, 1), title)
    sheet.cell(1, 1).font = TITLE
    for number, field in enumerate(fields, start=1):
        cell = sheet.cell(HEADER_ROW, number)
        put_text(cell, field.header)
        cell.font, cell.fill, cell.border = HEADER, SHADE, UNDER
        cell.alignment = Alignment(
            wrap_text=True, vertical="bottom", horizontal="center" if field.centred else None
        )
        sheet.column_dimensions[get_column_letter(number)].width = field.width
    lines = max(len(wrap(field.header, int(field.width))) for field in fields)
    sheet.row_dimensions[HEADER_ROW].height = LINE_HEIGHT * max(lines, 2)
    last = _write_rows(sheet, fields, rows)
    sheet.freeze_panes = sheet.cell(HEADER_ROW + 1, NAMED + 1 if fields[0] is IDENTITY[0] else 1)
    if filtered:
        sheet.auto_filter.ref = f"A{HEADER_ROW}:{get_column_letter(len(fields))}{last}"
    if not filtered:
        on_one_page(sheet, title=title)
        return
    to_print(
        sheet,
        widths=[field.width for field in fields],
        head=HEADER_ROW,
        title=title,
        repeated=NAMED if fields[0] is IDENTITY[0] else 0,
        together=[field.block or field.header for field in fields],
    )


def _write_rows(sheet: Worksheet, fields: Sequence[Field], rows: Iterable[Sequence[Value]]) -> int:
    """The rows under the header; the number of the last."""
    # A line that a motive makes tall is read from its top.
    tall = any(field.wrap for field in fields)
    aligned = [
        _alignment(wrap=field.wrap, centred=field.centred) if tall or field.centred else None
        for field in fields
    ]
    last = HEADER_ROW
    for last, row in enumerate(rows, start=HEADER_ROW + 1):
        for number, value in enumerate(row):
            cell = sheet.cell(last, number + 1)
            put(cell, value)
            if isinstance(value, Decimal | date):  # a count under averages stays a count
                cell.number_format = fields[number].format
            if alignment := aligned[number]:
                cell.alignment = alignment
    return last


@cache
def _alignment(*, wrap: bool, centred: bool) -> Alignment:
    """The same object for all its cells: openpyxl compares two equal ones field by field, at each cell."""
    return Alignment(wrap_text=wrap, vertical="top", horizontal="center" if centred else None)


IDENTITY = (
    Field("N° étudiant", 12),
    Field("Nom", 20),
    Field("Prénom", 14),
    Field("INE", 14),
    Field("Né(e) le", 11, "dd/mm/yyyy"),
    Field("Groupe", 8, centred=True),
    Field("Situation", 10, centred=True),
)
