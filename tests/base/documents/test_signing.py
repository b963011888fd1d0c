import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from asn1crypto import x509 as asn1
from asn1crypto.keys import PrivateKeyInfo
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
    pkcs12,
)
from cryptography.x509 import load_pem_x509_certificate
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from pyhanko.sign.timestamps import DummyTimeStamper

from butrt.base import french
from butrt.base.documents.signing import SigningRefused, load_signer, sign
from butrt.base.documents.verifying import verify
from tests.base.documents.tools import text_of


def options(**changes):
    return {"reason": "Approbation", "location": "Valbrume", "role": "présidente du jury"} | changes


def test_signatures_hold_and_tell_who_and_as_what(signed, roots):
    found = verify(signed, trust_roots=roots)

    assert (found.intact, found.problem) == (True, "")
    assert [(one.field, one.role, one.coverage) for one in found.signatures] == [
        ("sig-president", "présidente du jury", "ENTIRE_REVISION"),
        ("sig-member", "membre du jury", "ENTIRE_REVISION"),
        ("sig-seal", "cachet de l’établissement", "ENTIRE_FILE"),
    ]
    assert found.signatures[0].signer_name == "Béatrice Vaucresson (essai, sans valeur)"


def test_each_signature_keeps_the_bytes_before_it(rendered, with_fields, by_president, by_member, signed):
    files = [rendered.content, with_fields, by_president, by_member, signed]

    assert all(after.startswith(before) for before, after in pairwise(files))


def test_stamp_is_in_french_and_in_paris(with_fields, president):
    summer = datetime(2026, 8, 1, 22, 5, tzinfo=UTC)
    president_then = sign(
        with_fields, field="sig-president", signer=president, signed_at=datetime.now(UTC), **options()
    )

    assert french.date(summer, french.MOMENT) == "2 août 2026 à 0 h 05"
    assert french.date(datetime(2026, 1, 1, 11, 0, tzinfo=UTC), french.MOMENT) == "1er janvier 2026 à 12 h 00"
    stamped = " ".join(text_of(president_then).split())
    assert f"le {french.date(datetime.now(UTC), french.MOMENT)}"[:-3] in stamped
    assert "Signé électroniquement par" in stamped
    assert "présidente du jury" in stamped


def test_signing_time_is_the_one_given(with_fields, president, roots):
    moment = datetime.now(UTC).replace(microsecond=0)
    pdf = sign(with_fields, field="sig-president", signer=president, signed_at=moment, **options())

    assert verify(pdf, trust_roots=roots).signatures[0].signed_at == moment


def test_percent_in_a_role_is_only_a_percent(with_fields, president):
    role = "chargée de 50 %(s) des cours"
    pdf = sign(with_fields, field="sig-president", signer=president, **options(role=role))

    assert "50 %(s)" in text_of(pdf)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"field": "sig-nobody"}, "n’a pas de champ de signature « sig-nobody »"),
        ({"field": "sig-president"}, "« sig-president » est déjà signé"),
        ({"field": "sig-member", "certify": True}, "vient la première"),
        ({"field": "sig-seal", "final": True}, "vient en dernier : sig-member n’est pas encore signé"),
        (
            {"field": "sig-member", "signed_at": datetime(2001, 1, 1, tzinfo=UTC)},
            "il ne peut pas signer le 1er janvier 2001 à 1 h 00",
        ),
    ],
)
def test_a_signature_out_of_place_is_refused(by_president, president, changes, message):
    with pytest.raises(SigningRefused, match=message):
        sign(by_president, signer=president, **options(), **changes)


def test_the_seal_names_all_who_have_not_signed(with_fields, seal):
    with pytest.raises(SigningRefused, match="sig-president, sig-member ne sont pas encore signés"):
        sign(with_fields, field="sig-seal", signer=seal, final=True, **options())


def test_a_role_without_glyph_is_signed_under_its_name(with_fields, president):
    signed = sign(with_fields, field="sig-president", signer=president, **options(role="présidente 李"))

    assert signed.startswith(with_fields)


def test_signing_works_where_an_event_loop_runs(with_fields, president):
    async def inside() -> bytes:
        return sign(with_fields, field="sig-president", signer=president, **options())

    with ThreadPoolExecutor(1) as apart:  # Playwright may have left a loop running in this thread
        assert apart.submit(lambda: asyncio.run(inside())).result().startswith(with_fields)


def make_clock() -> DummyTimeStamper:
    """A timestamping authority that answers here and now."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Horodatage d’essai")])
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(datetime.now(UTC) - timedelta(days=1))
        .not_valid_after(datetime.now(UTC) + timedelta(days=1))
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return DummyTimeStamper(
        asn1.Certificate.load(certificate.public_bytes(Encoding.DER)), PrivateKeyInfo.load(secret)
    )


def test_a_timestamp_is_added_and_judged(with_fields, president, roots):
    clock = make_clock()
    pdf = sign(with_fields, field="sig-president", signer=president, timestamper=clock, **options())

    assert verify(pdf, trust_roots=[*roots, clock.tsa_cert]).intact
    assert verify(pdf, trust_roots=roots).problem == (
        "sig-president : l’horodatage de la signature n’est pas valide."
    )


def test_a_signer_is_read_from_pkcs12(certificates, tmp_path, president):
    archive = tmp_path / "president.p12"
    archive.write_bytes(
        pkcs12.serialize_key_and_certificates(
            b"president",
            load_pem_private_key((certificates / "president.key").read_bytes(), None),
            load_pem_x509_certificate((certificates / "president.crt").read_bytes()),
            None,
            BestAvailableEncryption("été".encode()),
        )
    )

    assert load_signer(archive, passphrase="été").certificate.sha256 == president.certificate.sha256
    for wrong in ("hiver", None):
        with pytest.raises(SigningRefused, match="mot de passe"):
            load_signer(archive, passphrase=wrong)


def test_a_protected_key_wants_its_passphrase(certificates, tmp_path):
    key = load_pem_private_key((certificates / "president.key").read_bytes(), None)
    path = tmp_path / "president.key"
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret")))

    assert load_signer(certificates / "president.crt", path, passphrase="secret").name.startswith("Béatrice")
    for wrong in ("faux", None):
        with pytest.raises(SigningRefused, match="mot de passe"):
            load_signer(certificates / "president.crt", path, passphrase=wrong)


def test_missing_or_broken_files_are_refused(certificates, tmp_path):
    broken = tmp_path / "broken.crt"
    broken.write_text("rien")

    with pytest.raises(SigningRefused, match="ne peut pas être lu"):
        load_signer(tmp_path / "absent.crt", tmp_path / "absent.key")
    with pytest.raises(SigningRefused, match="n’est pas valide"):
        load_signer(broken, certificates / "president.key")


def test_a_signer_never_shows_its_key(president):
    assert "machinery" not in repr(president)
