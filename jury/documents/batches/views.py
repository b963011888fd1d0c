"""The pages of documents made together: ask for them, see them advance, fetch the file, send them."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from butrt.base import french
from butrt.base.documents.files import as_file
from butrt.base.forms import refusals_on, refusals_told, tell_refusal
from butrt.base.workers.models import Worker
from jury.documents.batches import services
from jury.documents.batches.forms import BatchForm, MailingForm
from jury.documents.batches.mailing import body, plan, why_not
from jury.documents.kinds import KINDS, Kind
from jury.documents.preparing.ready import ready
from jury.documents.source import DocumentSource
from jury.doors import documented_session
from jury.models import Batch

if TYPE_CHECKING:
    from butrt.base.accounts.models import SignedInRequest

MISSING = "A-LIRE_documents-manquants.txt"


def batches(request: SignedInRequest, pk: int) -> HttpResponse:
    """What was made and sent, and a form to ask for more; posted, the workers start."""
    session = documented_session(request, pk)
    source = DocumentSource.of(session)
    prepared = {} if source.provisional else ready(list(session.minutes.all()))
    form = BatchForm(request.POST or None, source=source, ready=prepared)
    if form.is_valid():
        chosen = form.cleaned_data
        with refusals_on(form):
            started = services.start(
                session=session,
                kinds=chosen["kinds"],
                form=chosen["form"],
                replaced=bool(chosen.get("replaced")),
                by=request.user,
            )
            return redirect(started)
    made = list(session.batches.with_progress())
    return render(
        request,
        "jury/documents/batches/batches.html",
        {
            "session": session,
            "source": source,
            "form": form,
            "prepared": prepared,
            "batches": [(row, _kinds(row)) for row in made],
            "running": any(row.running for row in made),
            "mailed": [kind for kind in KINDS.values() if kind.sent],
            "why_not": why_not(session),
            "alive": Worker.objects.alive().exists(),
        },
    )


def batch(request: SignedInRequest, pk: int, batch: int) -> HttpResponse:
    """How far a batch is, what failed and why, its file when it is finished; a mailing, line by line."""
    session = documented_session(request, pk)
    asked = get_object_or_404(session.batches.with_progress(), pk=batch)
    pieces = asked.pieces.defer("pdf").order_by("position")
    mailing = asked.form == Batch.Form.MAIL
    return render(
        request,
        "jury/documents/batches/batch.html",
        {
            "session": session,
            "batch": asked,
            "kinds": _kinds(asked),
            "pieces": pieces if mailing else pieces.exclude(error=""),
            "mailing": mailing,
            "alive": Worker.objects.alive().exists(),
        },
    )


def _kinds(batch: Batch) -> list[Kind]:
    return [KINDS[key] for key in batch.kinds]


@require_POST
def act(request: SignedInRequest, pk: int, batch: int) -> HttpResponse:
    """Stop, take up again, send again what may have left."""
    asked = get_object_or_404(documented_session(request, pk).batches.all(), pk=batch)
    chosen = request.POST.get("act")
    with refusals_told(request):
        if chosen == "cancel":
            services.cancel(batch=asked, by=request.user)
        elif chosen in ("resume", "resend"):
            services.resume(batch=asked, by=request.user, doubtful=chosen == "resend")
    return redirect(asked)


def batch_file(request: SignedInRequest, pk: int, batch: int) -> HttpResponse:
    """The file of a finished batch."""
    session = documented_session(request, pk)
    asked = get_object_or_404(
        session.batches.documents().filter(finished_at__isnull=False).select_related("minutes"), pk=batch
    )
    kinds = _kinds(asked)
    holds = kinds[0].files if len(kinds) == 1 else "documents"
    name = session.file_stem(holds, "provisoire" if asked.minutes is None else "")
    if asked.form == Batch.Form.ZIP:
        return as_file(_zipped(asked), f"{name}.zip", "application/zip")
    if asked.content is None:
        raise Http404
    return as_file(bytes(asked.content), f"{name}.pdf", "application/pdf")


def _zipped(batch: Batch) -> bytes:
    """The documents of a batch, in a folder a kind when there are several; its bytes depend on them alone."""
    stamp = french.local(batch.minutes.created_at if batch.minutes else batch.at).timetuple()[:6]
    several = len(batch.kinds) > 1
    missing = []
    output = io.BytesIO()
    with zipfile.ZipFile(output, "w") as archive:
        # A PDF is already compressed.
        for piece in batch.pieces.order_by("position").iterator(chunk_size=20):
            if piece.pdf is None:
                missing.append(f"{KINDS[piece.kind].name}, {piece.name} : {piece.error}")
                continue
            folder = f"{piece.kind}/" if several else ""
            archive.writestr(zipfile.ZipInfo(folder + piece.file, stamp), bytes(piece.pdf))
        if missing:
            archive.writestr(zipfile.ZipInfo(MISSING, stamp), "\n".join(missing) + "\n")
    return output.getvalue()


def mailing(request: SignedInRequest, pk: int) -> HttpResponse:
    """Whom the documents chosen would be sent to, and what they would read; confirmed, the mails leave."""
    session = documented_session(request, pk)
    asked = set((request.POST or request.GET).getlist("kinds"))
    kinds = [kind for kind in KINDS.values() if kind.sent and kind.key in asked]
    if not kinds:
        messages.error(request, "Choisir au moins un document à envoyer.")
        return redirect("jury:batches", pk=pk)
    try:
        planned = plan(session, kinds)
    except ValidationError as error:
        tell_refusal(request, error)
        return redirect("jury:batches", pk=pk)
    form = MailingForm(request.POST or None)
    if form.is_valid():
        chosen = form.cleaned_data
        with refusals_on(form):
            sent = services.send(
                session=session,
                kinds=[kind.key for kind in kinds],
                words=chosen["words"],
                again=chosen["again"],
                by=request.user,
            )
            return redirect(sent)
    letter = next(iter([*planned.letters, *planned.received]), None)
    return render(
        request,
        "jury/documents/batches/mailing.html",
        {
            "session": session,
            "plan": planned,
            "kinds": kinds,
            "form": form,
            "example": letter
            and body(planned.source, letter.case, letter.kinds, words="", by=str(request.user)),
            "letter": letter,
        },
    )
