"""The results of a session as an Excel workbook: a sheet a semester, the year, the years before, figures."""

from jury.exchange.results_workbook.cells import HEADER_ROW, IDENTITY
from jury.exchange.results_workbook.whole import results_workbook

__all__ = [
    "HEADER_ROW",
    "IDENTITY",
    "results_workbook",
]
