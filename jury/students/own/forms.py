from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms

from grades.averages import TWENTY
from jury.cases.trials import Choice


class NextMarkForm(forms.Form):
    """Et si: a mark to come, and what it would be on 20."""

    on = forms.ChoiceField(
        label="La note de", error_messages={"invalid_choice": "Choisir une note de la liste."}
    )
    value = forms.DecimalField(
        label="vaut, sur 20",
        min_value=0,
        max_value=TWENTY,
        max_digits=4,
        decimal_places=2,
        localize=True,
        error_messages={
            "required": "Écrire une note, de 0 à 20.",
            "invalid": "Écrire une note en chiffres, de 0 à 20.",
            "min_value": "Une note va de 0 à 20.",
            "max_value": "Une note va de 0 à 20.",
            "max_digits": "Une note va de 0 à 20, à deux décimales.",
            "max_decimal_places": "Deux décimales au plus : 11,25.",
        },
    )

    def __init__(self, *args: Any, choices: Sequence[Choice], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.known = {choice.key: choice for choice in choices}
        self.fields["on"].choices = [(choice.key, choice.label) for choice in choices]  # type: ignore[attr-defined]

    @property
    def chosen(self) -> Choice:
        """What is tried, once valid."""
        return self.known[self.cleaned_data["on"]]
