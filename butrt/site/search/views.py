from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from butrt.site.search.finding import LONGEST, SHORTEST, find, words_of

if TYPE_CHECKING:
    from butrt.base.accounts.models import SignedInRequest


@require_safe
def search(request: SignedInRequest) -> HttpResponse:
    """What the words of ?q= find, kind by kind; only what its reader may open is there."""
    if not request.user.works_in:
        raise Http404
    query = request.GET.get("q", "").strip()[:LONGEST]
    groups = find(request.user, query)
    return render(
        request,
        "site/search/search.html",
        {
            "query": query,
            "groups": groups,
            "number": sum(group.number for group in groups),
            "too_short": bool(query) and not words_of(query),
            "shortest": SHORTEST,
        },
    )
