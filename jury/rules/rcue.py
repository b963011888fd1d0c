"""The RCUE, compensation and the level below (4.3, 4.4, 4.6; domain 3.2, 3.3 and 3.8)."""

from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction

from grades.averages import rounded, shown, weighted_mean

from . import sentences
from .codes import ADJ, ADJR, ADM, ADSUP, AJ, CMP, COMPENSABLE, VALIDATING, Code
from .draft import Draft
from .programme import Rcue, Regulation, Unit
from .reasons import COMPENSATION, JURY, VALIDATION, Article
from .student import Earlier
from .ue import recall
from .verdict import RcueVerdict, UnitVerdict


def rcues_to_decide(draft: Draft) -> list[Rcue]:
    """The year's, once it ends, then those of other years of which something is known."""
    student = draft.student
    of_the_year, others = [], []
    for rcue in draft.cohort.rcues:
        if rcue.year != student.year:
            if _is_known(draft, rcue):
                others.append(rcue)
        elif student.year_ends:
            of_the_year.append(rcue)
        elif rcue.name in student.jury.rcues:
            draft.tell(sentences.no_rcue_at_an_odd_semester(rcue))
    return of_the_year + others


def _is_known(draft: Draft, rcue: Rcue) -> bool:
    if rcue.name in draft.student.earlier_rcues or rcue.name in draft.student.jury.rcues:
        return True
    return any(unit.code in draft.units for unit in rcue.units)


def decide_rcue(draft: Draft, rcue: Rcue) -> None:
    """A RCUE by the averages and the codes of its two units; an earlier jury's stands without a new one."""
    decided = draft.rcues[rcue.name] = RcueVerdict(rcue.name, rcue)
    one, other = (draft.units.get(unit.code) or UnitVerdict(unit.code, unit) for unit in rcue.units)
    earlier = draft.student.earlier_rcues.get(rcue.name)
    waits = one.provisional or other.provisional
    if earlier and not (one.renewed or other.renewed or waits):
        recall(draft, decided, earlier)
        return
    if one.exact is not None and other.exact is not None and not waits:
        draft.set_average(decided, rcue_average(rcue, one.exact, other.exact, draft.cohort.regulation))
    decided.code = code_of_a_rcue(draft, decided, one, other)
    if earlier and earlier.code in VALIDATING:
        keep_acquired_rcue(draft, decided, earlier)


def rcue_average(rcue: Rcue, first: Fraction, second: Fraction, regulation: Regulation) -> Fraction | None:
    """The weighted mean of the two units, from their exact averages or the displayed ones (setting).

    None when neither weighs: a programme that gives no coefficients, in a règlement that weighs by them.
    """
    if regulation.rcue_from == "displayed":
        first, second = (Fraction(rounded(average, regulation.decimals)) for average in (first, second))
    return weighted_mean([(rcue.weights[0], first), (rcue.weights[1], second)])


def rcue_by_hand(rcue: Rcue, one: UnitVerdict, other: UnitVerdict, regulation: Regulation) -> Decimal | None:
    """What the displayed averages of the two units give, rounded: sometimes not what the exact ones do."""
    if one.average is None or other.average is None:
        return None
    mean = rcue_average(rcue, Fraction(one.average), Fraction(other.average), regulation)
    return shown(mean, regulation.decimals)


def code_of_a_rcue(draft: Draft, decided: RcueVerdict, one: UnitVerdict, other: UnitVerdict) -> Code | None:
    """ADM with both units ADM; else CMP at 10 on average; else acquired if both are; else AJ (4.3, 4.4).

    A RCUE needs both averages: a missing one is never invented, and leaves it to the jury.
    """
    rcue = decided.of
    if one.code == ADM and other.code == ADM:
        draft.tell(sentences.both_acquired(rcue, ADM, by_averages=_pass_by_themselves(draft, one, other)))
        return ADM
    both_acquired = one.acquired and other.acquired
    if decided.average is not None:
        check = draft.against_pass_mark(decided, COMPENSATION)
        by_hand = rcue_by_hand(rcue, one, other, draft.cohort.regulation) == decided.average
        draft.tell(sentences.compensation(rcue, check, one, other, by_hand=by_hand))
        if check.holds:
            return CMP
        if not both_acquired:
            return AJ
    if both_acquired:
        code = ADSUP if ADSUP in (one.code, other.code) else ADJ
        draft.tell(sentences.both_acquired(rcue, code))
        return code
    missing = [unit.name for unit in (one, other) if unit.exact is None or unit.provisional]
    draft.tell(sentences.average_missing(rcue, missing))
    return None


def _pass_by_themselves(draft: Draft, *units: UnitVerdict) -> bool:
    """Whether both are ADM by their own averages, rather than by what a jury decided of one."""
    pass_mark = draft.cohort.regulation.pass_mark
    return all(unit.average is not None and unit.average >= pass_mark for unit in units)


def keep_acquired_rcue(draft: Draft, decided: RcueVerdict, earlier: Earlier) -> None:
    """Acquired is for good; a better average replaces the earlier, and its code if it validates (4.3)."""
    average, code = decided.exact, decided.code
    recall(draft, decided, earlier)
    if average is None or (decided.exact is not None and average <= decided.exact):
        return
    known_as_shown = decided.average
    draft.set_average(decided, average)
    decided.code = code if code in VALIDATING else earlier.code
    no_news = decided.average == known_as_shown  # better by less than what is displayed
    if not no_news or decided.code != earlier.code:
        draft.tell(sentences.better_rcue(decided, no_news=no_news))


def compensate(draft: Draft) -> None:
    """A unit below 10 in a RCUE acquired by right is acquired by compensation (4.4).

    Beside a unit that waits for a mark, nothing is said yet of the one that is not acquired.
    """
    for rcue in draft.rcues.values():
        units = [draft.units[code] for code in rcue.units if code in draft.units]
        waits = any(unit.provisional for unit in units)
        for unit in units:
            if unit.code not in COMPENSABLE or unit.by_jury:
                continue
            if rcue.code in (ADM, CMP):
                unit.code = CMP
                draft.tell(sentences.compensated(unit, rcue))
            elif waits:
                unit.code = None
                draft.tell(sentences.not_yet_compensated(unit, rcue))


def apply_jury_to_rcues(draft: Draft) -> None:
    """What the jury decided of a RCUE replaces its code, and acquires its units if it acquires it (4.6)."""
    for name, decision in draft.student.jury.rcues.items():
        decided = draft.rcues.get(name)
        if decided is None:
            continue  # an odd-semester jury decides of none: told by rcues_to_decide
        draft.tell(sentences.by_the_jury(name, decision, by_the_rules=decided.code))
        decided.code, decided.by_jury = decision, True
        if decision in VALIDATING:
            code = ADSUP if decision == ADSUP else ADJR
            acquire_units(draft, decided.of.units, code, JURY, sentences.with_its_rcue(name))


def acquire_levels_below(draft: Draft) -> None:
    """Both units of a level acquired: those of the level below are too, and its RCUE, and so down (4.3)."""
    for above in draft.cohort.from_the_top:
        below = draft.cohort.below(above)
        if below and all(draft.is_acquired(unit) for unit in above.units):
            because = sentences.by_the_level_above(above)
            acquire_units(draft, below, ADSUP, VALIDATION, because)
            acquire_rcue(draft, below[0].rcue, because)


def acquire_units(draft: Draft, units: Iterable[Unit], code: Code, article: Article, because: str) -> None:
    """Give a code to those not acquired, unless the jury decided of them."""
    for unit in units:
        decided = draft.unit(unit)
        if not decided.acquired and not decided.by_jury:
            decided.code = code
            draft.tell(sentences.acquired_because(unit.code, article, because, code))


def acquire_rcue(draft: Draft, name: str, because: str) -> None:
    """Give ADSUP to a RCUE that is not acquired; at an odd-semester jury, to none of the year."""
    rcue = draft.cohort.rcue(name)
    if rcue is None or (rcue.year == draft.student.year and not draft.student.year_ends):
        return
    decided = draft.rcues.setdefault(name, RcueVerdict(name, rcue))
    if not decided.acquired and not decided.by_jury:
        decided.code = ADSUP
        draft.tell(sentences.acquired_because(name, VALIDATION, because, ADSUP))
