"""The PV signed by its presidency, its members and the seal: who, in which order, with which certificate."""

from __future__ import annotations

import contextlib
import json
import logging
import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from copy import copy, deepcopy
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12
from cryptography.x509.oid import NameOID
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.db.models.base import ModelState
from django.test import Client, override_settings
from django.urls import reverse

from butrt.base.accounts.models import User
from butrt.base.documents import timestamps
from butrt.base.documents.certificates import (
    PRESIDENT,
    SEAL,
    load_roots,
    make_trial_certificates,
    make_trial_pkcs12,
)
from butrt.base.documents.signing import signer_from_pkcs12
from butrt.base.documents.verifying import verify
from butrt.base.journal.models import Entry
from jury.documents.issued import PV, issued_for
from jury.documents.minutes import pdfs as signing
from jury.documents.minutes import services
from jury.documents.minutes.signatories import Progress
from jury.documents.signatures.waiting import waiting_for
from jury.models import Member, Minutes, MinutesRevision
from tests.base.documents.tools import text_of
from tests.factories import make_user
from tests.jury.world import World, all_at, close_world, make_world

pytestmark = pytest.mark.django_db
PASSPHRASE = "ni gardé, ni journalisé 7%é"
MODEL = "django.contrib.auth.backends.ModelBackend"


@pytest.fixture(scope="module")
def certificates_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The presidency's, the seal's and one member's certificates; another member brings their own."""
    directory = tmp_path_factory.mktemp("certificates")
    people = {PRESIDENT: "Béatrice Vaucresson", SEAL: "IUT de Valbrume", "people/s.abgrall": "Solène Abgrall"}
    make_trial_certificates(directory, people, establishment="IUT de Valbrume")
    make_trial_pkcs12(
        directory,
        directory / "olivier.p12",
        "LENOIR-PASSY Olivier",
        passphrase=PASSPHRASE,
        establishment="IUT de Valbrume",
    )
    return directory


@pytest.fixture
def certificates(certificates_once: Path, settings, tmp_path: Path) -> Path:
    """Each test's own copy, which it may add to."""
    settings.BUTRT_CERTIFICATES_DIR = tmp_path / "certificates"
    shutil.copytree(certificates_once, settings.BUTRT_CERTIFICATES_DIR)
    return settings.BUTRT_CERTIFICATES_DIR


@pytest.fixture
def own(certificates: Path) -> bytes:
    """Olivier's .p12."""
    return (certificates / "olivier.p12").read_bytes()


class Jury:
    """A closed jury: its president, two members present with an account, one without, one excused."""

    def __init__(self) -> None:
        self.world: World = make_world({"DUPONT": all_at("12")})
        session, department = self.world.session, self.world.session.department
        User.objects.filter(pk=self.world.president.pk).update(
            username="b.vaucresson", first_name="Béatrice", last_name="Vaucresson"
        )
        self.president = User.objects.get(pk=self.world.president.pk)
        self.solene = make_user(
            "member", department=department, username="s.abgrall", first_name="Solène", last_name="Abgrall"
        )
        self.olivier = make_user(
            "director",
            department=department,
            username="o.lenoir-passy",
            first_name="Olivier",
            last_name="Lenoir-Passy",
        )
        self.excused = make_user("member", department=department, username="x.cuse")
        self.secretary = make_user("secretariat", department=department)
        people = (self.president, self.solene, self.olivier, self.excused)
        session.members.filter(user=self.president).delete()
        for position, user in enumerate(people, start=1):
            Member.objects.create(
                session=session,
                user=user,
                name=str(user),
                quality="enseignante",
                presence="excused" if user == self.excused else "present",
                position=position,
            )
        self.world.president = self.president
        session.refresh_from_db()
        self.minutes: Minutes = close_world(self.world)
        self.session = self.minutes.session

    def address(self, name: str) -> str:
        return reverse(f"jury:{name}", args=[self.session.pk, 1])

    @property
    def last(self) -> bytes:
        return bytes(self.minutes.revisions.latest("step").pdf)


@pytest.fixture(scope="module")
def jury_once(once: Callable[[Callable], Any]) -> Jury:
    """Nobody signed yet; the code of its PV is drawn, so that all that is signed after is of one document."""

    def make() -> Jury:
        jury = Jury()
        issued_for(jury.session, jury.minutes, PV, by=jury.president)
        return jury

    return once(make)


@pytest.fixture
def jury(db: None, jury_once: Jury, certificates: Path) -> Jury:
    return deepcopy(jury_once)


@pytest.fixture(scope="module")
def steps(
    once: Callable[[Callable], Any], jury_once: Jury, certificates_once: Path
) -> dict[str, MinutesRevision]:
    """{field: revision} of a PV that its three signatories then the seal signed, printed and signed once.

    Undone at once: each test puts back those that it begins after (`begin`).
    """

    def make() -> dict[str, MinutesRevision]:
        jury = deepcopy(jury_once)
        with transaction.atomic():
            services.sign(version=jury.minutes, by=jury.president)
            services.sign(version=jury.minutes, by=jury.solene)
            own = (certificates_once / "olivier.p12").read_bytes()
            services.sign(version=jury.minutes, by=jury.olivier, own=signer_from_pkcs12(own, PASSPHRASE))
            services.seal(version=jury.minutes, by=jury.president)
            made = {each.field: each for each in jury.minutes.revisions.order_by("step")}
            transaction.set_rollback(True)
        return made

    with override_settings(BUTRT_CERTIFICATES_DIR=certificates_once):
        return once(make)


def begin(jury: Jury, steps: Mapping[str, MinutesRevision], until: str) -> Jury:
    """The PV as signed up to this field, included."""
    fields = list(steps)
    for field in fields[: fields.index(until) + 1]:
        step = copy(steps[field])
        step.pk, step._state = None, ModelState()
        step.save()
    return jury


@pytest.fixture
def begun(jury: Jury, steps: dict[str, MinutesRevision]) -> Jury:
    """The presidency signed."""
    return begin(jury, steps, "sig-president")


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend=MODEL)
    return client


def test_each_member_present_with_an_account_has_a_place(jury: Jury):
    lines = Progress(jury.minutes).lines

    assert [line.signatory.name for line in lines] == [
        "Béatrice Vaucresson",
        "Solène Abgrall",
        "Olivier Lenoir-Passy",
        "IUT de Valbrume",
    ]


def test_all_sign_and_the_seal_ends_it(jury: Jury, own: bytes, certificates: Path):
    services.sign(version=jury.minutes, by=jury.president)
    services.sign(version=jury.minutes, by=jury.olivier, own=signer_from_pkcs12(own, PASSPHRASE))
    progress = services.sign(version=jury.minutes, by=jury.solene)
    services.seal(version=jury.minutes, by=jury.solene)

    assert progress.waiting == []
    found = verify(jury.last, trust_roots=load_roots(certificates))
    assert found.intact, found.problem
    assert [each.field for each in found.signatures] == [
        "sig-president",
        "sig-member-4",
        "sig-member-3",
        "sig-seal",
    ]
    told = " ".join(text_of(jury.last).split())
    assert told.count("Signé électroniquement par") == 4
    assert "heure de Paris" in told
    assert "Approbation du procès-verbal, version 1" in told
    assert told.count("Certificat d’essai, sans valeur") == 4
    steps = list(jury.minutes.revisions.order_by("step").values_list("step", "field", "signer__username"))
    assert steps == [
        (0, "", None),
        (1, "sig-president", "b.vaucresson"),
        (2, "sig-member-4", "o.lenoir-passy"),
        (3, "sig-member-3", "s.abgrall"),
        (4, "sig-seal", "s.abgrall"),
    ]


def test_nothing_may_be_signed_after_the_seal(begun: Jury, certificates: Path):
    """The secretariat seals without waiting; the fields left empty can never be filled."""
    services.seal(version=begun.minutes, by=begun.secretary)
    sealed = begun.minutes.revisions.latest("step")

    assert verify(begun.last, trust_roots=load_roots(certificates)).intact
    with pytest.raises(ValidationError, match="plus personne ne signe"):
        services.sign(version=begun.minutes, by=begun.solene)
    assert Entry.objects.get(act="minutes.seal").details["unsigned"] == [
        "Solène Abgrall",
        "Olivier Lenoir-Passy",
    ]
    late = signing.signed(
        begun.minutes,
        sealed,
        Progress(begun.minutes).lines[1].signatory,
        signing.kept_signer(begun.solene, Progress(begun.minutes).lines[1].signatory),
        by=begun.solene,
    )
    found = verify(bytes(late.pdf), trust_roots=load_roots(certificates))
    assert not found.intact
    assert "modifié après cette signature" in found.problem


@pytest.mark.parametrize(
    ("who", "message"),
    [
        ("solene", "La présidence du jury signe la première"),
        ("excused", "signé par la présidence du jury et les membres présents"),
        ("secretary", "signé par la présidence du jury et les membres présents"),
    ],
)
def test_who_cannot_sign_is_told_why(jury: Jury, who, message):
    with pytest.raises(ValidationError, match=message):
        services.sign(version=jury.minutes, by=getattr(jury, who))
    assert not jury.minutes.revisions.exists()


def test_one_signs_once_and_only_the_version_in_force(jury: Jury):
    services.sign(version=jury.minutes, by=jury.president)
    with pytest.raises(ValidationError, match="déjà signé"):
        services.sign(version=jury.minutes, by=jury.president)
    Minutes.objects.create(
        session=jury.session,
        version=2,
        created_at=jury.minutes.created_at,
        created_by=jury.president,
        content=jury.minutes.content,
        fingerprint=jury.minutes.fingerprint,
    )
    with pytest.raises(ValidationError, match="version plus récente"):
        services.sign(version=jury.minutes, by=jury.solene)


def test_the_seal_is_the_office_s_while_someone_is_awaited(jury: Jury):
    with pytest.raises(ValidationError, match="signe d’abord"):
        services.seal(version=jury.minutes, by=jury.secretary)
    services.sign(version=jury.minutes, by=jury.president)
    with pytest.raises(ValidationError, match="présidence du jury ou le secrétariat"):
        services.seal(version=jury.minutes, by=jury.solene)


def test_two_people_signing_at_once_both_sign(begun: Jury, own: bytes, certificates, monkeypatch):
    """Olivier's signature lands while Solène's is being made: hers is made again, after his."""
    made = signing.signed
    olivier = signer_from_pkcs12(own, PASSPHRASE)

    def slowly(version, last, place, signer, *, by):
        done = made(version, last, place, signer, by=by)
        if by == begun.solene and not version.revisions.filter(signer=begun.olivier).exists():
            services.sign(version=version, by=begun.olivier, own=olivier)
        return done

    monkeypatch.setattr(signing, "signed", slowly)
    services.sign(version=begun.minutes, by=begun.solene)

    assert [line.revision is not None for line in Progress(begun.minutes).lines] == [True, True, True, False]
    assert verify(begun.last, trust_roots=load_roots(certificates)).intact


def test_without_a_kept_certificate_one_s_own_is_asked_for(begun: Jury):
    with pytest.raises(ValidationError, match="donner le vôtre"):
        services.sign(version=begun.minutes, by=begun.olivier)


def test_the_certificate_of_someone_else_is_refused(begun: Jury, own: bytes):
    with pytest.raises(ValidationError, match="au nom de « LENOIR-PASSY Olivier », votre compte"):
        services.sign(version=begun.minutes, by=begun.solene, own=signer_from_pkcs12(own, PASSPHRASE))


def test_the_presidency_signs_with_a_certificate_in_its_name(jury: Jury, own: bytes):
    with pytest.raises(ValidationError, match="au nom de « LENOIR-PASSY Olivier », votre compte"):
        services.sign(version=jury.minutes, by=jury.president, own=signer_from_pkcs12(own, PASSPHRASE))
    assert not jury.minutes.revisions.exists()


def test_another_presidency_does_not_sign_with_the_one_kept(jury: Jury, certificates: Path):
    """`president.crt` is Béatrice's: whoever presides under another name gives their own."""
    User.objects.filter(pk=jury.president.pk).update(first_name="Jean", last_name="Martin")
    jean = User.objects.get(pk=jury.president.pk)

    with pytest.raises(ValidationError, match="« Béatrice Vaucresson », votre compte est celui de « Jean"):
        services.sign(version=jury.minutes, by=jean)
    page = signed_in(jean).get(jury.address("sign")).content.decode()
    assert "on signe avec son propre certificat" in page
    assert "celui que le site garde" not in page


def test_an_account_renamed_since_the_jury_does_not_sign_for_who_the_minutes_name(
    jury: Jury, certificates: Path
):
    make_trial_certificates(
        certificates, {"people/b.vaucresson": "Jean Martin"}, establishment="IUT de Valbrume"
    )
    User.objects.filter(pk=jury.president.pk).update(first_name="Jean", last_name="Martin")

    with pytest.raises(ValidationError, match="Le PV nomme Béatrice Vaucresson à cette place"):
        services.sign(version=jury.minutes, by=User.objects.get(pk=jury.president.pk))
    assert not jury.minutes.revisions.exists()


def test_a_certificate_of_an_unknown_authority_is_refused(begun: Jury, tmp_path: Path):
    make_trial_pkcs12(
        tmp_path / "ailleurs", tmp_path / "a.p12", "Solène Abgrall", passphrase="x", establishment="Ailleurs"
    )
    with pytest.raises(ValidationError, match="autorité que ce site ne reconnaît pas"):
        services.sign(
            version=begun.minutes,
            by=begun.solene,
            own=signer_from_pkcs12((tmp_path / "a.p12").read_bytes(), "x"),
        )


def self_signed() -> bytes:
    """A certificate that Solène made herself, as any tool makes one."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Solène Abgrall")])
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(datetime.now(UTC) - timedelta(days=1))
        .not_valid_after(datetime.now(UTC) + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    return pkcs12.serialize_key_and_certificates(
        b"s", key, certificate, None, BestAvailableEncryption(PASSPHRASE.encode())
    )


def test_a_self_signed_certificate_is_refused_in_a_sentence(begun: Jury):
    answer = signed_in(begun.solene).post(begun.address("sign"), give(self_signed()))

    assert answer.status_code == 200
    assert "est signé par lui-même" in answer.content.decode()


@contextmanager
def authority(*answers: bytes) -> Iterator[str]:
    """The address of one that takes the connection and says each of these, then no more."""

    def serve() -> None:
        with contextlib.suppress(OSError):
            while True:
                line, _ = listening.accept()
                lines.append(line)
                for each in answers:
                    line.sendall(each)

    lines: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/"
        listening.shutdown(socket.SHUT_RDWR)
        thread.join()
    for each in lines:
        each.close()


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/timestamp-reply\r\n"


@pytest.mark.parametrize(
    "answers",
    [
        (),
        (HEAD,),
        (HEAD + b"Content-Length: 900\r\n\r\n", b"0" * 20),
        (HEAD + b"Content-Length: 5\r\n\r\nnever",),
        (HEAD + b"Content-Length: 5\r\n\r\n0\x03\x02\x01\x00",),
        (b"nothing of HTTP\r\n\r\n",),
    ],
    ids=["silent", "slow-head", "slow-body", "no-token", "empty-token", "no-http"],
)
def test_an_authority_that_is_slow_or_wrong_is_told_in_a_sentence(jury: Jury, settings, monkeypatch, answers):
    monkeypatch.setattr(timestamps.post, "limits", replace(timestamps.post.limits, time=0.4))
    began = time.monotonic()
    with authority(*answers) as settings.BUTRT_TSA_URL:
        answer = signed_in(jury.president).post(jury.address("sign"), {"source": "kept"})

    assert answer.status_code == 200
    assert "L’autorité d’horodatage n’a pas répondu" in answer.content.decode()
    assert time.monotonic() - began < 20
    assert not jury.minutes.revisions.exists()


def test_an_authority_that_is_down_is_told_in_a_sentence(jury: Jury, settings):
    settings.BUTRT_TSA_URL = "http://127.0.0.1:9/"
    with pytest.raises(ValidationError, match="L’autorité d’horodatage n’a pas répondu"):
        services.sign(version=jury.minutes, by=jury.president)


# ---------- the pages ----------


def give(own: bytes, passphrase: str = PASSPHRASE) -> dict[str, object]:
    return {"source": "own", "file": SimpleUploadedFile("moi.p12", own), "passphrase": passphrase}


def test_a_member_signs_from_their_own_page(jury: Jury):
    assert waiting_for(jury.solene) == []
    signed_in(jury.president).post(jury.address("sign"), {"source": "kept"})
    client = signed_in(jury.solene)

    assert waiting_for(jury.solene) == [jury.minutes]
    assert jury.address("sign") in client.get(reverse("jury:to_sign")).content.decode()
    assert jury.address("sign") in client.get(reverse("home")).content.decode()
    assert client.get(jury.address("minutes_to_sign"))["Content-Type"] == "application/pdf"
    page = client.get(jury.address("sign")).content.decode()
    assert "celui que le site garde : Solène Abgrall, certificat d’essai" in page
    answer = client.post(jury.address("sign"), {"source": "kept"}, follow=True)
    assert "Signatures attendues : Olivier Lenoir-Passy." in answer.content.decode()
    assert waiting_for(jury.solene) == []


def test_the_last_signature_brings_the_seal(jury: Jury, own: bytes, steps: dict[str, MinutesRevision]):
    begin(jury, steps, "sig-member-3")
    client = signed_in(jury.olivier)
    assert "Vous signez en dernier." in client.get(jury.address("sign")).content.decode()
    answer = client.post(jury.address("sign"), give(own) | {"seal": "on"}, follow=True)

    assert "PV version 1 signé et scellé." in answer.content.decode()
    assert Progress(jury.minutes).sealed


def test_the_last_signature_seals_nothing_unless_asked(
    jury: Jury, own: bytes, steps: dict[str, MinutesRevision]
):
    begin(jury, steps, "sig-member-3")
    answer = signed_in(jury.olivier).post(jury.address("sign"), give(own), follow=True)

    assert "signé par tous. Reste à apposer le cachet." in answer.content.decode()
    assert not Progress(jury.minutes).sealed


def test_the_secretariat_seals_without_waiting(begun: Jury):
    client = signed_in(begun.secretary)
    page = client.get(reverse("jury:after", args=[begun.session.pk])).content.decode()
    assert "Solène Abgrall, Olivier Lenoir-Passy ne signeront pas" in " ".join(page.split())
    asked = " ".join(client.get(begun.address("seal")).content.decode().split())
    assert "Solène Abgrall, Olivier Lenoir-Passy ne signeront pas" in asked
    refused = client.post(begun.address("seal"))
    assert "il ne se retire pas" in refused.content.decode()
    assert not Progress(begun.minutes).sealed
    answer = client.post(begun.address("seal"), {"confirmed": "on"}, follow=True)

    assert "PV version 1 scellé" in answer.content.decode()


def test_one_s_own_certificate_is_kept_nowhere(begun: Jury, own: bytes, settings, tmp_path, caplog, capfd):
    """Not in the database, the journal, the session, the logs, nor on the disk; nor when it is refused."""
    settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path / "uploads")
    (tmp_path / "uploads").mkdir()
    written: list[str] = []
    caplog.set_level(logging.DEBUG)
    client = signed_in(begun.olivier)
    for passphrase in ("faux " + PASSPHRASE, PASSPHRASE):
        client.post(begun.address("sign"), give(own, passphrase))

    assert Progress(begun.minutes).lines[2].revision is not None
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            cursor.execute(f'SELECT * FROM "{table}"')
            written += [repr(value) for row in cursor.fetchall() for value in row if value is not None]
    key = signer_from_pkcs12(own, PASSPHRASE).machinery.signing_key.native["private_key"]
    secret = key["private_key"] if isinstance(key, dict) else key
    told = "\n".join([*written, json.dumps(dict(client.session)), caplog.text, *capfd.readouterr()])
    assert "minutes.sign" in told
    assert "journalisé 7%" not in told
    assert repr(own)[2:80] not in told
    assert str(secret) not in told
    assert list((tmp_path / "uploads").iterdir()) == []


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"source": "own"}, "Donner le fichier de votre certificat"),
        ({"source": "own", "file": SimpleUploadedFile("x.p12", b"rien")}, "avec sa clé"),
        ({"source": "own", "file": SimpleUploadedFile("x.p12", b"0" * 70_000)}, "trop grand"),
        ({"source": "kept"}, "kept"),
    ],
)
def test_what_cannot_sign_is_said_on_the_page(begun: Jury, given, message):
    answer = signed_in(begun.olivier).post(begun.address("sign"), given)

    assert answer.status_code == 200
    assert message in answer.content.decode()


def test_the_passphrase_is_never_sent_back(begun: Jury, own: bytes):
    answer = signed_in(begun.olivier).post(begun.address("sign"), give(own, "presque"))

    assert "presque" not in answer.content.decode()


def test_the_page_to_sign_costs_the_same_for_one_and_for_many(begun: Jury, django_assert_max_num_queries):
    client = signed_in(begun.solene)
    with django_assert_max_num_queries(8):
        client.get(reverse("jury:to_sign"))
