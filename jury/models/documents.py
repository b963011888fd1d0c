"""What comes out of a session: the versions of its PV, the documents given out, those made in batches."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint
from django.urls import reverse

from butrt.base import french
from butrt.base.documents.verification_codes import new_code
from butrt.base.light import Light, LightManager, LightQuerySet
from grades.models import Student


class Minutes(Light):
    """A version of the PV: the frozen data, the decisions, the document and its signatures. Never altered."""

    session = models.ForeignKey("Session", models.PROTECT, related_name="minutes")
    version = models.PositiveSmallIntegerField("version")
    created_at = models.DateTimeField("établi le")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    # SHA-256 of the content (jury.documents.fingerprints), written on the PV.
    fingerprint = models.CharField("empreinte", max_length=64)
    # What this version changes, and why; empty for the first.
    changes = models.TextField("modifications", blank=True)
    # The numbers of the students whose documents it replaces; null: everybody's, as the first version does.
    touched = models.JSONField("étudiants concernés", null=True, blank=True)
    # The whole of what the PV prints: snapshot, decisions taken, verdicts (see jury/minutes).
    content = models.JSONField("contenu")

    heavy = ("content",)
    objects = LightManager.from_queryset(LightQuerySet)()  # type: ignore[misc,assignment]

    class Meta:
        verbose_name = verbose_name_plural = "procès-verbal"
        ordering = ["session", "-version"]
        constraints = [UniqueConstraint(fields=["session", "version"], name="minutes_version_once")]

    def __str__(self) -> str:
        return f"PV {self.session}, version {self.version}"

    def touches(self, number: str) -> bool:
        """Whether the documents of this student are from this version on its own; "": the PV, always."""
        return self.touched is None or not number or number in self.touched


class MinutesRevision(models.Model):
    """The PDF of a PV after each step (fields, president, seal): only the stored hash reveals a rollback."""

    minutes = models.ForeignKey(Minutes, models.PROTECT, related_name="revisions")
    step = models.PositiveSmallIntegerField("étape")
    # The signature field filled; empty for the steps that nobody signs (empty fields, validation data).
    field = models.CharField("champ", max_length=40, blank=True)
    label = models.CharField("signature", max_length=120)
    signer = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    at = models.DateTimeField("le")
    sha256 = models.CharField("empreinte", max_length=64)
    pdf = models.BinaryField("PDF")

    class Meta:
        verbose_name = "révision du PV"
        ordering = ["minutes", "step"]
        constraints = [UniqueConstraint(fields=["minutes", "step"], name="minutes_revision_once")]

    def __str__(self) -> str:
        return f"{self.minutes}, {self.label}"


class Issued(models.Model):
    """A document given out, known by the code that its QR square leads to: what it is, never whom it is for.

    One for each (version of the PV, kind, student), or (session, kind, student) while it is provisional.
    """

    token = models.CharField("code", max_length=40, unique=True, default=new_code)
    # A key of jury.documents.kinds.KINDS: "pv", "releve"…
    kind = models.CharField("document", max_length=40)
    session = models.ForeignKey("Session", models.PROTECT, related_name="issued")
    # Null: provisional, made before the session was closed.
    minutes = models.ForeignKey(Minutes, models.PROTECT, null=True, blank=True, related_name="issued")
    # Null: about all of them, the PV.
    student = models.ForeignKey(Student, models.PROTECT, null=True, blank=True, related_name="issued")
    at = models.DateTimeField("délivré le")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = "document délivré"
        verbose_name_plural = "documents délivrés"
        ordering = ["session", "kind", "pk"]
        constraints = [
            UniqueConstraint(
                fields=["minutes", "kind", "student"],
                condition=Q(minutes__isnull=False, student__isnull=False),
                name="issued_once_to_a_student",
            ),
            UniqueConstraint(
                fields=["minutes", "kind"],
                condition=Q(minutes__isnull=False, student__isnull=True),
                name="issued_once",
            ),
            UniqueConstraint(
                fields=["session", "kind", "student"],
                condition=Q(minutes__isnull=True, student__isnull=False),
                name="issued_once_provisionally",
            ),
            CheckConstraint(condition=Q(kind="pv") ^ Q(student__isnull=False), name="issued_pv_is_nobodys"),
            CheckConstraint(condition=~Q(kind="pv") | Q(minutes__isnull=False), name="issued_pv_has_version"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.token}"

    def get_absolute_url(self) -> str:
        return reverse("verify:document", args=[self.token])

    @property
    def final(self) -> bool:
        """Whether it says what a closed jury decided."""
        return self.minutes_id is not None


class Printed(models.Model):
    """The SHA-256 of a PDF that was given out: the file is ours, byte for byte."""

    issued = models.ForeignKey(Issued, models.CASCADE, related_name="printed")
    sha256 = models.CharField("empreinte", max_length=64, db_index=True)
    at = models.DateTimeField("imprimé le")

    class Meta:
        verbose_name = "impression"
        verbose_name_plural = "impressions"
        ordering = ["issued", "at"]
        constraints = [UniqueConstraint(fields=["issued", "sha256"], name="printed_once")]

    def __str__(self) -> str:
        return f"{self.issued}, {self.sha256[:12]}"


class BatchQuerySet(LightQuerySet["Batch"]):
    def with_progress(self) -> Self:
        """With `total`, `done`, `failed`, `doubtful`, `first_at` and `last_at`."""
        counted = {
            name: models.Count("pieces", filter=condition)
            for name, condition in {
                "total": Q(),
                "done": Q(pieces__state=Piece.State.DONE),
                "failed": Q(pieces__state=Piece.State.FAILED),
                "doubtful": Q(pieces__state=Piece.State.DOUBTFUL),
            }.items()
        }
        times = {"first_at": models.Min("pieces__at"), "last_at": models.Max("pieces__at")}
        return self.annotate(**counted, **times).select_related("by", "minutes").defer("minutes__content")

    def documents(self) -> Self:
        return self.exclude(form=Batch.Form.MAIL)


# Pieces made before a pace is told.
PACE_AFTER = 3


class Batch(Light):
    """Documents of a session that workers make: in one file, or sent one by one to the students."""

    class Form(models.TextChoices):
        ZIP = "zip", "un fichier ZIP"
        PDF = "pdf", "un seul PDF à imprimer"
        MAIL = "mail", "un courriel par étudiant"

    session = models.ForeignKey("Session", models.PROTECT, related_name="batches")
    # The version of the PV that they are printed from; null: provisional, printed from `figures`.
    minutes = models.ForeignKey(Minutes, models.PROTECT, null=True, related_name="batches")
    # Keys of jury/documents/kinds.py, in their order.
    kinds = models.JSONField("documents")
    form = models.CharField("forme", max_length=4, choices=Form)
    # Added by who sends, at the head of each mail.
    words = models.TextField("mot ajouté", blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField("demandé le")
    cancelled_at = models.DateTimeField("arrêté le", null=True)
    finished_at = models.DateTimeField("terminé le", null=True)
    error = models.TextField("erreur", blank=True)
    figures = models.JSONField("chiffres provisoires", null=True)
    # The one PDF, when that is the form; a ZIP is written from the pieces as it leaves.
    content = models.BinaryField("fichier", null=True)

    # Annotated by `with_progress`.
    total: int
    done: int
    failed: int
    doubtful: int
    first_at: datetime | None
    last_at: datetime | None

    heavy = ("figures", "content")
    objects = LightManager.from_queryset(BatchQuerySet)()  # type: ignore[misc,assignment]

    class Meta:
        verbose_name = "lot de documents"
        verbose_name_plural = "lots de documents"
        ordering = ["-at", "-pk"]
        constraints = [
            CheckConstraint(
                condition=Q(minutes__isnull=True, figures__isnull=False)
                | Q(minutes__isnull=False, figures__isnull=True),
                name="batch_of_a_pv_or_of_figures",
            ),
            CheckConstraint(
                condition=~Q(form="mail") | Q(minutes__isnull=False), name="batch_mailed_is_final"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.session}, lot du {french.date(self.at)}"

    def get_absolute_url(self) -> str:
        return reverse("jury:batch", args=[self.session_id, self.pk])

    @property
    def running(self) -> bool:
        return self.finished_at is None and self.cancelled_at is None

    @property
    def settled(self) -> int:
        """How many pieces are made or refused (needs `with_progress`)."""
        return self.done + self.failed + self.doubtful

    @property
    def seconds_left(self) -> int | None:
        """At the pace so far; None before there is one (needs `with_progress`)."""
        if self.settled < PACE_AFTER or self.first_at is None or self.last_at is None:
            return None
        pace = (self.last_at - self.first_at).total_seconds() / (self.settled - 1)
        return round(pace * (self.total - self.settled)) or 1


class Piece(models.Model):
    """One document of a batch, or one student's mail: made once, whatever becomes of the workers."""

    class State(models.TextChoices):
        WAITING = "waiting", "en attente"
        SENDING = "sending", "en cours d’envoi"
        DONE = "done", "fait"
        FAILED = "failed", "en erreur"
        # The worker died while the mail was leaving: sent again only if someone asks.
        DOUBTFUL = "doubtful", "peut-être parti"

    batch = models.ForeignKey(Batch, models.CASCADE, related_name="pieces")
    position = models.PositiveIntegerField("rang")
    # Empty for a mail, which holds all the kinds of its batch.
    kind = models.CharField("document", max_length=40, blank=True)
    # As the documents say them, so that the log reads the same for ever; empty for the whole session.
    number = models.CharField("n° étudiant", max_length=20, blank=True)
    name = models.CharField("nom", max_length=170, blank=True)
    address = models.EmailField("courriel", blank=True)
    state = models.CharField("état", max_length=8, choices=State, default=State.WAITING)
    at = models.DateTimeField("fait le", null=True)
    file = models.CharField("nom du fichier", max_length=250, blank=True)
    pdf = models.BinaryField("PDF", null=True)
    # SHA-256 of the document, or {kind: SHA-256} of those a mail held.
    sha256 = models.JSONField("empreinte", null=True)
    error = models.TextField("erreur", blank=True)

    class Meta:
        verbose_name = "document d’un lot"
        verbose_name_plural = "documents d’un lot"
        ordering = ["batch", "position"]
        constraints = [
            UniqueConstraint(fields=["batch", "kind", "number"], name="piece_once"),
            CheckConstraint(condition=~Q(state="done") | Q(sha256__isnull=False), name="piece_done_is_known"),
            CheckConstraint(
                condition=~Q(state__in=["failed", "doubtful"]) | ~Q(error=""), name="piece_failed_says_why"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name or 'tous'}, {self.get_state_display()}"
