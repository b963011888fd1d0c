from __future__ import annotations

from typing import Any

from django import forms

from butrt.base.accounts.models import User
from curriculum.departments import NAMES
from curriculum.models import Department

WIDE = {"class": "form-control"}


class DepartmentForm(forms.ModelForm):
    """What a department is called: its documents carry it."""

    class Meta:
        model = Department
        fields = NAMES
        labels = {"name": "Département", "institute": "IUT", "university": "Université", "city": "Ville"}
        widgets = {name: forms.TextInput(attrs=WIDE) for name in NAMES}
        help_texts = {"name": "Son nom entier, comme les PV le portent : « Réseaux et Télécommunications »."}

    def __init__(self, *args: Any, fixed: bool = False, **kwargs: Any) -> None:
        """`fixed`: a PV carries these names already, they are only shown."""
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.disabled = fixed


class AdministratorForm(forms.ModelForm):
    """Who administers a department: invited by mail, or known already by their address."""

    prefix = "administrator"

    class Meta:
        model = User
        fields = ("last_name", "first_name", "email")
        widgets = {name: forms.TextInput(attrs=WIDE) for name in ("last_name", "first_name")} | {
            "email": forms.EmailInput(attrs=WIDE)
        }
        help_texts = {"email": "Un lien pour choisir son mot de passe y part."}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, label in (("last_name", "Nom"), ("first_name", "Prénom"), ("email", "Courriel")):
            self.fields[name].label = label
            self.fields[name].required = True
