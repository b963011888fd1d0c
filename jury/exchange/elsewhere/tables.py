from __future__ import annotations

import django_tables2 as tables

from butrt.base import french
from curriculum.models import school_year_label
from jury.models import Result
from jury.rules import codes


class ResultTable(tables.Table):
    """The results from elsewhere of a department; withdrawn ones stay, struck through."""

    student = tables.Column("Étudiant", order_by=("student__sort_key", "student__pk"))
    number = tables.Column("N° étudiant", accessor="student__number", attrs={"td": {"class": "num"}})
    school_year = tables.Column("Année")
    subject = tables.TemplateColumn(
        template_name="jury/exchange/elsewhere/_subject.html",
        verbose_name="Objet",
        order_by=("semester", "subject"),
    )
    average = tables.Column("Moyenne", orderable=False, attrs={"td": {"class": "n"}, "th": {"class": "n"}})
    code = tables.TemplateColumn(template_name="jury/exchange/elsewhere/_said.html", verbose_name="Décision")
    source = tables.Column("Origine")
    document = tables.TemplateColumn(
        template_name="jury/exchange/elsewhere/_document.html", verbose_name="Pièce", order_by="document"
    )
    recorded_at = tables.TemplateColumn(
        template_name="jury/exchange/elsewhere/_recorded.html", verbose_name="Enregistré"
    )

    class Meta:
        attrs = {"class": "tbl told"}
        order_by = ("student", "school_year", "subject")
        row_attrs = {"class": lambda record: "withdrawn" if record.withdrawn_at else ""}
        empty_text = "Aucun résultat venu d’ailleurs."

    def render_school_year(self, value: int) -> str:
        return school_year_label(value)

    def render_average(self, value: str) -> str:
        return shown(value)

    def value_average(self, value: str) -> str:
        return french.number(value, "")

    def value_subject(self, record: Result) -> str:
        return record.subject

    def value_code(self, record: Result) -> str:
        about: codes.About = "year" if record.kind == Result.Kind.YEAR else "unit"
        if not record.code or not record.code_fits:
            return record.code
        meaning = codes.words(codes.Code(record.code), about, codes.gender(record.student.gender))
        return f"{record.code} {meaning}"

    def value_document(self, record: Result) -> str:
        return record.document

    def value_recorded_at(self, record: Result) -> str:
        done = ""
        if record.recorded_at:
            done = f"{french.short_date(record.recorded_at)} {record.recorded_by or ''}"
        if record.withdrawn_at:
            when = french.short_date(record.withdrawn_at)
            done += f" ; retiré le {when} par {record.withdrawn_by} : {record.withdrawal_motive}"
        return done.strip()


def shown(average: str) -> str:
    """An average as it was given, cut where it has more decimals than a reader follows."""
    whole, _, decimals = average.partition(".")
    if len(decimals) > 4:
        decimals = f"{decimals[:4]}…"
    return f"{whole},{decimals}" if decimals else whole
