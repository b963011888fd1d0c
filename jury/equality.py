"""Equal treatment: who is in the same situation, and who did as well or better and was decided worse.

Pure, over the cases of one session.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from operator import ge

from jury.proceedings import Case
from jury.rules import Code
from jury.rules.numbers import french
from jury.rules.reasons import NBSP

# A year's codes from the least to the most favourable; those that only wait, or say that one left, compare
# with nothing.
FAVOUR: dict[Code | None, int] = {
    Code.NAR: 0,
    Code.RED: 1,
    Code.PAS1NCI: 2,
    Code.PASD: 3,
    Code.ADSUP: 4,
    Code.ADJ: 4,
    Code.ADM: 4,
}


@dataclass(frozen=True, slots=True)
class Situation:
    """What makes two students comparable before the jury.

    As many competences in the year, at the pass mark and under the minimum, the same choices left.
    """

    competences: int
    reached: int
    low: int
    options: tuple[Code, ...]

    def __str__(self) -> str:
        under = "aucune" if not self.low else str(self.low)
        return f"{self.reached} sur {self.competences} à 10 ou plus, {under} sous 8"


def situation(case: Case) -> Situation | None:
    """By the rules alone; None for a year that is of right, blocked, gone, or not judged."""
    if case.gone or not case.proposal.options:
        return None
    regulation = case.cohort.regulation
    rcues = [case.proposal.rcues[name] for name in case.year_rcues if name in case.proposal.rcues]
    averages = [rcue.average for rcue in rcues]
    return Situation(
        len(rcues),
        sum(
            rcue.acquired if rcue.average is None else rcue.average >= regulation.pass_mark for rcue in rcues
        ),
        sum(average is not None and average < regulation.rcue_minimum for average in averages),
        case.proposal.options,
    )


def alike(case: Case, cases: Iterable[Case]) -> list[Case]:
    """The other students in the same situation, in the order of the session."""
    mine = situation(case)
    return [each for each in cases if each.id != case.id and mine and situation(each) == mine]


@dataclass(frozen=True, slots=True)
class Unequal:
    """`harsher` did as well as `kinder` or better in every UE and RCUE, and the jury was harder on them."""

    harsher: Case
    kinder: Case

    @property
    def lines(self) -> list[tuple[Case, str]]:
        """Both students with their numbers: RT1 10,48, RT2 9,98…"""
        return [(case, numbers(case)) for case in (self.harsher, self.kinder)]


def numbers(case: Case) -> str:
    """The RCUE averages of the year, in the programme's order."""
    rcues = [(name, case.verdict.rcues[name]) for name in case.year_rcues if name in case.verdict.rcues]
    return ", ".join(
        f"{name.partition('/')[0]}{NBSP}{'—' if rcue.average is None else french(rcue.average)}"
        for name, rcue in rcues
    )


def points_of_consistency(cases: Iterable[Case]) -> list[Unequal]:
    """Every such pair in which a person decided at least one of the two; what is of right is not a choice."""
    ranked = [(FAVOUR[case.verdict.year], case, averages) for case, averages in _compared(cases)]
    return [
        Unequal(harsher, kinder)
        for low, harsher, better in ranked
        for high, kinder, lesser in ranked
        if low < high and _is_a_point(harsher, better, kinder, lesser)
    ]


def points_about(case: Case, cases: Iterable[Case]) -> list[Unequal]:
    """Those that concern one student: as many comparisons as there are students."""
    compared = list(_compared(cases))
    mine = next((averages for each, averages in compared if each.id == case.id), None)
    if mine is None:
        return []
    rank, found = FAVOUR[case.verdict.year], []
    for other, averages in compared:
        theirs = FAVOUR[other.verdict.year]
        if rank < theirs and _is_a_point(case, mine, other, averages):
            found.append(Unequal(case, other))
        elif theirs < rank and _is_a_point(other, averages, case, mine):
            found.append(Unequal(other, case))
    return found


Averages = tuple[tuple[str, ...], tuple[Decimal, ...]]


def _compared(cases: Iterable[Case]) -> Iterator[tuple[Case, Averages]]:
    """The cases with a decision to compare, and their averages; without one, nothing compares."""
    for case in cases:
        if case.verdict.year not in FAVOUR or case.gone:
            continue
        verdict = case.verdict
        judged = [unit.code for unit in case.cohort.judged(case.student)]
        said = {name: verdict.units[name].average for name in judged if name in verdict.units}
        said |= {name: verdict.rcues[name].average for name in case.year_rcues if name in verdict.rcues}
        known = [average for average in said.values() if average is not None]
        if len(known) == len(said):
            yield case, (tuple(said), tuple(known))


def _is_a_point(harsher: Case, better: Averages, kinder: Case, lesser: Averages) -> bool:
    if "person" not in (harsher.standing, kinder.standing) or better[0] != lesser[0]:
        return False
    return all(map(ge, better[1], lesser[1]))
