"""Who came, noted from the room: one key for a member, one for all of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from butrt.base.accounts.models import User
from butrt.base.accounts.signedin import from_script
from butrt.base.forms import tell_refusal
from butrt.base.requested import key_of
from jury.models import Member, Session
from jury.sittings.doors import session_for
from jury.sittings.services import Refusal, hold, journal

if TYPE_CHECKING:
    from butrt.base.accounts.models import SignedInRequest

# What pressing the key of a member makes of their presence.
NEXT = {
    Member.Presence.CONVENED: Member.Presence.PRESENT,
    Member.Presence.PRESENT: Member.Presence.EXCUSED,
    Member.Presence.EXCUSED: Member.Presence.CONVENED,
}


@transaction.atomic
def attend(*, session: Session, by: User, presence: str, member: int | None = None) -> None:
    """Note the presence of a member; of everybody not excused when `member` is None.

    Raises `Refusal` once the jury is closed, or for a member who is no longer in the list.
    """
    session = hold(session)
    if session.state == Session.State.CLOSED:
        raise Refusal("Le jury est clos : la liste des membres est celle du PV.")
    if presence not in Member.Presence.values:
        raise Refusal("Cette présence n’existe pas : présent, excusé ou convoqué.")
    rows = list(session.members.exclude(presence=presence))
    if member is None:
        rows = [each for each in rows if each.presence == Member.Presence.CONVENED]
    else:
        if not session.members.filter(pk=member).exists():
            raise Refusal("Cette personne n’est plus dans la liste des membres. Relire la liste.")
        rows = [each for each in rows if each.pk == member]
    for each in rows:
        each.presence = presence
        each.full_clean()
        each.save()
    if rows:
        said = [f"{each}, {each.get_presence_display()}" for each in rows]
        journal("session.members", session, by, members=said)


def lines(members: Iterable[Member]) -> list[tuple[Member, str]]:
    """Each member, and what their key would make of their presence."""
    return [(each, NEXT[Member.Presence(each.presence)]) for each in members]


@require_POST
def presences(request: SignedInRequest, pk: int) -> HttpResponse:
    """`member` "12:present", or `all`: from the room, whose script is given the list back."""
    found = session_for(
        request,
        pk,
        doing="La présidence et le secrétariat notent les présences.",
        who=Session.objects.documented_for(request.user),
    )
    member, _, presence = request.POST.get("member", "").partition(":")
    refused = ""
    try:
        if "all" in request.POST:
            attend(session=found, by=request.user, presence=Member.Presence.PRESENT)
        else:
            attend(session=found, by=request.user, presence=presence, member=key_of(member))
    except ValidationError as error:
        refused = " ".join(error.messages)
        if not from_script(request):
            tell_refusal(request, error)
    if from_script(request):
        context = {"session": found, "lines": lines(found.members.all()), "refused": refused}
        return render(request, "jury/room/_presences.html", context)
    return redirect("jury:room", pk=pk)
