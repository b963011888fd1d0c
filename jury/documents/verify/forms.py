"""The file that somebody asks to check."""

from __future__ import annotations

from django import forms

from butrt.base.french import size

LARGEST = 12 * 1024 * 1024  # the PV of 150 students is ten times smaller


class FileForm(forms.Form):
    """A PDF to examine."""

    file = forms.FileField(
        label="Fichier PDF",
        error_messages={"required": "Choisir le fichier PDF à vérifier.", "empty": "Ce fichier est vide."},
        widget=forms.FileInput(
            attrs={"accept": "application/pdf,.pdf", "class": "form-control form-control-sm mb-2"}
        ),
    )

    def clean_file(self) -> bytes:
        file = self.cleaned_data["file"]
        if file.size > LARGEST:
            raise forms.ValidationError(
                f"Ce fichier dépasse {size(LARGEST)} : ce n’est pas un document d’ici."
            )
        content: bytes = file.read()
        return content
