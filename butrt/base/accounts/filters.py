from __future__ import annotations

import django_filters
from django.db.models import Q, QuerySet

from butrt.base.accounts.models import Role, User


class PeopleFilter(django_filters.FilterSet):
    """Find an account by name or role."""

    q = django_filters.CharFilter(label="Nom ou identifiant", method="by_name")
    role = django_filters.ChoiceFilter(
        label="Rôle", field_name="roles__role", choices=Role.Name.choices, empty_label="tous les rôles"
    )

    class Meta:
        model = User
        fields = ("q", "role")

    def by_name(self, accounts: QuerySet[User], name: str, text: str) -> QuerySet[User]:
        return accounts.filter(
            Q(last_name__icontains=text) | Q(first_name__icontains=text) | Q(username__icontains=text)
        )
