"""What the rows of an import do that juries decided against, or judged otherwise: asked with a motive."""

from __future__ import annotations

from grades.enrolling import objections_to
from grades.intake.plan import Against, ImportPlan, Known, Late, New, takes_anew, told_to_a_jury
from grades.judged import judged_groups, locked_semesters
from grades.models import Reopening


def against(plan: ImportPlan) -> list[Against]:
    """Who would take semesters that juries decided against; asked of all at once."""
    moved = {known.row: known for known in plan.changed if takes_anew(known)}
    both = plan.cohort.semesters
    objections = objections_to(
        plan.cohort,
        {student: (known.programme, known.semesters or both) for student, known in moved.items()},
    )
    return [
        Against(known.line, known.student, " ".join(objections[student.pk]))
        for student, known in moved.items()
        if student.pk in objections
    ]


def late(plan: ImportPlan) -> list[Late]:
    """Who enters a semester that a jury has judged, or changes there; see grades/judged.py."""
    both = plan.cohort.semesters
    locked = locked_semesters(plan.cohort.pk, both)
    if not locked:
        return []
    reopened = Reopening.objects.standing().filter(cohort=plan.cohort)
    free = set(reopened.values_list("enrolments", "semester"))
    with_groups = judged_groups(plan.cohort.pk)
    rows: list[New | Known] = [*plan.new, *plan.changed]
    late_rows = []
    for row in rows:
        was = row.enrolment if isinstance(row, Known) else None
        change = told_to_a_jury(row, with_groups=with_groups)
        touched = {*(row.semesters or both), *(was.semesters if was else ())} if change else set()
        judged = [semester for semester in touched & locked if not was or (was.pk, semester) not in free]
        if judged:
            late_rows.append(Late(row.line, row.student, sorted(judged), change))
    return sorted(late_rows)
