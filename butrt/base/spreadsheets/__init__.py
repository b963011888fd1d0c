"""Sheets: those that anyone may have made, read within strict limits; what is written in ours.

openpyxl writes our workbooks and does not read what comes back: given a file of 5 kB it may build a merged
range for 24 s in 600 MB, read-only it translates shared formulas for 6 s, and believes the size that a sheet
declares, dropping rows in silence. What our sheets need of the format is little; it is read here in one
pass, every number kept as the digits of the file. Nothing of this module knows marks or programmes.
"""

from butrt.base.spreadsheets.archive import CHUNK, OLE
from butrt.base.spreadsheets.parts import MOST_ROW
from butrt.base.spreadsheets.reading import read_xlsx, warm_up
from butrt.base.spreadsheets.tables import SEPARATORS, Table, read_tables, serial_date, tables_of
from butrt.base.spreadsheets.values import (
    AGAIN,
    SAVE_AS,
    USUAL,
    XLSX,
    Bounds,
    Cell,
    Kind,
    Tab,
    Unreadable,
    crosses,
    plain_number,
    reference,
)

MOST_BYTES, MOST_COLUMN = USUAL.bytes, USUAL.columns

__all__ = [
    "AGAIN",
    "CHUNK",
    "MOST_BYTES",
    "MOST_COLUMN",
    "MOST_ROW",
    "OLE",
    "SAVE_AS",
    "SEPARATORS",
    "USUAL",
    "XLSX",
    "Bounds",
    "Cell",
    "Kind",
    "Tab",
    "Table",
    "Unreadable",
    "crosses",
    "plain_number",
    "read_tables",
    "read_xlsx",
    "reference",
    "serial_date",
    "tables_of",
    "warm_up",
]
