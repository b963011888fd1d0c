"""Promotions of students, and their groups."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import UniqueConstraint
from django.urls import reverse

from butrt.base.documents.files import file_stem
from butrt.base.documents.printed import PrintedTexts
from curriculum.models import Department, Programme, school_year_label

if TYPE_CHECKING:
    from butrt.base.accounts.models import User


class CohortQuerySet(models.QuerySet["Cohort"]):
    def kept_by(self, user: User) -> Self:
        """The promotions whose people this person keeps: the secretariat, the director of studies."""
        return self.filter(programme__parcours__department__in=user.departments_as("director", "secretariat"))

    def listed_for(self, user: User) -> Self:
        """The promotions this person may read: who keeps them, and the administrator, who may create one."""
        return self.filter(
            programme__parcours__department__in=user.departments_as(
                "director", "secretariat", "administrator"
            )
        )


class Cohort(models.Model):
    """A promotion: one programme in one school year."""

    programme = models.ForeignKey(Programme, models.PROTECT, related_name="cohorts")
    school_year = models.PositiveSmallIntegerField("année universitaire")

    objects = CohortQuerySet.as_manager()

    class Meta:
        verbose_name = "promotion"
        ordering = ["-school_year", "programme"]
        constraints = [UniqueConstraint(fields=["programme", "school_year"], name="cohort_once")]

    def __str__(self) -> str:
        return f"{self.programme}, {self.years}"

    def get_absolute_url(self) -> str:
        return reverse("cohorts:cohort", args=[self.pk])

    @property
    def years(self) -> str:
        """2024 → "2024-2025"."""
        return school_year_label(self.school_year)

    @property
    def department(self) -> Department:
        """Needs `programme__parcours__department` selected."""
        return self.programme.parcours.department

    def file_stem(self, kind: str, *more: object) -> str:
        """How a file about this promotion is called: "promotion_RT-Cyber_BUT2_2024-2025"."""
        return file_stem(kind, self.programme.formation, f"BUT{self.programme.year}", *more, self.years)


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
