"""The results on the card: a block a competence, its UE, their elements and marks, the reasons."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from butrt.base import french
from grades.averages import TWENTY, shown
from jury.cases.aside import set_aside
from jury.cases.case import Case
from jury.cases.proceedings import Proceedings
from jury.cases.trials import assessment_titles
from jury.cases.wording import WITHOUT_AVERAGE
from jury.rules import UnitVerdict

STATES = {**WITHOUT_AVERAGE, "missing": "manquante"}


@dataclass(frozen=True, slots=True)
class MarkLine:
    """An évaluation: its title, what was got, its coefficient."""

    title: str
    got: str
    coefficient: Decimal


@dataclass(frozen=True, slots=True)
class ElementRow:
    """An element in the table of a UE, as it reads: its évaluations, its coefficient there, its average."""

    display: str
    short: str
    marks: str
    counts: bool
    coefficient: str
    average: str
    provisional: bool


def element_rows(case: Case, unit: UnitVerdict | None, marks: dict[str, SafeString]) -> list[ElementRow]:
    """Those of a UE. `marks`: the évaluations of each element, written."""
    rows, decimals = [], case.cohort.regulation.decimals
    for line in unit.elements if unit else ():
        average = shown(line.average, decimals)
        told = STATES.get(line.state, "—") if average is None else french.number(average)
        words = case.elements.get(line.element, {"display": line.element, "short": ""})
        counts = bool(line.coefficient)
        rows.append(
            ElementRow(
                words["display"],
                words["short"],
                marks.get(line.element, "") if counts else "",
                counts,
                french.short(line.coefficient),
                told if counts else "non noté",
                counts and line.average is not None and line.state in ("ATT", "missing"),
            )
        )
    return rows


def written_marks(case: Case) -> dict[str, SafeString]:
    """The évaluations of each element, written once: an element is in the tables of several UE."""
    return {name: _written(lines) for name, lines in marks(case).items() if lines}


def _written(lines: list[MarkLine]) -> SafeString:
    several = len(lines) > 1
    return format_html(
        '<span class="evals">{}</span>',
        format_html_join(
            ", ",
            "{} <b>{}</b>{}",
            (
                (line.title, line.got, f" (coef. {french.short(line.coefficient)})" if several else "")
                for line in lines
            ),
        ),
    )


def marks(case: Case) -> dict[str, list[MarkLine]]:
    """The évaluations of each element, from the frozen figures; the second chance last."""
    by_element = {}
    for name, element in case.student.elements.items():
        titles = assessment_titles(case, name)
        lines = [
            MarkLine(
                titles[place] if place < len(titles) else f"Évaluation {place + 1}",
                _got(mark.value, mark.out_of, mark.code),
                mark.coefficient,
            )
            for place, mark in enumerate(element.marks)
        ]
        if chance := element.second_chance:
            got = _got(chance.value, chance.out_of, chance.code)
            lines.append(MarkLine("Seconde chance", got, chance.coefficient))
        by_element[name] = lines
    return by_element


def _got(value: Decimal | None, out_of: Decimal, code: str) -> str:
    if value is None:
        return code or "—"
    return french.number(value) if out_of == TWENTY else f"{french.number(value)}/{french.number(out_of)}"


def blocks(proceedings: Proceedings, case: Case) -> dict[str, Any]:
    """One block a competence judged, one for each other level of which something is known."""
    verdict, judged, marks = case.verdict, [], written_marks(case)
    for column in proceedings.columns_of(case):
        rcue = verdict.rcues.get(column.rcue) if column.rcue else None
        subjects = (*column.units, column.rcue or "")
        judged.append(
            {
                "column": column,
                "rcue": rcue,
                "units": [
                    (
                        name,
                        unit := verdict.units.get(name),
                        unit and case.kept_since(name),
                        element_rows(case, unit, marks),
                    )
                    for name in column.units
                ],
                "reasons": case.reasons_about(*subjects),
            }
        )
    shown = {name for column in proceedings.columns_of(case) for name in column.units}
    others = [
        {
            "title": f"{name.rpartition('/')[0]}, niveau {name.rpartition('/')[2]}",
            "rcue": rcue,
            "units": [(unit, verdict.units[unit]) for unit in rcue.units if unit in verdict.units],
            "reasons": case.reasons_about(name, *rcue.units),
        }
        for name, rcue in verdict.rcues.items()
        if not shown & set(rcue.units)
    ]
    return {
        "blocks": judged,
        "other_blocks": others,
        "aside": set_aside(proceedings.context),
        "year_reasons": case.reasons_about("year", "progression", "diplomas"),
    }
