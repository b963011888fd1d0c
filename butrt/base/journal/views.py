from __future__ import annotations

from functools import reduce
from operator import or_
from typing import TYPE_CHECKING

from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import render

from butrt.base.accounts.doors import role_required
from butrt.base.accounts.models import Role, departments_of
from butrt.base.journal.filters import EntryFilter
from butrt.base.journal.models import Entry
from butrt.base.journal.pages import page_of
from butrt.base.journal.tables import EntryTable
from butrt.base.tables import exported

if TYPE_CHECKING:
    from butrt.base.accounts.models import SignedInRequest, User

# Those who answer for what was done: who keeps the accounts, who presides, who runs the studies.
READERS = (Role.Name.ADMINISTRATOR, Role.Name.PRESIDENT, Role.Name.DIRECTOR)


SIGN_INS = Q(act__startswith="account.sign_")
WHENCE = SIGN_INS | Q(act__in=["account.forgotten", "account.sessions"])


def _readable_by(user: User) -> list[Q]:
    """Of the departments where they answer for something; who signed in, and whence, by administrators.

    Apart from one another, so that each is read by its index.
    """
    administered = user.departments_as(Role.Name.ADMINISTRATOR)
    here = [
        Q(department=key) if key in administered else Q(department=key) & ~WHENCE
        for key in user.departments_as(*READERS)
    ]
    if administered:  # a name that is nobody's belongs to no department
        here.append(Q(department=None) & SIGN_INS)
    return here


@role_required(*READERS)
def journal(request: SignedInRequest) -> HttpResponse:
    """Who did what in the department, page by page; the chain of hashes is checked by `check_journal`."""
    readable = _readable_by(request.user)
    departments = departments_of(request.user.departments_as(*READERS))
    everyone = Entry.objects.select_related("by", "department")
    chosen = EntryFilter(request.GET, queryset=everyone, departments=departments)
    hidden = () if len(departments) > 1 else ("department",)
    entries: QuerySet[Entry] = chosen.qs
    everything = EntryTable(entries.filter(reduce(or_, readable)).order_by("-at", "-pk"), exclude=hidden)
    if file := exported(request, everything, "journal"):
        return file
    page = page_of([entries.filter(part) for part in readable], request.GET)
    context = {"table": EntryTable(page.entries, exclude=hidden), "filter": chosen, "page": page}
    return render(request, "base/journal/journal.html", context)
