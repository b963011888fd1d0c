"""From a dossier to a verdict: averages, then decisions, then what follows."""

from .averages import Averages, unit_averages
from .decisions import draft_decisions
from .progression import award_diplomas, count_credits, decide_year, progress
from .values import Cohort, Student, Verdict


def decide(student: Student, cohort: Cohort) -> Verdict:
    """Apply every rule to one student, by their own programme; averages on 20, credits in ECTS.

    The values are taken as read: `jury.cases.cohortfile` and the database refuse what makes no sense.
    """
    return decide_from(unit_averages(student, cohort), student, cohort)


def decide_from(averages: Averages, student: Student, cohort: Cohort) -> Verdict:
    """The same, from averages already computed (to try others)."""
    draft = draft_decisions(student, cohort.of(student), averages)
    year, options = decide_year(draft)
    progression = progress(draft, year)
    ects_year, ects_total = count_credits(draft)
    diplomas = award_diplomas(draft)
    return Verdict(
        id=student.id,
        units=draft.units,
        rcues=draft.rcues,
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
