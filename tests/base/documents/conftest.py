"""A small document in our look, signed as a PV is: the president certifies, a member, then the seal."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from asn1crypto import x509

from butrt.base.documents.certificates import PRESIDENT, SEAL, load_roots, make_trial_certificates
from butrt.base.documents.kept import RenderedPdf
from butrt.base.documents.render import Attached, render_pdf
from butrt.base.documents.signing import SignatureField, Signer, add_signature_fields, load_signer, sign

MOMENT = datetime(2025, 7, 15, 14, 42, tzinfo=UTC)
NOTES = b'{"notes": [10.25]}'


def make_page(body: str = "", lang: str = "fr") -> str:
    return f"""<!doctype html><html lang="{lang}"><head><title>x</title></head><body>
        <main class="doc pv" data-footer-left="PV de démonstration" data-footer-right="7Q4M-X2KD-9RTF">
        <h1>Procès-verbal de délibération du jury</h1>{body}</main></body></html>"""


SIGNS = "✓ ↔ ↑ ◆ ◇ ○ ● → ↪ ↺ ■ … ⇥ ?"
BODY = f"""
    <p>Œuvre, cœur, 10,25 ≥ 10 : {SIGNS} Σ ▷ — « 12 % »</p>
    <table class="dec">
      <thead><tr><th class="who" scope="col">Étudiant</th><th scope="col">UE31</th></tr></thead>
      <tbody><tr><th class="who" scope="row"><b>ZIELIŃSKI</b> Adam</th><td class="n">12,07</td></tr></tbody>
    </table>
    <svg viewBox="0 0 9 9" width="9mm" height="9mm" aria-label="Carré à flasher"><path d="M0 0h9v9z"/></svg>
    <svg viewBox="0 0 9 9" width="9mm" height="9mm" aria-hidden="true"><path d="M0 0h9v9z"/></svg>
    <section class="newpage"><h2>Signatures</h2><div class="boxes">
      <div class="box"><b>Béatrice Vaucresson</b><div class="field" id="sig-president"></div></div>
      <div class="box"><b>Solène Abgrall</b><div class="field" id="sig-member"></div></div>
      <div class="box"><b>IUT de Valbrume</b><div class="field" id="sig-seal"></div></div>
    </div></section>"""


def make_document(body: str = BODY, identifier: bytes = b"test") -> RenderedPdf:
    return render_pdf(
        make_page(body),
        title="Procès-verbal d’essai",
        identifier=identifier,
        created=MOMENT,
        anchors="sig-",
        attachments=[
            Attached("notes.json", NOTES, "Notes du jury", MOMENT, "application/json"),
            Attached("cohorte.json", b"{}", "Cohorte", MOMENT, "application/json"),
        ],
    )


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("certificates")
    people = {PRESIDENT: "Béatrice Vaucresson", "member": "Solène Abgrall", SEAL: "IUT de Valbrume"}
    make_trial_certificates(directory, people, establishment="IUT de Valbrume")
    return directory


@pytest.fixture(scope="session")
def roots(certificates: Path) -> tuple[x509.Certificate, ...]:
    return load_roots(certificates)


@pytest.fixture(scope="session")
def president(certificates: Path) -> Signer:
    return load_signer(certificates / "president.crt", certificates / "president.key")


@pytest.fixture(scope="session")
def member(certificates: Path) -> Signer:
    return load_signer(certificates / "member.crt", certificates / "member.key")


@pytest.fixture(scope="session")
def seal(certificates: Path) -> Signer:
    return load_signer(certificates / "seal.crt", certificates / "seal.key")


@pytest.fixture(scope="session")
def rendered() -> RenderedPdf:
    return make_document()


@pytest.fixture(scope="session")
def with_fields(rendered: RenderedPdf) -> bytes:
    places = [SignatureField(name, f"Signature : {name}", box) for name, box in rendered.boxes.items()]
    return add_signature_fields(rendered.content, places)


@pytest.fixture(scope="session")
def by_president(with_fields: bytes, president: Signer) -> bytes:
    return sign(
        with_fields,
        field="sig-president",
        signer=president,
        reason="Approbation du procès-verbal",
        location="Valbrume",
        role="présidente du jury",
        certify=True,
    )


@pytest.fixture(scope="session")
def by_member(by_president: bytes, member: Signer) -> bytes:
    return sign(
        by_president,
        field="sig-member",
        signer=member,
        reason="Approbation du procès-verbal",
        location="Valbrume",
        role="membre du jury",
    )


@pytest.fixture(scope="session")
def signed(by_member: bytes, seal: Signer) -> bytes:
    return sign(
        by_member,
        field="sig-seal",
        signer=seal,
        reason="Cachet de l’établissement",
        location="Valbrume",
        role="cachet de l’établissement",
        final=True,
    )
