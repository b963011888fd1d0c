"""SAML 2.0, by django-allauth and python3-saml: signed assertions, each the answer to one request of ours."""

from __future__ import annotations

import zlib
from datetime import datetime
from pathlib import Path
from typing import Any

from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.providers.base.constants import AuthProcess
from allauth.socialaccount.providers.saml.utils import build_saml_config
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from lxml import etree
from onelogin.saml2.auth import OneLogin_Saml2_Auth
from onelogin.saml2.constants import OneLogin_Saml2_Constants as Constants
from onelogin.saml2.errors import OneLogin_Saml2_Error, OneLogin_Saml2_ValidationError
from onelogin.saml2.idp_metadata_parser import OneLogin_Saml2_IdPMetadataParser

from butrt.base.accounts.outside.entering import Errand
from butrt.base.accounts.outside.visitors import Visitor, visitor_of
from butrt.base.accounts.outside.ways import SAML, Way

METADATA_KEPT = 4 * 3600  # seconds, in each process: a provider that changes its key announces both
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


class Unreadable(Exception):
    """The provider's metadata cannot be reached, or are none."""


# ---------- ourselves, and the provider ----------


def provider_of(request: HttpRequest) -> Any:
    return get_adapter().get_provider(request, SAML)


def auth_for(request: HttpRequest, way: Way, *, messages_signed: bool = False) -> OneLogin_Saml2_Auth:
    """python3-saml's side of one exchange. Raises Unreadable."""
    config = ourselves(request, way, want_message_signed=messages_signed)
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


def ourselves(request: HttpRequest, way: Way, **more: bool) -> dict[str, Any]:
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
    """The provider as its metadata describe it: a file beside the site, or an address. Raises Unreadable."""
    where, entity = way.options["metadata"], way.options["entity"] or None
    key = f"saml:{where}:{entity}"
    known: dict[str, Any] | None = cache.get(key)
    if known is None:
        try:
            known = OneLogin_Saml2_IdPMetadataParser.parse(_read(where), entity_id=entity)
        except (*FOREIGN, OSError) as error:
            raise Unreadable(str(error)) from error
        if not known.get("idp", {}).get("singleSignOnService"):
            raise Unreadable("aucun fournisseur dans ces métadonnées")
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


def number(auth: OneLogin_Saml2_Auth) -> str:
    """The request that an answer says it is for: to look it up, nothing more; empty when it is no XML."""
    answer = auth.get_last_response_xml()
    return etree.fromstring(answer.encode()).get("InResponseTo", "") if answer else ""


def refusal(auth: OneLogin_Saml2_Auth) -> str:
    """Why python3-saml refuses the answer (signature, dates, audience, sender, schema); else empty."""
    try:
        auth.process_response()
    except (*FOREIGN, OneLogin_Saml2_Error, OneLogin_Saml2_ValidationError) as error:
        return f"unreadable: {error}"
    if auth.get_errors() or not auth.is_authenticated():
        return str(auth.get_last_error_reason() or "nobody is authenticated")
    return ""


def reserve(auth: OneLogin_Saml2_Auth, number: str) -> str:
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


def visitor(auth: OneLogin_Saml2_Auth, way: Way) -> Visitor:
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


# ---------- signing out ----------


def logout_address(request: HttpRequest, way: Way, came: dict[str, Any]) -> str:
    """Where one leaves the provider; empty when it has no such address, or its metadata cannot be read."""
    known = {name: came.get(name) for name in ("name_id", "session_index", "nq", "spnq", "name_id_format")}
    try:
        return str(auth_for(request, way).logout(return_to=request.build_absolute_uri("/"), **known))
    except (OneLogin_Saml2_Error, Unreadable, OSError):
        return ""
