"""The acts of the room: begun, told, taken back from the last to the first."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from butrt.base import french
from butrt.base.accounts.models import User
from butrt.base.french import several
from butrt.base.meanwhile import AGAIN
from grades.models import Student
from jury.cases.refusals import Meanwhile, Refusal
from jury.models import Act, ActQuerySet, Session
from jury.sittings.services.holding import deliberating, hold, journal, under_way


def new_act(session: Session, kind: Act.Kind, by: User) -> Act:
    """Begin an act of the room, now: its decisions and adoptions point to it."""
    return Act.objects.create(
        session=session, correction_id=under_way(session), kind=kind, by=by, at=timezone.now()
    )


def last_act(session: Session, number: str) -> Act | None:
    """The last act that stands on a student: what a page tells it was made with, in `decide(seen=…)`."""
    return (
        session.acts.standing()
        .filter(Q(decisions__student__number=number) | Q(adoptions__student__number=number))
        .select_related("by")
        .order_by("-pk")
        .first()
    )


def nothing_since(session: Session, student: Student, seen: int) -> None:
    """Raises `Meanwhile`, which tells who did what, when someone acted on this student since `seen`."""
    last = last_act(session, student.number)
    if (last.pk if last else 0) == seen:
        return
    if last is not None and last.pk > seen:
        raise Meanwhile(f"Entre-temps, {act_in_words(last, student)}. {AGAIN}")
    undone = session.acts.filter(pk=seen).select_related("by", "undone_by").first()
    who = f"{undone.undone_by} a annulé ce que" if undone else "quelqu’un a annulé ce que"
    what = f" : {act_in_words(undone, student)}" if undone else ""
    raise Meanwhile(f"Entre-temps, {who} montrait la page{what}. {AGAIN}")


def act_in_words(act: Act, student: Student | None = None) -> str:
    """ "Béatrice Vaucresson a décidé PAS1NCI (année) le 8 juillet 2025 à 14 h 06, motif « … »"."""
    when = f"le {french.moment(act.at)}"
    if act.kind == Act.Kind.ADOPTION:
        number = act.adoptions.count()
        what = "cette proposition de droit" if student else of_right(number)
        return f"{act.by} a accepté {what} {when}"
    decisions = list(act.decisions.select_related("student"))
    together = len({decision.student_id for decision in decisions})
    if together > 1:
        first = decisions[0]
        decisions = [
            decision for decision in decisions if decision.student_id == (student or first.student).pk
        ]
    whom = f"{together} étudiants" if together > 1 else str(decisions[0].student)
    who = "" if student else f" pour {whom}"
    about = ", ".join(
        f"{decision.code} ({decision.subject.partition('/')[0] or 'année'})".strip() for decision in decisions
    )
    if act.kind == Act.Kind.WITHDRAWAL:
        about = decisions[0].subject.partition("/")[0] or "l’année"
        return f"{act.by} a retiré la décision sur {about}{who} {when}"
    return f"{act.by} a décidé {about}{who} {when}, motif « {decisions[0].motive} »"


def of_right(number: int) -> str:
    return several(number, "proposition de droit", "propositions de droit")


@transaction.atomic
def undo(*, session: Session, by: User, act: int | None = None) -> Act:
    """Take back the last act of a session that still stands: a decision, a withdrawal, an adoption of N.

    What it had superseded is current again; nothing is deleted. `act`: the one that the page offered to take
    back, None for whichever is the last. Raises `Refusal`, or `Meanwhile` when another act came since.
    """
    session = hold(session)
    deliberating(session, "On annule un acte")
    last = undoable(session).select_related("by").last()
    if last is None:
        raise Refusal("Il n’y a plus rien à annuler dans cette session.")
    if act is not None and last.pk != act:
        raise Meanwhile(
            f"Entre-temps, {act_in_words(last)}. Rien n’est annulé : on annulerait maintenant cet acte-là."
        )
    sentence = act_in_words(last)
    last.undone_by, last.undone_at = by, timezone.now()
    last.full_clean()
    last.save()
    names = _take_back(session.decisions.all(), last, "kind", "subject")
    names |= _take_back(session.adoptions.all(), last)
    journal("jury.undo", session, by, undone=sentence, students=sorted(names), taken_back=last.pk)
    return last


def undoable(session: Session) -> ActQuerySet:
    """The acts that may be taken back: those that stand, since the last closing if there was one."""
    acts = session.acts.standing()
    return acts.filter(correction__isnull=False, correction=under_way(session)) if session.closed_at else acts


def _take_back(rows: QuerySet[Any], act: Act, *about: str) -> set[str]:
    """Take the rows of an act out, put back those that they superseded; the students, by name.

    Acts are taken back from the last: what an act superseded is the newest row that stands on its subject.
    """
    taken = list(rows.filter(act=act).select_related("student"))
    rows.filter(act=act).update(current=False)
    subjects = {(row.student_id, *(getattr(row, name) for name in about)) for row in taken}
    standing = rows.filter(student__in={row.student_id for row in taken}).filter(
        Q(act__isnull=True) | Q(act__undone_at__isnull=True)
    )
    newest = {
        tuple(subject): pk
        for *subject, pk in standing.order_by("pk").values_list("student_id", *about, "pk")
        if tuple(subject) in subjects
    }
    rows.filter(pk__in=newest.values()).update(current=True)
    return {str(row.student) for row in taken}
