"""Functions that spend all they can, as an examination would of a hostile document."""

from __future__ import annotations

import os
import signal
import time

from butrt.base.outside import Limits, opened_apart

SHORT = Limits(processor=1, time=1, memory=64 * 2**20, answer=100_000)


class Refused(ValueError):
    pass


@opened_apart(Refused, SHORT)
def spin() -> None:
    while True:
        pass


@opened_apart(Refused, SHORT)
def sleep() -> None:
    time.sleep(60)


@opened_apart(Refused, SHORT)
def swallow() -> int:
    return len(bytearray(512 * 2**20))


@opened_apart(Refused, SHORT)
def tell_at_length() -> bytes:
    return bytes(1_000_000)


@opened_apart(Refused, SHORT)
def crash() -> None:
    os.kill(os.getpid(), signal.SIGSEGV)


@opened_apart(Refused, SHORT)
def answer_with_a_function() -> object:
    return _Forged()


class _Forged:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, ("touch /tmp/forged",)


@opened_apart(Refused, SHORT)
def ask_the_database() -> int:
    from butrt.base.accounts.models import User

    return User.objects.count()


@opened_apart(Refused, SHORT)
def whoami(said: str) -> tuple[int, str]:
    if said == "refuse":
        raise Refused("Non.")
    return os.getpid(), said


@opened_apart(Refused, SHORT)
def linger() -> None:
    """As long as an honest examination."""
    time.sleep(0.4)
