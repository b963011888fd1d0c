"""The certificates a department signs with, in one directory (`settings.BUTRT_CERTIFICATES_DIR`):

    seal.p12, or seal.crt and seal.key           the establishment's seal
    people/<user name>.p12, or .crt and .key     the certificate of an account, in its person's name
    roots/*.crt                                  who is trusted when verifying, now and before
    roots/*.crl                                  certificates that these authorities revoked

Nobody signs with the certificate of somebody else, in whichever department (signing.py: check_own). The
`president.p12` of before 0.5 serves the president whose name it bears, and no other.

A token or an HSM (butrt/base/documents/token.py) is asked first. Trials make their own, without value;
production puts real ones in their place.
"""

import os
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path

from asn1crypto import crl
from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID
from django.conf import settings
from pyhanko.keys import load_certs_from_pemder
from pyhanko.sign.timestamps import TimeStamper

from butrt.base.documents.signing import NO_VALUE, Signer, SigningRefused, load_signer
from butrt.base.documents.timestamps import Authority
from butrt.base.documents.token import token_signer

WITHOUT_VALUE = f"essai, {NO_VALUE}"
SEAL, PERSONAL = "seal", "people"
PRESIDENT = "president"  # where one presidency had its certificate before 0.5
LIFE = timedelta(days=3 * 365)
RENEWAL = timedelta(days=30)


def configured_signer(name: str) -> Signer:
    """The signer that the token or the settings' directory holds under a name: SEAL, or another.

    Raise SigningRefused when there is none, telling which file is expected where.
    """
    if (held := token_signer(name)) is not None:
        return held
    directory = Path(settings.BUTRT_CERTIFICATES_DIR)
    passphrase = settings.BUTRT_CERTIFICATES_PASSPHRASE or None
    archive, certificate = directory / f"{name}.p12", directory / f"{name}.crt"
    if archive.exists():
        return load_signer(archive, passphrase=passphrase)
    if certificate.exists():
        return load_signer(certificate, directory / f"{name}.key", passphrase=passphrase)
    raise SigningRefused(
        f"Aucun certificat pour signer : {archive.name}, ou {name}.crt et {name}.key, "
        f"est attendu dans {directory}."
    )


def seal_ends() -> datetime | None:
    """When the certificate of the establishment's seal expires; None when a token holds it: it is not asked.

    Raise SigningRefused when there is none, or when it cannot be read.
    """
    if settings.BUTRT_PKCS11_MODULE:
        return None
    return _ends(SEAL)


def personal_ends() -> dict[str, datetime | None]:
    """{user name: when the certificate kept for it expires}; None for one that does not open."""
    folder = Path(settings.BUTRT_CERTIFICATES_DIR) / PERSONAL
    names = {path.stem for kind in (".p12", ".crt") for path in folder.glob(f"*{kind}")}
    ends: dict[str, datetime | None] = {}
    for name in sorted(names):
        try:
            ends[name] = _ends(f"{PERSONAL}/{name}")
        except SigningRefused:
            ends[name] = None
    return ends


def _ends(name: str) -> datetime:
    directory = Path(settings.BUTRT_CERTIFICATES_DIR)
    files = sorted(directory.glob(f"{name}.*"))
    return _read_ends(directory, name, tuple(path.stat().st_mtime_ns for path in files))


@lru_cache(maxsize=1000)
def _read_ends(directory: Path, name: str, changed: tuple[int, ...]) -> datetime:
    """The same, read again when its file changes: opening a .p12 is slow on purpose."""
    ends: datetime = configured_signer(name).certificate.not_valid_after
    return ends


def configured_roots() -> tuple[asn1.Certificate, ...]:
    """The authorities that the settings' directory trusts; none is an empty tuple, and nothing is trusted."""
    return load_roots(Path(settings.BUTRT_CERTIFICATES_DIR))


def configured_timestamper() -> TimeStamper | None:
    """The timestamping authority of the settings (`BUTRT_TSA_URL`), if there is one."""
    return Authority(settings.BUTRT_TSA_URL) if settings.BUTRT_TSA_URL else None


def configured_revocations() -> tuple[crl.CertificateList, ...]:
    """The revocation lists that the settings' directory holds, in DER."""
    paths = sorted((Path(settings.BUTRT_CERTIFICATES_DIR) / "roots").glob("*.crl"))
    return tuple(crl.CertificateList.load(path.read_bytes()) for path in paths)


def personal_signer(username: str) -> Signer | None:
    """The signer that the site keeps for an account; None when there is none."""
    return _kept(f"{PERSONAL}/{username}")


def presidency_signer() -> Signer | None:
    """The one signer of presidencies of before 0.5, if the site still has it; None when there is none."""
    return _kept(PRESIDENT)


def _kept(name: str) -> Signer | None:
    if (held := token_signer(name)) is not None:
        return held
    directory = Path(settings.BUTRT_CERTIFICATES_DIR)
    if any((directory / f"{name}{kind}").exists() for kind in (".p12", ".crt")):
        return configured_signer(name)
    return None


def load_roots(directory: Path) -> tuple[asn1.Certificate, ...]:
    """Every certificate of `directory`/roots."""
    return tuple(load_certs_from_pemder(sorted((directory / "roots").glob("*.crt"))))


def make_trial_certificates(
    directory: Path, people: Mapping[str, str], *, establishment: str, now: datetime | None = None
) -> Sequence[Path]:
    """Make an authority for trials and, signed by it, a certificate for each of `people`, without value.

    `people` gives names by file: {SEAL: "IUT de Valbrume", "people/s.abgrall": "Solène Abgrall"}.
    Idempotent: when all are there and valid, nothing is written and the answer is empty. The authority's key
    is thrown away once all are signed, so that nobody can make another. Its certificate and its (empty)
    revocation list stay in roots/, beside those of earlier trials, whose documents still verify.
    Raise SigningRefused rather than replace a certificate that is not for trials.
    """
    now = now or datetime.now(UTC)
    missing = {
        name: person for name, person in people.items() if not _still_good(directory / f"{name}.crt", now)
    }
    if not missing:
        return ()
    authority = TrialAuthority(establishment, now)
    written = [*authority.write(directory)]
    for name, person in missing.items():
        certificate, key = authority.certify(person)
        path = directory / f"{name}.crt"
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _write_secret(path.with_suffix(".key"), _pem_key(key))
        path.write_bytes(_pem(certificate))
        written += [path.with_suffix(".key"), path]
    return tuple(written)


def make_trial_pkcs12(
    directory: Path, path: Path, person: str, *, passphrase: str, establishment: str
) -> Sequence[Path]:
    """Make a .p12 for a person to sign with, without value, and its authority in `directory`."""
    if path.exists():
        raise SigningRefused(f"{path} existe déjà : il est laissé en place.")
    authority = TrialAuthority(establishment, datetime.now(UTC))
    certificate, key = authority.certify(person)
    content = pkcs12.serialize_key_and_certificates(
        person.encode(),
        key,
        certificate,
        [authority.certificate],
        serialization.BestAvailableEncryption(passphrase.encode()),
    )
    _write_secret(path, content)
    return (*authority.write(directory), path)


class TrialAuthority:
    """An authority that says of itself that it has no value; its key lives as long as this object."""

    def __init__(self, establishment: str, now: datetime) -> None:
        self.establishment, self.now = establishment, now
        self._key = _new_key()
        self.name = _subject("Autorité de certification", establishment)
        self.certificate = _certificate(
            self.name, self.name, self._key.public_key(), self._key, now, authority=True
        )

    def certify(self, person: str) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
        """A certificate to sign documents with, and its key."""
        key = _new_key()
        subject = _subject(person, self.establishment)
        return _certificate(subject, self.name, key.public_key(), self._key, self.now, authority=False), key

    def revocations(self, revoked: Iterable[x509.Certificate] = ()) -> x509.CertificateRevocationList:
        """The list of what it revoked: nothing, outside of tests."""
        builder = x509.CertificateRevocationListBuilder(
            self.name, last_update=self.now - timedelta(days=1), next_update=self.now + LIFE
        )
        for certificate in revoked:
            builder = builder.add_revoked_certificate(
                x509.RevokedCertificateBuilder(certificate.serial_number, self.now).build()
            )
        return builder.sign(self._key, hashes.SHA256())

    def write(self, directory: Path) -> tuple[Path, Path]:
        """Keep the authority's certificate and its revocation list among those that are trusted."""
        (directory / "roots").mkdir(parents=True, exist_ok=True, mode=0o700)
        root = directory / "roots" / f"essai-{self.certificate.fingerprint(hashes.SHA256()).hex()[:12]}.crt"
        root.write_bytes(_pem(self.certificate))
        listed = root.with_suffix(".crl")
        listed.write_bytes(self.revocations().public_bytes(serialization.Encoding.DER))
        return root, listed


def _still_good(path: Path, now: datetime) -> bool:
    if path.with_suffix(".p12").exists():
        raise SigningRefused(
            f"{path.with_suffix('.p12')} n’est pas un certificat d’essai : il est laissé en place."
        )
    if not path.exists():
        return False
    certificate = x509.load_pem_x509_certificate(path.read_bytes())
    if NO_VALUE not in certificate.subject.rfc4514_string():
        raise SigningRefused(f"{path} n’est pas un certificat d’essai : il est laissé en place.")
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


def _pem_key(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _write_secret(path: Path, content: bytes) -> None:
    """Write a secret that its owner alone can read, from the first byte on."""
    path.unlink(missing_ok=True)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
