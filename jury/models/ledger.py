"""A student's ledger: what juries gave, what comes from elsewhere, and who is to be looked at again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint

from butrt.base.documents.printed import PrintedTexts
from butrt.base.exactjson import plain
from curriculum.models import Competence, Programme
from grades.models import Student
from jury.rules import codes

from .decisions import CODES

if TYPE_CHECKING:
    from butrt.base.accounts.models import User


class ResultQuerySet(models.QuerySet["Result"]):
    def standing(self) -> Self:
        """Those that nobody withdrew."""
        return self.filter(withdrawn_at__isnull=True)

    def from_elsewhere(self) -> Self:
        """Those that no jury held here gave."""
        return self.filter(session__isnull=True)

    def kept_by(self, user: User) -> Self:
        """Those of the departments where this person keeps what comes from elsewhere."""
        return self.filter(student__department__in=user.departments_as("secretariat"))

    def read_by(self, user: User) -> Self:
        """Those of the departments where this person may read what comes from elsewhere."""
        return self.filter(student__department__in=user.departments_as("secretariat", "director"))


class Result(PrintedTexts):
    """A line of a student's ledger: what a jury gave, written once, by the jury that gave it.

    About a competence, a level and a semester (a RCUE has no semester), or a year, or a diploma: it holds
    wherever the competence is the same, whatever the code of the UE (domain 3.3). Or what comes from
    elsewhere: another IUT, a semester abroad, an equivalence, with its document and who wrote it down.
    """

    class Kind(models.TextChoices):
        UNIT = "unit", "UE"
        RCUE = "rcue", "RCUE"
        YEAR = "year", "année"
        DIPLOMA = "diploma", "diplôme"

    class Source(models.TextChoices):
        JURY = "jury", "jury tenu ici"
        IMPORT = "import", "jury antérieur, repris"
        TRANSFER = "transfer", "autre IUT"
        BRIDGE = "bridge", "passerelle"
        MOBILITY = "mobility", "semestre à l’étranger"
        VAE = "vae", "validation des acquis"
        DISPENSATION = "dispensation", "dispense"

    student = models.ForeignKey(Student, models.PROTECT, related_name="results")
    kind = models.CharField("objet", max_length=8, choices=Kind)
    # Null for a year and a diploma, and for a UE that nothing here knows: told apart, it acquires nothing.
    competence = models.ForeignKey(
        Competence, models.PROTECT, null=True, blank=True, related_name="results", verbose_name="compétence"
    )
    level = models.PositiveSmallIntegerField("niveau", null=True, blank=True)
    semester = models.PositiveSmallIntegerField("semestre", null=True, blank=True)
    # Of the BUT: 1 to 3.
    year = models.PositiveSmallIntegerField("année du BUT", null=True, blank=True)
    # As it was called then: "UE31", "RT1/2", "BUT2", "DUT".
    subject = models.CharField("UE, RCUE, année ou diplôme", max_length=60)
    programme = models.ForeignKey(
        Programme, models.PROTECT, null=True, blank=True, related_name="results", verbose_name="programme"
    )
    school_year = models.PositiveSmallIntegerField("année universitaire")
    # In decimal notation, to thirty decimals rounded up (see ledger.decimal_text): SQLite keeps a decimal
    # column as a float, and a RCUE that joins two school years is decided on this. Empty: none known.
    average = models.CharField(
        "moyenne",
        max_length=34,
        blank=True,
        validators=[RegexValidator(r"^(20(\.0+)?|1?\d(\.\d+)?)$", "Une moyenne de 0 à 20, avec un point.")],
    )
    # Empty for a diploma, which is obtained.
    code = models.CharField("code", max_length=8, blank=True)
    # Those that it gave then; a later programme may give others (domain 3.3).
    credits = models.DecimalField("ECTS", max_digits=4, decimal_places=1, null=True, blank=True)

    source = models.CharField("origine", max_length=12, choices=Source)
    # Null: it comes from elsewhere.
    session = models.ForeignKey("Session", models.PROTECT, null=True, blank=True, related_name="results")
    # The day of the jury, or of the document; null where nobody said.
    decided_on = models.DateField("décidé le", null=True, blank=True)
    document = models.CharField("pièce", max_length=200, blank=True)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    recorded_at = models.DateTimeField("enregistré le", null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    withdrawn_at = models.DateTimeField("retiré le", null=True, blank=True)
    withdrawal_motive = models.TextField("motif du retrait", blank=True)

    objects = ResultQuerySet.as_manager()

    class Meta:
        verbose_name = "résultat"
        ordering = ["student", "school_year", "kind", "semester", "subject"]
        constraints = [
            UniqueConstraint(fields=["student", "session", "kind", "subject"], name="result_once"),
            UniqueConstraint(
                fields=["student", "school_year", "source", "kind", "subject"],
                condition=Q(session__isnull=True, withdrawn_at__isnull=True),
                name="result_recorded_once",
            ),
            CheckConstraint(condition=Q(code__in=["", *CODES]), name="result_code_known"),
            CheckConstraint(condition=~Q(code="") | Q(kind="diploma"), name="result_has_code"),
            CheckConstraint(
                condition=Q(source="jury", session__isnull=False)
                | (~Q(source="jury") & Q(session__isnull=True)),
                name="result_of_a_jury_or_from_elsewhere",
            ),
            CheckConstraint(
                condition=Q(withdrawn_at__isnull=True) | (Q(session__isnull=True) & ~Q(withdrawal_motive="")),
                name="result_withdrawn_with_motive",
            ),
            CheckConstraint(
                condition=Q(competence__isnull=True)
                | Q(kind="unit", level__isnull=False, semester__isnull=False)
                | Q(kind="rcue", level__isnull=False, semester__isnull=True),
                name="result_subject_whole",
            ),
        ]
        indexes = [models.Index(fields=["student", "school_year"], name="result_of_a_student")]

    def __str__(self) -> str:
        return f"{self.student} {self.subject} {self.code}".rstrip()

    @property
    def as_journaled(self) -> dict[str, Any]:
        """What the journal keeps of one from elsewhere, for `check_all` to compare."""
        return {
            "key": self.pk,
            "student": self.student_id,
            "school_year": self.school_year,
            "kind": str(self.kind),
            "subject": self.subject,
            "competence": self.competence_id,
            "average": self.average,
            "code": str(self.code),
            "credits": None if self.credits is None else plain(self.credits),
            "source": str(self.source),
            "document": self.document,
        }

    @property
    def code_fits(self) -> bool:
        """Whether the code is one that is said of what it is about."""
        return self.kind == self.Kind.DIPLOMA or codes.fits(self.code, self.kind == self.Kind.YEAR)

    @property
    def about(self) -> codes.About:
        """What its code is said of, for its words."""
        return "year" if self.kind == self.Kind.YEAR else "unit"


class Recheck(models.Model):
    """A result on which a session's figures rest has changed since: this student is to be looked at again."""

    session = models.ForeignKey("Session", models.CASCADE, related_name="rechecks")
    student = models.ForeignKey(Student, models.CASCADE, related_name="rechecks")
    # What changed, in a line: "Jury S2 et année BUT1, 2023-2024, corrigé".
    cause = models.CharField("cause", max_length=250)
    at = models.DateTimeField("depuis le")
    # When its jury took the change in, or looked and saw that nothing follows.
    answered_at = models.DateTimeField("répondu le", null=True, blank=True)
    # In which it was answered: given up, the answer is too.
    correction = models.ForeignKey(
        "Correction",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="answered",
        verbose_name="correction",
    )
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name = "dossier à revoir"
        verbose_name_plural = "dossiers à revoir"
        ordering = ["session", "student", "at"]
        constraints = [
            UniqueConstraint(
                fields=["session", "student"], condition=Q(answered_at__isnull=True), name="recheck_open_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.session}, {self.student} : {self.cause}"
