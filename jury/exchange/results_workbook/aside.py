"""The sheet of the elements set aside: in no average of the others."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from openpyxl.worksheet.worksheet import Worksheet

from jury.cases.aside import Aside
from jury.exchange.results_workbook.cells import Field, Value, write_table

FIELDS = (
    Field("Élément", 14),
    Field("Titre", 40, wrap=True),
    Field("Comptait dans", 34, wrap=True),
    Field("Motif", 50, wrap=True),
    Field("Mis de côté par", 24),
    Field("Le", 12, "dd/mm/yyyy"),
)


def write_aside(sheet: Worksheet, elements: Sequence[Aside], title: str) -> None:
    """Each element that nobody was assessed in this year, with the coefficients that it had."""
    rows: list[list[Value]] = [
        [
            *(element.display, element.title, element.counted, element.motive, element.by),
            date.fromisoformat(element.on) if element.on else None,
        ]
        for element in elements
    ]
    write_table(sheet, f"{title}, éléments mis de côté", FIELDS, rows)
