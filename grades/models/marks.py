"""Marks, and everything that each of them was."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint

from grades.models.enrolments import Enrolment
from grades.models.teaching import Assessment


class Mark(models.Model):
    """One student's result at one évaluation: a value, a code, or nothing yet (emptied again)."""

    class Code(models.TextChoices):
        UNEXCUSED = "ABI", "absence injustifiée"
        EXCUSED = "ABJ", "absence justifiée"
        AWAITED = "ATT", "note attendue"

    assessment = models.ForeignKey(Assessment, models.PROTECT, related_name="marks")
    enrolment = models.ForeignKey(Enrolment, models.PROTECT, related_name="marks")
    value = models.DecimalField("note", max_digits=5, decimal_places=2, null=True, blank=True)
    code = models.CharField("code", max_length=3, choices=Code, blank=True)
    # Counts the changes: a save that does not know the last one is refused, nobody's typing is lost.
    version = models.PositiveIntegerField("version", default=1)
    entered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    entered_at = models.DateTimeField("saisie le")

    class Meta:
        verbose_name = "note"
        constraints = [
            UniqueConstraint(fields=["assessment", "enrolment"], name="mark_one_per_student"),
            CheckConstraint(
                condition=Q(value__isnull=True) | Q(code=""),
                name="mark_value_or_code",
                violation_error_message="Une note ou un code d’absence, pas les deux.",
            ),
            CheckConstraint(condition=Q(value__isnull=True) | Q(value__gte=0), name="mark_not_negative"),
            CheckConstraint(condition=Q(code__in=["", "ABI", "ABJ", "ATT"]), name="mark_code_known"),
            CheckConstraint(condition=Q(version__gte=1), name="mark_version_counts"),
        ]

    def __str__(self) -> str:
        return f"{self.enrolment.student} : {self.code or self.value}"


class MarkChange(models.Model):
    """One line of a mark's history: what it became, by whom, when, from where. Never changed."""

    class Origin(models.TextChoices):
        SCREEN = "screen", "écran"
        WORKBOOK = "workbook", "classeur"
        LIST = "list", "liste"
        CORRECTION = "correction", "correction"
        LOADING = "loading", "chargement"

    mark = models.ForeignKey(Mark, models.PROTECT, related_name="changes")
    version = models.PositiveIntegerField("version")
    value = models.DecimalField("note", max_digits=5, decimal_places=2, null=True)
    code = models.CharField("code", max_length=3, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField("quand")
    origin = models.CharField("origine", max_length=10, choices=Origin)

    class Meta:
        verbose_name = "modification de note"
        ordering = ["mark", "version"]
        constraints = [UniqueConstraint(fields=["mark", "version"], name="mark_change_once")]

    def __str__(self) -> str:
        return f"{self.mark_id} v{self.version} : {self.code or self.value}"
