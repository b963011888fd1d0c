"""The marks that a session judges, locked and opened again."""

from __future__ import annotations

from django.db import transaction

from butrt.base.accounts.models import User
from grades.services import lock_marks, reopen_for, unlock_marks
from jury.cases.refusals import Refusal
from jury.models import Session
from jury.sittings.services.holding import hold


@transaction.atomic
def reopen_marks(*, session: Session, motive: str, by: User) -> int:
    """Unlock, before a catch-up, its students' marks that the closed session locked; how many évaluations.

    Raises `Refusal` without a motive, or once the deliberation is open.
    """
    session = hold(session, marks=True)
    if session.state != Session.State.PREPARATION or not session.is_catch_up:
        raise Refusal("Les notes se rouvrent pendant la préparation d’un rattrapage.")
    if not motive.strip():
        raise Refusal("Rouvrir les notes demande un motif.")
    return unlock(session, motive=motive, by=by)


def unlock(session: Session, *, motive: str, by: User) -> int:
    """Open the marks that a session judges: all of them or, for a catch-up, its students'."""
    cohort, semesters = session.cohort, session.semesters
    if not session.is_catch_up:
        return unlock_marks(cohort=cohort, semesters=semesters, motive=motive, by=by)
    judged = list(session.enrolments())
    return reopen_for(cohort=cohort, semesters=semesters, enrolments=judged, motive=motive, by=by)


def lock(session: Session, *, by: User) -> int:
    """Lock them again, those open for another catch-up apart."""
    enrolments = [enrolment.pk for enrolment in session.enrolments()] if session.is_catch_up else None
    return lock_marks(cohort=session.cohort, semesters=session.semesters, enrolments=enrolments, by=by)
