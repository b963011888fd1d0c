"""The journal anchored outside: who owns the database may write it again, the anchors that left say so."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from io import StringIO
from pathlib import Path

import pytest
from asn1crypto import tsp
from django.core import mail
from django.core.management import CommandError, call_command
from django.db import transaction

from butrt.base.documents import certificates
from butrt.base.documents.certificates import SEAL, make_trial_certificates
from butrt.base.documents.detached import sign_beside
from butrt.base.documents.signing import load_signer
from butrt.base.journal.models import Entry, Head
from butrt.base.journal.services import FIRST, record
from butrt.base.nights.services import last_runs
from tests.base.documents.test_signing import make_clock
from tests.factories import make_department

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("certificates")
    make_trial_certificates(folder, {SEAL: "IUT", "people/membre": "Un Membre"}, establishment="IUT")
    return folder


@pytest.fixture
def anchors(settings, tmp_path, keys) -> Path:
    """A folder outside, and five acts in the journal."""
    settings.BUTRT_ANCHOR_DIR, settings.BUTRT_CERTIFICATES_DIR = str(tmp_path), keys
    write_entries(5)
    return tmp_path


def write_entries(number: int) -> None:
    with transaction.atomic():
        for place in range(number):
            record(act="note", about=f"acte {place}", by=None)


def anchor(monkeypatch: pytest.MonkeyPatch, day: int = 1) -> None:
    """Of one night; two in a second would have one name."""
    monkeypatch.setattr("butrt.base.journal.anchors._name", lambda at: f"ancre-{day}.json")
    call_command("anchor_journal", stdout=StringIO())


def check(place: Path) -> str:
    """What the command says, whether it fails or not."""
    output = StringIO()
    try:
        call_command("check_journal", anchors=place, stdout=output)
    except CommandError as refusal:
        return f"✗ {refusal}".replace("\N{NO-BREAK SPACE}", " ")
    return output.getvalue()


def rewrite(keep: Callable[[Entry], bool] = lambda entry: True) -> None:
    """The whole chain again with other words, valid hashes and its head: what the database's owner can do."""
    previous, count = FIRST, 0
    for entry in Entry.objects.order_by("pk"):
        if not keep(entry):
            entry.delete()
            continue
        entry.about, entry.previous = f"{entry.about} bis", previous
        entry.digest = previous = entry.computed_digest()
        entry.save()
        count += 1
        Head.objects.filter(chain=Head.INSTALLATION).update(number=entry.pk, digest=entry.digest, count=count)


def test_the_journal_that_goes_on_holds_all_its_anchors(anchors, monkeypatch):
    anchor(monkeypatch)
    write_entries(3)
    anchor(monkeypatch, 2)

    says = json.loads((anchors / "ancre-2.json").read_bytes())
    assert [(head["chain"], head["count"]) for head in says["heads"]] == [(Head.INSTALLATION, 8)]
    assert "8 entrées, la dernière n°" in last_runs()["anchor"].summary
    assert "2 ancres tenues" in check(anchors)
    assert "1 ancre tenue" in check(anchors / "ancre-1.json")


def test_a_chain_written_again_or_cut_after_an_anchor_is_found(anchors, monkeypatch):
    anchor(monkeypatch)
    first = Entry.objects.order_by("pk").first().pk

    rewrite()
    call_command("check_journal", stdout=StringIO())  # by itself, it holds
    assert "n’est plus la même" in check(anchors)
    rewrite(keep=lambda entry: entry.pk < first + 4)
    assert "n’est plus au journal : il a été raccourci" in check(anchors)


def test_each_chain_has_its_head_in_the_anchor(anchors, monkeypatch):
    department = make_department()
    with transaction.atomic():
        for number in range(4):
            record(act="note", about=f"acte {number}", by=None, department=department)
    anchor(monkeypatch)
    write_entries(2)

    says = json.loads((anchors / "ancre-1.json").read_bytes())
    assert [(head["chain"], head["count"]) for head in says["heads"]] == [(0, 5), (department.pk, 4)]
    assert "1 ancre tenue" in check(anchors)
    Entry.objects.filter(department=department).order_by("-pk").first().delete()
    assert "n’est plus au journal : il a été raccourci" in check(anchors)


def test_an_entry_taken_out_of_the_middle_is_counted(anchors, monkeypatch):
    anchor(monkeypatch)
    Entry.objects.order_by("pk")[1].delete()

    assert "le journal avait 5 entrées jusque-là, il en a 4" in check(anchors)


def test_an_anchor_forged_changed_or_taken_away_is_found(anchors, monkeypatch, keys):
    for day in (1, 2, 3):
        anchor(monkeypatch, day)
        write_entries(1)
    statement = anchors / "ancre-2.json"

    changed = statement.read_bytes()
    statement.write_bytes(changed.replace(b'"count":6', b'"count":7'))
    assert "ancre-2.json : le fichier n’est pas celui qui a été signé" in check(anchors)

    member = load_signer(keys / "people/membre.crt", keys / "people/membre.key")
    forged = statement.read_bytes()
    (anchors / "ancre-2.json.p7s").write_bytes(sign_beside(forged, member))
    assert "ce n’est pas le cachet de l’établissement" in check(anchors)

    other = anchors / "ailleurs"
    make_trial_certificates(other, {SEAL: "IUT"}, establishment="IUT")
    stranger = load_signer(other / "seal.crt", other / "seal.key")
    (anchors / "ancre-2.json.p7s").write_bytes(sign_beside(forged, stranger))
    assert "aucune autorité que ce site reconnaît" in check(anchors)
    (anchors / "ancre-2.json.p7s").write_bytes(b"pas une signature")
    assert "la signature est illisible" in check(anchors)
    (anchors / "ancre-2.json.p7s").unlink()
    assert "sa signature (ancre-2.json.p7s) manque" in check(anchors)
    statement.unlink()
    assert "ancre-3.json : l’ancre d’avant n’est pas dans ce dossier" in check(anchors)


@pytest.mark.parametrize("content", ["[]", "{}", '{"format":"butrt-journal-anchor/1"}', "\0", "[" * 90_000])
def test_a_file_that_is_no_anchor_is_said_so(anchors, content):
    (anchors / "x.json").write_text(content)
    (anchors / "x.json.p7s").write_bytes(b"")

    assert "x.json : ce n’est pas une ancre" in check(anchors)
    assert "ne peut pas être lu" in check(anchors / "rien.json") or "manque" in check(anchors / "rien.json")


@pytest.fixture
def authority() -> Iterator[tuple[str, bytes]]:
    """The address of an authority that answers RFC 3161 over HTTP on this machine; its certificate."""
    clock = make_clock()

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = tsp.TimeStampReq.load(self.rfile.read(int(self.headers["Content-Length"])))
            answer = clock.request_tsa_response(asked).dump()
            self.send_response(200)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            """Quiet."""

    server = HTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/", clock.tsa_cert.dump()
    server.shutdown()


def test_an_authority_dates_it_and_one_that_is_mute_does_not_keep_it_from_leaving(
    anchors, monkeypatch, settings, authority
):
    settings.BUTRT_TSA_URL, certificate = authority
    anchor(monkeypatch)
    assert "son horodatage ne vient d’aucune autorité" in check(anchors)

    roots = certificates.configured_roots()
    trusted = (*roots, certificates.asn1.Certificate.load(certificate))
    monkeypatch.setattr("butrt.base.journal.anchored.configured_roots", lambda: trusted)
    assert "horodatée" not in check(anchors)
    assert "1 ancre tenue" in check(anchors)

    settings.BUTRT_TSA_URL = "http://127.0.0.1:9/"
    anchor(monkeypatch, 2)
    assert "Sans horodatage" in last_runs()["anchor"].summary
    assert "Non comparé : ancre-2.json n’est pas horodatée" in check(anchors)


def test_it_leaves_by_mail_and_what_keeps_it_is_the_night_s_failure(anchors, monkeypatch, settings):
    settings.BUTRT_ANCHOR_TO = ["garde@iut.example"]
    anchor(monkeypatch)
    (letter,) = mail.outbox
    names = [name for name, *_ in letter.attachments]
    assert (letter.to, names) == (["garde@iut.example"], ["ancre-1.json.p7s", "ancre-1.json"])

    with pytest.raises(CommandError, match="n’a pas pu être écrite"):  # never over the one that is there
        anchor(monkeypatch)
    assert last_runs()["anchor"].went_well is False
    settings.BUTRT_CERTIFICATES_DIR = anchors / "vide"
    with pytest.raises(CommandError, match="Aucun certificat pour signer"):
        anchor(monkeypatch, 2)


def test_without_a_place_to_go_nothing_is_done(anchors, settings):
    settings.BUTRT_ANCHOR_DIR = ""
    output = StringIO()
    call_command("anchor_journal", stdout=output)

    assert "Rien n’est fait" in output.getvalue()
    assert last_runs() == {}
