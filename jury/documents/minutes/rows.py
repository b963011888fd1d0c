"""The table of the PV: a row a student."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from butrt.base import french
from butrt.base.sorting import name_key
from jury.cases import outlook, wording
from jury.cases.case import Case
from jury.cases.proceedings import Column, Proceedings
from jury.documents.minutes import formerly
from jury.models import Decision
from jury.rules import Code, codes


@dataclass(frozen=True, slots=True)
class Cell:
    """An average and what its code looks like; no sign for a UE acquired by its average."""

    text: str
    sign: str = ""
    family: str = ""
    kept: str = ""
    by_jury: bool = False

    @property
    def look(self) -> str:
        """Its classes: its colour, unless what it says is the ordinary; plain when the number is alone."""
        colour = f" kk k-{self.family}" if self.family not in ("", "green") else ""
        return colour + ("" if self.sign or self.kept else " plain")


def row_of(case: Case, columns: Iterable[Column]) -> dict[str, Any]:
    person, verdict = case.person, case.verdict
    return {
        "person": person,
        "ine": case.ine,
        "birth": wording.birth(person),
        "groups": [
            {
                "units": [_unit_cell(case, unit) for unit in column.units],
                "rcue": _rcue_cell(case, column.rcue) if column.rcue else None,
            }
            for column in columns
        ],
        "year": verdict.year,
        "sign": codes.sign(verdict.year) if verdict.year else "",
        "family": codes.family(verdict.year) if verdict.year else "slate",
        "words": _year_words(case),
        "by_jury": case.year_decision is not None,
        "ects": french.short(verdict.ects_year),
        "total": french.short(verdict.ects_total),
        "next": _next(case),
    }


def in_legal_order(cases: Sequence[Case]) -> Sequence[Case]:
    """Cases by the names that the PV prints, where pages put some under another name; else as they were."""
    if all(case.name == case.legal_name for case in cases):
        return cases
    return sorted(
        cases, key=lambda case: name_key(case.person["last_name"], case.person["first_name"], case.id)
    )


def kept_before(rows: Iterable[dict[str, Any]]) -> list[str]:
    """What marks, in the table, the UE acquired by an earlier jury: "24", "av."."""
    cells = [cell for row in rows for group in row["groups"] for cell in group["units"]]
    return sorted({cell.kept for cell in cells if cell.kept and not cell.sign})


def _next(case: Case) -> str:
    """What comes next, as the PV of that edition of the rules says it."""
    return formerly.next_step(case) if case.figures.rules < 3 else outlook.few_words(case.following) or "—"


def printed_rows(proceedings: Proceedings) -> list[tuple[str, str, list[tuple[str, str]]]]:
    """What the table prints of each student: name, what begins their figures, then each place and its text.

    The texts follow each other on the page, without anything between them: a verifier looks for them there.
    """
    rows = []
    for case, columns in ((case, part.columns) for part in proceedings.parts for case in part.cases):
        row = row_of(case, columns)
        cells = []
        for column, group in zip(columns, row["groups"], strict=True):
            cells += [
                (name, cell.text + (cell.sign or cell.kept))
                for name, cell in zip(column.units, group["units"], strict=True)
            ]
            if group["rcue"]:
                cells.append((column.competence, group["rcue"].text + group["rcue"].sign))
        cells.append(("année", f"{row['sign']}{row['year'] or ''}{row['words']}"))
        cells += [("ECTS", row["ects"]), ("cumul des ECTS", row["total"]), ("suite", row["next"])]
        rows.append((case.legal_name, f"n° {case.person['number']} · {case.ine}", cells))
    return rows


def _year_words(case: Case) -> str:
    if case.verdict.year is None:
        return "en attente" if case.judges_year else ""
    words = codes.words(case.verdict.year, "year", wording.gender(case))
    since = case.person["status_since"]
    return f"{words} {wording.since(case.verdict.year, since)}" if case.gone and since else words


def _unit_cell(case: Case, name: str) -> Cell:
    unit = case.verdict.units[name]
    kept = case.kept_since(name)
    if unit.code is None:
        return Cell(french.number(unit.average), "" if case.gone else "…", "slate")
    return Cell(
        french.number(unit.average),
        "" if unit.code == Code.ADM else codes.sign(unit.code),
        "" if unit.code == Code.ADM else codes.family(unit.code),
        "" if kept is None else kept[-2:] or "av.",
        decided(case, Decision.Kind.UNIT, name),
    )


def _rcue_cell(case: Case, name: str) -> Cell:
    rcue = case.verdict.rcues.get(name)
    if rcue is None or rcue.code is None:
        return Cell(french.number(rcue.average if rcue else None), "", "slate")
    return Cell(
        french.number(rcue.average),
        codes.sign(rcue.code),
        codes.family(rcue.code),
        by_jury=decided(case, Decision.Kind.RCUE, name),
    )


def decided(case: Case, kind: str, subject: str) -> bool:
    return any(decision.kind == kind and decision.subject == subject for decision in case.decisions)
