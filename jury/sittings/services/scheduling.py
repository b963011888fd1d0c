"""A session of the jury put in the calendar, or a catch-up after a closed one."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from copy import copy
from typing import Any

from django.db import transaction
from django.db.models import F, Max

from butrt.base.accounts.models import Role, User
from butrt.base.french import listed
from butrt.base.meanwhile import Check, retold, unchecked
from curriculum.models import Department, Programme, Regulation
from grades import locks
from grades.models import Student
from jury.cases.refusals import Refusal
from jury.models import Member, Session
from jury.sittings.services.holding import hold, journal

SCHEDULED = ("president", "date", "starts", "place")
"""What `schedule` changes of a session that exists, and nothing else."""


@retold
@transaction.atomic
def schedule(
    *,
    session: Session,
    by: User,
    programmes: Collection[Programme] = (),
    check: Check = unchecked,
) -> Session:
    """Create a session, or change its president, date and place before it is closed.

    A new one judges these `programmes` of its promotion, all of them by default, and takes the regulation in
    force for them. Raises `Refusal` when there is none, or when another session judges one of them.
    """
    before = None if session.pk is None else hold(session)
    if before is not None and before.state == Session.State.CLOSED:
        raise Refusal("Le jury est clos : sa date et son lieu sont ceux du PV.")
    check()
    if before is not None and _scheduled(before) == _scheduled(session):
        return before
    if before is None:
        _place(session, programmes)
        _create(session, programmes if session.part else ())
    else:  # on the row as it is now: the page's own may be of before an opening, or a correction
        was = _scheduled(before)
        for name in SCHEDULED:
            setattr(before, name, getattr(session, name))
        before.full_clean()
        before.save(update_fields=SCHEDULED)
        session = before
        if was[1:] != _scheduled(session)[1:]:
            session.members.update(convened_at=None)  # who was convened was for another day or place
    _scheduled_by(session, by)
    return session


@transaction.atomic
def schedule_apart(
    *, session: Session, by: User, programmes: Collection[Programme] = (), check: Check = unchecked
) -> list[Session]:
    """Create a session, hence a PV, for each of these programmes of a promotion; for all of them by default.

    They meet at the same date and place, `session`'s. Raises `Refusal` as `schedule` does.
    """
    sessions = []
    for programme in programmes or session.cohort.taught:
        one = copy(session)
        sessions.append(schedule(session=one, by=by, programmes=[programme], check=check))
    return sessions


def _create(session: Session, programmes: Iterable[Programme]) -> None:
    session.full_clean()
    session.save()
    session.programmes.set(programmes)


def _scheduled_by(session: Session, by: User) -> None:
    journal("session.schedule", session, by, date=session.date.isoformat(), place=session.place)


def regulation_for(department: Department, programmes: Collection[Programme], school_year: int) -> Regulation:
    """The one by which a jury judges these programmes. Raises `Refusal` without one, or if they differ."""
    in_force = {
        programme: Regulation.objects.in_force(
            department=department, programme=programme.pk, school_year=school_year
        ).first()
        for programme in programmes
    }
    regulations = {*in_force.values()}
    if None in regulations:
        raise Refusal("Aucun règlement n’est en vigueur pour cette année : l’administration l’enregistre.")
    if len(regulations) > 1:
        named = listed(
            [f"{programme.parcours.short} ({regulation})" for programme, regulation in in_force.items()]
        )
        raise Refusal(
            f"Un jury juge par un seul règlement, ces programmes en ont plusieurs : {named}. Faire un jury "
            "par règlement, ou en adopter un pour tous."
        )
    (regulation,) = regulations
    assert regulation is not None  # refused above
    return regulation


def _place(session: Session, programmes: Collection[Programme]) -> None:
    """Which part of its promotion a new session judges. Raises `Refusal` if another one judges some of it."""
    cohort = session.cohort
    locks.own(cohort, [session.semester])  # two juries scheduled at once would share a programme
    known = cohort.taught
    if strangers := [programme for programme in programmes if programme not in known]:
        raise Refusal(f"{strangers[0]} n’est pas un programme de {cohort}.")
    whole = not programmes or len(programmes) == len(known)
    wanted = known if whole else [programme for programme in known if programme in programmes]
    last = 0
    for other in Session.objects.with_programme().filter(cohort=cohort, semester=session.semester, rank=1):
        if shared := [programme for programme in other.judged if programme in wanted]:
            names = listed([cohort.labels[programme.pk] for programme in shared])
            raise Refusal(
                f"{other} existe déjà et juge {names} : un rattrapage se crée depuis la session close."
            )
        last = max(last, other.part)
    session.part = 0 if whole else last + 1
    session.part_name = "" if whole else ", ".join(cohort.labels[programme.pk] for programme in wanted)
    session.regulation = regulation_for(session.department, wanted, cohort.school_year)


def _scheduled(session: Session) -> tuple[Any, ...]:
    return tuple(getattr(session, name) for name in SCHEDULED)


@transaction.atomic
def seat_president(*, session: Session) -> None:
    """Put the president among the members, first: whether they came decides whether the jury may close.

    The page that schedules a session does, and the opening where it was not done.
    """
    president = session.president
    if session.members.filter(user=president).exists():
        return
    if session.members.filter(name=str(president), user=None).update(user=president):
        return
    session.members.update(position=F("position") + 1)
    Member.objects.create(
        session=session,
        user=president,
        name=str(president),
        quality=president.quality or "présidence du jury",
        position=0,
    )


@transaction.atomic
def catch_up(*, closed: Session, session: Session, students: Iterable[Student], by: User) -> Session:
    """Create a catch-up session (rattrapage) after a closed one, for some of its students.

    `session` brings its date, hour, place and president; its members, and the act that composes it, are those
    of the closed one, convened again. Its results replace, for later juries, what the closed one left
    waiting. Raises `Refusal`.
    """
    closed = hold(closed)
    if closed.state != Session.State.CLOSED:
        raise Refusal("Un rattrapage suit une session close : clore d’abord celle-ci.")
    chosen = list(students)
    judged = set(closed.enrolments().values_list("student", flat=True))
    if not chosen or not {student.pk for student in chosen} <= judged:
        raise Refusal("Choisir au moins un étudiant, parmi ceux que la session close a examinés.")
    if session.date < closed.date:
        raise Refusal("Un rattrapage se tient après la session qu’il complète.")
    others = Session.objects.filter(cohort=closed.cohort, semester=closed.semester, part=closed.part)
    busy = others.exclude(state=Session.State.CLOSED).filter(students__in=chosen).distinct()
    if busy.exists():
        raise Refusal(f"{busy[0]} attend déjà un de ces étudiants : la clore d’abord.")
    session.cohort, session.semester = closed.cohort, closed.semester
    session.part, session.part_name = closed.part, closed.part_name
    session.regulation = regulation_for(closed.department, closed.judged, closed.cohort.school_year)
    session.rank = others.aggregate(last=Max("rank"))["last"] + 1
    session.composition_act, session.composition_date = closed.composition_act, closed.composition_date
    _create(session, closed.programmes.all())
    session.students.set(chosen)
    _scheduled_by(session, by)
    seat_president(session=session)
    _convene_again(closed, session)
    return session


def _convene_again(closed: Session, session: Session) -> None:
    """The members of a closed session, convened for another; its president is one of them already."""
    there = session.members.get()
    if seated := closed.members.exclude(quality="").filter(user=there.user).first():
        there.quality = seated.quality  # as the closed session calls them
        there.save(update_fields=["quality"])
    studying = Role.objects.filter(department=session.department, role=Role.Name.STUDENT)
    students = studying.values("user")
    Member.objects.bulk_create(
        Member(
            session=session,
            user_id=member.user_id,
            name=member.name,
            email=member.email,
            kind=member.kind,
            quality=member.quality,
            substitute=member.substitute,
            position=place,
        )
        for place, member in enumerate(closed.members.exclude(user__in=students), 1)
        if member.name != there.name and (member.user_id is None or member.user_id != there.user_id)
    )
