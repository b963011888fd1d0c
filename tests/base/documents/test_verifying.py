"""Every way to alter a signed PV must be seen: by us, and for the ways it can see, by pdfsig."""

import hashlib
import io
import random
import re
from datetime import timedelta
from pathlib import Path

import pytest
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from butrt.base.documents.certificates import load_roots, make_trial_certificates
from butrt.base.documents.signing import sign
from butrt.base.documents.verifying import UNJUDGED, Verification, embedded_files, revisions, verify
from tests.base.documents.conftest import NOTES
from tests.base.documents.tools import run, signatures_seen_by_pdfsig


def flip(pdf: bytes, at: int, bit: int = 1) -> bytes:
    altered = bytearray(pdf)
    altered[at] ^= bit
    return bytes(altered)


def one_bit_in_a_page(pdf: bytes) -> bytes:
    return flip(pdf, pdf.index(b"stream\n", pdf.index(b"/Type /Page")) + 40)


def one_digit_of_a_signature(pdf: bytes) -> bytes:
    """The last hex digit of the first signature's value, which ends its CMS before the padding."""
    start = pdf.index(b"/Contents <") + len(b"/Contents <")
    signature = pdf[start : pdf.index(b">", start)].rstrip(b"0")
    at = start + len(signature) - 9
    return pdf[:at] + (b"1" if pdf[at : at + 1] != b"1" else b"2") + pdf[at + 1 :]


def text_after_the_end(pdf: bytes) -> bytes:
    return pdf + b"\nadmis en 2025\n"


def edited(pdf: bytes) -> bytes:
    """An incremental edit, as any PDF editor makes: a black square over the first page."""
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    square = generic.StreamObject(stream_data=b"0 0 0 rg 100 100 200 200 re f")
    writer.add_stream_to_page(0, writer.add_object(square))
    output = io.BytesIO()
    writer.write(output)
    return output.getvalue()


def other_notes(pdf: bytes) -> bytes:
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    file = writer.root["/Names"]["/EmbeddedFiles"]["/Names"][3]["/EF"]
    stream = file["/F"]
    stream._data = NOTES.replace(b"10.25", b"20.00")
    stream._encoded_data = None
    writer.update_container(stream)
    output = io.BytesIO()
    writer.write(output)
    return output.getvalue()


@pytest.fixture(scope="module")
def nss(tmp_path_factory: pytest.TempPathFactory, certificates: Path) -> Path:
    """Mozilla's database of trusted authorities, with ours: what pdfsig reads."""
    directory = tmp_path_factory.mktemp("nss")
    (root,) = (certificates / "roots").glob("*.crt")
    run("certutil", "-N", "-d", f"sql:{directory}", "--empty-password")
    run("certutil", "-A", "-d", f"sql:{directory}", "-n", "root", "-t", "C,C,C", "-i", root)
    return directory


def test_intact(signed, roots):
    found = verify(signed, trust_roots=roots, stored_revisions=revisions(signed))

    assert (found.intact, found.problem) == (True, "")
    assert found.attachments == {"notes.json": NOTES, "cohorte.json": b"{}"}


def test_pdfsig_agrees(signed, nss):
    seen = signatures_seen_by_pdfsig(signed, nss)

    assert len(seen) == 3
    assert all("Signature is Valid." in one for one in seen)
    assert all("Certificate is Trusted." in one for one in seen)
    assert ["Total document signed" in one and "Not total" not in one for one in seen] == [False, False, True]


@pytest.mark.parametrize(
    ("alter", "problem"),
    [
        (one_bit_in_a_page, "sig-president : le contenu signé a été modifié."),
        (one_digit_of_a_signature, "sig-president : la signature elle-même a été modifiée"),
        (text_after_the_end, "ajouté au fichier après la dernière signature"),
        (edited, "sig-president : le document a été modifié après cette signature."),
        (other_notes, "sig-president : le document a été modifié après cette signature."),
    ],
)
def test_an_altered_file_is_seen(signed, roots, alter, problem):
    found = verify(alter(signed), trust_roots=roots)

    assert not found.intact
    assert problem in found.problem


def test_pdfsig_sees_the_altered_byte_and_the_altered_signature(signed, nss):
    altered = signatures_seen_by_pdfsig(one_bit_in_a_page(signed), nss)
    forged = signatures_seen_by_pdfsig(one_digit_of_a_signature(signed), nss)

    assert all("Digest Mismatch" in one for one in altered)
    assert "Signature is Valid" not in forged[0]
    assert all("Digest Mismatch" in one for one in forged[1:])


@pytest.mark.parametrize("alter", [text_after_the_end, edited, other_notes])
def test_pdfsig_sees_that_something_follows_the_seal(signed, nss, alter):
    assert "Not total document signed" in signatures_seen_by_pdfsig(alter(signed), nss)[-1]


def test_a_rollback_is_seen_by_the_stored_revisions_alone(signed, by_member, by_president, roots):
    stored = revisions(signed)

    assert verify(by_member, trust_roots=roots).intact  # nothing in this file tells that a seal followed
    assert (
        "Il manque la dernière signature"
        in verify(by_member, trust_roots=roots, stored_revisions=stored).problem
    )
    assert (
        "Il manque les 2 dernières"
        in verify(by_president, trust_roots=roots, stored_revisions=stored).problem
    )


def test_another_signed_file_is_not_the_stored_one(signed, by_member, seal, roots):
    other = sign(by_member, field="sig-seal", signer=seal, reason="Autre", location="", role="cachet")
    found = verify(other, trust_roots=roots, stored_revisions=revisions(signed))

    assert verify(other, trust_roots=roots).intact
    assert "n’est pas celui qui a été enregistré" in found.problem


def test_an_unknown_authority_is_not_trusted(signed, tmp_path):
    make_trial_certificates(tmp_path, {"president": "Une autre"}, establishment="Ailleurs")

    for roots, problem in (
        (load_roots(tmp_path), "sig-president : le certificat ne vient pas d’une autorité reconnue ici."),
        ((), UNJUDGED),
    ):
        found = verify(signed, trust_roots=roots)
        assert not found.intact
        assert not any(one.trusted for one in found.signatures)
        assert all(one.intact and one.valid for one in found.signatures)
        assert found.problem == problem


def test_an_expired_certificate_is_judged_at_the_moment_of_storage(signed, roots, president):
    signed_at = verify(signed, trust_roots=roots).signatures[-1].signed_at
    after = president.certificate.not_valid_after + timedelta(days=1)

    assert verify(signed, trust_roots=roots, at=signed_at).intact
    assert verify(signed, trust_roots=roots, at=after).problem == (
        "sig-president : le certificat de la personne qui signe a expiré."
    )


def test_revisions_are_those_of_each_signature(by_president, by_member, signed):
    expected = [hashlib.sha256(pdf).hexdigest() for pdf in (by_president, by_member, signed)]

    assert revisions(signed) == expected
    assert revisions(by_member) == expected[:2]
    assert revisions(b"") == []


def test_an_unsigned_file_says_so(with_fields, rendered, roots):
    for pdf in (with_fields, rendered.content):
        found = verify(pdf, trust_roots=roots)
        assert (found.intact, found.problem) == (False, "Ce document ne porte aucune signature.")
        assert found.attachments["notes.json"] == NOTES


@pytest.mark.parametrize(
    "junk",
    [
        b"",
        b"%PDF",
        b"\x00" * 1000,
        b"PK\x03\x04 un classeur",
        b"%PDF-1.7\n%%EOF",
        b"%PDF-1.7\nstartxref\n9\n%%EOF",
    ],
)
def test_junk_is_answered(junk, roots):
    found = verify(junk, trust_roots=roots)

    assert found == Verification(False, problem="Ce fichier n’est pas un PDF lisible, ou il est abîmé.")
    assert embedded_files(junk) == {}


def test_no_damage_raises_or_passes(signed, roots):
    """Bytes overwritten, cut out or repeated at random: an answer each time, and never « intact ».

    The stored revisions count here: the last signature leaves out its own padding.
    """
    chance = random.Random(2025)
    stored = revisions(signed)
    for _ in range(60):
        at = chance.randrange(len(signed))
        length = chance.choice((1, 4, 60, 3000))
        noise = chance.choice((chance.randbytes(length), b"", signed[at : at + length] * 2))
        damaged = signed[:at] + noise + signed[at + length :]
        if damaged != signed:
            found = verify(damaged, trust_roots=roots, stored_revisions=stored)
            assert not found.intact, (at, length)
            assert found.problem


def test_numbers_and_names_of_the_structure_may_lie(signed, roots):
    for pattern, lie in (
        (rb"/ByteRange \[[^]]*\]", b"/ByteRange [0 0 0 0]"),
        (rb"/ByteRange \[[^]]*\]", b"/ByteRange [-5 (a) null 9]"),
        (rb"startxref\n\d+", b"startxref\n3"),
        (rb"/Type /Catalog", b"/Type /Nothing"),
        (rb"/Fields \[", b"/Fields 5 ["),
        (rb"/SubFilter /ETSI.CAdES.detached", b"/SubFilter /Unknown"),
        (rb"/Prev \d+", b"/Prev 0"),
    ):
        assert not verify(re.sub(pattern, lie, signed), trust_roots=roots).intact


def test_a_name_tree_without_end_is_given_up(with_fields, signed):
    writer = IncrementalPdfFileWriter(io.BytesIO(with_fields))
    names = writer.root["/Names"]["/EmbeddedFiles"]
    names["/Kids"] = generic.ArrayObject([writer.root["/Names"].raw_get("/EmbeddedFiles")])
    writer.update_container(names)
    output = io.BytesIO()
    writer.write(output)

    assert embedded_files(output.getvalue()) == {}
