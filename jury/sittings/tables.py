from __future__ import annotations

import django_tables2 as tables

from jury.models import Session


class SessionTable(tables.Table):
    """The sessions a person may see, in the order that they come: the year in course first."""

    title = tables.LinkColumn("jury:session", args=[tables.A("pk")], verbose_name="Jury", orderable=False)
    cohort = tables.Column("Promotion", order_by=("cohort__school_year", "cohort__year"))
    date = tables.DateColumn("j F Y", verbose_name="Date")
    place = tables.Column("Lieu")
    president = tables.Column("Présidence", order_by=("president__sort_key",))
    state = tables.Column("État")
    report = tables.LinkColumn(
        "jury:following",
        args=[tables.A("pk")],
        text="Suites et statistiques",
        verbose_name="Bilan",
        orderable=False,
        exclude_from_export=True,
        attrs={"a": {"class": "nowrap"}},
    )

    class Meta:
        model = Session
        fields = ()
        attrs = {"class": "tbl"}
        empty_text = "Rien ne correspond à ces filtres."

    def render_title(self, record: Session) -> str:
        return record.title
