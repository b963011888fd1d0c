"""The elements that a person may fill or head: what one may not see does not exist, the rest says why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404

from grades.models import Teaching

if TYPE_CHECKING:
    from butrt.base.accounts.models import User


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
