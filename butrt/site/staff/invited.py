"""Who of a department's people was invited and has not chosen a password yet, and since when."""

from __future__ import annotations

import datetime
from collections.abc import Collection
from dataclasses import dataclass

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db.models import Q, QuerySet

from butrt.base.accounts.models import Role, User
from butrt.base.journal.models import Entry

STAFF = tuple(name for name in Role.Name if name != Role.Name.STUDENT)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A person without a password; `department`: the key of one where they work; when a link last left."""

    user: User
    department: int
    at: datetime.datetime | None
    sent: bool


def without_password() -> QuerySet[User]:
    """The open accounts whose person never chose a password."""
    return User.objects.filter(is_active=True, password__startswith=UNUSABLE_PASSWORD_PREFIX)


def not_answered(departments: Collection[int]) -> list[Waiting]:
    """Those of these departments, other than students, with when their last link was asked. Two queries."""
    roles = Role.objects.filter(department__in=departments, role__in=STAFF, user__in=without_password())
    people: dict[int, tuple[User, int]] = {}
    for role in roles.select_related("user").order_by("user__sort_key", "user"):
        people.setdefault(role.user_id, (role.user, role.department_id))
    links = _last_links(departments) if people else {}
    return [
        Waiting(user, department, *links.get(user.username, (None, False)))
        for user, department in people.values()
    ]


def _last_links(departments: Collection[int]) -> dict[str, tuple[datetime.datetime, bool]]:
    """{user name: when their last link was asked, whether it left}, as the journal has it."""
    here = Q(department__in=departments) | Q(department=None)
    entries = Entry.objects.filter(here, act="account.link").order_by("pk")
    links: dict[str, tuple[datetime.datetime, bool]] = {}
    for at, about, details in entries.values_list("at", "about", "details"):
        outcomes = details.get("outcomes") or {about: details.get("outcome", "")}
        for username, outcome in outcomes.items():
            links[username] = (at, outcome in ("sent", "printed"))
    return links
