"""Who sits in a session, and whether they came."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from django.db import transaction

from butrt.base.accounts.models import Role, User
from butrt.base.meanwhile import Check, unchecked
from jury.cases.refusals import Refusal
from jury.models import Member, Session
from jury.sittings.services.holding import hold, journal


@dataclass(frozen=True)
class MemberEdit:
    """A line of the list of members: the fields of `Member.as_line` as somebody typed them.

    An empty name takes the member back; `pk` is None for a new one.
    """

    pk: int | None
    typed: Mapping[str, Any]


class Composition(NamedTuple):
    """The act of the establishment that composes a jury: its reference, "" unknown, and its day."""

    act: str = ""
    day: date | None = None


@transaction.atomic
def convene(
    *,
    session: Session,
    edits: Iterable[MemberEdit],
    by: User,
    composition: Composition | None = None,
    check: Check = unchecked,
) -> None:
    """Write who sits in a session and whether they came, until it is closed: all the lines, or none.

    `composition`: the act that composes the jury, None to leave it as it is.
    """
    session = hold(session)
    if session.state == Session.State.CLOSED:
        raise Refusal("Le jury est clos : la liste des membres est celle du PV.")
    check()
    rows = {member.pk: member for member in session.members.all()}
    position = max((member.position for member in rows.values()), default=-1)
    changes = []
    if composition is not None and composition != (session.composition_act, session.composition_date):
        session.composition_act, session.composition_date = composition
        session.full_clean(exclude=["place", "opening_motive"], validate_unique=False)
        session.save(update_fields=["composition_act", "composition_date"])
        changes.append(
            f"acte de composition : {composition.act or 'aucun'}, {composition.day or 'sans date'}"
        )
    # Who no longer is the substitute first: the act names one.
    for edit in sorted(edits, key=lambda line: bool(line.typed.get("substitute"))):
        member = rows.get(edit.pk or 0)
        if not edit.typed["name"]:
            if member is not None:
                member.delete()
                changes.append(f"{member.name}, retiré")
            continue
        if member is None:
            position += 1
            member, changed = Member(session=session, position=position), dict(edit.typed)
        else:
            stored = member.as_line
            changed = {name: value for name, value in edit.typed.items() if stored[name] != value}
        if not changed:
            continue
        for name, value in changed.items():
            setattr(member, "user_id" if name == "user" else name, value)
        if member.substitute and member.user_id == session.president_id:
            raise Refusal(f"{member.name} préside : l’acte nomme une autre personne pour suppléer.")
        member.full_clean()
        if "user" in changed:
            _refuse_without_role(member)
        member.save()
        named = ", suppléance de la présidence" if member.substitute else ""
        changes.append(f"{member}, {member.get_presence_display()}{named}")
    if changes:
        journal("session.members", session, by, members=changes)


def _refuse_without_role(member: Member) -> None:
    """An account newly named holds a role that sits: without one, the name would open nothing to them."""
    if member.user and member.session.department.pk not in member.user.named_in(*Role.SITTING):
        raise Refusal(f"{member.name} : ce compte n’a pas dans le département un rôle qui siège.")
