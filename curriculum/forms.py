from __future__ import annotations

from django import forms


class NewVersionForm(forms.Form):
    """The school year from which the new version applies."""

    in_force_from = forms.IntegerField(
        label="À partir de l’année universitaire",
        min_value=2000,
        max_value=2099,
        widget=forms.NumberInput(attrs={"class": "form-control"}),
        help_text="L’année de la rentrée : 2025 pour 2025-2026.",
        error_messages={
            "required": "Écrire l’année de la rentrée, par exemple 2025.",
            "invalid": "L’année de la rentrée s’écrit en quatre chiffres, par exemple 2025.",
            "min_value": "L’année de la rentrée est entre 2000 et 2099.",
            "max_value": "L’année de la rentrée est entre 2000 et 2099.",
        },
    )
