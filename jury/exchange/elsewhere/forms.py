from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from django import forms
from django.db.models import QuerySet
from django.utils import timezone

from butrt.base.documents.characters import check_printable
from butrt.base.forms import file_field, files_field
from butrt.base.french import NBSP
from butrt.base.spreadsheets import MOST_BYTES
from curriculum.models import Department, Parcours, school_year_label
from grades.models import Student
from jury.cases.ledger.elsewhere import SOURCES, Origin, Planned, ResultRow, allowed_codes
from jury.exchange.elsewhere.entry import EntryLine, Section
from jury.exchange.scodoc.units import Asked, pairs_of
from jury.models import Result
from jury.rules import codes

OLDEST = 12  # school years back: a DUT of ten years ago opens a passerelle
SMALL = {"class": "form-control form-control-sm"}
SELECT = {"class": "form-select form-select-sm"}


def code_choices(kind: Result.Kind, year: int) -> list[tuple[str, str]]:
    """The codes that a UE, a RCUE or a year may bear, each with its words: those that acquire first."""
    about: codes.About = "year" if kind == Result.Kind.YEAR else "unit"
    granting = codes.PASSING if kind == Result.Kind.YEAR else codes.VALIDATING
    ordered = sorted(
        allowed_codes(kind, year), key=lambda code: (code not in granting, list(codes.Code).index(code))
    )
    return [("", "—"), *((code.value, f"{code.value}, {codes.words(code, about)}") for code in ordered)]


class EntryForm(forms.Form):
    """Where results come from, and a line for each UE, RCUE and year; lines left empty say nothing."""

    source = forms.ChoiceField(
        label="Origine",
        choices=[("", "choisir"), *((source.value, source.label) for source in SOURCES)],
        widget=forms.Select(attrs={"class": "form-select"}),
        error_messages={"required": "Dire d’où viennent ces résultats."},
    )
    document = forms.CharField(
        label="Pièce",
        max_length=200,
        required=False,
        validators=[check_printable],
        widget=forms.TextInput(attrs={"class": "form-control"}),
        help_text="Ce qui le dit : relevé, arrêté, décision, avec sa référence. Facultative pour un jury "
        "antérieur repris.",
    )
    decided_on = forms.DateField(
        label="Date de la décision",
        required=False,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "class": "form-control"}),
    )
    school_year = forms.TypedChoiceField(
        label="Année universitaire", coerce=int, widget=forms.Select(attrs={"class": "form-select"})
    )

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        student: Student,
        sections: Sequence[Section],
        usual_year: int | None = None,
    ) -> None:
        super().__init__(data)
        self.student, self.sections = student, sections
        now = timezone.localdate().year
        years: forms.TypedChoiceField = self.fields["school_year"]  # type: ignore[assignment]
        years.choices = [(year, school_year_label(year)) for year in range(now, now - OLDEST, -1)]
        years.initial = usual_year
        for year, line in ((section.programme.year, line) for section in sections for line in section.lines):
            name = f"{line.subject} ({line.words})"
            self.fields[f"{line.key}-average"] = forms.CharField(
                label=f"Moyenne de {name}",
                required=False,
                max_length=34,
                widget=forms.TextInput(attrs=SMALL | {"inputmode": "decimal", "size": 6}),
            )
            self.fields[f"{line.key}-code"] = forms.ChoiceField(
                label=f"Décision de {name}",
                required=False,
                choices=code_choices(line.kind, year),
                widget=forms.Select(attrs=SELECT),
            )

    @property
    def lines(self) -> list[EntryLine]:
        return [line for section in self.sections for line in section.lines]

    def by_section(self) -> list[tuple[Section, list[tuple[EntryLine, forms.BoundField, forms.BoundField]]]]:
        """Each year with its lines, and the two fields of each."""
        return [
            (
                section,
                [(line, self[f"{line.key}-average"], self[f"{line.key}-code"]) for line in section.lines],
            )
            for section in self.sections
        ]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        filled = [line for line in self.lines if self._filled(line)]
        for line in filled:
            if not data.get(f"{line.key}-code") and f"{line.key}-code" not in self.errors:
                self.add_error(
                    f"{line.key}-code", f"{line.subject} a une moyenne et pas de décision{NBSP}: la choisir."
                )
        if not filled and not self.errors:
            raise forms.ValidationError("Aucune ligne n’est remplie : donner au moins une décision.")
        return data

    def _filled(self, line: EntryLine) -> bool:
        return any((self.data.get(f"{line.key}-{name}") or "").strip() for name in ("average", "code"))

    @property
    def origin(self) -> Origin:
        day: date | None = self.cleaned_data["decided_on"]
        return Origin(Result.Source(self.cleaned_data["source"]), self.cleaned_data["document"].strip(), day)

    def rows(self) -> list[ResultRow]:
        """What is said, a row each; `line` is the place of the line in the page."""
        return [
            ResultRow(
                place,
                self.student.number,
                str(self.cleaned_data["school_year"]),
                line.subject,
                self.cleaned_data[f"{line.key}-average"].strip().replace(",", "."),
                self.cleaned_data[f"{line.key}-code"],
                programme=line.programme,
            )
            for place, line in enumerate(self.lines)
            if self._filled(line)
        ]

    def refuse(self, plan: Sequence[Planned]) -> bool:
        """Show what cannot be recorded beside its field; whether anything is refused."""
        refused = [planned for planned in plan if planned.refusal]
        for planned in refused:
            assert planned.refusal is not None
            line, column = self.lines[planned.row.line], planned.refusal.column
            if column in ("source", "document", "decided_on", "school_year"):
                if planned.refusal.reason not in self.errors.get(column, []):
                    self.add_error(column, planned.refusal.reason)
            else:
                name = "average" if column == "average" else "code"
                self.add_error(f"{line.key}-{name}", f"{line.subject}{NBSP}: {planned.refusal.reason}")
        return bool(refused)


class WithdrawForm(forms.Form):
    motive = forms.CharField(
        label="Motif du retrait",
        widget=forms.Textarea(attrs={"rows": 3, "class": "form-control"}),
        max_length=500,
        error_messages={"required": "Retirer un résultat demande un motif."},
    )


class _DepartmentForm(forms.Form):
    """Of which department; not asked of a person who serves one."""

    department = forms.ModelChoiceField(
        label="Département",
        queryset=Department.objects.none(),
        empty_label=None,
        widget=forms.Select(attrs={"class": "form-select"}),
    )

    def __init__(self, *args: Any, departments: QuerySet[Department], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: forms.ModelChoiceField[Department] = self.fields["department"]  # type: ignore[assignment]
        field.queryset = departments
        if departments.count() == 1:
            self.only = departments.get()
            del self.fields["department"]

    def department_chosen(self) -> Department:
        chosen: Department = self.cleaned_data.get("department") or self.only
        return chosen


class ResultsFileForm(_DepartmentForm):
    """A workbook or text of results; what is wrong in it is told by who reads it."""

    file = file_field(
        "Fichier des résultats",
        ".xlsx,.csv,.txt,.tsv",
        f"Le modèle rempli, ou un texte (.csv) de mêmes colonnes, {MOST_BYTES // 2**20}{NBSP}Mo au plus.",
    )
    source = forms.ChoiceField(
        label="Origine des lignes qui ne la disent pas",
        choices=[(source.value, source.label) for source in SOURCES],
        initial=Result.Source.IMPORT.value,
        required=False,
        widget=forms.Select(attrs={"class": "form-select"}),
    )
    document = forms.CharField(
        label="Pièce, de même",
        max_length=200,
        required=False,
        validators=[check_printable],
        widget=forms.TextInput(attrs={"class": "form-control"}),
    )
    decided_on = forms.DateField(
        label="Date de la décision, de même",
        required=False,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "class": "form-control"}),
    )

    @property
    def origin(self) -> Origin:
        data = self.cleaned_data
        source = Result.Source(data["source"] or Result.Source.IMPORT)
        return Origin(source, data["document"].strip(), data["decided_on"])


MOST_SCODOC = 8 * 2**20
MOST_FILES = 20  # six semesters, of some parcours


class ScodocFile(NamedTuple):
    """A file as it was sent: its name, its bytes or more than may be."""

    name: str
    data: bytes


class ScodocFileForm(_DepartmentForm):
    """What ScoDoc's API gave of a jury, and what it does not say."""

    file = files_field(
        "Décisions de ScoDoc (JSON)",
        ".json,application/json",
        "Les réponses de decisions_jury, un fichier par semestre, tous à la fois si l’on veut "
        f"({MOST_FILES} au plus, {MOST_SCODOC // 2**20}{NBSP}Mo chacun).",
        most=MOST_FILES,
    )
    units = file_field(
        "Quelles UE (CSV)",
        ".csv,text/csv",
        "Colonnes ue_id et unit (2131;UE31), si le fichier de ScoDoc ne porte pas les sigles des UE.",
        required=False,
    )
    students = file_field(
        "Quels étudiants (CSV)",
        ".csv,text/csv",
        "Colonnes etudid et number (4021;21104567), si leurs numéros ici ne sont ni ceux de ScoDoc "
        "(code_nip) ni leurs INE.",
        required=False,
    )
    by_order = forms.BooleanField(
        label="À défaut, le premier RCUE est la première compétence, et ainsi de suite", required=False
    )
    parcours = forms.ModelChoiceField(
        label="Parcours de qui n’est pas inscrit dans cette année, si ses UE ne le disent pas",
        queryset=Parcours.objects.none(),
        required=False,
        empty_label="personne : le laisser de côté",
        widget=forms.Select(attrs={"class": "form-select"}),
        help_text="Chaque étudiant inscrit ici est lu par les programmes de son propre parcours ; un autre, "
        "par le seul programme qui a toutes ses UE, sinon par celui-ci.",
    )
    year = forms.TypedChoiceField(
        label="Année du BUT",
        coerce=int,
        empty_value=None,
        required=False,
        choices=[("", "celle du fichier"), *((year, f"BUT{year}") for year in (1, 2, 3))],
        widget=forms.Select(attrs={"class": "form-select"}),
    )
    school_year = forms.IntegerField(
        label="Année universitaire (2023 pour 2023-2024)",
        required=False,
        min_value=2000,
        max_value=2099,
        widget=forms.NumberInput(attrs={"class": "form-control", "placeholder": "celle du fichier"}),
    )

    def __init__(self, *args: Any, departments: QuerySet[Department], **kwargs: Any) -> None:
        super().__init__(*args, departments=departments, **kwargs)
        field: forms.ModelChoiceField[Parcours] = self.fields["parcours"]  # type: ignore[assignment]
        field.queryset = Parcours.objects.filter(
            department__in=departments, programmes__isnull=False
        ).distinct()

    def sent(self) -> list[ScodocFile]:
        """The files of decisions."""
        files = self.cleaned_data["file"]
        return [ScodocFile(file.name or "", file.read(MOST_SCODOC + 1)) for file in files]

    def asked(self) -> Asked:
        """What is said beside it. Raises ScodocError for a CSV that cannot be read."""
        data = self.cleaned_data
        return Asked(
            units=self._pairs("units", "ue_id", "unit"),
            by_order=data["by_order"],
            year=data["year"],
            school_year=data["school_year"],
            parcours=data["parcours"].code if data["parcours"] else "",
        )

    def numbers(self) -> dict[str, str]:
        """{etudid: our student number}, as said. Raises ScodocError for a CSV that cannot be read."""
        return self._pairs("students", "etudid", "number")

    def _pairs(self, name: str, first: str, second: str) -> dict[str, str]:
        file = self.cleaned_data[name]
        return pairs_of(file.read(MOST_BYTES + 1), file.name or name, first, second) if file else {}
