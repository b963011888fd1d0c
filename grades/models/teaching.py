"""Elements given to a promotion: who teaches them, their évaluations and weights."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint
from django.urls import reverse

from butrt.base.accounts.models import Role
from butrt.base.documents.printed import PrintedTexts
from curriculum.models import Element, Unit
from grades.models.cohorts import Cohort, Group

if TYPE_CHECKING:
    from butrt.base.accounts.models import User


class TeachingQuerySet(models.QuerySet["Teaching"]):
    def aside(self) -> Self:
        """Those that their director of studies set aside: not assessed this year, out of all averages."""
        return self.filter(aside_at__isnull=False)

    def fillable_by(self, user: User) -> Self:
        """Where this person may enter marks: elements where they are named, all of them for the director."""
        return self.filter(_named(user) | _directed_by(user)).distinct()

    def naming(self, user: User) -> Self:
        """Elements where this person is named: the director's other ones are not."""
        return self.filter(_named(user)).distinct()

    def of_programme(self, programme: int) -> Self:
        """Those that a programme of the promotion has, its own and the common ones."""
        return self.filter(element__code__in=Element.objects.filter(programme=programme).values("code"))

    def given(self, element: Element, cohort: Cohort) -> Teaching | None:
        """How a promotion is given an element of one of its programmes, common or not; None: not yet."""
        return self.filter(cohort=cohort, element__code=element.code).first()

    def headed_by(self, user: User) -> Self:
        """Where this person may also create évaluations: heads of the element, and the director."""
        return self.filter((Q(heads=user) & _where_named(user)) | _directed_by(user)).distinct()


def _named(user: User) -> Q:
    return (Q(teachers=user) | Q(heads=user)) & _where_named(user)


def _directed_by(user: User) -> Q:
    """Of the departments whose studies this person directs."""
    return Q(cohort__specialty__department__in=user.departments_as(Role.Name.DIRECTOR))


def _where_named(user: User) -> Q:
    """Of the departments where this person may be named on an element: a name alone is nothing."""
    return Q(cohort__specialty__department__in=user.named_in(*Role.TEACHING))


class Teaching(PrintedTexts):
    """An element given to a promotion: who teaches it, who answers for it.

    One that several of its programmes have (same code and semester) is given once, to the students of all:
    `element` is that of the first of them, by which it is called.
    """

    cohort = models.ForeignKey(Cohort, models.PROTECT, related_name="teachings")
    element = models.ForeignKey(Element, models.PROTECT, related_name="teachings")
    teachers = models.ManyToManyField(
        settings.AUTH_USER_MODEL, blank=True, related_name="teachings", verbose_name="enseignants"
    )
    heads = models.ManyToManyField(
        settings.AUTH_USER_MODEL, blank=True, related_name="headed", verbose_name="responsables"
    )

    # When the head said that nothing is missing any more, and who did; a new mark changes nothing to it.
    completed_at = models.DateTimeField("déclaré complet le", null=True, blank=True)
    completed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="déclaré complet par",
    )

    # Not assessed this year (teacher on leave, strike): it leaves the averages of all (domain 2).
    aside_motive = models.CharField("motif de la mise de côté", max_length=200, blank=True)
    aside_at = models.DateTimeField("mis de côté le", null=True, blank=True)
    aside_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="mis de côté par",
    )

    objects = TeachingQuerySet.as_manager()

    class Meta:
        verbose_name = "enseignement"
        ordering = ["element__semester", "element__code"]
        constraints = [
            UniqueConstraint(fields=["cohort", "element"], name="teaching_once"),
            CheckConstraint(
                condition=Q(completed_at__isnull=True, completed_by__isnull=True)
                | Q(completed_at__isnull=False, completed_by__isnull=False),
                name="teaching_completed_by_someone",
            ),
            CheckConstraint(
                condition=Q(aside_motive="", aside_at__isnull=True, aside_by__isnull=True)
                | (Q(aside_at__isnull=False, aside_by__isnull=False) & ~Q(aside_motive="")),
                name="teaching_set_aside_by_someone_for_a_motive",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.element}, {self.cohort}"

    def get_absolute_url(self) -> str:
        return reverse("grades:sheet", args=[self.pk])

    @property
    def is_aside(self) -> bool:
        """Whether it is out of all averages, for this promotion."""
        return self.aside_at is not None

    @property
    def elements(self) -> models.QuerySet[Element]:
        """Itself in each programme of the promotion that has it: its UE and coefficients may differ there."""
        return Element.objects.filter(
            programme__cohorts=self.cohort_id, code=self.element.code, semester=self.element.semester
        )


class Assessment(models.Model):
    """An évaluation of an element: a date, a coefficient, a maximum (barème), a kind."""

    class Kind(models.TextChoices):
        NORMAL = "normal", "normale"
        SECOND_CHANCE = "second", "seconde chance"
        BONUS = "bonus", "bonus"

    teaching = models.ForeignKey(Teaching, models.PROTECT, related_name="assessments")
    # Null: the whole promotion takes it.
    group = models.ForeignKey(Group, models.PROTECT, null=True, blank=True, related_name="assessments")
    title = models.CharField("évaluation", max_length=80)
    kind = models.CharField("genre", max_length=8, choices=Kind, default=Kind.NORMAL)
    date = models.DateField("date", null=True, blank=True)
    coefficient = models.DecimalField("coefficient", max_digits=5, decimal_places=2, default=1)
    maximum = models.DecimalField("barème", max_digits=5, decimal_places=2, default=20)
    position = models.PositiveSmallIntegerField("rang", default=0)
    locked = models.BooleanField("verrouillée", default=False)
    published = models.BooleanField("publiée", default=False)

    class Meta:
        verbose_name = "évaluation"
        ordering = ["teaching", "position", "pk"]
        constraints = [
            UniqueConstraint(fields=["teaching", "title"], name="assessment_title_once"),
            UniqueConstraint(
                fields=["teaching"], condition=Q(kind="second"), name="assessment_one_second_chance"
            ),
            CheckConstraint(condition=Q(coefficient__gt=0), name="assessment_coefficient_positive"),
            CheckConstraint(condition=Q(maximum__gt=0), name="assessment_maximum_positive"),
            CheckConstraint(
                condition=Q(kind__in=["normal", "second", "bonus"]), name="assessment_kind_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.teaching.element.display}, {self.title}"


class AssessmentWeight(models.Model):
    """How much an évaluation weighs in one of the UE of its element (poids), when it is not 1."""

    assessment = models.ForeignKey(Assessment, models.CASCADE, related_name="weights")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    weight = models.DecimalField("poids", max_digits=5, decimal_places=2)

    class Meta:
        verbose_name = "poids"
        constraints = [
            UniqueConstraint(fields=["assessment", "unit"], name="assessment_weight_once"),
            CheckConstraint(condition=Q(weight__gte=0), name="assessment_weight_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.assessment} en {self.unit} : {self.weight}"
