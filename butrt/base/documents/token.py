"""Keys that never leave a token or an HSM (PKCS#11): the site asks it to sign, and reads certificates.

    BUTRT_PKCS11_MODULE=/usr/lib/softhsm/libsofthsm2.so   the maker's library
    BUTRT_PKCS11_TOKEN=iut                                the token's label
    BUTRT_PKCS11_PIN_FILE=/run/secrets/pin                (or BUTRT_PKCS11_PIN)

A certificate and its private key bear the same label: `seal`, or `people/<user name>`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

from asn1crypto import x509
from django.conf import settings
from pkcs11 import Attribute, ObjectClass, Session
from pkcs11.exceptions import PKCS11Error
from pyhanko.config.pkcs11 import TokenCriteria
from pyhanko.sign.pkcs11 import PKCS11Signer, open_pkcs11_session
from pyhanko.sign.signers import Signer as Machinery
from pyhanko_certvalidator.registry import SimpleCertificateStore

from butrt.base.documents.signing import Signer, SigningRefused

# A token knows one person at a time, and one signature.
_one_at_a_time = Lock()


def token_signer(label: str) -> Signer | None:
    """The signer of this label, when a token is configured and has it.

    Raise SigningRefused when the token is configured and does not answer.
    """
    if not settings.BUTRT_PKCS11_MODULE:
        return None
    with _session() as session:
        held = session.get_objects({Attribute.CLASS: ObjectClass.CERTIFICATE, Attribute.LABEL: label})
        values = [bytes(entry[Attribute.VALUE]) for entry in held]
    if not values:
        return None
    certificate = x509.Certificate.load(values[0])
    return Signer(certificate, _OnToken(certificate, label))


class _OnToken(Machinery):
    """pyHanko's signer for a token, opening it only for the moment of a signature."""

    def __init__(self, certificate: x509.Certificate, label: str) -> None:
        self.label = label
        self.elliptic = certificate.public_key.algorithm == "ec"
        known = SimpleCertificateStore()
        known.register(certificate)
        super().__init__(signing_cert=certificate, cert_registry=known)

    async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: bool = False) -> bytes:
        with _session() as session:
            signer = PKCS11Signer(
                session,
                signing_cert=self.signing_cert,
                key_label=self.label,
                # With an elliptic curve, few tokens make the digest themselves (SoftHSM does not).
                use_raw_mechanism=self.elliptic,
            )
            return bytes(await signer.async_sign_raw(data, digest_algorithm, dry_run))


@contextmanager
def _session() -> Iterator[Session]:
    pin = settings.BUTRT_PKCS11_PIN
    with _one_at_a_time:
        try:
            session = open_pkcs11_session(
                str(Path(settings.BUTRT_PKCS11_MODULE)),
                token_criteria=TokenCriteria(label=settings.BUTRT_PKCS11_TOKEN),
                user_pin=pin or None,
            )
            with session:
                yield session
        except PKCS11Error as error:
            reason = str(error) or type(error).__name__
            raise SigningRefused(
                f"Le porte-clés « {settings.BUTRT_PKCS11_TOKEN} » (PKCS#11) ne répond pas : {reason}."
            ) from error
