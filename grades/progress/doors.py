"""Whose promotions' progress a person follows, and where they remind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404

from butrt.base.accounts.models import Role
from grades.models import Cohort

if TYPE_CHECKING:
    from butrt.base.accounts.models import User

WATCHERS = (Role.Name.DIRECTOR, Role.Name.PRESIDENT, Role.Name.SECRETARIAT)
REMINDERS = (Role.Name.DIRECTOR, Role.Name.PRESIDENT)
REMINDERS_ONLY = "La direction des études et la présidence du jury relancent."


def cohort_to_watch(user: User, pk: int) -> Cohort:
    """A promotion whose progress this person follows; for the others it does not exist."""
    rows = Cohort.objects.filter(specialty__department__in=user.departments_as(*WATCHERS))
    return get_object_or_404(rows.select_related("specialty__department"), pk=pk)


def may_remind(user: User, cohort: Cohort) -> bool:
    return user.has_role(cohort.department, *REMINDERS)


def cohort_to_remind(user: User, pk: int) -> Cohort:
    """A promotion whose people this person reminds; who only follows it is told so (403)."""
    cohort = cohort_to_watch(user, pk)
    if not may_remind(user, cohort):
        raise PermissionDenied(REMINDERS_ONLY)
    return cohort
