from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import HTML, Column, Fieldset, Layout, Row, Submit
from django import forms

from butrt.base.exactjson import plain
from butrt.base.forms import offer
from curriculum.models import Unit
from grades.models import Assessment, Group, Teaching
from grades.sheet import units_of

ABOUT_POIDS = (
    "1 partout d’habitude. Deux UE qui ont les mêmes éléments et les mêmes coefficients "
    "ne se distinguent que par ces poids."
)


def _hundredths(label: str, *, initial: int, minimum: str, help_text: str = "") -> forms.DecimalField:
    """A number typed with a comma or a point, hundredths at most."""
    return forms.DecimalField(
        label=label,
        localize=True,
        initial=initial,
        min_value=Decimal(minimum),
        max_digits=5,
        decimal_places=2,
        help_text=help_text,
    )


class AssessmentForm(forms.Form):
    """An évaluation of `teaching`; its poids are asked where the element counts in several UE."""

    title = forms.CharField(
        label="Intitulé", max_length=80, help_text="Par exemple DS 2, architecture de sécurité."
    )
    kind = forms.ChoiceField(
        label="Genre",
        choices=Assessment.Kind.choices,
        initial=Assessment.Kind.NORMAL,
        help_text="La seconde chance compte selon le règlement. "
        "Un bonus ajoute ses points à la moyenne de l’UE.",
    )
    date = forms.DateField(
        label="Date",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text="Sans date, aucune note n’est possible pour une personne partie en cours d’année.",
    )
    coefficient = _hundredths("Coefficient", initial=1, minimum="0.01")
    maximum = _hundredths("Barème", initial=20, minimum="0.01", help_text="La note maximale, 20 d’habitude.")
    group = forms.ModelChoiceField(
        Group.objects.none(), label="Groupe", required=False, empty_label="Toute la promotion"
    )

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        teaching: Teaching,
        assessment: Assessment | None = None,
    ) -> None:
        self.units: dict[str, list[Unit]] = _by_label(teaching)
        super().__init__(data)
        if assessment:
            self.initial = _initial(assessment, self.units)
        groups = teaching.cohort.groups.all()
        offer(self, group=groups)
        if not groups:
            del self.fields["group"]
        several = len(self.units) > 1
        for label in self.units if several else ():
            self.fields[f"weight_{label}"] = _hundredths(f"Poids en {label}", initial=1, minimum="0")
        verb = "Enregistrer l’évaluation" if assessment else "Créer l’évaluation"
        self.helper = FormHelper()
        self.helper.add_input(Submit("save", verb))
        self.helper.layout = Layout(
            "title",
            Row(Column("kind"), Column("date")),
            Row(Column("coefficient"), Column("maximum"), *([Column("group")] if groups else [])),
            *(
                [
                    Fieldset(
                        "Poids par UE",
                        HTML(f"<p>{ABOUT_POIDS}</p>"),
                        Row(*(Column(f"weight_{label}") for label in self.units)),
                        css_class="poids",
                    )
                ]
                if several
                else []
            ),
        )

    def values(self) -> dict[str, Any]:
        """What the services ask for."""
        given = {
            name: self.cleaned_data.get(name)
            for name in ("title", "kind", "date", "coefficient", "maximum", "group")
        }
        weights = {
            unit: self.cleaned_data[name]
            for label, units in self.units.items()
            if (name := f"weight_{label}") in self.cleaned_data
            for unit in units
        }
        return given | {"weights": weights}


def _by_label(teaching: Teaching) -> dict[str, list[Unit]]:
    """The UE where an element counts, by what people call them: its code.

    With the parcours where two programmes call two UE alike: UE34 of IOM is not that of Cyber. What is the
    same competence in several programmes is one.
    """
    units = [weight.unit for weight in units_of(teaching)]
    competences: dict[str, set[int]] = {}
    for unit in units:
        competences.setdefault(unit.code, set()).add(unit.competence_id)
    by_label: dict[str, list[Unit]] = {}
    for unit in units:
        alike = len(competences[unit.code]) == 1
        label = unit.code if alike else f"{unit.code} {unit.programme.parcours.short}"
        by_label.setdefault(label, []).append(unit)
    return by_label


def _initial(assessment: Assessment, units: Mapping[str, list[Unit]]) -> dict[str, Any]:
    """The fields as they stand, numbers without useless zeros."""
    labels = {unit.pk: label for label, alike in units.items() for unit in alike}
    rows = assessment.weights.filter(unit__in=labels)
    poids = {f"weight_{labels[weight.unit_id]}": weight.weight for weight in rows}
    numbers = {"coefficient": assessment.coefficient, "maximum": assessment.maximum} | poids
    fields = {name: getattr(assessment, name) for name in ("title", "kind", "date", "group")}
    return fields | {name: Decimal(plain(number)) for name, number in numbers.items()}
