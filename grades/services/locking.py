"""The marks of a semester locked by its jury, opened again for a motive."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from butrt.base.journal.services import record
from grades import locks
from grades.models import Assessment, Cohort, Enrolment, Reopening

if TYPE_CHECKING:
    from butrt.base.accounts.models import User


@transaction.atomic
def lock_marks(
    *,
    cohort: Cohort,
    semesters: Collection[int],
    by: User,
    enrolments: Collection[int] | None = None,
    elements: Collection[str] | None = None,
) -> int:
    """Lock every évaluation of these semesters: the jury deliberates. Returns how many were open.

    Marks that were open for some students are closed again: those of `enrolments` alone, None for all.
    `elements`: the codes of those that the jury judges, None for all.
    """
    locks.own(cohort, semesters)
    keys = _evaluations(cohort, semesters, locked=False, elements=elements)
    Assessment.objects.filter(pk__in=keys).update(locked=True)
    reopened = Reopening.objects.standing().filter(cohort=cohort, semester__in=semesters)
    if enrolments is not None:
        theirs = Reopening.enrolments.through.objects.filter(enrolment__in=enrolments)
        reopened = reopened.filter(pk__in=theirs.values("reopening"))
    reopened.update(ended_at=timezone.now())
    record(
        act="marks.lock",
        about=_about(cohort, semesters),
        by=by,
        department=cohort.department,
        details={"cohort": cohort.pk, "semesters": sorted(semesters), "assessments": keys},
    )
    return len(keys)


@transaction.atomic
def reopen_for(
    *,
    cohort: Cohort,
    semesters: Collection[int],
    enrolments: Collection[Enrolment],
    motive: str,
    by: User,
) -> int:
    """Open the marks of some students again, for a motive; the évaluations stay locked for the others.

    Returns how many évaluations. Raises ValidationError without a motive.
    """
    if not motive.strip():
        raise ValidationError("Un déverrouillage se motive.")
    locks.own(cohort, semesters)
    keys = _evaluations(cohort, semesters, locked=True)
    now = timezone.now()
    for semester in sorted(semesters):
        made = Reopening.objects.create(
            cohort=cohort, semester=semester, motive=motive.strip(), by=by, at=now
        )
        made.enrolments.set(enrolments)
    record(
        act="marks.reopen",
        about=_about(cohort, semesters),
        by=by,
        department=cohort.department,
        details={
            "cohort": cohort.pk,
            "semesters": sorted(semesters),
            "assessments": keys,
            "enrolments": sorted(enrolment.pk for enrolment in enrolments),
            "motive": motive.strip(),
        },
    )
    return len(keys)


@transaction.atomic
def unlock_marks(
    *,
    cohort: Cohort,
    semesters: Collection[int],
    motive: str,
    by: User,
    elements: Collection[str] | None = None,
) -> int:
    """Open the évaluations of these semesters again, for a motive. Returns how many were locked.

    `elements`: the codes of those to open, None for all. Raises ValidationError without a motive.
    """
    if not motive.strip():
        raise ValidationError("Un déverrouillage se motive.")
    locks.own(cohort, semesters)
    keys = _evaluations(cohort, semesters, locked=True, elements=elements)
    Assessment.objects.filter(pk__in=keys).update(locked=False)
    record(
        act="marks.unlock",
        about=_about(cohort, semesters),
        by=by,
        department=cohort.department,
        details={
            "cohort": cohort.pk,
            "semesters": sorted(semesters),
            "assessments": keys,
            "motive": motive.strip(),
        },
    )
    return len(keys)


def _evaluations(
    cohort: Cohort, semesters: Collection[int], *, locked: bool, elements: Collection[str] | None = None
) -> list[int]:
    """Their keys, once every writer of marks has finished; in `load_sheet`'s order, lest two deadlock."""
    wanted = Assessment.objects.filter(
        teaching__cohort=cohort, teaching__element__semester__in=semesters, locked=locked
    )
    if elements is not None:
        wanted = wanted.filter(teaching__element__code__in=elements)
    held = wanted.select_for_update(of=("self",), no_key=True).order_by("teaching", "position", "pk")
    return [assessment.pk for assessment in held]


def _about(cohort: Cohort, semesters: Collection[int]) -> str:
    return f"{cohort}, {', '.join(f'S{semester}' for semester in sorted(semesters))}"
