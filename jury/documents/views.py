"""The pages after the jury, and what they give to download."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from django.db.models import Prefetch
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from butrt.base.accounts.models import Role
from butrt.base.documents.files import as_file
from butrt.base.forms import refusals_told
from butrt.base.spreadsheets import XLSX
from butrt.base.tables import arranged, csv_file, exported
from butrt.base.words import holds
from butrt.base.workers.models import Worker
from jury.cases.proceedings import Proceedings
from jury.cases.statistics import forecast
from jury.documents.archive import archive_name, archive_session
from jury.documents.batches.mailing import last_mails
from jury.documents.delivery import hand_over
from jury.documents.kinds import KINDS, MINUTES, WHOLE_SESSION, Kind
from jury.documents.minutes.signatories import Progress
from jury.documents.preparing.ready import ready
from jury.documents.source import DocumentSource
from jury.documents.tables import OutcomeTable
from jury.doors import documented_session, session_for
from jury.exchange.cohort import cohort_json as cohort_bytes
from jury.exchange.flat import results_csv as flat_csv
from jury.models import Batch, Minutes, MinutesRevision, Session
from jury.reports.origins import baccalaureates

if TYPE_CHECKING:
    from butrt.base.accounts.models import SignedInRequest


def after(request: SignedInRequest, pk: int) -> HttpResponse:
    """The PV and its signatures, the documents, one line a student."""
    session = session_for(request, pk)
    if session.state != Session.State.CLOSED and not session.correcting:
        return redirect(session)
    versions = list(
        session.minutes.select_related("correction__by").prefetch_related(
            Prefetch("revisions", MinutesRevision.objects.defer("pdf"))
        )
    )
    for version in versions:
        version.session = session
    source = DocumentSource.of_minutes(session, versions[0])
    proceedings = source.proceedings
    query = request.GET.get("q", "").strip()
    cases = [case for case in proceedings.cases if holds(query, *case.searched)]
    may_document = Session.objects.documented_for(request.user).filter(pk=pk).exists()
    mails = last_mails(source) if may_document else {}
    table = OutcomeTable(cases, session=session, mails=mails, exclude=() if may_document else ("mailed",))
    arranged(request, table)
    made = list(session.batches.with_progress()) if may_document else []
    prepared = ready(versions) if may_document else {}
    name = source.file_stem("decisions")
    if may_document and (file := exported(request, table, name, exclude=("transcript",))):
        return file
    return render(
        request,
        "jury/documents/after.html",
        {
            "session": session,
            "beside": Session.objects.visible_to(request.user).beside(session).select_related("cohort"),
            "proceedings": proceedings,
            "versions": [(version, _signatures(request, version)) for version in versions],
            "forecast": forecast(proceedings),
            "table": table,
            "presides": session.is_presided_by(request.user),
            "names_successor": request.user.has_role(session.department, Role.Name.DIRECTOR)
            and not session.is_presided_by(session.president),
            "query": query,
            "may_document": may_document,
            "touched": _touched(versions[0], proceedings),
            "cards": list(_cards(source, made, prepared)),
            "pv_ready": MINUTES.key in prepared,
            "running": any(batch.running for batch in made),
            "alive": Worker.objects.alive().exists(),
        },
    )


def _signatures(request: SignedInRequest, version: Minutes) -> dict[str, object]:
    progress = Progress(version, version.revisions.all())
    return {"progress": progress, "mine": progress.may_sign(request.user)}


def _touched(version: Minutes, proceedings: Proceedings) -> list[str] | None:
    """Whose documents the version in force replaces, by name; None: everybody's."""
    if version.touched is None:
        return None
    return [case.name for case in proceedings.cases if version.touches(case.id)]


def _cards(
    source: DocumentSource, made: Iterable[Batch], prepared: Mapping[str, int]
) -> Iterator[tuple[Kind, int, int, Batch | None]]:
    """Each kind of document of a student: how many, how many ready, the last time it was made alone."""
    for kind in KINDS.values():
        if number := len(kind.students(source)):
            alone = (batch for batch in made if batch.kinds == [kind.key] and batch.form != Batch.Form.MAIL)
            yield kind, number, prepared.get(kind.key, 0), next(alone, None)


def minutes_pdf(request: SignedInRequest, pk: int, version: int) -> HttpResponse:
    """A version of the PV: signed if it is, else as it will be signed."""
    session = documented_session(request, pk)
    minutes = get_object_or_404(Minutes, session=session, version=version)
    source = DocumentSource.of_minutes(session, minutes, by=request.user)
    return as_file(
        MINUTES.give_out(source, WHOLE_SESSION),
        MINUTES.file_name(source, WHOLE_SESSION),
        "application/pdf",
        inline=True,
    )


def student_pdf(request: SignedInRequest, pk: int, kind: str, number: str) -> HttpResponse:
    """A document of a student, made now: the last PV's, or provisional for those that can be."""
    source = DocumentSource.of(documented_session(request, pk), by=request.user)
    asked = KINDS.get(kind)
    if asked is None or number not in {case.id for case in asked.students(source)}:
        raise Http404
    with refusals_told(request):
        return hand_over(asked, source, number, by=request.user)
    return redirect("jury:student_documents", pk=pk, number=number)


def results_xlsx(request: SignedInRequest, pk: int) -> HttpResponse:
    """The results as a workbook; a sheet a group as well for ?groupes=1."""

    from jury.exchange.results_workbook import results_workbook

    session = documented_session(request, pk)
    source = DocumentSource.of(session)
    title = f"{session} (provisoire)" if source.provisional else str(session)
    return as_file(
        results_workbook(
            source.proceedings,
            title=title,
            baccalaureates=baccalaureates(session),
            by_group="groupes" in request.GET,
        ),
        f"{source.file_stem('resultats')}.xlsx",
        XLSX,
    )


def results_csv(request: SignedInRequest, pk: int) -> HttpResponse:
    """The same results as one flat table, a line a student."""
    source = DocumentSource.of(documented_session(request, pk))
    return csv_file(flat_csv(source.proceedings), source.file_stem("resultats"))


def cohort_json(request: SignedInRequest, pk: int) -> HttpResponse:
    """The cohort file of the session, with the jury's decisions: anyone can recompute them with `decide`."""
    source = DocumentSource.of(documented_session(request, pk))
    return as_file(
        cohort_bytes(source.proceedings), f"{source.file_stem('cohorte')}.json", "application/json"
    )


def archive_zip(request: SignedInRequest, pk: int) -> HttpResponse:
    """The closed session whole, in one ZIP that `verify_archive` checks; once its PV is sealed."""
    session = documented_session(request, pk)
    with refusals_told(request):
        content = archive_session(session, by=request.user)
        return as_file(content, archive_name(session), "application/zip")
    return redirect("jury:after", pk=pk)
