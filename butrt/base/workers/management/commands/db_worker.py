"""The worker of django-tasks-db, which also says that it is alive and takes up what dead ones left."""

from __future__ import annotations

import logging
import os
import signal
import socket
import sys
from itertools import count
from threading import Event, Thread
from typing import Any

from django.db import DatabaseError, close_old_connections, connection
from django.utils.crypto import get_random_string
from django_tasks_db.management.commands import db_worker

from butrt.base.workers.collecting import collect_seldom
from butrt.base.workers.models import DEAD_AFTER
from butrt.base.workers.services import beat, clean, leave, revive

logger = logging.getLogger("django_tasks_db")

EVERY = DEAD_AFTER.total_seconds() / 4  # seconds between two beats
CLEANED_EVERY = 180  # beats: a quarter of an hour


class Command(db_worker.Command):
    help = (
        "Exécute les travaux longs (documents d’un jury, courriels) : un processus, autant que l’on veut, "
        "sur plusieurs machines si la base est PostgreSQL. S’arrête avec Ctrl C, après le travail en cours."
    )

    def handle(self, *args: Any, worker_id: str, **options: Any) -> None:
        worker = f"{socket.gethostname()[:40]}-{os.getpid()}-{get_random_string(8)}"
        collect_seldom()
        stopping = Event()
        for order in (signal.SIGINT, signal.SIGTERM):  # before the library listens
            signal.signal(order, lambda *_: sys.exit(0))
        heart = Thread(target=keep_beating, args=(worker, stopping), name="heart", daemon=True)
        try:
            beat(worker)
            heart.start()
            super().handle(*args, worker_id=worker, **options)
        finally:
            stopping.set()
            connection.close()  # a signal may cut a transaction short: open, it would hold up the last beat
            if heart.is_alive():
                heart.join(DEAD_AFTER.total_seconds())  # a beat that came after would say that it is alive
            leave(worker)


def keep_beating(worker: str, stopping: Event) -> None:
    """Beat until told to stop. A database that does not answer is asked again at the next beat."""
    for beats in count():
        try:
            close_old_connections()
            beat(worker)
            if revived := revive():
                logger.warning("Took up %d task(s) that a dead worker had left.", revived)
            if beats % CLEANED_EVERY == 0:
                clean()
        except DatabaseError:
            logger.exception("Worker %s could not say that it is alive.", worker)
        if stopping.wait(EVERY):
            break
    connection.close()
