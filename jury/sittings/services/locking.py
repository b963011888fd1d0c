"""The marks that a session judges, locked and opened again."""

from __future__ import annotations

from collections import defaultdict

from django.db import transaction
from django.db.models import Q

from butrt.base.accounts.models import User
from curriculum.models import Element
from grades.models import Enrolment, Reopening
from grades.services import lock_marks, reopen_for, unlock_marks
from jury.cases.refusals import Refusal
from jury.models import Session
from jury.sittings.services.holding import hold


@transaction.atomic
def reopen_marks(*, session: Session, motive: str, by: User) -> int:
    """Unlock, before a catch-up, its students' marks that the closed session locked; how many évaluations.

    And before a jury of some programmes, those that another one's locked. Raises `Refusal` without a motive,
    or once the deliberation is open.
    """
    session = hold(session, marks=True)
    if session.state != Session.State.PREPARATION or not (session.is_catch_up or session.part):
        raise Refusal("Les notes se rouvrent pendant la préparation d’un rattrapage.")
    if not motive.strip():
        raise Refusal("Rouvrir les notes demande un motif.")
    return unlock(session, motive=motive, by=by)


def unlock(session: Session, *, motive: str, by: User) -> int:
    """Open the marks that a session judges: all of them or, for a catch-up, its students'.

    An element of several programmes stays locked while the jury of another one has it in its figures: the
    marks of this session's students are open in it all the same.
    """
    cohort, semesters = session.cohort, session.semesters
    opened, shared = 0, True
    if not session.is_catch_up:
        held = _held_by_others(session) if session.part else set()
        elements = _elements(session) - held if session.part else None
        opened = unlock_marks(cohort=cohort, semesters=semesters, motive=motive, by=by, elements=elements)
        shared = bool(held)
    if shared:
        judged = list(session.enrolments())
        reopened = reopen_for(cohort=cohort, semesters=semesters, enrolments=judged, motive=motive, by=by)
        return opened or reopened
    return opened


def lock(session: Session, *, by: User) -> int:
    """Lock them again, those open for another catch-up apart, or for a jury of other programmes to come."""
    some = session.is_catch_up or session.part
    locked = lock_marks(
        cohort=session.cohort,
        semesters=session.semesters,
        enrolments=[enrolment.pk for enrolment in session.enrolments()] if some else None,
        elements=_elements(session) if session.part else None,
        by=by,
    )
    if session.part:
        _leave_open_to_others(session, by=by)
    return locked


def _elements(session: Session) -> set[str]:
    """The codes of the elements that a session judges."""
    rows = Element.objects.filter(programme__in=session.judged, semester__in=session.semesters)
    return set(rows.values_list("code", flat=True))


def _sitting(session: Session, semester: int) -> dict[int, set[int]]:
    """{another jury of the promotion that has the marks of a semester in its figures: its programmes}."""
    others = Session.objects.with_programme().filter(cohort=session.cohort_id, rank=1).exclude(pk=session.pk)
    return {
        other.pk: {programme.pk for programme in other.judged}
        for other in others.exclude(state=Session.State.PREPARATION)
        if semester in other.semesters
    }


def _held_by_others(session: Session) -> set[str]:
    """The codes of the elements that a jury of other programmes, which sits or has closed, judges too."""
    judged, held = {programme.pk for programme in session.judged}, Q(pk=None)
    for semester in session.semesters:
        for programmes in _sitting(session, semester).values():
            if not programmes & judged:
                held |= Q(programme__in=programmes, semester=semester)
    return set(Element.objects.filter(held).values_list("code", flat=True))


def _leave_open_to_others(session: Session, *, by: User) -> None:
    """Who is judged by a jury to come is still marked in what is common to all: a programme at a time."""
    judged = {programme.pk for programme in session.judged}
    for semester in session.semesters:
        sat = judged.union(*_sitting(session, semester).values())
        free = Reopening.objects.standing().filter(
            cohort=session.cohort_id, semester=semester, enrolments__isnull=False
        )
        waiting = session.cohort.enrolments.taking(semester).exclude(programme__in=sat)
        by_programme: dict[int, list[Enrolment]] = defaultdict(list)
        for enrolment in waiting.exclude(pk__in=free.values("enrolments")):
            by_programme[enrolment.programme_id].append(enrolment)
        for enrolments in by_programme.values():
            reopen_for(
                cohort=session.cohort,
                semesters=[semester],
                enrolments=enrolments,
                motive=f"{session.title} ne les juge pas.",
                by=by,
            )
