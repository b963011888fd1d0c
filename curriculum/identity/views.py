"""The page where what a programme is gets written or corrected."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpResponse
from django.shortcuts import render

from butrt.base.forms import refusals_on, success
from butrt.base.meanwhile import Shown, journaled
from curriculum.doors import changeable
from curriculum.identity.forms import IdentityForm
from curriculum.identity.services import identity_data, set_identity
from curriculum.models import Programme

if TYPE_CHECKING:
    from butrt.base.accounts.models import SignedInRequest


def edit_identity(request: SignedInRequest, pk: int) -> HttpResponse:
    """Administrators of its department, even of a programme on which a jury judged."""
    programme = changeable(request, pk)
    shown = Shown(
        request,
        lambda data: [IdentityForm(data, initial=identity_data(Programme.objects.get(pk=programme.pk)))],
        last=journaled("programme.identity", about=str(programme), department=programme.parcours.department),
    )
    (form,) = shown.forms
    if form.is_valid():
        values = {name: text.replace("\r\n", "\n") for name, text in form.cleaned_data.items()}
        with refusals_on(form):
            changed = set_identity(programme=programme, values=values, by=request.user, check=shown.check)
            return success(request, "Fiche enregistrée." if changed else "Rien n’a changé.", programme)
    return render(
        request, "curriculum/identity/identity.html", {"programme": programme, "form": form, "shown": shown}
    )
