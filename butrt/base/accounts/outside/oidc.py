"""OpenID Connect, by django-allauth: code flow with PKCE, a nonce, an ID token whose signature is read."""

from __future__ import annotations

import secrets
from typing import Any

import jwt
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter, get_adapter
from allauth.socialaccount.models import SocialApp, SocialLogin
from allauth.socialaccount.providers.base.constants import AuthError, AuthProcess
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.conf import settings
from django.http import HttpRequest, HttpResponse

from butrt.base.accounts.outside.entering import SKEW, Errand, arrive, fail
from butrt.base.accounts.outside.visitors import Visitor, names_of, text_of
from butrt.base.accounts.outside.ways import OIDC, SAML, Way, way_of, way_or_404

ALGORITHMS = [f"{kind}{bits}" for kind in ("RS", "PS", "ES") for bits in (256, 384, 512)] + ["EdDSA"]


class OutsideAdapter(DefaultSocialAccountAdapter):
    """What allauth asks of us: its providers are those of the settings, and nobody signs up.

    `pre_social_login` always answers: none of allauth's own sign-in, linking or sign-up is reached.
    """

    def list_apps(
        self, request: HttpRequest, provider: str | None = None, client_id: str | None = None
    ) -> list[SocialApp]:
        apps = [_app(way) for slug in (OIDC, SAML) if (way := way_of(slug))]
        return [
            app
            for app in apps
            if provider in (None, app.provider, app.provider_id) and client_id in (None, app.client_id)
        ]

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        way, claims = way_or_404(OIDC), sociallogin.account.extra_data
        errand = sociallogin.state["data"]
        if not secrets.compare_digest(str(claims["id_token"].get("nonce", "")), errand["nonce"]):
            raise ImmediateHttpResponse(fail(request, way, "jeton d’une autre demande", errand=errand))
        raise ImmediateHttpResponse(arrive(request, way, _visitor(claims, way), errand))

    def on_authentication_error(
        self,
        request: HttpRequest,
        provider: Any,
        error: str | None = None,
        exception: Exception | None = None,
        extra_context: dict[str, Any] | None = None,
    ) -> None:
        errand = ((extra_context or {}).get("state") or {}).get("data")
        reason = "abandon chez le fournisseur" if error == AuthError.CANCELLED else "réponse refusée"
        way, detail = way_or_404(OIDC), exception or ""
        raise ImmediateHttpResponse(fail(request, way, reason, detail=detail, errand=errand))


def _app(way: Way) -> SocialApp:
    """The way as allauth describes it; never saved."""
    if way.slug == SAML:
        return SocialApp(provider="saml", provider_id=SAML, client_id=SAML, name=way.name)
    described = {"server_url": way.options["server"], "oauth_pkce_enabled": True}
    return SocialApp(
        provider="openid_connect",
        provider_id=OIDC,
        name=way.name,
        client_id=way.options["client"],
        secret=way.options["secret"],
        settings=described,
    )


class Adapter(OpenIDConnectOAuth2Adapter):
    """allauth's own takes the ID token on the faith of TLS, and userinfo without comparing whose it is."""

    def complete_login(self, request: HttpRequest, app: SocialApp, token: Any, **kwargs: Any) -> SocialLogin:
        written = kwargs["response"].get("id_token", "")
        try:
            claims = self._read(app, written)
        except jwt.PyJWTError as error:
            raise OAuth2Error(f"ID token: {error}") from error
        about = self._fetch_user_info(token.token)
        if about.get("sub") != claims["sub"]:
            raise OAuth2Error("userinfo is about somebody else")
        left = {"id_token": written, "end_session": self.openid_config.get("end_session_endpoint", "")}
        return self.get_provider().sociallogin_from_response(
            request, {"userinfo": about, "id_token": claims, "leaving": left}
        )

    def _issuer(self, app: SocialApp) -> str:
        """How the provider names itself: by the address of the settings. Raises OAuth2Error otherwise."""
        issuer = str(self.openid_config["issuer"])
        if issuer.rstrip("/") != app.settings["server_url"].partition("/.well-known/")[0]:
            raise OAuth2Error("metadata of another issuer")
        return issuer

    def _read(self, app: SocialApp, written: str) -> dict[str, Any]:
        """The claims of an ID token signed by the provider, for us. Raises jwt.PyJWTError, OAuth2Error."""
        with get_adapter().get_requests_session() as session:
            answer = session.get(self.openid_config["jwks_uri"])
            answer.raise_for_status()
        keys = jwt.PyJWKSet.from_dict(answer.json())
        named = jwt.get_unverified_header(written).get("kid")
        key = next((key for key in keys.keys if named in (None, key.key_id)), None)
        if key is None:
            raise jwt.InvalidKeyError("signed by an unknown key")
        claims: dict[str, Any] = jwt.decode(
            written,
            key,
            algorithms=ALGORITHMS,
            audience=app.client_id,
            issuer=self._issuer(app),
            leeway=SKEW,
            options={"require": ["iss", "sub", "aud", "exp", "iat"]},
        )
        if claims.get("azp", app.client_id) != app.client_id:
            raise jwt.InvalidAudienceError("for another client")
        return claims


def _visitor(data: dict[str, Any], way: Way) -> Visitor:
    """An address counts when the very source that gives it says that it is verified."""
    sources = [data["userinfo"], data["id_token"]]
    claims = {**data["id_token"], **data["userinfo"]}
    by_mail: dict[str, Any] = next((source for source in sources if source.get("email")), {})
    first_name, last_name = names_of(
        text_of(claims, "given_name"), text_of(claims, "family_name"), text_of(claims, "name")
    )
    auth_time = data["id_token"].get("auth_time")
    return Visitor(
        identifier=text_of(claims, way.identifier) if way.identifier else "",
        email=text_of(by_mail, "email"),
        email_confirmed=by_mail.get("email_verified") in (True, "true"),
        first_name=first_name,
        last_name=last_name,
        quality=text_of(claims, settings.BUTRT_QUALITY_ATTRIBUTE),
        proved_at=int(auth_time) if isinstance(auth_time, int | float) else None,
        leaving=data["leaving"],
    )


def begin(request: HttpRequest, way: Way, errand: Errand) -> HttpResponse:
    """To the provider. Nothing of the request goes along: neither scope, nor parameter."""
    provider = get_adapter().get_provider(request, OIDC)
    nonce = secrets.token_urlsafe(16)
    asked = {"nonce": nonce} | ({"prompt": "login", "max_age": "0"} if errand["fresh"] else {})
    return provider.redirect(request, AuthProcess.LOGIN, data={**errand, "nonce": nonce}, auth_params=asked)
