"""The decisions made final: the ledger of results and the version of the PV."""

from __future__ import annotations

from datetime import time

from django.db import transaction
from django.utils import timezone

from butrt.base import french
from butrt.base.accounts.models import User
from butrt.base.french import several
from jury.cases.dossier import figures_digest
from jury.cases.figures import Figures
from jury.cases.identities import completed
from jury.cases.ledger import reach
from jury.cases.ledger.writing import Given, lines_of, write
from jury.cases.presidency import presidency
from jury.cases.proceedings import Proceedings
from jury.cases.refusals import Refusal
from jury.cases.taken import Json
from jury.documents import minutes
from jury.documents.preparing import prepare
from jury.models import Correction, Minutes, Session
from jury.sittings.services.holding import hold, journal

CLOSED = ("state", "correcting", "closed_at", "starts", "ends")
"""What closing writes of a session."""


@transaction.atomic
def close(*, session: Session, by: User, starts: time | None = None, ends: time | None = None) -> Minutes:
    """Make the decisions final: results for the juries to come, and the first version of the PV.

    `starts` and `ends` are the hours of the meeting, as the PV prints them.
    Raises `Refusal` while a case is undecided, one of right not accepted, or nobody there who may preside.
    """
    session = hold(session, marks=True)
    if session.state != Session.State.DELIBERATION:
        raise Refusal("Seule une délibération ouverte peut être close.")
    frozen = session.snapshot
    proceedings = _with_identities_known_since(session, Proceedings.of(session))
    _refuse_unfinished(session, proceedings)
    corrects = session.corrections.select_related("corrected").filter(ended_at__isnull=True).first()
    session.state, session.correcting = Session.State.CLOSED, False
    session.closed_at = timezone.now()
    session.starts, session.ends = starts or session.starts, ends or session.ends
    session.snapshot = _decided_by(session.snapshot or {}, proceedings.figures.rules)
    # Nothing typed here: a text of before that no document prints must not hold the closing.
    session.full_clean(exclude=["place", "opening_motive", "snapshot"], validate_unique=False)
    # The figures, some megabytes, are written again only where something completed them.
    completing = ("snapshot",) if session.snapshot is not frozen else ()
    session.save(update_fields=[*CLOSED, *completing])
    replace_results(session, lines_of(session, proceedings))
    issued = minutes.issue(session=session, proceedings=proceedings, by=by, corrects=corrects)
    if corrects:
        _end(corrects, issued, session)
    journal(
        "session.close",
        session,
        by,
        version=issued.version,
        fingerprint=issued.fingerprint,
        figures=figures_digest(session.snapshot),
        **({"motive": corrects.motive, "changes": issued.changes} if corrects else {}),
    )
    prepare(issued)
    return issued


def _refuse_unfinished(session: Session, proceedings: Proceedings) -> None:
    """Raises `Refusal`, which names whom it is about, for what closing asks and is not done."""
    left = [case.name for case in proceedings.cases if case.undecided]
    if left:
        raise Refusal(
            f"Clore demande encore {several(len(left), 'décision', 'décisions')} : {', '.join(left)}."
        )
    if awaiting := proceedings.awaiting:
        raise Refusal(
            f"Clore demande d’accepter les propositions de droit, il en reste {len(awaiting)} : "
            f"{', '.join(case.name for case in awaiting)}."
        )
    if unanswered := proceedings.unanswered:
        raise Refusal(
            "Clore demande de répondre à ce que les notes corrigées ont changé : "
            f"{', '.join(case.name for case in unanswered)}."
        )
    if lacks := presidency(session).lacks:
        raise Refusal(lacks)


def _end(correction: Correction, issued: Minutes, session: Session) -> None:
    """A correction ends with the version of the PV that it changed something in."""
    if not issued.changes:
        raise Refusal("La correction ne change rien : l’abandonner, la version du PV reste en vigueur.")
    correction.ended_at, correction.minutes = session.closed_at, issued
    correction.save()


def _with_identities_known_since(session: Session, proceedings: Proceedings) -> Proceedings:
    """An INE or a birthplace that came since the opening goes on the PV; what was frozen stays."""
    assert session.snapshot is not None  # frozen at the opening
    whole = completed(session.snapshot, session.department)
    if whole is session.snapshot:
        return proceedings
    session.snapshot = whole
    return Proceedings(Figures(whole), proceedings.decisions, proceedings.adoptions)


def _decided_by(snapshot: Json, rules: int) -> Json:
    """Frozen figures, as they are where they say already by which edition of the rules they are decided."""
    return snapshot if snapshot.get("rules") == rules else {**snapshot, "rules": rules}


def replace_results(session: Session, lines: list[Given]) -> None:
    """Put what a session gives in the ledger, in the place of what its version before gave.

    Every later session that rests on what changed is told.
    """
    before = reach.results_by_student(session.results.all())
    session.results.all().delete()
    write(lines)
    reach.flag(
        students=reach.changed_students(before, reach.results_by_student(lines)),
        cause=f"{session}, {'corrigé' if before else 'clos'} le {french.day(timezone.localdate())}",
        since=session.cohort.school_year,
        apart=session,
    )
