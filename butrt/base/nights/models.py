"""What the nightly acts said."""

from __future__ import annotations

from django.db import models

from butrt.base import french


class Run(models.Model):
    """One nightly act, from its beginning to what it said; one without an end was killed, or still runs."""

    class Act(models.TextChoices):
        BACKUP = "backup", "Sauvegarde"
        DRILL = "drill", "Restauration d’essai"
        PROOF = "proof", "Preuve de la nuit"
        ANCHOR = "anchor", "Ancrage du journal"

    act = models.CharField("acte", max_length=16, choices=Act)
    host = models.CharField("machine", max_length=200)
    began_at = models.DateTimeField("commencé le")
    ended_at = models.DateTimeField("fini le", null=True)
    went_well = models.BooleanField("réussi", default=False)
    summary = models.TextField("ce qui s’est passé", blank=True)  # French, for who runs the site
    details = models.JSONField("détails", default=dict)  # figures, fingerprints

    class Meta:
        verbose_name = "acte de la nuit"
        verbose_name_plural = "actes de la nuit"
        ordering = ["-pk"]
        indexes = [models.Index(fields=["act", "-began_at"], name="run_of_act")]

    def __str__(self) -> str:
        return f"{self.get_act_display()}, {french.moment(self.began_at)}"
