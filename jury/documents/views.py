"""The pages after the jury, and what they give to download."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from butrt.tables import arranged, exported
from jury import services
from jury.doors import case_of, say, session_for
from jury.exports.cohort import cohort_json as cohort_bytes
from jury.exports.workbook import results_workbook
from jury.minutes.document import render_minutes
from jury.models import Minutes, Session
from jury.proceedings import Proceedings
from jury.statistics import forecast
from jury.tables import OutcomeTable
from jury.transcripts import render_transcript, transcript_name, zip_transcripts

if TYPE_CHECKING:
    from butrt.accounts.models import SignedInRequest

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def after(request: SignedInRequest, pk: int) -> HttpResponse:
    """The PV and its signatures, the documents, one line a student."""
    found = session_for(request, pk)
    if found.state != Session.State.CLOSED:
        return redirect(found)
    versions = list(found.minutes.defer("content").prefetch_related("revisions__signer"))
    proceedings = Proceedings.of_minutes(found.minutes.order_by("-version")[:1].get().content)
    query = request.GET.get("q", "").strip()
    cases = [case for case in proceedings.cases if query.casefold() in f"{case.name} {case.id}".casefold()]
    table = OutcomeTable(cases, session=found)
    arranged(request, table)
    may_document = Session.objects.documented_for(request.user).filter(pk=pk).exists()
    name = f"decisions_BUT{found.year}_S{found.semester}"
    if may_document and (file := exported(request, table, name, exclude=("transcript",))):
        return file
    return render(
        request,
        "jury/after.html",
        {
            "session": found,
            "proceedings": proceedings,
            "versions": versions,
            "forecast": forecast(proceedings),
            "table": table,
            "presides": found.president_id == request.user.pk,
            "query": query,
            "may_document": may_document,
        },
    )


@require_POST
def sign(request: SignedInRequest, pk: int, version: int) -> HttpResponse:
    found = session_for(request, pk, doing="La présidence signe le PV.")
    minutes = get_object_or_404(Minutes.objects.select_related("session"), session=found, version=version)
    try:
        services.sign(version=minutes, by=request.user)
    except ValidationError as error:
        say(request, error)
    else:
        messages.success(request, f"PV version {version} signé et scellé.")
    return redirect("jury:after", pk=pk)


def _documented(request: SignedInRequest, pk: int) -> Session:
    return session_for(
        request,
        pk,
        doing="Les documents du jury sont ceux de la présidence et du secrétariat.",
        who=Session.objects.documented_for(request.user),
    )


def _download(content: bytes, name: str, kind: str, *, inline: bool = False) -> HttpResponse:
    response = HttpResponse(content, content_type=kind)
    response["Content-Disposition"] = f'{"inline" if inline else "attachment"}; filename="{name}"'
    response["Cache-Control"] = "private, no-store"
    return response


def minutes_pdf(request: SignedInRequest, pk: int, version: int) -> HttpResponse:
    """A version of the PV: signed if it is, else as it will be signed."""
    found = _documented(request, pk)
    minutes = get_object_or_404(Minutes.objects.select_related("session"), session=found, version=version)
    last = minutes.revisions.order_by("-step").first()
    content = bytes(last.pdf) if last else render_minutes(minutes).content
    name = f"PV_BUT{found.year}_S{found.semester}_v{version}{'' if last else '_non-signe'}.pdf"
    return _download(content, name, "application/pdf", inline=True)


def _figures(found: Session) -> tuple[Proceedings, Minutes | None]:
    """What documents are made from: the last PV of a closed session, else the provisional figures."""
    minutes = found.minutes.order_by("-version").first()
    if minutes is not None:
        return Proceedings.of_minutes(minutes.content), minutes
    return Proceedings.of(found), None


def transcript_pdf(request: SignedInRequest, pk: int, number: str) -> HttpResponse:
    proceedings, minutes = _figures(_documented(request, pk))
    case = case_of(proceedings, number)
    return _download(
        render_transcript(proceedings, case.id, minutes=minutes).content,
        transcript_name(case),
        "application/pdf",
        inline=True,
    )


def transcripts_zip(request: SignedInRequest, pk: int) -> HttpResponse:
    found = _documented(request, pk)
    proceedings, minutes = _figures(found)
    provisional = "" if minutes else "_provisoires"
    return _download(
        zip_transcripts(proceedings, minutes),
        f"releves_BUT{found.year}_S{found.semester}{provisional}.zip",
        "application/zip",
    )


def results_xlsx(request: SignedInRequest, pk: int) -> HttpResponse:
    found = _documented(request, pk)
    proceedings, minutes = _figures(found)
    title = str(found) if minutes else f"{found} (provisoire)"
    provisional = "" if minutes else "_provisoires"
    return _download(
        results_workbook(proceedings, title=title),
        f"resultats_BUT{found.year}_S{found.semester}{provisional}.xlsx",
        XLSX,
    )


def cohort_json(request: SignedInRequest, pk: int) -> HttpResponse:
    """The cohort file of the session, with the jury's decisions: anyone can recompute them with `decide`."""
    found = _documented(request, pk)
    proceedings, _ = _figures(found)
    return _download(
        cohort_bytes(proceedings), f"cohorte_BUT{found.year}_S{found.semester}.json", "application/json"
    )
