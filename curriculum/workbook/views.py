"""The workbook's pages: download a programme, send it back or bring a new one, read what it would make."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from butrt.base.accounts.doors import role_required
from butrt.base.accounts.models import Role
from butrt.base.documents.files import as_file, file_stem
from butrt.base.french import NBSP
from butrt.base.spreadsheets import MOST_BYTES, XLSX, Unreadable
from curriculum.doors import changeable, visible_programme
from curriculum.forms import FileForm
from curriculum.models import Department, Programme
from curriculum.proposals import propose
from curriculum.views import proposal_page
from curriculum.workbook.reading import Reading, read_workbook

if TYPE_CHECKING:
    from butrt.base.accounts.models import SignedInRequest

FILE: dict[str, Any] = {
    "accept": f".xlsx,{XLSX}",
    "help_text": f"Un fichier .xlsx, {MOST_BYTES // 2**20}{NBSP}Mo au plus.",
}
MOST_TOLD = 200
"""Refusals that a page lists; the number of the others is said."""


@require_safe
def download(request: SignedInRequest, pk: int) -> HttpResponse:
    from curriculum.workbook.writing import programme_workbook

    programme = visible_programme(request, pk)
    name = file_stem("programme", programme.formation, f"BUT{programme.year}", programme.in_force_from)
    return as_file(programme_workbook(programme), f"{name}.xlsx", XLSX)


def send_back(request: SignedInRequest, pk: int) -> HttpResponse:
    """Read the workbook of a programme: administrators of its department."""
    programme = changeable(request, pk)
    form = FileForm(request.POST or None, request.FILES or None, **FILE)
    return _page(request, form, programme.parcours.department, programme)


@role_required(Role.Name.ADMINISTRATOR)
def bring(request: SignedInRequest) -> HttpResponse:
    """Read the workbook of any programme of a department that this person administers."""
    keys = request.user.departments_as(Role.Name.ADMINISTRATOR)
    form = FileForm(request.POST or None, request.FILES or None, departments=keys, **FILE)
    return _page(request, form, Department.objects.get(pk=keys[0]), None)


def _page(
    request: SignedInRequest, form: FileForm, department: Department, expected: Programme | None
) -> HttpResponse:
    shown: dict[str, Any] = {"form": form, "programme": expected}
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        department = form.cleaned_data.get("department", department)
        try:
            # Of a file that is too large, no more than it takes to refuse it.
            reading = read_workbook(file.read(MOST_BYTES + 1), department=department, expected=expected)
        except Unreadable as error:
            shown["refused"] = str(error)
        else:
            if reading.data:
                return _proposed(request, reading, department, (file.name or "")[-100:])
            shown["refusals"] = reading.refusals[:MOST_TOLD]
            shown["untold"] = len(reading.refusals[MOST_TOLD:])
    return render(request, "curriculum/workbook/import.html", shown)


def _proposed(request: SignedInRequest, reading: Reading, department: Department, name: str) -> HttpResponse:
    proposal = propose(department=department, data=reading.data, name=name)
    same = not (proposal.sections or proposal.reordered) and proposal.programme is not None
    notes = [f"Rien à changer{NBSP}: le classeur dit ce qui est enregistré."] if same else []
    return proposal_page(request, [proposal], notes=[*notes, *reading.notes])
