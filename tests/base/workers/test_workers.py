"""Workers as they are: real processes, one of them killed in the middle of its work."""

from __future__ import annotations

import importlib
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from django.apps import apps
from django.db import connection
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.module_loading import import_string
from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from butrt.base.workers.models import DEAD_AFTER, Worker
from butrt.base.workers.services import beat, clean, leave, revive
from jury.documents.batches import services
from jury.models import Batch, Piece
from tests.jury.world import all_at, make_world
from tests.queue import IN_DATABASE

PROJECT = Path(__file__).resolve().parents[3]
STUDENTS = 8
PATIENCE = 120  # seconds, for a loaded machine


@pytest.fixture
def queue(settings) -> None:
    """The queue in the database, as in production."""
    settings.TASKS = IN_DATABASE


def address() -> str:
    """Of the database of the test, for another process."""
    database = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{database['NAME']}"
    return f"postgres://{database['USER']}@/{database['NAME']}?host={database['OPTIONS']['host']}"


@contextmanager
def worker() -> Iterator[subprocess.Popen[bytes]]:
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "butrt.settings",
        "BUTRT_DATABASE_URL": address(),
        "BUTRT_DEMO": "1",
        "BUTRT_WORKER_DEAD_AFTER_SECONDS": "4",
    }
    command = [sys.executable, "manage.py", "db_worker", "--interval", "0.1", "--no-startup-delay", "-v", "0"]
    process = subprocess.Popen(command, cwd=PROJECT, env=environment, stderr=subprocess.PIPE)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def until(happens: Callable[[], bool]) -> None:
    start = time.monotonic()
    while not happens():
        assert time.monotonic() - start < PATIENCE, "it never happened"
        time.sleep(0.05)


def state(batch: Batch) -> Counter[str]:
    return Counter(batch.pieces.values_list("state", flat=True))


@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_in_the_middle_leaves_neither_a_hole_nor_a_duplicate(queue):
    world = make_world({f"N{number}": all_at("12") for number in range(STUDENTS)})
    batch = services.start(session=world.session, kinds=["releve"], form="pdf", by=world.president)
    with worker() as first:
        until(lambda: state(batch)["done"] >= 2)
        # Frozen in the middle of a document, then killed.
        while True:
            first.send_signal(signal.SIGSTOP)
            running = DBTaskResult.objects.running().first()
            held = running and Piece.objects.filter(pk=running.args_kwargs["args"][0], state="waiting")
            if held and held.exists():
                break
            first.send_signal(signal.SIGCONT)
            time.sleep(0.02)
        first.send_signal(signal.SIGKILL)
        first.wait()
    before = state(batch)
    made = dict(batch.pieces.filter(state="done").values_list("pk", "at"))
    abandoned = held.get()

    with worker():
        until(lambda: Batch.objects.get(pk=batch.pk).finished_at is not None)

    assert 2 <= before["done"] < STUDENTS
    assert (abandoned.state, running.status) == ("waiting", TaskResultStatus.RUNNING)
    assert state(batch) == {"done": STUDENTS}
    # What was made before was not made again; each is there once, in the file too.
    assert dict(batch.pieces.filter(pk__in=made).values_list("pk", "at")) == made
    pdf = bytes(Batch.objects.get(pk=batch.pk).content)
    assert pdf.count(b"/Type /Page/Parent") == STUDENTS
    assert Worker.objects.filter(pk=running.worker_ids[-1]).exists()


@pytest.mark.django_db(transaction=True)
def test_two_workers_share_a_batch(queue):
    world = make_world({f"N{number}": all_at("12") for number in range(STUDENTS)})
    with worker(), worker():
        until(lambda: Worker.objects.alive().count() == 2)
        batch = services.start(session=world.session, kinds=["releve"], form="zip", by=world.president)
        until(lambda: Batch.objects.get(pk=batch.pk).finished_at is not None)
    did = {result.worker_ids[-1] for result in DBTaskResult.objects.all()}

    assert state(batch) == {"done": STUDENTS}
    assert len(did) == 2


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("order", [signal.SIGINT, signal.SIGTERM])
def test_a_worker_that_stops_leaves_no_trace(queue, order):
    """Told as soon as it is known alive, even where a background job ignores Ctrl C."""
    with worker() as process:
        until(Worker.objects.alive().exists)
        process.send_signal(order)
        process.wait(PATIENCE)

    assert not Worker.objects.exists()


# ---------- the rules, without a process ----------


def make_task(worker: str, status: str = TaskResultStatus.RUNNING, **fields) -> DBTaskResult:
    return DBTaskResult.objects.create(
        **{
            "status": status,
            "args_kwargs": {"args": [1], "kwargs": {}},
            "task_path": "jury.documents.batches.tasks.make",
            "backend_name": "default",
            "worker_ids": [worker],
            "started_at": timezone.now(),
        }
        | fields
    )


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["make", "assemble"])
def test_what_waited_while_the_site_was_upgraded_is_still_found(name):
    task = make_task("w", TaskResultStatus.READY, task_path=f"jury.batches.tasks.{name}")

    importlib.import_module("jury.migrations.0021_tasks_moved").move(apps, None)

    task.refresh_from_db()
    assert import_string(task.task_path).name == name


@pytest.mark.django_db
def test_only_the_tasks_of_the_dead_go_back_to_the_queue():
    beat("alive")
    beat("dead")
    Worker.objects.filter(pk="dead").update(seen_at=Now() - DEAD_AFTER - timedelta(seconds=1))
    kept, lost, unknown = make_task("alive"), make_task("dead"), make_task("never seen")
    stopped = make_task("alive", TaskResultStatus.FAILED, exception_class_path="builtins.SystemExit")
    failed = make_task("alive", TaskResultStatus.FAILED, exception_class_path="builtins.ValueError")

    assert revive() == 3
    states = dict(DBTaskResult.objects.values_list("pk", "status"))
    assert [states[task.pk] for task in (kept, lost, unknown, stopped, failed)] == [
        *("RUNNING", "READY", "READY", "READY", "FAILED"),
    ]
    assert revive() == 0


@pytest.mark.django_db
def test_what_is_old_is_forgotten():
    beat("alive")
    beat("gone")
    leave("gone")
    beat("dead")
    Worker.objects.filter(pk="dead").update(seen_at=Now() - timedelta(days=2))
    old = make_task("alive", TaskResultStatus.SUCCESSFUL, finished_at=timezone.now() - timedelta(days=15))
    recent = make_task("alive", TaskResultStatus.SUCCESSFUL, finished_at=timezone.now())
    clean()

    assert list(Worker.objects.values_list("pk", flat=True)) == ["alive"]
    assert list(DBTaskResult.objects.values_list("pk", flat=True)) == [recent.pk]
    assert old.pk != recent.pk
