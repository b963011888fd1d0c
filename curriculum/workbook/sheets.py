"""A sheet under its headings: columns wherever they were moved, rows read cell by cell, refusals gathered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from butrt.base.french import NBSP, shortened, typeset
from butrt.base.spreadsheets import Cell, Kind, Tab, crosses, reference
from curriculum.workbook.cells import Unfit, Value, fold, words
from curriculum.workbook.layout import LAST_ROW, Column

HEAD_ROWS = 10
"""The headings are among the first rows; below them, a list."""


class RefusedCell(NamedTuple):
    """Where in the workbook something is not accepted, and why, in French, with what to do.

    `about` names the cell of a list: "TD de R302".
    """

    sheet: str
    ref: str
    reason: str
    about: str = ""

    def __str__(self) -> str:
        where = ", ".join(filter(None, (self.sheet, self.ref, self.about)))
        return f"{where}{NBSP}: {self.reason}" if where else self.reason


@dataclass
class Report:
    """What is said of a workbook while it is read."""

    refusals: list[RefusedCell] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def refuse(self, sheet: str, ref: str, reason: str, about: str = "") -> None:
        self.refusals.append(RefusedCell(sheet, ref, typeset(reason), about))

    def note(self, text: str) -> None:
        self.notes.append(typeset(text))


class SheetRow(NamedTuple):
    """A row and its values, by field; those that were refused are not there."""

    number: int
    values: dict[str, Any]


class Table:
    """The list that a sheet holds; not `readable` without its headings, or with far too many rows."""

    def __init__(self, tab: Tab, columns: Sequence[Column], report: Report) -> None:
        self.tab, self.columns, self.report = tab, columns, report
        self.name = words(tab.name)
        self.typed: dict[str, Value] = {column.field: column.value for column in columns if column.value}
        rows: dict[int, dict[int, Cell]] = {row: {} for row in range(1, HEAD_ROWS + 1)}
        for (row, column), cell in sorted(tab.cells.items()):
            if row in rows:
                rows[row][column] = cell
        headings = {row: self._headings(cells) for row, cells in rows.items()}
        self.head = max(rows, key=lambda row: (len(headings[row]), -row))
        self.heads, self.at = rows[self.head], headings[self.head]
        self.readable = self._columns() and self._length()
        if self.readable:
            self._hidden()
            self._merged()

    def cell(self, row: int, name: str) -> Cell | None:
        return self.tab.cells.get((row, self.at.get(name, 0)))

    def ref(self, row: int, name: str) -> str:
        return reference(row, self.at[name])

    def refuse(self, row: int, name: str, reason: str) -> None:
        self.report.refuse(self.name, self.ref(row, name), reason, self._about(row, name))

    def _about(self, row: int, name: str) -> str:
        """A cell by its heading and by the code that its row begins with."""
        heading = next(column.heading for column in self.columns if column.field == name)
        code = next((cell for key in ("element", "code") if (cell := self.cell(row, key))), None)
        if row <= self.head or not code or name in ("element", "code"):
            return heading
        return f"{heading} de {words(code.text)[:30]}"

    def rows(self) -> list[int]:
        """The rows that hold something in our columns."""
        return self._rows() if self.readable else []

    def read(self, number: int) -> SheetRow:
        """The typed cells of a row; a hidden row, or a cell that does not fit, is refused."""
        if number in self.tab.hidden_rows:
            reason = "Cette ligne est masquée : enlever le filtre ou l’afficher, la relire, puis envoyer."
            self.report.refuse(self.name, f"ligne {number}", reason)
        values = {}
        for name, value in self.typed.items():
            try:
                values[name] = value.read(self.cell(number, name))
            except Unfit as error:
                self.refuse(number, name, str(error))
        return SheetRow(number, values)

    def _headings(self, cells: Mapping[int, Cell]) -> dict[str, int]:
        """{field: column} of the headings that a row holds, the first of two that are the same."""
        places: dict[str, int] = {}
        names = {fold(column.heading): column.field for column in self.columns}
        for column, cell in cells.items():
            if cell.kind == Kind.TEXT and (name := names.get(fold(cell.text))):
                places.setdefault(name, column)
        return places

    def _columns(self) -> bool:
        missing = [
            column.heading
            for column in self.columns
            if column.field in self.typed and column.field not in self.at
        ]
        others = [
            words(cell.text)[:40] for column, cell in self.heads.items() if column not in self.at.values()
        ]
        if missing:
            unknown = f" (en-têtes inconnus : {_quoted(others)})" if others else ""
            self.report.refuse(
                self.name,
                f"ligne {self.head}",
                f"Il manque {_quoted(missing)} parmi les en-têtes{unknown} : remettre les en-têtes du "
                "classeur téléchargé.",
            )
            return False
        names = {fold(column.heading) for column in self.columns}
        for column, cell in self.heads.items():
            if column not in self.at.values() and fold(cell.text) in names:
                reason = f"Deux colonnes s’appellent « {words(cell.text)} » : n’en garder qu’une."
                self.report.refuse(self.name, reference(self.head, column), reason)
                return False
        if others:
            self.report.note(
                f"« {self.name} » : {_quoted(others)} n’est pas lu, le programme n’a rien de tel."
            )
        return True

    def _rows(self) -> list[int]:
        ours = set(self.at.values())
        return sorted({row for row, column in self.tab.cells if row > self.head and column in ours})

    def _length(self) -> bool:
        if len(self._rows()) <= LAST_ROW:
            return True
        self.report.refuse(self.name, "", f"Plus de {LAST_ROW} lignes : n’y garder que le programme.")
        return False

    def _hidden(self) -> None:
        for name in self.typed:
            if self.at[name] in self.tab.hidden_columns:
                reason = "Cette colonne est masquée : l’afficher, la relire, puis envoyer."
                self.refuse(self.head, name, reason)

    def _merged(self) -> None:
        bottom = max(row for row, _ in self.tab.cells)  # there are headings
        last = max(self.at.values())
        for merged in self.tab.merged:
            if crosses(merged, first_row=self.head, last_row=bottom, last_column=last):
                reason = "Ces cases sont fusionnées : les séparer, une valeur par case."
                self.report.refuse(self.name, merged, reason)


def _quoted(names: Sequence[str]) -> str:
    return shortened([f"« {name} »" for name in names])
