"""Take a closed session up again, and give it up. Closing it again is `jury.sittings.services.close`."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Max, Q, QuerySet
from django.utils import timezone

from butrt.base.accounts.models import User
from grades.models import MarkChange
from jury.cases.dossier import FORMAT, figures_digest
from jury.cases.refusals import Refusal
from jury.models import Correction, Session
from jury.sittings.services import hold, journal, lock, set_aside, undo, unlock


@transaction.atomic
def open_correction(*, session: Session, motive: str, marks: bool, by: User) -> Correction:
    """Take a closed session up again, for a motive: its decisions, and its marks too if `marks`.

    The version of the PV in force stays as it is. Without `marks` the deliberation opens on the same figures;
    with them the session goes back to preparation, its marks unlocked. Raises `Refusal`.
    """
    session = hold(session, marks=True)
    if session.state != Session.State.CLOSED:
        raise Refusal("On corrige un jury clos ; celui-ci est encore ouvert, ou déjà en correction.")
    if not motive.strip():
        raise Refusal("Corriger un jury clos demande un motif : la nouvelle version du PV le portera.")
    corrected = session.minutes.whole().latest("version")
    correction = Correction(
        session=session,
        corrected=corrected,
        examined=sorted(corrected.content["context"]["students"]),
        motive=motive.strip(),
        marks=marks,
        after_change=MarkChange.objects.aggregate(last=Max("pk"))["last"] or 0,
        by=by,
        at=timezone.now(),
    )
    correction.full_clean()
    correction.save()
    session.correcting = True
    if marks:
        unlock(session, motive=motive, by=by)
        set_aside(session, motive=motive.strip(), by=by)
    else:
        session.state = Session.State.DELIBERATION
        session.save()
    journal("session.correct", session, by, motive=motive, marks=marks, version=correction.corrected.version)
    return correction


@transaction.atomic
def abandon_correction(*, session: Session, by: User) -> None:
    """Give a correction up: the session is closed again, as the version in force says.

    What was decided meanwhile is taken back, act by act; a mark changed meanwhile stays changed, and the
    closed figures do not know it. Raises `Refusal` when no correction is open.
    """
    session = hold(session, marks=True)
    correction = open_correction_of(session)
    if correction is None:
        raise Refusal("Aucune correction n’est ouverte.")
    session.state = Session.State.DELIBERATION  # acts are taken back in a deliberation
    content = correction.corrected.content
    session.snapshot = {
        "format": FORMAT,
        "rules": content.get("rules", 1),
        "cohort": content["cohort"],
        "context": content["context"],
    }
    session.opened_at = datetime.fromisoformat(content["session"]["opened_at"])
    session.save()
    while correction.acts.standing().exists():
        undo(session=session, by=by)
    # What it had taken in of changed results is to be looked at again.
    waiting = session.rechecks.filter(answered_at__isnull=True).values("student")
    taken_in = correction.answered.exclude(student__in=waiting)
    taken_in.update(answered_at=None, answered_by=None, correction=None)
    if correction.marks:
        lock(session, by=by)
    session.correcting, session.state = False, Session.State.CLOSED
    session.save()
    correction.ended_at = timezone.now()
    correction.save()
    journal(
        "session.correct.abandon",
        session,
        by,
        version=correction.corrected.version,
        figures=figures_digest(session.snapshot),
    )


def open_correction_of(session: Session) -> Correction | None:
    """The correction under way of a session, with its version."""
    if not session.correcting:
        return None
    return session.corrections.select_related("corrected", "by").get(ended_at__isnull=True)


def later_sessions(session: Session) -> QuerySet[Session]:
    """The sessions opened or closed after this one about some of its students: they used its results."""
    students = session.enrolments().values("student")
    later = Q(cohort__school_year__gt=session.cohort.school_year) | (
        Q(cohort__school_year=session.cohort.school_year)
        & (
            Q(date__gt=session.date)
            | Q(date=session.date, semester__gt=session.semester)
            | Q(date=session.date, semester=session.semester, rank__gt=session.rank)
        )
    )
    return (
        Session.objects.with_programme()
        .filter(later)
        .judging(students)
        .exclude(state=Session.State.PREPARATION)
        .exclude(pk=session.pk)
        .order_by("cohort__school_year", "date")
    )
