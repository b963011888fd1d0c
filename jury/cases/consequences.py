"""What a verdict comes to, without its reasons, and what changes from one to another, in French lines.

Pure: the card's confirmation, "et si", what a corrected mark or another règlement would change all read it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from typing import Any, Literal

from butrt.base import french
from butrt.base.french import NBSP
from jury.cases import outlook
from jury.rules import Code, Verdict
from jury.rules.following import OF_A_CODE, Following, Step

Kind = Literal["unit", "rcue", "year", "options", "credits", "next", "diploma"]


@dataclass(frozen=True, slots=True)
class AverageAndCode:
    """The average shown and the code of a UE or a RCUE; either may be missing."""

    average: Decimal | None
    code: Code | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """Everything that a verdict gives a student: codes and averages, credits, what follows."""

    units: Mapping[str, AverageAndCode]
    rcues: Mapping[str, AverageAndCode]
    year: Code | None
    ects_year: Decimal
    ects_total: Decimal
    semester: int | None
    right: bool | None
    missing: tuple[str, ...]
    diplomas: tuple[str, ...]
    following: Following = field(compare=False)
    """What all that entails; of what was kept before it was, what can be told."""

    @classmethod
    def of(cls, verdict: Verdict, following: Following) -> Outcome:
        return cls(
            units={name: AverageAndCode(unit.average, unit.code) for name, unit in verdict.units.items()},
            rcues={name: AverageAndCode(rcue.average, rcue.code) for name, rcue in verdict.rcues.items()},
            year=verdict.year,
            ects_year=verdict.ects_year,
            ects_total=verdict.ects_total,
            semester=verdict.progression.semester,
            right=verdict.progression.right,
            missing=verdict.progression.missing,
            diplomas=verdict.diplomas,
            following=following,
        )

    @property
    def decided(self) -> tuple[object, ...]:
        """What it decides, without the averages: two outcomes alike in this grant the same."""
        return (
            {name: unit.code for name, unit in self.units.items()},
            {name: rcue.code for name, rcue in self.rcues.items()},
            self.year,
            self.ects_total,
            (self.semester, self.right, self.missing),
            self.diplomas,
        )

    def to_json(self) -> dict[str, Any]:
        return {
            "units": _results_to_json(self.units),
            "rcues": _results_to_json(self.rcues),
            "year": self.year,
            "ects": [str(self.ects_year), str(self.ects_total)],
            "next": [self.semester, self.right, list(self.missing)],
            "following": asdict(self.following),
            "diplomas": list(self.diplomas),
        }

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Outcome:
        """The inverse of `to_json`."""
        semester, right, missing = kept["next"]
        ects_year, ects_total = map(Decimal, kept["ects"])
        year = Code(kept["year"]) if kept["year"] else None
        return cls(
            units=_results_from_json(kept["units"]),
            rcues=_results_from_json(kept["rcues"]),
            year=year,
            ects_year=ects_year,
            ects_total=ects_total,
            semester=semester,
            right=right,
            missing=tuple(missing),
            diplomas=tuple(kept["diplomas"]),
            following=_following_from_json(kept["following"])
            if "following" in kept
            else _followed(year, semester, right, tuple(missing)),
        )


def _following_from_json(kept: Mapping[str, Any]) -> Following:
    """The inverse of `asdict`."""
    read: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in kept.items()
    }
    read |= {"step": Step(kept["step"]), "code": Code(kept["code"]) if kept["code"] else None}
    return Following(**read)


def _followed(
    year: Code | None, semester: int | None, right: bool | None, gate: tuple[str, ...]
) -> Following:
    """What an outcome kept before edition 3 of the rules entailed, as far as it tells."""
    if right:
        step = Step.OPENS
    elif year is None:
        step = Step.TO_DECIDE
    else:
        step = OF_A_CODE.get(year, Step.CLOSED if semester else Step.FINISHED)
    return Following(step, year, semester=semester, right=bool(right), gate=gate, again=gate)


def _results_to_json(results: Mapping[str, AverageAndCode]) -> dict[str, list[str | None]]:
    return {
        name: [None if result.average is None else str(result.average), result.code]
        for name, result in results.items()
    }


def _results_from_json(kept: Mapping[str, list[str | None]]) -> dict[str, AverageAndCode]:
    return {
        name: AverageAndCode(None if average is None else Decimal(average), Code(code) if code else None)
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
    yield from _result_changes("unit", before.units, after.units, averages, beside)
    yield from _result_changes("rcue", before.rcues, after.rcues, averages, beside)
    if before.year != after.year:
        was, becomes = (str(code) if code else "à décider" for code in (before.year, after.year))
        yield Change("year", "Année", was, becomes, before.year, after.year)
    if (before.ects_year, before.ects_total) != (after.ects_year, after.ects_total):
        yield _credits_change(before, after)
    first, then = (outlook.few_words(outcome.following) for outcome in (before, after))
    if first != then:
        yield Change("next", "Suite", first, then)
    for diploma in sorted(set(before.diplomas) ^ set(after.diplomas), reverse=True):
        was, becomes = (
            "obtenu" if diploma in outcome.diplomas else "non obtenu" for outcome in (before, after)
        )
        yield Change("diploma", diploma, was, becomes)


def _credits_change(before: Outcome, after: Outcome) -> Change:
    """ "50 cette année, 110 en tout" → "60 cette année (+ 10), 120 en tout (+ 10)"."""
    pairs = [(before.ects_total, after.ects_total, "en tout")]
    if before.ects_year != after.ects_year:
        pairs.insert(0, (before.ects_year, after.ects_year, "cette année"))
    return Change(
        "credits",
        "Crédits",
        ", ".join(f"{french.short(was)} {of}" for was, _, of in pairs),
        ", ".join(f"{french.short(becomes)} {of}{_gained(becomes - was)}" for was, becomes, of in pairs),
    )


def _gained(credits: Decimal) -> str:
    sign = "+" if credits > 0 else "−"
    return f" ({sign}{NBSP}{french.short(abs(credits))})" if credits else ""


def _result_changes(
    kind: Kind,
    before: Mapping[str, AverageAndCode],
    after: Mapping[str, AverageAndCode],
    averages: bool,
    beside: bool,
) -> Iterator[Change]:
    nothing = AverageAndCode(None, None)
    for name in dict.fromkeys([*before, *after]):
        was, becomes = before.get(name, nothing), after.get(name, nothing)
        moved = was.average != becomes.average
        if was.code == becomes.code and not (averages and moved):
            continue
        about = name if kind == "unit" else competence(name)
        with_average = moved or (beside and was.average is not None)
        yield Change(
            kind,
            about,
            _in_words(was, with_average),
            _in_words(becomes, with_average),
            was.code,
            becomes.code,
        )


def _in_words(result: AverageAndCode, with_average: bool) -> str:
    """ "9,98 AJ", or the code alone."""
    code = str(result.code) if result.code else "sans code"
    if not with_average:
        return code
    return f"{'—' if result.average is None else french.number(result.average)}{NBSP}{code}"


def competence(rcue: str) -> str:
    """ "RT2 niveau 2", for RT2/2."""
    name, _, level = rcue.rpartition("/")
    return f"{name} niveau{NBSP}{level}"
