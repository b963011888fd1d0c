"""Marks from a list: pasted or sent, its columns and its évaluation chosen, previewed, confirmed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import render

from butrt.base.forms import success
from butrt.base.previews import Gone
from butrt.base.spreadsheets import Unreadable
from grades.doors import teaching_to_fill
from grades.grid import Grid
from grades.lists.forms import ColumnsForm, ListForm
from grades.lists.importing import ListPreview, preview_list, read_again, read_and_keep
from grades.lists.reading import MarkList
from grades.models import Assessment, MarkChange, Teaching
from grades.one_sheet import load_sheet
from grades.services import NothingRecorded
from grades.sheet import Sheet, Standing
from grades.workbook.importing import apply_preview, preview_again

if TYPE_CHECKING:
    from butrt.base.accounts.models import SignedInRequest

GONE = "Cette liste n’est plus gardée. La coller ou l’envoyer de nouveau."


def mark_list(request: SignedInRequest, pk: int) -> HttpResponse:
    """A list posted is read and previewed; its columns said again, too; a preview posted back is recorded."""
    teaching = teaching_to_fill(request.user, pk)
    sheet = load_sheet(teaching)
    opened = {key: one for key, one in sheet.assessments.items() if not one.locked or sheet.reopened}
    if sheet.aside:
        raise PermissionDenied(f"{teaching.element.display} est mis de côté, ses notes ne changent plus.")
    if sheet.assessments and not opened:
        raise PermissionDenied("Les notes de cet élément sont verrouillées, elles ne changent plus.")
    try:
        if token := request.POST.get("preview"):
            return _confirm(request, teaching, token)
        if token := request.POST.get("kept"):
            return _columns(request, sheet, opened, token)
    except Gone:
        return _send(request, sheet, opened, refused=GONE)
    if request.method == "POST":
        return _read(request, sheet, opened)
    return _send(request, sheet, opened)


def _send(
    request: SignedInRequest,
    sheet: Sheet[Standing],
    opened: dict[int, Assessment],
    form: ListForm | None = None,
    refused: str = "",
) -> HttpResponse:
    shown = next((column.assessment.pk for column in Grid(sheet).columns if column.shown), None)
    form = form or ListForm(assessments=opened, initial=shown)
    context = {"teaching": sheet.teaching, "form": form, "refused": refused, "opened": opened}
    return render(request, "grades/lists/send.html", context)


def _read(request: SignedInRequest, sheet: Sheet[Standing], opened: dict[int, Assessment]) -> HttpResponse:
    """A list just received, with its columns as they are recognised."""
    form = ListForm(request.POST, request.FILES, assessments=opened)
    if not form.is_valid():
        return _send(request, sheet, opened, form)
    data, name = form.content()
    assessment = opened[int(form.cleaned_data["assessment"])]
    try:
        marks, columns, token = read_and_keep(
            sheet=sheet, data=data, name=name, assessment=assessment, by=request.user
        )
    except Unreadable as error:
        return _send(request, sheet, opened, form, refused=str(error))
    seen = {name: str(number) for name, number in columns._asdict().items()}
    chosen = ColumnsForm({**seen, "assessment": str(assessment.pk)}, marks=marks, assessments=opened)
    return _preview(request, sheet, opened, marks, name, token, chosen)


def _columns(
    request: SignedInRequest, sheet: Sheet[Standing], opened: dict[int, Assessment], token: str
) -> HttpResponse:
    """The same list, its columns and its évaluation as somebody says."""
    marks, name = read_again(teaching=sheet.teaching, token=token, by=request.user)
    form = ColumnsForm(request.POST, marks=marks, assessments=opened)
    return _preview(request, sheet, opened, marks, name, token, form)


def _preview(
    request: SignedInRequest,
    sheet: Sheet[Standing],
    opened: dict[int, Assessment],
    marks: MarkList,
    name: str,
    token: str,
    form: ColumnsForm,
) -> HttpResponse:
    listed: ListPreview | None = None
    if form.is_valid():
        assessment = opened[int(form.cleaned_data["assessment"])]
        listed = preview_list(
            sheet=sheet, marks=marks, columns=form.columns, assessment=assessment, name=name, by=request.user
        )
    return _page(
        request,
        sheet.teaching,
        marks=marks,
        name=name,
        token=token,
        form=form,
        preview=listed.preview if listed else None,
        left=listed.left if listed else [],
    )


def _confirm(request: SignedInRequest, teaching: Teaching, token: str) -> HttpResponse:
    try:
        recorded = apply_preview(
            teaching=teaching,
            token=token,
            choices=request.POST.dict(),
            by=request.user,
            origin=MarkChange.Origin.LIST,
        )
    except NothingRecorded:
        preview = preview_again(teaching=teaching, token=token, by=request.user)
        return _page(request, teaching, name=preview.name, preview=preview, left=[], again=True)
    if recorded.at is None:
        return success(request, "Rien à changer, les notes sont déjà celles de la liste.", teaching)
    written = MarkChange.objects.filter(
        mark__assessment__teaching=teaching, by=request.user, at=recorded.at
    ).values_list("pk", flat=True)
    return success(request, "Notes de la liste enregistrées.", "grades:operation", teaching.pk, written[0])


def _page(request: SignedInRequest, teaching: Teaching, **context: Any) -> HttpResponse:
    return render(request, "grades/lists/preview.html", {"teaching": teaching, **context})
