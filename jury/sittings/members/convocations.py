"""Convening the members of a jury by mail: whom, what they read, one mail each; journaled."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone

from butrt.base import french
from butrt.base.accounts.models import Role, User
from butrt.base.mails import deliver
from jury.cases.refusals import Refusal
from jury.models import Member, Session
from jury.sittings.services import journal


@dataclass(frozen=True)
class ConvocationPlan:
    """Who would be written to.

    `convened` were, for this day and place; `unreached` have no address; `left_out` are excused, or are
    students, who sit in no jury.
    """

    letters: list[Member]
    convened: list[Member]
    unreached: list[Member]
    left_out: list[Member]


@dataclass(frozen=True)
class Sent:
    """Whose mail left, and whom the mail server refused."""

    sent: list[Member]
    failed: list[Member]


def plan(session: Session) -> ConvocationPlan:
    """Each member once, in the order of the list; two queries."""
    studying = Role.objects.filter(department=session.department, role=Role.Name.STUDENT)
    students = set(studying.filter(user__sittings__session=session).values_list("user", flat=True))
    planned = ConvocationPlan([], [], [], [])
    for member in session.members.select_related("user"):
        if member.presence == Member.Presence.EXCUSED or member.user_id in students:
            planned.left_out.append(member)
        elif not member.address:
            planned.unreached.append(member)
        elif member.convened_at:
            planned.convened.append(member)
        else:
            planned.letters.append(member)
    return planned


def send(*, session: Session, by: User, again: bool = False) -> Sent:
    """Convene by mail those of the plan, those already convened too if `again`.

    Mails leave before the transaction that remembers and journals them. Raises `Refusal` for a closed
    session, or with nobody to write to.
    """
    if session.state == Session.State.CLOSED:
        raise Refusal("Le jury est clos : on ne convoque plus ses membres.")
    planned = plan(session)
    letters = [*planned.letters, *planned.convened] if again else planned.letters
    if not letters:
        raise Refusal("Personne à convoquer : tous l’ont été, ou aucun n’a d’adresse.")
    sent, failed = deliver((letter, _message(session, letter, by)) for letter in letters)
    with transaction.atomic():
        Member.objects.filter(pk__in=[member.pk for member in sent]).update(convened_at=timezone.now())
        journal(
            "session.convene",
            session,
            by,
            people=[member.name for member in sent],
            failed=[member.name for member in failed],
            unreached=[member.name for member in planned.unreached],
            date=session.date.isoformat(),
            place=session.place,
        )
    return Sent(sent, failed)


def body(session: Session, member: Member, by: User) -> str:
    """The text of a convocation; with the address of the session for who has an account."""
    return french.typeset(
        render_to_string(
            "jury/sittings/members/convocation.txt",
            {
                "session": session,
                "member": member,
                "by": by,
                "date": french.full_day(session.date),
                "start": french.hour(session.starts) if session.starts else "",
                "programme": session.diploma,
                "students": session.enrolments().count(),
                "address": settings.BUTRT_PUBLIC_URL + session.get_absolute_url() if member.user_id else "",
            },
        )
    )


def _message(session: Session, member: Member, by: User) -> EmailMessage:
    return EmailMessage(
        subject=f"Convocation : {session}, le {french.day(session.date)}",
        body=body(session, member, by),
        to=[member.address],
        reply_to=[by.email] if by.email else None,
    )
