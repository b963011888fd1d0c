"""Sessions that say otherwise than their corrections (`Session.objects.broken`), put right.

Until the version 0.5, changing the room of a closed session while its correction opened wrote the session as
it had been: closed, with a correction that nobody could go on with nor give up.
"""

from __future__ import annotations

from django.db import transaction

from jury.models import Session
from jury.sittings.services import hold, journal, under_way


@transaction.atomic
def repair(session: Session) -> str:
    """Put the session back as its correction left it, or closed without one; what was done, in French.

    Nothing is decided here: the presidency goes on with the correction, or gives it up.
    """
    session = hold(session, marks=True)
    open_one = under_way(session) is not None
    if session.correcting == open_one:
        return f"{session} : rien à réparer."
    session.correcting = open_one
    frozen = Session.objects.filter(pk=session.pk, snapshot__isnull=False).exists()
    session.state = Session.State.DELIBERATION if frozen else Session.State.PREPARATION
    if not open_one and frozen:
        session.state = Session.State.CLOSED
    session.save(update_fields=["state", "correcting"])
    done = "sa correction est de nouveau ouverte" if open_one else "elle n’est plus en correction"
    journal("session.repair", session, None, state=session.state, correcting=session.correcting)
    return f"{session} : {done}."
