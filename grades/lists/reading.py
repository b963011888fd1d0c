"""From a file or a pasted text to a list of marks: its lines, and which columns say who and how much."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any, Final, NamedTuple

from butrt.base import french
from butrt.base.french import NBSP
from butrt.base.spreadsheets import SEPARATORS, Cell, Kind, Table, Unreadable, plain_number, read_tables
from butrt.base.words import folded
from grades.intake.columns import core, field_of
from grades.marks import MarkError, read_mark
from grades.models import Assessment
from grades.roster import Named, People, joined

MOST_LINES: Final = 1_000  # far more than a promotion
HEADER_WITHIN: Final = 30  # rows; titles and the date of the export come above
EXAMPLES: Final = 3
NAMED_SO: Final = 2  # the rank of a title that holds the évaluation's
NO_MARK: Final = ("-", "–", "—")  # as Moodle says that nothing is there
MARK_TITLE = re.compile(r"notes?( finale)?( sur)?( \d+)*|resultats?|points|total( du)? cours.*")
WHOLE, DECIMALS = re.compile(r"\d{1,3}"), re.compile(r"\d{1,2}")
SCALE = re.compile(r"/\s*(\d{1,4}(?:[.,]\d{1,2})?)")
# What Moodle calls the student number, beyond the titles of an extract of students.
IDENTITY: Final = {"identification": "number"}
NAMES: Final = dict.fromkeys(("last_name", "full_name", "usual_last_name"), "name")


class Columns(NamedTuple):
    """Which column of a list says what; 0: none does."""

    number: int = 0
    name: int = 0
    first_name: int = 0
    mark: int = 0


@dataclass(frozen=True)
class MarkList:
    """A table read: its filled cells row by row, counted from 1; `header_row` is 0 without titles."""

    about: str
    header_row: int
    rows: dict[int, dict[int, Cell]]

    @classmethod
    def of(cls, table: Table) -> MarkList:
        """The same table, its dates as their reader sees them."""
        rows = {
            row: {
                number: Cell(row, number, Kind.DATE, table.text(row, number))
                if cell.kind == Kind.DATE
                else cell
                for number, cell in cells.items()
            }
            for row, cells in table.rows.items()
        }
        header = next((row for row in [*rows][:HEADER_WITHIN] if _is_header(rows[row].values())), 0)
        if table.about.endswith(SEPARATORS[","]):
            titled = max(rows[header]) if header else 0
            rows = {row: _decimals_joined(cells, beyond=titled) for row, cells in rows.items()}
        return cls(table.about, header, rows)

    @property
    def body(self) -> list[int]:
        return [row for row in self.rows if row > self.header_row]

    @cached_property
    def columns(self) -> list[int]:
        """Those filled at the titles or under them."""
        return sorted({number for row in self.rows if row >= self.header_row for number in self.rows[row]})

    def text(self, row: int, column: int) -> str:
        cell = self.rows.get(row, {}).get(column)
        if cell is None:
            return ""
        return (plain_number(cell.text) if cell.kind == Kind.NUMBER else cell.text).strip()

    def header(self, column: int) -> str:
        return self.text(self.header_row, column)[:80] if self.header_row else ""

    def label(self, column: int) -> str:
        """A column as a choice: "B. Note/20,00 (12,5, -, 14)"."""

        from openpyxl.utils import get_column_letter

        examples = ", ".join(list(dict.fromkeys(text[:20] for text in self.texts(column)))[:EXAMPLES])
        title = self.header(column)
        return f"{get_column_letter(column)}. {title or 'sans titre'}" + (
            f" ({examples})" if examples else ""
        )

    def texts(self, column: int) -> list[str]:
        """What stands under the title, empty cells left out."""
        return [text for row in self.body if (text := self.text(row, column))]

    def named(self, row: int, columns: Columns) -> Named:
        """Who a line is; where one column alone says it, a number or a name may stand there."""
        texts = [self.text(row, number) if number else "" for number in columns[:3]]
        alone = [text for text, number in zip(texts, columns, strict=False) if number]
        if len(alone) == 1:
            return Named(number=alone[0]) if any(map(str.isdigit, alone[0])) else Named(name=alone[0])
        return Named(*texts)

    def kept(self) -> dict[str, Any]:
        """As the browser keeps it between two steps."""
        cells = [[*map(str, (cell.row, cell.column)), cell.kind, cell.text] for cell in self._cells()]
        return {"about": self.about, "header": self.header_row, "cells": cells}

    @classmethod
    def given_back(cls, kept: dict[str, Any]) -> MarkList:
        rows: dict[int, dict[int, Cell]] = {}
        for row, column, kind, text in kept["cells"]:
            rows.setdefault(int(row), {})[int(column)] = Cell(int(row), int(column), Kind(kind), text)
        return cls(kept["about"], kept["header"], rows)

    def _cells(self) -> Iterable[Cell]:
        return (cell for cells in self.rows.values() for cell in cells.values())


def read_list(data: bytes, people: People, assessment: Assessment) -> tuple[MarkList, Columns]:
    """The table of a file where most students are recognised, and its columns. Raises Unreadable.

    A text may be cut at several separators ("22001234,14,5"): the one that gives most students a mark wins.
    """
    lists = [MarkList.of(table) for table in read_tables(data) if table.rows]
    if not any(marks.body for marks in lists):
        raise Unreadable("Cette liste n’a aucune ligne remplie.")
    if any(len(marks.body) > MOST_LINES for marks in lists):
        raise too_large()
    read = [(marks, columns_of(marks, people, assessment)) for marks in lists]
    return max(read, key=lambda candidate: _marked(candidate[0], candidate[1], people, assessment))


def columns_of(marks: MarkList, people: People, assessment: Assessment) -> Columns:
    """What each column seems to hold: told by its title, else by what stands under it."""
    fields = {number: _identity(marks, number) for number in marks.columns}
    holds: dict[str, Callable[[str], bool]] = {
        "number": lambda text: bool(people.numbered(text)),
        "name": lambda text: bool(people.named(text)),
        "first_name": lambda text: joined(text) in people.first_names,
    }
    chosen: dict[str, int] = {}
    for field, known in holds.items():
        free = [number for number in marks.columns if number not in chosen.values()]
        # Somebody's first name may be another's last name: a title that says otherwise is believed.
        scores = {
            number: (sum(map(known, marks.texts(number))), fields[number] == field)
            for number in free
            if fields[number] in ("", field)
        }
        best = max(scores, key=lambda number: (scores[number], -number), default=0)
        if best and any(scores[best]):
            chosen[field] = best
    ranks = {number: _mark_rank(marks, number, assessment) for number in marks.columns}
    for number in marks.columns:
        # "TP" is a group, unless the évaluation is called so.
        if number in chosen.values() or (fields[number] and ranks[number][0] < NAMED_SO):
            del ranks[number]
    best = max(ranks, key=lambda number: (ranks[number], -number), default=0)
    if best and any(ranks[best]):
        chosen["mark"] = best
    return Columns(**chosen)


def scale_of(header: str) -> Decimal | None:
    """Out of how much a title says that a column is: "Note/20,00" → 20; None when it does not."""
    scale = SCALE.search(header)
    return french.decimal(scale[1]) if scale else None


def _marked(marks: MarkList, columns: Columns, people: People, assessment: Assessment) -> int:
    """How many lines name somebody and give a mark."""
    return sum(
        people.match(marks.named(row, columns)).enrolment is not None
        and _reads(marks.text(row, columns.mark), assessment)
        for row in marks.body
    )


def _identity(marks: MarkList, column: int) -> str:
    """Which part of an identity the title of a column names; "" for none."""
    header = marks.header(column)
    named = field_of(header, marks.texts(column)[:EXAMPLES]) if header else ""
    return NAMES.get(named, named) or IDENTITY.get(core(header), "")


def _mark_rank(marks: MarkList, column: int, assessment: Assessment) -> tuple[int, int]:
    """How likely a column is the marks: by its title, then by how many of its cells are marks."""
    header, texts = folded(marks.header(column)), marks.texts(column)
    title = folded(assessment.title)
    named = NAMED_SO if title and title in header else int(_names_a_mark(header))
    good = sum(_reads(text, assessment) for text in texts)
    return (named, good) if named or 2 * good > len(texts) else (0, 0)


def _reads(text: str, assessment: Assessment) -> bool:
    if text in NO_MARK:
        return True
    try:
        return bool(read_mark(text, assessment.maximum).text)
    except MarkError:
        return False


def _decimals_joined(cells: dict[int, Cell], *, beyond: int) -> dict[int, Cell]:
    """A row cut at commas whose mark was cut too: 22001234 | 14 | 5 is 22001234 | 14,5.

    `beyond`: the last column that has a title, 0 without titles: what stands under a title is whole.
    """
    *_, before, last = [0, 0, *cells]
    if before < 2 or last != before + 1 or last <= beyond:
        return cells
    whole, decimals = cells[before], cells[last]
    if not (WHOLE.fullmatch(whole.text) and DECIMALS.fullmatch(decimals.text)):
        return cells
    joined_cell = Cell(whole.row, before, Kind.TEXT, f"{whole.text},{decimals.text}")
    return {number: cell for number, cell in cells.items() if number < before} | {before: joined_cell}


def _is_header(cells: Iterable[Cell]) -> bool:
    """Whether a row names at least one thing that a list says, and holds no number."""
    texts = [cell.text for cell in cells]
    known = [text for text in texts if field_of(text, ()) or core(text) in IDENTITY or _names_a_mark(text)]
    return bool(known) and not any(cell.kind == Kind.NUMBER for cell in cells)


def _names_a_mark(text: str) -> bool:
    return MARK_TITLE.fullmatch(folded(text)) is not None


def too_large() -> Unreadable:
    return Unreadable(
        f"Cette liste est trop grande{NBSP}: n’y garder que le n° étudiant ou le nom, et la note, de cette "
        "promotion."
    )
