"""The second factor, owed by who has one and by who must: until it is given, nobody is signed in.

Whatever opened the session (a password, the university's sign-in), `signedin.SignedIn` asks here. A session
keeps the mark that the person's factors had when one of them was given; adding or removing one renews the
mark (services.py), and every other session is asked again.
"""

from __future__ import annotations

from typing import Any

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.signals import user_logged_in
from django.contrib.sessions.backends.base import SessionBase
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare

from butrt.base.accounts.models import Role, User

GIVEN = "second_factor"  # of the session: the mark of the person's factors
SITE = "site"  # who administers the site, among the roles of the setting
DEFAULT = (Role.Name.PRESIDENT, Role.Name.SECRETARIAT, Role.Name.ADMINISTRATOR, SITE)


def is_required_of(user: User) -> bool:
    """Whether one of this person's roles must have a second factor."""
    required = settings.BUTRT_SECOND_FACTOR_FOR
    return bool(required) and ((user.is_superuser and SITE in required) or user.is_a(*required))


def owes(user: User, session: SessionBase) -> bool:
    """Whether the second factor that this person has, or must have, is still to be given here."""
    if user.second_factor:
        return not constant_time_compare(session.get(GIVEN, ""), user.second_factor)
    return is_required_of(user)


def is_over(user: User, session: SessionBase) -> bool:
    """Whether the second factor that opened this session was taken away since: it was lost, or stolen."""
    return bool(session.get(GIVEN)) and not user.second_factor


def owing(request: HttpRequest) -> User | None:
    """Who opened this session and is not signed in yet, for want of a second factor."""
    kept: User | None = getattr(request, "owing", None)
    if kept is None and isinstance(request.user, User) and owes(request.user, request.session):
        return request.user
    return kept


def has_key(user: User) -> bool:
    """Whether a passkey or a security key may take the place of a code."""
    return bool(Authenticator.objects.filter(user=user, type=Authenticator.Type.WEBAUTHN).exists())


def next_step(user: User) -> dict[str, str | bool]:
    """What static/signin.js asks for: a "code" (`keys`: or one of the person's keys), or to "choose"."""
    if not user.second_factor:
        return {"step": "choose"}
    return {"step": "code", "keys": has_key(user)}


def give(request: HttpRequest, user: User) -> None:
    """The second factor was given, or just chosen, in this session: the person is signed in."""
    if owing(request):
        request.session.cycle_key()
    request.session[GIVEN] = user.second_factor
    request.user = user
    request.owing = None  # type: ignore[attr-defined]


@receiver(user_logged_in, dispatch_uid="accounts.factors.forget")
def forget(request: HttpRequest, **_: Any) -> None:
    """Who signs in again gives it again."""
    request.session.pop(GIVEN, None)
