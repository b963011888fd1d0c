"""What is done from the table: accept together what is of right, take the last act back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from butrt.base.forms import refusals_told
from butrt.base.french import several
from butrt.base.requested import key_of
from jury.doors import session_for
from jury.sittings import services

if TYPE_CHECKING:
    from butrt.base.accounts.models import SignedInRequest


@require_POST
def adopt(request: SignedInRequest, pk: int) -> HttpResponse:
    """Accept the proposals of right, those and as many as the page showed."""
    session = session_for(request, pk, doing="La présidence du jury accepte les propositions de droit.")
    with refusals_told(request):
        act = services.adopt(
            session=session,
            by=request.user,
            expected=_number(request, "expected"),
            shown=request.POST.get("shown", ""),
        )
        one, many = "proposition de droit acceptée", "propositions de droit acceptées"
        messages.success(request, f"{several(act.adoptions.count(), one, many)}.")
    return redirect("jury:room", pk=pk)


@require_POST
def undo(request: SignedInRequest, pk: int) -> HttpResponse:
    """Take back the last act, the one that the page offered to take back."""
    session = session_for(request, pk, doing="La présidence du jury annule un acte.")
    with refusals_told(request):
        act = services.undo(session=session, by=request.user, act=_number(request, "act") or None)
        messages.success(request, f"Annulé : {services.act_in_words(act)}.")
    return redirect("jury:room", pk=pk)


def _number(request: SignedInRequest, field: str) -> int:
    return key_of(request.POST.get(field, ""))
