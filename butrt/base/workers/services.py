"""What workers do for each other: say that they are alive, take up again the tasks of a dead one."""

from __future__ import annotations

import os
import socket
from datetime import timedelta

from django.db.models.functions import Now
from django.dispatch import Signal
from django.utils import timezone
from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from butrt.base.workers.models import DEAD_AFTER, Worker

# Sent now and then by each worker, for what only time makes due (an old file to remove).
housekeeping = Signal()

# A second Ctrl C ends the task of a worker as if it had failed: it did not.
STOPPED = ("builtins.SystemExit", "builtins.KeyboardInterrupt")
QUEUE_KEPT = timedelta(days=14)


def beat(worker: str) -> None:
    """Say that a worker of this process is alive."""
    Worker.objects.update_or_create(
        pk=worker, defaults={"host": socket.gethostname(), "pid": os.getpid(), "seen_at": Now()}
    )


def leave(worker: str) -> None:
    """Say that a worker stops of itself."""
    Worker.objects.filter(pk=worker).delete()


def revive() -> int:
    """Give the tasks of dead or stopped workers back to the queue; how many there were.

    A task may so run twice, even at the same time when a worker slept long enough to be taken for dead:
    every task is written to be harmless then.
    """
    # The tasks first: whoever holds one was alive before taking it.
    running = DBTaskResult.objects.running().values_list("pk", "worker_ids")
    held = {task: workers[-1] for task, workers in running}
    alive = set(Worker.objects.alive().values_list("pk", flat=True)) if held else set()
    orphans = [task for task, worker in held.items() if worker not in alive]
    again = {"status": TaskResultStatus.READY, "started_at": None, "finished_at": None}
    revived = DBTaskResult.objects.running().filter(pk__in=orphans).update(**again) if orphans else 0
    return revived + DBTaskResult.objects.failed().filter(exception_class_path__in=STOPPED).update(**again)


def clean() -> None:
    """Forget the tasks finished long ago and the workers that died; have the others clean too."""
    DBTaskResult.objects.finished().filter(finished_at__lt=timezone.now() - QUEUE_KEPT).delete()
    Worker.objects.filter(seen_at__lt=Now() - 100 * DEAD_AFTER).delete()
    housekeeping.send(sender=Worker)
