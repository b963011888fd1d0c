from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import QuerySet

from butrt.base.accounts.filters import DepartmentFilter, choose_among
from butrt.base.journal.models import Entry
from butrt.base.journal.words import ACTS
from butrt.base.words import folded


class EntryFilter(django_filters.FilterSet):
    """Find acts by what they are about, by whom, or since when."""

    about = django_filters.CharFilter(label="Objet", lookup_expr="icontains")
    by = django_filters.CharFilter(
        label="Nom de l’auteur", field_name="by__last_name", lookup_expr="icontains"
    )
    act = django_filters.ChoiceFilter(
        label="Acte",
        choices=sorted(ACTS.items(), key=lambda act: folded(act[1])),
        empty_label="tous les actes",
    )

    department = DepartmentFilter()

    class Meta:
        model = Entry
        fields = ("about", "by", "act", "department")

    def __init__(self, *args: Any, departments: QuerySet[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choose_among(self, departments)
