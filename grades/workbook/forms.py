from __future__ import annotations

from django import forms

from butrt.base.spreadsheets import MOST_BYTES


class WorkbookForm(forms.Form):
    """The file; what is wrong in it is told by who reads it, here only that there is one, of a sane size."""

    file = forms.FileField(
        label="Classeur rempli",
        max_length=200,
        allow_empty_file=True,
        widget=forms.FileInput(
            attrs={
                "accept": ".xlsx,application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
                "class": "form-control",
            }
        ),
        error_messages={"required": "Choisir le classeur à envoyer."},
        help_text=f"Un fichier .xlsx téléchargé ici, {MOST_BYTES // 2**20} Mo au plus.",
    )
