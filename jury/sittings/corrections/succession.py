"""Who presides a closed session once its president no longer may: so that it can still be corrected."""

from __future__ import annotations

from django.db import transaction

from butrt.base.accounts.models import Role, User
from jury.cases.refusals import Refusal
from jury.models import Session
from jury.sittings.services import hold, journal, seat_president


@transaction.atomic
def name_successor(*, session: Session, president: User, motive: str, by: User) -> Session:
    """Name who presides a closed session in the place of a president who lost the role, for a motive.

    The versions of its PV keep the president that they name, who alone may sign them; that of a correction
    names the successor, a member from now on, whose presence is then to be noted. Raises `Refusal`.
    """
    session = hold(session)
    here, former = session.department.pk, session.president
    if session.state != Session.State.CLOSED:
        raise Refusal("Ce jury n’est pas clos : sa présidence se change avec sa date et son lieu.")
    if here in former.named_in(Role.Name.PRESIDENT):
        raise Refusal(f"{former} préside toujours des jurys dans ce département, et corrige celui-ci.")
    if here not in president.named_in(Role.Name.PRESIDENT):
        raise Refusal(
            f"{president} ne préside pas de jury dans ce département : lui en donner le rôle d’abord."
        )
    if not motive.strip():
        raise Refusal("Nommer une autre présidence demande un motif, que le journal gardera.")
    session.president = president
    session.save(update_fields=["president"])
    seat_president(session=session)
    journal(
        "session.succession", session, by, before=str(former), after=str(president), motive=motive.strip()
    )
    return session
