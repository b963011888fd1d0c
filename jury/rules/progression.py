"""What the codes open: the next semester, the credits, the diplomas (4.5, 4.6; domain 3.5 and 3.6)."""

from decimal import Decimal

from . import sentences
from .codes import PASSING, Code
from .draft import Draft
from .programme import DIPLOMAS
from .verdict import Progression

LAST_SEMESTER = 6


def progress(draft: Draft, year: Code | None) -> Progression:
    """The next semester: S2, S4, S6 of right within the year; S3 and S5 after a passing year (4.5)."""
    semester = draft.student.last_semester + 1
    if semester > LAST_SEMESTER:
        return Progression(None, None)
    if semester % 2 == 0:
        return _within_the_year(draft, semester, year)
    missing = _missing_for_s5(draft) if semester == 5 else ()
    passes = year in PASSING
    draft.tell(sentences.opening(semester, year, passes=passes))
    return Progression(semester, passes and not missing, missing)


def _within_the_year(draft: Draft, semester: int, year: Code | None) -> Progression:
    """The even semester is of right, unless the year or the student's status is a fact that ends it (4.5)."""
    fact = year if year in draft.cohort.facts else draft.fact
    draft.tell(sentences.within_the_year(semester, fact))
    return Progression(semester, fact is None)


def _missing_for_s5(draft: Draft) -> tuple[str, ...]:
    """S5 also needs every UE of S1 and S2 acquired, by the rules above or by the jury (4.5)."""
    first_year = draft.cohort.first_year
    missing = tuple(unit.code for unit in first_year if not draft.is_acquired(unit))
    if first_year:
        draft.tell(sentences.first_year_for_s5(missing))
    return missing


def count_credits(draft: Draft) -> tuple[Decimal, Decimal]:
    """ECTS acquired in the year's two semesters, and in all."""
    in_the_year, in_all = Decimal(0), Decimal(0)
    for decided in draft.units.values():
        in_all += decided.ects
        if decided.of.year == draft.student.year:
            in_the_year += decided.ects
    return in_the_year, in_all


def award_diplomas(draft: Draft) -> tuple[str, ...]:
    """DUT once S1 to S4 are acquired, BUT once S1 to S6 are, at whichever jury that becomes true (4.6)."""
    earned = []
    for diploma, units in draft.cohort.diplomas.items():
        if all(draft.is_acquired(unit) for unit in units):
            earned.append(diploma)
            draft.tell(sentences.diploma(diploma, last_semester=DIPLOMAS[diploma][-1]))
    return tuple(earned)
