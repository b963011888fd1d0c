"""What the Apogée of the site calls ours, and the file that it gave out."""

from __future__ import annotations

from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint

from butrt.base.previews import KeptFile
from curriculum.models import Department, Programme

from .decisions import CODES


class ApogeeElement(models.Model):
    """What a UE, a RCUE, a semester, a year, a ressource or a SAÉ is called in Apogée, by programme."""

    class Target(models.TextChoices):
        UNIT = "unit", "UE"
        RCUE = "rcue", "RCUE"
        SEMESTER = "semester", "semestre"
        YEAR = "year", "année"
        ELEMENT = "element", "ressource ou SAÉ"

    programme = models.ForeignKey(Programme, models.CASCADE, related_name="apogee_elements")
    target = models.CharField("objet", max_length=8, choices=Target)
    # "UE31", "RT1/2", "S3", "BUT2", "R301"
    subject = models.CharField("objet nommé", max_length=50)
    # One or several, each perhaps with its version: "V3RTU1, V3RT!231".
    codes = models.CharField("codes Apogée", max_length=200)

    class Meta:
        verbose_name = "élément Apogée"
        verbose_name_plural = "éléments Apogée"
        ordering = ["programme", "target", "subject"]
        constraints = [
            UniqueConstraint(fields=["programme", "target", "subject"], name="apogee_element_once"),
            CheckConstraint(condition=~Q(codes=""), name="apogee_element_has_codes"),
        ]

    def __str__(self) -> str:
        return f"{self.get_target_display()} {self.subject}"


class ApogeeCode(models.Model):
    """How a code of ours is said in the Apogée of the site; empty: never written there."""

    department = models.ForeignKey(Department, models.CASCADE, related_name="apogee_codes")
    target = models.CharField("objet", max_length=8, choices=ApogeeElement.Target)
    code = models.CharField("code", max_length=8)
    written = models.CharField("code Apogée", max_length=8, blank=True)

    class Meta:
        verbose_name = "code Apogée"
        verbose_name_plural = "codes Apogée"
        ordering = ["department", "target", "code"]
        constraints = [
            UniqueConstraint(fields=["department", "target", "code"], name="apogee_code_once"),
            CheckConstraint(condition=Q(code__in=CODES), name="apogee_code_known"),
        ]

    def __str__(self) -> str:
        return f"{self.get_target_display()} {self.code} : {self.written or 'rien'}"


class ApogeeUpload(KeptFile):
    """A file that Apogée gave out, between its sending and its filling."""

    session = models.ForeignKey("Session", models.CASCADE, related_name="+")

    class Meta:
        verbose_name = "fichier Apogée"
        verbose_name_plural = "fichiers Apogée"
        constraints = [UniqueConstraint(fields=["session", "owner"], name="apogee_upload_one_at_a_time")]
