"""Who came, noted from the room: one key for a member, one for all of them."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction

from butrt.base.accounts.models import User
from jury.cases.refusals import Refusal
from jury.models import Member, Session
from jury.sittings.services import hold, journal

# What pressing the key of a member makes of their presence.
NEXT = {
    Member.Presence.CONVENED: Member.Presence.PRESENT,
    Member.Presence.PRESENT: Member.Presence.EXCUSED,
    Member.Presence.EXCUSED: Member.Presence.CONVENED,
}


@transaction.atomic
def attend(*, session: Session, by: User, presence: str, member: int | None = None) -> None:
    """Note the presence of a member; of everybody not excused when `member` is None.

    Raises `Refusal` once the jury is closed, or for a member who is no longer in the list.
    """
    session = hold(session)
    if session.state == Session.State.CLOSED:
        raise Refusal("Le jury est clos : la liste des membres est celle du PV.")
    if presence not in Member.Presence.values:
        raise Refusal("Cette présence n’existe pas : présent, excusé ou convoqué.")
    rows = list(session.members.exclude(presence=presence))
    if member is None:
        rows = [row for row in rows if row.presence == Member.Presence.CONVENED]
    else:
        if not session.members.filter(pk=member).exists():
            raise Refusal("Cette personne n’est plus dans la liste des membres. Relire la liste.")
        rows = [row for row in rows if row.pk == member]
    for row in rows:
        row.presence = presence
        row.full_clean()
        row.save()
    if rows:
        noted = [f"{row}, {row.get_presence_display()}" for row in rows]
        journal("session.members", session, by, members=noted)


def lines(members: Iterable[Member]) -> list[tuple[Member, str]]:
    """Each member, and what their key would make of their presence."""
    return [(member, NEXT[Member.Presence(member.presence)]) for member in members]
