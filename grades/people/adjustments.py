"""Points added to an average, or taken away."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import NamedTuple

from django.core.exceptions import ValidationError
from django.db import transaction

from butrt.base.accounts.models import User
from butrt.base.exactjson import plain
from butrt.base.journal.services import record
from butrt.base.meanwhile import Check, unchecked
from curriculum.models import Unit
from grades.judged import unlock_for
from grades.models import Adjustment, Enrolment
from grades.people.holding import hold, refuse_errors, tidy


class Points(NamedTuple):
    """A bonus (positive) or a malus, out of 20, and why."""

    points: Decimal
    reason: str


@transaction.atomic
def set_adjustments(
    *,
    enrolment: Enrolment,
    adjustments: Mapping[Unit, Points],
    by: User,
    unlocking: str = "",
    check: Check = unchecked,
) -> None:
    """Make these the bonus and malus of a student's UE averages, no more and no less.

    `unlocking`: why what a jury judged changes all the same, refused without (see grades/judged.py).
    """
    cohort = enrolment.cohort
    department = hold(cohort)
    check()
    rows = enrolment.adjustments.select_related("unit")
    known = {row.unit_id: row for row in rows}
    before = {row.unit.code: points_told(row) for row in known.values()}
    semesters = {row.unit.code: row.unit.semester for row in known.values()}
    semesters |= {unit.code: unit.semester for unit in adjustments}
    for unit, (points, reason) in adjustments.items():
        about = f"{enrolment.student}, {unit.code}"
        if unit.programme_id != enrolment.programme_id:
            raise ValidationError(f"{about} : cette UE n’est pas du programme {enrolment.programme}.")
        if not points or not -20 <= points <= 20:
            raise ValidationError(f"{about} : les points vont de −20 à 20, sans être 0.")
        if not reason.strip():
            raise ValidationError(f"{about} : dire le motif du bonus ou du malus.")
        row = known.pop(unit.pk, None) or Adjustment(enrolment=enrolment, unit=unit)
        row.points, row.reason = points, tidy(reason)
        refuse_errors(row, {})
        row.save()
    for gone in known.values():
        gone.delete()
    after = {row.unit.code: points_told(row) for row in rows.all()}
    if before != after:
        changed = [semesters[code] for code in semesters if before.get(code) != after.get(code)]
        unlock_for(
            enrolment,
            # The jury of the even semester judges the UE of both.
            semesters=[semester for semester in cohort.semesters if semester >= min(changed)],
            before=before,
            after=after,
            motive=unlocking,
            by=by,
        )
        record(
            act="enrolment.adjustments",
            about=str(enrolment),
            by=by,
            department=department,
            details={"enrolment": enrolment.pk, "before": before, "after": after},
        )


def points_told(row: Adjustment) -> str:
    """What the journal keeps of a bonus or a malus."""
    return f"{plain(row.points)}, {row.reason}"
