"""The year: of right, by a status, by the jury, or what the jury may choose (4.3, 4.5, 4.6; domain 3.4)."""

from collections.abc import Iterable, Sequence

from . import sentences
from .codes import ADJ, ADM, ADSUP, INTO_THE_NEXT, LAST_YEAR, PASD, PASSING, Code
from .draft import Draft
from .reasons import PROGRESSION, VALIDATION, Check
from .verdict import RcueVerdict


def decide_year(draft: Draft) -> tuple[Code | None, tuple[Code, ...]]:
    """The year's code, or None and what the jury may choose.

    A person's decision prevails over a status, which prevails over what is of right.
    """
    student = draft.student
    code = year_by_right(draft) if student.year_ends else None
    if draft.fact:
        code = draft.fact
        draft.tell(sentences.fact(code))
    elif student.status:
        draft.tell(sentences.DEFAULTING)
    if student.jury.year:
        code = student.jury.year
        draft.tell(sentences.year_by_the_jury(code))
        tell_what_is_left(draft, code)
    if code or not student.year_ends:
        return code, ()
    if draft.blocked:
        draft.tell(sentences.RESULTS_MISSING)
        return None, ()
    options = what_the_jury_may_choose(draft)
    draft.tell(sentences.SOVEREIGN)
    return None, options


def year_by_right(draft: Draft) -> Code | None:
    """ADM when every RCUE is acquired, else PASD if more than half reach 10 and all reach 8 (4.3, 4.5).

    In BUT3 there is no year to pass into: what is not all acquired is for the jury.
    """
    rcues = draft.rcues_of_the_year()
    if not rcues:
        draft.tell(sentences.NO_RCUE)
        return None
    undecided = [rcue.name for rcue in rcues if rcue.code is None]
    if undecided:
        draft.tell(sentences.undecided(undecided))
        return None

    every = Check(sum(rcue.acquired for rcue in rcues), len(rcues), VALIDATION)
    code = code_once_all_are_acquired(rcues)
    said_otherwise = draft.student.jury.year or draft.fact
    draft.tell(sentences.acquired_competences(every, None if said_otherwise else code))
    if every.holds:
        return code
    if draft.student.year == LAST_YEAR and draft.cohort.rules > 1:
        draft.tell(sentences.NO_YEAR_ABOVE)
        return None
    more_than_half = reach_the_pass_mark(draft, rcues)
    none_too_low = reach_the_minimum(draft, rcues)
    return PASD if more_than_half and none_too_low else None


def code_once_all_are_acquired(rcues: Iterable[RcueVerdict]) -> Code:
    """ADM, unless one of them is acquired otherwise, which the year says (4.3)."""
    codes = {rcue.code for rcue in rcues}
    if ADJ in codes:
        return ADJ
    return ADSUP if ADSUP in codes else ADM


def reach_the_pass_mark(draft: Draft, rcues: Sequence[RcueVerdict]) -> bool:
    """More than half at 10: exactly half is not enough; one acquired without an average counts (4.5)."""
    pass_mark = draft.cohort.regulation.pass_mark
    reaching = sum(rcue.average is not None and rcue.average >= pass_mark for rcue in rcues)
    without = sum(rcue.average is None and rcue.acquired for rcue in rcues)
    check = Check(reaching + without, len(rcues) // 2 + 1, PROGRESSION)
    draft.tell(sentences.more_than_half(check, without, len(rcues), pass_mark))
    return check.holds


def reach_the_minimum(draft: Draft, rcues: Sequence[RcueVerdict]) -> bool:
    """Every one at 8, so the lowest; one without an average must be acquired (4.5)."""
    minimum = draft.cohort.regulation.rcue_minimum
    others_acquired = all(rcue.acquired for rcue in rcues if rcue.average is None)
    averages = [(rcue.average, rcue.of) for rcue in rcues if rcue.average is not None]
    if not averages:
        draft.tell(sentences.no_average_to_compare(minimum, others_acquired))
        return others_acquired
    average, lowest = min(averages, key=lambda pair: pair[0])
    check = Check(average, minimum, PROGRESSION)
    draft.tell(sentences.lowest(lowest, check, others_acquired))
    return check.holds and others_acquired


def tell_what_is_left(draft: Draft, year: Code) -> None:
    """A year said to be acquired acquires nothing by itself: what is left would miss its credits (4.3)."""
    left = [rcue.name for rcue in draft.rcues_of_the_year() if not rcue.acquired]
    if left and year in PASSING - INTO_THE_NEXT:
        draft.tell(sentences.left_by_the_year(year, left))


def what_the_jury_may_choose(draft: Draft) -> tuple[Code, ...]:
    """The options, in the order in which they are proposed (4.5, domain 3.4 and 3.7)."""
    student = draft.student
    options = []
    if student.status is Code.DEF:
        options.append(Code.DEF)
    if may_repeat(draft):
        options.append(Code.RED)
    options.append(Code.NAR)
    if student.year < LAST_YEAR:
        options.append(Code.PAS1NCI)
    options.append(Code.ADJ)
    return tuple(options)


def may_repeat(draft: Draft) -> bool:
    """Whether the repeats allow RED: each semester once, so many in all, plus the director's (4.5)."""
    student, regulation = draft.student, draft.cohort.regulation
    to_repeat = {
        unit.semester
        for unit in draft.cohort.units
        if unit.year == student.year and not draft.is_acquired(unit)
    }
    refusals = []
    for semester in sorted(to_repeat):
        done = student.repeats.get(semester, 0)
        allowed = regulation.repeats_per_semester + student.extra_repeats_of(semester)
        if done >= allowed:
            refusals.append(sentences.semester_repeated_enough(semester, done, allowed))
    done = sum(student.repeats.values())
    allowed = regulation.repeats_total + student.extra_repeats_in_all
    if done + len(to_repeat) > allowed:
        refusals.append(sentences.repeated_enough(done, len(to_repeat), allowed))
    draft.reasons += refusals
    return not refusals
