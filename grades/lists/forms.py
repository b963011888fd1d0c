from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from butrt.base.forms import file_field
from butrt.base.french import NBSP
from butrt.base.spreadsheets import MOST_BYTES
from grades.lists.reading import Columns, MarkList
from grades.models import Assessment

MOST_LETTERS = 200_000  # pasted: 150 students and the forty columns of Moodle make 60,000
SELECT = forms.Select(attrs={"class": "form-select"})


class AssessmentField(forms.ChoiceField):
    """One of the évaluations of a sheet that may still be filled."""

    def __init__(self, assessments: Mapping[int, Assessment], initial: int | None = None) -> None:
        super().__init__(
            label="Évaluation",
            choices=[(str(key), assessment.title) for key, assessment in assessments.items()],
            initial=str(initial or ""),
            widget=SELECT,
        )


class ListForm(forms.Form):
    """A list pasted, or sent; what is wrong in it is told by who reads it."""

    text = forms.CharField(
        label="Coller la liste",
        required=False,
        max_length=MOST_LETTERS,
        strip=False,
        widget=forms.Textarea(
            attrs={"rows": 7, "class": "form-control", "spellcheck": "false", "autocomplete": "off"}
        ),
        help_text="Une ligne par étudiant, dans n’importe quel ordre : son n° ou son nom, sa note.",
    )
    file = file_field(
        "Ou envoyer le fichier",
        ".xlsx,.csv,.txt,.tsv",
        f"Classeur .xlsx, ou texte (.csv, .txt), {MOST_BYTES // 2**20}{NBSP}Mo au plus.",
        required=False,
    )

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        files: Any = None,
        *,
        assessments: Mapping[int, Assessment],
        initial: int | None = None,
    ) -> None:
        super().__init__(data, files)
        self.fields["assessment"] = AssessmentField(assessments, initial)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        text, file = data.get("text", "").strip(), data.get("file")
        if not self.errors and not text and not file:
            raise ValidationError("Coller la liste, ou choisir le fichier à envoyer.")
        if text and file:
            raise ValidationError("Une liste collée et un fichier : n’en donner qu’un des deux.")
        return data

    def content(self) -> tuple[bytes, str]:
        """What to read, and its name."""
        if file := self.cleaned_data["file"]:
            # Of one that is too large, no more than it takes to refuse it.
            return file.read(MOST_BYTES + 1), (file.name or "")[-100:]
        return self.cleaned_data["text"].encode(), "liste collée"


class ColumnsForm(forms.Form):
    """Which column says what, and of which évaluation."""

    def __init__(
        self, data: Mapping[str, Any], *, marks: MarkList, assessments: Mapping[int, Assessment]
    ) -> None:
        super().__init__(data)
        self.fields["assessment"] = AssessmentField(assessments)
        known = [(str(number), marks.label(number)) for number in marks.columns]
        for name, label, none in (
            ("number", "N° étudiant", "aucune"),
            ("name", "Nom, ou nom et prénom", "aucune"),
            ("first_name", "Prénom, s’il est à part", "aucune"),
            ("mark", "Note", "choisir"),
        ):
            self.fields[name] = forms.TypedChoiceField(
                label=label,
                choices=[("0", none), *known],
                coerce=int,
                widget=SELECT,
            )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        columns = [data.get(name) for name in Columns._fields]
        if self.errors:
            return data
        if not data["number"] and not data["name"]:
            self.add_error("number", "Dire quelle colonne donne le n° étudiant, ou le nom.")
        if not data["mark"]:
            self.add_error("mark", "Dire quelle colonne donne la note.")
        chosen = [column for column in columns if column]
        if len(set(chosen)) < len(chosen):
            raise ValidationError("Une même colonne est choisie deux fois.")
        return data

    @property
    def columns(self) -> Columns:
        return Columns(*(self.cleaned_data[name] for name in Columns._fields))
