"""CAS 3.0: a ticket that the server validates; a session that it ends when the person leaves there."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from time import time
from typing import Any
from xml.etree.ElementTree import ParseError

import requests
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import SuspiciousOperation
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods
from django_cas_ng.utils import get_cas_client

from butrt.base.accounts import trail
from butrt.base.accounts.models import User
from butrt.base.accounts.outside import tickets
from butrt.base.accounts.outside.entering import Errand, arrive, fail
from butrt.base.accounts.outside.visitors import Visitor, text_of, visitor_of
from butrt.base.accounts.outside.ways import CAS, Way, way_or_404

ERRANDS, STATE = "cas_errands", "etat"  # {state: errand} in the session; the state in the service's address
MOST_ERRANDS, ERRAND_LASTS = 5, 600  # tabs, seconds
LONGEST_LOGOUT = 10_000  # characters
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


@csrf_exempt
@login_not_required
@never_cache
@require_http_methods(["GET", "POST"])
def callback(request: HttpRequest) -> HttpResponse:
    """Where the server sends the person back; and where it says that one has left (a POST of its own)."""
    way = way_or_404(CAS)
    if request.method == "POST":
        return _left_there(request, way)
    state, ticket = request.GET.get(STATE, ""), request.GET.get("ticket", "")
    errand = _taken(request, state)
    if errand is None or not ticket:
        return fail(request, way, "retour qui ne répond pas à une demande de ce navigateur")
    try:
        name, attributes, _ = client_of(request, state, errand).verify_ticket(ticket)
    except (requests.RequestException, ParseError) as error:
        return fail(request, way, "ticket non vérifié par le serveur", detail=error, errand=errand)
    if not name:
        return fail(request, way, "ticket refusé par le serveur", errand=errand)
    answer = arrive(request, way, _visitor(name, ticket, attributes or {}, way, errand), errand)
    tickets.keep(request)
    return answer


def _taken(request: HttpRequest, state: str) -> Errand | None:
    """The errand of this state, once; None when it is not this browser's, or too old."""
    errands = request.session.get(ERRANDS, {})
    errand: Errand | None = errands.pop(state, None)
    request.session[ERRANDS] = errands
    return errand if errand and 0 <= time() - errand["since"] <= ERRAND_LASTS else None


def _visitor(name: str, ticket: str, attributes: Mapping[str, Any], way: Way, errand: Errand) -> Visitor:
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


def _left_there(request: HttpRequest, way: Way) -> HttpResponse:
    """Single logout: the server names the ticket, which it and we alone know; its session ends."""
    sent = request.POST.get("logoutRequest", "")
    if not 0 < len(sent) <= LONGEST_LOGOUT:
        raise SuspiciousOperation("Pas de logoutRequest.")
    client = get_cas_client(request=request)
    named = [index.text for index in client.get_saml_slos(sent.encode()) or [] if index.text]
    with transaction.atomic():
        for session in tickets.taken(named):
            user = User.objects.filter(pk=session.get(SESSION_KEY, 0)).first()
            session.delete()
            if user:
                trail.tell(request, "account.sign_out", user, way=way.name)
    return HttpResponse("ok\n", content_type="text/plain")
