"""The documents of a jury, prepared by two workers from its closing on; then from the click to the file.

On a PostgreSQL of its own that waits for the disk, as an installation's: workers leave what they print there.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import time
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from tests.benchmarks import apart
from tests.benchmarks.scale.ground import LASTING, stand_on

FOLDER = stand_on("tests.benchmarks.documents", LASTING)

from django.db import connection  # noqa: E402
from django.urls import reverse  # noqa: E402
from django_tasks_db.models import DBTaskResult  # noqa: E402

from butrt.base.workers.models import Worker  # noqa: E402
from jury.documents.batches.services import start  # noqa: E402
from jury.documents.preparing import tasks  # noqa: E402
from jury.models import Batch, Member, Printed, Session  # noqa: E402
from jury.sittings import services  # noqa: E402
from tests.benchmarks.acts import client_of  # noqa: E402
from tests.benchmarks.scale import servers  # noqa: E402
from tests.benchmarks.years_behind import built, read, settle  # noqa: E402

if TYPE_CHECKING:
    from tests.benchmarks.measures import Measure

WORKERS = 2
TIMES = 3
WITHIN = 1800  # seconds
PREPARED = {
    "de la clôture au PV": tasks.PV,
    "de la clôture à ce que chacun reçoit": tasks.SENT,
    "de la clôture à tous les documents": tasks.ATTESTATIONS,
}
"""What is ready, and the least priority of the tasks that make it."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="tests.benchmarks.documents")
    parser.add_argument("--students", type=int, required=True)
    students = parser.parse_args().students
    session = built(students, 0)
    DBTaskResult.objects.all().delete()  # the documents of the demonstration's own juries
    services.open_deliberation(session=session, by=session.president, motive="Mesure.")
    settle(session)
    session.members.update(presence=Member.Presence.PRESENT)
    workers = [servers.worker(f"worker-{place}", FOLDER, shared=True) for place in range(WORKERS)]
    try:
        for worker in workers:
            worker.start()
        _wait(lambda: Worker.objects.count() == WORKERS)
        lines = _prepared(session, workers) | _given(session)
    finally:
        for worker in workers:
            worker.stop()
        connection.close()
    shutil.rmtree(FOLDER)
    apart.answer({f"{students} × documents": lines})


def _prepared(session: Session, workers: list[servers.Server]) -> dict[str, Measure]:
    """From the closing until each kind is ready: how long, and the processor of all that works at it."""
    roots = [servers.postgres(), *(worker.process.pid for worker in workers if worker.process)]

    def processor() -> float:
        return time.process_time() + sum(map(servers.processor, roots))

    lasted: dict[str, Measure] = {}
    spent: dict[str, Measure] = {}
    began, before = time.monotonic(), processor()
    services.close(session=read(session), by=session.president)
    for name, priority in PREPARED.items():
        _wait(partial(_done, priority))
        lasted[name] = {"value": round(time.monotonic() - began, 1), "unit": "s"}
        spent[f"{name}, processeur"] = {"value": round(processor() - before, 1), "unit": "s"}
    if failed := DBTaskResult.objects.failed().first():
        raise SystemExit(failed.traceback)
    documents = Printed.objects.count()
    whole = (processor() - before) / documents
    return {
        **lasted,
        **spent,
        "documents préparés": {"value": documents},
        "un document préparé, processeur": {"value": round(1000 * whole), "unit": "ms"},
    }


def _done(priority: int) -> bool:
    return not DBTaskResult.objects.filter(priority__gte=priority, finished_at=None).exists()


def _given(session: Session) -> dict[str, Measure]:
    """From the click to the file, once all is ready."""
    client = client_of(session.president)

    def minutes() -> None:
        answer = client.get(reverse("jury:minutes_pdf", args=[session.pk, 1]))
        assert answer.content.startswith(b"%PDF"), answer

    def transcripts() -> None:
        batch = start(session=read(session), kinds=["releve"], form=Batch.Form.ZIP, by=session.president)
        _wait(lambda: Batch.objects.filter(pk=batch.pk, finished_at__isnull=False).exists())
        answer = client.get(reverse("jury:batch_file", args=[session.pk, batch.pk]))
        assert len(answer.content) > 10_000 * batch.pieces.count()

    return {
        "le PV, du clic au fichier": _clocked(minutes),
        "tous les relevés en un ZIP, du clic au fichier": _clocked(transcripts),
    }


def _clocked(act: Callable[[], None]) -> Measure:
    lasted = []
    for _ in range(TIMES):
        began = time.monotonic()
        act()
        lasted.append(time.monotonic() - began)
    return {"value": round(statistics.median(lasted), 2), "unit": "s"}


def _wait(until: Callable[[], bool]) -> None:
    """Raises TimeoutError when it does not come."""
    end = time.monotonic() + WITHIN
    while not until():
        if time.monotonic() > end:
            raise TimeoutError
        time.sleep(0.05)


if __name__ == "__main__":
    main()
