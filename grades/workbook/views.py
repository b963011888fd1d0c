"""The workbook's pages: download a sheet, send it back, read what it would change, confirm."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from butrt.base.documents.files import as_file
from butrt.base.forms import success
from butrt.base.previews import Gone
from butrt.base.spreadsheets import MOST_BYTES, XLSX, Unreadable
from grades.doors import teaching_to_head
from grades.models import MarkChange, Teaching
from grades.one_sheet import load_sheet
from grades.services import NothingRecorded, is_reopened
from grades.workbook.forms import WorkbookForm
from grades.workbook.importing import MarksPreview, apply_preview, preview_again, preview_workbook

if TYPE_CHECKING:
    from django.core.files.uploadedfile import UploadedFile

    from butrt.base.accounts.models import SignedInRequest

HEADS_ONLY = "Les responsables de l’élément téléchargent sa feuille et l’envoient remplie."
GONE = "Cet aperçu n’est plus valable. Envoyer le classeur de nouveau."


@require_safe
def download(request: SignedInRequest, pk: int) -> HttpResponse:
    """The sheet of an element as a workbook, whole or for ?evaluation=<pk>."""

    from grades.workbook.writing import mark_workbook

    teaching = teaching_to_head(request.user, pk, HEADS_ONLY)
    sheet = load_sheet(teaching)
    chosen = list(sheet.assessments.values())
    if asked := request.GET.get("evaluation"):
        chosen = [assessment for assessment in chosen if str(assessment.pk) == asked]
    if not chosen:
        raise Http404
    titles = [assessment.title for assessment in chosen] if asked else []
    element = teaching.element
    name = teaching.cohort.file_stem("notes", f"S{element.semester}", element.display, *titles)
    return as_file(mark_workbook(sheet, chosen), f"{name}.xlsx", XLSX)


def send_back(request: SignedInRequest, pk: int) -> HttpResponse:
    """A file posted is previewed; a preview posted back is applied, all or nothing."""
    teaching = teaching_to_head(request.user, pk, HEADS_ONLY)
    locked = teaching.assessments.values_list("locked", flat=True)
    if teaching.is_aside:
        raise PermissionDenied(f"{teaching.element.display} est mis de côté, ses notes ne changent plus.")
    if locked and all(locked) and not is_reopened(teaching):
        raise PermissionDenied("Les notes de cet élément sont verrouillées, elles ne changent plus.")
    if token := request.POST.get("preview"):
        return _confirm(request, teaching, token)
    form = WorkbookForm(request.POST or None, request.FILES or None)
    refused, preview = "", None
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            preview = preview_workbook(
                teaching=teaching, data=_content(file), name=(file.name or "")[-100:], by=request.user
            )
        except Unreadable as error:
            refused = str(error)
    return _page(request, teaching, preview, form=form, refused=refused)


def _content(file: UploadedFile) -> bytes:
    """The file's bytes; of one that is too large, no more than it takes to refuse it."""
    return file.read(MOST_BYTES + 1)


def _confirm(request: SignedInRequest, teaching: Teaching, token: str) -> HttpResponse:
    try:
        recorded = apply_preview(teaching=teaching, token=token, choices=request.POST.dict(), by=request.user)
    except Gone:
        return _page(request, teaching, None, refused=GONE)
    except NothingRecorded:
        preview = preview_again(teaching=teaching, token=token, by=request.user)
        return _page(request, teaching, preview, again=True)
    if recorded.at is None:
        return success(request, "Rien à changer, les notes sont déjà celles du classeur.", teaching)
    written = MarkChange.objects.filter(
        mark__assessment__teaching=teaching, by=request.user, at=recorded.at
    ).values_list("pk", flat=True)
    return success(request, "Notes du classeur enregistrées.", "grades:operation", teaching.pk, written[0])


def _page(
    request: SignedInRequest,
    teaching: Teaching,
    preview: MarksPreview | None,
    *,
    form: WorkbookForm | None = None,
    refused: str = "",
    again: bool = False,
) -> HttpResponse:
    return render(
        request,
        "grades/workbook/preview.html" if preview else "grades/workbook/import.html",
        {
            "teaching": teaching,
            "form": form or WorkbookForm(),
            "preview": preview,
            "refused": refused,
            "again": again,
        },
    )
