from __future__ import annotations

import django_tables2 as tables

# What a phone leaves to the sheet itself.
WIDE = {part: {"class": "nowrap d-none d-md-table-cell"} for part in ("td", "th")}
WIDE_NUMBER = {part: {"class": "n d-none d-md-table-cell"} for part in ("td", "th")}


class TeachingTable(tables.Table):
    """The elements of a person, and how far each has come; its columns' cells are those of the template."""

    code = tables.Column("Élément", order_by=("semester", "code"))
    units = tables.Column("Compte dans", attrs=WIDE)
    role = tables.Column("Mon rôle", attrs=WIDE)
    done = tables.Column("Notes")
    average = tables.Column("Moyenne", attrs=WIDE_NUMBER)
    state = tables.Column("État")

    class Meta:
        template_name = "grades/_teaching_rows.html"
        attrs = {"class": "tbl"}
        order_by = ("code",)
