from __future__ import annotations

import django_tables2 as tables

# What a phone leaves to the sheet itself.
WIDE = {part: {"class": "nowrap d-none d-md-table-cell"} for part in ("td", "th")}
WIDE_NUMBER = {part: {"class": "n d-none d-md-table-cell"} for part in ("td", "th")}


class TeachingTable(tables.Table):
    """The elements of a person, and how far each has come."""

    code = tables.TemplateColumn(
        template_name="grades/_element.html", verbose_name="Élément", order_by=("semester", "code")
    )
    units = tables.Column("Compte dans", attrs=WIDE)
    role = tables.Column("Mon rôle", attrs=WIDE)
    done = tables.TemplateColumn(
        template_name="grades/_progress.html", verbose_name="Notes", attrs={"td": {"class": "w-bar"}}
    )
    average = tables.TemplateColumn(
        template_name="grades/_mean.html", verbose_name="Moyenne", attrs=WIDE_NUMBER, empty_values=()
    )
    state = tables.TemplateColumn(template_name="grades/_state.html", verbose_name="État", order_by="state")

    class Meta:
        attrs = {"class": "tbl"}
        order_by = ("code",)
