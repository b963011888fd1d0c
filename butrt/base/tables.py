"""What the list pages share: a table sorted, filtered, and given as a file."""

from __future__ import annotations

import codecs
import csv
import inspect
import io
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from functools import partial

import django_tables2 as tables
from django.http import HttpRequest, HttpResponse
from django_tables2 import RequestConfig

from butrt.base import french
from butrt.base.documents.files import as_file
from butrt.base.paper import to_print
from butrt.base.spreadsheets import XLSX
from butrt.base.spreadsheets.writing import harmless, put

NARROWEST, WIDEST = 8, 44  # columns of a list, in characters


def arranged(request: HttpRequest, table: tables.Table) -> tables.Table:
    """Sort the table as the address asks; no pages, a department's lists are short."""
    for column in table.columns:
        column.render = _signed(column.render)
    return RequestConfig(request, paginate=False).configure(table)


def _signed(render: Callable[..., object]) -> Callable[..., object]:
    """The same, its signature worked out: each cell asks for it, a quarter of what a list takes."""
    signed = partial(render)
    signed.__signature__ = inspect.signature(render)  # type: ignore[attr-defined]  # what `inspect` reads first
    return signed


def exported(
    request: HttpRequest, table: tables.Table, name: str, *, exclude: tuple[str, ...] = ()
) -> HttpResponse | None:
    """The table as a file when the address asks for one (?_export=csv or xlsx), else None.

    The text is `french_csv`, as every other that we give.
    """
    kind = request.GET.get("_export", "")
    if kind not in ("csv", "xlsx"):
        return None
    header, *rows = table.as_values(exclude_columns=exclude)
    if kind == "csv":
        return csv_file(french_csv(header, rows), name)
    return as_file(_workbook([header, *rows], name), f"{name}.xlsx", XLSX)


def _workbook(rows: Iterable[Sequence[object]], name: str) -> bytes:
    """The workbook of a list, its columns as wide as what they hold, made to be read on paper."""

    from openpyxl import Workbook
    from openpyxl.styles import Alignment, Font

    book = Workbook()
    sheet = book.active
    sheet.title, sheet.freeze_panes = name.partition("_")[0][:31], "A2"
    for number, row in enumerate(rows, start=1):
        for column, value in enumerate(row, start=1):
            put(sheet.cell(number, column), value)
    widths = []
    for column in sheet.iter_cols():
        longest = max((len(str(cell.value)) for cell in column if cell.value is not None), default=0)
        widths.append(min(max(longest + 2, NARROWEST), WIDEST))
        sheet.column_dimensions[column[0].column_letter].width = widths[-1]
        for cell in column:
            cell.alignment = Alignment(wrap_text=True, vertical="top")
        column[0].font = Font(name="Calibri", bold=True)
    to_print(sheet, widths=widths, head=1, title=name, repeated=1)
    output = io.BytesIO()
    book.save(output)
    return output.getvalue()


def french_csv(header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """A text that a French spreadsheet opens as it is: semicolons, decimal commas, accents, no formula."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";")
    writer.writerow([harmless(cell) for cell in header])
    for row in rows:
        writer.writerow([_in_french(cell) for cell in row])
    return codecs.BOM_UTF8 + text.getvalue().encode()


def csv_file(text: bytes, name: str) -> HttpResponse:
    """A `french_csv` to download; `name` in ASCII, without its extension."""
    return as_file(text, f"{name}.csv", "text/csv; charset=utf-8")


def _in_french(cell: object) -> object:
    if isinstance(cell, Decimal):
        return french.number(cell)
    return "" if cell is None else harmless(cell)
