"""Limits of the whole site: what is asked is counted in the database, that all its processes share."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.dispatch import receiver
from django.utils import timezone
from django.utils.crypto import salted_hmac

from butrt.base.accounts.models import Asking
from butrt.base.workers.services import housekeeping

PERIOD = timedelta(hours=1)
SALT = "butrt.accounts.limits"


def asked_too_often(what: str, *, most: int) -> bool:
    """Count one more asking of `what`; whether it makes more than `most` in an hour.

    It is written, then counted: of several at once, none passes that should not. What is refused at once is
    not written: asking again does not make the wait last.
    """
    digest = salted_hmac(SALT, what, algorithm="sha256").hexdigest()
    lately = Asking.objects.filter(digest=digest, at__gt=timezone.now() - PERIOD)
    if lately.count() >= most:
        return True
    Asking.objects.create(digest=digest, at=timezone.now())
    return lately.count() > most


@receiver(housekeeping, dispatch_uid="accounts.limits.forget")
def forget(**_: Any) -> None:
    """An hour later, what was asked counts no more."""
    Asking.objects.filter(at__lt=timezone.now() - PERIOD).delete()
