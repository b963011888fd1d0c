"""The path of a student over the years: a column a year, a line a competence, a node a level."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from jury.cases import past
from jury.cases.case import Case
from jury.rules import Code


@dataclass(frozen=True, slots=True)
class Year:
    """A year of the cursus: what each jury said of it, and whether it is judged here.

    `results`: school year, code, and the parcours when it is another than the present one.
    """

    number: int
    results: tuple[tuple[str, Code, str], ...]
    current: bool
    future: bool

    @property
    def when(self) -> str:
        return "cur" if self.current else "future" if self.future else ""


@dataclass(frozen=True, slots=True)
class Node:
    """A level of a competence: its average and code, if a jury said something of it."""

    level: int
    average: Decimal | None
    code: Code | None
    first: bool
    known: bool


@dataclass(frozen=True, slots=True)
class Lane:
    """A competence through the years; None where it is not taught."""

    competence: str
    short: str
    nodes: tuple[tuple[Year, Node | None], ...]


def path(case: Case) -> tuple[list[Year], list[Lane]]:
    """The years and the lanes, from the frozen figures alone."""
    judged = case.student.year
    last = max((rcue.year for rcue in case.cohort.rcues), default=judged)
    years = [
        Year(
            number,
            tuple(
                (result["school_year"], Code(result["code"]), past.other_parcours(case, result))
                for result in case.person["path"]
                if result["subject"] == f"BUT{number}"
            ),
            current=number == judged,
            future=number > judged,
        )
        for number in range(1, last + 1)
    ]
    words = case.figures.context["competences"]
    levels: dict[str, dict[int, Node]] = {}
    for rcue in sorted(case.cohort.rcues, key=lambda rcue: (rcue.competence, rcue.year)):
        verdict = case.verdict.rcues.get(rcue.name)
        of_competence = levels.setdefault(rcue.competence, {})
        of_competence[rcue.year] = Node(
            rcue.level,
            verdict.average if verdict else None,
            verdict.code if verdict else None,
            first=not of_competence,
            known=verdict is not None,
        )
    lanes = [
        Lane(
            competence,
            words[competence]["short"] if competence in words else "",
            tuple((year, nodes.get(year.number)) for year in years),
        )
        for competence, nodes in levels.items()
    ]
    return years, lanes
