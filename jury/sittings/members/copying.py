"""The members of another jury, proposed for this one: six juries a year have nearly the same."""

from __future__ import annotations

from typing import Any

from butrt.base.accounts.models import User
from butrt.base.schoolyears import by_year
from jury.models import Member, Session

MOST_OFFERED = 20


def copied_from(user: User, session: Session) -> list[Session]:
    """The juries of the department whose members this person may read and copy, this year's first."""
    return list(
        Session.objects.documented_for(user)
        .with_programme()
        .filter(members__user__isnull=False, cohort__specialty__department=session.department)
        .exclude(pk=session.pk)
        .distinct()
        .order_by(*by_year("cohort__school_year", held="date"), "-date", "-pk")[:MOST_OFFERED]
    )


def proposed(source: Session, session: Session) -> list[dict[str, Any]]:
    """A line for each member of `source` who does not sit yet: convened, nothing of them is written.

    Who presided `source` comes as a member; who presides here is one from the start, and is not their own
    substitute.
    """
    here = list(session.members.all())
    names, accounts = {member.name for member in here}, {member.user_id for member in here} - {None}
    substituted = any(member.substitute for member in here)
    return [
        member.as_line
        | {"presence": Member.Presence.CONVENED, "substitute": member.substitute and not substituted}
        for member in source.members.all()
        if member.name not in names and member.user_id not in {*accounts, session.president_id}
    ]
