"""From a list pasted, or a file, to its lines: columns known by their titles, else by their order."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from butrt.base.french import NBSP, listed, quoted
from butrt.base.spreadsheets import Kind, Table, Unreadable, plain_number, read_tables
from butrt.base.spreadsheets.writing import as_typed
from butrt.base.words import folded

TITLES_WITHIN = 10  # rows
MOST_LINES = 1_500
NOTHING = "—"
"""In a cell: none. A cell left empty changes nothing."""


@dataclass(frozen=True)
class Column:
    """What a list may say of a thing: the title that we write, and the others under which it comes."""

    title: str
    others: tuple[str, ...] = ()

    def is_called(self, title: str) -> bool:
        words = folded(title)
        return words == folded(self.title) or words in self.others


Columns = Mapping[str, Column]


def column(title: str, others: str = "") -> Column:
    return Column(title, tuple(name.strip() for name in others.split(",") if name.strip()))


@dataclass(frozen=True)
class Line:
    """A line by the names of its columns; an empty cell is not there."""

    number: int
    cells: Mapping[str, str]

    def __getitem__(self, name: str) -> str:
        return self.cells.get(name, "")

    @property
    def text(self) -> str:
        return " · ".join(self.cells.values())[:120]


@dataclass
class Reading:
    """The lines of a list, in its order, and what was not read of it."""

    lines: list[Line] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def read_list(data: bytes, columns: Columns, usual: Sequence[str]) -> Reading:
    """The lines of a text or of a workbook. `usual`: its columns when it has no titles.

    Raises Unreadable, in French.
    """
    tables = [table for table in read_tables(data) if table.rows]
    if not tables:
        raise Unreadable("Cette liste est vide.")
    titled = [(*_titles(table, columns), table) for table in tables]
    known, row, table = max(titled, key=lambda candidate: len(candidate[0]))
    if len(known) > 1:
        return _read(table, row, known)
    table = max(tables, key=_cut)
    if not _cut(table):
        raise Unreadable(
            f"Une seule colonne{NBSP}: séparer par des points-virgules ou des tabulations "
            f"{listed([columns[name].title.lower() for name in usual])}."
        )
    return _read(table, 0, dict(enumerate(usual, start=1)))


def as_text(columns: Columns, names: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """These rows as a list to be read again, titles above."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\n")
    writer.writerow([columns[name].title for name in names])
    writer.writerows(rows)
    return text.getvalue()


def _titles(table: Table, columns: Columns) -> tuple[dict[int, str], int]:
    """({place: column}, row) of the row that has the most titles known."""
    best: tuple[dict[int, str], int] = ({}, 0)
    for row in list(table.rows)[:TITLES_WITHIN]:
        known: dict[int, str] = {}
        for place, cell in table.rows[row].items():
            for name, known_column in columns.items():
                if name not in known.values() and known_column.is_called(cell.text):
                    known[place] = name
                    break
        if len(known) > len(best[0]):
            best = (known, row)
    return best


def _cut(table: Table) -> int:
    """How many rows have several cells."""
    return sum(len(cells) > 1 for cells in table.rows.values())


def _read(table: Table, titles: int, known: Mapping[int, str]) -> Reading:
    reading = Reading()
    for row in table.rows:
        cells = {name: text for place, name in known.items() if (text := _text(table, row, place))}
        if row > titles and cells:
            reading.lines.append(Line(row, cells))
    if not reading.lines:
        raise Unreadable("Cette liste n’a que des titres.")
    if len(reading.lines) > MOST_LINES:
        raise Unreadable(f"Cette liste a plus de {MOST_LINES} lignes, bien plus qu’une promotion.")
    heads = table.rows.get(titles, {})
    if unread := [quoted(cell.text[:40]) for place, cell in heads.items() if place not in known]:
        reading.notes.append(f"Colonne non lue{NBSP}: {listed(unread)}.")
    return reading


def _text(table: Table, row: int, place: int) -> str:
    """A cell as people write it, without what kept a spreadsheet from reading it as a formula."""
    cell = table.rows[row].get(place)
    if cell is not None and cell.kind == Kind.NUMBER:
        return plain_number(cell.text)
    return as_typed(table.text(row, place))
