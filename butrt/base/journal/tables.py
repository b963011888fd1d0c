import json
from typing import Any

import django_tables2 as tables

from butrt.base import french
from butrt.base.journal.models import Entry
from butrt.base.journal.words import act_label, details_in_words


class EntryTable(tables.Table):
    """The journal as those responsible read it, the last act first."""

    at = tables.DateTimeColumn(verbose_name="Quand", format=french.MOMENT)
    by = tables.Column("Par")
    department = tables.Column("Département", accessor="department__name")
    act = tables.Column("Acte")
    about = tables.Column("Objet")
    details = tables.Column("Détails")

    class Meta:
        model = Entry
        fields = ()
        attrs = {"class": "tbl"}
        empty_text = "Rien ne correspond à ces filtres."
        orderable = False  # the last act first; filters find the others

    def render_act(self, value: str) -> str:
        return act_label(value)

    def render_details(self, value: dict[str, Any]) -> str:
        return " ; ".join(details_in_words(value)) or "—"

    def value_details(self, value: dict[str, Any]) -> str:
        """The exported file keeps what was written, whole."""
        return json.dumps(value, ensure_ascii=False)
