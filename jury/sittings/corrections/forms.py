"""Why a closed session is taken up again, how far, and by whom when its president no longer may."""

from __future__ import annotations

from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Submit
from django import forms

from butrt.base.accounts.models import Role, User
from butrt.base.documents.characters import check_printable
from butrt.base.forms import offer
from curriculum.models import Department

DECISIONS, MARKS = "decisions", "marks"


class CorrectionForm(forms.Form):
    """What is corrected: decisions, on the same figures, or marks, which are unlocked."""

    what = forms.ChoiceField(
        label="Ce qui est corrigé",
        choices=[
            (DECISIONS, "Des décisions, les membres ou la séance : les notes restent verrouillées"),
            (MARKS, "Une note ou un chiffre : les notes sont rouvertes, le jury revient en préparation"),
        ],
        widget=forms.RadioSelect,
    )
    motive = forms.CharField(
        label="Motif, que la nouvelle version du PV portera",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3, "class": "ink-field"}),
        validators=[check_printable],
    )

    @property
    def marks(self) -> bool:
        return bool(self.cleaned_data["what"] == MARKS)


class SuccessionForm(forms.Form):
    """Who presides a closed session in the place of its president."""

    president = forms.ModelChoiceField(
        User.objects.none(), label="Nouvelle présidence", empty_label="choisir une personne"
    )
    motive = forms.CharField(
        label="Motif, que le journal gardera",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        validators=[check_printable],
    )

    def __init__(self, *args: Any, department: Department, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        here = User.objects.named_in(department, roles=[Role.Name.PRESIDENT])
        offer(self, president=here)
        self.helper = FormHelper()
        self.helper.add_input(Submit("save", "Nommer"))
