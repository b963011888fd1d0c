"""The certificates a department signs with, in one directory (`settings.BUTRT_CERTIFICATES_DIR`):

    president.p12, or president.crt and president.key    who signs
    seal.p12, or seal.crt and seal.key                   the establishment's seal
    roots/*.crt                                          who is trusted when verifying, now and before

The demonstration makes its own, without value; production puts real ones in their place.
"""

import os
import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from django.conf import settings
from pyhanko.keys import load_certs_from_pemder
from pyhanko.sign.timestamps import HTTPTimeStamper, TimeStamper

from butrt.documents.signing import Signer, SigningRefused, load_signer

WITHOUT_VALUE = "DÉMONSTRATION – sans valeur"
PRESIDENT, SEAL = "president", "seal"
LIFE = timedelta(days=3 * 365)
RENEWAL = timedelta(days=30)


def configured_signer(name: str) -> Signer:
    """The signer that the settings' directory holds under a name: PRESIDENT, SEAL, or another.

    Raise SigningRefused when there is none, telling which file is expected where.
    """
    directory = Path(settings.BUTRT_CERTIFICATES_DIR)
    passphrase = getattr(settings, "BUTRT_CERTIFICATES_PASSPHRASE", "") or None
    archive, certificate = directory / f"{name}.p12", directory / f"{name}.crt"
    if archive.exists():
        return load_signer(archive, passphrase=passphrase)
    if certificate.exists():
        return load_signer(certificate, directory / f"{name}.key", passphrase=passphrase)
    raise SigningRefused(
        f"Aucun certificat pour signer : {archive.name}, ou {name}.crt et {name}.key, "
        f"est attendu dans {directory}."
    )


def configured_roots() -> tuple[asn1.Certificate, ...]:
    """The authorities that the settings' directory trusts; none is an empty tuple, and nothing is trusted."""
    return load_roots(Path(settings.BUTRT_CERTIFICATES_DIR))


def configured_timestamper() -> TimeStamper | None:
    """The timestamping service of the settings (`BUTRT_TIMESTAMP_URL`), if there is one."""
    url = getattr(settings, "BUTRT_TIMESTAMP_URL", "")
    return HTTPTimeStamper(url) if url else None


def load_roots(directory: Path) -> tuple[asn1.Certificate, ...]:
    """Every certificate of `directory`/roots."""
    return tuple(load_certs_from_pemder(sorted((directory / "roots").glob("*.crt"))))


def make_demo_certificates(
    directory: Path, people: Mapping[str, str], *, establishment: str, now: datetime | None = None
) -> Sequence[Path]:
    """Make a demonstration authority and, signed by it, a certificate for each of `people`.

    `people` gives names by file: {PRESIDENT: "Béatrice Vaucresson", SEAL: "IUT de Valbrume"}. Idempotent:
    when all are there and valid, nothing is written and the answer is empty. The authority's key is
    thrown away once all are signed, so that nobody can make another. Its certificate stays in roots/,
    beside those of earlier demonstrations, whose documents still verify.
    Raise SigningRefused rather than replace a certificate that is not of the demonstration.
    """
    now = now or datetime.now(UTC)
    good = [_still_good(directory / f"{name}.crt", now) for name in people]
    if all(good):
        return ()
    (directory / "roots").mkdir(parents=True, exist_ok=True, mode=0o700)
    root_key = _new_key()
    root_name = _subject("Autorité de certification", establishment)
    authority = _certificate(root_name, root_name, root_key.public_key(), root_key, now, authority=True)
    root = directory / "roots" / f"demonstration-{authority.fingerprint(hashes.SHA256()).hex()[:12]}.crt"
    written = [root]
    for name, person in people.items():
        key = _new_key()
        subject = _subject(person, establishment)
        certificate = _certificate(subject, root_name, key.public_key(), root_key, now, authority=False)
        _write_secret(directory / f"{name}.key", key)
        (directory / f"{name}.crt").write_bytes(_pem(certificate))
        written += [directory / f"{name}.key", directory / f"{name}.crt"]
    root.write_bytes(_pem(authority))
    return tuple(written)


def _still_good(path: Path, now: datetime) -> bool:
    if path.with_suffix(".p12").exists():
        raise SigningRefused(
            f"{path.with_suffix('.p12')} n’est pas de la démonstration : il est laissé en place."
        )
    if not path.exists():
        return False
    certificate = x509.load_pem_x509_certificate(path.read_bytes())
    if WITHOUT_VALUE not in certificate.subject.rfc4514_string():
        raise SigningRefused(f"{path} n’est pas de la démonstration : il est laissé en place.")
    return path.with_suffix(".key").exists() and certificate.not_valid_after_utc - RENEWAL > now


def _subject(person: str, organisation: str) -> x509.Name:
    marked = f"{unicodedata.normalize('NFC', person)} ({WITHOUT_VALUE})"
    if len(marked) > 64:  # the limit of X.509 for a common name
        raise SigningRefused(
            f"« {person} » est trop long de {len(marked) - 64} caractères pour un certificat."
        )
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "FR"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, re.sub(r"\s+", " ", organisation)[:64]),
            x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, WITHOUT_VALUE),
            x509.NameAttribute(NameOID.COMMON_NAME, marked),
        ]
    )


def _certificate(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePublicKey,
    issuer_key: ec.EllipticCurvePrivateKey,
    now: datetime,
    *,
    authority: bool,
) -> x509.Certificate:
    usages = {
        "digital_signature": not authority,
        "content_commitment": not authority,  # « non-répudiation »: what a signature of a PV asks for
        "key_cert_sign": authority,
        "crl_sign": authority,
        "key_encipherment": False,
        "data_encipherment": False,
        "key_agreement": False,
        "encipher_only": False,
        "decipher_only": False,
    }
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + LIFE)
        .add_extension(
            x509.BasicConstraints(ca=authority, path_length=0 if authority else None), critical=True
        )
        .add_extension(x509.KeyUsage(**usages), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False
        )
        .sign(issuer_key, hashes.SHA256())
    )


def _new_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _write_secret(path: Path, key: ec.EllipticCurvePrivateKey) -> None:
    """Write a private key that its owner alone can read, from the first byte on."""
    path.unlink(missing_ok=True)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
