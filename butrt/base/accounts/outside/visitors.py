"""Who a provider says is there, and which account of the site is theirs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import Q

from butrt.base.accounts.models import User, departments_of
from butrt.base.accounts.notices import Notice, differences, kept, lines_of, tell
from butrt.base.accounts.outside.ways import Way
from butrt.base.journal.services import record
from butrt.base.requested import NUL


class Why(Enum):
    """Why a person does not enter, as the page and the journal say it."""

    UNKNOWN = "aucun compte n’est à ce nom"
    AMBIGUOUS = "plusieurs comptes peuvent être le sien"
    CLOSED = "compte fermé"
    OTHER = "une autre personne que celle de la session"
    STALE = "l’identité n’a pas été prouvée de nouveau"


class NotAdmitted(Exception):
    """This person does not enter; `user` is the account, where there is one."""

    def __init__(self, why: Why, user: User | None = None) -> None:
        super().__init__(why.value)
        self.why, self.user = why, user


@dataclass(frozen=True, slots=True)
class Visitor:
    """What a provider says of who is there."""

    identifier: str
    email: str
    email_confirmed: bool
    first_name: str = ""
    last_name: str = ""
    quality: str = ""
    # When they proved it to the provider: seconds since 1970; None when it does not say.
    proved_at: int | None = None
    leaving: dict[str, Any] = field(default_factory=dict)  # what signing out of the provider needs

    @property
    def confirmed_email(self) -> str:
        return self.email if self.email_confirmed else ""


def visitor_of(attributes: Mapping[str, Any], way: Way, *, identifier: str = "", **about: Any) -> Visitor:
    """A visitor from a directory's attributes (CAS, SAML); `identifier`: when the way names no other."""
    named = text_of(attributes, way.identifier) if way.identifier else identifier
    names = names_of(*(text_of(attributes, name) for name in ("givenName", "sn", "displayName")))
    return Visitor(
        identifier=named,
        email=text_of(attributes, way.mail or "mail"),
        email_confirmed=bool(way.mail),
        first_name=names[0],
        last_name=names[1],
        quality=text_of(attributes, settings.BUTRT_QUALITY_ATTRIBUTE),
        **about,
    )


def text_of(attributes: Mapping[str, Any], name: str) -> str:
    """The first value of an attribute, whether the provider gives one or several."""
    value = attributes.get(name) or ""
    first = value[0] if isinstance(value, list) else value
    return str(first or "").replace(NUL, "").strip()


def names_of(first_name: str, last_name: str, displayed: str) -> tuple[str, str]:
    """Where a provider does not tell the name apart, it is not cut: all of it is the last name."""
    return (first_name, last_name) if first_name or last_name else ("", displayed)


def account_of(visitor: Visitor) -> User:
    """The one account that has this identifier or this confirmed address; closed ones count too.

    Raises NotAdmitted when there is none, when it is closed, when there are several: an identifier that says
    one person and an address that says another open neither.
    """
    identifier, email = visitor.identifier, visitor.confirmed_email
    alike = Q(username__iexact=identifier) if identifier else Q()
    alike |= Q(email__iexact=email) if email else Q()
    users = [
        user
        for user in (User.objects.filter(alike) if alike else ())
        if _same(user.username, identifier) or _same(user.email, email)
    ]
    if not users:
        raise NotAdmitted(Why.UNKNOWN)
    if len(users) > 1:
        raise NotAdmitted(Why.AMBIGUOUS)
    if not users[0].is_active:
        raise NotAdmitted(Why.CLOSED, users[0])
    return users[0]


def _same(ours: str, theirs: str) -> bool:
    """Equal but for the case of ASCII letters: databases also take a dotless i for an i."""
    if not theirs:
        return False
    return ours == theirs or (ours.isascii() and theirs.isascii() and ours.lower() == theirs.lower())


def complete(user: User, visitor: Visitor, way: Way) -> User:
    """Fill what the account leaves empty (names, quality); journaled, told to the person. In a transaction.

    What the administrator wrote stays: the PV prints it. Names come only where there is none at all; what
    does not fit its field is left out.
    """
    user = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    before = kept(user)
    wanted = {"quality": visitor.quality} if not user.quality else {}
    if not user.first_name and not user.last_name:
        wanted |= {"first_name": visitor.first_name, "last_name": visitor.last_name}
    for name, value in wanted.items():
        setattr(user, name, value)
    try:
        user.clean_fields()
    except ValidationError as error:
        for name in wanted.keys() & error.message_dict.keys():
            setattr(user, name, before[name])
    if not (changes := differences(before, user)):
        return user
    user.save()
    for department in [*departments_of(user.departments_as())] or [None]:
        record(
            act="account.change",
            about=user.username,
            by=user,
            department=department,
            details={"user": user.pk, "active": True, "password": False, "changes": changes, "way": way.name},
        )
    tell([Notice(user, [*lines_of(changes), f"complété à la connexion par : {way.name}"])], by=user)
    return user
