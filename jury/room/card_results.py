"""The results on the card: a block a competence, its UE, their elements and marks, the reasons."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from butrt.base import french
from jury.cases.aside import set_aside
from jury.cases.case import Case
from jury.cases.proceedings import Proceedings
from jury.cases.trials import assessment_titles

TWENTY = Decimal(20)


@dataclass(frozen=True, slots=True)
class MarkLine:
    """An évaluation: its title, what was got, its coefficient."""

    title: str
    got: str
    coefficient: Decimal


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
    verdict, judged = case.verdict, []
    for column in proceedings.columns_of(case):
        rcue = verdict.rcues.get(column.rcue) if column.rcue else None
        subjects = (*column.units, column.rcue or "")
        judged.append(
            {
                "column": column,
                "rcue": rcue,
                "units": [
                    (name, verdict.units.get(name), name in verdict.units and case.kept_since(name))
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
        "marks": marks(case),
        "aside": set_aside(proceedings.context),
        "year_reasons": case.reasons_about("year", "progression", "diplomas"),
    }
