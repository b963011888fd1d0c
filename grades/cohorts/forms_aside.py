from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Submit
from django import forms

from curriculum.models import Element
from grades.models import Cohort


class AsideForm(forms.Form):
    """Why nobody is assessed in an element this year; set aside already, it may also be put back."""

    motive = forms.CharField(
        label="Motif",
        max_length=200,
        widget=forms.TextInput(attrs={"placeholder": "Grève, poste vacant, atelier fermé…"}),
        help_text="Imprimé sur le PV et sur les relevés : n’y écrire de personne ni le nom, ni la santé.",
    )

    def __init__(self, data: Mapping[str, Any] | None = None, *, cohort: Cohort, element: Element) -> None:
        self.teaching = cohort.teachings.filter(element__code=element.code).select_related("aside_by").first()
        aside = self.teaching is not None and self.teaching.is_aside
        super().__init__(data, initial={"motive": self.teaching.aside_motive if self.teaching else ""})
        self.helper = FormHelper()
        self.helper.add_input(Submit("save", "Enregistrer le motif" if aside else "Mettre de côté"))
        if aside:
            back = Submit("back", "Remettre dans les moyennes", css_class="btn-quiet", formnovalidate="")
            self.helper.add_input(back)
