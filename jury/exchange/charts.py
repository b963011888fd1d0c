"""The native charts of the results workbook: they read the cells beside them, and follow their changes."""

from __future__ import annotations

from typing import Literal

from openpyxl.chart import BarChart, Reference
from openpyxl.worksheet.worksheet import Worksheet

VIOLET, GREEN, BLUE, RUST, SLATE = "5433A8", "17694A", "1D5C9E", "A3341D", "55566B"


def add_bars(
    sheet: Worksheet,
    at: str,
    title: str,
    *,
    head: int,
    rows: int,
    columns: tuple[int, int],
    colours: tuple[str, ...],
    stacked: bool = False,
    highest: int | None = None,
    across: Literal["UE", "Étudiants", "Compétences", "Codes", "Origine"] = "UE",
    upward: str = "étudiants",
) -> None:
    """A bar chart of `rows` lines under the header in row `head`: labels in column A, values in `columns`.

    Nothing is drawn of an empty table.
    """
    if not rows:
        return
    chart = BarChart()
    chart.type, chart.style, chart.title = "col", 10, title
    first, last = columns
    values = Reference(sheet, min_col=first, max_col=last, min_row=head, max_row=head + rows)
    chart.add_data(values, titles_from_data=True)
    chart.set_categories(Reference(sheet, min_col=1, min_row=head + 1, max_row=head + rows))
    if stacked:
        chart.grouping, chart.overlap = "stacked", 100
    if last == first:
        chart.legend = None
    else:
        chart.legend.position = "b"
    for series, colour in zip(chart.series, colours, strict=True):
        series.graphicalProperties.solidFill = colour
    chart.x_axis.title, chart.y_axis.title = across, upward
    # openpyxl leaves this out, and recent Excel then draws no axis at all.
    chart.x_axis.delete = chart.y_axis.delete = False
    chart.y_axis.scaling.min = 0
    if highest is not None:
        chart.y_axis.scaling.max = highest
    else:
        chart.y_axis.number_format = "0"
    chart.width, chart.height, chart.gapWidth = 17, 8, 60
    sheet.add_chart(chart, at)
