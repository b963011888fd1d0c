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

MEMBER_WORDS = {
    "user": "le compte",
    "name": "le nom",
    "email": "le courriel",
    "kind": "« siège comme »",
    "quality": "la qualité",
    "presence": "la présence",
    "substitute": "la suppléance",
}


@dataclass(frozen=True)
class MemberEdit:
    """A line of the list of members as somebody typed it.

    `typed` and `shown` hold the fields of `Member.as_line`: what is typed, and what the line showed before.
    Only what differs is written, so that two people on the list keep what each of them typed. An empty name
    takes the member back.
    """

    pk: int | None
    typed: Mapping[str, Any]
    shown: Mapping[str, Any]

    @property
    def changed(self) -> dict[str, Any]:
        return {name: value for name, value in self.typed.items() if self.shown.get(name) != value}


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

    `composition`: the act that composes the jury, None to leave it as it is; `check` is about it. Raises
    `Refusal` naming the member and both values when somebody else changed the same field meanwhile.
    """
    session = hold(session)
    if session.state == Session.State.CLOSED:
        raise Refusal("Le jury est clos : la liste des membres est celle du PV.")
    rows = {member.pk: member for member in session.members.all()}
    position = max((member.position for member in rows.values()), default=-1)
    changes = []
    if composition is not None and composition != (session.composition_act, session.composition_date):
        check()
        session.composition_act, session.composition_date = composition
        session.full_clean(exclude=["place", "opening_motive"], validate_unique=False)
        session.save(update_fields=["composition_act", "composition_date"])
        changes.append(
            f"acte de composition : {composition.act or 'aucun'}, {composition.day or 'sans date'}"
        )
    # Who no longer is the substitute first: the act names one.
    for edit in sorted(edits, key=lambda line: bool(line.changed.get("substitute"))):
        if not edit.changed:
            continue
        if edit.pk is None:
            position += 1
            member = Member(session=session, position=position)
        elif edit.pk in rows:
            member = rows[edit.pk]
            _refuse_overwriting(member, edit)
        else:
            name = edit.shown.get("name") or edit.typed["name"]
            raise Refusal(f"{name} : quelqu’un l’a retiré de la liste entre-temps. Relire la liste.")
        if not edit.typed["name"]:
            member.delete()
            changes.append(f"{edit.shown['name']}, retiré")
            continue
        for name, value in edit.changed.items():
            setattr(member, "user_id" if name == "user" else name, value)
        if member.substitute and member.user_id == session.president_id:
            raise Refusal(f"{member.name} préside : l’acte nomme une autre personne pour suppléer.")
        member.full_clean()
        if "user" in edit.changed:
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


def _refuse_overwriting(member: Member, edit: MemberEdit) -> None:
    """Whether somebody else changed, since this line was shown, what it changes."""
    stored = member.as_line
    fields = edit.typed if not edit.typed["name"] else edit.changed
    for name in fields:
        if stored[name] not in (edit.shown.get(name), edit.typed[name]):
            label = MEMBER_WORDS[name]
            raise Refusal(
                f"{member.name} : {label} vaut maintenant « {_in_words(name, stored[name])} », quelqu’un "
                f"d’autre l’a changé ; vous écriviez « {_in_words(name, edit.typed[name])} ». "
                "Rien n’est enregistré, "
                "relire puis enregistrer de nouveau."
            )


def _in_words(name: str, value: Any) -> str:
    """A field of a member as people read it."""
    if name == "presence":
        return str(Member.Presence(value).label)
    if name == "kind":
        return str(Member.Kind(value).label)
    if name == "substitute":
        return "oui" if value else "non"
    return str(User.objects.get(pk=value) if name == "user" and value else value or "rien")
