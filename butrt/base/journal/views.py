from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django_tables2 import RequestConfig

from butrt.base.accounts.doors import role_required
from butrt.base.accounts.models import Role
from butrt.base.journal.filters import EntryFilter
from butrt.base.journal.models import Entry
from butrt.base.journal.tables import EntryTable
from butrt.base.tables import exported

if TYPE_CHECKING:
    from butrt.base.accounts.models import SignedInRequest, User

# Those who answer for what was done: who keeps the accounts, who presides, who runs the studies.
READERS = (Role.Name.ADMINISTRATOR, Role.Name.PRESIDENT, Role.Name.DIRECTOR)


SIGN_INS = Q(act__startswith="account.sign_")


def _readable_by(user: User) -> QuerySet[Entry]:
    """Of the departments where they answer for something; who signed in, and whence, by administrators."""
    administers = Q(department__in=user.departments_as(Role.Name.ADMINISTRATOR))
    here = administers | (Q(department__in=user.departments_as(*READERS)) & ~SIGN_INS)
    if user.is_a(Role.Name.ADMINISTRATOR):  # a name that is nobody's belongs to no department
        here |= Q(department=None) & SIGN_INS
    return Entry.objects.filter(here)


@role_required(*READERS)
def journal(request: SignedInRequest) -> HttpResponse:
    """Who did what in the department, page by page; the chain of hashes is checked by `check_journal`."""
    entries = _readable_by(request.user).select_related("by")
    chosen = EntryFilter(request.GET, queryset=entries)
    table = RequestConfig(request, paginate={"per_page": 100}).configure(EntryTable(chosen.qs))
    return exported(request, table, "journal") or render(
        request, "base/journal/journal.html", {"table": table, "filter": chosen}
    )
