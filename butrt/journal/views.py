from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpResponse
from django.shortcuts import render
from django_tables2 import RequestConfig

from butrt.accounts.doors import role_required
from butrt.accounts.models import Role
from butrt.journal.filters import EntryFilter
from butrt.journal.models import Entry
from butrt.journal.tables import EntryTable
from butrt.tables import exported

if TYPE_CHECKING:
    from butrt.accounts.models import SignedInRequest

# Those who answer for what was done: who keeps the accounts, who presides, who runs the studies.
READERS = (Role.Name.ADMINISTRATOR, Role.Name.PRESIDENT, Role.Name.DIRECTOR)


@role_required(*READERS)
def journal(request: SignedInRequest) -> HttpResponse:
    """Who did what in the department, page by page; the chain of hashes is checked by `check_journal`."""
    entries = Entry.objects.filter(department__in=request.user.departments_as(*READERS)).select_related("by")
    found = EntryFilter(request.GET, queryset=entries)
    table = RequestConfig(request, paginate={"per_page": 100}).configure(EntryTable(found.qs))
    return exported(request, table, "journal") or render(
        request, "journal.html", {"table": table, "filter": found}
    )
