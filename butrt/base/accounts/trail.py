"""Who signed in, who left, and whose password was wrong: in the journal, without any password."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib.auth.signals import user_login_failed
from django.db import transaction
from django.dispatch import receiver
from django.http import HttpRequest

from butrt.base.accounts.lockout import device_failed
from butrt.base.accounts.models import User, departments_of
from butrt.base.addresses import address_of
from butrt.base.journal.services import record

NAME_TOLD = 3  # characters of a name that is nobody's: a password typed in its place stays a secret


def tell(request: HttpRequest, act: str, user: User, **details: str) -> None:
    """Journal an act of somebody known; inside the transaction of the act."""
    _write(request, act, user, by=user, about=user.username, **details)


def refused(request: HttpRequest, user: User | None, *, name: str, **details: str) -> None:
    """Journal that somebody whom a provider vouches for does not enter; `name` is what it calls them.

    It is no password typed in the wrong place: who opens accounts needs all of it.
    """
    about = user.username if user else f"{name}, compte inconnu" if name else "personne inconnue"
    with transaction.atomic():
        _write(request, "account.sign_in_failed", user, by=None, about=about, **details)


@receiver(user_login_failed, dispatch_uid="accounts.trail.failed")
def failed(credentials: Mapping[str, Any], request: Any = None, **_: Any) -> None:
    """A wrong password, at the sign-in or where it is asked again; not what was refused unread."""
    locked_before = getattr(request, "axes_locked_out", False) and request.axes_failures_since_start is None
    if request is None or locked_before:
        return
    name = str(credentials.get("username", ""))
    device_failed(request, name)
    user = User.objects.filter(username=name).first()
    with transaction.atomic():
        about = user.username if user else f"{name[:NAME_TOLD]}…, compte inconnu"
        _write(request, "account.sign_in_failed", user, by=None, about=about)


def journal(act: str, user: User, by: User | None, **details: Any) -> None:
    """Journal an act on an account, in each department where the person has a role."""
    for department in [*departments_of(user.departments_as())] or [None]:
        record(act=act, about=user.username, by=by, department=department, details=details)


def _write(
    request: HttpRequest, act: str, user: User | None, *, by: User | None, about: str, **details: str
) -> None:
    """In each department of an account; what is nobody's, in the installation's own chain."""
    details = {"address": address_of(request), **details}
    if user:
        journal(act, user, by, **details)
    else:
        record(act=act, about=about, by=by, details=details)
