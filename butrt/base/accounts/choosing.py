"""Which department a page is about, for who administers several: its address says so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404

from butrt.base.accounts.models import Role, User, departments_of
from butrt.base.requested import key_of

if TYPE_CHECKING:
    from butrt.base.accounts.models import SignedInRequest
    from butrt.base.departments import Department

ASKED = "departement"  # in the address


def administered(user: User) -> QuerySet[Any]:
    """The departments that a person administers."""
    return departments_of(user.departments_as(Role.Name.ADMINISTRATOR))


def chosen(request: SignedInRequest, *, of: User | None = None) -> Department:
    """The department that the address asks for, else the first one, where `of` has a role if there is one.

    Raises Http404 for one that the person does not administer.
    """
    mine = administered(request.user)
    if asked := request.GET.get(ASKED):
        department: Department = get_object_or_404(mine, pk=key_of(asked))
        return department
    theirs = mine.filter(roles__user=of).first() if of else None
    return theirs or get_object_or_404(mine[:1])


def choice(request: SignedInRequest, department: Department) -> dict[str, Any]:
    """What `base/accounts/_departments.html` shows: nothing to who administers one."""
    return {"department": department, "departments": administered(request.user)}
