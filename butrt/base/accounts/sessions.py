"""How long a session lasts: not past an idle time, nor past twelve hours; those ended are removed."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from time import time
from typing import Any

from django.conf import settings
from django.contrib.auth.signals import user_logged_in
from django.contrib.sessions.backends.base import SessionBase
from django.dispatch import receiver
from django.http import HttpRequest

from butrt.base.workers.services import housekeeping

BEGAN, SEEN = "began", "seen"  # seconds since 1970
WRITTEN_EVERY = 60  # seconds: a page asked does not write each time


@receiver(user_logged_in, dispatch_uid="accounts.sessions.begin")
def begin(request: HttpRequest, **_: Any) -> None:
    request.session[BEGAN] = request.session[SEEN] = int(time())


def is_over(session: SessionBase | Mapping[str, Any]) -> bool:
    """Whether nobody used it for too long, or it began too long ago; one of before these rules is over.

    So is one of a clock that was ahead: its hours would be added to those that it may last.
    """
    now = time()
    idle, age = now - session.get(SEEN, 0), now - session.get(BEGAN, 0)
    longest, longest_idle = settings.BUTRT_SESSION_LONGEST, settings.BUTRT_SESSION_IDLE
    ahead = min(idle, age) < -WRITTEN_EVERY
    return bool(ahead or idle > longest_idle.total_seconds() or age > longest.total_seconds())


def began_lately(session: SessionBase) -> bool:
    """Whether somebody signed in here a moment ago."""
    return 0 <= time() - session.get(BEGAN, 0) <= settings.BUTRT_CONFIRMED_FOR.total_seconds()


def use(session: SessionBase) -> None:
    """Say that somebody is there."""
    if time() - session.get(SEEN, 0) > WRITTEN_EVERY:
        session[SEEN] = int(time())


@receiver(housekeeping, dispatch_uid="accounts.sessions.clear")
def clear(**_: Any) -> None:
    """What `manage.py clearsessions` does, by the workers."""
    import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()
