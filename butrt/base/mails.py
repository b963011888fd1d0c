"""Sending mails one by one: whose left, whose did not."""

from __future__ import annotations

from collections.abc import Iterable
from smtplib import SMTPException
from typing import TypeVar

from django.conf import settings
from django.core.mail import EmailMessage, get_connection

T = TypeVar("T")
NOWHERE = ("django.core.mail.backends.console.EmailBackend", "django.core.mail.backends.dummy.EmailBackend")


def leave() -> bool:
    """Whether mails reach anybody: a server is given, or the demonstration, whose console its user reads."""
    return bool(settings.DEMO) or settings.EMAIL_BACKEND not in NOWHERE


def deliver(mails: Iterable[tuple[T, EmailMessage]]) -> tuple[list[T], list[T]]:
    """Send each mail; who was written to, and whom the server refused; a mute one is asked once.

    Outside any transaction: none can be called back, and a slow server must not keep others waiting.
    """
    letters = list(mails)
    if not letters:
        return [], []
    connection = get_connection()
    sent: list[T] = []
    failed: list[T] = []
    try:
        connection.open()
    except (SMTPException, OSError):
        return [], [recipient for recipient, _ in letters]
    for recipient, message in letters:
        message.connection = connection
        try:
            message.send()
        except (SMTPException, OSError):
            failed.append(recipient)
        else:
            sent.append(recipient)
    connection.close()
    return sent, failed
