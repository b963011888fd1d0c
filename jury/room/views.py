"""The table of the jury."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from butrt.base.accounts.signedin import from_script
from jury.cases.proceedings import Proceedings
from jury.doors import session_for
from jury.models import RoomPreference
from jury.room import charts
from jury.room.page import Room
from jury.room.projection import projected
from jury.room.table import COLUMNS
from jury.room.together import offered
from jury.room.views_live import Version
from jury.sittings.forms import MotiveForm
from jury.sittings.usual_motives import motives_for

if TYPE_CHECKING:
    from butrt.base.accounts.models import SignedInRequest


def room(request: SignedInRequest, pk: int) -> HttpResponse:
    """The table of the jury: students × UE, RCUE, year, arranged as the address asks."""
    version = Version.of(request, pk)
    page = Room(session_for(request, pk), request.user, request.GET)
    if "projection" in request.GET:
        context = projected(page, version.shown) | {"version": version}
        return render(request, "jury/room/projection.html", context)
    return render(
        request,
        "jury/room/table.html",
        {
            "room": page,
            "version": version,
            "talk": page.discussed(version.shown),
            "session": page.session,
            "proceedings": page.proceedings,
            "back_form": MotiveForm(),
            "together": offered(page.session) if page.decides else [],
            "usual_motives": motives_for(page.session.department) if page.decides else [],
        },
    )


def spread(request: SignedInRequest, pk: int) -> HttpResponse:
    """How the averages and the year's codes spread: charts, and the same numbers."""
    session = session_for(request, pk)
    whole = Proceedings.of(session)
    proceedings = whole.of_programme(request.GET.get("parcours", ""))
    regulation = proceedings.cohort.regulation
    return render(
        request,
        "jury/room/spread.html",
        {
            "session": session,
            "proceedings": proceedings,
            "whole": whole,
            "histograms": charts.histograms(proceedings),
            "codes": charts.year_bars(proceedings),
            "bins": [f"{place}–{place + 1}" for place in range(charts.BINS)],
            "minimum": regulation.rcue_minimum,
            "pass_mark": regulation.pass_mark,
            "at_minimum": charts.at(regulation.rcue_minimum),
            "at_pass": charts.at(regulation.pass_mark),
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
    if from_script(request):
        return HttpResponse(status=204)
    return redirect("jury:room", pk=pk)
