"""What a SAML provider sends and reads: its answer, in two steps, its way out, our metadata.

The provider posts its answer from its own page, without our session's cookie: it is kept aside, and read by
the browser's next request, which has it (allauth's LoginSession, in the database: any process may read it).
"""

from __future__ import annotations

from allauth.core.internal.httpkit import deserialize_request, serialize_request
from allauth.socialaccount.sessions import LoginSession
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.auth import logout as sign_out
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe
from onelogin.saml2.errors import OneLogin_Saml2_Error
from onelogin.saml2.logout_request import OneLogin_Saml2_Logout_Request
from onelogin.saml2.settings import OneLogin_Saml2_Settings

from butrt.base.accounts import trail
from butrt.base.accounts.models import User
from butrt.base.accounts.outside import CAME_BY, saml
from butrt.base.accounts.outside.entering import Errand, arrive, fail
from butrt.base.accounts.outside.ways import SAML, way_or_404

LONGEST = 200_000  # characters of an answer
KEPT_ASIDE = 300  # seconds
# Of what is kept aside: attribute of the request, cookie.
CONTAINER = ("saml_answer", f"{settings.BUTRT_COOKIES}butrt-saml")


@csrf_exempt
@login_not_required
@never_cache
@require_POST
def receive(request: HttpRequest, organization_slug: str) -> HttpResponse:
    """What the provider posts, kept aside for the browser's own next request."""
    way_or_404(SAML)
    if not 0 < len(request.POST.get("SAMLResponse", "")) <= LONGEST:
        raise SuspiciousOperation("Pas de SAMLResponse.")
    answer = redirect("saml_finish_acs", organization_slug)
    aside = LoginSession(request, *CONTAINER)
    aside.store.set_expiry(KEPT_ASIDE)
    aside.store["request"] = serialize_request(request)
    aside.save(answer)
    # Its name wants the whole site as its path: browsers would drop it otherwise.
    cookie = answer.cookies[CONTAINER[1]]
    cookie["httponly"], cookie["path"] = True, "/"
    return answer


@login_not_required
@never_cache
@require_safe
def finish(request: HttpRequest, organization_slug: str) -> HttpResponse:
    way = way_or_404(SAML)
    aside = LoginSession(request, *CONTAINER)
    kept = aside.store.get("request")
    aside.delete()
    if not kept:
        return fail(request, way, "retour sans réponse")
    try:
        auth = saml.auth_for(deserialize_request(kept, HttpRequest()), way)
    except saml.Unreadable as error:
        return fail(request, way, "métadonnées du fournisseur illisibles", detail=error)
    detail = saml.refusal(auth)
    number = saml.number(auth)
    try:
        errand: Errand = saml.provider_of(request).unstash_redirect_state(request, number)["data"]
    except PermissionDenied:
        return fail(request, way, "retour qui ne répond pas à une demande de ce navigateur", detail=detail)
    if detail:
        return fail(request, way, "réponse refusée", detail=detail, errand=errand)
    if reason := saml.reserve(auth, number):
        return fail(request, way, reason, errand=errand)
    return arrive(request, way, saml.visitor(auth, way), errand)


@login_not_required
@never_cache
@require_safe
def logout(request: HttpRequest, organization_slug: str) -> HttpResponse:
    """Back from having left the provider; or the provider, by a signed request, has the person leave here."""
    way = way_or_404(SAML)
    if "SAMLRequest" not in request.GET:
        return redirect("login")
    try:
        auth = saml.auth_for(request, way, messages_signed=True)
        address = auth.process_slo(keep_local_session=True)
    except (*saml.FOREIGN, OneLogin_Saml2_Error, saml.Unreadable) as error:
        raise SuspiciousOperation("LogoutRequest illisible") from error
    if auth.get_errors():
        raise SuspiciousOperation(auth.get_last_error_reason() or "LogoutRequest refusée")
    who = OneLogin_Saml2_Logout_Request.get_nameid(auth.get_last_request_xml())
    user = User.objects.filter(pk=request.session.get(SESSION_KEY, 0)).first()
    if user and request.session.get(CAME_BY, {}).get("name_id") == who:
        with transaction.atomic():
            trail.tell(request, "account.sign_out", user, way=way.name)
            sign_out(request)
    return redirect(address)


@login_not_required
@require_safe
def metadata(request: HttpRequest, organization_slug: str) -> HttpResponse:
    """What the provider's administrators need of us: to be given as an address, or copied.

    Our key, where there is one, is published to encrypt for us too; whether it does is the provider's choice.
    """
    way = way_or_404(SAML)
    config = saml.ourselves(request, way, want_assertion_encrypted=bool(way.options["key"]))
    ours = OneLogin_Saml2_Settings(config, sp_validation_only=True)
    return HttpResponse(ours.get_sp_metadata(), content_type="application/samlmetadata+xml")
