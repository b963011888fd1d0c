"""Files of students on their way in, and what takes an import back."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint

from butrt.base.previews import KeptFile
from grades.models.cohorts import Cohort


class StudentFile(KeptFile):
    """A file of students between its sending and its import."""

    cohort = models.ForeignKey(Cohort, models.CASCADE, related_name="+")
    # {"3": "last_name"}: what its reader confirmed that each column holds; null until then.
    columns = models.JSONField("colonnes", null=True, blank=True)

    class Meta:
        verbose_name = "fichier d’étudiants"
        verbose_name_plural = "fichiers d’étudiants"
        constraints = [UniqueConstraint(fields=["cohort", "owner"], name="student_file_one_at_a_time")]


class StudentImport(models.Model):
    """An import of students, with all it takes to take it back; see grades/intake/importing.py."""

    cohort = models.ForeignKey(Cohort, models.PROTECT, related_name="imports")
    name = models.CharField("fichier", max_length=100)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField("fait le")
    # Keys, and the fields before and after: {"created": […], "enrolled": […], "changed": […], "groups": […]}.
    done = models.JSONField("ce qui a été fait")
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    undone_at = models.DateTimeField("annulé le", null=True, blank=True)

    class Meta:
        verbose_name = "import d’étudiants"
        verbose_name_plural = "imports d’étudiants"
        ordering = ["-at", "-pk"]
        constraints = [
            CheckConstraint(
                condition=Q(undone_at__isnull=True, undone_by__isnull=True)
                | Q(undone_at__isnull=False, undone_by__isnull=False),
                name="student_import_undone_by_someone",
            )
        ]

    def __str__(self) -> str:
        return f"{self.name}, {self.cohort}"
