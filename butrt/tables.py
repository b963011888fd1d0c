"""What the list pages share: a table sorted, filtered, and given as a file."""

from __future__ import annotations

import codecs

import django_tables2 as tables
from django.http import HttpRequest, HttpResponse
from django_tables2 import RequestConfig
from django_tables2.export import TableExport


def arranged(request: HttpRequest, table: tables.Table) -> tables.Table:
    """Sort the table as the address asks; no pages, a department's lists are short."""
    return RequestConfig(request, paginate=False).configure(table)


def exported(
    request: HttpRequest, table: tables.Table, name: str, *, exclude: tuple[str, ...] = ()
) -> HttpResponse | None:
    """The table as a file when the address asks for one (?_export=csv or xlsx), else None.

    Cells that begin like a formula are given as text: a name is never run by a spreadsheet.
    """
    kind = request.GET.get("_export", "")
    if not TableExport.is_valid_format(kind) or kind not in ("csv", "xlsx"):
        return None
    export = TableExport(kind, table, exclude_columns=exclude)
    for place, row in enumerate(list(export.dataset)):
        export.dataset[place] = [harmless(cell) for cell in row]
    response = export.response(f"{name}.{kind}")
    if kind == "csv":  # without it, a French Excel garbles the accents
        response.content = codecs.BOM_UTF8 + response.content
    return response


def harmless(cell: object) -> object:
    """A text that a spreadsheet would read as a formula, with an apostrophe before it."""
    if isinstance(cell, str) and cell.startswith(("=", "+", "-", "@", "\t", "\r")):
        return f"'{cell}"
    return cell
