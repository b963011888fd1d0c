"""What a CAS server sends back: a person and their ticket, or word that one has left there."""

from __future__ import annotations

from xml.etree.ElementTree import ParseError

import requests
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import SuspiciousOperation
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods
from django_cas_ng.utils import get_cas_client

from butrt.base.accounts import trail
from butrt.base.accounts.models import User
from butrt.base.accounts.outside import cas, tickets
from butrt.base.accounts.outside.entering import arrive, fail
from butrt.base.accounts.outside.ways import CAS, Way, way_or_404

LONGEST_LOGOUT = 10_000  # characters


@csrf_exempt
@login_not_required
@never_cache
@require_http_methods(["GET", "POST"])
def callback(request: HttpRequest) -> HttpResponse:
    """Where the server sends the person back; and where it says that one has left (a POST of its own)."""
    way = way_or_404(CAS)
    if request.method == "POST":
        return _left_there(request, way)
    state, ticket = request.GET.get(cas.STATE, ""), request.GET.get("ticket", "")
    errand = cas.taken(request, state)
    if errand is None or not ticket:
        return fail(request, way, "retour qui ne répond pas à une demande de ce navigateur")
    try:
        name, attributes, _ = cas.client_of(request, state, errand).verify_ticket(ticket)
    except (requests.RequestException, ParseError) as error:
        return fail(request, way, "ticket non vérifié par le serveur", detail=error, errand=errand)
    if not name:
        return fail(request, way, "ticket refusé par le serveur", errand=errand)
    answer = arrive(request, way, cas.visitor(name, ticket, attributes or {}, way, errand), errand)
    tickets.keep(request)
    return answer


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
