"""What is written in a cell of ours: a text stays one whatever it begins with, a number is what it is."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from openpyxl.cell import Cell

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
"""What makes a spreadsheet compute what was typed as a text."""


def harmless(value: object) -> object:
    """For a text file: what a spreadsheet would read as a formula, with an apostrophe before it."""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA_STARTS) else value


def as_typed(text: str) -> str:
    """What `harmless` was given."""
    return text[1:] if text.startswith("'") and text[1:].startswith(FORMULA_STARTS) else text


def printable(text: str) -> str:
    """A text without the control characters that no workbook may hold."""
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    return str(ILLEGAL_CHARACTERS_RE.sub("", text))


def put_text(cell: Cell, text: str) -> None:
    """Write a text that never becomes a formula, even when its cell is edited later: « =1+1 » stays that."""
    if clean := printable(text):
        cell.value = clean
        cell.data_type = "s"  # neither a formula nor an error, whatever it looks like
        cell.quotePrefix = clean.startswith(FORMULA_STARTS)


def put(cell: Cell, value: object) -> None:
    """Write a number or a date as what it is, anything else as a text."""
    if value is None or isinstance(value, int | float | Decimal | date):
        cell.value = value
    else:
        put_text(cell, str(value))


def plain_value(value: Any) -> Any:
    """A decimal as a spreadsheet shows it best, 12 and not 12.00; anything else as it is."""
    if not isinstance(value, Decimal):
        return value
    return int(value) if value == int(value) else value.normalize()
