"""In which order accounts are listed: who is no longer there comes last.

The ground floor knows no promotion: `grades` registers, when the site starts, what tells the students of past
years.
"""

from __future__ import annotations

from collections.abc import Callable

from django.db.models import Case, Exists, IntegerField, Q, QuerySet, When

from butrt.base.accounts.models import User

Gone = Callable[[], Exists]
"""Which accounts are of people who left, for the query of a list of accounts."""

_gone: list[Gone] = []


def register(gone: Gone) -> None:
    """List last those of `gone` too; the same one twice is asked once."""
    if gone not in _gone:
        _gone.append(gone)


def present_first(accounts: QuerySet[User]) -> QuerySet[User]:
    """The open accounts of who is there, then the others, each by name."""
    last = Q(is_active=False)
    for gone in _gone:
        last |= Q(gone())
    there = Case(When(last, then=1), default=0, output_field=IntegerField())
    return accounts.order_by(there.asc(), "sort_key", "pk")
