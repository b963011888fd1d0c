"""Equal treatment: who is in the same situation, and who did as well or better and was decided worse.

Both are one comparison, `Situation.at_least`, of what the texts count in a year: the competences at the pass
mark or more, those under the minimum; where the two disagree, the mean. Pure, over the cases of one session.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction

from butrt.base import french
from butrt.base.french import NBSP
from grades.averages import weighted_mean
from jury.cases.case import Case
from jury.rules import Code, Regulation

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
    # Of the averages known; None when there is none. Two students in the same situation have their own.
    mean: Fraction | None = field(default=None, compare=False)
    # By whose thresholds they are counted.
    regulation: Regulation = field(kw_only=True, compare=False)

    def __str__(self) -> str:
        """ "1 sur 2 à 10 ou plus, aucune sous 8"."""
        pass_mark, minimum = self.regulation.pass_mark, self.regulation.rcue_minimum
        reached = f"{self.reached} sur {self.competences} à {french.short(pass_mark)} ou plus"
        return f"{reached}, {self.low or 'aucune'} sous {french.short(minimum)}"

    def at_least(self, other: Situation) -> bool:
        """Whether it is as good as another, or better.

        As many competences at the pass mark or more; and no more of them under the minimum or, if there
        are, a mean at least as high all the same.
        """
        if self.competences != other.competences or self.reached < other.reached:
            return False
        if self.low <= other.low:
            return True
        return self.mean is not None and other.mean is not None and self.mean >= other.mean


def situation(case: Case) -> Situation | None:
    """By the rules alone; None for a year that is of right, blocked, gone, or not judged."""
    return _measured(case) if case.proposal.options else None


def _measured(case: Case) -> Situation | None:
    """The same of a year that is of right too; None of who left, or has no RCUE decided here."""
    rcues = [case.proposal.rcues[name] for name in case.year_rcues if name in case.proposal.rcues]
    if case.gone or not rcues:
        return None
    regulation = case.cohort.regulation
    known = [rcue.average for rcue in rcues if rcue.average is not None]
    return Situation(
        len(rcues),
        sum(
            rcue.acquired if rcue.average is None else rcue.average >= regulation.pass_mark for rcue in rcues
        ),
        sum(average < regulation.rcue_minimum for average in known),
        case.proposal.options,
        weighted_mean([(1, Fraction(average)) for average in known]),
        regulation=regulation,
    )


def alike(case: Case, cases: Iterable[Case]) -> list[Case]:
    """The other students in the same situation, in the order of the session."""
    mine = situation(case)
    return [other for other in cases if other.id != case.id and mine and situation(other) == mine]


@dataclass(frozen=True, slots=True)
class Unequal:
    """`harsher` did as well as `kinder` or better, and the jury was harder on them."""

    harsher: Case
    kinder: Case

    @property
    def lines(self) -> list[tuple[Case, Situation | None, str]]:
        """Both students, what is compared, their numbers: 1 sur 2 à 10 ou plus, RT1 10,48, RT2 9,98…"""
        return [(case, _measured(case), numbers(case)) for case in (self.harsher, self.kinder)]

    @property
    def same(self) -> bool:
        """Whether each card calls the other "même situation"."""
        mine = situation(self.harsher)
        return mine is not None and mine == situation(self.kinder)


def numbers(case: Case) -> str:
    """The RCUE averages of the year, in the programme's order."""
    rcues = [(name, case.verdict.rcues[name]) for name in case.year_rcues if name in case.verdict.rcues]
    return ", ".join(
        f"{name.partition('/')[0]}{NBSP}{'—' if rcue.average is None else french.number(rcue.average)}"
        for name, rcue in rcues
    )


def points_of_consistency(cases: Iterable[Case]) -> list[Unequal]:
    """Every such pair in which a person decided at least one of the two; what is of right is not a choice."""
    ranked = _compared(cases)
    return [
        Unequal(harsher, kinder)
        for harsher, better in ranked
        for kinder, lesser in ranked
        if _is_a_point(harsher, better, kinder, lesser)
    ]


def points_about(case: Case, cases: Iterable[Case]) -> list[Unequal]:
    """Those that concern one student: as many comparisons as there are students."""
    compared_with = [other for other in cases if "person" in (case.standing, other.standing)]
    mine = next((theirs for _, theirs in _compared([case])), None) if compared_with else None
    if mine is None:
        return []
    points = []
    for other, theirs in _compared(compared_with):
        if _is_a_point(case, mine, other, theirs):
            points.append(Unequal(case, other))
        elif _is_a_point(other, theirs, case, mine):
            points.append(Unequal(other, case))
    return points


def _compared(cases: Iterable[Case]) -> list[tuple[Case, Situation]]:
    """The cases with a decision to compare, and what they are compared by; without one, nothing compares."""
    decided = [case for case in cases if case.verdict.year in FAVOUR]
    return [(case, measured) for case in decided if (measured := _measured(case)) is not None]


def _is_a_point(harsher: Case, better: Situation, kinder: Case, lesser: Situation) -> bool:
    if FAVOUR[harsher.verdict.year] >= FAVOUR[kinder.verdict.year]:
        return False
    if "person" not in (harsher.standing, kinder.standing):
        return False
    # NAR for want of a repeat left is not harder than RED: the choice was not there.
    if kinder.verdict.year == Code.RED and better.options and Code.RED not in better.options:
        return False
    return better.at_least(lesser)
