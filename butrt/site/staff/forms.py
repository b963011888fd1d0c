from __future__ import annotations

from typing import Any

from django import forms

from butrt.base.accounts.models import Role
from butrt.base.forms import file_field
from butrt.base.french import NBSP
from butrt.base.spreadsheets import MOST_BYTES
from butrt.site.staff.reading import MOST_PEOPLE
from curriculum.forms import OfADepartmentForm

MOST_PASTED = MOST_PEOPLE * 300
ROLES = [(name, label) for name, label in Role.Name.choices if name != Role.Name.STUDENT]


class ListForm(OfADepartmentForm):
    """A list of people, pasted or in a file; the role of those whose line says none."""

    pasted = forms.CharField(
        label="La liste, collée d’un tableur ou d’un courriel",
        required=False,
        max_length=MOST_PASTED,
        widget=forms.Textarea(
            attrs={
                "class": "form-control",
                "rows": 8,
                "spellcheck": "false",
                "placeholder": "Nom\tPrénom\tCourriel\tIdentifiant\tRôles",
            }
        ),
    )
    file = file_field(
        "Ou un fichier",
        ".xlsx,.csv,.txt,.tsv",
        f"Classeur .xlsx, ou texte (.csv, .txt), {MOST_BYTES // 2**20}{NBSP}Mo au plus.",
        required=False,
    )
    role = forms.ChoiceField(
        label="Rôle de ceux dont la ligne n’en dit aucun",
        choices=ROLES,
        initial=Role.Name.TEACHER,
        widget=forms.Select(attrs={"class": "form-select"}),
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not self.errors and bool((data.get("pasted") or "").strip()) == bool(data.get("file")):
            raise forms.ValidationError("Coller une liste ou choisir un fichier, l’un des deux.")
        return data

    @property
    def content(self) -> bytes:
        """What was pasted or sent; of a file that is too large, no more than it takes to refuse it."""
        file = self.cleaned_data["file"]
        return file.read(MOST_BYTES + 1) if file else self.cleaned_data["pasted"].encode()
