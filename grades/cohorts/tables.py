from __future__ import annotations

from functools import cached_property
from typing import Any

import django_tables2 as tables

from curriculum.models import school_year_label
from grades import attempts
from grades.models import Cohort, Enrolment, Teaching
from grades.tables import WIDE, WIDE_NUMBER

NUMBER = {part: {"class": "n"} for part in ("td", "th")}


class CohortTable(tables.Table):
    """The promotions a person may read, in the order that they come: the year in course first."""

    formation = tables.Column(
        "Promotion", linkify=lambda record: record.get_absolute_url(), order_by=("year", "specialty", "pk")
    )
    school_year = tables.Column("Année universitaire", attrs={"td": {"class": "nowrap"}})
    students = tables.Column("Étudiants", attrs=NUMBER)
    groups = tables.Column("Groupes", accessor="group_count", attrs=WIDE_NUMBER)
    headless = tables.Column("Éléments sans responsable", attrs=WIDE_NUMBER)

    class Meta:
        model = Cohort
        fields = ()
        attrs = {"class": "tbl"}

    def render_school_year(self, value: int) -> str:
        return school_year_label(value)


class EnrolmentTable(tables.Table):
    """The students of a promotion, as the secretariat calls them; its cells are those of the template."""

    student = tables.Column("Étudiant", order_by=("student__sort_key",))
    number = tables.Column("N° étudiant", accessor="student__number")
    ine = tables.Column("INE", accessor="student__ine", attrs={"th": {"class": "d-none d-md-table-cell"}})
    programme = tables.Column("Programme", order_by=("programme__parcours__short", "programme__modality"))
    group = tables.Column("Groupe", order_by=("group__name",), attrs=WIDE)
    status = tables.Column("Situation")
    semesters = tables.Column("Semestres", attrs=WIDE, orderable=False)
    repeats = tables.Column("Redoublements", attrs=WIDE, orderable=False)
    absences = tables.Column("Absences injustifiées", accessor="unjustified_absences", attrs=WIDE_NUMBER)

    class Meta:
        model = Enrolment
        fields = ()
        template_name = "grades/cohorts/_enrolment_rows.html"
        attrs = {"class": "tbl"}
        order_by = ("student",)

    def __init__(self, *args: Any, cohort: Cohort, linked: bool, **kwargs: Any) -> None:
        """`linked`: whether the reader may open what each student has."""
        super().__init__(*args, exclude=() if cohort.is_plural else ("programme",), **kwargs)
        self.is_plural, self.labels, self.linked = cohort.is_plural, cohort.labels, linked

    @cached_property
    def repeated(self) -> dict[int, str]:
        """{enrolment: "S3 × 1"}, "" for who repeats nothing."""
        repeats = attempts.repeats_of(row.record for row in self.rows)
        return {key: attempts.times_in_words(times) for key, times in repeats.items()}


class EnrolmentExport(tables.Table):
    """The same students for a spreadsheet: everything known, a column each."""

    number = tables.Column("n° étudiant", accessor="student__number")
    ine = tables.Column("INE", accessor="student__ine")
    last_name = tables.Column("nom", accessor="student__last_name")
    first_name = tables.Column("prénom", accessor="student__first_name")
    usual_last_name = tables.Column("nom d’usage", accessor="student__usual_last_name")
    usual_first_name = tables.Column("prénom usuel", accessor="student__usual_first_name")
    gender = tables.Column("civilité", accessor="student__gender")
    birth_date = tables.Column("date de naissance", accessor="student__birth_date")
    birth_place = tables.Column("lieu de naissance", accessor="student__birth_place")
    email = tables.Column("courriel", accessor="student__email")
    baccalaureate = tables.Column("baccalauréat", accessor="student__get_baccalaureate_display")
    series = tables.Column("série du baccalauréat", accessor="student__baccalaureate_series")
    parcoursup = tables.Column("n° Parcoursup", accessor="student__parcoursup")
    address = tables.Column("adresse", accessor="student__address")
    postal_code = tables.Column("code postal", accessor="student__postal_code")
    city = tables.Column("ville", accessor="student__city")
    country = tables.Column("pays", accessor="student__country")
    parcours = tables.Column("parcours", accessor="programme__parcours__short")
    regime = tables.Column("régime", accessor="programme__get_modality_display")
    group = tables.Column("groupe", default="")
    company = tables.Column("entreprise")
    status = tables.Column("situation", empty_values=())
    status_since = tables.Column("depuis le")
    semesters = tables.Column("semestres", empty_values=())
    repeats = tables.Column("redoublements", empty_values=())
    extra_repeats = tables.Column("redoublements accordés", empty_values=())
    unjustified = tables.Column("demi-journées injustifiées", accessor="unjustified_absences")
    justified = tables.Column("demi-journées justifiées", accessor="justified_absences")

    class Meta:
        default = ""

    def value_gender(self, record: Enrolment) -> str:
        return record.student.gender

    def value_address(self, record: Enrolment) -> str:
        return ", ".join(record.student.address.splitlines())

    def value_birth_date(self, record: Enrolment) -> str:
        return record.student.birth_date.isoformat()

    def value_status(self, record: Enrolment) -> str:
        return record.get_status_display()

    def value_status_since(self, record: Enrolment) -> str:
        return record.status_since.isoformat() if record.status_since else ""

    @cached_property
    def repeated(self) -> dict[int, attempts.Times]:
        return attempts.repeats_of(row.record for row in self.rows)

    @cached_property
    def granted(self) -> dict[int, attempts.Times]:
        return attempts.extra_repeats_of(row.record for row in self.rows)

    def value_semesters(self, record: Enrolment) -> str:
        return semesters_told(record)

    def value_repeats(self, record: Enrolment) -> str:
        return attempts.times_in_words(self.repeated[record.pk])

    def value_extra_repeats(self, record: Enrolment) -> str:
        return attempts.times_in_words(self.granted[record.pk])


def semesters_told(enrolment: Enrolment) -> str:
    """ "S3 S4", "S4": what the column « semestres » of an import reads too."""
    return " ".join(f"S{semester}" for semester in enrolment.semesters)


class TeachingTable(tables.Table):
    """The elements of a promotion: who answers for each, who teaches it."""

    semester = tables.Column("Sem.", accessor="element__semester")
    element = tables.TemplateColumn(
        template_name="grades/cohorts/_element.html", verbose_name="Élément", order_by=("element__code",)
    )
    heads = tables.Column("Responsables", accessor="heads__all", orderable=False, empty_values=())
    teachers = tables.Column("Enseignants", accessor="teachers__all", orderable=False, empty_values=())
    assessments = tables.Column("Évaluations", accessor="number", attrs=WIDE_NUMBER)

    class Meta:
        model = Teaching
        fields = ()
        attrs = {"class": "tbl"}

    def render_semester(self, value: int) -> str:
        return f"S{value}"

    def render_heads(self, record: Teaching) -> str:
        return ", ".join(map(str, record.heads.all())) or "—"

    def render_teachers(self, record: Teaching) -> str:
        return ", ".join(map(str, record.teachers.all())) or "—"


class AccountTable(tables.Table):
    """The students of a promotion, and whether each may sign in; its cells are those of the template."""

    student = tables.Column("Étudiant", order_by=("student__sort_key",))
    group = tables.Column("Groupe", order_by=("group__name",), attrs=WIDE)
    username = tables.Column("Identifiant", accessor="student__account__username")
    state = tables.Column("Compte", accessor="student__account__is_active")
    last_login = tables.Column("Dernière connexion", accessor="student__account__last_login", attrs=WIDE)

    class Meta:
        model = Enrolment
        fields = ()
        template_name = "grades/cohorts/_account_rows.html"
        attrs = {"class": "tbl"}
        order_by = ("student",)
