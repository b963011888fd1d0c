"""How a sheet of a workbook prints: on A4, headings on every page, letters that one can read."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet


WIDEST = 110
"""Characters on a line of A4 landscape: 146 within the margins in Calibri 11, fewer where it is not there."""
SMALLEST = 57
"""The reduction, in percent, under which a sheet goes on several pages rather than smaller."""
MARGIN = 0.4  # inches


def on_one_page(sheet: Worksheet, *, title: str) -> None:
    """Set up a sheet of small tables and charts: all of it on one page, upright."""
    _page(sheet, title, "portrait")
    sheet.page_setup.fitToWidth = sheet.page_setup.fitToHeight = 1


def to_print(
    sheet: Worksheet,
    *,
    widths: Sequence[float],
    head: int,
    title: str = "",
    repeated: int = 0,
    together: Sequence[object] = (),
    bounded: bool = True,
) -> None:
    """Set up the pages of a table whose columns have these `widths`, in characters, under the row `head`.

    A table too wide for one page is cut between columns, the first `repeated` ones on every page, never
    within a run of equal values of `together`. `title` is in the margin of each page, with the sheet's name:
    what is above `head` is not printed, nor what is added below, unless it is not `bounded`.
    """

    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.pagebreak import Break, ColBreak

    sheet.print_title_rows = f"{head}:{head}"
    if repeated:
        sheet.print_title_cols = f"A:{get_column_letter(repeated)}"
    if bounded:
        sheet.print_area = f"A{head}:{get_column_letter(len(widths))}{max(sheet.max_row, head)}"
    _page(sheet, title, "landscape")
    together = together or range(len(widths))
    cut = _cut(widths, repeated, together, SMALLEST)
    if not cut:
        sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
        return
    # As many pages, in letters as large as they allow.
    scale = SMALLEST
    while scale < 100 and len(larger := _cut(widths, repeated, together, scale + 1)) == len(cut):
        scale, cut = scale + 1, larger
    sheet.sheet_properties.pageSetUpPr.fitToPage = False
    sheet.page_setup.scale = scale
    sheet.col_breaks = ColBreak()
    for before in cut:
        sheet.col_breaks.append(Break(id=before))


def _page(sheet: Worksheet, title: str, orientation: Literal["portrait", "landscape"]) -> None:
    sheet.page_setup.orientation = orientation
    sheet.page_setup.paperSize = sheet.PAPERSIZE_A4
    sheet.page_margins.left = sheet.page_margins.right = MARGIN
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.oddHeader.left.text = title.replace("&", "&&")
    sheet.oddHeader.right.text = "&A"
    sheet.oddFooter.center.text = "&P / &N"


def _cut(widths: Sequence[float], repeated: int, together: Sequence[object], scale: int) -> list[int]:
    """How many columns come before each cut, at this reduction; [] when all fit on a page."""
    room = WIDEST * 100 / scale
    if sum(widths) <= room:
        return []
    cuts, used, first = [], sum(widths[:repeated]), repeated
    for _, run in groupby(range(repeated, len(widths)), key=lambda column: together[column]):
        columns = list(run)
        wide = sum(widths[column] for column in columns)
        if used + wide > room and columns[0] > first:
            cuts.append(columns[0])
            used, first = sum(widths[:repeated]), columns[0]
        used += wide
    return cuts
