"""The sessions that a person has open: whence, since when; closed one by one or all but this one."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.contrib.auth import HASH_SESSION_KEY
from django.contrib.auth.signals import user_logged_in
from django.contrib.sessions.models import Session
from django.db import transaction
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from butrt.base.accounts.models import OpenSession, User
from butrt.base.accounts.own.devices import agent_of, device
from butrt.base.accounts.sessions import BEGAN, SEEN, is_over
from butrt.base.accounts.trail import journal
from butrt.base.addresses import address_of

if TYPE_CHECKING:
    from butrt.base.accounts.models import SignedInRequest

KEPT_AS = "kept_as"  # of the session: its key when it was kept


@dataclass(frozen=True, slots=True)
class ShownSession:
    """A session as its person is shown it; `here`: the one that asks."""

    key: int
    device: str
    address: str
    began: datetime.datetime
    seen: datetime.datetime
    here: bool


@receiver(user_logged_in, dispatch_uid="accounts.opened.begin")
def begin(request: HttpRequest, user: User, **_: Any) -> None:
    """Keep whence a session is opened; its answer will have the device known again (signedin.py)."""
    request.just_signed_in = user  # type: ignore[attr-defined]
    keep(request, user)


def follow(request: HttpRequest) -> None:
    """Keep anew whence a session comes once it has another key, as a second factor gives it one."""
    if request.session.get(KEPT_AS) != request.session.session_key and isinstance(request.user, User):
        keep(request, request.user)


def keep(request: HttpRequest, user: User) -> None:
    """Keep whence this session comes, under the key that it has."""
    if request.session.session_key is None:
        request.session.create()
    request.session[KEPT_AS] = request.session.session_key
    OpenSession.objects.update_or_create(
        session_id=request.session.session_key,
        defaults={"user": user, "address": address_of(request), "user_agent": agent_of(request)},
    )


def opened_by(request: SignedInRequest) -> list[ShownSession]:
    """The person's sessions that still open something, this one first, then those used last. One query."""
    rows = request.user.open_sessions.filter(session__expire_date__gt=timezone.now())
    sessions = [
        _opened(row, data, here=row.session_id == request.session.session_key)
        for row in rows.select_related("session")
        if _opens((data := row.session.get_decoded()), request.user)
    ]
    return sorted(sessions, key=lambda session: (session.here, session.seen), reverse=True)


def _opens(data: Mapping[str, Any], user: User) -> bool:
    """Whether a session is neither over, nor of a password of before."""
    proof = data.get(HASH_SESSION_KEY, "")
    return not is_over(data) and constant_time_compare(proof, user.get_session_auth_hash())


def _opened(row: OpenSession, data: Mapping[str, Any], *, here: bool) -> ShownSession:
    began, seen = (datetime.datetime.fromtimestamp(data[name], datetime.UTC) for name in (BEGAN, SEEN))
    return ShownSession(row.pk, device(row.user_agent), row.address, began, seen, here)


@transaction.atomic
def close(*, user: User, key: int, here: str) -> str:
    """End one of the person's other sessions, at its very next request; its device in words, "" for none."""
    row = OpenSession.objects.filter(user=user, pk=key).exclude(session=here).first()
    if row is None:
        return ""
    Session.objects.filter(pk=row.session_id).delete()
    closed = device(row.user_agent)
    journal("account.sessions", user, user, sessions=[closed], address=row.address)
    return closed


@transaction.atomic
def close_others(*, user: User, here: str) -> int:
    """End all the sessions of a person but this one ("" for all); how many there were."""
    rows = list(OpenSession.objects.filter(user=user).exclude(session=here))
    Session.objects.filter(pk__in=[row.session_id for row in rows]).delete()
    if rows:
        journal("account.sessions", user, user, sessions=[device(row.user_agent) for row in rows])
    return len(rows)
