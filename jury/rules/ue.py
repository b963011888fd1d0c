"""The UE, by its own average and by what juries decided of it (4.3, 4.6; domain 3.1 and 3.8)."""

from collections.abc import Iterable
from fractions import Fraction

from . import sentences
from .codes import ADM, AJ, VALIDATING
from .draft import Draft
from .reasons import VALIDATION
from .student import Earlier
from .ue_averages import UnitAverage
from .verdict import Decided, UnitVerdict


def decide_units(draft: Draft, averages: Iterable[UnitAverage]) -> None:
    """Every judged unit, then the others of which an earlier jury said something."""
    for average in averages:
        decide_unit(draft, average)
    for code, earlier in draft.student.earlier.items():
        if code not in draft.units:
            recall(draft, draft.unit(draft.cohort.by_code[code]), earlier)


def decide_unit(draft: Draft, this_year: UnitAverage) -> None:
    """A UE is acquired at 10 or more; below, compensation may still acquire it (4.3)."""
    decided = draft.unit(this_year.unit)
    decided.made_of = this_year.made_of
    earlier = draft.student.earlier.get(decided.name)
    if earlier and earlier.code in VALIDATING:
        keep_acquired(draft, decided, earlier, this_year)
        return

    draft.reasons += this_year.reasons
    if this_year.blocked:
        leave_open(draft, decided, this_year)
    elif this_year.exact is not None:
        draft.set_average(decided, this_year.exact)
        decided.renewed = True
        check = draft.against_pass_mark(decided, VALIDATION)
        decided.code = ADM if check.holds else AJ
        draft.tell(sentences.by_its_average(decided.name, check, year_ends=draft.student.year_ends))
    elif earlier:
        recall(draft, decided, earlier)


def leave_open(draft: Draft, decided: UnitVerdict, this_year: UnitAverage) -> None:
    """Something is missing: whatever the average is, it is provisional and decides nothing."""
    decided.provisional = True
    draft.set_average(decided, this_year.exact)
    draft.blocked += this_year.blocked
    if this_year.exact is None:
        draft.tell(sentences.not_decided(decided.name))


def keep_acquired(draft: Draft, decided: UnitVerdict, earlier: Earlier, this_year: UnitAverage) -> None:
    """Acquired is for good, with the better average; a new average that passes makes it ADM (4.3).

    Marks that do not make a whole average (a unit not retaken shares elements with one that is) are not
    a new average, and do not block. One that is displayed as the earlier jury's is no news, and is not told.
    """
    recall(draft, decided, earlier)
    if this_year.exact is None or this_year.blocked:
        return
    known, known_as_shown = decided.exact, decided.average
    decided.renewed = True
    draft.set_average(decided, this_year.exact)
    no_news = decided.average == known_as_shown
    check = draft.against_pass_mark(decided, VALIDATION)
    if check.holds:
        decided.code = ADM
    if known is not None and known > this_year.exact:
        draft.set_average(decided, known)
    if no_news and decided.code == earlier.code:
        return
    draft.reasons += this_year.reasons
    draft.tell(sentences.acquired_and_retaken(decided.name, check, earlier.code, no_news=no_news))


def recall(draft: Draft, decided: Decided, earlier: Earlier) -> None:
    """What an earlier jury decided of a UE or a RCUE stands."""
    decided.code = earlier.code
    draft.set_average(decided, None if earlier.average is None else Fraction(earlier.average))
    draft.tell(sentences.of_an_earlier_jury(decided))


def apply_jury_to_units(draft: Draft) -> None:
    """What the jury decided of a unit replaces its code; the average stays (4.6)."""
    for code, decision in draft.student.jury.units.items():
        decided = draft.unit(draft.cohort.by_code[code])
        draft.tell(sentences.by_the_jury(code, decision, by_the_rules=decided.code))
        decided.code, decided.by_jury = decision, True
