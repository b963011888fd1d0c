from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import Q, QuerySet

from butrt.base.accounts.models import Role, User


class DepartmentFilter(django_filters.ModelChoiceFilter):
    """One of the departments of who reads the list; see `choose_among`."""

    def __init__(self, **kwargs: Any) -> None:
        words = {"label": "Département", "empty_label": "tous les départements"}
        super().__init__(queryset=Role.objects.none(), **words, **kwargs)


def choose_among(filters: django_filters.FilterSet, departments: QuerySet[Any]) -> None:
    """Have a list's filter offer these departments; one alone is no choice."""
    if len(departments) > 1:
        filters.filters["department"].queryset = departments
    else:
        del filters.filters["department"]


class PeopleFilter(django_filters.FilterSet):
    """Find an account by name or role."""

    q = django_filters.CharFilter(label="Nom ou identifiant", method="by_name")
    role = django_filters.ChoiceFilter(
        label="Rôle", choices=Role.Name.choices, empty_label="tous les rôles", method="by_role"
    )
    department = DepartmentFilter(method="by_role")

    class Meta:
        model = User
        fields = ("q", "role", "department")

    def __init__(self, *args: Any, departments: QuerySet[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.departments = departments
        choose_among(self, departments)

    def by_name(self, accounts: QuerySet[User], name: str, text: str) -> QuerySet[User]:
        return accounts.filter(
            Q(last_name__icontains=text) | Q(first_name__icontains=text) | Q(username__icontains=text)
        )

    def by_role(self, accounts: QuerySet[User], name: str, value: Any) -> QuerySet[User]:
        """Who holds the role asked for in the department asked for, one and the other together."""
        asked = self.form.cleaned_data
        department = asked.get("department")
        roles = Role.objects.filter(department__in=[department] if department else self.departments)
        if asked["role"]:
            roles = roles.filter(role=asked["role"])
        return accounts.filter(pk__in=roles.values("user"))
