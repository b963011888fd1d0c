"""A SAML identity provider (pysaml2, xmlsec1) behind a small HTTP server, in a thread of the tests."""

from __future__ import annotations

import base64
import datetime
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from saml2 import BINDING_HTTP_REDIRECT
from saml2.authn_context import PASSWORDPROTECTEDTRANSPORT
from saml2.config import IdPConfig
from saml2.metadata import entity_descriptor
from saml2.saml import NAME_FORMAT_URI, NAMEID_FORMAT_PERSISTENT, NameID
from saml2.server import Server
from saml2.xmldsig import DIGEST_SHA256, SIG_RSA_SHA256


def make_key(folder: Path, name: str) -> tuple[str, str]:
    """Paths of a key and of its certificate."""
    key = rsa.generate_private_key(65537, 2048)
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder(who, who, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    paths = folder / f"{name}.key", folder / f"{name}.pem"
    paths[0].write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()))
    paths[1].write_bytes(certificate.public_bytes(Encoding.PEM))
    return str(paths[0]), str(paths[1])


@dataclass
class Provider:
    """It vouches for `person` (uid, and other attributes), who signed in there at `asked_at` (None: now)."""

    base: str
    folder: Path
    key: str
    certificate: str
    person: dict[str, Any] = field(default_factory=dict)
    asked_at: datetime.datetime | None = None
    asked: list[Any] = field(default_factory=list)  # the requests that came, parsed
    left: list[str] = field(default_factory=list)  # NameID of those who left
    last: dict[str, Any] = field(default_factory=dict)  # how the last answer is to be written again

    def config(self, **more: Any) -> dict[str, Any]:
        return {
            "entityid": f"{self.base}/metadata",
            "service": {
                "idp": {
                    "endpoints": {
                        "single_sign_on_service": [(f"{self.base}/sso", BINDING_HTTP_REDIRECT)],
                        "single_logout_service": [(f"{self.base}/slo", BINDING_HTTP_REDIRECT)],
                    },
                    "policy": {"default": {"lifetime": {"minutes": 5}, "name_form": NAME_FORMAT_URI}},
                    "want_authn_requests_signed": False,
                }
            },
            "key_file": self.key,
            "cert_file": self.certificate,
            "encryption_keypairs": [{"key_file": self.key, "cert_file": self.certificate}],
            "xmlsec_binary": "/usr/bin/xmlsec1",
            **more,
        }

    @cached_property
    def metadata(self) -> str:
        """Path of what it publishes of itself."""
        path = self.folder / "idp.xml"
        path.write_text(str(entity_descriptor(IdPConfig().load(self.config()))))
        return str(path)

    def learn(self, published: bytes) -> None:
        """Take our site's metadata."""
        path = self.folder / "sp.xml"
        path.write_bytes(published)
        self.server = Server(config=IdPConfig().load(self.config(metadata={"local": [str(path)]})))

    def answer(self, in_response_to: str | None, destination: str, audience: str, **more: Any) -> str:
        """A response in base64, its assertion signed."""
        moment = self.asked_at or datetime.datetime.now(datetime.UTC)
        authn = {
            "class_ref": PASSWORDPROTECTEDTRANSPORT,
            "authn_auth": self.base,
            "authn_instant": int(moment.timestamp()),
        }
        name_id = NameID(format=NAMEID_FORMAT_PERSISTENT, text=f"id-{self.person.get('uid')}")
        response = self.server.create_authn_response(
            self.person,
            in_response_to,
            destination,
            audience,
            name_id=name_id,
            authn=authn,
            sign_response=False,
            **{"sign_assertion": True, "sign_alg": SIG_RSA_SHA256, "digest_alg": DIGEST_SHA256} | more,
        )
        return base64.b64encode(str(response).encode()).decode()

    def sign_in(self, query: dict[str, str]) -> str:
        request = self.server.parse_authn_request(
            query["SAMLRequest"], BINDING_HTTP_REDIRECT, **self._signature(query)
        )
        self.asked.append(request.message)
        known = self.server.response_args(request.message)
        encrypted = bool(self.server.metadata.certs(known["sp_entity_id"], "any", "encryption"))
        return self.answer(
            known["in_response_to"],
            known["destination"],
            known["sp_entity_id"],
            encrypt_assertion=encrypted,
            encrypt_assertion_self_contained=False,
        )

    def sign_out(self, query: dict[str, str]) -> str:
        """Where the person goes next: back to our site, with an answer."""
        request = self.server.parse_logout_request(
            query["SAMLRequest"], BINDING_HTTP_REDIRECT, **self._signature(query)
        )
        self.left.append(request.message.name_id.text)
        response = self.server.create_logout_response(request.message, [BINDING_HTTP_REDIRECT])
        where = self.server.response_args(request.message, [BINDING_HTTP_REDIRECT])["destination"]
        http = self.server.apply_binding(BINDING_HTTP_REDIRECT, str(response), where, response=True)
        return str(dict(http["headers"])["Location"])

    @staticmethod
    def _signature(query: dict[str, str]) -> dict[str, Any]:
        return {
            "relay_state": query.get("RelayState"),
            "sigalg": query.get("SigAlg"),
            "signature": query.get("Signature"),
        }


@contextmanager
def serving(folder: Path) -> Iterator[Provider]:
    key, certificate = make_key(folder, "idp")
    with HTTPServer(("localhost", 0), Pages) as server:
        base = f"http://localhost:{server.server_port}"
        Pages.provider = Provider(base, folder, key, certificate)
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield Pages.provider
        server.shutdown()


class Pages(BaseHTTPRequestHandler):
    """/sso answers what its page would post to our site; /slo sends back there."""

    provider: Provider

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
        if parts.path == "/slo":
            self.send_response(302)
            self.send_header("Location", self.provider.sign_out(query))
            self.end_headers()
            return
        body = self.provider.sign_in(query).encode()
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        pass
