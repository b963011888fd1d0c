"""The référentiel's pages: what a spécialité is made of, and a file brought in, read before it is loaded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from butrt.base.accounts.doors import role_required
from butrt.base.accounts.models import Role
from butrt.base.forms import success
from butrt.base.french import NBSP
from butrt.base.previews import PROPOSAL_GONE, Gone, PlanChanged
from butrt.base.spreadsheets import Unreadable
from curriculum.doors import ADMINISTRATORS_ONLY, STAFF, may_change
from curriculum.forms import FileForm
from curriculum.models import Competence, Department, Specialty
from curriculum.referential.file import MOST_BYTES, read_referential
from curriculum.referential.proposals import Proposal, propose, read_token, take
from curriculum.referential.services import programmes_of

if TYPE_CHECKING:
    from butrt.base.accounts.models import SignedInRequest

FILE: dict[str, Any] = {
    "accept": ".xml,.json",
    "help_text": f"Orébut en XML, ou JSON, {MOST_BYTES // 2**20}{NBSP}Mo au plus.",
}


@dataclass(frozen=True)
class ShownCompetence:
    """A competence with its niveaux by year and the parcours that it belongs to; none: common."""

    competence: Competence
    years: list[Any]
    parcours: list[Any]


@role_required(*STAFF)
def referential(request: SignedInRequest, pk: int) -> HttpResponse:
    specialty = get_object_or_404(Specialty, pk=pk, department__in=request.user.works_in)
    competences = specialty.competences.prefetch_related("levels", "parcours")
    return render(
        request,
        "curriculum/referential/referential.html",
        {
            "specialty": specialty,
            "lines": [_line(competence) for competence in competences],
            "parcours": specialty.parcours.order_by("-common", "name"),
            "programmes": programmes_of(specialty),
            "may_change": may_change(request, specialty.department_id),
        },
    )


def _line(competence: Competence) -> ShownCompetence:
    levels = {level.year: level for level in competence.levels.all()}
    parcours = [] if competence.common else list(competence.parcours.all())
    return ShownCompetence(competence, [levels.get(year) for year in (1, 2, 3)], parcours)


@role_required(Role.Name.ADMINISTRATOR)
def bring(request: SignedInRequest) -> HttpResponse:
    """Send a file; read, it brings what it would change."""
    keys = request.user.departments_as(Role.Name.ADMINISTRATOR)
    form = FileForm(request.POST or None, request.FILES or None, departments=keys, **FILE)
    refused = ""
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        department = form.cleaned_data.get("department") or Department.objects.get(pk=keys[0])
        try:
            data = read_referential(file.read(MOST_BYTES + 1))
            return proposal_page(
                request, propose(department=department, data=data, name=(file.name or "")[-100:])
            )
        except Unreadable as error:
            refused = str(error)
    return render(request, "curriculum/referential/bring.html", {"form": form, "refused": refused})


@role_required(Role.Name.ADMINISTRATOR)
def confirm(request: SignedInRequest) -> HttpResponse:
    """Do what a proposal showed, posted back as it was shown."""
    try:
        proposal, seen = read_token(request.POST.get("proposal", ""), by=request.user)
    except Gone:
        if request.method == "POST":
            messages.error(request, PROPOSAL_GONE)
        return redirect("curriculum:bring_referential")
    if not may_change(request, proposal.department.pk):
        raise PermissionDenied(ADMINISTRATORS_ONLY)
    try:
        specialty = take(proposal, seen=seen, by=request.user)
    except PlanChanged as error:
        return proposal_page(request, proposal, refused=str(error))
    return success(request, f"Référentiel {specialty} : enregistré.", specialty)


def proposal_page(request: SignedInRequest, proposal: Proposal, refused: str = "") -> HttpResponse:
    """What a référentiel would change, to be confirmed."""
    token = proposal.token(request.user) if proposal.changes else ""
    return render(
        request,
        "curriculum/referential/proposal.html",
        {"proposal": proposal, "token": token, "refused": refused},
    )
