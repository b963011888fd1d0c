"""The pages after the jury, and what they give to download."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Prefetch
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from butrt.tables import arranged, exported
from jury.documents.kinds import KINDS, MINUTES, TRANSCRIPT, WHOLE_SESSION, Kind, Source
from jury.doors import session_for
from jury.exports.cohort import cohort_json as cohort_bytes
from jury.exports.flat import results_csv as flat_csv
from jury.exports.workbook import results_workbook
from jury.minutes.signatories import Progress
from jury.models import Minutes, MinutesRevision, Session
from jury.proceedings import Proceedings
from jury.reports.origins import baccalaureates
from jury.statistics import forecast
from jury.tables import OutcomeTable
from jury.transcripts import zip_transcripts

if TYPE_CHECKING:
    from butrt.accounts.models import SignedInRequest

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def after(request: SignedInRequest, pk: int) -> HttpResponse:
    """The PV and its signatures, the documents, one line a student."""
    found = session_for(request, pk)
    if found.state != Session.State.CLOSED and not found.correcting:
        return redirect(found)
    versions = list(
        found.minutes.select_related("correction__by").prefetch_related(
            Prefetch("revisions", MinutesRevision.objects.defer("pdf"))
        )
    )
    for version in versions:
        version.session = found
    proceedings = Proceedings.of_minutes(versions[0].content)
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
            "versions": [(version, _signatures(request, version)) for version in versions],
            "forecast": forecast(proceedings),
            "table": table,
            "presides": found.president_id == request.user.pk,
            "query": query,
            "may_document": may_document,
        },
    )


def _signatures(request: SignedInRequest, version: Minutes) -> dict[str, object]:
    progress = Progress(version, version.revisions.all())
    return {"progress": progress, "mine": progress.may_sign(request.user)}


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
    minutes = get_object_or_404(Minutes, session=found, version=version)
    return _printed(MINUTES, Source.of_minutes(found, minutes, by=request.user), WHOLE_SESSION)


def student_pdf(request: SignedInRequest, pk: int, kind: str, number: str) -> HttpResponse:
    """A document of a student, made now: the last PV's, or provisional for those that can be."""
    source = Source.of(_documented(request, pk), by=request.user)
    asked = KINDS.get(kind)
    if asked is None or number not in {case.id for case in asked.students(source)}:
        raise Http404
    return _printed(asked, source, number)


def _printed(kind: Kind, source: Source, student: str) -> HttpResponse:
    return _download(
        kind.give_out(source, student), kind.file_name(source, student), "application/pdf", inline=True
    )


def transcripts_zip(request: SignedInRequest, pk: int) -> HttpResponse:
    source = Source.of(_documented(request, pk), by=request.user)
    source.issue_all(TRANSCRIPT.key, [case.id for case in TRANSCRIPT.students(source)])
    codes = {case.id: source.issued(TRANSCRIPT.key, case.id).token for case in TRANSCRIPT.students(source)}
    return _download(
        zip_transcripts(source.proceedings, source.minutes, codes=codes),
        f"releves_{source.label}.zip",
        "application/zip",
    )


def results_xlsx(request: SignedInRequest, pk: int) -> HttpResponse:
    """The results as a workbook; a sheet a group as well for ?groupes=1."""
    found = _documented(request, pk)
    source = Source.of(found)
    title = f"{found} (provisoire)" if source.provisional else str(found)
    return _download(
        results_workbook(
            source.proceedings,
            title=title,
            baccalaureates=baccalaureates(found),
            by_group="groupes" in request.GET,
        ),
        f"resultats_{source.label}.xlsx",
        XLSX,
    )


def results_csv(request: SignedInRequest, pk: int) -> HttpResponse:
    """The same results as one flat table, a line a student."""
    source = Source.of(_documented(request, pk))
    return _download(flat_csv(source.proceedings), f"resultats_{source.label}.csv", "text/csv; charset=utf-8")


def cohort_json(request: SignedInRequest, pk: int) -> HttpResponse:
    """The cohort file of the session, with the jury's decisions: anyone can recompute them with `decide`."""
    found = _documented(request, pk)
    return _download(
        cohort_bytes(Source.of(found).proceedings),
        f"cohorte_BUT{found.year}_S{found.semester}.json",
        "application/json",
    )
