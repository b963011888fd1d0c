"""A student in a promotion, and what was decided of them there: points, repeats, changes after a jury."""

from __future__ import annotations

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint

from butrt.base import french
from butrt.base.documents.printed import PrintedTexts
from curriculum.models import Programme, Unit
from grades.models.cohorts import Cohort, Group


class EnrolmentQuerySet(models.QuerySet["Enrolment"]):
    def taking(self, semester: int) -> Self:
        """Those who take this semester of their promotion's year."""
        return self.filter(takes_odd=True) if semester % 2 else self.filter(takes_even=True)


class Enrolment(PrintedTexts):
    """A student in a promotion, with what a jury must know of the year besides the marks."""

    class Status(models.TextChoices):
        PRESENT = "", "présent"
        RESIGNED = "DEM", "démission"
        DEFAULTING = "DEF", "défaillant"
        GAVE_UP = "ABAN", "abandon"
        GAP_YEAR = "ABL", "année blanche"
        EXCLUDED = "EXCLU", "exclu"

    cohort = models.ForeignKey(Cohort, models.PROTECT, related_name="enrolments")
    student = models.ForeignKey("Student", models.PROTECT, related_name="enrolments")
    # By which they are taught and judged: one of the promotion's.
    programme = models.ForeignKey(Programme, models.PROTECT, related_name="enrolments")
    group = models.ForeignKey(Group, models.SET_NULL, null=True, blank=True, related_name="enrolments")
    status = models.CharField("situation", max_length=5, choices=Status, blank=True, default=Status.PRESENT)
    status_since = models.DateField("depuis le", null=True, blank=True)
    company = models.CharField("entreprise d’apprentissage", max_length=120, blank=True)
    # What is repeated is a semester: who retakes S4 alone does not take S3 (annexe 1, 4.5).
    takes_odd = models.BooleanField("suit le semestre impair", default=True)
    takes_even = models.BooleanField("suit le semestre pair", default=True)
    # UE of this year that the student is exempted from, by hand.
    dispensed = models.ManyToManyField(Unit, blank=True, related_name="+", verbose_name="UE dispensées")
    # UE of this programme that an earlier jury acquired: written from its results, never by hand.
    acquired = models.ManyToManyField(Unit, blank=True, related_name="+", verbose_name="UE acquises avant")
    # Those that the student chose to take again all the same.
    retaken = models.ManyToManyField(Unit, blank=True, related_name="+", verbose_name="UE reprises")
    # {"3": 1}: repeats known from elsewhere or from before butrt, this attempt included; the others are
    # counted from the enrolments, see grades/attempts.py.
    repeats = models.JSONField("redoublements d’avant ou d’ailleurs", default=dict, blank=True)
    # Why the enrolment was made although it goes against what juries decided; empty when it does not.
    motive = models.TextField("motif de l’inscription", blank=True)
    unjustified_absences = models.PositiveSmallIntegerField("demi-journées injustifiées", default=0)
    justified_absences = models.PositiveSmallIntegerField("demi-journées justifiées", default=0)
    # What the director of studies tells the jury of this year; never printed.
    remark = models.TextField("remarque de la direction des études", blank=True)
    remark_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    remark_at = models.DateTimeField("remarque écrite le", null=True, blank=True)

    objects = EnrolmentQuerySet.as_manager()

    class Meta:
        verbose_name = "inscription"
        ordering = ["student__sort_key", "pk"]
        constraints = [
            UniqueConstraint(fields=["cohort", "student"], name="enrolment_once"),
            CheckConstraint(
                condition=Q(status__in=["", "DEM", "DEF", "ABAN", "ABL", "EXCLU"]),
                name="enrolment_status_known",
            ),
            CheckConstraint(
                condition=Q(status="") | Q(status_since__isnull=False), name="enrolment_status_dated"
            ),
            CheckConstraint(
                condition=Q(takes_odd=True) | Q(takes_even=True),
                name="enrolment_takes_a_semester",
                violation_error_message="Une inscription suit au moins un semestre.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.student}, {self.cohort}"

    @property
    def semesters(self) -> list[int]:
        """The semesters taken: [3, 4], [4]. Needs `cohort` selected."""
        odd, even = self.cohort.semesters
        return [odd] * self.takes_odd + [even] * self.takes_even

    @property
    def has_left(self) -> bool:
        """Whether the situation is a departure, for good or for a year: a défaillant has not left."""
        return bool(self.status) and self.status != self.Status.DEFAULTING


class ExtraRepeatQuerySet(models.QuerySet["ExtraRepeat"]):
    def standing(self) -> Self:
        """Those that were not withdrawn."""
        return self.filter(withdrawn_at__isnull=True)


class ExtraRepeat(PrintedTexts):
    """A repeat of one semester that the director of the IUT granted beyond the others, for force majeure.

    An act (annexe 1, 4.5); one withdrawn stays, with who withdrew it and why.
    """

    student = models.ForeignKey("Student", models.PROTECT, related_name="extra_repeats")
    semester = models.PositiveSmallIntegerField("semestre")
    # The year in which it was granted: it counts from that year's juries on.
    school_year = models.PositiveSmallIntegerField("année universitaire")
    # Null, and no name: converted from a former field, which kept neither.
    granted_on = models.DateField("accordé le", null=True)
    granted_by = models.CharField("accordé par", max_length=160, blank=True)  # name and quality
    circumstances = models.TextField("circonstances")
    document = models.CharField("pièce", max_length=160, blank=True)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    recorded_at = models.DateTimeField("enregistré le")
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    withdrawn_at = models.DateTimeField("retiré le", null=True, blank=True)
    withdrawal_motive = models.TextField("motif du retrait", blank=True)

    objects = ExtraRepeatQuerySet.as_manager()

    class Meta:
        verbose_name = "redoublement accordé"
        verbose_name_plural = "redoublements accordés"
        ordering = ["student", "school_year", "semester", "pk"]
        constraints = [
            UniqueConstraint(
                fields=["student", "semester", "school_year"],
                condition=Q(withdrawn_at__isnull=True),
                name="extra_repeat_once",
            ),
            CheckConstraint(condition=Q(semester__range=(1, 6)), name="extra_repeat_semester_1_to_6"),
            CheckConstraint(condition=~Q(circumstances=""), name="extra_repeat_has_circumstances"),
            CheckConstraint(
                condition=Q(withdrawn_at__isnull=True, withdrawn_by__isnull=True, withdrawal_motive="")
                | Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False) & ~Q(withdrawal_motive=""),
                name="extra_repeat_withdrawn_by_someone",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.student}, S{self.semester}"

    @property
    def facts(self) -> dict[str, str | int]:
        """What a PV, a page or a file says of it; "" for what is not known."""
        return {
            "semester": self.semester,
            "granted_on": self.granted_on.isoformat() if self.granted_on else "",
            "granted_by": self.granted_by,
            "circumstances": self.circumstances,
            "document": self.document,
        }


class Adjustment(PrintedTexts):
    """A bonus or a malus (negative) on a student's UE average, in points out of 20."""

    enrolment = models.ForeignKey(Enrolment, models.PROTECT, related_name="adjustments")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    points = models.DecimalField("points", max_digits=4, decimal_places=2)
    reason = models.CharField("motif", max_length=200)

    class Meta:
        verbose_name = "bonus ou malus"
        constraints = [
            UniqueConstraint(fields=["enrolment", "unit"], name="adjustment_once"),
            CheckConstraint(condition=Q(points__range=(-20, 20)), name="adjustment_in_range"),
        ]

    def __str__(self) -> str:
        return f"{self.points} en {self.unit}"


class ReopeningQuerySet(models.QuerySet["Reopening"]):
    def standing(self) -> Self:
        """The marks that no jury closed again."""
        return self.filter(ended_at__isnull=True, changes="")

    def unjudged(self) -> Self:
        """The changes, made at once, that the jury of their semester has not in its figures."""
        return self.filter(ended_at__isnull=True).exclude(changes="")


class Reopening(models.Model):
    """What a jury locked of a semester, open again for some students only: the marks of those of a catch-up.

    Its évaluations stay locked: nobody else's mark changes, nor what an évaluation is. Or one change to a
    student, made at once (see grades/judged.py): a bonus, absences, an enrolment.
    """

    cohort = models.ForeignKey(Cohort, models.PROTECT, related_name="reopenings")
    semester = models.PositiveSmallIntegerField("semestre")
    enrolments = models.ManyToManyField(Enrolment, related_name="reopenings", verbose_name="étudiants")
    motive = models.TextField("motif")
    # "UE32 : rien → 9, sport", what was changed at once; empty: the marks were opened.
    changes = models.TextField("ce qui a changé", blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField("rouvertes le")
    # When a jury closed the marks again; of a change, when the jury of the semester judged with it.
    ended_at = models.DateTimeField("verrouillées de nouveau le", null=True, blank=True)

    objects = ReopeningQuerySet.as_manager()

    class Meta:
        verbose_name = "notes rouvertes"
        verbose_name_plural = "notes rouvertes"
        ordering = ["cohort", "semester", "pk"]
        constraints = [CheckConstraint(condition=~Q(motive=""), name="reopening_has_motive")]

    def __str__(self) -> str:
        return f"{self.cohort}, S{self.semester}, rouvertes le {french.date(self.at)}"

    @property
    def names(self) -> list[str]:
        """Its students. Needs `enrolments__student` fetched beforehand."""
        return [str(enrolment.student) for enrolment in self.enrolments.all()]

    @property
    def sentence(self) -> str:
        """What a change was, for people, with its motive."""
        who, motive = ", ".join(self.names), self.motive.rstrip(".")
        day = french.date(self.at)
        return f"{who}, {self.changes} (motif « {motive} », {self.by}, le {day})."
