"""Signing out of the provider too: otherwise its button would bring back in whoever sits down next."""

from __future__ import annotations

from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import urlencode
from django_cas_ng.utils import get_cas_client

from butrt.base.accounts.outside import CAME_BY, saml
from butrt.base.accounts.outside.ways import CAS, OIDC, Way, way_of


def way_out(request: HttpRequest) -> tuple[Way, str] | None:
    """The way by which this session came, and where one leaves the provider; read it before the session ends.

    None after a local sign-in, or when the provider has no such address. Nothing is asked of it meanwhile.
    """
    came = request.session.get(CAME_BY, {})
    if (way := way_of(came.get("way", ""))) is None:
        return None
    back = request.build_absolute_uri(reverse("login"))
    if way.slug == CAS:
        return way, get_cas_client(request=request).get_logout_url(back)
    if way.slug == OIDC:
        if not (endpoint := came.get("end_session")):
            return None
        hint = {"id_token_hint": came["id_token"], "post_logout_redirect_uri": back}
        return way, f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(hint)}"
    address = saml.logout_address(request, way, came)
    return (way, address) if address else None
