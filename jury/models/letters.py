"""What a department writes on its documents: its head, its words, its choices; signatures by hand."""

from __future__ import annotations

from base64 import b64encode

from django.conf import settings
from django.db import models
from django.db.models import UniqueConstraint

from butrt.base.documents.printed import PrintedTexts
from curriculum.models import Department


class Letterhead(PrintedTexts):
    """A version of the head and signatory of a department's documents. Never altered."""

    department = models.ForeignKey(Department, models.PROTECT, related_name="letterheads")
    version = models.PositiveSmallIntegerField("version")
    at = models.DateTimeField("enregistrée le")
    # Null: the one that came with butrt.
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="auteur"
    )
    university = models.CharField("université", max_length=120)
    institute = models.CharField("établissement", max_length=120)
    unit = models.CharField("service", max_length=120)
    address = models.TextField("adresse", max_length=400, blank=True)
    contact = models.TextField("contact", max_length=400, blank=True)
    city = models.CharField("fait à", max_length=80)
    # Who decides and signs where no jury does: a resignation, an exclusion, an attestation.
    authority = models.CharField("autorité de l’établissement", max_length=120, blank=True)
    signatory = models.CharField("signataire pour l’établissement", max_length=120, blank=True)
    quality = models.CharField("qualité du signataire", max_length=120, blank=True)
    delegation = models.CharField("délégation de signature", max_length=200, blank=True)
    court = models.TextField("tribunal administratif", max_length=300, blank=True)
    # A PNG that we encoded ourselves; empty: a frame to sign by hand.
    signature = models.BinaryField("signature", blank=True, default=b"")
    # A PNG that we encoded ourselves (jury/documents/letters/logo.py); empty: our own drawing.
    logo = models.BinaryField("logo", blank=True, default=b"")

    class Meta:
        verbose_name = "en-tête"
        ordering = ["department", "-version"]
        constraints = [UniqueConstraint(fields=["department", "version"], name="letterhead_version_once")]

    def __str__(self) -> str:
        return f"En-tête {self.department}, version {self.version}"

    @property
    def logo_address(self) -> str:
        """The logo inside the page itself, a `data:` address; "" without one."""
        return png_address(self.logo)


def png_address(png: bytes | memoryview) -> str:
    """A PNG inside a page, as a `data:` address; "" without one."""
    return f"data:image/png;base64,{b64encode(bytes(png)).decode()}" if png else ""


class Handwriting(models.Model):
    """The signature by hand of somebody who presides juries: on the letters of those juries, no other."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="handwriting", verbose_name="compte"
    )
    # That we encoded ourselves (jury/documents/letters/logo.py).
    png = models.BinaryField("image PNG")
    at = models.DateTimeField("enregistrée le", auto_now=True)

    class Meta:
        verbose_name = "signature manuscrite"

    def __str__(self) -> str:
        return f"signature de {self.user}"


class LetterText(models.Model):
    """A version of the words of a kind of letter of a department. Never altered."""

    class Kind(models.TextChoices):
        NOTIFICATION = "notification", "Notification de décision"
        FACT = "constat", "Démission, abandon, exclusion, année blanche"
        REMEDIES = "recours", "Voies et délais de recours"
        SUCCESS = "reussite", "Attestation de réussite de l’année"
        UNITS = "ue", "Attestation d’UE et d’ECTS acquis"
        DUT = "dut", "Attestation d’obtention du DUT"
        BUT = "but", "Attestation de réussite au BUT"

    department = models.ForeignKey(Department, models.PROTECT, related_name="letter_texts")
    # But for the remedies and the facts, a key of jury.documents.kinds.KINDS.
    kind = models.CharField("lettre", max_length=12, choices=Kind)
    version = models.PositiveSmallIntegerField("version")
    at = models.DateTimeField("enregistrée le")
    # Null: the one that came with butrt.
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="auteur"
    )
    title = models.CharField("titre", max_length=200)
    # Paragraphs, headings, lists and {fields}: see jury/documents/letters/texts.py.
    body = models.TextField("texte", max_length=12_000)

    class Meta:
        verbose_name = "texte de lettre"
        ordering = ["department", "kind", "-version"]
        constraints = [
            UniqueConstraint(fields=["department", "kind", "version"], name="letter_text_version_once")
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, version {self.version}"


class DocumentChoices(models.Model):
    """What a department wants on its PV and transcripts; a session keeps those of the day it was closed."""

    department = models.OneToOneField(Department, models.CASCADE, related_name="document_choices")
    # The texts in view, a string each, with {fields}: see jury/documents/choices/visas.py.
    visas = models.JSONField("visas du procès-verbal")
    class_figures = models.BooleanField("chiffres de la promotion sur le relevé", default=True)
    class_rank = models.BooleanField("rang sur le relevé", default=False)
    appreciations = models.BooleanField("appréciations sur le relevé", default=False)

    class Meta:
        verbose_name = "choix des documents"
        verbose_name_plural = "choix des documents"

    def __str__(self) -> str:
        return f"PV et relevés de {self.department}"
