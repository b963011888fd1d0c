"""The forms of a promotion itself: its programmes, its groups, who teaches its elements."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Submit
from django import forms
from django.db.models import Q
from django.forms import BaseFormSet, formset_factory

from butrt.base.accounts.models import User
from butrt.base.forms import offer
from butrt.base.requested import MOST_LINES, SeveralField
from butrt.base.schoolyears import being_prepared
from curriculum.models import Element, Programme, school_year_label
from grades.models import Cohort, Teaching
from grades.people import people_for_elements

FIRST_YEAR = 2021  # the first BUT1


class CohortForm(forms.Form):
    """A promotion: programmes of one of `departments`, a school year."""

    programmes = SeveralField(
        Programme.objects.none(),
        label="Programmes",
        widget=forms.CheckboxSelectMultiple,
        help_text="Ceux qui sont enseignés ensemble : une même spécialité, une même année. Chaque élément "
        "est ouvert avec la promotion ; un élément commun (même code, même semestre) n’a qu’une feuille de "
        "notes. Un jury les juge ensemble, ou quelques-uns à part.",
    )
    school_year = forms.TypedChoiceField(label="Année universitaire", coerce=int)
    name = forms.CharField(
        label="Nom",
        required=False,
        max_length=30,
        help_text="Facultatif, pour distinguer deux promotions du même programme : « apprentis ».",
    )

    def __init__(self, data: Mapping[str, Any] | None = None, *, departments: list[int]) -> None:
        current = being_prepared()
        super().__init__(data, initial={"school_year": current})
        programmes = Programme.objects.filter(parcours__department__in=departments).select_related("parcours")
        offer(self, programmes=programmes.order_by("year", "parcours", "modality"))
        self.fields["programmes"].label_from_instance = _dated  # type: ignore[attr-defined]
        offer(
            self,
            school_year=[(year, school_year_label(year)) for year in range(current + 1, FIRST_YEAR - 1, -1)],
        )
        self.helper = FormHelper()
        self.helper.add_input(Submit("save", "Créer la promotion"))


class ProgrammesForm(forms.Form):
    """The programmes of a promotion that exists, and its name."""

    programmes = CohortForm.base_fields["programmes"]
    name = CohortForm.base_fields["name"]

    def __init__(self, data: Mapping[str, Any] | None = None, *, cohort: Cohort) -> None:
        here = [programme.pk for programme in cohort.taught]
        super().__init__(data, initial={"programmes": here, "name": cohort.name})
        alike = Programme.objects.filter(parcours__specialty=cohort.specialty_id, year=cohort.year)
        fitting = Q(in_force_from__lte=cohort.school_year) | Q(pk__in=here)
        offer(self, programmes=alike.filter(fitting).order_by("parcours", "modality"))
        self.fields["programmes"].label_from_instance = _dated  # type: ignore[attr-defined]
        self.helper = FormHelper()
        self.helper.add_input(Submit("save", "Enregistrer les programmes"))


def _dated(programme: Programme) -> str:
    return f"{programme}, en vigueur depuis {school_year_label(programme.in_force_from)}"


class GroupForm(forms.Form):
    """The name of a group; emptied, the group goes. `key`: which group, empty for a new one."""

    key = forms.IntegerField(required=False, widget=forms.HiddenInput)
    name = forms.CharField(label="Groupe", required=False, max_length=30)


GroupFormSet = formset_factory(GroupForm, extra=2, max_num=MOST_LINES, absolute_max=MOST_LINES)


def group_lines(data: Mapping[str, Any] | None, cohort: Cohort) -> BaseFormSet:
    """A line a group, each in the place where it was posted: another name is another place in the list."""
    rows = {str(group.pk): {"key": group.pk, "name": group.name} for group in cohort.groups.all()}
    posted = [str((data or {}).get(f"form-{place}-key", "")) for place in range(len(rows))]
    first = [rows.pop(key) for key in dict.fromkeys(posted) if key in rows]
    return GroupFormSet(data, initial=[*first, *rows.values()])


class TeachersForm(forms.Form):
    """Who teaches an element, who answers for it: anyone of the department with the pages of marks."""

    heads = SeveralField(User.objects.none(), label="Responsables", required=False)
    teachers = SeveralField(User.objects.none(), label="Enseignants", required=False)

    def __init__(self, data: Mapping[str, Any] | None = None, *, cohort: Cohort, element: Element) -> None:
        super().__init__(data)
        teaching = Teaching.objects.given(element, cohort)
        self.initial = {
            name: set(getattr(teaching, name).values_list("pk", flat=True)) if teaching else set()
            for name in ("heads", "teachers")
        }
        # Someone named who lost the role stays in sight, to be kept or taken off.
        named = self.initial["heads"] | self.initial["teachers"]
        able = set(people_for_elements(cohort.department).values_list("pk", flat=True))
        people = User.objects.filter(pk__in=able | named)
        for field in self.fields.values():
            field.queryset = people  # type: ignore[attr-defined]
        self.people = people

    def lines(self) -> list[dict[str, Any]]:
        """[{person, heads, teaches}]: what is ticked, typed or in the base."""
        heads, teachers = ({str(key) for key in self[name].value() or ()} for name in ("heads", "teachers"))
        return [
            {"person": person, "heads": str(person.pk) in heads, "teaches": str(person.pk) in teachers}
            for person in self.people
        ]
