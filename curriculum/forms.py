from __future__ import annotations

from collections.abc import Collection
from typing import Any, cast

from django import forms

from butrt.base.forms import file_field
from curriculum.models import Department


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


class OfADepartmentForm(forms.Form):
    """Of which department; not asked of a person who serves one."""

    department = forms.ModelChoiceField(
        Department.objects.none(),
        label="Département",
        empty_label=None,
        widget=forms.Select(attrs={"class": "form-select"}),
        error_messages={"required": "Choisir le département.", "invalid_choice": "Choisir le département."},
    )

    def __init__(self, *args: Any, departments: Collection[int] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.departments = departments
        if len(departments) > 1:
            choice = cast(forms.ModelChoiceField, self.fields["department"])
            choice.queryset = Department.objects.filter(pk__in=departments)
        else:
            del self.fields["department"]

    @property
    def chosen_department(self) -> Department:
        """Once valid: the one chosen, or the only one."""
        chosen: Department | None = self.cleaned_data.get("department")
        return chosen or Department.objects.get(pk__in=self.departments)


class FileForm(OfADepartmentForm):
    """A file that makes a programme, and its department when there is a choice.

    What is wrong in the file is told by who reads it, here only that there is one.
    """

    def __init__(self, *args: Any, accept: str, help_text: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["file"] = file_field("Fichier", accept, help_text)
