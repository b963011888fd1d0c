"""What pages ask to print: in a line of its own in each process, one at a time, whoever still waits for it.

A page that waits holds a thread of the site: few do, and not for long. The others are told when to ask again
(a page 503 that does it by itself), and what they asked for is printed meanwhile, to be found kept. An act,
which prints within its transaction, goes first and waits: closing a jury never depends on who asks what.
"""

from __future__ import annotations

import itertools
import math
import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from queue import PriorityQueue

from butrt.base.documents.kept import RenderedPdf
from butrt.base.outside import PRINTS, Busy

SEATS = 2  # pages of a process that wait at once: half of the threads of a server
PATIENCE = 8.0  # seconds
MOST = 300  # documents in the line: each is held with its page
LATEST = 60  # seconds, before a page asks again

Make = Callable[[], RenderedPdf]


class Printer:
    """The line of a process, and the thread that prints."""

    def __init__(self) -> None:
        self.process = os.getpid()
        self.asked: dict[str, Future[RenderedPdf]] = {}
        self.line: PriorityQueue[tuple[bool, int, str, Make]] = PriorityQueue()
        self.lock, self.seats = threading.Lock(), threading.BoundedSemaphore(SEATS)
        self.numbers, self.took = itertools.count(), 1.0
        threading.Thread(target=self._print, name="printer", daemon=True).start()

    def wait_for(self, key: str, make: Make) -> RenderedPdf:
        """What `make` prints, in its turn. Raises `Busy`, that says when to ask again."""
        made, ahead = self._ask(key, make, first=False)
        if not self.seats.acquire(blocking=False):
            raise self._busy(ahead)
        try:
            return made.result(PATIENCE)
        except TimeoutError:
            raise self._busy(self._ahead(key)) from None
        finally:
            self.seats.release()

    def print_first(self, key: str, make: Make) -> RenderedPdf:
        """The same for an act: at once after what is being printed."""
        return self._ask(key, make, first=True)[0].result()

    def _ask(self, key: str, make: Make, *, first: bool) -> tuple[Future[RenderedPdf], int]:
        """A place in the line, the same for who asks again, and how many are before."""
        with self.lock:
            made = self.asked.get(key)
            if made is not None and made.done():  # it failed meanwhile: said now, tried again next time
                del self.asked[key]
                return made, 0
            if made is None or first:
                if not first and self.line.qsize() >= MOST:
                    raise self._busy(MOST)
                made = self.asked[key] = made or Future()
                self.line.put((not first, next(self.numbers), key, make))
            return made, self._ahead(key)

    def _ahead(self, key: str) -> int:
        waiting = [other for other, made in list(self.asked.items()) if not made.done()]
        return waiting.index(key) if key in waiting else 0

    def _busy(self, ahead: int) -> Busy:
        return Busy(PRINTS.page, again=min(LATEST, 2 + math.ceil(ahead * self.took)))

    def _print(self) -> None:
        while True:
            _, _, key, make = self.line.get()
            made = self.asked.get(key)
            if made is None or made.done():  # an act asked for it too, and went first
                continue
            began = time.monotonic()
            try:
                result = make()
            except Exception as error:  # for whoever asked
                made.set_exception(error)
            else:
                with self.lock:
                    del self.asked[key]
                made.set_result(result)
            self.took = (self.took + time.monotonic() - began) / 2


_printer: Printer | None = None
_starting = threading.Lock()


def printer() -> Printer:
    """That of this process: one that was forked starts its own."""
    global _printer  # noqa: PLW0603
    with _starting:
        if _printer is None or _printer.process != os.getpid():
            _printer = Printer()
        return _printer
