import stat
from datetime import UTC, datetime, timedelta

import pytest
from asn1crypto import x509 as asn1
from django.core.management import call_command
from django.core.management.base import CommandError

from butrt.base.documents.certificates import (
    PRESIDENT,
    SEAL,
    WITHOUT_VALUE,
    configured_roots,
    configured_signer,
    configured_timestamper,
    load_roots,
    make_trial_certificates,
)
from butrt.base.documents.signing import SigningRefused, load_signer, made_out_to

PEOPLE = {PRESIDENT: "Béatrice Vaucresson", SEAL: "IUT de Valbrume"}


def make(directory, people=PEOPLE, **options):
    return make_trial_certificates(directory, people, establishment="IUT de Valbrume", **options)


def test_demonstration_says_that_it_is_one(tmp_path):
    make(tmp_path)

    president = load_signer(tmp_path / "president.crt", tmp_path / "president.key")
    (root,) = load_roots(tmp_path)
    assert president.name == f"Béatrice Vaucresson ({WITHOUT_VALUE})"
    assert all(WITHOUT_VALUE in one.subject.human_friendly for one in (president.certificate, root))


def test_keys_are_for_their_owner_and_the_authority_keeps_none(tmp_path):
    make(tmp_path)

    keys = list(tmp_path.rglob("*.key"))
    assert sorted(path.name for path in keys) == ["president.key", "seal.key"]
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in keys)


def test_making_them_twice_changes_nothing(tmp_path):
    make(tmp_path)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}

    assert make(tmp_path) == ()
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_an_old_demonstration_is_renewed_and_its_root_kept(tmp_path):
    make(tmp_path, now=datetime.now(UTC) - timedelta(days=1090))

    assert make(tmp_path)
    assert len(load_roots(tmp_path)) == 2
    assert make(tmp_path) == ()


def test_a_missing_key_is_made_again(tmp_path):
    make(tmp_path)
    (tmp_path / "seal.key").unlink()

    assert tmp_path / "seal.key" in make(tmp_path)


@pytest.mark.parametrize("name", ["president.p12", "seal.crt"])
def test_a_real_certificate_is_never_replaced(tmp_path, name):
    make(tmp_path)
    real = tmp_path / name
    make_real = real.suffix == ".crt"
    real.write_bytes(real_certificate() if make_real else b"archive")
    before = real.read_bytes()

    with pytest.raises(SigningRefused, match="laissé en place"):
        make(tmp_path)
    assert real.read_bytes() == before


def real_certificate() -> bytes:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "IUT véritable")])
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder(name, name, key.public_key(), 1, now, now + timedelta(days=900))
        .sign(key, hashes.SHA256())
        .public_bytes(serialization.Encoding.PEM)
    )


def test_a_name_too_long_is_refused(tmp_path):
    with pytest.raises(SigningRefused, match="trop long de 7 caractères"):
        make(tmp_path, {PRESIDENT: "A" * 50})


def test_the_command_makes_them_then_has_nothing_to_do(tmp_path, capsys):
    call_command("make_demo_certificates", directory=tmp_path)
    call_command("make_demo_certificates", directory=tmp_path)

    output = capsys.readouterr().out
    assert f"Écrit : {tmp_path / 'people' / 'b.vaucresson.key'}" in output
    assert not (tmp_path / "president.key").exists()
    assert f"Rien à faire : les certificats de {tmp_path} sont valables." in output


def test_the_command_tells_why_it_refuses(tmp_path):
    (tmp_path / "people").mkdir()
    (tmp_path / "people" / "b.vaucresson.p12").write_bytes(b"archive")

    with pytest.raises(CommandError, match="laissé en place"):
        call_command("make_demo_certificates", directory=tmp_path)


def test_signers_and_roots_are_found_by_the_settings(tmp_path, settings):
    settings.BUTRT_CERTIFICATES_DIR = tmp_path
    with pytest.raises(
        SigningRefused, match=f"president.p12, ou president.crt.* est attendu dans {tmp_path}"
    ):
        configured_signer(PRESIDENT)
    assert configured_roots() == ()

    make(tmp_path)
    assert configured_signer(PRESIDENT).name.startswith("Béatrice Vaucresson")
    assert len(configured_roots()) == 1


def test_timestamps_are_asked_only_of_a_configured_service(settings):
    assert configured_timestamper() is None

    settings.BUTRT_TSA_URL = "https://horodatage.example/tsr"
    assert configured_timestamper().url == "https://horodatage.example/tsr"


@pytest.mark.parametrize(
    ("certified", "surname", "account", "own"),
    [
        ("VAUCRESSON Beatrice", "", "Béatrice Vaucresson", True),
        ("Béatrice Anne VAUCRESSON", "Vaucresson", "Béatrice Vaucresson", True),
        ("Solène LENOIR PASSY", "Lenoir Passy", "Solène Lenoir-Passy", True),
        ("Łukasz Œuvrard", "", "Lukasz Oeuvrard", True),
        ("Jean Martin", "", "Jean Martin-Dupont", False),
        ("Jean Martin DUPONT", "DUPONT", "Jean Martin", False),
        ("Béatrice Vaucresson", "", "Jean Martin", False),
        ("Béatrice Martin", "", "Béatrice Vaucresson", False),
        ("Béatrice", "", "Béatrice", False),
        ("1234", "", "Béatrice Vaucresson", False),
    ],
)
def test_a_certificate_is_of_who_it_names(certified, surname, account, own):
    subject = {"common_name": certified} | ({"surname": surname} if surname else {})
    certificate = asn1.Certificate({"tbs_certificate": {"subject": asn1.Name.build(subject)}})

    assert made_out_to(certificate, account) is own
