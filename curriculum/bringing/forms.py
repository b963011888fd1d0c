from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms

from curriculum.forms import OfADepartmentForm


class ProvidedForm(OfADepartmentForm):
    """One référentiel, or programmes, of those that come with the site; for which department, if several."""

    referential = forms.CharField(required=False, max_length=100)
    programmes = forms.MultipleChoiceField(
        required=False, error_messages={"invalid_choice": "Choisir un des programmes de la liste."}
    )

    def __init__(self, *args: Any, files: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["programmes"].choices = [(name, name) for name in files]  # type: ignore[attr-defined]
        if "department" in self.fields:
            self.fields["department"].widget.attrs["class"] += " w-auto"

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not self.errors and not (data.get("referential") or data.get("programmes")):
            raise forms.ValidationError("Choisir au moins un programme.")
        return data
