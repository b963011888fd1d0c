"""What a verdict comes to, without its reasons, and what changes from one to another, in French lines.

Pure: the card's confirmation, "et si", what a corrected mark or another règlement would change all read it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from jury.rules import PASSING, Code, Verdict
from jury.rules.numbers import credits_text, french
from jury.rules.reasons import NBSP, listed

Kind = Literal["unit", "rcue", "year", "options", "credits", "next", "diploma"]


@dataclass(frozen=True, slots=True)
class Said:
    """The average shown and the code of a UE or a RCUE; either may be missing."""

    average: Decimal | None
    code: Code | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """Everything that a verdict gives a student: codes and averages, credits, what follows."""

    units: Mapping[str, Said]
    rcues: Mapping[str, Said]
    year: Code | None
    ects_year: Decimal
    ects_total: Decimal
    semester: int | None
    right: bool | None
    missing: tuple[str, ...]
    diplomas: tuple[str, ...]

    @classmethod
    def of(cls, verdict: Verdict) -> Outcome:
        return cls(
            units={name: Said(unit.average, unit.code) for name, unit in verdict.units.items()},
            rcues={name: Said(rcue.average, rcue.code) for name, rcue in verdict.rcues.items()},
            year=verdict.year,
            ects_year=verdict.ects_year,
            ects_total=verdict.ects_total,
            semester=verdict.progression.semester,
            right=verdict.progression.right,
            missing=verdict.progression.missing,
            diplomas=verdict.diplomas,
        )

    @property
    def decided(self) -> tuple[object, ...]:
        """What it decides, without the averages: two outcomes alike in this grant the same."""
        return (
            {name: said.code for name, said in self.units.items()},
            {name: said.code for name, said in self.rcues.items()},
            self.year,
            self.ects_total,
            (self.semester, self.right, self.missing),
            self.diplomas,
        )

    def to_json(self) -> dict[str, Any]:
        return {
            "units": _said_to_json(self.units),
            "rcues": _said_to_json(self.rcues),
            "year": self.year,
            "ects": [str(self.ects_year), str(self.ects_total)],
            "next": [self.semester, self.right, list(self.missing)],
            "diplomas": list(self.diplomas),
        }

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Outcome:
        """The inverse of `to_json`."""
        semester, right, missing = kept["next"]
        ects_year, ects_total = map(Decimal, kept["ects"])
        return cls(
            units=_said_from_json(kept["units"]),
            rcues=_said_from_json(kept["rcues"]),
            year=Code(kept["year"]) if kept["year"] else None,
            ects_year=ects_year,
            ects_total=ects_total,
            semester=semester,
            right=right,
            missing=tuple(missing),
            diplomas=tuple(kept["diplomas"]),
        )


def _said_to_json(said: Mapping[str, Said]) -> dict[str, list[str | None]]:
    return {
        name: [None if each.average is None else str(each.average), each.code] for name, each in said.items()
    }


def _said_from_json(kept: Mapping[str, list[str | None]]) -> dict[str, Said]:
    return {
        name: Said(None if average is None else Decimal(average), Code(code) if code else None)
        for name, (average, code) in kept.items()
    }


@dataclass(frozen=True, slots=True)
class Change:
    """One line of what changes: on what, from what, to what, ready to print.

    The codes are given beside the words where there are some, for their sign and colour.
    """

    kind: Kind
    about: str
    before: str
    after: str
    code_before: Code | None = None
    code_after: Code | None = None

    def __str__(self) -> str:
        return f"{self.about}{NBSP}: {self.before} → {self.after}"

    @property
    def coded(self) -> bool:
        """Whether what changes is a code: the page shows its sign and its colour."""
        return self.kind in ("unit", "rcue", "year") and self.code_before != self.code_after


def changes(before: Outcome, after: Outcome, *, averages: bool = False, beside: bool = False) -> list[Change]:
    """What differs from one outcome to another, a line each; with `averages`, those that changed too.

    With `beside`, an average that did not move is told beside its code all the same.
    In the order of the texts: UE, RCUE, year, credits, next semester, diplomas. Empty when nothing does.
    """
    return list(_changes(before, after, averages, beside))


def _changes(before: Outcome, after: Outcome, averages: bool, beside: bool) -> Iterator[Change]:
    yield from _said_changes("unit", before.units, after.units, averages, beside)
    yield from _said_changes("rcue", before.rcues, after.rcues, averages, beside)
    if before.year != after.year:
        was, becomes = (str(each) if each else "à décider" for each in (before.year, after.year))
        yield Change("year", "Année", was, becomes, before.year, after.year)
    if (before.ects_year, before.ects_total) != (after.ects_year, after.ects_total):
        gained = after.ects_total - before.ects_total
        sign = "+" if gained >= 0 else "−"
        yield Change(
            "credits",
            "Crédits",
            credits_text(before.ects_year),
            f"{credits_text(after.ects_year)} cette année ({sign}{NBSP}{credits_text(abs(gained))}), "
            f"{credits_text(after.ects_total)} en tout",
        )
    if (first := next_words(before)) != (then := next_words(after)):
        yield Change("next", "Suite", first, then)
    for diploma in sorted(set(before.diplomas) ^ set(after.diplomas), reverse=True):
        was, becomes = ("obtenu" if diploma in each.diplomas else "non obtenu" for each in (before, after))
        yield Change("diploma", diploma, was, becomes)


def _said_changes(
    kind: Kind, before: Mapping[str, Said], after: Mapping[str, Said], averages: bool, beside: bool
) -> Iterator[Change]:
    nothing = Said(None, None)
    for name in dict.fromkeys([*before, *after]):
        was, becomes = before.get(name, nothing), after.get(name, nothing)
        moved = was.average != becomes.average
        if was.code == becomes.code and not (averages and moved):
            continue
        about = name if kind == "unit" else competence(name)
        told = moved or (beside and was.average is not None)
        yield Change(kind, about, _said(was, told), _said(becomes, told), was.code, becomes.code)


def _said(said: Said, with_average: bool) -> str:
    """ "9,98 AJ", or the code alone."""
    code = str(said.code) if said.code else "sans code"
    if not with_average:
        return code
    return f"{'—' if said.average is None else french(said.average)}{NBSP}{code}"


def competence(rcue: str) -> str:
    """ "RT2 niveau 2", for RT2/2."""
    name, _, level = rcue.rpartition("/")
    return f"{name} niveau{NBSP}{level}"


def next_words(outcome: Outcome) -> str:
    """What comes next, in a few words: "S5 ouvert", "S5 fermé : UE13", "redoublement"."""
    if outcome.semester is None:
        return "fin du cursus" if outcome.year in PASSING else "—"
    if outcome.right:
        return f"S{outcome.semester} ouvert"
    if outcome.missing and (outcome.year in PASSING or outcome.year is None):
        return f"S{outcome.semester} fermé{NBSP}: {listed(outcome.missing)}"
    if outcome.year is None:
        return f"S{outcome.semester} selon le jury"
    return {Code.RED: "redoublement", Code.NAR: "orientation"}.get(outcome.year, "rien de droit")
