"""The promotions and elements that a person reads, keeps or fills: what they may not see does not exist."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404

from butrt.base.accounts.models import Role
from grades.models import Cohort, Enrolment, Teaching

if TYPE_CHECKING:
    from butrt.base.accounts.models import User

KEEPERS_ONLY = "Le secrétariat et la direction des études tiennent les promotions."


def teaching_to_fill(user: User, pk: int) -> Teaching:
    """An element where this person may enter marks; for the others it does not exist."""
    return get_object_or_404(
        Teaching.objects.fillable_by(user).select_related("element", "cohort__specialty__department"),
        pk=pk,
    )


def heads(user: User, teaching: Teaching) -> bool:
    """Whether this person answers for the element: its heads, and the director of studies."""
    return Teaching.objects.headed_by(user).filter(pk=teaching.pk).exists()


def teaching_to_head(user: User, pk: int, reason: str) -> Teaching:
    """An element that this person answers for; who only fills it is told `reason` (403)."""
    teaching = teaching_to_fill(user, pk)
    if not heads(user, teaching):
        raise PermissionDenied(reason)
    return teaching


def cohort_to_read(user: User, pk: int) -> Cohort:
    """A promotion this person may read; for the others it does not exist."""
    rows = Cohort.objects.listed_for(user).select_related("specialty__department")
    return get_object_or_404(rows, pk=pk)


def keeps_cohort(user: User, cohort: Cohort) -> bool:
    return user.has_role(cohort.department, Role.Name.DIRECTOR, Role.Name.SECRETARIAT)


def cohort_to_keep(user: User, pk: int) -> Cohort:
    """A promotion whose people this person keeps; who may only read it is told so (403)."""
    cohort = cohort_to_read(user, pk)
    if not keeps_cohort(user, cohort):
        raise PermissionDenied(KEEPERS_ONLY)
    return cohort


def enrolment_to_keep(user: User, pk: int) -> Enrolment:
    """An enrolment of a promotion that this person keeps."""
    rows = Enrolment.objects.filter(cohort__in=Cohort.objects.listed_for(user))
    enrolment = get_object_or_404(
        rows.select_related("student__account", "group", "cohort__specialty__department"),
        pk=pk,
    )
    if not keeps_cohort(user, enrolment.cohort):
        raise PermissionDenied(KEEPERS_ONLY)
    return enrolment
