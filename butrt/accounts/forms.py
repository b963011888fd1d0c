from __future__ import annotations

from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Submit
from django import forms
from django.contrib.auth.password_validation import validate_password

from butrt.accounts.models import Role, User


class AccountForm(forms.ModelForm):
    """A person's account, and their roles in the administrator's department."""

    roles = forms.MultipleChoiceField(
        label="Rôles", choices=Role.Name.choices, required=False, widget=forms.CheckboxSelectMultiple
    )
    password = forms.CharField(
        label="Nouveau mot de passe",
        required=False,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text="Vide : inchangé. Douze caractères au moins conviennent.",
    )

    class Meta:
        model = User
        fields = ("username", "first_name", "last_name", "quality", "email", "is_active")
        labels = {"is_active": "Compte ouvert"}
        help_texts = {"is_active": "Un compte fermé garde son histoire, il ne peut plus se connecter."}

    def __init__(self, *args: Any, roles: list[str], shared: bool, **kwargs: Any) -> None:
        """`shared`: this person also works in another department, whose administrator is not asked here."""
        super().__init__(*args, **kwargs)
        self.fields["roles"].initial = roles
        if shared:  # only the roles here: a password given here would open the other department's doors
            for name in self.fields:
                self.fields[name].disabled = name != "roles"
            self.fields[
                "username"
            ].help_text = (
                "Cette personne travaille aussi dans un autre département : seuls ses rôles ici se changent."
            )
        self.helper = FormHelper()
        self.helper.add_input(Submit("save", "Enregistrer le compte"))

    def clean_password(self) -> str:
        password = self.cleaned_data["password"]
        if password:
            validate_password(password, self.instance)
        return str(password)
