from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms

from butrt.base.forms import file_field
from butrt.base.french import NBSP, quoted
from grades.intake.columns import EXTRACT, FIELDS, Column, Extract
from grades.models import Cohort


class StudentFileForm(forms.Form):
    """The file; what is wrong in it is told by who reads it, here only that there is one."""

    file = file_field(
        "Fichier des étudiants",
        ".xlsx,.csv,.txt,.tsv",
        f"Classeur .xlsx, ou texte (.csv, .txt), {EXTRACT.bytes // 2**20}{NBSP}Mo au plus.",
    )


class ColumnsForm(forms.Form):
    """What each column of a file holds: a choice a column, as recognised until somebody says otherwise."""

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        extract: Extract,
        cohort: Cohort,
        confirmed: Mapping[int, str] | None = None,
    ) -> None:
        super().__init__(data)
        self.extract = extract
        initial = extract.proposed if confirmed is None else confirmed
        apprentices = cohort.has_apprentices
        choices = [("", "ne pas lire")] + [
            (name, field.label) for name, field in FIELDS.items() if apprentices or name != "company"
        ]
        for column in extract.offered:
            self.fields[f"c{column.number}"] = forms.ChoiceField(
                label=column.named,
                required=False,
                choices=choices,
                initial=initial.get(column.number, ""),
                widget=forms.Select(attrs={"class": "form-select form-select-sm"}),
            )

    def lines(self) -> list[tuple[Column, forms.BoundField]]:
        """Each column with its choice, in the order of the file."""
        return [(column, self[f"c{column.number}"]) for column in self.extract.offered]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        given: dict[str, Column] = {}
        for column in self.extract.offered:
            name = data.get(f"c{column.number}")
            if not name:
                continue
            if name in given:
                self.add_error(
                    f"c{column.number}",
                    f"{FIELDS[name].label} vient déjà de {quoted(given[name].named)} : choisir l’une "
                    "des deux.",
                )
            given.setdefault(name, column)
        names = {"full_name"} & set(given) or {"last_name", "first_name"} <= set(given)
        known = {"number", "ine", "parcoursup"} & set(given) or (names and "birth_date" in given)
        if not self.errors and not known:
            raise forms.ValidationError(
                "Dire quelle colonne donne le n° étudiant ou l’INE, ou les noms et la naissance : sans eux, "
                "on ne sait qui est qui."
            )
        return data

    @property
    def columns(self) -> dict[int, str]:
        """{column: field} as confirmed."""
        chosen = {column.number: self.cleaned_data[f"c{column.number}"] for column in self.extract.offered}
        return {number: name for number, name in chosen.items() if name}
