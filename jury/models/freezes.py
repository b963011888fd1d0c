"""What a session froze before, kept beside what it froze again."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, Q

from butrt.base import french
from butrt.base.light import Light, LightManager, LightQuerySet

from .sittings import Session


class Freeze(Light):
    """Figures once frozen, set aside when the marks were unlocked: what the next ones compare with."""

    session = models.ForeignKey(Session, models.PROTECT, related_name="freezes")
    opened_at = models.DateTimeField("figées le")
    kept_at = models.DateTimeField("mises de côté le")
    motive = models.TextField("motif")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    snapshot = models.JSONField("photographie")

    heavy = ("snapshot",)
    objects = LightManager.from_queryset(LightQuerySet)()  # type: ignore[misc,assignment]

    class Meta:
        verbose_name = "photographie gardée"
        verbose_name_plural = "photographies gardées"
        ordering = ["session", "pk"]
        constraints = [CheckConstraint(condition=~Q(motive=""), name="freeze_has_motive")]

    def __str__(self) -> str:
        return f"{self.session}, chiffres du {french.moment(self.opened_at)}"
