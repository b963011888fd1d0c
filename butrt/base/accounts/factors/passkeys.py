"""Passkeys and security keys (WebAuthn), by Yubico's fido2; kept as allauth keeps them.

A challenge is kept in the session between what the browser is asked and what it answers, and serves once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from ipaddress import ip_address
from struct import error as TooShort
from typing import Any

from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from fido2.server import Fido2Server
from fido2.webauthn import (
    AttestedCredentialData,
    AuthenticationResponse,
    PublicKeyCredentialRpEntity,
    PublicKeyCredentialUserEntity,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from butrt.base.accounts.models import User

ADDING, ASKING = "passkey_adding", "passkey_asking"  # of the session: the challenges
REFUSED = "Cette clé n’a pas été reconnue. Essayer de nouveau, ou prendre un code."
# What fido2 raises of an answer that is none: of the wrong shape, cut, signed by another.
NO_ANSWER = (ValueError, TypeError, LookupError, AttributeError, AssertionError, TooShort)
Kept = tuple[Authenticator, AttestedCredentialData]


def are_possible(request: HttpRequest) -> bool:
    """Whether browsers have keys for this address: a name, over HTTPS or on this machine."""
    host = request.get_host().rpartition(":")[0] or request.get_host()
    try:
        ip_address(host.strip("[]"))
    except ValueError:
        return request.is_secure() or host == "localhost"
    return False


def options_to_add(request: HttpRequest, user: User) -> dict[str, Any]:
    """What the browser needs to make a new key for this site."""
    options, state = _server(request).register_begin(
        PublicKeyCredentialUserEntity(**get_adapter().get_public_key_credential_user_entity(user)),
        credentials=[credential for _, credential in _of(user)],
        resident_key_requirement=ResidentKeyRequirement.PREFERRED,
        user_verification=UserVerificationRequirement.PREFERRED,
    )
    request.session[ADDING] = state
    return dict(options)


def add(request: HttpRequest, user: User, *, name: str, answer: Mapping[str, Any]) -> None:
    """Keep the key that the browser made. Raises ValidationError."""
    state = request.session.pop(ADDING, None)
    try:
        data = _server(request).register_complete(state or {}, answer)
    except NO_ANSWER as error:
        raise ValidationError(REFUSED) from error
    Authenticator.objects.create(
        user=user,
        type=Authenticator.Type.WEBAUTHN,
        data={"name": name, "credential": _kept(answer), "count": data.counter},
    )


def _kept(answer: Mapping[str, Any]) -> dict[str, Any]:
    """What was verified of the answer, and nothing else that was sent with it."""
    response = {name: answer["response"][name] for name in ("clientDataJSON", "attestationObject")}
    return {"id": answer["id"], "rawId": answer["rawId"], "type": "public-key", "response": response}


def options_to_ask(request: HttpRequest, user: User) -> dict[str, Any]:
    """What the browser needs to have one of the person's keys answer."""
    options, state = _server(request).authenticate_begin(
        credentials=[credential for _, credential in _of(user)],
        user_verification=UserVerificationRequirement.PREFERRED,
    )
    request.session[ASKING] = state
    return dict(options)


def take(request: HttpRequest, user: User, answer: Mapping[str, Any]) -> Authenticator:
    """The person's key that answered, under the account's lock. Raises ValidationError."""
    state = request.session.pop(ASKING, None)
    keys = list(_of(user))
    try:
        used = _server(request).authenticate_complete(
            state or {}, [credential for _, credential in keys], answer
        )
        count = AuthenticationResponse.from_dict(answer).response.authenticator_data.counter
    except NO_ANSWER as error:
        raise ValidationError(REFUSED) from error
    authenticator = next(kept for kept, credential in keys if credential.credential_id == used.credential_id)
    if count and count <= authenticator.data["count"]:  # a copy of the key answers with a count of before
        raise ValidationError(REFUSED)
    authenticator.data["count"] = count
    authenticator.save(update_fields=["data"])
    return authenticator


def _of(user: User) -> Iterator[Kept]:
    for authenticator in Authenticator.objects.filter(user=user, type=Authenticator.Type.WEBAUTHN):
        yield authenticator, authenticator.wrap().authenticator_data.credential_data


def _server(request: HttpRequest) -> Fido2Server:
    """A key answers to this very address, scheme and port included."""
    here = f"{request.scheme}://{request.get_host()}"
    rp = PublicKeyCredentialRpEntity(**get_adapter().get_public_key_credential_rp_entity())
    return Fido2Server(rp, verify_origin=lambda origin: origin == here)
