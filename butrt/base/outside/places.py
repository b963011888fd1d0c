"""How many documents are open at once, on the whole machine: a place is a file locked while one is.

Two queues: whoever sends files to the page open to all never keeps a teacher from sending marks.
"""

from __future__ import annotations

import fcntl
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings
from django.core.management.base import CommandError

AGAIN = 0.02  # seconds between two looks for a free place
RETRY_AFTER = 10  # seconds, for who is told to come back


class Busy(CommandError):
    """Every place is taken: to be asked again in a moment.

    A page 503 (`middleware.py`) or, of a command, this sentence and the exit code that says so.
    """

    def __init__(self, page: str = "base/outside/busy.html", *, again: int = RETRY_AFTER) -> None:
        super().__init__(
            "Trop de fichiers sont examinés en ce moment : réessayer dans un instant.",
            returncode=os.EX_TEMPFAIL,
        )
        self.page, self.again = page, again


@dataclass(frozen=True)
class Queue:
    """Who waits together. `places` is the name of a setting; one thread of a process waits, `patience` s.

    `page` is the template that says that there is no place.
    """

    name: str
    places: str
    patience: float
    niceness: int
    page: str = "base/outside/busy.html"
    waiting: threading.Lock = field(default_factory=threading.Lock, compare=False)


STRANGERS = Queue("inconnus", "BUTRT_EXAMINED_FOR_ALL", patience=1.5, niceness=5)
PEOPLE = Queue("site", "BUTRT_EXAMINED", patience=6, niceness=0)
PRINTS = Queue("impressions", "BUTRT_PRINTED", patience=60, niceness=5, page="base/outside/printing.html")
_queue: ContextVar[Queue] = ContextVar("queue", default=PEOPLE)


@contextmanager
def waiting_with(queue: Queue) -> Iterator[None]:
    """Examine in this queue what is examined in the block."""
    token = _queue.set(queue)
    try:
        yield
    finally:
        _queue.reset(token)


@contextmanager
def place(queue: Queue | None = None) -> Iterator[tuple[int, int]]:
    """A place in that queue, or in the one of the block: its file, and how nice to be there. Raises `Busy`.

    Given to the examination too, the file keeps the place until both have closed it.
    """
    queue = queue or _queue.get()
    held = _free(queue)
    if held is None:
        held = _awaited(queue)
    try:
        yield held, queue.niceness
    finally:
        os.close(held)


def _awaited(queue: Queue) -> int:
    """A place that becomes free; a process lends one thread to wait, the others serve pages."""
    if not queue.waiting.acquire(blocking=False):
        raise Busy(queue.page)
    try:
        end = time.monotonic() + queue.patience
        while time.monotonic() < end:
            time.sleep(AGAIN)
            if (held := _free(queue)) is not None:
                return held
        raise Busy(queue.page)
    finally:
        queue.waiting.release()


def _free(queue: Queue) -> int | None:
    folder = Path(settings.DATA_DIR) / "examens"
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(getattr(settings, queue.places)):
        held = os.open(folder / f"{queue.name}-{number}", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(held)
        else:
            return held
    return None
