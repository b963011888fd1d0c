"""Signing in by a provider, proving to it again who one is, being refused: the same for all ways."""

from __future__ import annotations

import logging
from time import time
from typing import TypedDict

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.utils.http import url_has_allowed_host_and_scheme

from butrt.base.accounts import trail
from butrt.base.accounts.confirming import CONFIRMED_AT, remember
from butrt.base.accounts.outside import CAME_BY
from butrt.base.accounts.outside.visitors import NotAdmitted, Visitor, Why, account_of, complete
from butrt.base.accounts.outside.ways import Way

logger = logging.getLogger(__name__)

SKEW = 60  # seconds between two clocks
PROVED = "Identité prouvée : revenir à l’onglet où vous étiez, et continuer."
MODEL = (
    "django.contrib.auth.backends.ModelBackend"  # who looks the session's account up: it refuses closed ones
)


class Errand(TypedDict):
    """What somebody goes to a provider for, kept in their session until they are back."""

    next: str
    prove: bool  # who is signed in proves it again: nobody signs in
    fresh: bool  # the provider must ask, whoever it knows already
    since: int  # seconds since 1970


def errand_of(request: HttpRequest, *, prove: bool) -> Errand:
    """`next` is kept when it is an address of this site; `autre`: another person than the provider knows."""
    asked = request.GET.get("next", "")
    safe = url_has_allowed_host_and_scheme(asked, {request.get_host()}, require_https=request.is_secure())
    fresh = prove or "autre" in request.GET
    return {"next": asked if safe else "", "prove": prove, "fresh": fresh, "since": int(time())}


def arrive(request: HttpRequest, way: Way, visitor: Visitor, errand: Errand) -> HttpResponse:
    """Back from the provider, which says who is there: they enter, or are told why not."""
    try:
        user = account_of(visitor)
        if errand["fresh"] and (visitor.proved_at or 0) < errand["since"] - SKEW:
            raise NotAdmitted(Why.STALE, user)
        if errand["prove"]:
            if user != request.user:
                raise NotAdmitted(Why.OTHER, user)
            remember(request)
            if not errand["next"]:
                messages.success(request, PROVED)
        else:
            with transaction.atomic():
                user = complete(user, visitor, way)
                login(request, user, backend=MODEL)
                trail.tell(request, "account.sign_in", user, way=way.name)
            _count(request, visitor.proved_at)
    except NotAdmitted as refusal:
        return _refuse(request, way, visitor, errand, refusal)
    request.session[CAME_BY] = {"way": way.slug, **visitor.leaving}
    return redirect(errand["next"] or resolve_url(settings.LOGIN_REDIRECT_URL))


def _count(request: HttpRequest, proved_at: int | None) -> None:
    """A provider that knew the person already asked them nothing: they are as sure as when it last did."""
    if proved_at is None:
        request.session.pop(CONFIRMED_AT, None)
    else:
        request.session[CONFIRMED_AT] = min(proved_at, int(time()))


def _refuse(
    request: HttpRequest, way: Way, visitor: Visitor, errand: Errand, refusal: NotAdmitted
) -> HttpResponse:
    """Who the provider says is there, why they do not enter, whom to ask; in the journal too."""
    trail.refused(
        request,
        refusal.user,
        name=visitor.identifier or visitor.email,
        way=way.name,
        motive=refusal.why.value,
    )
    context = {"way": way, "visitor": visitor, "why": refusal.why.name, "errand": errand}
    return render(request, "base/accounts/outside/refused.html", context, status=403)


def fail(
    request: HttpRequest, way: Way, reason: str, *, detail: object = "", errand: Errand | None = None
) -> HttpResponse:
    """The provider's answer counts for nothing. In the journal when it answers what was asked from here.

    `detail`, in the library's words, is for the log: the page says the same to everyone.
    """
    logger.warning("Sign-in by %s: %s. %s", way.slug, reason, detail)
    if errand is not None:
        trail.refused(request, None, name="", way=way.name, motive=reason)
    context = {"way": way, "errand": errand}
    return render(request, "base/accounts/outside/failed.html", context, status=400)
