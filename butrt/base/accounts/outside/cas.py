"""CAS 3.0: a ticket that the server validates (the answers to it: views_cas.py)."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from time import time
from typing import Any

import requests
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.http import urlencode
from django_cas_ng.utils import get_cas_client

from butrt.base.accounts.outside.entering import Errand
from butrt.base.accounts.outside.visitors import Visitor, text_of, visitor_of
from butrt.base.accounts.outside.ways import Way

ERRANDS, STATE = "cas_errands", "etat"  # {state: errand} in the session; the state in the service's address
MOST_ERRANDS, ERRAND_LASTS = 5, 600  # tabs, seconds
TIMEOUT = 5  # seconds


class Requests(requests.Session):
    """What speaks to the server: it gives up, and asks that only a ticket just proved be valid."""

    def __init__(self, *, renew: bool) -> None:
        super().__init__()
        self.params = {"renew": "true"} if renew else {}

    def request(self, *args: Any, **options: Any) -> requests.Response:
        return super().request(*args, **{"timeout": TIMEOUT} | options)


def client_of(request: HttpRequest, state: str, errand: Errand) -> Any:
    service = f"{request.build_absolute_uri(reverse('cas_callback'))}?{urlencode({STATE: state})}"
    client = get_cas_client(service_url=service, request=request)
    client.renew = errand["fresh"]
    client.session = Requests(renew=errand["fresh"])
    return client


def begin(request: HttpRequest, way: Way, errand: Errand) -> HttpResponse:
    """To the server. The state makes the answer this browser's: nobody is signed in by a link."""
    state = secrets.token_urlsafe(16)
    kept = list(request.session.get(ERRANDS, {}).items())[1 - MOST_ERRANDS :]
    request.session[ERRANDS] = dict(kept) | {state: errand}
    return redirect(client_of(request, state, errand).get_login_url())


def taken(request: HttpRequest, state: str) -> Errand | None:
    """The errand of this state, once; None when it is not this browser's, or too old."""
    errands = request.session.get(ERRANDS, {})
    errand: Errand | None = errands.pop(state, None)
    request.session[ERRANDS] = errands
    return errand if errand and 0 <= time() - errand["since"] <= ERRAND_LASTS else None


def visitor(name: str, ticket: str, attributes: Mapping[str, Any], way: Way, errand: Errand) -> Visitor:
    """A ticket valid with `renew` is proved now; else the server may say since when it knows them."""
    proved_at = int(time()) if errand["fresh"] else _seconds(text_of(attributes, "authenticationDate"))
    left = {"ticket": ticket}
    return visitor_of(attributes, way, identifier=name.strip(), proved_at=proved_at, leaving=left)


def _seconds(date: str) -> int | None:
    try:
        at = parse_datetime(date)
    except ValueError:
        return None
    return int(at.timestamp()) if at and at.tzinfo else None
