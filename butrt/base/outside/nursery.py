"""The process that forks the examinations of this one: single-threaded, without database, started once.

A server with threads cannot fork safely, and a Python that imports everything again takes 1.5 s. So the first
examination starts another Python, which imports what is asked for once, then forks a child
for each document. It ends when this process does: its socket closes.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import gc
import importlib
import os
import pickle
import signal
import socket
import subprocess
import sys
import threading
import traceback
from multiprocessing.connection import Connection
from typing import Any, Final

import django
from django.conf import settings

from butrt.base.outside.limits import Limits
from butrt.base.outside.plain import dumps, loads

STARTS_IN: Final = 60  # seconds for the nursery to start and import, on a machine that does much else
LONGEST_NAME: Final = 500
_child = False
_lock = threading.Lock()
_started: tuple[int, subprocess.Popen[bytes], socket.socket] | None = None


def is_child() -> bool:
    """Whether this process is an examination."""
    return _child


# ---------- the side of the site ----------


def ask(module: str, request: bytes, limits: Limits, niceness: int, held: int) -> bytes | None:
    """Have a request done by a child; its answer, or None when it ended without one: a limit was met.

    `held` is the file of its place, kept until it ends. Raises OSError or EOFError when no child can be made.
    """
    ours, theirs = socket.socketpair()
    with Connection(ours.detach()) as line:
        with theirs:
            _beget(f"{niceness} {module}".encode(), [theirs.fileno(), held])
        if not line.poll(STARTS_IN):
            raise TimeoutError("the nursery of examinations does not start")
        line.recv_bytes(8)  # "ready"; the line closed, EOFError: it cannot import the function
        try:
            line.send_bytes(request)
            return line.recv_bytes(limits.answer) if line.poll(limits.time + 5) else None
        except (EOFError, OSError):  # ended by the kernel, or an answer too long
            return None


def _beget(message: bytes, files: list[int]) -> None:
    with _lock:
        control = _control()
        try:
            socket.send_fds(control, [message], files)
        except OSError:  # it was killed: another is started, once
            socket.send_fds(_control(again=True), [message], files)


def _control(*, again: bool = False) -> socket.socket:
    """The socket of this process's nursery, started at need; a forked server starts its own."""
    global _started  # noqa: PLW0603
    if _started is not None and not again and _started[0] == os.getpid():
        return _started[2]
    if _started is not None:
        _end()
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-c", f"from {__name__} import main; main()", str(theirs.fileno())],
            cwd=settings.BASE_DIR,
            # One arena: threads would each reserve addresses, which are counted.
            env=os.environ | {"MALLOC_ARENA_MAX": "1", "BUTRT_DATA_DIR": str(settings.DATA_DIR)},
            stdin=subprocess.DEVNULL,
            pass_fds=[theirs.fileno()],
            start_new_session=True,  # Ctrl-C is for the server; this one ends when its socket closes
        )
    if _started is None:
        atexit.register(_end)
    _started = os.getpid(), process, ours
    return ours


def _end() -> None:
    """Let the nursery go, which ends when nobody holds its socket: a forked process only lets its copy go."""
    if _started is None:
        return
    owner, process, control = _started
    control.close()
    if owner == os.getpid():
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(1)


# ---------- the nursery ----------


def main() -> None:
    control = socket.socket(fileno=int(sys.argv[1]))
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel buries the children
    _set_up()
    while True:
        message, files, _, _ = socket.recv_fds(control, LONGEST_NAME, 2)
        if not message:
            return
        niceness, module = message.decode().split()
        try:
            _ready(module)
            gc.freeze()
            if os.fork() == 0:
                control.close()
                _examine(module, int(niceness), *files)
        except Exception:  # an import of ours that fails: whoever asks sees the line closed
            traceback.print_exc()
        for file in files:
            os.close(file)


def _set_up() -> None:
    """Django's models without any database: an examination that asks for a row is a bug, and fails."""
    settings.DATABASES = {"default": {"ENGINE": "django.db.backends.dummy"}}
    django.setup()


@functools.cache
def _ready(module: str) -> None:
    """Import a module once, and what its `warm_up` reads: its children have it already."""
    getattr(importlib.import_module(module), "warm_up", lambda: None)()


def _examine(module: str, niceness: int, line: int, held: int) -> None:
    """The child: read the request, take its limits, do it, answer, end."""
    global _child  # noqa: PLW0603
    _child = True
    os.nice(niceness)
    try:
        with Connection(line) as answers:
            answers.send_bytes(b"ready")
            name, limits, args, kwargs = pickle.loads(answers.recv_bytes())
            limits.impose()
            answer = _answer(module, name, args, kwargs)
            os.close(held)  # the place is free before the answer is read
            answers.send_bytes(answer)
    finally:
        os._exit(0)


def _answer(module: str, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bytes:
    try:
        result = getattr(importlib.import_module(module), name)(*args, **kwargs)
        return dumps(("found", result))
    except MemoryError:
        return dumps(("too much", None))
    except Exception as error:
        return _raised(error)


def _raised(error: Exception) -> bytes:
    """An exception as its caller will have it; those of libraries as a text."""
    try:
        answer = dumps(("raised", error))
        loads(answer)
    except Exception:
        return dumps(("fault", "".join(traceback.format_exception(error))))
    return answer
