"""Telling people by mail what was changed of their account, at the address of before too."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any, NamedTuple

from django.core.mail import EmailMessage
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone

from butrt.base.accounts.models import Role, User
from butrt.base.mails import deliver

# What a person is told of their account when it changes, and how it is called.
TOLD = {
    "last_name": "nom",
    "first_name": "prénom",
    "quality": "qualité",
    "email": "courriel",
    "is_active": "compte",
}
STATES = {True: "ouvert", False: "fermé"}


class Notice(NamedTuple):
    """What to tell a person; `also` is an address of before."""

    person: User
    lines: list[str]
    also: str = ""


def kept(user: User) -> dict[str, Any]:
    """What an account says now, to compare with what it will say."""
    return {name: getattr(user, name) for name in TOLD}


def differences(before: Mapping[str, Any], user: User) -> dict[str, list[Any]]:
    """{field: [before, after]} for what changed."""
    return {name: [before[name], now] for name, now in kept(user).items() if before[name] != now}


def lines_of(changes: Mapping[str, list[Any]]) -> list[str]:
    """ "courriel : a@iut.example → b@iut.example"."""
    return [
        f"{TOLD[name]} : {' → '.join(str(STATES.get(value, value) or 'vide') for value in pair)}"
        for name, pair in changes.items()
    ]


def line_of_roles(before: Iterable[str], after: Iterable[str], department: Any) -> str:
    was, becomes = (
        ", ".join(label for role, label in Role.Name.choices if role in set(held)) or "aucun"
        for held in (before, after)
    )
    return f"rôles ({department}) : {was} → {becomes}"


def tell(notices: Iterable[Notice], *, by: User | None) -> None:
    """Write to each person once the transaction has landed; who has no address cannot be told."""
    letters = [(notice.person, message) for notice in notices for message in _messages(notice, by)]
    if letters:
        transaction.on_commit(partial(deliver, letters), robust=True)


def _messages(notice: Notice, by: User | None) -> list[EmailMessage]:
    """One for each address: none is told of the other."""
    context = {"notice": notice, "by": by, "now": timezone.localtime()}
    body = render_to_string("base/accounts/notice.txt", context)
    addresses = dict.fromkeys(address for address in (notice.also, notice.person.email) if address)
    return [EmailMessage("Votre compte a été modifié", body, to=[address]) for address in addresses]
