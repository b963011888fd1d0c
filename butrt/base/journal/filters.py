from __future__ import annotations

import django_filters

from butrt.base.journal.models import Entry


class EntryFilter(django_filters.FilterSet):
    """Find acts by what they are about, by whom, or since when."""

    about = django_filters.CharFilter(label="Objet", lookup_expr="icontains")
    by = django_filters.CharFilter(
        label="Nom de l’auteur", field_name="by__last_name", lookup_expr="icontains"
    )
    act = django_filters.CharFilter(label="Acte", lookup_expr="startswith")

    class Meta:
        model = Entry
        fields = ("about", "by", "act")
