"""What a jury does in the room: its acts, the decisions taken, the proposals accepted, its usual motives."""

from __future__ import annotations

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint

from butrt.base import french
from butrt.base.canonical import digest_of
from butrt.base.documents.printed import PrintedTexts
from curriculum.models import Department
from grades.models import Student
from jury.rules.codes import Code

CODES = tuple(code.value for code in Code)


class ActQuerySet(models.QuerySet["Act"]):
    def standing(self) -> Self:
        """Those that were not taken back."""
        return self.filter(undone_at__isnull=True)


class Act(models.Model):
    """Something done in the room, whole: a decision, its withdrawal, or N proposals of right accepted.

    Acts are taken back from the last to the first until closing; one taken back stays, with who did it and
    when, and its rows are no longer current.
    """

    class Kind(models.TextChoices):
        DECISION = "decision", "décision"
        WITHDRAWAL = "withdrawal", "retrait"
        ADOPTION = "adoption", "acceptation"

    session = models.ForeignKey("Session", models.PROTECT, related_name="acts")
    # In which it was done; null before any closing. Tells what may be taken back, whatever the clock says.
    correction = models.ForeignKey(
        "Correction", models.PROTECT, null=True, blank=True, related_name="acts", verbose_name="correction"
    )
    kind = models.CharField("acte", max_length=10, choices=Kind)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField("fait le")
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    undone_at = models.DateTimeField("annulé le", null=True, blank=True)

    objects = ActQuerySet.as_manager()

    class Meta:
        verbose_name = "acte de la salle"
        verbose_name_plural = "actes de la salle"
        ordering = ["session", "pk"]
        constraints = [
            CheckConstraint(
                condition=Q(undone_at__isnull=True, undone_by__isnull=True)
                | Q(undone_at__isnull=False, undone_by__isnull=False),
                name="act_undone_by_someone",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} du {french.moment(self.at)}"


class Decision(PrintedTexts):
    """What the jury decided about a UE, a RCUE or a year of one student. Superseded, never overwritten."""

    class Kind(models.TextChoices):
        UNIT = "unit", "UE"
        RCUE = "rcue", "RCUE"
        YEAR = "year", "année"

    session = models.ForeignKey("Session", models.PROTECT, related_name="decisions")
    student = models.ForeignKey(Student, models.PROTECT, related_name="decisions")
    kind = models.CharField("objet", max_length=4, choices=Kind)
    # "UE32", "RT2/2", "" for the year: the names of the cohort file.
    subject = models.CharField("UE ou RCUE", max_length=20, blank=True)
    # Empty: an earlier decision withdrawn, the rules' proposal stands again.
    code = models.CharField("code", max_length=8, blank=True)
    motive = models.TextField("motif")
    # A refusal (NAR, DEF) is decided after hearing the student who asked for it, with advice (4.5).
    hearing = models.TextField("audition", blank=True)
    advice = models.TextField("conseils d’orientation", blank=True)
    # The procedure followed: asked by the student (null: nobody wrote it down), invited, heard; `hearing`
    # says the rest, or why they were not heard (see jury/cases/hearing.py).
    hearing_asked = models.BooleanField("audition demandée", null=True, blank=True)
    invited_on = models.DateField("invitation à l’audition", null=True, blank=True)
    heard_on = models.DateField("audition tenue le", null=True, blank=True)
    # Taken against what the texts grant, confirmed as such: the PV says which right (jury/cases/rights.py).
    against_right = models.BooleanField("contraire à un droit", default=False)
    right = models.TextField("droit écarté", blank=True)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField("prise le")
    current = models.BooleanField("en vigueur", default=True)
    # Null for what was decided before acts were kept: it is withdrawn, not undone.
    act = models.ForeignKey(Act, models.PROTECT, null=True, blank=True, related_name="decisions")
    # What the rules gave then (see jury/cases/consequences.py): a mark corrected since shows as a difference.
    basis = models.JSONField("proposition d’alors", null=True, blank=True)

    class Meta:
        verbose_name = "décision"
        ordering = ["session", "student", "at", "pk"]
        constraints = [
            UniqueConstraint(
                fields=["session", "student", "kind", "subject"],
                condition=Q(current=True),
                name="decision_one_current",
            ),
            CheckConstraint(condition=Q(code__in=["", *CODES]), name="decision_code_known"),
            CheckConstraint(condition=~Q(motive=""), name="decision_has_motive"),
            CheckConstraint(
                condition=(Q(kind="year") & Q(subject="")) | (~Q(kind="year") & ~Q(subject="")),
                name="decision_subject_fits",
            ),
            CheckConstraint(condition=~Q(code="NAR") | ~Q(advice=""), name="decision_nar_with_advice"),
            CheckConstraint(condition=~Q(code="DEF") | ~Q(advice=""), name="decision_def_with_advice"),
            CheckConstraint(
                condition=Q(against_right=True) ^ Q(right=""), name="decision_against_right_says_which"
            ),
            CheckConstraint(
                condition=Q(invited_on__isnull=True)
                | Q(heard_on__isnull=True)
                | Q(invited_on__lte=F("heard_on")),
                name="decision_invited_then_heard",
                violation_error_message="L’invitation précède l’audition : vérifier les deux dates.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.student} {self.subject or 'année'} : {self.code or 'retirée'}"

    @property
    def as_journaled(self) -> dict[str, Any]:
        """What the journal keeps of it, for `check_all` to compare."""
        return {
            "key": self.pk,
            "session": self.session_id,
            "student": self.student_id,
            "kind": str(self.kind),
            "subject": self.subject,
            "code": str(self.code),
            "motive": self.motive,
            # Who was heard, what was advised: the journal is kept for ever, it need not repeat it.
            "said": digest_of(
                [
                    self.hearing,
                    self.advice,
                    self.right,
                    self.hearing_asked,
                    str(self.invited_on or ""),
                    str(self.heard_on or ""),
                ]
            ),
            "author": self.author_id,
            "act": self.act_id,
        }


class Adoption(models.Model):
    """A proposal of right that the jury accepted, as it was shown. Superseded, never overwritten."""

    session = models.ForeignKey("Session", models.PROTECT, related_name="adoptions")
    student = models.ForeignKey(Student, models.PROTECT, related_name="adoptions")
    act = models.ForeignKey(Act, models.PROTECT, related_name="adoptions")
    # Codes, averages, credits and what follows: an Outcome of jury/cases/consequences.py.
    outcome = models.JSONField("accepté")
    current = models.BooleanField("en vigueur", default=True)

    class Meta:
        verbose_name = "acceptation"
        ordering = ["session", "student", "pk"]
        constraints = [
            UniqueConstraint(
                fields=["session", "student"], condition=Q(current=True), name="adoption_one_current"
            )
        ]

    def __str__(self) -> str:
        return f"{self.student} : proposition acceptée"

    @property
    def as_journaled(self) -> dict[str, Any]:
        """What the journal keeps of it, for `check_all` to compare: of the outcome, its SHA-256."""
        return {
            "key": self.pk,
            "session": self.session_id,
            "student": self.student_id,
            "act": self.act_id,
            "outcome": digest_of(self.outcome),
        }


class UsualMotive(PrintedTexts):
    """A motive that a department's juries often give; the field where it goes stays free."""

    department = models.ForeignKey(Department, models.CASCADE, related_name="usual_motives")
    text = models.CharField("motif", max_length=300)
    # The codes that it suits, ["PAS1NCI", "ADJ"]; empty for any.
    codes = models.JSONField("codes", default=list, blank=True)
    position = models.PositiveSmallIntegerField("rang", default=0)
    active = models.BooleanField("proposé", default=True)

    class Meta:
        verbose_name = "motif usuel"
        verbose_name_plural = "motifs usuels"
        ordering = ["department", "position", "pk"]
        constraints = [UniqueConstraint(fields=["department", "text"], name="usual_motive_once")]

    def __str__(self) -> str:
        return self.text
