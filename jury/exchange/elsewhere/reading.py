"""From a file that anyone may have made, workbook or text, to rows of results from elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from butrt.base.french import NBSP, quoted, short_date
from butrt.base.spreadsheets import Cell, Kind, Table, Unreadable, plain_number, read_tables, serial_date
from butrt.base.words import folded
from jury.cases.ledger.elsewhere import COLUMNS, SOURCES, Origin, ResultRow, ResultsError
from jury.models import Result

HEADINGS: Final[dict[str, tuple[str, ...]]] = {
    "number": ("number", "n° étudiant", "numéro étudiant", "numéro", "code nip", "nip"),
    "school_year": ("school_year", "année universitaire", "année scolaire"),
    "subject": ("subject", "UE, RCUE ou année", "objet", "sujet", "UE"),
    "average": ("average", "moyenne"),
    "code": ("code", "décision"),
    "source": ("source", "origine"),
    "document": ("document", "pièce"),
    "decided_on": ("decided_on", "décidé le", "date", "date de la décision"),
}
"""What each column may be called; the last three may be missing."""
MOST_HEAD_ROW: Final = 20
DAY = re.compile(r"(?:(\d{4})-(\d{1,2})-(\d{1,2})|(\d{1,2})[/.](\d{1,2})[/.](\d{4}))(?: 00:00(?::00)?)?")
YEARS = re.compile(r"(20\d\d)(?:\s*[-/–]\s*(20\d\d))?")


@dataclass(frozen=True)
class RefusedLine:
    """A line that is not even read: where, whose, why."""

    place: str
    number: str
    why: str


@dataclass
class Read:
    """What a file says: the rows that can be read, the others."""

    about: str
    rows: list[ResultRow] = field(default_factory=list)
    refusals: list[RefusedLine] = field(default_factory=list)


class _CellError(ValueError):
    """A cell that does not hold what its column does."""


def read_results(data: bytes, *, otherwise: Origin | None = None) -> Read:
    """The rows of a workbook or text; `otherwise`: their origin where the file does not say it.

    A line without average nor code says nothing. Raises `ResultsError` when it is no file of results.
    """
    try:
        tables = read_tables(data)
    except Unreadable as error:
        raise ResultsError(str(error)) from error
    heads = [(len(columns), table, row, columns) for table in tables for row, columns in _heads(table)]
    if not heads:
        raise ResultsError(f"Colonne absente{NBSP}: aucune n’est reconnue. Il faut {', '.join(COLUMNS)}.")
    _, table, head, columns = max(heads, key=lambda candidate: candidate[0])
    if absent := [name for name in COLUMNS if name not in columns]:
        missing = ", ".join(f"{name} ({HEADINGS[name][1]})" for name in absent)
        raise ResultsError(f"Colonne absente{NBSP}: {missing}. Il faut {', '.join(COLUMNS)}.")
    read = Read(table.about)
    for number in sorted(row for row in table.rows if row > head):
        _line(read, table, number, columns, otherwise or Origin())
    return read


def _heads(table: Table) -> Iterator[tuple[int, dict[str, int]]]:
    """The rows that may be the heading, with the column of each name."""
    names = {_plain(heading): name for name, headings in HEADINGS.items() for heading in headings}
    for row in sorted(table.rows)[:MOST_HEAD_ROW]:
        columns: dict[str, int] = {}
        for column, cell in table.rows[row].items():
            if name := names.get(_plain(cell.text)):
                columns.setdefault(name, column)
        if columns:
            yield row, columns


def _line(read: Read, table: Table, row: int, columns: Mapping[str, int], otherwise: Origin) -> None:
    cells = {name: table.rows[row].get(column) for name, column in columns.items()}
    if not any(cells[name] for name in ("average", "code")):
        return
    workbook = table.about.startswith("feuille")
    place = f"Ligne {row}"
    number = cells["number"].text[:20] if cells["number"] else ""
    values: dict[str, str] = {}
    for name, cell in cells.items():
        try:
            values[name] = _value(name, cell, table)
        except _CellError as error:
            where = f"{place}, case {cell.ref}" if workbook and cell else f"{place}, colonne {name}"
            read.refusals.append(RefusedLine(where, number, str(error)))
            return
    origin = Origin(
        source=Result.Source(values.get("source") or otherwise.source),
        document=values.get("document") or otherwise.document,
        decided_on=(
            date.fromisoformat(values["decided_on"]) if values.get("decided_on") else otherwise.decided_on
        ),
    )
    read.rows.append(
        ResultRow(
            row,
            values["number"],
            values["school_year"],
            values["subject"],
            values["average"],
            values["code"],
            place,
            origin=origin,
            cells={name: cell.ref for name, cell in cells.items() if cell} if workbook else {},
        )
    )


def _value(name: str, cell: Cell | None, table: Table) -> str:
    """The text of a cell as its column means it. Raises `_CellError`."""
    if cell is None:
        return ""
    if cell.kind == Kind.FORMULA:
        raise _CellError("une formule n’est pas lue ; coller la valeur.")
    if cell.kind in (Kind.BOOLEAN, Kind.ERROR, Kind.PERCENT):
        raise _CellError(f"un {cell.kind} n’a pas sa place ici.")
    if day := serial_date(cell, since_1904=table.since_1904):
        if name != "decided_on":
            raise _CellError(f"{short_date(day)} est une date.")
        return day.isoformat()
    text = plain_number(cell.text) if cell.kind == Kind.NUMBER else " ".join(cell.text.split())
    reader = {"average": _average, "school_year": _year, "source": _source, "decided_on": _day}.get(name)
    if reader is not None:
        return reader(text)
    if len(text) > 200:
        raise _CellError("un texte de 200 lettres au plus.")
    return text.upper() if name == "code" else text


def _average(text: str) -> str:
    return text.replace(",", ".")


def _year(text: str) -> str:
    """ "2023-2024" is 2023."""
    matched = YEARS.fullmatch(text)
    if matched and matched[2] and int(matched[2]) != int(matched[1]) + 1:
        raise _CellError(f"{quoted(text)} n’est pas une année universitaire.")
    return matched[1] if matched else text


def _source(text: str) -> str:
    known = {_plain(name): source.value for source in SOURCES for name in (source.value, str(source.label))}
    if text and _plain(text) not in known:
        labels = ", ".join(str(source.label) for source in SOURCES)
        raise _CellError(f"{quoted(text[:40])} n’est pas une origine connue{NBSP}: {labels}.")
    return known[_plain(text)] if text else ""


def _day(text: str) -> str:
    if not text:
        return ""
    matched = DAY.fullmatch(text)
    try:
        if matched is None:
            raise ValueError(text)
        year, month, day = matched.group(1, 2, 3) if matched[1] else matched.group(6, 5, 4)
        return date(int(year), int(month), int(day)).isoformat()
    except ValueError:
        raise _CellError(f"{quoted(text[:20])} n’est pas une date (08/07/2024).") from None


def _plain(text: str) -> str:
    """Letters and digits alone, without accents: what headings are recognised by."""
    return folded(text[:200]).replace(" ", "")
