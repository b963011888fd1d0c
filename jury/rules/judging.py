"""From a dossier to a verdict: the rules, in the order in which the texts apply them."""

from .draft import Draft
from .programme import Cohort
from .progression import award_diplomas, count_credits, progress
from .rcue import acquire_levels_below, apply_jury_to_rcues, compensate, decide_rcue, rcues_to_decide
from .student import Student
from .ue import apply_jury_to_units, decide_units
from .ue_averages import UnitAverages, unit_averages
from .verdict import Verdict
from .year import decide_year


def decide(student: Student, cohort: Cohort) -> Verdict:
    """Apply every rule to one student, by their own programme; averages on 20, credits in ECTS.

    The values are taken as read: `jury.cases.cohortfile` and the database refuse what makes no sense.
    """
    return decide_from(unit_averages(student, cohort), student, cohort)


def decide_from(averages: UnitAverages, student: Student, cohort: Cohort) -> Verdict:
    """The same, from averages already computed (to try others)."""
    draft = Draft(student, cohort.of(student))

    decide_units(draft, averages.values())
    apply_jury_to_units(draft)
    for rcue in rcues_to_decide(draft):
        decide_rcue(draft, rcue)
    compensate(draft)
    apply_jury_to_rcues(draft)
    acquire_levels_below(draft)

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
        blocked=tuple(draft.blocked),
        reasons=tuple(draft.reasons),
    )
