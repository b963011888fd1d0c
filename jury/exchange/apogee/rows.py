"""The HTML of the cells of a plan, written at once: 120 rows of 100 cells are too many for a template.

Everything comes from outside, and is escaped here.
"""

from __future__ import annotations

import html
from collections.abc import Iterable
from functools import lru_cache

from django.utils.safestring import SafeString

from jury.exchange.apogee.file import StudentLine
from jury.exchange.apogee.filling import Cell, FillingPlan, State

escape = lru_cache(maxsize=4096)(html.escape)  # the same averages and codes again and again, 12,000 cells


def by_student(plan: FillingPlan) -> SafeString:
    """A <tr> a student: who, then before → after for each column filled."""
    return SafeString(
        "".join(f"<tr>{_who(row)}{''.join(map(_change, cells))}</tr>" for row, cells in plan.by_student())
    )


def one_by_one(cells: Iterable[Cell]) -> SafeString:
    """A <tr> a cell: its line, who, its column, what the file holds, what the jury says, and why."""
    return SafeString("".join(map(_alone, cells)))


def _alone(cell: Cell) -> str:
    column = cell.column
    return (
        f'<tr><td class="num">{cell.row.line}</td>{_who(cell.row)}'
        f'<td>{escape(cell.subject.name)} <span class="faint num">{escape(str(column.about))} '
        f"{escape(column.result)}, {escape(column.name)}</span></td>"
        f'<td class="num">{escape(cell.old) or "vide"}</td>'
        f'<td class="num"><b>{escape(cell.new) or "—"}</b></td><td>{escape(cell.why)}</td></tr>'
    )


def _who(row: StudentLine) -> str:
    return f'<th scope="row">{escape(row.name)} <span class="faint num">{escape(row.number)}</span></th>'


def _change(cell: Cell | None) -> str:
    if cell is None:
        return "<td></td>"
    match cell.state:
        case State.SAME:
            return f'<td class="num faint">{escape(cell.old)}</td>'
        case State.NEW:
            return f'<td class="num">→ <b>{escape(cell.new)}</b></td>'
        case State.CONFLICT:
            old = escape(cell.old) or "vide"
            return f'<td class="num"><span class="tag k-gold">≠ {old}</span> → {escape(cell.new)}</td>'
        case State.REFUSED:
            new = escape(cell.new) or "—"
            return f'<td class="num"><span class="tag k-rust">✗ {new}</span> {escape(cell.old)}</td>'
