"""The journal a page at a time, from an entry: as quick at its first page as at its four-thousandth."""

from __future__ import annotations

from collections.abc import Sequence
from heapq import merge
from itertools import islice
from operator import attrgetter
from typing import NamedTuple

from django.db.models import Q, QuerySet
from django.http import QueryDict

from butrt.base.journal.models import Entry

PER_PAGE = 100
OLDER, NEWER = "avant", "apres"  # of the address: the number of an entry
PLACE = attrgetter("at", "pk")


class EntryPage(NamedTuple):
    """Entries, the last first; the numbers from which the pages beside begin, None where there is none."""

    entries: list[Entry]
    older: int | None
    newer: int | None


def page_of(branches: Sequence[QuerySet[Entry]], asked: QueryDict) -> EntryPage:
    """The page that an address asks for of what several queries give: each reads its index, no further.

    Before an entry (`?avant=`), after one (`?apres=`), else the last ones. An entry that is not there: those.
    """
    if (mark := _entry(branches, asked.get(NEWER, ""))) is not None:
        past = Q(at__gte=mark.at) & ~Q(at=mark.at, pk__lte=mark.pk)
        entries = _first(branches, past, ("at", "pk"))
        page = entries[:PER_PAGE][::-1]
        if page:
            return EntryPage(page, page[-1].pk, _next(entries, page, 0))
    mark = _entry(branches, asked.get(OLDER, ""))
    past = Q() if mark is None else Q(at__lte=mark.at) & ~Q(at=mark.at, pk__gte=mark.pk)
    entries = _first(branches, past, ("-at", "-pk"))
    page = entries[:PER_PAGE]
    return EntryPage(page, _next(entries, page, -1), page[0].pk if mark and page else None)


def _next(entries: list[Entry], page: list[Entry], end: int) -> int | None:
    """The number of the entry at an end of a page, when more come after it."""
    return page[end].pk if len(entries) > len(page) else None


def _first(branches: Sequence[QuerySet[Entry]], past: Q, order: tuple[str, str]) -> list[Entry]:
    """The first entries of all in an order: a page, and one more when there is more."""
    rows = (branch.filter(past).order_by(*order)[: PER_PAGE + 1] for branch in branches)
    return list(islice(merge(*rows, key=PLACE, reverse=order[0].startswith("-")), PER_PAGE + 1))


def _entry(branches: Sequence[QuerySet[Entry]], number: str) -> Entry | None:
    if not (number.isascii() and number.isdigit() and len(number) < 19):
        return None
    entries = (branch.filter(pk=int(number)).first() for branch in branches)
    return next((entry for entry in entries if entry), None)
