"""Who did what: append-only chains, one a department, each entry holding the hash of the one before it."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from django.conf import settings
from django.db import models

from butrt.base import french


class Entry(models.Model):
    """One act of one person. Entries are never changed nor removed: the chain would break."""

    at = models.DateTimeField("quand")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="par"
    )
    # Null when the act belongs to no department (an account, an installation).
    department = models.ForeignKey(
        "curriculum.Department", models.PROTECT, null=True, related_name="+", verbose_name="département"
    )
    act = models.CharField("acte", max_length=40)  # "marks.record", "session.open"
    about = models.CharField("objet", max_length=200)
    details = models.JSONField("détails", default=dict)
    previous = models.CharField("empreinte précédente", max_length=64)
    digest = models.CharField("empreinte", max_length=64, unique=True)

    class Meta:
        verbose_name = "entrée du journal"
        verbose_name_plural = "entrées du journal"
        ordering = ["pk"]
        indexes = [
            models.Index(fields=["department", "-at"], name="entry_of_department"),
            models.Index(fields=["department", "act", "-at"], name="entry_of_act_dated"),
        ]

    def __str__(self) -> str:
        return f"{french.moment(self.at)} {self.act} {self.about}"

    def computed_digest(self) -> str:
        """SHA-256 (hex) of what this entry says and of the entry of its chain before it."""
        content: dict[str, Any] = {
            "at": self.at.isoformat(),
            "by": self.by_id,
            "department": self.department_id,
            "act": self.act,
            "about": self.about,
            "details": self.details,
            "previous": self.previous,
        }
        text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


class Head(models.Model):
    """Where a chain stands, kept apart from it: taking its last entries away leaves this behind.

    A row a chain, written with each of its entries. What it cannot tell (it is in the same database), the
    heads printed on the PV and those anchored outside do.
    """

    INSTALLATION = 0  # the chain of what belongs to no department

    # A department's key. Before 0.9 one chain held all departments: the installation's goes on from it.
    chain = models.PositiveBigIntegerField("chaîne", unique=True)
    # Of the installation's: the last entry that it held for all. The chains of departments begin after it,
    # from its hash.
    parted = models.BigIntegerField("dernière entrée commune", default=0)
    number = models.BigIntegerField("dernière entrée")
    digest = models.CharField("son empreinte", max_length=64)
    count = models.PositiveBigIntegerField("nombre d’entrées")
    # How many entries came before this was kept: they tell less than later ones (see jury/checking).
    before = models.PositiveBigIntegerField("entrées d’avant", default=0)

    class Meta:
        verbose_name = "tête du journal"
        verbose_name_plural = "têtes du journal"

    def __str__(self) -> str:
        return f"chaîne {self.chain}, entrée {self.number}, {self.digest[:12]}"
