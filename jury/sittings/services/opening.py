"""The deliberation opened on frozen figures, or sent back to preparation."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from butrt.base.accounts.models import User
from grades.judged import judged_again
from jury.cases.dossier import figures_digest
from jury.cases.proceedings import Proceedings
from jury.cases.refusals import Refusal
from jury.models import Freeze, Session
from jury.sittings.checklist import blocking, checklist
from jury.sittings.services.holding import answer_rechecks, hold, journal
from jury.sittings.services.locking import lock, unlock
from jury.sittings.services.scheduling import seat_president


@transaction.atomic
def open_deliberation(*, session: Session, by: User, motive: str = "") -> None:
    """Lock the marks, freeze the figures, start deciding.

    Raises `Refusal` when something blocks and no motive is given (domain 4).
    """
    session = hold(session, marks=True)
    if session.state != Session.State.PREPARATION:
        raise Refusal("La délibération est déjà ouverte.")
    proceedings = Proceedings.of(session)
    obstacles = blocking(checklist(session, proceedings))
    if obstacles and not motive.strip():
        raise Refusal(
            "Ouvrir demande un motif, car la liste de contrôle bloque : "
            + " ; ".join(obstacle.title for obstacle in obstacles)
            + "."
        )
    lock(session, by=by)
    judged_again(session.cohort, session.semester, session.enrolments())
    seat_president(session=session)
    # What the checklist read: nobody writes marks since they are held, and locking changes no figure.
    session.snapshot = proceedings.figures.as_frozen()
    session.state = Session.State.DELIBERATION
    session.opened_at = timezone.now()
    session.opening_motive = motive.strip()
    session.full_clean(exclude=["snapshot"], validate_unique=False)  # it is ours, and some megabytes
    session.save()
    answer_rechecks(session, session.rechecks.filter(answered_at__isnull=True), by=by)
    journal(
        "session.open", session, by, motive=session.opening_motive, figures=figures_digest(session.snapshot)
    )


@transaction.atomic
def back_to_preparation(*, session: Session, motive: str, by: User) -> None:
    """Unlock the marks again, with a motive; the decisions taken are kept."""
    session = hold(session, marks=True)
    if session.state != Session.State.DELIBERATION:
        raise Refusal("Seule une délibération ouverte peut revenir en préparation.")
    if not motive.strip():
        raise Refusal("Déverrouiller les notes demande un motif.")
    unlock(session, motive=motive, by=by)
    set_aside(session, motive=motive.strip(), by=by)
    journal("session.unlock", session, by, motive=motive)


def set_aside(session: Session, *, motive: str, by: User) -> None:
    """Back to preparation: the frozen figures are kept, to compare with those of the next opening."""
    assert session.opened_at is not None  # it was frozen
    Freeze.objects.create(
        session=session,
        opened_at=session.opened_at,
        kept_at=timezone.now(),
        motive=motive,
        by=by,
        snapshot=session.snapshot,
    )
    session.snapshot, session.opened_at = None, None
    session.state = Session.State.PREPARATION
    session.save()
