from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, OuterRef, Subquery, Sum
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from butrt.base.accounts.doors import role_required
from butrt.base.accounts.models import Role
from butrt.base.forms import refusals_on, success
from butrt.base.previews import PROPOSAL_GONE, Gone, PlanChanged
from butrt.base.schoolyears import in_course
from butrt.base.tables import arranged
from curriculum.derogations import Derogation
from curriculum.differences import differences
from curriculum.doors import ADMINISTRATORS_ONLY, STAFF, changeable, may_change, visible_programme
from curriculum.findings import findings_of, only_in, shares
from curriculum.forms import NewVersionForm
from curriculum.maquette import maquette
from curriculum.models import Element, Programme, ProgrammeQuerySet, Regulation, Specialty, Unit
from curriculum.programmefile import ProgrammeError
from curriculum.programmelock import locked_by
from curriculum.proposals import Proposal, propose, read_token, take_proposals
from curriculum.reading import programme_data
from curriculum.services import new_version
from curriculum.tables import ProgrammeTable

if TYPE_CHECKING:
    from butrt.base.accounts.models import SignedInRequest


@role_required(*STAFF)
def programme_list(request: SignedInRequest) -> HttpResponse:
    units = Unit.objects.filter(programme=OuterRef("pk")).order_by().values("programme")
    elements = Element.objects.filter(programme=OuterRef("pk")).order_by().values("programme")
    programmes = (
        Programme.objects.visible_to(request.user)
        .select_related("parcours__specialty")
        .annotate(
            unit_count=Subquery(units.annotate(number=Count("pk")).values("number")),
            ects=Subquery(units.annotate(number=Sum("ects")).values("number")),
            element_count=Subquery(elements.annotate(number=Count("pk")).values("number")),
        )
    )
    table = arranged(request, ProgrammeTable(programmes))
    may_create = request.user.is_a(Role.Name.ADMINISTRATOR)
    return render(
        request,
        "curriculum/programme_list.html",
        {
            "table": table,
            "may_create": may_create,
            "reads_results": request.user.is_a(Role.Name.SECRETARIAT, Role.Name.DIRECTOR),
            "specialties": Specialty.objects.filter(department__in=request.user.works_in),
        },
    )


def programme_detail(request: SignedInRequest, pk: int) -> HttpResponse:
    programme = visible_programme(request, pk)
    table = maquette(programme)
    return render(
        request,
        "curriculum/programme_detail.html",
        {
            "programme": table.programme,
            "maquette": table,
            "findings": findings_of(table),
            "shares": shares(table),
            "others": _versions(programme).exclude(pk=programme.pk),
            "judged": locked_by([programme.pk]),
            "derogations": _derogations(programme),
            "may_change": may_change(request, programme.parcours.department_id),
            "identity": programme.identity,
        },
    )


def _derogations(programme: Programme) -> list[Derogation]:
    """Where the règlement in force for a programme this school year departs from the texts."""
    regulation = Regulation.objects.in_force(
        department=programme.parcours.department_id,
        programme=programme.pk,
        school_year=in_course(),
    ).first()
    return regulation.derogations if regulation else []


def programme_new_version(request: SignedInRequest, pk: int) -> HttpResponse:
    """Copy a programme for another school year: administrators of its department."""
    programme = changeable(request, pk)
    form = NewVersionForm(request.POST or None, initial={"in_force_from": programme.in_force_from + 1})
    if form.is_valid():
        with refusals_on(form, ProgrammeError):
            made = new_version(
                programme=programme, in_force_from=form.cleaned_data["in_force_from"], by=request.user
            )
            return success(
                request, f"Version en vigueur depuis {made.in_force_from} faite, égale à la précédente.", made
            )
    return render(request, "curriculum/programme_new_version.html", {"programme": programme, "form": form})


def programme_differences(request: SignedInRequest, pk: int, since: int) -> HttpResponse:
    """What changed from one version of a year of a parcours to another."""
    programme = visible_programme(request, pk)
    before = get_object_or_404(_versions(programme).exclude(pk=programme.pk), pk=since)
    tables = maquette(before), maquette(programme)
    return render(
        request,
        "curriculum/programme_differences.html",
        {
            "programme": programme,
            "before": before,
            "sections": differences(programme_data(before), programme_data(programme)),
            "sums": tables,
            "gone": only_in(findings_of(tables[0]), findings_of(tables[1])),
            "come": only_in(findings_of(tables[1]), findings_of(tables[0])),
        },
    )


@role_required(Role.Name.ADMINISTRATOR)
def programme_confirm(request: SignedInRequest) -> HttpResponse:
    """Do what a proposal showed, posted back as it was shown: administrators of its department."""
    try:
        proposals = [read_token(token, by=request.user) for token in request.POST.getlist("proposal")]
    except Gone:
        messages.error(request, PROPOSAL_GONE)
        return redirect("curriculum:programmes")
    if not proposals:
        return redirect("curriculum:programmes")
    if any(not may_change(request, proposal.department.pk) for proposal in proposals):
        raise PermissionDenied(ADMINISTRATORS_ONLY)
    try:
        taken = take_proposals(proposals, by=request.user)
    except (PlanChanged, ProgrammeError) as error:
        again = [
            propose(department=proposal.department, data=proposal.data, name=proposal.name)
            for proposal in proposals
        ]
        return proposal_page(request, again, refused=str(error))
    for programme in taken:
        messages.success(request, f"{programme}, depuis {programme.in_force_from} : enregistré.")
    return redirect(taken[0] if len(taken) == 1 else "curriculum:programmes")


@dataclass(frozen=True, slots=True)
class Again:
    """The form that proposals were made from, to be posted back to its page and corrected."""

    url: str
    fields: Sequence[tuple[str, str]]


def proposal_page(
    request: SignedInRequest,
    proposals: list[Proposal],
    *,
    notes: Sequence[str] = (),
    refused: str = "",
    again: Again | None = None,
) -> HttpResponse:
    """What one or several programmes would become, to be confirmed together."""
    return render(
        request,
        "curriculum/proposal.html",
        {
            "proposals": proposals,
            "tokens": [proposal.token(request.user) for proposal in proposals if proposal.applicable],
            "notes": notes,
            "refused": refused,
            "again": again,
        },
    )


def _versions(programme: Programme) -> ProgrammeQuerySet:
    """The versions of a year of a parcours, this one among them."""
    return Programme.objects.filter(parcours=programme.parcours, year=programme.year).select_related(
        "parcours__department", "parcours__specialty"
    )
