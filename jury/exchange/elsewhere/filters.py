from __future__ import annotations

import django_filters
from django import forms
from django.db.models import QuerySet

from grades.models import Student
from jury.cases.ledger.elsewhere import SOURCES
from jury.models import Result


class ResultFilter(django_filters.FilterSet):
    """Results from elsewhere by student, origin, withdrawn or not."""

    q = django_filters.CharFilter(
        label="Nom ou n° étudiant", method="search", widget=forms.TextInput(attrs={"type": "search"})
    )
    source = django_filters.ChoiceFilter(
        label="Origine",
        empty_label="toutes les origines",
        choices=[(source.value, source.label) for source in SOURCES],
    )
    withdrawn = django_filters.ChoiceFilter(
        label="Retraits",
        method="by_withdrawal",
        empty_label="retirés compris",
        choices=[("no", "sans les retirés"), ("yes", "retirés seulement")],
    )

    class Meta:
        model = Result
        fields = ("q", "source", "withdrawn")

    def search(self, results: QuerySet[Result], name: str, text: str) -> QuerySet[Result]:
        return results.filter(student__in=Student.objects.filter(results__in=results).matching(text))

    def by_withdrawal(self, results: QuerySet[Result], name: str, value: str) -> QuerySet[Result]:
        return results.filter(withdrawn_at__isnull=value == "no")
