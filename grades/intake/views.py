"""The pages of an import: the file, what its columns hold, what it would do, what it did.

The file stays at the server between the steps, its sender's alone; the browser keeps nothing of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from butrt.base.forms import refusals_told, success
from butrt.base.french import NBSP
from butrt.base.previews import GONE, PlanChanged
from butrt.base.spreadsheets import Unreadable
from grades.doors import cohort_to_keep
from grades.intake.columns import EXTRACT, Extract, read_extract
from grades.intake.forms import ColumnsForm, StudentFileForm
from grades.intake.importing import (
    import_students,
    plan_import,
    preview_undo,
    undo_import,
)
from grades.intake.plan import ImportPlan
from grades.models import Cohort, StudentFile
from grades.people import jury_sits

if TYPE_CHECKING:
    from butrt.base.accounts.models import SignedInRequest


def send(request: SignedInRequest, pk: int) -> HttpResponse:
    """Send a file; the imports made before are below."""
    cohort = cohort_to_keep(request.user, pk)
    posted = request.method == "POST"
    form = StudentFileForm(request.POST, request.FILES) if posted else StudentFileForm()
    refused = ""
    if form.is_valid():
        file = form.cleaned_data["file"]
        data = file.read(EXTRACT.bytes + 1)  # of one that is too large, no more than it takes to refuse it
        try:
            read_extract(data)
        except Unreadable as error:
            refused = str(error)
        else:
            StudentFile.objects.keep(
                by=request.user, data=data, name=file.name or "", anew={"columns": None}, cohort=cohort
            )
            return redirect("cohorts:import_columns", pk)
    return render(
        request,
        "grades/intake/send.html",
        {
            "cohort": cohort,
            "form": form,
            "refused": refused,
            "imports": cohort.imports.select_related("by", "undone_by").defer("done"),
            "waiting": StudentFile.objects.of(request.user, cohort=cohort),
        },
    )


def columns(request: SignedInRequest, pk: int) -> HttpResponse:
    """What each column holds, as recognised, to be confirmed."""
    cohort = cohort_to_keep(request.user, pk)
    kept = StudentFile.objects.of(request.user, cohort=cohort)
    if kept is None:
        return _gone(request, pk)
    extract = read_extract(bytes(kept.data))
    form = ColumnsForm(request.POST or None, extract=extract, cohort=cohort, confirmed=_confirmed(kept))
    if form.is_valid():
        kept.columns = {str(number): name for number, name in form.columns.items()}
        kept.save()
        return redirect("cohorts:import_preview", pk)
    return render(
        request,
        "grades/intake/columns.html",
        {
            "cohort": cohort,
            "kept": kept,
            "extract": extract,
            "form": form,
            "sitting": jury_sits(cohort),
        },
    )


def preview(request: SignedInRequest, pk: int) -> HttpResponse:
    """What the import would do; posted with the digest of what was shown, it is done, whole or not at all."""
    cohort = cohort_to_keep(request.user, pk)
    kept = StudentFile.objects.of(request.user, cohort=cohort)
    if kept is None:
        return _gone(request, pk)
    confirmed = _confirmed(kept)
    if confirmed is None:
        return redirect("cohorts:import_columns", pk)
    extract = read_extract(bytes(kept.data))
    if request.method != "POST":
        plan = plan_import(cohort=cohort, extract=extract, columns=confirmed)
        return _preview(request, cohort, kept, extract, plan)
    try:
        made = import_students(
            cohort=cohort,
            extract=extract,
            columns=confirmed,
            name=kept.name,
            by=request.user,
            shown=request.POST.get("shown", ""),
            motive=request.POST.get("motive", ""),
        )
    except PlanChanged as changed:
        return _preview(request, cohort, kept, extract, changed.plan, again=str(changed))
    except ValidationError as error:  # what only a service refuses
        plan = plan_import(cohort=cohort, extract=extract, columns=confirmed)
        return _preview(request, cohort, kept, extract, plan, again=" ".join(error.messages))
    kept.delete()
    return success(request, f"{made.name}{NBSP}: import fait.", "cohorts:import_done", pk, made.pk)


def _preview(
    request: SignedInRequest,
    cohort: Cohort,
    kept: StudentFile,
    extract: Extract,
    plan: ImportPlan,
    *,
    again: str = "",
) -> HttpResponse:
    read = _confirmed(kept) or {}
    unread = [column.named for column in extract.columns if column.number not in read]
    return render(
        request,
        "grades/intake/preview.html",
        {
            "cohort": cohort,
            "kept": kept,
            "extract": extract,
            "plan": plan,
            "unread": unread,
            "again": again,
            "motive": request.POST.get("motive", ""),
        },
    )


def done(request: SignedInRequest, pk: int, made: int) -> HttpResponse:
    """What an import did, and taking it back."""
    cohort = cohort_to_keep(request.user, pk)
    imported = get_object_or_404(cohort.imports.select_related("by", "undone_by"), pk=made)
    imported.cohort = cohort
    if request.method == "POST":
        with refusals_told(request):
            undoing = undo_import(made=imported, by=request.user)
            messages.success(request, f"{imported.name}{NBSP}: import annulé.")
            for who, why in undoing.kept:
                messages.warning(request, f"{who} reste{NBSP}: {why}.")
        return redirect("cohorts:import_done", pk, made)
    return render(
        request,
        "grades/intake/done.html",
        {
            "cohort": cohort,
            "made": imported,
            "undoing": None if imported.undone_at else preview_undo(imported),
        },
    )


def _confirmed(kept: StudentFile) -> dict[int, str] | None:
    """What its reader said of the columns of a file; None until then."""
    return None if kept.columns is None else {int(number): name for number, name in kept.columns.items()}


def _gone(request: SignedInRequest, pk: int) -> HttpResponse:
    messages.warning(request, GONE)
    return redirect("cohorts:import_students", pk)
