"""Leaving for a provider: to sign in, or to prove again who one is."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from requests import RequestException

from butrt.base.accounts.outside import CAME_BY, cas, oidc, saml
from butrt.base.accounts.outside.entering import errand_of, fail
from butrt.base.accounts.outside.ways import CAS, OIDC, SAML, Way, way_or_404

BEGIN = {CAS: cas.begin, OIDC: oidc.begin, SAML: saml.begin}


@login_not_required
@never_cache
@require_safe
def start(request: HttpRequest, way: str) -> HttpResponse:
    """A link is enough: whoever follows it only ever enters as who the provider says that they are."""
    return _leave(request, way_or_404(way), prove=False)


@never_cache
@require_safe
def prove_again(request: HttpRequest) -> HttpResponse:
    """Who came by a provider has no password here: the provider asks them again."""
    return _leave(request, way_or_404(request.session.get(CAME_BY, {}).get("way", "")), prove=True)


def _leave(request: HttpRequest, way: Way, *, prove: bool) -> HttpResponse:
    try:
        return BEGIN[way.slug](request, way, errand_of(request, prove=prove))
    except (RequestException, saml.NoMetadata) as error:
        return fail(request, way, "fournisseur injoignable", detail=error)
