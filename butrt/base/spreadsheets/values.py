"""What a workbook holds: its sheets, their cells; and why one is not read."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Context, Decimal
from enum import StrEnum

from butrt.base.french import NBSP

# A spreadsheet computes on 15 digits and shows them: 12.350000000000001 in the file is 12.35 to its reader.
SPREADSHEET = Context(prec=15)


XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


SAVE_AS = f"Dans le tableur, l’enregistrer au format «{NBSP}Classeur Excel (.xlsx){NBSP}»"


AGAIN = "Télécharger de nouveau la feuille et y copier les valeurs."


RESAVE = "L’ouvrir et l’enregistrer de nouveau, puis l’envoyer."


class Unreadable(ValueError):
    """A file that is not read at all: `str()` says why, and what to do, in French."""


class Kind(StrEnum):
    NUMBER = "nombre"
    TEXT = "texte"
    BOOLEAN = "vrai ou faux"
    DATE = "date"
    PERCENT = "pourcentage"
    FORMULA = "formule"
    ERROR = "erreur"


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a file may be at most: its bytes, those once inflated, its XML elements, filled cells, columns."""

    bytes: int = 2 * 2**20
    inflated: int = 16 * 2**20  # all the parts together; a class of 120 weighs 0.2 MB
    elements: int = 200_000  # of a part
    cells: int = 60_000
    columns: int = 200


USUAL = Bounds()


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell that holds something. `text`: the digits of a number as the file writes them, or the text."""

    row: int
    column: int
    kind: Kind
    text: str

    @property
    def ref(self) -> str:
        return reference(self.row, self.column)


@dataclass
class Tab:
    """A sheet of a workbook: its cells by (row, column), counted from 1; empty ones are not there."""

    name: str
    cells: dict[tuple[int, int], Cell] = field(default_factory=dict)
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: set[int] = field(default_factory=set)
    merged: list[str] = field(default_factory=list)
    declared: str = ""  # the extent that the file announces, believed by nobody
    since_1904: bool = False  # its dates are counted from 1904, as old Macs did

    def text(self, row: int, column: int) -> str:
        cell = self.cells.get((row, column))
        return cell.text.strip() if cell and cell.kind in (Kind.TEXT, Kind.NUMBER) else ""


def reference(row: int, column: int) -> str:
    """(7, 5) → "E7"."""

    from openpyxl.utils.cell import get_column_letter

    return f"{get_column_letter(column)}{row}"


def plain_number(digits: str) -> str:
    """The digits of a file as people write them: "12.350000000000001" → "12.35", "5E-1" → "0.5"."""
    try:
        value = Decimal(digits[:40]).normalize(SPREADSHEET)
    except ArithmeticError:
        return digits[:40]
    # 1E+999999999 written out would fill the memory.
    return f"{value:f}" if value.is_finite() and abs(value.adjusted()) <= SPREADSHEET.prec else digits[:40]


def crosses(merged: str, *, first_row: int, last_row: int, last_column: int) -> bool:
    """Whether a merged range ("E7:F9") touches the columns from A to `last_column` of these rows."""

    from openpyxl.utils.cell import range_boundaries

    try:
        left, top, _, bottom = range_boundaries(merged)
    except (ValueError, TypeError):
        return True
    return top <= last_row and bottom >= first_row and left <= last_column
