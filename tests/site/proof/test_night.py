"""The proof of the night: what is given out is what the sealed PV says, and whatever is not is named."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from io import StringIO
from typing import Any

import pytest
from django.core import mail
from django.core.management import CommandError, call_command
from django.http import HttpResponse
from django.test import override_settings
from django.utils import timezone

from butrt.base.accounts.models import User
from butrt.base.documents.certificates import SEAL, make_trial_certificates
from butrt.base.journal.models import Entry
from butrt.base.nights.models import Run
from butrt.base.nights.services import last_runs
from butrt.site.proof import exports, night, pages
from grades.models import Mark, MarkChange
from jury.cases.proceedings import Proceedings
from jury.documents.batches.services import start
from jury.documents.checking.noting import note
from jury.documents.minutes.services import seal, sign
from jury.exchange.apogee.filling import Target
from jury.models import Batch, Decision, Issued, Minutes, Piece, Printed, Session
from jury.sittings import services
from tests.factories import make_session, make_user
from tests.jury.world import World, all_at, make_world, reread

pytestmark = pytest.mark.django_db


@dataclass
class Sealed:
    """S4 closed, its PV sealed for good, both transcripts kept to be downloaded; each student has a page."""

    world: World
    minutes: Minutes
    certificates: str


@pytest.fixture(scope="module")
def sealed_once(once: Callable, tmp_path_factory: pytest.TempPathFactory) -> Sealed:
    folder = tmp_path_factory.mktemp("certificates")
    president = "people/b.vaucresson"
    make_trial_certificates(folder, {SEAL: "IUT", president: "Béatrice Vaucresson"}, establishment="IUT")

    def make() -> Sealed:
        world = make_world({"ARNAUD": all_at("12"), "CARON": all_at("12", R41="9")})
        User.objects.filter(pk=world.president.pk).update(
            username="b.vaucresson", first_name="Béatrice", last_name="Vaucresson"
        )
        world.president = User.objects.get(pk=world.president.pk)
        for enrolment in world.enrolments.values():
            account = make_user("student", department=world.session.department)
            enrolment.student.account = account
            enrolment.student.save()
        make_user(is_superuser=True, email="systeme@iut.example")
        MarkChange.objects.bulk_create(
            MarkChange(mark=mark, version=1, value=mark.value, by=mark.entered_by, at=mark.entered_at)
            for mark in Mark.objects.all()
        )
        note()  # what the factories made without the services
        services.open_deliberation(session=reread(world), by=world.president)
        decided = {"kind": "unit", "subject": "UE41", "code": "ADJ", "motive": "Tout près."}
        services.decide(session=reread(world), student=world.student("CARON"), by=world.president, **decided)
        left = len(Proceedings.of(reread(world)).awaiting)
        services.adopt(session=reread(world), by=world.president, expected=left)
        minutes = services.close(session=reread(world), by=world.president)
        minutes.session = reread(world)
        sign(version=minutes, by=world.president)
        seal(version=minutes, by=world.president)
        start(session=reread(world), kinds=["releve"], form=Batch.Form.ZIP, by=world.president)
        return Sealed(world, minutes, str(folder))

    with override_settings(BUTRT_CERTIFICATES_DIR=folder):
        return once(make)


@pytest.fixture
def sealed(sealed_once: Sealed, settings) -> Sealed:
    settings.BUTRT_CERTIFICATES_DIR = sealed_once.certificates
    return sealed_once


def prove() -> str:
    """What the command says, or what it found, as it tells it once asked."""
    output = StringIO()
    try:
        call_command("prove_night", stdout=output)
    except CommandError as alarm:
        at_once = str(alarm)
    else:
        return output.getvalue().replace("\N{NO-BREAK SPACE}", " ")
    assert "CARON" not in at_once  # a timer's output is the system's log
    with pytest.raises(CommandError) as last:
        call_command("prove_night", "--last")
    return str(last.value).replace("\N{NO-BREAK SPACE}", " ")


def test_a_jury_whose_documents_exports_and_pages_are_those_of_its_pv(sealed):
    says = prove()

    assert says.splitlines()[-1] == "Rien ne diffère : 1 jury clos prouvé sur 1."
    assert "PV" not in says.partition("Rien ne diffère")[0]  # signed, and judged
    assert last_runs()["proof"].went_well
    assert mail.outbox == []
    kept = Piece.objects.filter(pdf__isnull=False)
    assert Issued.objects.filter(kind="releve").count() == kept.count() == 2


def test_a_decision_changed_in_the_database_is_found_told_and_kept(sealed, client):
    Decision.objects.update(code="AJ")

    says = prove()
    assert "CARON" in says
    assert "la base dit AJ" in says
    run = last_runs()["proof"]
    assert (run.went_well, run.details["where"]) == (False, night.BASE)
    (letter,) = mail.outbox
    assert letter.to == ["systeme@iut.example"]
    assert "CARON" not in letter.body
    assert Entry.objects.get(act="proof.alarm").about == night.BASE


def test_the_content_of_the_pv_changed_in_the_database_is_found_by_what_is_sealed(sealed):
    content = Minutes.objects.whole().get().content
    students = content["decisions"]["students"]
    caron = next(student for student in students if student["units"]["UE41"]["code"] == "ADJ")
    caron["units"]["UE41"]["average"] = "10.00"
    # At another time, so that it is read again: see Proceedings.of_version.
    Minutes.objects.update(content=content, created_at=timezone.now())

    says = prove()
    assert "API, décisions : CARON" in says
    assert "Jury S4" in last_runs()["proof"].details["where"]


def test_a_kept_transcript_replaced_is_found_even_with_its_fingerprints(sealed):
    one, other = Piece.objects.filter(pdf__isnull=False).order_by("name")
    Piece.objects.filter(pk=other.pk).update(pdf=b"%PDF autre")
    assert "Relevé de notes gardé de CARON" in prove()

    pdf = bytes(one.pdf)
    sha256 = hashlib.sha256(pdf).hexdigest()
    Piece.objects.filter(pk=other.pk).update(pdf=pdf, sha256=sha256)
    issued = Issued.objects.get(kind="releve", student__number=other.number)
    Printed.objects.create(issued=issued, sha256=sha256, at=timezone.now())
    says = prove()
    assert "Relevé de notes gardé de CARON" in says
    assert "les décisions jointes ne sont pas celles du PV" in says


def lying_table(read: Callable[..., bytes]) -> Callable[..., bytes]:
    return lambda proceedings: read(proceedings).replace(b"9,00;ADJ", b"19,00;ADJ")


def lying_proceedings(write: Callable[..., bytes]) -> Callable[..., bytes]:
    """An export that shows what the rules proposed in the place of what the jury decided."""

    def lie(proceedings: Proceedings, **how: Any) -> bytes:
        return write(Proceedings(proceedings.figures, []), **how)

    return lie


def lying_apogee(read: Callable[..., list[Any]]) -> Callable[..., list[Any]]:
    def lie(*about: Any) -> list[Any]:
        return [
            replace(
                student,
                given={
                    subject: given._replace(average="10.01") if subject.target is Target.UNIT else given
                    for subject, given in student.given.items()
                },
            )
            for student in read(*about)
        ]

    return lie


LIES = {
    "the table": (exports, "results_csv", lying_table, "fichier CSV : CARON Camille, UE41 moyenne 19,00"),
    "the workbook": (
        exports,
        "results_workbook",
        lying_proceedings,
        "classeur, feuille S4 : CARON Camille, UE41 code",
    ),
    "the cohort file": (exports, "cohort_json", lying_proceedings, "cohorte.json : ce n’est plus le fichier"),
    "Apogée": (exports, "results_of", lying_apogee, "Apogée : ARNAUD Camille, UE31 moyenne 10.01 au lieu de"),
    "the page": (
        pages,
        "marks",
        lambda read: (
            lambda request: HttpResponse(
                read(request).content.replace("60\N{NO-BREAK SPACE}ECTS sur".encode(), b"45 ECTS sur")
            )
        ),
        "page « Mes notes » : ARNAUD Camille, 45 ECTS au lieu de 60",
    ),
}


@pytest.mark.parametrize("lie", LIES)
def test_what_gives_something_else_than_the_pv_is_named(sealed, monkeypatch, lie):
    module, name, lying, sentence = LIES[lie]
    monkeypatch.setattr(module, name, lying(getattr(module, name)))

    assert f"Jury S4 et année BUT2, 2024-2025 : {sentence}" in prove()


def test_a_night_too_short_goes_on_the_next_and_what_was_found_stays(sealed, monkeypatch):
    session = sealed.world.session
    other = make_session(session.cohort, session.president, semester=3, regulation=session.regulation)
    Minutes.objects.create(
        session=other, version=1, created_at=timezone.now(), created_by=sealed.world.president, content={}
    )
    first, second = sorted([sealed.world.session.pk, other.pk])
    looked: list[int] = []

    def jury(session: Session, proof: night.Proof) -> list[str]:
        looked.append(session.pk)
        return ["une différence"] if session.pk == first and len(looked) == 1 else []

    monkeypatch.setattr(night, "_jury", jury)
    monkeypatch.setattr(night, "_whole", lambda proof: [])
    went = []
    for _ in range(3):
        with contextlib.suppress(CommandError):
            call_command("prove_night", minutes=0, stdout=StringIO())
        went.append(Run.objects.order_by("-pk").first().went_well)

    assert looked == [first, second, first]
    assert went == [False, False, True]  # of the second night: the first jury was not looked at again


def test_the_anchors_of_the_journal_are_part_of_the_proof(db, settings, tmp_path, monkeypatch):
    settings.BUTRT_ANCHOR_DIR = str(tmp_path)
    (tmp_path / "ancre-1.json").write_text("{}")
    monkeypatch.setattr(night, "_juries", lambda *proof: None)

    assert "ancre-1.json : sa signature (ancre-1.json.p7s) manque." in prove()
