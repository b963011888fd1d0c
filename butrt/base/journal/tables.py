import json

import django_tables2 as tables

from butrt.base.journal.models import Entry


class EntryTable(tables.Table):
    """The journal as those responsible read it, the last act first."""

    at = tables.DateTimeColumn(verbose_name="Quand", format="j F Y, G \\h i")
    by = tables.Column("Par", order_by=("by__sort_key",))
    act = tables.Column("Acte")
    about = tables.Column("Objet")
    details = tables.Column("Détails", orderable=False)

    class Meta:
        model = Entry
        fields = ()
        attrs = {"class": "tbl"}
        order_by = "-at"

    def render_details(self, value: object) -> str:
        text = json.dumps(value, ensure_ascii=False)
        return text if len(text) <= 300 else f"{text[:300]}…"
