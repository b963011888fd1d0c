from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import Http404, HttpResponse
from django.shortcuts import render

from butrt.base.accounts.doors import role_required
from butrt.base.accounts.models import Role
from butrt.base.spreadsheets import Unreadable
from curriculum.bringing.fiche import MOST_BYTES, notes_of, programme_of, read_sent_fiche
from curriculum.bringing.forms import ProvidedForm
from curriculum.bringing.provided import (
    Provided,
    programme_data,
    programmes,
    referential_data,
    referentials,
)
from curriculum.forms import FileForm
from curriculum.proposals import propose
from curriculum.referential import proposals as referential_proposals
from curriculum.referential.views import proposal_page as referential_page
from curriculum.views import proposal_page

if TYPE_CHECKING:
    from butrt.base.accounts.models import SignedInRequest

ADMINISTRATOR = Role.Name.ADMINISTRATOR
FICHE: dict[str, Any] = {"accept": ".txt,text/plain", "help_text": "Le texte de la fiche, en UTF-8."}


@role_required(ADMINISTRATOR)
def provided(request: SignedInRequest) -> HttpResponse:
    """What the site is given with: a référentiel or programmes chosen bring what they would change."""
    keys = request.user.departments_as(ADMINISTRATOR)
    posted = request.POST if request.method == "POST" else None
    form = ProvidedForm(posted, departments=keys, files=[file.name for file in programmes()])
    if form.is_valid():
        department = form.chosen_department
        if name := form.cleaned_data["referential"]:
            file = _named(referentials(), name)
            data = referential_data(file)
            return referential_page(
                request, referential_proposals.propose(department=department, data=data, name=file.name)
            )
        chosen = [file for file in programmes() if file.name in form.cleaned_data["programmes"]]
        made = [propose(department=department, data=programme_data(file), name=file.name) for file in chosen]
        return proposal_page(request, made)
    return render(
        request,
        "curriculum/bringing/provided.html",
        {"form": form, "referentials": referentials(), "programmes": programmes()},
    )


def _named(files: tuple[Provided, ...], name: str) -> Provided:
    for file in files:
        if file.name == name:
            return file
    raise Http404


@role_required(ADMINISTRATOR)
def bring_fiche(request: SignedInRequest) -> HttpResponse:
    """Send a fiche; read, it brings the programme that it would make."""
    keys = request.user.departments_as(ADMINISTRATOR)
    form = FileForm(request.POST or None, request.FILES or None, departments=keys, **FICHE)
    refused = ""
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        department = form.chosen_department
        name = (file.name or "")[-100:]
        try:
            fiche = read_sent_fiche(file.read(MOST_BYTES + 1))
            data = programme_of(fiche, department=department, name=name)
            proposal = propose(department=department, data=data, name=name)
            return proposal_page(request, [proposal], notes=notes_of(fiche))
        except Unreadable as error:
            refused = str(error)
    return render(request, "curriculum/bringing/fiche.html", {"form": form, "refused": refused})
