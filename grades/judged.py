"""What a jury judged is locked with its marks: bonuses, absences, enrolments. A change asks a motive.

The lock is that of the évaluations (`lock_marks`), so that a jury sent back to preparation, a correction of
its marks or a catch-up frees all of it at once. A change made all the same is a `Reopening` of one student
and one moment, that says what it changed: the juries to come read it in their checklist, the jury that had
judged on its pages, until it judges again.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING, TypeAlias

from django.core.exceptions import ValidationError
from django.utils import timezone

from butrt.base.documents.characters import check_printable
from butrt.base.french import NBSP, listed
from grades.models import Assessment, Cohort, Enrolment, Reopening

if TYPE_CHECKING:
    from butrt.base.accounts.models import User

FIELD = "unlocking"
"""The field of a form that holds the motive, and the argument of the services that ask it."""


Sits: TypeAlias = Callable[[int, Collection[int]], Collection[int]]
"""From a promotion's key and semesters to those that a jury judges or has judged."""

_sits: list[Sits] = []


def register(sits: Sits) -> None:
    """Ask `sits` of the semesters without any évaluation, whose lock would tell; `jury` registers its own."""
    if sits not in _sits:
        _sits.append(sits)


def locked_semesters(cohort: int, semesters: Collection[int]) -> set[int]:
    """Those of these semesters of a promotion where a jury locked an évaluation, or sits without any."""
    there = Assessment.objects.filter(teaching__cohort=cohort, teaching__element__semester__in=semesters)
    states = set(there.values_list("teaching__element__semester", "locked").distinct().order_by())
    bare = {*semesters} - {semester for semester, _ in states}
    asked = (semester for sits in _sits if bare for semester in sits(cohort, bare))
    return {semester for semester, locked in states if locked} | {*asked}


def judged_semesters(enrolment: Enrolment, semesters: Collection[int] | None = None) -> list[int]:
    """Those of these semesters (all of the year) that a jury locked, and are not open again for a student."""
    wanted = enrolment.cohort.semesters if semesters is None else semesters
    reopened = Reopening.objects.standing().filter(enrolments=enrolment).values_list("semester", flat=True)
    return sorted(locked_semesters(enrolment.cohort_id, wanted) - {*reopened})


def judged_groups(cohort: int) -> bool:
    """Whether a jury locked évaluations kept for a group: it judged who was in which."""
    kept = Assessment.objects.filter(teaching__cohort=cohort, locked=True, group__isnull=False)
    return kept.exists()


def unlock_for(
    enrolment: Enrolment,
    *,
    semesters: Collection[int],
    before: Mapping[str, str],
    after: Mapping[str, str],
    motive: str,
    by: User,
) -> None:
    """Keep under its motive what changes of a student in semesters that a jury judged: {label: words}.

    To call in the transaction of the change. Raises ValidationError without a motive.
    """
    differences = [
        f"{label}{NBSP}: {before.get(label, '') or 'rien'} → {after.get(label, '') or 'rien'}"
        for label in dict.fromkeys([*before, *after])
        if before.get(label, "") != after.get(label, "")
    ]
    judged = judged_semesters(enrolment, semesters) if differences else []
    if not judged:
        return
    changes = " ; ".join(differences)
    if not motive.strip():
        juries = listed([f"S{semester}" for semester in judged])
        raise ValidationError(
            {
                FIELD: f"{enrolment.student}, {changes}. Un jury a jugé {juries} avec ce qui était écrit : "
                "dire le motif du changement, les jurys suivants le liront. Ou la présidence corrige ce jury."
            }
        )
    check_printable(motive, "motif du changement")
    for semester in judged:
        made = Reopening.objects.create(
            cohort=enrolment.cohort,
            semester=semester,
            motive=motive.strip(),
            changes=changes,
            by=by,
            at=timezone.now(),
        )
        made.enrolments.add(enrolment)


def judged_again(cohort: Cohort, semester: int, enrolments: Collection[Enrolment]) -> None:
    """The jury of a semester has these students' changes in the figures that it freezes now."""
    changes = Reopening.objects.unjudged().filter(cohort=cohort, semester=semester)
    changes.filter(pk__in=changes.filter(enrolments__in=enrolments).values("pk")).update(
        ended_at=timezone.now()
    )
