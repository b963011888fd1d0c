"""SAML 2.0, by django-allauth and python3-saml: signed assertions, each the answer to one request of ours.

The provider posts its answer from its own page, without our session's cookie: it is kept aside, and read by
the browser's next request, which has it (allauth's LoginSession, in the database: any process may read it).
"""

from __future__ import annotations

import zlib
from datetime import datetime
from pathlib import Path
from typing import Any

from allauth.core.internal.httpkit import deserialize_request, serialize_request
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.providers.base.constants import AuthProcess
from allauth.socialaccount.providers.saml.utils import build_saml_config
from allauth.socialaccount.sessions import LoginSession
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.auth import logout as sign_out
from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe
from lxml import etree
from onelogin.saml2.auth import OneLogin_Saml2_Auth
from onelogin.saml2.constants import OneLogin_Saml2_Constants as Constants
from onelogin.saml2.errors import OneLogin_Saml2_Error, OneLogin_Saml2_ValidationError
from onelogin.saml2.idp_metadata_parser import OneLogin_Saml2_IdPMetadataParser
from onelogin.saml2.logout_request import OneLogin_Saml2_Logout_Request
from onelogin.saml2.settings import OneLogin_Saml2_Settings

from butrt.base.accounts import trail
from butrt.base.accounts.models import User
from butrt.base.accounts.outside import CAME_BY
from butrt.base.accounts.outside.entering import Errand, arrive, fail
from butrt.base.accounts.outside.visitors import Visitor, visitor_of
from butrt.base.accounts.outside.ways import SAML, Way, way_or_404

LONGEST = 200_000  # characters of an answer
KEPT_ASIDE = 300  # seconds
METADATA_KEPT = 4 * 3600  # seconds, in each process: a provider that changes its key announces both
# Of what is kept aside: attribute of the request, cookie.
CONTAINER = ("saml_answer", f"{settings.BUTRT_COOKIES}butrt-saml")
FOREIGN = (etree.XMLSyntaxError, ValueError, zlib.error)  # what a text that is no SAML raises
# The directory's attributes under their names of SAML (urn:oid:…), as RENATER's federation gives them.
OIDS = {
    "urn:oid:0.9.2342.19200300.100.1.1": "uid",
    "urn:oid:0.9.2342.19200300.100.1.3": "mail",
    "urn:oid:1.3.6.1.4.1.5923.1.1.1.6": "eduPersonPrincipalName",
    "urn:oid:2.16.840.1.113730.3.1.241": "displayName",
    "urn:oid:2.5.4.4": "sn",
    "urn:oid:2.5.4.12": "title",
    "urn:oid:2.5.4.42": "givenName",
}


class NoMetadata(Exception):
    """The provider's metadata cannot be reached, or are none."""


# ---------- ourselves, and the provider ----------


def provider_of(request: HttpRequest) -> Any:
    return get_adapter().get_provider(request, SAML)


def auth_for(request: HttpRequest, way: Way, *, messages_signed: bool = False) -> OneLogin_Saml2_Auth:
    """python3-saml's side of one exchange. Raises NoMetadata."""
    config = _ourselves(request, way, want_message_signed=messages_signed)
    config["idp"] = _their_metadata(way)["idp"]
    asked = {
        "https": "on" if request.is_secure() else "off",
        "http_host": request.get_host(),
        "script_name": request.path,
        "get_data": request.GET.dict(),
        "post_data": request.POST.dict(),
        "query_string": request.META.get("QUERY_STRING", ""),
        "validate_signature_from_qs": True,
    }
    return OneLogin_Saml2_Auth(asked, config)


def _ourselves(request: HttpRequest, way: Way, **more: bool) -> dict[str, Any]:
    """What we are and demand. With a key of ours, requests are signed and assertions may be secret."""
    advanced: dict[str, Any] = {
        "want_assertion_signed": True,
        "allow_single_label_domains": True,  # a host of an inner network
        **more,
    }
    if key := way.options["key"]:
        advanced |= {
            "private_key": Path(key).read_text(),
            "x509cert": Path(way.options["certificate"]).read_text(),
            **dict.fromkeys(
                ("authn_request_signed", "logout_request_signed", "logout_response_signed"), True
            ),
        }
    nobody = {"entity_id": "", "x509cert": "", "sso_url": ""}  # replaced by their metadata
    return build_saml_config(request, {"idp": nobody, "advanced": advanced}, SAML)


def _their_metadata(way: Way) -> dict[str, Any]:
    """The provider as its metadata describe it: a file beside the site, or an address. Raises NoMetadata."""
    where, entity = way.options["metadata"], way.options["entity"] or None
    key = f"saml:{where}:{entity}"
    known: dict[str, Any] | None = cache.get(key)
    if known is None:
        try:
            known = OneLogin_Saml2_IdPMetadataParser.parse(_read(where), entity_id=entity)
        except (*FOREIGN, OSError) as error:
            raise NoMetadata(str(error)) from error
        if not known.get("idp", {}).get("singleSignOnService"):
            raise NoMetadata("aucun fournisseur dans ces métadonnées")
        cache.set(key, known, METADATA_KEPT)
    return known


def _read(where: str) -> bytes:
    if not where.startswith(("https://", "http://")):
        return Path(where).read_bytes()
    with get_adapter().get_requests_session() as session:
        answer = session.get(where)
        answer.raise_for_status()
        return bytes(answer.content)


# ---------- signing in ----------


def begin(request: HttpRequest, way: Way, errand: Errand) -> HttpResponse:
    """To the provider: the request's number, kept in the session, is what its answer has to name."""
    auth = auth_for(request, way)
    address = auth.login(return_to="", force_authn=errand["fresh"])
    provider_of(request).stash_redirect_state(
        request, AuthProcess.LOGIN, data=errand, state_id=auth.get_last_request_id()
    )
    return redirect(address)


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
        auth = auth_for(deserialize_request(kept, HttpRequest()), way)
    except NoMetadata as error:
        return fail(request, way, "métadonnées du fournisseur illisibles", detail=error)
    detail = _refusal(auth)
    number = _number(auth)
    try:
        errand: Errand = provider_of(request).unstash_redirect_state(request, number)["data"]
    except PermissionDenied:
        return fail(request, way, "retour qui ne répond pas à une demande de ce navigateur", detail=detail)
    if detail:
        return fail(request, way, "réponse refusée", detail=detail, errand=errand)
    if reason := _reserve(auth, number):
        return fail(request, way, reason, errand=errand)
    return arrive(request, way, _visitor(auth, way), errand)


def _number(auth: OneLogin_Saml2_Auth) -> str:
    """The request that an answer says it is for: to look it up, nothing more; empty when it is no XML."""
    answer = auth.get_last_response_xml()
    return etree.fromstring(answer.encode()).get("InResponseTo", "") if answer else ""


def _refusal(auth: OneLogin_Saml2_Auth) -> str:
    """Why python3-saml refuses the answer (signature, dates, audience, sender, schema); else empty."""
    try:
        auth.process_response()
    except (*FOREIGN, OneLogin_Saml2_Error, OneLogin_Saml2_ValidationError) as error:
        return f"unreadable: {error}"
    if auth.get_errors() or not auth.is_authenticated():
        return str(auth.get_last_error_reason() or "nobody is authenticated")
    return ""


def _reserve(auth: OneLogin_Saml2_Auth, number: str) -> str:
    """What python3-saml lets pass: the signed assertion itself has to be for us, and answer this request.

    The answer around it is not always signed: its number alone could be put on an assertion of another day.
    """
    confirmations = _values(auth, "saml:Subject/saml:SubjectConfirmation/saml:SubjectConfirmationData")
    if number not in [data.get("InResponseTo") for data in confirmations]:
        return "assertion qui ne répond pas à cette demande"
    audiences = _values(auth, "saml:Conditions/saml:AudienceRestriction/saml:Audience")
    if auth.get_settings().get_sp_data()["entityId"] not in [audience.text for audience in audiences]:
        return "assertion qui n’est pas pour ce site"
    return ""


def _values(auth: OneLogin_Saml2_Auth, path: str) -> list[Any]:
    """In the one assertion of an answer that was verified."""
    answer = etree.fromstring(auth.get_last_response_xml().encode())
    return answer.xpath(f"//saml:Assertion/{path}", namespaces=Constants.NSMAP)


def _visitor(auth: OneLogin_Saml2_Auth, way: Way) -> Visitor:
    attributes = {OIDS.get(name, name): values for name, values in auth.get_attributes().items()}
    moments = [statement.get("AuthnInstant", "") for statement in _values(auth, "saml:AuthnStatement")]
    return visitor_of(
        attributes,
        way,
        proved_at=int(datetime.fromisoformat(moments[0]).timestamp()),
        leaving={
            "name_id": auth.get_nameid(),
            "session_index": auth.get_session_index(),
            "nq": auth.get_nameid_nq(),
            "spnq": auth.get_nameid_spnq(),
            "name_id_format": auth.get_nameid_format(),
        },
    )


# ---------- signing out, and who we are ----------


def logout_address(request: HttpRequest, way: Way, came: dict[str, Any]) -> str:
    """Where one leaves the provider; empty when it has no such address, or its metadata cannot be read."""
    known = {name: came.get(name) for name in ("name_id", "session_index", "nq", "spnq", "name_id_format")}
    try:
        return str(auth_for(request, way).logout(return_to=request.build_absolute_uri("/"), **known))
    except (OneLogin_Saml2_Error, NoMetadata, OSError):
        return ""


@login_not_required
@never_cache
@require_safe
def logout(request: HttpRequest, organization_slug: str) -> HttpResponse:
    """Back from having left the provider; or the provider, by a signed request, has the person leave here."""
    way = way_or_404(SAML)
    if "SAMLRequest" not in request.GET:
        return redirect("login")
    try:
        auth = auth_for(request, way, messages_signed=True)
        address = auth.process_slo(keep_local_session=True)
    except (*FOREIGN, OneLogin_Saml2_Error, NoMetadata) as error:
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
    config = _ourselves(request, way, want_assertion_encrypted=bool(way.options["key"]))
    ours = OneLogin_Saml2_Settings(config, sp_validation_only=True)
    return HttpResponse(ours.get_sp_metadata(), content_type="application/samlmetadata+xml")
