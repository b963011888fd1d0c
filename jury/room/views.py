"""The table of the jury."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from jury.doors import session_for
from jury.forms import MotiveForm
from jury.models import RoomPreference
from jury.room.page import Room
from jury.room.table import COLUMNS

if TYPE_CHECKING:
    from butrt.accounts.models import SignedInRequest


def room(request: SignedInRequest, pk: int) -> HttpResponse:
    """The table of the jury: students × UE, RCUE, year, arranged as the address asks."""
    found = Room(session_for(request, pk), request.user, request.GET)
    return render(
        request,
        "jury/room.html",
        {
            "room": found,
            "session": found.session,
            "proceedings": found.proceedings,
            "back_form": MotiveForm(),
        },
    )


@require_POST
def prefer(request: SignedInRequest, pk: int) -> HttpResponse:
    """Remember the columns that this person wants in the table, or names in the projection."""
    session_for(request, pk)
    chosen: dict[str, object] = {}
    if "columns" in request.POST:
        chosen["columns"] = [key for key in COLUMNS if key in request.POST.getlist("columns")]
    if "names" in request.POST:
        chosen["names"] = request.POST["names"] == "1"
    RoomPreference.objects.update_or_create(user=request.user, defaults=chosen)
    if request.headers.get("X-Requested-With") == "fetch":
        return HttpResponse(status=204)
    return redirect("jury:room", pk=pk)
