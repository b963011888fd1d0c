"""The programmes that a person reads, and those that they change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404

from butrt.base.accounts.models import Role
from curriculum.models import Programme

if TYPE_CHECKING:
    from butrt.base.accounts.models import SignedInRequest

ADMINISTRATORS_ONLY = "Seule l’administration du département change ses programmes."
STAFF = tuple(role for role in Role.Name if role != Role.Name.STUDENT)


def visible_programme(request: SignedInRequest, pk: int) -> Programme:
    visible = Programme.objects.visible_to(request.user).select_related(
        "parcours__department", "parcours__specialty"
    )
    return get_object_or_404(visible, pk=pk)


def changeable(request: SignedInRequest, pk: int) -> Programme:
    """A programme that this person may change; who may only see it is refused (403)."""
    programme = visible_programme(request, pk)
    if not may_change(request, programme.parcours.department_id):
        raise PermissionDenied(ADMINISTRATORS_ONLY)
    return programme


def may_change(request: SignedInRequest, department: int) -> bool:
    """Whether this person changes the programmes of a department (by key)."""
    return department in request.user.departments_as(Role.Name.ADMINISTRATOR)
