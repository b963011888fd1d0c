from __future__ import annotations

from typing import Any

from django import forms

from butrt.base.documents.characters import check_printable
from butrt.base.forms import offer
from curriculum.models import SILENT, SOURCES, Department, Programme, Regulation, Unit
from jury.models import Session

SETTINGS = tuple(SOURCES)
BONUS = ("bonus_floor", "bonus_percent", "bonus_cap", "bonus_units")


class RegulationForm(forms.ModelForm):
    """A new version of the règlement, each setting with its source; and the session to try it on."""

    session = forms.ModelChoiceField(
        label="Essayer sur", queryset=Session.objects.none(), required=False, empty_label="aucune session"
    )

    class Meta:
        model = Regulation
        fields = ("school_year", "programme", "adopted_on", *SETTINGS, *BONUS)
        localized_fields = ("pass_mark", "rcue_minimum", "bonus_floor", "bonus_percent", "bonus_cap")
        widgets = {"adopted_on": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")}

    def __init__(self, *args: Any, department: Department, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.instance.department = department
        offer(
            self,
            programme=Programme.objects.filter(parcours__department=department).select_related("parcours"),
        )
        self.fields["programme"].empty_label = "tous les programmes"  # type: ignore[attr-defined]
        offer(
            self,
            session=Session.objects.with_programme()
            .filter(cohort__specialty__department=department)
            .exclude(state=Session.State.CLOSED),
        )
        for name in SETTINGS:
            self.fields[f"source_{name}"] = forms.CharField(
                label=f"Source : {self.fields[name].label}",
                initial=self.instance.sources.get(name, ""),
                max_length=200,
                validators=[check_printable],
            )
        self.fields["source_bonus"] = forms.CharField(
            label="Source de la règle de bonus",
            initial=self.instance.sources.get("bonus", ""),
            max_length=200,
            required=False,
            validators=[check_printable],
        )
        for field in self.fields.values():
            field.widget.attrs["class"] = "form-select" if hasattr(field, "choices") else "form-control"

    def rows(self) -> list[tuple[forms.BoundField, forms.BoundField]]:
        """Each setting beside its source."""
        return [(self[name], self[f"source_{name}"]) for name in SETTINGS]

    def _unknown_units(self, data: dict[str, Any]) -> list[str]:
        """The codes typed that no programme concerned has: a bonus would count nowhere, in silence."""
        units = Unit.objects.filter(programme__parcours__department=self.instance.department)
        if programme := data.get("programme"):
            units = units.filter(programme=programme)
        known = {code for pair in units.values_list("code", "competence__code") for code in pair}
        typed = (code.strip() for code in (data.get("bonus_units") or "").split(","))
        return [code for code in typed if code and code not in known]

    def bonus(self) -> list[forms.BoundField]:
        """The bonus rule, then its source: all of it, or nothing."""
        return [self[name] for name in (*BONUS, "source_bonus")]

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
        if unknown := self._unknown_units(data):
            self.add_error("bonus_units", f"Aucune UE ni compétence de ce nom : {', '.join(unknown)}.")
        if any(data.get(name) not in (None, "") for name in BONUS):
            self.instance.sources["bonus"] = data.get("source_bonus") or SILENT
        return data
