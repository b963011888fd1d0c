from __future__ import annotations

from typing import Any

import django_tables2 as tables

from butrt.base.accounts.models import Role, User


class PeopleTable(tables.Table):
    """The accounts of a department, with their roles."""

    name = tables.LinkColumn(
        "accounts:person",
        args=[tables.A("pk")],
        text=str,
        verbose_name="Personne",
        order_by=("sort_key",),
    )
    username = tables.Column("Identifiant")
    quality = tables.Column("Qualité")
    role_names = tables.Column("Rôles", accessor="pk", orderable=False)
    is_active = tables.Column("Ouvert")

    class Meta:
        model = User
        fields = ()
        attrs = {"class": "tbl"}
        empty_text = "Rien ne correspond à ces filtres."

    def __init__(self, *args: Any, several: bool = False, **kwargs: Any) -> None:
        """`several`: the list is of more than one department, each role says of which."""
        super().__init__(*args, **kwargs)
        self.several = several

    def render_is_active(self, record: User) -> str:
        if not record.is_active:
            return "fermé"
        return "oui" if record.has_usable_password() else "invitation sans réponse"

    def render_role_names(self, record: User) -> str:
        labels = dict(Role.Name.choices)
        return ", ".join(
            f"{labels[role.role]} ({role.department.name})" if self.several else str(labels[role.role])
            for role in record.roles.all()
        )
