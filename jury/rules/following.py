"""What a decision entails, worked out once: what opens, what is repeated, what waits, who leaves (4.5, 4.6).

Every screen, document, list and file words a `Following`; none works it out again.
"""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from .codes import LAST_YEAR, PASSING, Code
from .programme import DIPLOMAS, Cohort, Unit
from .student import Student
from .verdict import Progression, Verdict, is_acquired


class Step(StrEnum):
    """What comes next, from the best to what nobody knows yet."""

    OPENS = "opens"
    """The next semester is open."""
    CLOSED = "closed"
    """The year passes, S5 stays closed until the UE of S1 and S2 are acquired (4.5)."""
    FINISHED = "finished"
    """S6 is passed and nothing is left."""
    UNFINISHED = "unfinished"
    """S6 is passed, UE are left for the BUT."""
    REPEATS = "repeats"
    GAP_YEAR = "gap_year"
    DEFAULTS = "defaults"
    """Défaillant by decision: the year is not acquired."""
    REFUSED = "refused"
    """Not allowed to repeat."""
    LEFT = "left"
    """Resigned, gave up or excluded."""
    RESIT = "resit"
    WAITS = "waits"
    """The jury put its decision off."""
    BLOCKED = "blocked"
    """Marks are awaited."""
    TO_DECIDE = "to_decide"


OF_A_CODE = {
    Code.RED: Step.REPEATS,
    Code.NAR: Step.REFUSED,
    Code.DEF: Step.DEFAULTS,
    Code.ABL: Step.GAP_YEAR,
    Code.DEM: Step.LEFT,
    Code.ABAN: Step.LEFT,
    Code.EXCLU: Step.LEFT,
    Code.RAT: Step.RESIT,
    Code.ATJ: Step.WAITS,
}
"""What follows from a code of the year that does not pass."""


@dataclass(frozen=True, slots=True)
class Before:
    """What earlier juries said that a verdict does not depend on, and what follows does."""

    passed_second_year: bool = False
    """BUT2 passes already: who retakes UE of BUT1 stands before S5."""
    diplomas: frozenset[str] = frozenset()
    """Those granted."""
    given_here: frozenset[str] = frozenset()
    """The UE that a jury held here gave, rather than an import or an equivalence."""


@dataclass(frozen=True, slots=True)
class Following:
    """What a verdict entails.

    `semester`: the one that opens, stays closed or would follow. `again`: the UE to take again before it,
    with RED those of the year, with S5 closed those of S1 and S2; `repeats`: their semesters, with RED.
    `gate`: the UE of S1 and S2 that keep S5 closed, whatever the step. `left`: the RCUE, by competence, that
    a passing year leaves; `waiting`: the UE that an odd-semester jury leaves to compensation. `diplomas`:
    granted here.
    """

    step: Step
    code: Code | None = None
    year: int = 0
    semester: int | None = None
    right: bool = False
    gate: tuple[str, ...] = ()
    again: tuple[str, ...] = ()
    repeats: tuple[int, ...] = ()
    left: tuple[str, ...] = ()
    waiting: tuple[str, ...] = ()
    diplomas: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Credits:
    """ECTS acquired, each with what it is counted of: the two semesters of the year; all known semesters."""

    year: Decimal
    of_the_year: Decimal
    total: Decimal
    of_all: Decimal


NOTHING_BEFORE = Before()


def following(
    student: Student, cohort: Cohort, verdict: Verdict, before: Before = NOTHING_BEFORE
) -> Following:
    """What the verdict of one student entails, decisions of the jury included (annexe 1, 4.5 and 4.6)."""
    cohort = cohort.of(student)
    code = verdict.year or (student.status if student.status in cohort.facts else None)
    progression = _before_s5(student, cohort, verdict, before) or verdict.progression
    left = _not_acquired(cohort, verdict)
    of_the_year = tuple(unit for unit in left if unit.year == student.year)
    gate = progression.missing
    step = _step(student, code, verdict, progression, bool(left))
    again: tuple[str, ...] = ()
    if step is Step.REPEATS:
        again = tuple(unit.code for unit in of_the_year)
    elif step is Step.CLOSED:
        again = gate
    elif step is Step.UNFINISHED:
        again = tuple(unit.code for unit in left)
    return Following(
        step=step,
        code=code,
        year=student.year,
        semester=progression.semester,
        right=step is Step.OPENS,
        gate=gate,
        again=again,
        repeats=tuple(sorted({unit.semester for unit in of_the_year})) if step is Step.REPEATS else (),
        left=_left_by_the_year(student, cohort, verdict) if step in (Step.OPENS, Step.CLOSED) else (),
        waiting=_left_to_compensation(student, cohort, verdict) if step is Step.OPENS else (),
        diplomas=_granted(student, cohort, verdict, before),
    )


def _before_s5(student: Student, cohort: Cohort, verdict: Verdict, before: Before) -> Progression | None:
    """Who passed BUT2 and retakes UE of BUT1: S5 is decided anew once the year ends, or all are there."""
    if student.year != 1 or not before.passed_second_year:
        return None
    missing = tuple(unit.code for unit in cohort.first_year if not is_acquired(unit, verdict.units))
    if missing and not student.year_ends:
        return None  # the even semester follows, of right
    return Progression(5, not missing, missing)


def _step(
    student: Student, code: Code | None, verdict: Verdict, progression: Progression, some_left: bool
) -> Step:
    within_the_year = progression.semester is not None and progression.semester % 2 == 0
    if code is not None and code not in PASSING and not (within_the_year and progression.right):
        return OF_A_CODE[code]
    if code is None and verdict.year_judged:
        return Step.BLOCKED if verdict.blocked else Step.TO_DECIDE
    if progression.semester is None:
        return Step.UNFINISHED if some_left and DIPLOMA not in verdict.diplomas else Step.FINISHED
    return Step.CLOSED if progression.missing else Step.OPENS


DIPLOMA = next(name for name, semesters in DIPLOMAS.items() if semesters[-1] == 2 * LAST_YEAR)
"""What S6 leads to."""


def _not_acquired(cohort: Cohort, verdict: Verdict) -> tuple[Unit, ...]:
    return tuple(unit for unit in cohort.units if not is_acquired(unit, verdict.units))


def _left_by_the_year(student: Student, cohort: Cohort, verdict: Verdict) -> tuple[str, ...]:
    if not student.year_ends:
        return ()
    return tuple(
        rcue.competence
        for rcue in cohort.rcues
        if rcue.year == student.year
        and not (rcue.name in verdict.rcues and verdict.rcues[rcue.name].acquired)
    )


def _left_to_compensation(student: Student, cohort: Cohort, verdict: Verdict) -> tuple[str, ...]:
    """The UE of an odd semester that the even one may still compensate (4.4)."""
    if student.year_ends:
        return ()
    return tuple(unit.code for unit in cohort.judged(student) if not is_acquired(unit, verdict.units))


def _granted(student: Student, cohort: Cohort, verdict: Verdict, before: Before) -> tuple[str, ...]:
    """The diplomas that this jury grants: earned, and not granted before (4.6).

    What a jury here had a part in is granted by the first jury to find it whole, even when the last UE came
    meanwhile from elsewhere; what was earned elsewhere alone (a DUT, before entering BUT3) was granted there.
    """
    return tuple(
        diploma
        for diploma in verdict.diplomas
        if diploma not in before.diplomas
        and any(
            unit.code in before.given_here or not student.acquired_before(unit.code)
            for unit in cohort.units
            if unit.semester in DIPLOMAS[diploma]
        )
    )


def credits(student: Student, cohort: Cohort, verdict: Verdict) -> Credits:
    """ECTS of the verdict, in the year and in all, with how many there are of each."""
    units = cohort.of(student).units
    return Credits(
        year=verdict.ects_year,
        of_the_year=sum((unit.ects for unit in units if unit.year == student.year), Decimal(0)),
        total=verdict.ects_total,
        of_all=sum((unit.ects for unit in units), Decimal(0)),
    )
