"""The page of what a department wants on its PV and transcripts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, render

from butrt.base.accounts.models import Role
from butrt.base.forms import refusals_told, success
from butrt.base.meanwhile import Shown, journaled
from curriculum.models import Department
from jury.cases.spreads import FEWEST
from jury.documents.choices.forms import TranscriptForm, VisaFormSet
from jury.documents.choices.services import choices_of, choose
from jury.documents.choices.visas import FIELDS, FIRST
from jury.models import DocumentChoices

if TYPE_CHECKING:
    from butrt.base.accounts.models import SignedInRequest

KEEPERS = (Role.Name.ADMINISTRATOR, Role.Name.SECRETARIAT)


def choices(request: SignedInRequest, department: int) -> HttpResponse:
    """The visas of the PV and the figures of the transcript; administrator and secretariat keep them."""
    where = get_object_or_404(Department, pk__in=request.user.departments_as(*KEEPERS), pk=department)
    shown = Shown(
        request,
        lambda data: _forms(data, choices_of(where)),
        last=journaled("documents.choose", department=where),
    )
    formset, figures = shown.forms
    if request.method == "POST" and formset.is_valid() and figures.is_valid():
        with refusals_told(request):
            choose(
                department=where,
                visas=formset.visas,
                **figures.cleaned_data,
                by=request.user,
                check=shown.check,
            )
            return success(
                request,
                "Enregistré : les jurys clos désormais le porteront.",
                "jury:choices",
                department=where.pk,
            )
    page = {"department": where, "formset": formset, "figures": figures, "shown": shown}
    own = choices_of(where).pk
    return render(
        request,
        "jury/documents/choices/choices.html",
        page | {"fields": FIELDS.items(), "shipped": FIRST, "own": own, "fewest": FEWEST},
    )


def _forms(data: QueryDict | None, kept: DocumentChoices) -> list[Any]:
    """The visas, a line each, known by its text; and the figures."""
    visas = [{"key": visa, "text": visa, "position": place} for place, visa in enumerate(kept.visas, 1)]
    figures = {name: getattr(kept, name) for name in TranscriptForm.base_fields}
    return [VisaFormSet(data, initial=visas), TranscriptForm(data, initial=figures)]
