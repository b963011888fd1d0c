"""The promotions that a person reads, and those whose people they keep."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404

from butrt.base.accounts.models import Role
from grades.models import Cohort, Enrolment

if TYPE_CHECKING:
    from butrt.base.accounts.models import User

KEEPERS_ONLY = "Le secrétariat et la direction des études tiennent les promotions."


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
