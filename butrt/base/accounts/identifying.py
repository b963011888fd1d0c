"""Who a person of a list is: an account that they have already, or the user name of one to open."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

from django.db.models.functions import Lower

from butrt.base.accounts.models import Role, User
from butrt.base.words import folded

LONGEST = 40  # characters of a user name that is made here


def staff_with_address(addresses: Iterable[str]) -> dict[str, list[User]]:
    """The accounts, other than students', that have these e-mail addresses, by address in small letters."""
    wanted = {address.lower() for address in addresses if address}
    students = Role.objects.filter(role=Role.Name.STUDENT).values("user")
    others = Role.objects.exclude(role=Role.Name.STUDENT).values("user")
    accounts: dict[str, list[User]] = {}
    known = User.objects.annotate(address=Lower("email")).filter(address__in=wanted)
    for user in known.exclude(pk__in=students.exclude(user__in=others)):
        accounts.setdefault(user.email.lower(), []).append(user)
    return accounts


def usernames_taken() -> set[str]:
    """The user names of the site, in small letters."""
    return {name.lower() for name in User.objects.values_list("username", flat=True)}


def username_for(email: str, first_name: str, last_name: str, *, taken: Collection[str]) -> str:
    """ "prenom.nom": what stands before the @ of an address, else the names; a number when that is taken."""
    local = email.partition("@")[0].lower()
    name = local if re.fullmatch(r"[a-z0-9][a-z0-9._-]+", local) else _from_names(first_name, last_name)
    username, number = name[:LONGEST], 1
    while username in taken:
        number += 1
        username = f"{name[:LONGEST]}{number}"
    return username


def _from_names(first_name: str, last_name: str) -> str:
    words = [folded(name).replace(" ", "-") for name in (first_name, last_name)]
    return ".".join(filter(None, words)) or "compte"
