"""From a dossier to a verdict: averages, then decisions, then what follows."""

from .averages import UnitAverage, unit_averages
from .codes import VALIDATING
from .decisions import RcueDraft, UnitDraft, draft_decisions
from .progression import award_diplomas, count_credits, decide_year, progress
from .values import ZERO, Cohort, RcueVerdict, Student, UnitVerdict, Verdict


def decide(student: Student, cohort: Cohort) -> Verdict:
    """Apply every rule to one student; averages on 20, credits in ECTS.

    The values are taken as read: `jury.cohortfile` and the database refuse what makes no sense.
    """
    return decide_from(unit_averages(student, cohort), student, cohort)


def decide_from(averages: dict[str, UnitAverage], student: Student, cohort: Cohort) -> Verdict:
    """The same, from averages already computed (to try others)."""
    draft = draft_decisions(student, cohort, averages)
    year, options = decide_year(draft)
    progression = progress(draft, year)
    ects_year, ects_total = count_credits(draft)
    diplomas = award_diplomas(draft)
    return Verdict(
        id=student.id,
        units={code: _unit_verdict(decided) for code, decided in draft.units.items()},
        rcues={name: _rcue_verdict(decided) for name, decided in draft.rcues.items()},
        year_judged=student.year_ends or year is not None,
        year=year,
        options=options,
        progression=progression,
        ects_year=ects_year,
        ects_total=ects_total,
        diplomas=diplomas,
        blocked=draft.blocked,
        reasons=tuple(draft.reasons),
    )


def _unit_verdict(decided: UnitDraft) -> UnitVerdict:
    return UnitVerdict(
        decided.unit.code,
        decided.displayed,
        decided.average,
        decided.code,
        decided.unit.ects if decided.code in VALIDATING else ZERO,
        decided.blocked,
        decided.unit.coefficients,
        decided.elements,
    )


def _rcue_verdict(decided: RcueDraft) -> RcueVerdict:
    one, other = decided.rcue.units
    return RcueVerdict(
        decided.rcue.name, decided.displayed, decided.average, decided.code, (one.code, other.code)
    )
