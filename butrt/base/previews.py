"""From a preview to its act: a file, or what was read of it, is kept for who sent it alone, a working day.

The server keeps it (`KeptFile`) or, signed, the browser does (`keep`, `given_back`); what is done is what
was shown, or nothing (`PlanChanged`).
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.core import signing
from django.db import models
from django.utils import timezone

from butrt.base.accounts.models import User
from butrt.base.french import NBSP

KEPT = datetime.timedelta(hours=8)
MOST_NAME = 100  # characters of a file's name: its end, where its kind is
MOST_KEPT = 2**20  # characters in a browser; the results of 120 students make 30,000
GONE = "Le fichier n’est plus gardé : l’envoyer de nouveau. Rien n’est enregistré."
PROPOSAL_GONE = "Cette proposition n’est plus valable : refaire l’envoi. Rien n’est changé."


class Gone(ValueError):
    """What is given back is not ours, not this person's, or too old."""


class PlanChanged(ValueError):
    """What would be done (`plan`, where it is known) is no longer what was shown: nothing is done.

    `about`: what of the page has changed, where it is known.
    """

    def __init__(self, about: str = "Ce que cette page montrait", plan: Any = None) -> None:
        super().__init__(f"{about} a changé entre-temps{NBSP}: relire, puis confirmer.")
        self.plan = plan


# ---------- in the browser ----------


def keep(content: Mapping[str, Any], *, salt: str, by: User, too_much: Exception | None = None) -> str:
    """What was read, as the browser keeps it for this person. Raises `too_much` beyond MOST_KEPT."""
    token = signing.dumps({**content, "by": by.pk}, salt=salt, compress=True)
    if too_much is not None and len(token) > MOST_KEPT:
        raise too_much
    return token


def given_back(token: str, *, salt: str, by: User) -> dict[str, Any]:
    """What the browser gives back. Raises `Gone`."""
    try:
        content: dict[str, Any] = signing.loads(token, salt=salt, max_age=KEPT)
    except signing.BadSignature as error:
        raise Gone from error
    if content["by"] != by.pk:
        raise Gone
    return content


# ---------- at the server ----------


class KeptFileQuerySet(models.QuerySet["KeptFile"]):
    def keep(self, *, by: User, data: bytes, name: str, anew: Mapping[str, Any] = {}, **about: Any) -> Any:
        """Keep a file for who sent it; it replaces the one before (`anew`: what was said of that one)."""
        self._forget()
        file = {"data": data, "name": name[-MOST_NAME:], "sent_at": timezone.now()}
        return self.update_or_create(owner=by, **about, defaults={**file, **anew})[0]

    def of(self, by: User, **about: Any) -> Any:
        """The file that this person sent, unless it has expired."""
        self._forget()
        return self.filter(owner=by, **about).first()

    def _forget(self) -> None:
        self.filter(sent_at__lt=timezone.now() - KEPT).delete()


class KeptFile(models.Model):
    """A file between its sending and what is done of it."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    name = models.CharField("fichier", max_length=MOST_NAME)
    data = models.BinaryField("contenu")
    sent_at = models.DateTimeField("envoyé le")

    objects = KeptFileQuerySet.as_manager()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name
