from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from django import forms

from butrt.base.forms import offer
from curriculum.models import Department


class ProvidedForm(forms.Form):
    """One référentiel, or programmes, of those that come with the site; for which department, if several."""

    department = forms.ModelChoiceField(
        Department.objects.none(),
        label="Département",
        empty_label=None,
        widget=forms.Select(attrs={"class": "form-select w-auto"}),
        error_messages={"required": "Choisir le département.", "invalid_choice": "Choisir le département."},
    )
    referential = forms.CharField(required=False, max_length=100)
    programmes = forms.MultipleChoiceField(
        required=False, error_messages={"invalid_choice": "Choisir un des programmes de la liste."}
    )

    def __init__(self, *args: Any, departments: Collection[int], files: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, programmes=[(name, name) for name in files])
        if len(departments) > 1:
            offer(self, department=Department.objects.filter(pk__in=departments))
        else:
            del self.fields["department"]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not self.errors and not (data.get("referential") or data.get("programmes")):
            raise forms.ValidationError("Choisir au moins un programme.")
        return data
