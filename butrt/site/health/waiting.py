"""Asking what may never answer (a mute server, a mount that is gone) without waiting for it."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable
from concurrent.futures import Future, wait
from threading import Lock, Thread
from typing import Any, TypeVar

Answer = TypeVar("Answer")
_asked: dict[tuple[Hashable, ...], tuple[Future[Any], float]] = {}
_lock = Lock()


def answer_of(
    question: Callable[..., Answer], *about: Hashable, within: float = 3, kept: float = 60
) -> Answer | None:
    """What `question(*about)` answers `within` seconds, its answer `kept` as many; None when it does not yet.

    The same question is never asked twice at once: one that hangs holds a thread, not one a visit.
    It touches no database, whose connections are each a thread's. Raises what it raises.
    """
    key = (question, *about)
    with _lock:
        future, at = _asked.get(key, (None, 0.0))
        if future is None or (future.done() and time.monotonic() - at > kept):
            future = Future()
            _asked[key] = future, time.monotonic()
            Thread(target=_ask, args=(future, question, about), daemon=True).start()
    wait([future], within)
    return future.result() if future.done() else None


def _ask(future: Future[Any], question: Callable[..., Any], about: tuple[Hashable, ...]) -> None:
    try:
        future.set_result(question(*about))
    except BaseException as problem:  # it is raised to who asks
        future.set_exception(problem)
