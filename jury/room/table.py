"""The table of the jury: one row a student, each cell ready to show. The template only lays it out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from jury.proceedings import STANDING_WORDS, Case, Column, Proceedings
from jury.rules import Code, Distance, RcueVerdict, UnitVerdict, codes

FAR = Decimal(20)


@dataclass(frozen=True, slots=True)
class Cell:
    """An average in the table: its text, its colour family and shape (CSS), its sign, its words."""

    css: str
    text: str
    sign: str
    words: str
    # What a phone shows above the number, "" for none.
    head: str = ""
    # The school year of an earlier acquisition, "" for this year's.
    kept: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """A student in the table."""

    case: Case
    cells: tuple[Cell, ...]
    # Told where something is left to the jury: it costs several decisions to find.
    distance: Distance | None


@dataclass(frozen=True, slots=True)
class Group:
    """The rows that stand at the same point, those nearest to the next code first when they wait."""

    standing: str
    words: str
    family: str
    rows: tuple[Row, ...]


FAMILIES = {
    "todo": "gold",
    "blocked": "slate",
    "right": "green",
    "adopted": "green",
    "person": "violet",
    "gone": "slate",
}


def groups(proceedings: Proceedings) -> list[Group]:
    """The rows of a session, by what is left to do, in the order of `STANDING_WORDS`."""
    found = []
    for standing, words in STANDING_WORDS.items():
        rows = [_row(case, proceedings) for case in proceedings.cases if case.standing == standing]
        if standing == "todo":
            rows.sort(key=lambda row: row.distance.points if row.distance else FAR)
        if rows:
            found.append(Group(standing, words, FAMILIES[standing], tuple(rows)))
    return found


def _row(case: Case, proceedings: Proceedings) -> Row:
    cells = tuple(cell for column in proceedings.columns for cell in _cells(case, column, proceedings))
    return Row(case, cells, case.distance if case.standing == "todo" else None)


def _cells(case: Case, column: Column, proceedings: Proceedings) -> Iterator[Cell]:
    for name in column.units:
        unit = case.verdict.units.get(name)
        yield _unit_cell(unit, (unit and case.kept_since(name)) or "")
    if column.rcue:
        minimum = proceedings.cohort.regulation.rcue_minimum
        yield _rcue_cell(case.verdict.rcues.get(column.rcue), column.competence, minimum)


def _unit_cell(unit: UnitVerdict | None, kept: str) -> Cell:
    """A UE acquired by its average has neither colour nor sign: only what there is to read stands out."""
    if unit is None or (unit.average is None and unit.code is None):
        return Cell("ue none", "—", "", "pas de moyenne")
    text = _shown(unit.average)
    if unit.code is None:
        return Cell("ue k-slate c", text, "…", "provisoire")
    if unit.code == Code.ADM:
        return Cell("ue", text, "", f"acquise en {kept}" if kept else "", kept=kept)
    return Cell(f"ue k-{codes.family(unit.code)} c", text, codes.sign(unit.code), codes.words(unit.code))


def _rcue_cell(rcue: RcueVerdict | None, head: str, minimum: Decimal) -> Cell:
    if rcue is None or (rcue.average is None and rcue.code is None):
        return Cell("rcue", "—", "", "pas de moyenne", head)
    text = _shown(rcue.average)
    if rcue.code is None:
        return Cell("rcue k-slate c", text, "…", "provisoire", head)
    low = rcue.code == Code.AJ and rcue.average is not None and rcue.average < minimum
    css = f"rcue k-{codes.family(rcue.code)} c{' low' if low else ''}"
    return Cell(css, text, codes.sign(rcue.code), codes.words(rcue.code, "rcue"), head)


def _shown(average: Decimal | None) -> str:
    return "—" if average is None else str(average).replace(".", ",")
