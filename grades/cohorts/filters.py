from __future__ import annotations

from typing import Any

import django_filters as filters
from django import forms
from django.db.models import QuerySet

from butrt.base.schoolyears import in_order
from curriculum.models import Programme, school_year_label
from grades.models import Cohort, Enrolment, Group, Student

DEPARTURES = (Enrolment.Status.RESIGNED, Enrolment.Status.GAVE_UP, Enrolment.Status.EXCLUDED)
"""The situations of who left: a gap year is called a gap year, a default a default."""


class CohortFilter(filters.FilterSet):
    """Promotions by school year and programme."""

    school_year = filters.ChoiceFilter(label="Année universitaire", empty_label="toutes les années")
    programme = filters.ModelChoiceFilter(
        label="Programme",
        field_name="programmes",
        queryset=Programme.objects.none(),
        empty_label="tous les programmes",
    )

    class Meta:
        model = Cohort
        fields = ("school_year", "programme")

    def __init__(self, data: Any, *, queryset: QuerySet[Cohort]) -> None:
        super().__init__(data, queryset=queryset)
        years = in_order(queryset.order_by().values_list("school_year", flat=True))
        self.filters["school_year"].extra["choices"] = [(year, school_year_label(year)) for year in years]
        self.filters["programme"].queryset = (
            Programme.objects.filter(cohorts__in=queryset).select_related("parcours").distinct()
        )


class EnrolmentFilter(filters.FilterSet):
    """The students of a promotion by name or number, group, situation."""

    q = filters.CharFilter(
        label="Nom, n° étudiant ou INE",
        method="search",
        widget=forms.TextInput(attrs={"type": "search"}),
    )
    group = filters.ModelChoiceFilter(
        label="Groupe",
        queryset=Group.objects.none(),
        empty_label="tous les groupes",
        null_label="sans groupe",
    )
    programme = filters.ModelChoiceFilter(
        label="Programme", queryset=Programme.objects.none(), empty_label="tous les programmes"
    )
    status = filters.ChoiceFilter(
        label="Situation",
        method="in_status",
        empty_label="toutes les situations",
        choices=[
            ("present", "présents"),
            ("gone", "partis"),
            *[(code, label) for code, label in Enrolment.Status.choices if code],
        ],
    )

    class Meta:
        model = Enrolment
        fields = ("q", "programme", "group", "status")

    def __init__(self, data: Any, *, queryset: QuerySet[Enrolment], cohort: Cohort) -> None:
        super().__init__(data, queryset=queryset)
        self.filters["group"].queryset = cohort.groups.all()
        self.filters["programme"].queryset = cohort.programmes.all()
        if not cohort.is_plural:
            del self.filters["programme"]

    def search(self, queryset: QuerySet[Enrolment], name: str, value: str) -> QuerySet[Enrolment]:
        """Every word must be found: "martin cam" finds MARTIN Camille."""
        return queryset.filter(student__in=Student.objects.filter(enrolments__in=queryset).matching(value))

    def in_status(self, queryset: QuerySet[Enrolment], name: str, value: str) -> QuerySet[Enrolment]:
        if value == "gone":
            return queryset.filter(status__in=DEPARTURES)
        return queryset.filter(status="" if value == "present" else value)
