"""The year, what comes next, credits and diplomas: what follows from the UE and the RCUE."""

from decimal import Decimal

from .codes import ADJ, ADM, ADSUP, PASSING, STATUSES, VALIDATING, Code, words
from .decisions import Draft
from .numbers import ZERO
from .reasons import JURY, NBSP, PROGRESSION, STATUS, VALIDATION, Check, Threshold, counted, listed
from .values import DIPLOMAS, Progression, RcueVerdict, Unit

NO_MORE_REPEAT = "le redoublement n’est plus ouvert."

# ---------------------------------------------------------------------------------------------- year


def decide_year(draft: Draft) -> tuple[Code | None, tuple[Code, ...]]:
    """The year's code, or None and what the jury may choose.

    A person's decision prevails over a status, which prevails over what is of right.
    """
    student = draft.student
    code = _year_by_right(draft) if student.year_ends else None
    if student.status:
        code = student.status
        text = f"{code}, {words(code, 'year')}{NBSP}: rien ne suit de droit, les UE acquises le restent."
        draft.tell("year", STATUS, text)
    if student.jury.year:
        code = student.jury.year
        draft.tell("year", JURY, f"Décision du jury{NBSP}: {code}, {words(code, 'year')}.")
    if code or not student.year_ends:
        return code, ()
    if draft.blocked:
        text = f"Il manque des résultats{NBSP}: rien n’est proposé avant de les connaître."
        draft.tell("year", JURY, text)
        return None, ()
    repeat = (Code.RED,) if may_repeat(draft) else ()
    draft.tell("year", JURY, f"Pas de passage de droit{NBSP}: le jury, souverain, choisit.")
    return None, (*repeat, Code.NAR, Code.PAS1NCI, Code.ADJ)


def _year_by_right(draft: Draft) -> Code | None:
    """ADM when every RCUE is acquired, else PASD if more than half reach 10 and all reach 8 (4.3, 4.5)."""
    rcues = draft.of_the_year()
    if not rcues:
        draft.tell("year", VALIDATION, "Aucun RCUE dans l’année, elle n’est pas décidée.", False)
        return None
    unknown = [decided.name for decided in rcues if decided.code is None]
    if unknown:
        verb = "ne sont pas décidés" if len(unknown) > 1 else "n’est pas décidé"
        draft.tell("year", VALIDATION, f"{listed(unknown)} {verb}{NBSP}: l’année ne peut pas l’être.", False)
        return None

    acquired = sum([decided.code in VALIDATING for decided in rcues])
    if Check(acquired, len(rcues), VALIDATION).holds:
        codes = {decided.code for decided in rcues}
        code = next((special for special in (ADJ, ADSUP) if special in codes), ADM)
        every = (
            f"Les {len(rcues)} compétences sont acquises" if len(rcues) > 1 else "La compétence est acquise"
        )
        draft.tell("year", VALIDATION, f"{every}{NBSP}: l’année est {code}.", True)
        return code
    told = counted(acquired, "compétence acquise", "compétences acquises")
    text = f"{told} sur {len(rcues)}, il les faut toutes pour être admis."
    draft.tell("year", VALIDATION, text, False)
    checks = [_more_than_half(draft, rcues), _each_at_the_minimum(draft, rcues)]
    return Code.PASD if all(checks) else None


def _more_than_half(draft: Draft, rcues: list[RcueVerdict]) -> bool:
    """Exactly half is not enough; a RCUE acquired without an average counts."""
    threshold = draft.cohort.thresholds.more_than_half
    reaching = len(rcues) - len(_below(threshold, rcues))
    check = Check(reaching, len(rcues) // 2 + 1, threshold.article)
    told = f"{counted(reaching, 'compétence', 'compétences')} sur {len(rcues)} à {threshold.told} ou plus"
    text = f"{told}{NBSP}: il en faut {check.minimum}, plus de la moitié."
    draft.tell("year", check.article, text, check.holds)
    return check.holds


def _each_at_the_minimum(draft: Draft, rcues: list[RcueVerdict]) -> bool:
    threshold = draft.cohort.thresholds.every
    floor = threshold.told
    known = [(decided.displayed, decided.of) for decided in rcues if decided.displayed is not None]
    holds = not _below(threshold, rcues)
    if not known:
        text = f"Chaque compétence est acquise, sans moyenne à comparer à {floor}."
        if not holds:
            text = f"Une compétence n’a pas de moyenne à comparer à {floor}."
        draft.tell("year", threshold.article, text, holds)
        return holds
    lowest, rcue = min(known, key=lambda pair: pair[0].value)
    reached, comparison = threshold.check(lowest)
    if holds:
        name = rcue.competence
        text = f"Chaque compétence atteint {floor}{NBSP}: la plus basse est {name}, {lowest.french}."
    elif not reached:
        text = f"{rcue.competence}{NBSP}: {comparison}, chaque compétence doit atteindre {floor}."
    else:
        text = f"Une compétence non acquise n’a pas de moyenne à comparer à {floor}."
    draft.tell("year", threshold.article, text, holds)
    return holds


def _below(threshold: Threshold, rcues: list[RcueVerdict]) -> list[RcueVerdict]:
    """Those that don't reach a mark; without an average, those that are not acquired."""
    minimum = threshold.minimum
    return [
        decided
        for decided in rcues
        if (
            decided.code not in VALIDATING if decided.displayed is None else decided.displayed.value < minimum
        )
    ]


def may_repeat(draft: Draft) -> bool:
    """Whether the repeats allow RED: each semester once, so many in all, plus the director's (4.5)."""
    student, regulation = draft.student, draft.cohort.regulation
    per_semester = regulation.repeats_per_semester + bool(student.extra_repeats)
    total = regulation.repeats_total + student.extra_repeats
    not_acquired = {unit.semester for unit in _units_of_the_year(draft) if not draft.is_acquired(unit)}
    done = sum(student.repeats.values())
    closed = []
    for semester in sorted(not_acquired):
        repeated = student.repeats.get(semester, 0)
        if repeated >= per_semester:
            allowed = counted(per_semester, "redoublement permis", "redoublements permis")
            closed.append(f"{allowed} par semestre, S{semester} l’a déjà été {repeated} fois")
    if done + len(not_acquired) > total:
        allowed = counted(total, "redoublement permis", "redoublements permis")
        closed.append(f"{allowed} en tout, {done} déjà faits et {len(not_acquired)} de plus")
    for text in closed:
        draft.tell("year", PROGRESSION, f"{text}{NBSP}: {NO_MORE_REPEAT}", False)
    return not closed


def _units_of_the_year(draft: Draft) -> list[Unit]:
    return [unit for unit in draft.cohort.units if unit.year == draft.student.year]


# --------------------------------------------------------------------------------- what comes next


def progress(draft: Draft, year: Code | None) -> Progression:
    """The next semester (4.5): of right within the year; S3, S5 after a passing year; S5 after S1 and S2."""
    student = draft.student
    following = max(student.semesters) + 1
    if following > 6:
        return Progression(None, None)
    if following % 2 == 0:
        right = not student.status and year not in STATUSES
        text = "le semestre pair de la même année est de droit." if right else f"pas de droit après {year}."
        draft.tell("progression", PROGRESSION, f"S{following}{NBSP}: {text}", right)
        return Progression(following, right)
    missing: tuple[str, ...] = ()
    if following == 5:
        first_year = [unit for unit in draft.cohort.units if unit.semester in (1, 2)]
        missing = tuple(unit.code for unit in first_year if not draft.is_acquired(unit))
        if missing:
            verb = "ne sont pas acquises" if len(missing) > 1 else "n’est pas acquise"
            text = f"S5 demande toutes les UE de S1 et S2{NBSP}: {listed(missing)} {verb}."
            draft.tell("progression", PROGRESSION, text, False)
        elif first_year:
            text = f"Toutes les UE de S1 et S2 sont acquises{NBSP}: si l’année passe, S5 est ouvert."
            draft.tell("progression", PROGRESSION, text, True)
    passes = year in PASSING
    if passes:
        text = f"l’année passe ({year})"
    elif year:
        text = f"l’année ne passe pas ({year})"
    else:
        text = "l’année n’a pas de code"
    draft.tell("progression", PROGRESSION, f"S{following}{NBSP}: {text}.", passes)
    return Progression(following, passes and not missing, missing)


def count_credits(draft: Draft) -> tuple[Decimal, Decimal]:
    """ECTS acquired in the year's two semesters, and in all."""
    acquired = [decided.of for decided in draft.units.values() if decided.code in VALIDATING]
    year = draft.student.year
    return sum([unit.ects for unit in acquired if unit.year == year], ZERO), sum(
        [unit.ects for unit in acquired], ZERO
    )


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
