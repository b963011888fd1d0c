from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import django_filters as filters
from django import forms
from django.db.models import Q, QuerySet

from grades.models import Cohort, Teaching
from grades.overview import ElementProgress

UNFINISHED, TO_DECLARE, AWAITED, DECLARED = "unfinished", "to_declare", "awaited", "declared"
ASIDE = "aside"
STATES = [
    (UNFINISHED, "pas encore complets"),
    (TO_DECLARE, "tout saisi, à déclarer"),
    (AWAITED, "notes attendues (ATT)"),
    (DECLARED, "déclarés complets"),
    (ASIDE, "mis de côté"),
]


class ProgressFilter(filters.FilterSet):
    """The elements of a promotion by title or person, semester, parcours, state."""

    q = filters.CharFilter(
        label="Élément ou personne",
        method="search",
        widget=forms.TextInput(attrs={"type": "search"}),
    )
    semester = filters.ChoiceFilter(
        label="Semestre", field_name="element__semester", empty_label="les deux semestres"
    )
    parcours = filters.ChoiceFilter(label="Parcours", method="of_programme", empty_label="tous les parcours")
    state = filters.ChoiceFilter(
        label="État", method="left_to_kept", choices=STATES, empty_label="tous les états"
    )

    class Meta:
        model = Teaching
        fields = ("q", "semester", "parcours", "state")

    def __init__(self, data: Any, *, cohort: Cohort) -> None:
        super().__init__(data, queryset=cohort.teachings.all())
        self.filters["semester"].extra["choices"] = [
            (semester, f"S{semester}") for semester in cohort.semesters
        ]

        self.filters["parcours"].extra["choices"] = list(cohort.labels.items())
        if not cohort.is_plural:
            del self.filters["parcours"]

    def of_programme(self, queryset: QuerySet[Teaching], name: str, value: str) -> QuerySet[Teaching]:
        return queryset.of_programme(int(value))  # type: ignore[attr-defined]

    def search(self, queryset: QuerySet[Teaching], name: str, value: str) -> QuerySet[Teaching]:
        asked = Q(element__display__icontains=value) | Q(element__title__icontains=value)
        for role in ("heads", "teachers"):
            asked |= Q(**{f"{role}__last_name__icontains": value})
        return queryset.filter(pk__in=Teaching.objects.filter(asked).values("pk"))

    def left_to_kept(self, queryset: QuerySet[Teaching], name: str, value: str) -> QuerySet[Teaching]:
        """A state rests on the marks: `kept` finds it in the lines read."""
        return queryset

    def kept(self, lines: Iterable[ElementProgress]) -> list[ElementProgress]:
        """Among the lines of this filter's elements, those in the state asked for."""
        asked = self.form.cleaned_data.get("state") if self.form.is_valid() else ""
        return [line for line in lines if not asked or _in_state(line, asked)]


def _in_state(line: ElementProgress, state: str) -> bool:
    if state == UNFINISHED:
        return line.unfinished
    if state == TO_DECLARE:
        return line.to_declare
    if state == AWAITED:
        return line.awaited > 0
    if state == ASIDE:
        return line.teaching.is_aside
    return line.teaching.completed_at is not None
