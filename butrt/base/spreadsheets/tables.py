"""From the bytes of a file that anyone may have made to tables of texts: workbooks, and texts of any kind.

A text may be UTF-8 (with or without its mark), UTF-16 with its mark or Windows-1252, its columns separated by
semicolons, commas, tabs or bars. Only the reader of the columns can tell which separator is meant: every
possible table is given.
"""

from __future__ import annotations

import codecs
import csv
import datetime
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from butrt.base.french import NBSP, quoted, short_date
from butrt.base.outside import opened_apart
from butrt.base.spreadsheets.archive import OLE
from butrt.base.spreadsheets.parts import MOST_ROW
from butrt.base.spreadsheets.reading import read_xlsx, warm_up  # noqa: F401  # which the nursery asks of it
from butrt.base.spreadsheets.values import (
    SAVE_AS,
    USUAL,
    Bounds,
    Cell,
    Kind,
    Tab,
    Unreadable,
    plain_number,
)

SEPARATORS: Final = {";": "points-virgules", "\t": "tabulations", ",": "virgules", "|": "barres"}
MOST_LETTERS: Final = 5_000  # in a cell of a text
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
CSV = f"au format «{NBSP}CSV UTF-8{NBSP}» ou «{NBSP}Classeur Excel (.xlsx){NBSP}»"
SHORTEN = "N’y garder que les lignes utiles, puis l’envoyer."
# What is sent under a wrong name, by its first bytes.
DISGUISED = {
    b"%PDF": "un document PDF",
    b"\x89PNG": "une image",
    b"\xff\xd8\xff": "une image",
    b"GIF8": "une image",
    b"\x1f\x8b": "une archive compressée",
    b"7z\xbc\xaf": "une archive compressée",
    b"Rar!": "une archive compressée",
    b"{\\rtf": "un texte mis en forme (RTF)",
}


@dataclass
class Table:
    """A sheet, or a text cut at one separator: its filled cells row by row, counted from 1."""

    about: str
    rows: dict[int, dict[int, Cell]] = field(default_factory=dict)
    hidden_rows: set[int] = field(default_factory=set)
    merged: list[str] = field(default_factory=list)
    since_1904: bool = False

    def text(self, row: int, column: int) -> str:
        """A cell as its reader sees it: a date is no number of days."""
        cell = self.rows.get(row, {}).get(column)
        if cell is None:
            return ""
        date = serial_date(cell, since_1904=self.since_1904)
        return short_date(date) if date else cell.text.strip()


def serial_date(cell: Cell, *, since_1904: bool) -> datetime.date | None:
    """The date of a cell that a workbook keeps as a number of days; None for any other."""
    days = plain_number(cell.text).partition(".")[0] if cell.kind == Kind.DATE else ""
    if not days.isdigit() or len(days) > 6:
        return None
    origin = datetime.date(1904, 1, 1) if since_1904 else datetime.date(1899, 12, 30)
    return origin + datetime.timedelta(days=int(days))


@opened_apart(Unreadable)
def read_tables(data: bytes) -> list[Table]:
    """Every table that a file may be. Raises Unreadable; nothing else, whatever the bytes."""
    return list(tables_of(data))


def tables_of(data: bytes, bounds: Bounds = USUAL) -> Iterator[Table]:
    """The same one after the other, for a reader that is itself apart."""
    if len(data) > bounds.bytes:
        raise Unreadable(
            f"Ce fichier dépasse {bounds.bytes // 2**20}{NBSP}Mo, bien plus que ce qui est lu ici. {SHORTEN}"
        )
    if data.startswith((b"PK", OLE)):
        yield from map(_from_sheet, read_xlsx(data, bounds))
    else:
        yield from _from_text(data, bounds)


def _from_sheet(tab: Tab) -> Table:
    table = Table(
        f"feuille {quoted(tab.name)}",
        hidden_rows=tab.hidden_rows,
        merged=tab.merged,
        since_1904=tab.since_1904,
    )
    rows: dict[int, dict[int, Cell]] = {}
    for (row, column), cell in tab.cells.items():
        rows.setdefault(row, {})[column] = cell
    table.rows = {row: dict(sorted(rows[row].items())) for row in sorted(rows)}
    return table


# ---------- texts ----------


def _from_text(data: bytes, bounds: Bounds) -> Iterator[Table]:
    text, encoding = _decoded(data)
    if not text.strip():
        raise Unreadable("Ce fichier est vide.")
    if text.count("\n") >= MOST_ROW:
        raise Unreadable(
            f"Ce fichier a plus de {MOST_ROW} lignes, bien plus que ce qui est lu ici. {SHORTEN}"
        )
    if sign := CONTROL.search(text):
        line = text.count("\n", 0, sign.start()) + 1
        raise Unreadable(
            f"Ligne {line}{NBSP}: un caractère de commande (code {ord(sign[0])}), ce n’est pas un texte de "
            f"tableur. Ouvrir le fichier dans le tableur et l’enregistrer {CSV}."
        )
    separators = {sign: f", {words}" for sign, words in SEPARATORS.items() if sign in text} or {";": ""}
    faults = []
    for separator, words in separators.items():
        try:
            yield _cut(text, separator, f"texte {encoding}{words}", bounds)
        except _Fault as fault:
            faults.append(fault)
    if len(faults) == len(separators):
        raise max(faults, key=lambda fault: fault.line).as_unreadable()


class _Fault(Exception):
    """A text that a separator does not cut."""

    def __init__(self, line: int, why: str) -> None:
        super().__init__(line, why)
        self.line, self.why = line, why

    def as_unreadable(self) -> Unreadable:
        return Unreadable(
            f"Ligne {self.line}{NBSP}: {self.why} Corriger cette ligne dans le tableur, l’enregistrer {CSV}."
        )


def _cut(text: str, separator: str, about: str, bounds: Bounds) -> Table:
    table = Table(about)
    room = bounds.cells
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    number = 1
    try:
        for texts in reader:
            # The line where the row begins: a quoted cell may hold line breaks.
            if cells := _cells(number, texts, bounds.columns):
                table.rows[number] = cells
                room -= len(cells)
                if room < 0:
                    raise _Fault(number, f"plus de {bounds.cells} cases remplies.")
            number = reader.line_num + 1
    except csv.Error as error:
        raise _Fault(number, "un guillemet est ouvert et mal fermé.") from error
    return table


def _cells(row: int, texts: Iterable[str], most: int) -> dict[int, Cell]:
    cells = {}
    for column, text in enumerate(texts, start=1):
        if not text.strip():
            continue
        if column > most:
            raise _Fault(row, f"plus de {most} colonnes.")
        if len(text) > MOST_LETTERS:
            raise _Fault(row, f"une cellule de {len(text)} lettres, un guillemet est sans doute mal fermé.")
        cells[column] = Cell(row, column, Kind.TEXT, " ".join(text.split()))
    return cells


def _decoded(data: bytes) -> tuple[str, str]:
    """The text and its encoding in words. Raises Unreadable with the line where it fails."""
    for start, what in DISGUISED.items():
        if data.startswith(start):
            raise Unreadable(
                f"Ce fichier est {what}, quel que soit son nom. Envoyer le tableau lui-même, {CSV}."
            )
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        try:
            return data.decode("utf-16"), "UTF-16"
        except UnicodeDecodeError as error:
            raise Unreadable(f"Ce texte UTF-16 est abîmé ou incomplet. L’enregistrer {CSV}.") from error
    if (at := data.find(b"\0")) >= 0:
        raise Unreadable(
            f"Ligne {_line(data, at)}{NBSP}: un octet nul, ce n’est pas un texte ou il est abîmé. "
            f"Ouvrir le fichier dans le tableur et l’enregistrer {CSV}."
        )
    if data.removeprefix(codecs.BOM_UTF8).lstrip()[:1] == b"<":
        raise Unreadable(
            f"Ce fichier est une page web (HTML ou XML), même si son nom finit par .xls. L’ouvrir dans le "
            f"tableur. {SAVE_AS}, puis l’envoyer."
        )
    try:
        return data.decode("utf-8-sig"), "UTF-8"
    except UnicodeDecodeError as error:
        return _western(data, error), "Windows-1252 (Latin-1)"


def _western(data: bytes, fault: UnicodeDecodeError) -> str:
    """A text that is not UTF-8 as Windows-1252, unless other lines of it are UTF-8: then nobody can tell."""
    for number, line in enumerate(data.split(b"\n"), start=1):
        if line.isascii():
            continue
        try:
            line.removeprefix(codecs.BOM_UTF8).decode()
        except UnicodeDecodeError:
            continue
        other = _line(data, fault.start)
        raise Unreadable(
            f"Deux encodages sont mélangés{NBSP}: la ligne {number} est en UTF-8, la ligne {other} non. "
            f"Les noms y seraient abîmés. Refaire l’extraction, ou l’enregistrer {CSV}."
        )
    try:
        return data.decode("cp1252")
    except UnicodeDecodeError as error:
        raise Unreadable(
            f"Ligne {_line(data, error.start)}{NBSP}: un caractère n’est ni d’UTF-8 ni de Windows-1252. "
            f"Ouvrir le fichier dans le tableur et l’enregistrer {CSV}."
        ) from error


def _line(data: bytes, at: int) -> int:
    return data.count(b"\n", 0, at) + 1
