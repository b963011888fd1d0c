"""Is it ours, who signed, was it altered, is it in force: `verify_pdf` and the page open to anyone."""

from __future__ import annotations

import io
import json
import random
import subprocess
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import Client
from django.urls import reverse
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from butrt.base.documents.certificates import PRESIDENT, SEAL, make_trial_certificates, make_trial_pkcs12
from butrt.base.documents.pdf_words import printed_text
from butrt.base.documents.signing import load_signer, sign, signer_from_pkcs12
from butrt.base.documents.verifying import UNJUDGED
from butrt.base.journal.models import Entry
from jury.documents.issued import issued_for
from jury.documents.minutes import steps as signing
from jury.documents.minutes.signatories import Progress, signatories
from jury.documents.minutes.steps import prepared
from jury.documents.verify import forms, views
from jury.documents.verify.reading import Finding
from jury.documents.verify.report import Report, examine
from jury.models import Minutes, MinutesRevision, Result
from jury.rules import RULES
from tests.jury.documents.test_signing import (  # noqa: F401 (fixtures)
    Jury,
    begin,
    certificates,
    certificates_once,
    jury,
    jury_once,
    steps,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def signed(jury: Jury, steps: dict[str, MinutesRevision]) -> Jury:  # noqa: F811
    """Signed by three people, then sealed."""
    return begin(jury, steps, "sig-seal")


def failing(report: Report) -> str:
    return failed(report.findings)


def failed(findings: Iterable[Finding]) -> str:
    return " ".join(each.text for each in findings if not each.holds)


def pdfsig(pdf: bytes, path: Path) -> str:
    path.write_bytes(pdf)
    return subprocess.run(["pdfsig", str(path)], capture_output=True, check=False).stdout.decode()


# ---------- what holds ----------


def test_a_sealed_minutes_is_authentic_and_everything_was_recomputed(signed: Jury):
    report = examine(signed.last)

    assert (report.verdict, report.exit_code, failing(report)) == ("in_force", 0, "")
    assert [each.text for each in report.findings] == [
        "Les 4 signatures sont valables, rien n’a été ajouté ni retiré depuis la dernière.",
        "Béatrice Vaucresson, Solène Abgrall et Olivier Lenoir-Passy, que ce procès-verbal nomme, ont signé, "
        "chacun avec un certificat à son nom.",
        "Les décisions de 1 étudiant, recalculées par les règles depuis les notes jointes, sont celles qui "
        "sont jointes (toutes de droit).",
        "L’empreinte imprimée est celle des données jointes.",
        "Le texte des pages dit ces mêmes moyennes et ces mêmes décisions.",
        "Les décisions sont celles qui ont été enregistrées ici.",
        "Le fichier est celui qui a été enregistré ici, octet pour octet.",
        "C’est la version la plus récente.",
        f"Le journal de ce site tient l’entrée n° {signed.minutes.content['journal']['number']} de ce PV.",
    ]
    assert dict(report.facts)["Document"] == "Procès-verbal de jury"
    assert [each.signer_name.split(" (")[0] for each in report.signatures] == [
        "Béatrice Vaucresson",
        "Solène Abgrall",
        "LENOIR-PASSY Olivier",
        "IUT de Valbrume",
    ]


def test_a_journal_cut_short_is_told_of_any_pv_and_is_no_fault_of_the_pv(signed: Jury):
    Entry.objects.filter(pk__gte=signed.minutes.content["journal"]["number"]).delete()
    report = examine(signed.last)

    assert (report.verdict, report.exit_code) == ("in_force", 0)
    assert "du journal, que dit ce PV, n’y est plus" in failing(report)


def test_a_superseded_version_says_which_replaces_it(signed: Jury):
    Minutes.objects.create(
        session=signed.session,
        version=2,
        created_at=signed.minutes.created_at,
        created_by=signed.president,
        content=signed.minutes.content,
        fingerprint=signed.minutes.fingerprint,
    )
    report = examine(signed.last)

    assert (report.verdict, report.exit_code) == ("superseded", 1)
    assert "La version 2" in failing(report)


def test_without_an_authority_a_document_cannot_be_judged_here(signed: Jury, settings, tmp_path):
    """Nothing tells who signed it, and nothing speaks against it; what is altered still is."""
    settings.BUTRT_CERTIFICATES_DIR = tmp_path / "vide"
    report = examine(signed.last)

    assert (report.verdict, report.exit_code, report.holds) == ("unjudged", 3, False)
    assert failing(report) == UNJUDGED
    assert examine(flipped_byte(signed.last)).verdict == "altered"
    assert examine(appended_revision(signed.last)).verdict == "altered"


# ---------- tampering ----------


def written(writer: IncrementalPdfFileWriter) -> bytes:
    output = io.BytesIO()
    writer.write(output)
    return output.getvalue()


def flipped_byte(pdf: bytes) -> bytes:
    at = pdf.index(b"stream\n", pdf.index(b"/Type /Page")) + 40
    return pdf[:at] + bytes([pdf[at] ^ 1]) + pdf[at + 1 :]


def appended_revision(pdf: bytes) -> bytes:
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    square = generic.StreamObject(stream_data=b"0 0 0 rg 100 100 200 200 re f")
    writer.add_stream_to_page(0, writer.add_object(square))
    return written(writer)


def swapped_attachment(pdf: bytes) -> bytes:
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    names = writer.root["/Names"]["/EmbeddedFiles"]["/Names"]
    for i in range(1, len(names), 2):
        if names[i]["/UF"] == "cohorte.json":
            stream = names[i]["/EF"]["/F"]
            stream._data = stream.data.replace(b'"12.00"', b'"19.00"').replace(b'"12"', b'"19"')
            stream._encoded_data = None
            writer.update_container(stream)
    return written(writer)


def removed_page(pdf: bytes) -> bytes:
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    pages = writer.root["/Pages"]
    pages["/Kids"] = generic.ArrayObject([pages["/Kids"].raw_get(0), pages["/Kids"].raw_get(2)])
    pages["/Count"] = generic.NumberObject(2)
    writer.update_container(pages)
    return written(writer)


def removed_signature(pdf: bytes) -> bytes:
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    form = writer.root["/AcroForm"]
    kept = [form["/Fields"].raw_get(i) for i in range(len(form["/Fields"])) if i != 1]
    form["/Fields"] = generic.ArrayObject(kept)
    writer.update_container(form)
    return written(writer)


def edited_number(pdf: bytes) -> bytes:
    """The average of UE31 redrawn over the page of the decisions, the old one hidden."""
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    page = writer.root["/Pages"]["/Kids"][1]
    hidden = b"q 1 1 1 rg 170 480 40 20 re f 0 0 0 rg BT /F1 7 Tf 172 484 Td (19,00) Tj ET Q"
    stream = writer.add_object(generic.StreamObject(stream_data=hidden))
    page["/Contents"] = generic.ArrayObject([page.raw_get("/Contents"), stream])
    writer.update_container(page)
    return written(writer)


def replaced_number(pdf: bytes) -> bytes:
    """The page of the decisions written again with other figures, the kind of edit no eye sees."""
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    page = writer.root["/Pages"]["/Kids"][1]
    stream = page["/Contents"]
    runs = stream.data.split(b"] TJ")
    stream._data = b"] TJ".join(runs[:24] + runs[25:])
    stream._encoded_data = None
    writer.update_container(stream)
    return written(writer)


def annotation_over_a_decision(pdf: bytes) -> bytes:
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    page = writer.root["/Pages"]["/Kids"][1]
    note = generic.DictionaryObject(
        {
            pdf_name("/Type"): pdf_name("/Annot"),
            pdf_name("/Subtype"): pdf_name("/FreeText"),
            pdf_name("/Rect"): generic.ArrayObject([generic.NumberObject(n) for n in (600, 470, 700, 500)]),
            pdf_name("/Contents"): generic.TextStringObject("ADM"),
            pdf_name("/DA"): generic.TextStringObject("/Helv 9 Tf 0 g"),
            pdf_name("/F"): generic.NumberObject(4),
        }
    )
    page["/Annots"] = generic.ArrayObject([writer.add_object(note)])
    writer.update_container(page)
    return written(writer)


@pytest.mark.parametrize(
    ("alter", "said", "pdfsig_says"),
    [
        (flipped_byte, "le contenu signé a été modifié", "Digest Mismatch"),
        (appended_revision, "le document a été modifié après cette signature", "Not total document signed"),
        (swapped_attachment, "le document a été modifié après cette signature", "Not total document signed"),
        (removed_page, "le document a été modifié après cette signature", "Not total document signed"),
        (removed_signature, "le document a été modifié après cette signature", "Not total document signed"),
        (edited_number, "le document a été modifié après cette signature", "Not total document signed"),
        (replaced_number, "Le texte imprimé ne correspond pas", "Not total document signed"),
        (annotation_over_a_decision, "modifié après cette signature", "Not total document signed"),
        (lambda pdf: pdf + b"\nadmis en 2025\n", "ajouté au fichier après la dernière", "Not total document"),
    ],
)
def test_tampering_is_detected(
    signed: Jury, tmp_path: Path, alter: Callable[[bytes], bytes], said: str, pdfsig_says: str
):
    altered = alter(signed.last)
    report = examine(altered)

    assert altered != signed.last
    assert (report.verdict, report.exit_code) == ("altered", 2)
    assert said in failing(report)
    assert "octet pour octet" in failing(report)
    assert pdfsig_says in pdfsig(altered, tmp_path / "altered.pdf").split("Signature #")[-1]


def test_a_rollback_before_the_seal_is_seen_by_us_alone(signed: Jury, tmp_path: Path):
    before = bytes(signed.minutes.revisions.get(step=3).pdf)
    report = examine(before)

    assert (report.verdict, report.exit_code) == ("unfinished", 1)
    assert "Il manque la dernière signature" in failing(report)
    seen = pdfsig(before, tmp_path / "before.pdf")
    assert seen.count("Signature is Valid") == 3
    assert "Total document signed" in seen


def test_the_certificate_of_someone_else_is_named(signed: Jury, certificates: Path, tmp_path: Path):  # noqa: F811
    """Solène's field signed by an intruder whose certificate comes from an authority trusted here."""
    path = tmp_path / "intrus.p12"
    make_trial_pkcs12(certificates, path, "Jean Intrus", passphrase="x", establishment="IUT de Valbrume")
    forged = sign(
        bytes(signed.minutes.revisions.get(step=1).pdf),
        field="sig-member-3",
        signer=signer_from_pkcs12(path.read_bytes(), "x"),
        reason="Approbation",
        location="Valbrume",
        role="enseignante",
        name="Solène Abgrall",
    )
    report = examine(forged)

    assert report.verdict == "altered"
    assert (
        "Signé par Jean Intrus, que ce procès-verbal ne nomme pas, à la place de Solène Abgrall, enseignante."
        in failing(report)
    )
    assert "octet pour octet" in failing(report)
    assert pdfsig(forged, tmp_path / "forged.pdf").count("Signature is Valid") == 2


def test_a_presidency_signed_in_another_s_name_is_said(jury: Jury, certificates: Path):  # noqa: F811
    """As 0.4 did with the one `president.p12`: recorded here, not altered, not the president's."""
    place = signatories(jury.minutes.content)[0]
    path = certificates / "autre.p12"
    make_trial_pkcs12(certificates, path, "Jean Intrus", passphrase="x", establishment="IUT de Valbrume")
    signer = signer_from_pkcs12(path.read_bytes(), "x")
    first = prepared(jury.minutes, issued_for(jury.session, jury.minutes, "pv", by=jury.president).token)
    first.save()
    by_another = signing.signed(jury.minutes, first, place, signer, by=jury.president)
    by_another.save()
    report = examine(bytes(by_another.pdf))

    assert (report.verdict, report.exit_code, report.holds) == ("other_signer", 2, False)
    assert failing(report) == (
        "Signé par Jean Intrus, que ce procès-verbal ne nomme pas, à la place de Béatrice Vaucresson, "
        "présidence du jury."
    )
    assert report.headline == "Signé par quelqu’un d’autre"


def test_a_member_signing_in_the_place_of_another_is_said(signed: Jury, certificates: Path):  # noqa: F811
    solene = load_signer(certificates / "people" / "s.abgrall.crt", certificates / "people" / "s.abgrall.key")
    forged = sign(
        bytes(signed.minutes.revisions.get(step=0).pdf),
        field="sig-president",
        signer=solene,
        reason="Approbation",
        location="Valbrume",
        role="présidence du jury",
        certify=True,
    )
    report = examine(forged)

    assert report.verdict == "altered"  # this file was never recorded here
    assert "Signé par Solène Abgrall à la place de Béatrice Vaucresson, présidence du jury." in failing(
        report
    )


def test_a_whole_minutes_made_elsewhere_is_not_ours(signed: Jury, certificates: Path, settings, tmp_path):  # noqa: F811
    """Same data, same look, signed by certificates of another authority."""
    settings.BUTRT_CERTIFICATES_DIR = tmp_path / "ailleurs"
    make_trial_certificates(
        tmp_path / "ailleurs",
        {PRESIDENT: "Béatrice Vaucresson", SEAL: "IUT de Valbrume"},
        establishment="Ailleurs",
    )
    first = signing.prepared(signed.minutes, "7Q4M-X2KD-9RTF-0HMZ-K3VD")
    place = signatories(signed.minutes.content)[0]
    forged = signing.signed(
        signed.minutes, first, place, signing.kept_signer(signed.president, place), by=signed.president
    )
    settings.BUTRT_CERTIFICATES_DIR = certificates
    report = examine(bytes(forged.pdf))

    assert report.verdict == "altered"
    assert "ne vient pas d’une autorité reconnue ici" in failing(report)


def test_data_changed_before_signing_are_seen_against_the_database(signed: Jury):
    """Whoever holds a recognised key and alters the notes: the rules and the database disagree with them."""
    content = json.loads(json.dumps(signed.minutes.content))
    content["decisions"]["students"][0]["year"]["code"] = "NAR"
    changed = Minutes(
        version=1, created_at=signed.minutes.created_at, content=content, session=signed.session
    )
    changed.fingerprint = signed.minutes.fingerprint
    from jury.documents.minutes.document import render_minutes

    report = examine(render_minutes(changed, signed.minutes.issued.get(kind="pv").token).content)

    assert report.verdict == "altered"
    assert "ne sont pas celles qui sont jointes : DUPONT Camille." in failing(report)
    assert "ne sont pas celles qui ont été enregistrées ici" in failing(report)


def test_random_flips_never_pass(signed: Jury):
    """Eight here, seeded: each costs a second."""
    chance = random.Random(6)
    pdf = signed.last
    for _ in range(8):
        at = chance.randrange(len(pdf))
        flipped = pdf[:at] + bytes([pdf[at] ^ (1 << chance.randrange(8))]) + pdf[at + 1 :]
        assert examine(flipped).exit_code == 2, at


@pytest.mark.parametrize("junk", [b"", b"%PDF-1.7", b"PK\x03\x04", b"\x00" * 500])
def test_junk_is_unknown(junk: bytes):
    report = examine(junk)

    assert (report.verdict, report.exit_code, report.facts) == ("unknown", 2, [])


def test_an_unsigned_minutes_given_out_here_is_unfinished(jury: Jury):  # noqa: F811
    client = Client()
    client.force_login(jury.president, backend="django.contrib.auth.backends.ModelBackend")
    pdf = client.get(reverse("jury:minutes_pdf", args=[jury.session.pk, 1])).content

    assert examine(pdf).verdict == "unfinished"


# ---------- transcripts ----------


def transcript(jury: Jury) -> bytes:  # noqa: F811
    client = Client()
    client.force_login(jury.president, backend="django.contrib.auth.backends.ModelBackend")
    number = jury.world.student("DUPONT").number
    return client.get(reverse("jury:student_pdf", args=[jury.session.pk, "releve", number])).content


def test_a_transcript_given_out_is_recognised_and_recomputed(signed: Jury):
    report = examine(transcript(signed))

    assert (report.verdict, failing(report)) == ("in_force", "")
    assert [each.text for each in report.findings] == [
        "Le fichier est celui qui a été délivré ici, octet pour octet.",
        "Les décisions recalculées depuis les notes jointes sont celles du procès-verbal.",
        "Aucune version plus récente ne le remplace.",
    ]


def test_an_altered_transcript_is_known_by_its_code(signed: Jury):
    report = examine(appended_revision(transcript(signed)))

    assert report.verdict == "altered"
    assert "ce n’est pas le fichier délivré" in failing(report)


# ---------- the text ----------


def test_the_words_of_the_pages_are_read(signed: Jury):
    text = printed_text(signed.last)

    assert "Procès-verbaldedélibérationdujury" in text
    assert "DUPONT" in text
    assert printed_text(b"rien") == ""


# ---------- the page and the command ----------


def ask(client: Client, pdf: bytes):
    return client.post(reverse("verify:verify"), {"file": SimpleUploadedFile("pv.pdf", pdf)})


def test_anyone_may_ask(signed: Jury, client: Client):
    cache.clear()
    told = ask(client, signed.last).content.decode()

    assert "Authentique et en vigueur" in told
    assert "Solène Abgrall" in told
    altered = ask(client, flipped_byte(signed.last)).content.decode()
    assert "Ne vous fiez pas à ce fichier" in altered


def test_a_typed_code_leads_to_its_page(signed: Jury, client: Client):
    token = signed.minutes.issued.get(kind="pv").token
    answer = client.get(reverse("verify:verify"), {"code": token.lower().replace("-", " ")})

    assert answer["Location"] == reverse("verify:document", args=[token])
    assert "Délivré ici, en vigueur" in client.get(answer["Location"]).content.decode()


def test_a_file_too_large_or_absent_is_refused_in_french(client: Client, monkeypatch):
    cache.clear()
    monkeypatch.setattr(forms, "LARGEST", 2**10)

    assert "dépasse 1\N{NO-BREAK SPACE}Ko" in ask(client, b"%PDF-1.7" + bytes(2**10)).content.decode()
    assert "Choisir le fichier" in client.post(reverse("verify:verify"), {}).content.decode()


def test_too_many_files_wait(client: Client, monkeypatch):
    cache.clear()
    monkeypatch.setattr(views, "FILES", 2)

    assert [ask(client, b"rien").status_code for _ in range(3)] == [200, 200, 429]
    cache.clear()


def test_the_command_exits_with_what_it_found(signed: Jury, tmp_path: Path, capsys):
    path = tmp_path / "pv.pdf"
    path.write_bytes(signed.last)
    call_command("verify_pdf", path)
    assert "Authentique et en vigueur" in capsys.readouterr().out

    path.write_bytes(flipped_byte(signed.last))
    with pytest.raises(SystemExit) as ended:
        call_command("verify_pdf", path)
    assert ended.value.code == 2
    with pytest.raises(CommandError, match="ne peut pas être lu"):
        call_command("verify_pdf", tmp_path / "absent.pdf")


def test_nothing_of_a_file_is_kept(signed: Jury, client: Client):
    cache.clear()
    before = (Minutes.objects.count(), Result.objects.count(), Progress(signed.minutes).sealed)
    ask(client, signed.last)

    assert (Minutes.objects.count(), Result.objects.count(), Progress(signed.minutes).sealed) == before


def test_a_minutes_of_today_says_by_which_rules_it_was_made(signed: Jury):
    assert signed.minutes.content["rules"] == RULES
