"""The table of the jury."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import HttpResponse
from django.shortcuts import render

from jury import services
from jury.doors import session_for
from jury.forms import MotiveForm
from jury.models import Member, Session
from jury.proceedings import Proceedings
from jury.room.table import groups

if TYPE_CHECKING:
    from butrt.accounts.models import SignedInRequest


def room(request: SignedInRequest, pk: int) -> HttpResponse:
    """The table of the jury: students × UE, RCUE, year, grouped by what is left to decide."""
    found = session_for(request, pk)
    proceedings = Proceedings.of(found)
    return render(
        request,
        "jury/room.html",
        {
            "session": found,
            "proceedings": proceedings,
            "groups": groups(proceedings),
            "presides": found.president_id == request.user.pk,
            "present": sum(each.presence == Member.Presence.PRESENT for each in found.members.all()),
            "next": next((case for case in proceedings.cases if case.undecided), None),
            "back_form": MotiveForm(),
            "last_act": _last_act(found),
        },
    )


def _last_act(session: Session) -> dict[str, Any] | None:
    """The act that the room offers to take back: {pk, told}."""
    act = services.undoable(session).select_related("by").last()
    if act is None or session.state != Session.State.DELIBERATION:
        return None
    return {"pk": act.pk, "told": services.told_act(act)}
