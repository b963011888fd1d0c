"""Documents made together: what is made, stopped, taken up again, refused and forgotten; its pages."""

from __future__ import annotations

import csv
import datetime
import hashlib
import io
import zipfile
from collections.abc import Callable
from copy import deepcopy
from itertools import chain
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from django_tasks import TaskResultStatus
from django_tasks.signals import task_finished

from butrt.base.accounts.models import Role
from butrt.base.journal.models import Entry
from butrt.base.workers.models import Worker
from jury.cases.refusals import Refusal
from jury.documents.batches import services, tasks
from jury.documents.kinds import KINDS, TRANSCRIPT
from jury.models import Batch, Piece, Session
from jury.sittings import services as sessions
from tests.base.documents.tools import text_of
from tests.factories import make_user
from tests.jury.world import World, all_at, make_world

pytestmark = pytest.mark.django_db
NAMES = ("ABEL", "BRUN", "CAMUS")


@pytest.fixture
def world() -> World:
    return make_world({name: all_at("12") for name in NAMES})


@pytest.fixture(scope="module")
def closed_once(once: Callable[[Callable], Any]) -> World:
    return once(make_closed)


@pytest.fixture
def closed(db: None, closed_once: World) -> World:
    return deepcopy(closed_once)


def make_closed() -> World:
    world = make_world({name: all_at("12") for name in NAMES})
    sessions.open_deliberation(session=world.session, by=world.president, motive="Essai.")
    sessions.adopt(session=world.session, by=world.president, expected=len(NAMES))
    sessions.close(session=world.session, by=world.president)
    world.session = Session.objects.with_programme().get(pk=world.session.pk)
    return world


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Transcripts that cost nothing to print; the numbers of those printed, in order."""
    printed: list[str] = []

    def render(_source, student: str) -> bytes:
        printed.append(student)
        return f"%PDF {student}".encode()

    monkeypatch.setitem(KINDS, "releve", with_render(render))
    return printed


def file_of(world, name: str) -> str:
    return f"{world.session.file_stem('RELEVE', name, 'Camille', world.student(name).number)}.pdf"


def with_render(render):
    return type(TRANSCRIPT)(
        **{name: getattr(TRANSCRIPT, name) for name in TRANSCRIPT.__dataclass_fields__} | {"render": render}
    )


def start(world: World, form: str = "zip", kinds: tuple[str, ...] = ("releve",)) -> Batch:
    made = services.start(session=world.session, kinds=kinds, form=form, by=world.president)
    return Batch.objects.with_progress().get(pk=made.pk)


def without_worker(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Nothing is done; what was asked of the workers."""
    asked: list[int] = []
    monkeypatch.setattr(type(tasks.make), "enqueue", lambda _task, pk: asked.append(pk))
    return asked


def run(piece: Piece, attempt: int = 1) -> None:
    class Context:
        pass

    context = Context()
    context.attempt = attempt
    tasks.make.func(context, piece.pk)


def test_a_zip_of_every_transcript_each_as_it_is_alone(client, closed):
    batch = start(closed)
    client.force_login(closed.president)
    answer = client.get(reverse("jury:batch_file", args=[closed.session.pk, batch.pk]))
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        held = {name: archive.read(name) for name in archive.namelist()}
    number = closed.student("BRUN").number
    alone = client.get(reverse("jury:student_pdf", args=[closed.session.pk, "releve", number])).content

    assert (batch.total, batch.done, batch.running) == (3, 3, False)
    assert (
        answer["Content-Disposition"] == f'attachment; filename="{closed.session.file_stem("releves")}.zip"'
    )
    assert list(held) == [file_of(closed, name) for name in NAMES]
    assert held[file_of(closed, "BRUN")] == alone
    assert [piece.sha256 for piece in batch.pieces.all()] == [
        hashlib.sha256(pdf).hexdigest() for pdf in held.values()
    ]


def test_one_pdf_of_every_transcript(client, closed):
    batch = start(closed, "pdf")
    client.force_login(closed.president)
    answer = client.get(reverse("jury:batch_file", args=[closed.session.pk, batch.pk]))
    told = text_of(answer.content)

    assert (
        answer["Content-Disposition"] == f'attachment; filename="{closed.session.file_stem("releves")}.pdf"'
    )
    assert [told.index(f"Camille {name}") for name in NAMES] == sorted(
        told.index(f"Camille {name}") for name in NAMES
    )


def test_before_the_closing_they_are_provisional_and_all_of_one_moment(client, world):
    batch = start(world, "pdf")
    client.force_login(world.president)
    address = reverse("jury:batch_file", args=[world.session.pk, batch.pk])
    answer = client.get(address)

    assert batch.minutes is None
    assert (
        answer["Content-Disposition"]
        == f'attachment; filename="{world.session.file_stem("releves", "provisoire")}.pdf"'
    )
    assert text_of(answer.content).count("Relevé provisoire, sans valeur officielle") == 3


def test_the_pv_goes_in_a_zip_never_in_a_file_of_several(closed):
    several = start(closed, "zip", ("pv", "releve"))
    together = start(closed, "pdf", ("pv", "releve"))

    assert next(iter(several.pieces.values_list("kind", "number"))) == ("pv", "")
    assert {piece.kind for piece in together.pieces.all()} == {"releve"}
    with pytest.raises(Refusal, match="Aucun document à faire"):
        start(closed, "pdf", ("pv",))


def test_nothing_before_the_closing_for_what_only_exists_after(world):
    with pytest.raises(Refusal, match="Aucun document à faire"):
        start(world, "zip", ("pv",))
    assert not Batch.objects.exists()


def test_a_document_that_cannot_be_printed_is_named_and_the_others_are_made(client, closed, monkeypatch):
    wrong = closed.student("BRUN").number
    broken = closed.student("CAMUS").number

    def render(_source, student: str) -> bytes:
        if student in (wrong, broken):
            raise AssertionError("a defect of the printer")
        return b"%PDF"

    monkeypatch.setitem(KINDS, "releve", with_render(render))
    batch = start(closed)
    pieces = {piece.name: piece for piece in batch.pieces.all()}
    client.force_login(closed.president)
    page = client.get(batch.get_absolute_url()).content.decode()
    file = client.get(reverse("jury:batch_file", args=[closed.session.pk, batch.pk])).content
    with zipfile.ZipFile(io.BytesIO(file)) as archive:
        names, told = archive.namelist(), archive.read("A-LIRE_documents-manquants.txt").decode()

    assert (batch.done, batch.failed, batch.finished_at is None) == (1, 2, False)
    assert "Erreur imprévue (AssertionError)" in pieces["BRUN Camille"].error
    assert "Erreur imprévue (AssertionError)" in pieces["CAMUS Camille"].error
    assert "1 prêt sur 3, 2 en erreur" in page
    assert "BRUN Camille" in page
    assert len(names) == 2
    assert "Relevé de notes, BRUN Camille : Erreur imprévue" in told


def test_those_in_error_are_tried_again_and_only_those(closed, monkeypatch):
    wrong = closed.student("BRUN").number
    printed: list[str] = []
    faults = chain([True], iter(lambda: False, None))

    def render(_source, student: str) -> bytes:
        printed.append(student)
        if student == wrong and next(faults):
            raise AssertionError("a defect of the printer")
        return f"%PDF {student}".encode()

    monkeypatch.setitem(KINDS, "releve", with_render(render))
    batch = start(closed)
    services.resume(batch=batch, by=closed.president)
    batch = Batch.objects.with_progress().get(pk=batch.pk)

    assert (batch.done, batch.failed, batch.running) == (3, 0, False)
    assert printed == [closed.student(name).number for name in (*NAMES, "BRUN")]
    with pytest.raises(Refusal, match="Rien à reprendre"):
        services.resume(batch=batch, by=closed.president)


def test_a_batch_is_stopped_then_taken_up_without_doing_twice(closed, quick, monkeypatch):
    with monkeypatch.context() as patch:
        asked = without_worker(patch)
        batch = start(closed)
        first, second, third = batch.pieces.all()
        run(first)
        services.cancel(batch=batch, by=closed.president)
        run(second)
        stopped = Batch.objects.with_progress().get(pk=batch.pk)
        with pytest.raises(Refusal, match="déjà terminé ou arrêté"):
            services.cancel(batch=batch, by=closed.president)
    services.resume(batch=batch, by=closed.president)
    run(first)
    finished = Batch.objects.with_progress().get(pk=batch.pk)

    assert asked == [first.pk, second.pk, third.pk]
    assert (stopped.done, stopped.running, stopped.finished_at) == (1, False, None)
    assert (finished.done, finished.cancelled_at) == (3, None)
    assert quick == [closed.student(name).number for name in NAMES]


def test_a_document_on_which_workers_die_is_left_aside(closed, quick, monkeypatch):
    without_worker(monkeypatch)
    batch = start(closed)
    first = batch.pieces.first()
    run(first, attempt=tasks.MOST_ATTEMPTS + 1)
    first.refresh_from_db()

    assert (first.state, first.error, quick) == (Piece.State.FAILED, tasks.DEADLY, [])


def test_two_workers_on_the_same_document_make_it_once(closed, quick, monkeypatch):
    without_worker(monkeypatch)
    batch = start(closed)
    first = batch.pieces.first()
    stale = Piece.objects.select_related("batch").get(pk=first.pk)
    run(first)
    made = Piece.objects.get(pk=first.pk)
    tasks._print(stale)

    assert Piece.objects.get(pk=first.pk).at == made.at
    assert Batch.objects.with_progress().get(pk=batch.pk).done == 1


def test_what_is_asked_stopped_and_taken_up_is_journaled(closed, quick, monkeypatch):
    with monkeypatch.context() as patch:
        without_worker(patch)
        batch = start(closed)
        services.cancel(batch=batch, by=closed.president)
    services.resume(batch=batch, by=closed.president)
    told = Entry.objects.filter(act__startswith="documents.").values_list("act", "details")

    assert list(told) == [
        ("documents.make", {"batch": batch.pk, "kinds": ["releve"], "form": "zip", "number": 3}),
        ("documents.cancel", {"batch": batch.pk}),
        ("documents.resume", {"batch": batch.pk, "again": 0}),
    ]


def test_old_files_are_removed(closed, quick, settings):
    batch = start(closed)
    kept = start(closed)
    Batch.objects.filter(pk=batch.pk).update(
        at=timezone.now() - settings.BUTRT_BATCHES_KEPT - datetime.timedelta(hours=1)
    )
    services.purge()

    assert list(Batch.objects.values_list("pk", flat=True)) == [kept.pk]


def test_the_page_says_when_nobody_is_at_work(client, closed, quick, monkeypatch):
    without_worker(monkeypatch)
    batch = start(closed)
    client.force_login(closed.president)
    silent = client.get(batch.get_absolute_url()).content.decode()
    Worker.objects.create(pk="one", host="here", pid=1)
    run(batch.pieces.first())
    told = client.get(batch.get_absolute_url()).content.decode()

    assert "Aucun exécutant n’est en marche" in silent
    assert "Aucun exécutant" not in told
    assert "1 fait sur 3" in told
    assert "data-poll" in told
    assert '<meta http-equiv="refresh"' in told


def test_from_the_page_ask_stop_and_take_up(client, closed, quick, monkeypatch):
    secretary = make_user(Role.Name.SECRETARIAT, department=closed.session.department)
    client.force_login(secretary)
    with monkeypatch.context() as patch:
        without_worker(patch)
        page = reverse("jury:batches", args=[closed.session.pk])
        answer = client.post(page, {"kinds": ["releve"], "form": "zip"})
        batch = Batch.objects.get()
        act = reverse("jury:batch_act", args=[closed.session.pk, batch.pk])
        client.post(act, {"act": "cancel"})
        stopped = client.get(batch.get_absolute_url()).content.decode()
    client.post(act, {"act": "resume"})

    assert answer["Location"] == batch.get_absolute_url()
    assert batch.by == secretary
    assert "0 fait sur 3" in stopped
    assert "Reprendre" in stopped
    assert Batch.objects.with_progress().get().done == 3
    assert "3 prêts" in client.get(page).content.decode()


def test_choosing_nothing_says_so_and_keeps_the_page(client, closed):
    client.force_login(closed.president)
    answer = client.post(reverse("jury:batches", args=[closed.session.pk]), {"form": "zip"})

    assert answer.status_code == 200
    assert "Choisir au moins un document." in answer.content.decode()


def test_a_file_under_way_does_not_exist_yet(client, closed, quick, monkeypatch):
    without_worker(monkeypatch)
    batch = start(closed)
    client.force_login(closed.president)

    assert client.get(reverse("jury:batch_file", args=[closed.session.pk, batch.pk])).status_code == 404


@pytest.mark.parametrize("number", [1, 3])
def test_pages_ask_the_same_of_the_database_whatever_they_list(
    client, closed, quick, number, django_assert_num_queries
):
    for _ in range(number):
        start(closed)
    client.force_login(closed.president)
    with django_assert_num_queries(12):
        client.get(reverse("jury:batches", args=[closed.session.pk]))


def test_a_stopped_worker_is_not_an_error(closed, quick, monkeypatch):
    """A second Ctrl C ends a task as if it had failed: the document still waits for another worker."""
    without_worker(monkeypatch)
    batch = start(closed)
    piece = batch.pieces.first()

    class Error:
        exception_class_path = "builtins.SystemExit"

    class Result:
        task, status, errors, args, id = tasks.make, TaskResultStatus.FAILED, [Error], [piece.pk], "1"

    task_finished.send(sender=None, task_result=Result)
    piece.refresh_from_db()

    assert piece.state == Piece.State.WAITING


def test_the_list_of_decisions_is_given_in_plain_words(client, closed):
    client.force_login(closed.president)
    page = reverse("jury:after", args=[closed.session.pk])
    text = client.get(page, {"_export": "csv"}).content.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text), delimiter=";"))

    assert [(row["Étudiant"], row["Décision"], row["Suite"], row["Envoi"]) for row in rows] == [
        (f"{name} Camille", "ADM admis·e", "S5", "à envoyer") for name in ("ABEL", "BRUN", "CAMUS")
    ]
