"""What each promotion of the demonstration writes alike: marks with their history, members of juries."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping

from django.utils import timezone

from butrt.base.accounts.models import User
from grades.models import Mark, MarkChange
from jury.models import Member, Session
from jury.sittings import services


def evening(date: datetime.date | None) -> datetime.datetime:
    """Six o'clock: when marks are entered, and elements declared complete."""
    assert date is not None, "every évaluation of the demonstration is dated"
    return timezone.make_aware(datetime.datetime.combine(date, datetime.time(18)))


def write_marks(marks: Iterable[Mark]) -> None:
    """Each with the history that it would have."""
    written = Mark.objects.bulk_create(marks)
    MarkChange.objects.bulk_create(
        MarkChange(
            mark=mark,
            version=mark.version,
            value=mark.value,
            code=mark.code,
            by=mark.entered_by,
            at=mark.entered_at,
            origin=MarkChange.Origin.LOADING,
        )
        for mark in written
    )


def convene(session: Session, members: Iterable[Mapping[str, str]], users: Mapping[str, User]) -> None:
    """Schedule a jury and convene its members; with an hour of end, those who came are noted."""
    services.schedule(session=session, by=session.president)
    came = Member.Presence.PRESENT if session.ends else Member.Presence.CONVENED
    Member.objects.bulk_create(
        Member(
            session=session,
            user=users[member["user"]] if "user" in member else None,
            name=member.get("name") or str(users[member["user"]]),
            kind=member.get("kind", Member.Kind.TEACHER),
            quality=member["quality"],
            presence=came,
            position=position,
        )
        for position, member in enumerate(members)
    )
