"""A session held and told of: what every act on it begins and ends with."""

from __future__ import annotations

from django.db.models import QuerySet
from django.utils import timezone

from butrt.base.accounts.models import User
from butrt.base.journal.services import record
from grades import locks
from jury.cases.refusals import Refusal
from jury.models import Recheck, Session


def hold(session: Session, *, marks: bool = False) -> Session:
    """The session as it is now, held until the transaction ends (SQLite writes one at a time anyway).

    `marks`: and all that its averages rest on; the writers have finished, others wait (see grades/locks.py).
    """
    held = Session.objects.with_programme().select_for_update(of=("self",), no_key=True).get(pk=session.pk)
    if marks:
        locks.own(held.cohort_id, held.semesters)
    return held


def journal(act: str, session: Session, by: User | None, **details: object) -> None:
    """Write an act in the journal, and tell the room's followers, in the act's own transaction."""
    facts = {"session": session.pk, **details}
    record(act=act, about=str(session), by=by, department=session.department, details=facts)
    session.step_room()


def deliberating(session: Session, doing: str) -> None:
    """Raises `Refusal` unless the deliberation is open; `doing` begins the sentence: "On décide"."""
    if session.state != Session.State.DELIBERATION:
        raise Refusal(f"{doing} pendant la délibération : elle n’est pas ouverte, ou le jury est clos.")


def under_way(session: Session) -> int | None:
    """The key of the correction under way of a session."""
    return session.corrections.filter(ended_at__isnull=True).values_list("pk", flat=True).first()


def answer_rechecks(session: Session, rechecks: QuerySet[Recheck], *, by: User) -> None:
    """What changed of these students is taken in, or changes nothing."""
    rechecks.update(answered_at=timezone.now(), answered_by=by, correction=under_way(session))
