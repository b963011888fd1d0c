"""The sheet of the year: UE by pairs, RCUE, what follows."""

from __future__ import annotations

from collections.abc import Iterable

from openpyxl.worksheet.worksheet import Worksheet

from butrt.base.french import NBSP
from jury.cases import outlook, wording
from jury.cases.case import Case
from jury.cases.proceedings import Column, Proceedings
from jury.exchange.results_workbook.cells import Field, Value, write_table
from jury.exchange.results_workbook.identity import identity, identity_fields
from jury.rules import codes


def write_year(sheet: Worksheet, proceedings: Proceedings, title: str, average: str) -> None:
    """Identity, each RCUE (average, code), the year, ECTS, what comes next, what the jury decided and why."""
    fields = identity_fields(proceedings)
    for column in proceedings.columns:
        fields += pair(column.key, average)
    fields += [
        Field("Année", 10, centred=True),
        Field("En clair", 28, wrap=True),
        Field("ECTS année", 8),
        Field("ECTS cumul", 8),
        Field("Suite", 22, wrap=True),
        Field("Décidé par le jury", 26, wrap=True),
        Field("Motif", 60, wrap=True),
        Field("Par", 20, wrap=True),
    ]
    rows = [
        [*identity(case, proceedings), *rcues(case, proceedings.columns), *_outcome(case)]
        for case in proceedings.cases
    ]
    write_table(sheet, title, fields, rows)


def pair(name: str, average: str) -> list[Field]:
    """The average and the code of a UE or a RCUE."""
    return [
        Field(f"{name} moyenne", 9, average, block=name),
        Field(f"{name} code", 8, block=name, centred=True),
    ]


def rcues(case: Case, columns: Iterable[Column]) -> list[Value]:
    row: list[Value] = []
    for column in columns:
        rcue = case.verdict.rcues.get(column.rcue or "")
        row += [rcue.average, rcue.code] if rcue else [None, None]
    return row


def step(case: Case) -> str:
    return outlook.few_words(case.following).replace(NBSP, " ")


def _outcome(case: Case) -> list[Value]:
    verdict = case.verdict
    motives = dict.fromkeys(decision.motive for decision in case.decisions)
    return [
        verdict.year,
        codes.words(verdict.year, "year", wording.gender(case)) if case.judges_year or verdict.year else "",
        verdict.ects_year,
        verdict.ects_total,
        step(case),
        " ; ".join(f"{decision.about.removeprefix('l’')} {decision.code}" for decision in case.decisions),
        "\n".join(motives),
        ", ".join(dict.fromkeys(decision.author for decision in case.decisions)),
    ]
