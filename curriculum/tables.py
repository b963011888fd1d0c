import django_tables2 as tables

from curriculum.models import Programme


class ProgrammeTable(tables.Table):
    """The programmes that a person sees, one line each."""

    year = tables.Column("Année", linkify=True)
    parcours = tables.Column("Parcours", order_by=("parcours__name",))
    modality = tables.Column("Modalité")
    in_force_from = tables.Column("En vigueur depuis", attrs={"td": {"class": "n"}, "th": {"class": "n"}})
    unit_count = tables.Column("UE", attrs={"td": {"class": "n"}, "th": {"class": "n"}})
    element_count = tables.Column("Éléments", attrs={"td": {"class": "n"}, "th": {"class": "n"}})
    ects = tables.TemplateColumn(
        "{{ value|mark }}", verbose_name="ECTS", attrs={"td": {"class": "n"}, "th": {"class": "n"}}
    )
    illustrative = tables.TemplateColumn(
        template_name="curriculum/_origin.html", verbose_name="Origine", orderable=False
    )

    class Meta:
        model = Programme
        fields = ()
        attrs = {"class": "tbl"}

    def render_year(self, value: int) -> str:
        return f"BUT{value}"

    def render_in_force_from(self, value: int) -> str:
        return str(value)
