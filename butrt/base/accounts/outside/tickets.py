"""Which session a CAS ticket opened: when the person leaves the server, it names the ticket and no more."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.models import Session
from django.dispatch import receiver
from django.http import HttpRequest
from django_cas_ng.models import SessionTicket

from butrt.base.accounts.outside import CAME_BY
from butrt.base.workers.services import housekeeping


def keep(request: HttpRequest) -> None:
    """The session's ticket opened this session; to be said again when the session's key changes."""
    came = request.session.get(CAME_BY, {})
    if ticket := came.get("ticket"):
        key = {"session_key": request.session.session_key}
        SessionTicket.objects.update_or_create(ticket=ticket, defaults=key)


def taken(tickets: Collection[str]) -> Iterator[SessionBase]:
    """The sessions that these tickets opened, which they open no more."""
    store = import_module(settings.SESSION_ENGINE).SessionStore
    for known in SessionTicket.objects.filter(ticket__in=tickets):
        known.delete()
        yield store(session_key=known.session_key)


@receiver(housekeeping, dispatch_uid="accounts.outside.tickets.clear")
def clear(**_: Any) -> None:
    """Tickets of sessions that are over."""
    SessionTicket.objects.exclude(session_key__in=Session.objects.values("session_key")).delete()
