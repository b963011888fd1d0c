from __future__ import annotations

from typing import Any

from django import forms

from butrt.base.documents.characters import check_printable
from curriculum.models import SOURCES, Department, Programme, Regulation
from jury.models import Session

SETTINGS = tuple(SOURCES)


class RegulationForm(forms.ModelForm):
    """A new version of the règlement, each setting with its source; and the session to try it on."""

    session = forms.ModelChoiceField(
        label="Essayer sur", queryset=Session.objects.none(), required=False, empty_label="aucune session"
    )

    class Meta:
        model = Regulation
        fields = ("school_year", "programme", "adopted_on", *SETTINGS)
        localized_fields = ("pass_mark", "rcue_minimum")
        widgets = {"adopted_on": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")}

    def __init__(self, *args: Any, department: Department, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.instance.department = department
        self.fields["programme"].queryset = Programme.objects.filter(  # type: ignore[attr-defined]
            parcours__department=department
        ).select_related("parcours")
        self.fields["programme"].empty_label = "tous les programmes"  # type: ignore[attr-defined]
        self.fields["session"].queryset = (  # type: ignore[attr-defined]
            Session.objects.with_programme()
            .filter(cohort__programme__parcours__department=department)
            .exclude(state=Session.State.CLOSED)
        )
        for name in SETTINGS:
            self.fields[f"source_{name}"] = forms.CharField(
                label=f"Source : {self.fields[name].label}",
                initial=self.instance.sources.get(name, ""),
                max_length=200,
                validators=[check_printable],
            )
        for field in self.fields.values():
            field.widget.attrs["class"] = "form-select" if hasattr(field, "choices") else "form-control"

    def rows(self) -> list[tuple[forms.BoundField, forms.BoundField]]:
        """Each setting beside its source."""
        return [(self[name], self[f"source_{name}"]) for name in SETTINGS]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        pass_mark, minimum = data.get("pass_mark"), data.get("rcue_minimum")
        if pass_mark is not None and not 0 <= pass_mark <= 20:
            self.add_error("pass_mark", "Le seuil est une note, de 0 à 20.")
        if pass_mark is not None and minimum is not None and not 0 <= minimum <= pass_mark:
            self.add_error("rcue_minimum", "Le minimum par RCUE va de 0 au seuil d’acquisition.")
        if (data.get("decimals") or 0) > 6:
            self.add_error("decimals", "Six décimales au plus.")
        self.instance.sources = {name: data.get(f"source_{name}", "") for name in SETTINGS}
        return data
