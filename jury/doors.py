"""The doors of the jury's pages: the session one may see, and what one may do with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404

from butrt.base.accounts.models import Role, User
from jury.cases.case import Case
from jury.cases.proceedings import Proceedings
from jury.models import Session

if TYPE_CHECKING:
    from butrt.base.accounts.models import SignedInRequest

PREPARING = (Role.Name.PRESIDENT, Role.Name.SECRETARIAT)
FOLLOWING = (Role.Name.PRESIDENT, Role.Name.MEMBER, Role.Name.DIRECTOR, Role.Name.SECRETARIAT)
FOLLOWING_PROMOTIONS = (Role.Name.DIRECTOR, Role.Name.PRESIDENT, Role.Name.SECRETARIAT)


def follows_juries(user: User) -> bool:
    """Whether juries are this person's concern: by a role, or because they sit in one (a teacher, say)."""
    if user.is_a(*FOLLOWING):
        return True
    return bool(user.works_in) and Session.objects.visible_to(user).exists()


def session_for(
    request: SignedInRequest, pk: int, *, doing: str = "", who: QuerySet[Session] | None = None
) -> Session:
    """The session, if this person may see it (404); if `doing` something is theirs to do (403)."""
    session = get_object_or_404(Session.objects.visible_to(request.user).with_programme(), pk=pk)
    if doing:
        allowed = Session.objects.presided_by(request.user) if who is None else who
        if not allowed.filter(pk=pk).exists():
            raise PermissionDenied(doing)
    return session


def documented_session(request: SignedInRequest, pk: int) -> Session:
    """The session, if its documents and exports are this person's to have: its president, the secretariat."""
    return session_for(
        request,
        pk,
        doing="Les documents du jury sont ceux de la présidence et du secrétariat.",
        who=Session.objects.documented_for(request.user),
    )


def case_of(proceedings: Proceedings, number: str) -> Case:
    """One student's case, or 404."""
    try:
        return proceedings.case(number)
    except KeyError as error:
        raise Http404 from error
