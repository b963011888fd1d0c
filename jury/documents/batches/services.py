"""What people do with the documents of a session together: ask for them, stop, take up again, send them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from butrt.base.documents.kept import NotKept, only_kept
from butrt.base.journal.services import record
from jury.cases.refusals import Refusal
from jury.documents.batches import mailing, tasks
from jury.documents.issued import note_printed, printed_before
from jury.documents.kinds import KINDS, WHOLE_SESSION, Kind
from jury.documents.source import DocumentSource
from jury.models import Batch, Piece, Session

if TYPE_CHECKING:
    from butrt.base.accounts.models import User

# Documents put in a batch while its page is answered; beyond, the workers find them.
AT_ONCE = 500


@transaction.atomic
def start(*, session: Session, kinds: Sequence[str], form: str, replaced: bool = False, by: User) -> Batch:
    """Ask for documents in one file, each student's in turn: from the last PV, else provisional.

    `form` is one of Batch.Form, save MAIL. `replaced`: those alone that the last version of the PV replaces.
    Raises `Refusal` when there is nothing to make.
    """
    source = DocumentSource.of(session, by=by)
    chosen = _chosen(kinds)
    if form == Batch.Form.PDF:
        # Signatures do not survive in a file made of several.
        chosen = [kind for kind in chosen if kind.concerns is not None]
    pieces = _pieces(source, chosen, together=form == Batch.Form.PDF, replaced=replaced)
    if not pieces:
        raise Refusal("Aucun document à faire : choisir au moins un document qui concerne quelqu’un.")
    return _started(source, chosen, pieces, form=form, by=by)


@transaction.atomic
def send(*, session: Session, kinds: Sequence[str], words: str = "", again: bool = False, by: User) -> Batch:
    """Send documents to the students who may have them, one mail each.

    Those who already received all of them are left out unless `again`. Raises `Refusal` when the documents
    are not to be given yet, or when nobody is left to send them to.
    """
    plan = mailing.plan(session, _chosen(kinds))
    letters = [*plan.letters, *plan.received] if again else plan.letters
    if not letters:
        raise Refusal("Aucun courriel à envoyer : personne n’a d’adresse, ou tous ont déjà reçu.")
    pieces = [
        Piece(number=letter.case.id, name=letter.case.name, address=letter.address) for letter in letters
    ]
    return _started(plan.source, plan.kinds, pieces, form=Batch.Form.MAIL, words=words.strip(), by=by)


def _chosen(kinds: Iterable[str]) -> list[Kind]:
    asked = set(kinds)
    return [kind for key, kind in KINDS.items() if key in asked]


def _pieces(source: DocumentSource, kinds: Iterable[Kind], *, together: bool, replaced: bool) -> list[Piece]:
    """The documents in their order: kind after kind or, `together`, all those of a student."""
    pieces = []
    for kind in kinds:
        if kind.concerns is None and (kind.provisional or not source.provisional):
            pieces.append(
                Piece(kind=kind.key, number=WHOLE_SESSION, file=kind.file_name(source, WHOLE_SESSION))
            )
        for case in kind.replaced(source) if replaced else kind.students(source):
            name = kind.file_name(source, case.id)
            pieces.append(Piece(kind=kind.key, number=case.id, name=case.name, file=name))
    if together:
        order = {case.id: place for place, case in enumerate(source.proceedings.cases)}
        pieces.sort(key=lambda piece: order[piece.number])
    return pieces


def _started(
    source: DocumentSource,
    kinds: Iterable[Kind],
    pieces: Sequence[Piece],
    *,
    form: str,
    words: str = "",
    by: User,
) -> Batch:
    figures = source.proceedings.figures
    batch = Batch.objects.create(
        session=source.session,
        minutes=source.minutes,
        figures=figures.as_snapshot() if source.provisional else None,
        kinds=[kind.key for kind in kinds],
        form=form,
        words=words,
        by=by,
        at=source.at if source.provisional else timezone.now(),
    )
    for position, piece in enumerate(pieces):
        piece.batch, piece.position = batch, position
    if form != Batch.Form.MAIL:
        _fill(source, pieces[:AT_ONCE])
    Piece.objects.bulk_create(pieces)
    act = "documents.send" if form == Batch.Form.MAIL else "documents.make"
    _journal(act, batch, by, kinds=batch.kinds, form=form, number=len(pieces))
    tasks.enqueue(batch)
    return batch


def _fill(source: DocumentSource, pieces: Sequence[Piece]) -> None:
    """Put in what was prepared, or printed for a page; the rest is left to the workers."""
    if source.provisional:
        return
    for key in {piece.kind for piece in pieces}:
        source.issue_all(key, [piece.number for piece in pieces if piece.kind == key])
    known = [(piece, source.issued(piece.kind, piece.number)) for piece in pieces]
    before = printed_before(issued for _, issued in known)
    printed, now = [], timezone.now()
    for piece, issued in known:
        if issued.pk not in before:
            continue
        try:
            with only_kept():
                _, pdf = KINDS[piece.kind].printed(source, piece.number)
        except (NotKept, Refusal):  # a worker will say why
            continue
        printed.append((issued, pdf))
        piece.state, piece.pdf, piece.at = Piece.State.DONE, pdf, now
        piece.sha256 = hashlib.sha256(pdf).hexdigest()
    note_printed(printed)


@transaction.atomic
def cancel(*, batch: Batch, by: User) -> None:
    """Stop a batch: what is made stays, what waits is not made; a document under way is finished."""
    batch = Batch.objects.select_for_update().get(pk=batch.pk)
    if not batch.running:
        raise Refusal("Ce lot est déjà terminé ou arrêté.")
    batch.cancelled_at = timezone.now()
    batch.save(update_fields=["cancelled_at"])
    _journal("documents.cancel", batch, by)


@transaction.atomic
def resume(*, batch: Batch, by: User, doubtful: bool = False) -> None:
    """Take up a batch again: what was left when it was stopped, and what failed. Never what is done.

    `doubtful` also sends again the mails that may have left. Raises `Refusal` when nothing is left.
    """
    batch = Batch.objects.select_for_update().get(pk=batch.pk)
    states = [Piece.State.FAILED, *([Piece.State.DOUBTFUL] if doubtful else [])]
    again = batch.pieces.filter(state__in=states).update(state=Piece.State.WAITING, error="", at=None)
    left = batch.pieces.filter(state=Piece.State.WAITING).exists()
    if batch.running or not (left or batch.error):
        raise Refusal("Rien à reprendre : ce lot est en cours, ou tout y est fait.")
    batch.cancelled_at = batch.finished_at = batch.content = None
    batch.error = ""
    batch.save(update_fields=["cancelled_at", "finished_at", "content", "error"])
    _journal("documents.resume", batch, by, again=again)
    tasks.enqueue(batch)


def purge(*, now: datetime | None = None) -> int:
    """Remove the files made long ago (BUTRT_BATCHES_KEPT); the log of what was sent stays."""
    before = (now or timezone.now()) - settings.BUTRT_BATCHES_KEPT
    removed, _ = Batch.objects.documents().filter(at__lt=before).delete()
    return removed


def _journal(act: str, batch: Batch, by: User, **details: object) -> None:
    session = Session.objects.with_programme().get(pk=batch.session_id)
    record(
        act=act,
        about=str(session),
        by=by,
        department=session.department,
        details={"batch": batch.pk, **details},
    )
