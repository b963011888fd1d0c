"""Documents sent to the students: to whom, once each, with a log; what is refused, what is in doubt."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.urls import reverse

from butrt.base.journal.models import Entry
from jury.cases.refusals import Refusal
from jury.documents.batches import services, tasks
from jury.documents.kinds import TRANSCRIPT
from jury.models import Batch, MinutesRevision, Piece, Session
from jury.sittings import services as sessions
from tests.jury.documents.test_batches import quick, run, without_worker  # noqa: F401 (a fixture)
from tests.jury.world import World, all_at, make_world

pytestmark = pytest.mark.django_db
NAMES = ("ABEL", "BRUN", "CAMUS")


@pytest.fixture(scope="module")
def unsigned_once(once: Callable[[Callable], Any]) -> World:
    return once(make_unsigned)


@pytest.fixture
def unsigned(db: None, unsigned_once: World) -> World:
    return deepcopy(unsigned_once)


def make_unsigned() -> World:
    world = make_world({name: all_at("12") for name in NAMES})
    for name in NAMES[:2]:
        student = world.student(name)
        student.email = f"{name.lower()}@etu.example"
        student.save()
    sessions.open_deliberation(session=world.session, by=world.president, motive="Essai.")
    sessions.adopt(session=world.session, by=world.president, expected=len(NAMES))
    sessions.close(session=world.session, by=world.president)
    world.session = Session.objects.with_programme().get(pk=world.session.pk)
    return world


@pytest.fixture
def world(printing: World, quick: list[str]) -> World:  # noqa: F811
    """The same where transcripts cost nothing to print: what is told here is who receives them."""
    return printing


@pytest.fixture
def printing(unsigned: World, settings) -> World:
    """A signed PV, and a president who can be answered; CAMUS has no address."""
    settings.DEFAULT_FROM_EMAIL = "jury@iut.example"
    unsigned.president.email = "presidence@iut.example"
    unsigned.president.save()
    sign(unsigned)
    return unsigned


def sign(world: World) -> None:
    minutes = world.session.minutes.order_by("-version")[0]
    for step in (0, 1):
        MinutesRevision.objects.create(
            minutes=minutes,
            step=step,
            label="Présidence",
            at=minutes.created_at,
            pdf=b"%PDF",
            sha256="0" * 64,
        )


def send(world: World, **more) -> Batch:
    made = services.send(session=world.session, kinds=["releve"], by=world.president, **more)
    return Batch.objects.with_progress().get(pk=made.pk)


def page(world: World) -> str:
    return reverse("jury:mailing", args=[world.session.pk])


def test_each_student_receives_their_own(printing):
    world = printing
    batch = send(world, words="Bel été à tous.")
    first, second = mail.outbox
    (name, content, kind) = first.attachments[0]

    assert (batch.total, batch.done, batch.running) == (2, 2, False)
    assert [first.to, second.to] == [["abel@etu.example"], ["brun@etu.example"]]
    assert (first.from_email, first.reply_to) == ("jury@iut.example", ["presidence@iut.example"])
    assert first.subject == "Jury S4 et année BUT2 : relevé de notes"
    assert "Bel été à tous." in first.body
    assert "12,00" not in first.body
    assert name == f"{world.session.file_stem('RELEVE', 'ABEL', 'Camille', world.student('ABEL').number)}.pdf"
    assert kind == "application/pdf"
    piece = batch.pieces.first()
    assert piece.sha256 == {"releve": hashlib.sha256(content).hexdigest()}
    assert (piece.address, piece.state) == ("abel@etu.example", Piece.State.DONE)


def test_never_twice_unless_asked(world):
    send(world)
    with pytest.raises(Refusal, match="Aucun courriel à envoyer"):
        send(world)
    once = len(mail.outbox)
    send(world, again=True)

    assert (once, len(mail.outbox)) == (2, 4)


def test_only_who_had_none_when_an_address_comes(world):
    send(world)
    late = world.student("CAMUS")
    late.email = "camus@etu.example"
    late.save()
    batch = send(world)

    assert [piece.address for piece in batch.pieces.all()] == ["camus@etu.example"]


def test_nothing_before_the_signature(client, unsigned):
    client.force_login(unsigned.president)
    answer = client.get(page(unsigned), {"kinds": "releve"}, follow=True)

    assert "Le PV en vigueur n’est pas signé" in answer.content.decode()
    with pytest.raises(Refusal, match="pas signé"):
        send(unsigned)
    assert (mail.outbox, Batch.objects.count()) == ([], 0)


def test_nothing_before_the_closing():
    world = make_world({"ABEL": all_at("12")})
    with pytest.raises(Refusal, match="pas clos"):
        send(world)


def test_the_preview_says_to_whom_and_sends_nothing(client, world):
    client.force_login(world.president)
    told = client.get(page(world), {"kinds": "releve"}).content.decode()

    assert "<b>2 courriels</b>" in told
    assert "brun@etu.example" in told
    assert "1 sans adresse" in told
    assert "CAMUS Camille" in told
    assert "Vous trouverez ci-joint" in told
    assert mail.outbox == []


def test_from_the_page_send_then_read_the_log(client, world):
    client.force_login(world.president)
    answer = client.post(page(world), {"kinds": "releve", "words": "Bonjour."}, follow=True)
    told = answer.content.decode()
    again = client.get(page(world), {"kinds": "releve"}).content.decode()
    after = client.get(reverse("jury:after", args=[world.session.pk])).content.decode()

    assert len(mail.outbox) == 2
    assert "2 envoyés" in told
    assert "abel@etu.example" in told
    assert "2 ont déjà reçu" in again
    assert after.count("envoyé le ") == 2
    assert client.post(page(world), {"kinds": "releve"}).status_code == 200
    assert len(mail.outbox) == 2


def test_what_the_server_refuses_is_logged_and_the_others_leave(world, monkeypatch):
    sent = EmailBackend.send_messages

    def refuse(self, messages):
        if messages[0].to == ["abel@etu.example"]:
            raise ConnectionRefusedError("boîte pleine")
        return sent(self, messages)

    monkeypatch.setattr(EmailBackend, "send_messages", refuse)
    batch = send(world)
    first, second = batch.pieces.all()
    monkeypatch.undo()
    services.resume(batch=batch, by=world.president)

    assert (first.state, second.state) == (Piece.State.FAILED, Piece.State.DONE)
    assert first.error == "Le serveur de courriel a refusé : boîte pleine"
    assert [message.to[0] for message in mail.outbox] == ["brun@etu.example", "abel@etu.example"]


def test_a_mail_that_was_leaving_when_the_worker_died_is_not_sent_again_by_itself(world, monkeypatch):
    with monkeypatch.context() as patch:
        without_worker(patch)
        batch = send(world)
        first, second = batch.pieces.all()
        Piece.objects.filter(pk=first.pk).update(state=Piece.State.SENDING)
        run(first, attempt=2)
        run(second)
    first.refresh_from_db()
    before = [message.to for message in mail.outbox]
    with pytest.raises(Refusal, match="Rien à reprendre"):
        services.resume(batch=batch, by=world.president)
    services.resume(batch=batch, by=world.president, doubtful=True)

    assert (first.state, first.error) == (Piece.State.DOUBTFUL, tasks.INTERRUPTED)
    assert before == [["brun@etu.example"]]
    assert [message.to[0] for message in mail.outbox] == ["brun@etu.example", "abel@etu.example"]


def test_two_workers_with_the_same_mail_send_it_once(world, monkeypatch):
    without_worker(monkeypatch)
    batch = send(world)
    first = batch.pieces.first()
    stale = Piece.objects.select_related("batch__by").get(pk=first.pk)
    run(first)
    tasks._send(stale)

    assert len(mail.outbox) == 1


def test_what_was_sent_is_journaled(world):
    batch = send(world)
    told = Entry.objects.filter(act__startswith="documents.").values_list("act", "by", "details")

    assert list(told) == [
        (
            "documents.send",
            world.president.pk,
            {"batch": batch.pk, "kinds": ["releve"], "form": "mail", "number": 2},
        ),
        ("documents.sent", world.president.pk, {"batch": batch.pk, "kinds": ["releve"], "done": 2}),
    ]


def test_the_log_outlives_the_files(world, settings):
    batch = send(world)
    Batch.objects.update(at=batch.at - settings.BUTRT_BATCHES_KEPT * 2)
    services.purge()

    assert batch.pieces.count() == 2


def test_only_what_students_may_have_is_sent(client, world):
    client.force_login(world.president)
    answer = client.get(page(world), {"kinds": "pv"}, follow=True)

    assert TRANSCRIPT.sent
    assert "Choisir au moins un document à envoyer." in answer.content.decode()
