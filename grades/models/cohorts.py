"""Promotions of students, and their groups."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint
from django.urls import reverse
from django.utils.functional import cached_property

from butrt.base.documents.files import file_stem
from butrt.base.documents.printed import PrintedTexts
from butrt.base.french import listed
from curriculum.models import Department, Element, Programme, Specialty, Unit, school_year_label

if TYPE_CHECKING:
    from butrt.base.accounts.models import User


class CohortQuerySet(models.QuerySet["Cohort"]):
    def kept_by(self, user: User) -> Self:
        """The promotions whose people this person keeps: the secretariat, the director of studies."""
        return self.filter(specialty__department__in=user.departments_as("director", "secretariat"))

    def listed_for(self, user: User) -> Self:
        """The promotions this person may read: who keeps them, and the administrator, who may create one."""
        return self.filter(
            specialty__department__in=user.departments_as("director", "secretariat", "administrator")
        )

    def named(self) -> Self:
        """With what their names, their department and their programmes read: one more query for all."""
        return self.select_related("specialty__department").prefetch_related("programmes")


class Cohort(PrintedTexts):
    """A promotion: a year of a spécialité in a school year, its programmes taught and judged together.

    A programme is a parcours in a regime; each enrolment names its own. Two promotions share a programme in a
    school year only when their names differ: `create_cohort` and `set_programmes` hold it.
    """

    specialty = models.ForeignKey(
        Specialty, models.PROTECT, related_name="cohorts", verbose_name="spécialité"
    )
    year = models.PositiveSmallIntegerField("année")
    school_year = models.PositiveSmallIntegerField("année universitaire")
    # What tells it from another of the same programme; most have none.
    name = models.CharField("nom", max_length=30, blank=True)
    programmes = models.ManyToManyField(Programme, related_name="cohorts")

    objects = CohortQuerySet.as_manager()

    class Meta:
        verbose_name = "promotion"
        ordering = ["-school_year", "specialty", "year", "name", "pk"]
        constraints = [CheckConstraint(condition=Q(year__range=(1, 3)), name="cohort_year_1_to_3")]

    def __str__(self) -> str:
        return f"{self.formation}, {self.years}"

    def get_absolute_url(self) -> str:
        return reverse("cohorts:cohort", args=[self.pk])

    @property
    def years(self) -> str:
        """2024 → "2024-2025"."""
        return school_year_label(self.school_year)

    @cached_property
    def taught(self) -> list[Programme]:
        """Its programmes; a query for one promotion, none for those that are `named()`."""
        return list(self.programmes.all())

    @property
    def formation(self) -> str:
        """What is taught in it: "BUT2 IOM, apprentissage", "BUT2 Cyber, IOM, formation initiale"."""
        programmes = self.taught
        parcours = dict.fromkeys(programme.parcours.short for programme in programmes)
        regimes = dict.fromkeys(programme.get_modality_display() for programme in programmes)
        name = f" ({self.name})" if self.name else ""
        return f"BUT{self.year} {', '.join(parcours)}, {listed(list(regimes))}{name}"

    @property
    def semesters(self) -> tuple[int, int]:
        """The two semesters of its year: BUT2 has 3 and 4."""
        return (2 * self.year - 1, 2 * self.year)

    @property
    def department(self) -> Department:
        return self.specialty.department

    @property
    def elements(self) -> models.QuerySet[Element]:
        """The elements of its programmes: those that are common are there once a programme."""
        return Element.objects.filter(programme__cohorts=self)

    def teaching_keys(self, element: Element) -> list[int]:
        """Of what is taught of an element here, whichever programme names it."""
        return list(self.teachings.filter(element__code=element.code).values_list("pk", flat=True))

    @property
    def units(self) -> models.QuerySet[Unit]:
        """The UE of its programmes."""
        return Unit.objects.filter(programme__cohorts=self)

    @property
    def labels(self) -> dict[int, str]:
        """What each programme is called beside the others: "IOM", with its regime where regimes differ."""
        programmes = self.taught
        alike = len({programme.modality for programme in programmes}) == 1
        return {
            programme.pk: programme.parcours.short
            + ("" if alike else f", {programme.get_modality_display()}")
            for programme in programmes
        }

    @property
    def is_plural(self) -> bool:
        """Whether it has several programmes, so that pages say which is a student's."""
        return len(self.taught) > 1

    @property
    def has_apprentices(self) -> bool:
        return any(programme.modality == Programme.Modality.APPRENTICESHIP for programme in self.taught)

    def file_stem(self, kind: str, *more: object) -> str:
        """How a file about this promotion is called: "promotion_RT-Cyber_BUT2_2024-2025"."""
        formations = [programme.formation for programme in self.taught]
        what = formations[0] if len(formations) == 1 else self.specialty.short or self.specialty.name
        return file_stem(kind, what, self.name, f"BUT{self.year}", *more, self.years)


def distinct_elements(rows: models.QuerySet[Element]) -> list[Element]:
    """Elements of a promotion in their order, those that are common once: the first programme's."""
    ordered = rows.order_by("semester", "kind", "code", "programme")
    return [*{element.code: element for element in reversed(ordered)}.values()][::-1]


class Group(PrintedTexts):
    """A group of a promotion (TD, TP)."""

    cohort = models.ForeignKey(Cohort, models.PROTECT, related_name="groups")
    name = models.CharField("groupe", max_length=30)

    class Meta:
        verbose_name = "groupe"
        ordering = ["name"]
        constraints = [UniqueConstraint(fields=["cohort", "name"], name="group_once")]

    def __str__(self) -> str:
        return self.name
