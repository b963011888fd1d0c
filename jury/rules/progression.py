"""The year, what comes next, credits and diplomas: what follows from the UE and the RCUE."""

from decimal import Decimal
from functools import lru_cache

from .codes import (
    ADJ,
    ADM,
    ADSUP,
    INTO_THE_NEXT,
    LAST_YEAR,
    PASD,
    PASSING,
    VALIDATING,
    Code,
    words,
)
from .decisions import Draft
from .numbers import ZERO, Rounded
from .reasons import JURY, NBSP, PROGRESSION, STATUS, VALIDATION, Check, Reason, Threshold, counted, listed
from .values import DIPLOMAS, Progression, RcueVerdict

NO_MORE_REPEAT = "le redoublement n’est plus ouvert."
SOVEREIGN = Reason("year", JURY, f"Pas de passage de droit{NBSP}: le jury, souverain, choisit.")
NO_YEAR_ABOVE = Reason(
    "year",
    PROGRESSION,
    f"En BUT3 il n’y a pas d’année au-dessus{NBSP}: ni passage de droit (PASD), "
    "ni passage par décision du jury (PAS1NCI).",
    False,
)
DEFAULTING = Reason(
    "year",
    STATUS,
    f"DEF, {words(Code.DEF, 'year')}{NBSP}: aucun droit n’est retiré, ce que donnent les règles reste.",
)

# ---------------------------------------------------------------------------------------------- year


def decide_year(draft: Draft) -> tuple[Code | None, tuple[Code, ...]]:
    """The year's code, or None and what the jury may choose.

    A person's decision prevails over a status, which prevails over what is of right.
    """
    student = draft.student
    code = _year_by_right(draft) if student.year_ends else None
    if student.status in draft.cohort.facts:
        code = student.status
        text = f"{code}, {words(code, 'year')}{NBSP}: rien ne suit de droit, les UE acquises le restent."
        draft.tell("year", STATUS, text)
    elif student.status:
        draft.reasons.append(DEFAULTING)
    if student.jury.year:
        code = student.jury.year
        draft.tell("year", JURY, f"Décision du jury{NBSP}: {code}, {words(code, 'year')}.")
        _tell_what_is_left(draft, code)
    if code or not student.year_ends:
        return code, ()
    if draft.blocked:
        text = f"Il manque des résultats{NBSP}: rien n’est proposé avant de les connaître."
        draft.tell("year", JURY, text)
        return None, ()
    options = _options(draft)
    draft.reasons.append(SOVEREIGN)
    return None, options


def _options(draft: Draft) -> tuple[Code, ...]:
    """What the jury may choose of a year, in the order in which it is proposed."""
    student = draft.student
    wished = {
        Code.DEF: student.status is Code.DEF,
        Code.RED: may_repeat(draft),
        Code.NAR: True,
        Code.PAS1NCI: student.year < LAST_YEAR,
        Code.ADJ: True,
    }
    return tuple([code for code, possible in wished.items() if possible])


def _tell_what_is_left(draft: Draft, year: Code) -> None:
    """A year said to be acquired acquires nothing by itself: what is left would miss its credits (4.3)."""
    left = [decided.name for decided in draft.of_the_year() if not decided.acquired]
    if left and year in PASSING - INTO_THE_NEXT:
        text = f"L’année {year} n’acquiert pas {listed(left)} par elle-même"
        each = "ADJ sur chacun de ces RCUE" if len(left) > 1 else "ADJ sur ce RCUE"
        draft.tell("year", VALIDATION, f"{text}{NBSP}: il y faut {each}, sinon ses crédits manquent.", False)


def _year_by_right(draft: Draft) -> Code | None:
    """ADM when every RCUE is acquired, else PASD if more than half reach 10 and all reach 8 (4.3, 4.5).

    In BUT3 there is no year to pass into: what is not all acquired is for the jury.
    """
    student, rcues = draft.student, draft.of_the_year()
    if not rcues:
        draft.tell("year", VALIDATION, f"Aucun RCUE dans l’année{NBSP}: rien n’y est de droit.", False)
        return None
    codes = [decided.code for decided in rcues]
    if None in codes:
        unknown = [decided.name for decided in rcues if decided.code is None]
        verb = "ne sont pas décidés" if len(unknown) > 1 else "n’est pas décidé"
        text = f"{listed(unknown)} {verb}{NBSP}: l’année ne l’est pas de droit."
        draft.tell("year", VALIDATION, text, False)
        return None

    acquired = sum([code in VALIDATING for code in codes])
    code = _all_acquired(codes)
    by_a_person = student.jury.year is not None or student.status in draft.cohort.facts
    every = _competences(acquired, len(rcues), None if by_a_person else code)
    draft.reasons.append(every)
    if every.holds:
        return code
    if student.year == LAST_YEAR and draft.cohort.rules > 1:
        draft.reasons.append(NO_YEAR_ABOVE)
        return None
    more, each = _more_than_half(draft, rcues), _each_at_the_minimum(draft, rcues)
    draft.reasons += more, each
    return PASD if more.holds and each.holds else None


def _all_acquired(codes: list[Code | None]) -> Code:
    """The code once all are: ADM, unless one of them is acquired otherwise, which the year says."""
    return next((special for special in (ADJ, ADSUP) if special in codes), ADM)


@lru_cache
def _competences(acquired: int, out_of: int, year: Code | None) -> Reason:
    """Whether all are acquired, and the code that the year then has; None: a person gave it another way."""
    if Check(acquired, out_of, VALIDATION).holds:
        every = f"Les {out_of} compétences sont acquises" if out_of > 1 else "La compétence est acquise"
        follows = f"{NBSP}: l’année est {year}" if year else ""
        return Reason("year", VALIDATION, f"{every}{follows}.", True)
    told = counted(acquired, "compétence acquise", "compétences acquises")
    return Reason("year", VALIDATION, f"{told} sur {out_of}, il les faut toutes pour être admis.", False)


def _more_than_half(draft: Draft, rcues: list[RcueVerdict]) -> Reason:
    """Exactly half is not enough; a RCUE acquired without an average counts."""
    threshold = draft.cohort.thresholds.more_than_half
    reaching = [threshold.check(decided.displayed)[0] for decided in rcues if decided.displayed is not None]
    without = sum([decided.code in VALIDATING for decided in rcues if decided.displayed is None])
    return _reaching(sum(reaching) + without, without, len(rcues), threshold)


@lru_cache
def _reaching(reaching: int, without: int, out_of: int, threshold: Threshold) -> Reason:
    check = Check(reaching, out_of // 2 + 1, threshold.article)
    told = f"{counted(reaching, 'compétence', 'compétences')} sur {out_of} à {threshold.told} ou plus"
    if without:
        told += f", dont {without} {'acquises' if without > 1 else 'acquise'} sans moyenne"
    text = f"{told}{NBSP}: il en faut {check.minimum}, plus de la moitié."
    return Reason("year", check.article, text, check.holds)


def _each_at_the_minimum(draft: Draft, rcues: list[RcueVerdict]) -> Reason:
    """Told by the lowest average; a RCUE without one must be acquired."""
    threshold = draft.cohort.thresholds.every
    known = [(decided.displayed, decided.of) for decided in rcues if decided.displayed is not None]
    others = len(known) == len(rcues) or _acquired_without_average(rcues)
    if known:
        lowest, rcue = min(known, key=lambda pair: pair[0].whole)
        return _lowest(rcue.competence, lowest, threshold, others)
    text = f"Chaque compétence est acquise, sans moyenne à comparer à {threshold.told}."
    if not others:
        text = f"Une compétence n’a pas de moyenne à comparer à {threshold.told}."
    return Reason("year", threshold.article, text, others)


def _acquired_without_average(rcues: list[RcueVerdict]) -> bool:
    return all(decided.code in VALIDATING for decided in rcues if decided.displayed is None)


@lru_cache(maxsize=4096)
def _lowest(competence: str, average: Rounded, threshold: Threshold, others: bool) -> Reason:
    reached, comparison = threshold.check(average)
    if not reached:
        text = f"{competence}{NBSP}: {comparison}, chaque compétence doit atteindre {threshold.told}."
    elif others:
        lowest = f"la plus basse est {competence}, {average.french}"
        text = f"Chaque compétence atteint {threshold.told}{NBSP}: {lowest}."
    else:
        text = f"Une compétence non acquise n’a pas de moyenne à comparer à {threshold.told}."
    return Reason("year", threshold.article, text, reached and others)


def may_repeat(draft: Draft) -> bool:
    """Whether the repeats allow RED: each semester once, so many in all, plus the director's (4.5)."""
    student, regulation = draft.student, draft.cohort.regulation
    total = regulation.repeats_total + student.extra_repeats
    not_acquired = {
        unit.semester
        for unit in draft.cohort.units
        if unit.year == student.year and not draft.is_acquired(unit)
    }
    done = sum(student.repeats.values())
    closed = []
    for semester in sorted(not_acquired):
        repeated = student.repeats.get(semester, 0)
        per_semester = regulation.repeats_per_semester + student.extra_for(semester)
        if repeated >= per_semester:
            allowed = counted(per_semester, "redoublement permis", "redoublements permis")
            closed.append(f"{allowed} par semestre, S{semester} l’a déjà été {repeated} fois")
    if done + len(not_acquired) > total:
        allowed = counted(total, "redoublement permis", "redoublements permis")
        made = "faits" if done > 1 else "fait"
        closed.append(f"{allowed} en tout, {done} déjà {made} et {len(not_acquired)} de plus")
    for text in closed:
        draft.tell("year", PROGRESSION, f"{text}{NBSP}: {NO_MORE_REPEAT}", False)
    return not closed


# --------------------------------------------------------------------------------- what comes next


def progress(draft: Draft, year: Code | None) -> Progression:
    """The next semester (4.5): of right within the year; S3, S5 after a passing year; S5 after S1 and S2."""
    student = draft.student
    following = student.last_semester + 1
    if following > 6:
        return Progression(None, None)
    if following % 2 == 0:
        fact = next((code for code in (year, student.status) if code in draft.cohort.facts), None)
        right = fact is None
        text = "le semestre pair de la même année est de droit." if right else f"pas de droit après {fact}."
        draft.tell("progression", PROGRESSION, f"S{following}{NBSP}: {text}", right)
        return Progression(following, right)
    missing: tuple[str, ...] = ()
    if following == 5:
        first_year = draft.cohort.first_year
        missing = tuple([unit.code for unit in first_year if not draft.is_acquired(unit)])
        if missing:
            verb = "ne sont pas acquises" if len(missing) > 1 else "n’est pas acquise"
            text = f"S5 demande toutes les UE de S1 et S2{NBSP}: {listed(missing)} {verb}."
            draft.tell("progression", PROGRESSION, text, False)
        elif first_year:
            text = f"Toutes les UE de S1 et S2 sont acquises{NBSP}: si l’année passe, S5 est ouvert."
            draft.tell("progression", PROGRESSION, text, True)
    opening = _opening(following, year)
    draft.reasons.append(opening)
    return Progression(following, bool(opening.holds) and not missing, missing)


@lru_cache
def _opening(semester: int, year: Code | None) -> Reason:
    """What the year's code says of the first semester of the next."""
    passes = year in PASSING
    if passes:
        text = f"l’année passe ({year})"
    elif year:
        text = f"l’année ne passe pas ({year})"
    else:
        text = "l’année n’a pas de code"
    return Reason("progression", PROGRESSION, f"S{semester}{NBSP}: {text}.", passes)


def count_credits(draft: Draft) -> tuple[Decimal, Decimal]:
    """ECTS acquired in the year's two semesters, and in all."""
    in_the_year, in_all = ZERO, ZERO
    for decided in draft.units.values():
        if decided.code in VALIDATING:
            unit = decided.of
            in_all += unit.ects
            if unit.year == draft.student.year:
                in_the_year += unit.ects
    return in_the_year, in_all


def award_diplomas(draft: Draft) -> tuple[str, ...]:
    """DUT once S1 to S4 are acquired, BUT once S1 to S6 are, at whichever jury that becomes true (4.6)."""
    earned = []
    for diploma, units in draft.cohort.diplomas:
        if all(draft.is_acquired(unit) for unit in units):
            earned.append(diploma)
            last = DIPLOMAS[diploma][-1]
            text = f"{diploma}{NBSP}: toutes les UE de S1 à S{last} sont acquises."
            draft.tell("diplomas", JURY, text, True)
    return tuple(earned)
