from __future__ import annotations

from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Submit
from django import forms
from django.db.models import QuerySet

from butrt.base.accounts.models import ApiToken, Role, User


class AccountForm(forms.ModelForm):
    """A person's account, and their roles in the administrator's department."""

    roles = forms.MultipleChoiceField(
        label="Rôles", choices=Role.Name.choices, required=False, widget=forms.CheckboxSelectMultiple
    )

    class Meta:
        model = User
        fields = ("username", "first_name", "last_name", "quality", "email", "is_active")
        labels = {"is_active": "Compte ouvert"}
        help_texts = {
            "is_active": "Un compte fermé garde son histoire, il ne peut plus se connecter.",
            "email": "Y arrivent le lien pour choisir un mot de passe et tout changement de ce compte.",
        }

    def __init__(self, *args: Any, roles: list[str], shared: bool, **kwargs: Any) -> None:
        """`shared`: this person also works in another department, whose administrator is not asked here."""
        super().__init__(*args, **kwargs)
        self.fields["roles"].initial = roles
        if self.instance.pk:  # a PV names who signs it by it, and so does a certificate kept for them
            self.fields["username"].disabled = True
            self.fields["username"].help_text = "Il ne change pas : les PV et les certificats le portent."
        if shared:  # only the roles here: an address given here would open the other department's doors
            for name in self.fields:
                self.fields[name].disabled = name != "roles"
            self.fields[
                "username"
            ].help_text = (
                "Cette personne travaille aussi dans un autre département : seuls ses rôles ici se changent."
            )
        self.helper = FormHelper()
        self.helper.add_input(Submit("save", "Enregistrer le compte"))


class TokenForm(forms.Form):
    """A token of access for a program: what for, for whom, in which role, how long."""

    name = forms.CharField(
        label="Usage", max_length=80, help_text="Ce qui lira : « Tableau de bord de la scolarité »."
    )
    owner = forms.ModelChoiceField(
        label="Titulaire",
        queryset=User.objects.none(),
        help_text="La personne qui en répond ; le jeton meurt avec son rôle ou son compte.",
    )
    role = forms.ChoiceField(label="Rôle", choices=[(role.value, role.label) for role in ApiToken.ROLES])
    days = forms.TypedChoiceField(
        label="Durée", coerce=int, choices=[(30, "30 jours"), (90, "90 jours"), (365, "un an")], initial=90
    )

    def __init__(self, *args: Any, owners: QuerySet[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = owners  # type: ignore[attr-defined]
        self.helper = FormHelper()
        self.helper.add_input(Submit("create", "Créer le jeton"))
