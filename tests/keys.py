"""A security key made of software: what a browser sends of it, in the JSON that static/passkey.js writes."""

from __future__ import annotations

import hashlib
import json
import secrets
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from fido2.cose import ES256
from fido2.utils import websafe_encode
from fido2.webauthn import AttestationObject, AttestedCredentialData, AuthenticatorData

FLAGS = AuthenticatorData.FLAG


class Key:
    """Answers for one site, as its address names it ("http://testserver")."""

    def __init__(self, origin: str = "http://testserver") -> None:
        self.origin = origin
        self.site = hashlib.sha256(origin.partition("://")[2].partition(":")[0].encode()).digest()
        self.secret = ec.generate_private_key(ec.SECP256R1())
        self.number = secrets.token_bytes(16)
        self.count = 0

    def made(self, options: dict[str, Any]) -> dict[str, Any]:
        """What it answers to who adds it."""
        public = ES256.from_cryptography_key(self.secret.public_key())
        credential = AttestedCredentialData.create(b"\0" * 16, self.number, public)
        data = AuthenticatorData.create(self.site, FLAGS.UP | FLAGS.AT, self.count, credential)
        attestation = AttestationObject.create("none", data, {})
        client = self._client("webauthn.create", options)
        return self._answer(clientDataJSON=client, attestationObject=bytes(attestation))

    def touched(self, options: dict[str, Any]) -> dict[str, Any]:
        """What it answers to who asks for it."""
        self.count += 1
        data = bytes(AuthenticatorData.create(self.site, FLAGS.UP, self.count))
        client = self._client("webauthn.get", options)
        signature = self.secret.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(SHA256()))
        return self._answer(clientDataJSON=client, authenticatorData=data, signature=signature)

    def _client(self, kind: str, options: dict[str, Any]) -> bytes:
        challenge = options["publicKey"]["challenge"]
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origin}).encode()

    def _answer(self, **parts: bytes) -> dict[str, Any]:
        number = websafe_encode(self.number)
        response = {name: websafe_encode(part) for name, part in parts.items()}
        return {"id": number, "rawId": number, "type": "public-key", "response": response}
