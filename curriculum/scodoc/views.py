"""The pages that take a formation of ScoDoc in: the file, where it goes, what its UE are, what would change.

Nothing is stored between the pages: the browser keeps what was read of the file, signed, for its sender.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from butrt.base import previews
from butrt.base.accounts.doors import role_required
from butrt.base.accounts.models import Role
from butrt.base.forms import refusals_on
from butrt.base.previews import GONE, Gone, given_back
from butrt.base.spreadsheets import Unreadable
from curriculum.models import Department, Programme
from curriculum.programmefile import ProgrammeError
from curriculum.proposals import propose
from curriculum.scodoc.converting import convert
from curriculum.scodoc.forms import FormationFileForm, Place, PlaceForm, UnitsForm
from curriculum.scodoc.proposing import Known, known_of
from curriculum.scodoc.reading import MOST_BYTES, Formation, formation_of, read_formation
from curriculum.views import Again, proposal_page

if TYPE_CHECKING:
    from butrt.base.accounts.models import SignedInRequest, User

SALT = "curriculum.scodoc"


@role_required(Role.Name.ADMINISTRATOR)
def send(request: SignedInRequest) -> HttpResponse:
    """Send a file; read, it brings the first questions."""
    posted = request.method == "POST"
    form = FormationFileForm(request.POST, request.FILES) if posted else FormationFileForm()
    refused = ""
    if form.is_valid():
        file = form.cleaned_data["file"]
        try:
            formation = read_formation(file.read(MOST_BYTES + 1))
            kept = keep(formation, name=file.name or "", by=request.user)
        except Unreadable as error:
            refused = str(error)
        else:
            asked = PlaceForm(formation=formation, departments=_departments(request))
            return _place_page(request, kept, file.name or "", formation, asked)
    return render(request, "curriculum/scodoc/send.html", {"form": form, "refused": refused})


@role_required(Role.Name.ADMINISTRATOR)
def place(request: SignedInRequest) -> HttpResponse:
    """Where the formation goes; answered, it brings the questions about its UE."""
    try:
        kept, name, formation = _kept(request)
    except Gone:
        return _gone(request)
    form = PlaceForm(request.POST, formation=formation, departments=_departments(request))
    if "again" in request.POST or not form.is_valid():
        return _place_page(request, kept, name, formation, form)
    asked = UnitsForm(formation=formation, place=form.place, known=_known(form.place))
    return _units_page(request, kept, name, formation, form, asked)


@role_required(Role.Name.ADMINISTRATOR)
def units(request: SignedInRequest) -> HttpResponse:
    """What its UE are; answered, it brings what would change, a programme a year."""
    try:
        kept, name, formation = _kept(request)
    except Gone:
        return _gone(request)
    form = PlaceForm(request.POST, formation=formation, departments=_departments(request))
    if not form.is_valid():
        return _place_page(request, kept, name, formation, form)
    known = _known(form.place)
    asked = UnitsForm(request.POST, formation=formation, place=form.place, known=known)
    if "again" in request.POST or not asked.is_valid():
        return _units_page(request, kept, name, formation, form, asked)
    made, notes = convert(formation, asked.answers, known, file=name)
    posted = [
        (field, value)
        for field, values in request.POST.lists()
        if field != "csrfmiddlewaretoken"
        for value in values
    ]
    with refusals_on(asked, ProgrammeError):
        proposals = [propose(department=form.place.department, data=data, name=name) for data in made]
        again = Again(reverse("curriculum:scodoc_units"), posted)
        return proposal_page(request, proposals, notes=notes, again=again)
    return _units_page(request, kept, name, formation, form, asked)


def keep(formation: Formation, *, name: str, by: User) -> str:
    """What was read of a file, as the browser keeps it, for this person only. Raises `Unreadable`."""
    too_much = Unreadable("Ce fichier contient beaucoup plus qu’une formation, il n’est pas lu.")
    return previews.keep({"name": name[:200], "tree": formation.tree}, salt=SALT, by=by, too_much=too_much)


def _kept(request: SignedInRequest) -> tuple[str, str, Formation]:
    """What the browser gives back: as it is, the file's name, the formation. Raises `Gone`."""
    kept = request.POST.get("kept", "")
    content = given_back(kept, salt=SALT, by=request.user)
    return kept, content["name"], formation_of(content["tree"])


def _gone(request: SignedInRequest) -> HttpResponse:
    if request.method == "POST":
        messages.error(request, GONE)
    return redirect("curriculum:scodoc")


def _departments(request: SignedInRequest) -> list[Department]:
    return list(Department.objects.filter(pk__in=request.user.departments_as(Role.Name.ADMINISTRATOR)))


def _known(place: Place) -> Known:
    return known_of(
        place.department,
        place.parcours["code"],
        modality=place.modality,
        in_force_from=place.in_force_from,
        years=place.years,
        described=place.parcours,
    )


def _place_page(
    request: SignedInRequest, kept: str, name: str, formation: Formation, form: PlaceForm
) -> HttpResponse:
    return render(
        request,
        "curriculum/scodoc/place.html",
        {"kept": kept, "name": name, "formation": formation, "form": form},
    )


def _units_page(
    request: SignedInRequest,
    kept: str,
    name: str,
    formation: Formation,
    place_form: PlaceForm,
    form: UnitsForm,
) -> HttpResponse:
    return render(
        request,
        "curriculum/scodoc/units.html",
        {
            "kept": kept,
            "name": name,
            "formation": formation,
            "place": place_form.place,
            "modality": Programme.Modality(place_form.place.modality).label,
            "place_form": place_form,
            "form": form,
        },
    )
