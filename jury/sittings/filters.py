from __future__ import annotations

import django_filters

from jury.models import Session


class SessionFilter(django_filters.FilterSet):
    """Find a session by its state or its school year."""

    state = django_filters.ChoiceFilter(
        label="État", choices=Session.State.choices, empty_label="tous les états"
    )
    year = django_filters.NumberFilter(label="Année (2024 pour 2024-2025)", field_name="cohort__school_year")

    class Meta:
        model = Session
        fields = ("state", "year")
