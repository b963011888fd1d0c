"""What the workers do for a batch. Each task may run twice, or be killed anywhere, without harm."""

from __future__ import annotations

import hashlib
from collections import Counter
from datetime import datetime
from functools import lru_cache
from smtplib import SMTPException
from typing import Any

from django.db import transaction
from django.utils import timezone
from django_tasks import TaskContext, TaskResult, TaskResultStatus, task

from butrt.base.journal.services import record
from butrt.base.workers.services import STOPPED
from jury.cases.figures import Figures
from jury.cases.proceedings import Proceedings
from jury.cases.refusals import Refusal
from jury.documents.batches import mailing
from jury.documents.kinds import KINDS
from jury.documents.source import DocumentSource
from jury.models import Batch, Piece, Session

OPEN = (Piece.State.WAITING, Piece.State.SENDING)
# How many workers may die on the same document before it is left aside.
MOST_ATTEMPTS = 3
DEADLY = f"L’exécutant s’est arrêté {MOST_ATTEMPTS} fois pendant ce document : prévenir l’administration."
INTERRUPTED = (
    "L’envoi a été interrompu : ce courriel est peut-être parti. Il n’est pas renvoyé sans qu’on le demande."
)
UNFORESEEN = (
    "Erreur imprévue ({error}), dont l’administration a le détail : tâche {task}. "
    "Reprendre ; si l’erreur revient, la signaler."
)
SOURCES_KEPT = 2


def enqueue(batch: Batch) -> None:
    """Queue what a batch still waits for; call it inside the transaction of the act, so that both land."""
    waiting = list(batch.pieces.filter(state=Piece.State.WAITING).values_list("pk", flat=True))
    for piece in waiting:
        make.enqueue(piece)
    if not waiting and batch.form == Batch.Form.PDF:
        assemble.enqueue(batch.pk)
    elif not waiting:
        _finish(batch)


@task(takes_context=True)
def make(context: TaskContext, pk: int) -> None:
    """Make one document, or send one student's mail; nothing when it is made or its batch is stopped."""
    piece = (
        Piece.objects.filter(pk=pk, state__in=OPEN, batch__cancelled_at=None)
        .select_related("batch__by", "batch__session")
        .defer("pdf", "batch__session__snapshot", *(f"batch__{name}" for name in Batch.heavy))
        .first()
    )
    if piece is None:
        return
    if context.attempt > MOST_ATTEMPTS:
        _settle(piece, state=Piece.State.FAILED, error=DEADLY)
    elif piece.batch.form == Batch.Form.MAIL:
        _send(piece)
    else:
        _print(piece)


def _print(piece: Piece) -> None:
    try:
        pdf = KINDS[piece.kind].give_out(source_of(piece.batch), piece.number)
    except Refusal as refusal:
        _settle(piece, state=Piece.State.FAILED, error=" ".join(refusal.messages))
        return
    _settle(piece, state=Piece.State.DONE, pdf=pdf, sha256=hashlib.sha256(pdf).hexdigest())


def _send(piece: Piece) -> None:
    """Say that the mail leaves, then let it leave: after a crash between the two, nobody knows if it did."""
    if piece.state == Piece.State.SENDING:
        _settle(piece, state=Piece.State.DOUBTFUL, error=INTERRUPTED)
        return
    batch = piece.batch
    try:
        mail, digests = mailing.message(piece, source_of(batch), [KINDS[key] for key in batch.kinds])
    except Refusal as refusal:
        _settle(piece, state=Piece.State.FAILED, error=" ".join(refusal.messages))
        return
    mine = Piece.objects.filter(pk=piece.pk, state=Piece.State.WAITING, batch__cancelled_at=None)
    if not mine.update(state=Piece.State.SENDING):
        return  # another worker sends it, or it was just stopped
    try:
        mail.send()
    except (SMTPException, OSError) as refusal:
        reason = f"Le serveur de courriel a refusé : {refusal}"
        _settle(piece, state=Piece.State.FAILED, error=reason)
    else:
        _settle(piece, state=Piece.State.DONE, sha256=digests)


def _settle(piece: Piece, **became: Any) -> None:
    """Write what became of a piece, once; with the last one, finish the batch."""
    with transaction.atomic():
        # Held, so that of two workers with the last two pieces one sees that nothing is left.
        batch = _held(piece.batch_id)
        settled = batch.pieces.filter(pk=piece.pk, state__in=OPEN).update(at=timezone.now(), **became)
        if settled and not batch.pieces.filter(state__in=OPEN).exists():
            if batch.form == Batch.Form.PDF:
                assemble.enqueue(batch.pk)
            else:
                _finish(batch)


@task
def assemble(pk: int) -> None:
    """Put the documents of a batch in one PDF, once they are all made or refused."""

    from butrt.base.documents.joining import join

    batch = Batch.objects.select_related("session").defer("session__snapshot").get(pk=pk)
    if batch.finished_at or batch.pieces.filter(state__in=OPEN).exists():
        return
    done = batch.pieces.filter(state=Piece.State.DONE).order_by("position")
    content = None
    if done:
        digests = "".join(str(piece["sha256"]) for piece in done.values("sha256"))
        several = len(batch.kinds) > 1
        content = join(
            ((_line(piece, several=several), bytes(piece.pdf or b"")) for piece in done.iterator(20)),
            title=f"{', '.join(KINDS[key].plural for key in batch.kinds)}, {batch.session.title}",
            identifier=hashlib.sha256(digests.encode()).digest()[:16],
            created=batch.at,
        )
    with transaction.atomic():
        batch = _held(pk)
        if not batch.finished_at:
            _finish(batch, content=content)


def _line(piece: Piece, *, several: bool) -> str:
    """What the outline of the file calls a document."""
    return f"{piece.name}, {KINDS[piece.kind].name.lower()}" if several else piece.name


def _held(pk: int) -> Batch:
    return Batch.objects.select_for_update().get(pk=pk)


def _finish(batch: Batch, **written: Any) -> None:
    """Say that nothing is left to do, and journal what was sent."""
    batch.finished_at = timezone.now()
    Batch.objects.filter(pk=batch.pk).update(finished_at=batch.finished_at, **written)
    if batch.form != Batch.Form.MAIL:
        return
    session = Session.objects.with_programme().get(pk=batch.session_id)
    counted = Counter(batch.pieces.values_list("state", flat=True))
    record(
        act="documents.sent",
        about=str(session),
        by=batch.by,
        department=session.department,
        details={"batch": batch.pk, "kinds": batch.kinds, **counted},
    )


def source_of(batch: Batch) -> DocumentSource:
    """What the documents of a batch are printed from, read once per process."""
    return _source(batch.pk, batch.at)


@lru_cache(maxsize=SOURCES_KEPT)
def _source(pk: int, at: datetime) -> DocumentSource:
    batch = Batch.objects.select_related("minutes", "by").defer("content").get(pk=pk, at=at)
    session = Session.objects.with_programme().get(pk=batch.session_id)
    if batch.minutes is not None:
        source = DocumentSource.of_minutes(session, batch.minutes, by=batch.by)
    else:
        assert batch.figures is not None  # the database's constraint
        source = DocumentSource(session, Proceedings(Figures(batch.figures), []), None, at, batch.by)
    for kind in (KINDS[key] for key in batch.kinds):
        source.issue_all(kind.key, [case.id for case in kind.students(source)])
    return source


def note_failure(task_result: TaskResult) -> None:
    """What no task foresaw: the document is said to be in error, the others are made."""
    ours = {make.module_path: Piece, assemble.module_path: Batch}.get(task_result.task.module_path)
    if ours is None or task_result.status != TaskResultStatus.FAILED:
        return
    (error,) = task_result.errors
    if error.exception_class_path in STOPPED:  # it will be done again: see butrt/base/workers
        return
    words = UNFORESEEN.format(error=error.exception_class_path.rpartition(".")[2], task=task_result.id)
    (pk,) = task_result.args
    if ours is Batch:
        Batch.objects.filter(pk=pk, finished_at=None).update(error=words, finished_at=timezone.now())
    elif piece := Piece.objects.filter(pk=pk).defer("pdf").first():
        # A mail that was leaving may have left.
        leaving = piece.state == Piece.State.SENDING
        _settle(piece, state=Piece.State.DOUBTFUL if leaving else Piece.State.FAILED, error=words)
