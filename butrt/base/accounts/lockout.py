"""Wrong passwords: who tries too many waits, and no stranger shuts anybody else's account.

django-axes counts and locks by account and address: from elsewhere the right password still opens. The more
an account is tried from everywhere, the fewer tries each address has. An address that tries many names waits
too. Who signed in before from a device is known there by a cookie, and is not held up by what others try.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from axes.handlers.database import AxesDatabaseHandler
from axes.models import AccessAttempt
from django.conf import settings
from django.core import signing
from django.db.models import QuerySet, Sum
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac

from butrt.base.accounts.models import User

TRIES = 10  # of one address on one account, then it waits an hour (AXES_COOLOFF_TIME)
TRIES_OF_DEVICE = 10  # of a known device on an account, in an hour
NAMES, PERIOD = 20, timedelta(minutes=10)  # wrong passwords of one address, on all accounts
COOKIE, SALT = f"{settings.BUTRT_COOKIES}butrt_device", "butrt.accounts.lockout"
KEPT = timedelta(days=180)
CODES = 5  # wrong codes of a second factor on an account, then it waits an hour
MOST_KNOWN = 5  # people who share a device

Credentials = Mapping[str, Any] | None


class Handler(AxesDatabaseHandler):
    """axes' own, which also has an address wait when it tries many names."""

    def is_locked(self, request: HttpRequest, credentials: dict[str, Any] | None = None) -> bool:
        return super().is_locked(request, credentials) or _tries_many_names(request)


def _tries_many_names(request: Any) -> bool:
    lately = AccessAttempt.objects.filter(
        ip_address=request.axes_ip_address, attempt_time__gt=timezone.now() - PERIOD
    )
    return (lately.aggregate(all=Sum("failures_since_start"))["all"] or 0) >= NAMES


def failure_limit(request: HttpRequest, credentials: Credentials) -> int:
    """How many wrong passwords an address has for an account: the fewer, the more it is tried; never none."""
    name = (credentials or {}).get("username")
    failed = AccessAttempt.objects.filter(username=name).aggregate(all=Sum("failures_since_start"))["all"]
    return max(1, TRIES - (failed or 0) // TRIES)


# ---------- codes of a second factor ----------


def waits_for_code(user: User) -> bool:
    """Whether too many wrong codes were given for this account, from anywhere, the last within the hour.

    Who gives one knows the password: no stranger makes anybody wait here.
    """
    lately = timezone.now() - timedelta(hours=settings.AXES_COOLOFF_TIME)
    return _wrong_codes(user).filter(failures_since_start__gte=CODES, attempt_time__gt=lately).exists()


def code_failed(user: User) -> bool:
    """Count a wrong code, under the account's lock; whether it was the last that may be tried for an hour.

    A right code, or an hour without any, and all are forgotten.
    """
    tried, _ = _wrong_codes(user).get_or_create(
        username=_codes_of(user), defaults={"ip_address": None, "failures_since_start": 0}
    )
    if tried.failures_since_start >= CODES:
        tried.failures_since_start = 0
    tried.failures_since_start += 1
    tried.attempt_time = timezone.now()
    tried.save()
    return tried.failures_since_start == CODES


def forget_codes(user: User) -> None:
    """A right code was given, or there is none to give any more."""
    _wrong_codes(user).delete()


def _wrong_codes(user: User) -> QuerySet[AccessAttempt]:
    return AccessAttempt.objects.filter(username=_codes_of(user))


def _codes_of(user: User) -> str:
    """Among axes' own rows, a name that is no account's: none has a colon."""
    return f"code:{user.pk}"


# ---------- known devices ----------


def is_known_device(request: HttpRequest, credentials: Credentials) -> bool:
    """Whether this account was signed in from this device, with the password it has; within its own tries."""
    if COOKIE not in request.COOKIES:
        return False
    device, people = _known_to(request)
    user = User.objects.filter(username=(credentials or {}).get("username")).first()
    if user is None or not constant_time_compare(people.get(str(user.pk), ""), _proof(user)):
        return False
    lately = timezone.now() - timedelta(hours=settings.AXES_COOLOFF_TIME)
    return _tries(device, user).filter(attempt_time__gt=lately).count() < TRIES_OF_DEVICE


def device_failed(request: HttpRequest, username: str) -> None:
    """Count a wrong password of a known device."""
    user = User.objects.filter(username=username).first()
    if user is not None and COOKIE in request.COOKIES:
        AccessAttempt.objects.create(username=_device(_known_to(request)[0], user), failures_since_start=1)


def remember_device(request: HttpRequest, response: HttpResponseBase, user: User) -> None:
    """Know this device again: a cookie that tells nothing of the password, and dies with it."""
    device, people = _known_to(request)
    people.pop(str(user.pk), None)
    recent = dict(list(people.items())[1 - MOST_KNOWN :]) | {str(user.pk): _proof(user)}
    _tries(device, user).delete()
    response.set_cookie(
        COOKIE,
        signing.dumps([device, recent], salt=SALT),
        max_age=KEPT,
        path=settings.SESSION_COOKIE_PATH,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Strict",
    )


def _known_to(request: HttpRequest) -> tuple[str, dict[str, str]]:
    """The device's name, and {account's key: proof} of who signed in from it."""
    try:
        device, people = signing.loads(request.COOKIES.get(COOKIE, ""), salt=SALT, max_age=KEPT)
    except signing.BadSignature:
        return secrets.token_hex(8), {}
    return device, people


def _proof(user: User) -> str:
    return salted_hmac(SALT, user.password, algorithm="sha256").hexdigest()[:32]


def _tries(device: str, user: User) -> QuerySet[AccessAttempt]:
    """The wrong passwords of a device on an account, a row each: in the database, for all processes."""
    return AccessAttempt.objects.filter(username=_device(device, user))


def _device(device: str, user: User) -> str:
    """Among axes' own rows, as `_codes_of`."""
    return f"device:{device}:{user.pk}"
