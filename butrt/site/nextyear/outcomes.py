"""What the juries of a school year decided of each student, and the place that it opens the year after.

Nothing is decided here: what a verdict entails is `Case.following` (jury/rules/following.py).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from curriculum.models import Department
from grades.models import Enrolment, Student
from jury.cases import outlook
from jury.cases.case import Case, last_word
from jury.cases.source import Source
from jury.models import Session
from jury.rules.following import Following, Step
from jury.rules.verdict import is_acquired


class Fate(StrEnum):
    """The part of the page where a student is read."""

    PASSES = "passes"
    REPEATS = "repeats"
    APART = "apart"
    LEAVES = "leaves"


FATES = {
    Step.OPENS: Fate.PASSES,
    Step.CLOSED: Fate.REPEATS,
    Step.REPEATS: Fate.REPEATS,
    Step.FINISHED: Fate.LEAVES,
    Step.REFUSED: Fate.LEAVES,
    Step.LEFT: Fate.LEAVES,
}
"""Who is in no doubt; the others are shown apart: the jury waits, did not decide, or a person has to."""


class Seat(NamedTuple):
    """What opens to a student: a year of the BUT, and which of its semesters."""

    year: int
    semesters: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Outcome:
    """A student at the end of a school year: where they were, what was decided, what follows."""

    enrolment: Enrolment
    case: Case | None
    """By the last closed jury that judged their year; None: none did."""

    @property
    def student(self) -> Student:
        return self.enrolment.student

    @property
    def following(self) -> Following | None:
        return self.case.following if self.case else None

    @property
    def fate(self) -> Fate:
        if self.gone:
            return Fate.LEAVES
        return FATES.get(self.following.step, Fate.APART) if self.following else Fate.APART

    @property
    def gone(self) -> bool:
        """Whether they left since, or before any jury; a gap year is no departure."""
        return self.enrolment.has_left and self.enrolment.status != Enrolment.Status.GAP_YEAR

    @property
    def words(self) -> str:
        """What was decided, in few words: "S3", "redouble S3, S4", "en attente du jury"."""
        if self.gone:
            return self.enrolment.get_status_display()
        if self.following is None:
            if self.enrolment.status == Enrolment.Status.GAP_YEAR:
                return self.enrolment.get_status_display()
            return "pas de décision d’un jury clos"
        return outlook.few_words(self.following)

    @property
    def family(self) -> str:
        """The colour family of those words."""
        return outlook.family(self.following) if self.following and not self.gone else "slate"

    @property
    def sign(self) -> str:
        return outlook.sign(self.following) if self.following and not self.gone else "…"

    @property
    def seat(self) -> Seat | None:
        """What opens to them, of right or by the jury; None: nothing is proposed."""
        if self.gone:
            return None
        if self.enrolment.status == Enrolment.Status.GAP_YEAR:
            return Seat(self.enrolment.cohort.year, tuple(self.enrolment.semesters))
        follows = self.following
        if follows is None or self.case is None:
            return None
        match follows.step:
            case Step.OPENS if follows.semester is not None and follows.semester % 2:
                return Seat((follows.semester + 1) // 2, (follows.semester, follows.semester + 1))
            case Step.REPEATS if follows.repeats:
                return Seat(follows.year, follows.repeats)
            case Step.CLOSED:
                closing = (unit for unit in self.case.cohort.units if unit.code in follows.again)
                return Seat(1, tuple(sorted({unit.semester for unit in closing})))
            case Step.GAP_YEAR:
                return Seat(self.enrolment.cohort.year, tuple(self.enrolment.semesters))
        return None

    @property
    def acquired(self) -> list[str]:
        """The UE already acquired of the semesters that would be taken: recalled, not taken again."""
        if self.case is None or self.seat is None:
            return []
        return [
            unit.code
            for unit in self.case.cohort.units
            if unit.semester in self.seat.semesters and is_acquired(unit, self.case.verdict.units)
        ]


def outcomes(department: Department, school_year: int) -> list[Outcome]:
    """One for each student enrolled that year, by name; the number of queries is that of the juries'."""
    rows: dict[int, list[Enrolment]] = defaultdict(list)
    enrolled = Enrolment.objects.filter(
        cohort__specialty__department=department, cohort__school_year=school_year
    ).select_related("student", "group", "cohort__specialty__department", "programme__parcours")
    for enrolment in enrolled.order_by("student__sort_key", "student", "-cohort__year", "pk"):
        rows[enrolment.student_id].append(enrolment)
    cases = _cases(department, school_year, [row for theirs in rows.values() for row in theirs])
    return [_outcome(theirs, cases) for theirs in rows.values()]


class _Judged(NamedTuple):
    """A case, and in which order its jury was held."""

    case: Case
    order: int


def _cases(
    department: Department, school_year: int, enrolments: Iterable[Enrolment]
) -> dict[tuple[int, str], _Judged]:
    """{(promotion, student number): the case of the last closed jury that judged their year}."""
    alone = {row.cohort_id for row in enrolments if not row.takes_even}
    sessions = Session.objects.filter(
        cohort__specialty__department=department, cohort__school_year=school_year, closed_at__isnull=False
    )
    cases = {}
    for order, session in enumerate(sessions.with_programme().order_by("date", "semester", "rank", "pk")):
        if session.judges_year or session.cohort_id in alone:
            for case in Source.of(session).proceedings.cases:
                if session.judges_year or case.judges_year:
                    cases[session.cohort_id, case.id] = _Judged(case, order)
    return cases


def _outcome(enrolments: list[Enrolment], cases: dict[tuple[int, str], _Judged]) -> Outcome:
    """The highest year leads; retaken UE of BUT1, judged since, may open the S5 that it left closed."""
    lead, *others = enrolments
    judged = cases.get((lead.cohort_id, lead.student.number))
    if judged is None:
        return Outcome(lead, None)
    beside = (cases.get((other.cohort_id, other.student.number)) for other in others)
    since = (other.case for other in beside if other and other.order > judged.order)
    return Outcome(lead, last_word(judged.case, since))
