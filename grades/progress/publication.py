"""Publishing an évaluation: from then on each student sees their own mark, and every change of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db import transaction

from butrt.base.journal.services import record
from grades.models import Assessment

if TYPE_CHECKING:
    from butrt.base.accounts.models import User


@transaction.atomic
def publish(*, assessment: Assessment, by: User) -> Assessment:
    """Show an évaluation to its students. A jury's lock changes nothing to it: no mark is touched.

    Raises ValidationError, in French, when it is published already or has no mark to show.
    """
    assessment = _locked(assessment)
    if assessment.published:
        raise ValidationError(f"{assessment.title} est déjà publiée.")
    shown = assessment.marks.exclude(value=None, code="").count()
    if not shown:
        raise ValidationError(f"{assessment.title} n’a aucune note : rien à publier.")
    return _set(assessment, published=True, by=by, details={"marks": shown})


@transaction.atomic
def withdraw(*, assessment: Assessment, motive: str, by: User) -> Assessment:
    """Take an évaluation out of the students' sight, for a motive: some have seen their mark.

    Raises ValidationError, in French, without a motive or when it is not published.
    """
    assessment = _locked(assessment)
    if not assessment.published:
        raise ValidationError(f"{assessment.title} n’est pas publiée.")
    motive = motive.strip()
    if not motive:
        raise ValidationError({"motive": "Des étudiants ont pu voir leur note : le retrait se motive."})
    return _set(assessment, published=False, by=by, details={"motive": motive})


def _locked(assessment: Assessment) -> Assessment:
    """The évaluation as it now is; other writers wait."""
    return (
        Assessment.objects.select_for_update(of=("self",), no_key=True)
        .select_related("teaching__element", "teaching__cohort__specialty__department")
        .get(pk=assessment.pk)
    )


def _set(assessment: Assessment, *, published: bool, by: User, details: dict[str, int | str]) -> Assessment:
    assessment.published = published
    assessment.save(update_fields=["published"])
    record(
        act="assessment.publish" if published else "assessment.withdraw",
        about=str(assessment),
        by=by,
        department=assessment.teaching.cohort.department,
        details={"assessment": assessment.pk, **details},
    )
    return assessment
