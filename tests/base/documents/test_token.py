"""A key that never leaves its token (PKCS#11), with SoftHSM: Debian's softhsm2."""

import os
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pkcs11
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from pkcs11.util.x509 import decode_x509_certificate

from butrt.base.accounts.models import User
from butrt.base.documents.certificates import (
    SEAL,
    TrialAuthority,
    configured_signer,
    load_roots,
    personal_signer,
)
from butrt.base.documents.signing import SigningRefused, sign
from butrt.base.documents.verifying import verify
from jury.documents.minutes.pdfs import kept_signer
from jury.documents.minutes.signatories import Signatory

MODULE = next(
    (
        path
        for path in ("/usr/lib/softhsm/libsofthsm2.so", "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so")
        if Path(path).exists()
    ),
    "",
)
PIN = "0000-essai"
pytestmark = pytest.mark.skipif(
    not MODULE or shutil.which("softhsm2-util") is None, reason="softhsm2 (apt) is missing"
)


@pytest.fixture(scope="module")
def token(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A token that holds the seal's key and one person's; the directory trusts their authority."""
    directory = tmp_path_factory.mktemp("token")
    (directory / "tokens").mkdir()
    (directory / "softhsm2.conf").write_text(f"directories.tokendir = {directory / 'tokens'}\n")
    os.environ["SOFTHSM2_CONF"] = str(directory / "softhsm2.conf")
    util("--init-token", "--free", "--label", "essai", "--so-pin", PIN, "--pin", PIN)
    authority = TrialAuthority("IUT de Valbrume", datetime.now(UTC))
    authority.write(directory)
    for number, (label, name) in enumerate(
        (("seal", "IUT de Valbrume"), ("people/s.abgrall", "Solène Abgrall")), start=1
    ):
        certificate, key = authority.certify(name)
        path = directory / "key.pem"
        path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        util(
            *("--import", str(path), "--token", "essai", "--label", label),
            *("--id", f"0{number}", "--pin", PIN),
        )
        path.unlink()
        keep_certificate(label, certificate.public_bytes(Encoding.DER))
    return directory


def keep_certificate(label: str, certificate: bytes) -> None:
    """Put a certificate on the token: softhsm2-util imports keys alone."""
    token = pkcs11.lib(MODULE).get_token(token_label="essai")
    with token.open(user_pin=PIN, rw=True) as session:
        kept = {pkcs11.Attribute.LABEL: label, pkcs11.Attribute.TOKEN: True}
        session.create_object(decode_x509_certificate(certificate) | kept)


def util(*arguments: str) -> None:
    subprocess.run(["softhsm2-util", *arguments], check=True, capture_output=True)


@pytest.fixture
def held(token: Path, settings) -> Path:
    settings.BUTRT_PKCS11_MODULE = MODULE
    settings.BUTRT_PKCS11_TOKEN = "essai"
    settings.BUTRT_PKCS11_PIN = PIN
    settings.BUTRT_CERTIFICATES_DIR = token
    return token


def test_the_seal_s_key_signs_without_leaving_its_token(held, by_member):
    seal = configured_signer(SEAL)
    pdf = sign(
        by_member,
        field="sig-seal",
        signer=seal,
        reason="Cachet",
        location="Valbrume",
        role="cachet de l’établissement",
        final=True,
    )
    found = verify(pdf, trust_roots=load_roots(held)).signatures[-1]

    assert (found.field, found.valid, found.trusted) == ("sig-seal", True, True)
    assert found.signer_name.startswith("IUT de Valbrume")
    assert not hasattr(seal.machinery, "signing_key")


def test_a_person_s_key_may_be_on_the_token(held):
    assert personal_signer("s.abgrall").name.startswith("Solène Abgrall")
    assert personal_signer("quelqu.un") is None


def test_a_key_of_the_token_signs_for_its_person_alone(held):
    place = Signatory("sig-president", "Jean Martin", "présidence du jury", "s.abgrall")
    namesake = User(username="s.abgrall", first_name="Jean", last_name="Martin")
    with pytest.raises(SigningRefused, match="au nom de « Solène Abgrall », votre compte"):
        kept_signer(namesake, place)


def test_two_signatures_follow_each_other(held, with_fields):
    """The token is opened for each, and closed: it takes one session of a person at a time."""
    pdf = with_fields
    for field in ("sig-president", "sig-member"):
        pdf = sign(
            pdf, field=field, signer=configured_signer(SEAL), reason="Essai", location="", role="membre"
        )
    assert [one.valid for one in verify(pdf, trust_roots=load_roots(held)).signatures] == [True, True]


@pytest.mark.parametrize(
    ("setting", "wrong"),
    [("BUTRT_PKCS11_PIN", "faux"), ("BUTRT_PKCS11_TOKEN", "absent")],
)
def test_a_token_that_does_not_answer_says_which(held, settings, setting, wrong):
    setattr(settings, setting, wrong)
    with pytest.raises(SigningRefused, match="PKCS#11") as refusal:
        configured_signer(SEAL)
    assert PIN not in str(refusal.value)
