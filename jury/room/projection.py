"""The projection: the case discussed, read from ten metres; names only if wanted."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from butrt.base import french
from jury.cases.case import Case
from jury.cases.proceedings import Column
from jury.room.missing import missing
from jury.room.options import year_options
from jury.room.page import Room
from jury.rules import Code, codes


@dataclass(frozen=True, slots=True)
class Result:
    """An average on the screen: of a UE, or of a RCUE."""

    name: str
    average: str
    sign: str
    family: str
    words: str


@dataclass(frozen=True, slots=True)
class Tile:
    """A competence on the screen; `rcue` is None at an odd-semester jury."""

    competence: str
    short: str
    family: str
    rcue: Result | None
    units: tuple[Result, ...]


def projected(room: Room, number: str) -> dict[str, Any]:
    """What the projection shows: the case discussed when there is one, else where the jury stands.

    Without names none is written in the page.
    """
    case = room.case(number)
    context: dict[str, Any] = {
        "room": room,
        "session": room.session,
        "proceedings": room.proceedings,
        "names": room.preference.names,
        "case": case,
        "left": [row for row in room.rows if row.case.undecided],
    }
    if case is None:
        return context
    place = next(row.place for row in room.rows if row.case is case)
    following = next((row for row in context["left"] if row.place > place), None)
    first, _ = year_options(case) if case.judges_year else ([], [])
    return context | {
        "place": place,
        "following": following,
        "tiles": [_tile(case, column) for column in room.proceedings.columns_of(case)],
        "missing": missing(case) if case.undecided else None,
        "may": first if case.undecided else [],
    }


def _tile(case: Case, column: Column) -> Tile:
    units = tuple(
        _result(name, unit.average, unit.code, "unit")
        for name in column.units
        if (unit := case.verdict.units.get(name)) is not None
    )
    verdict = case.verdict.rcues.get(column.rcue) if column.rcue else None
    rcue = _result(column.competence, verdict.average, verdict.code, "rcue") if verdict else None
    family = (rcue or units[0]).family if rcue or units else "slate"
    return Tile(column.competence, column.short, family, rcue, units)


def _result(name: str, average: Decimal | None, code: Code | None, about: codes.About) -> Result:
    shown = french.number(average)
    if code is None:
        return Result(name, shown, "…", "slate", "provisoire")
    return Result(name, shown, codes.sign(code), codes.family(code), codes.words(code, about))
