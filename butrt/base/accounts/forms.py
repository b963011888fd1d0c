from __future__ import annotations

from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Submit
from django import forms
from django.contrib.auth import authenticate
from django.contrib.auth.forms import AuthenticationForm
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest

from butrt.base.accounts.models import ApiToken, Role, User
from butrt.base.forms import offer


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
        """`shared`: this person also works elsewhere (a department, the site), which is not asked here."""
        super().__init__(*args, **kwargs)
        self.fields["roles"].initial = roles
        if self.instance.pk:  # a PV names who signs it by it, and so does a certificate kept for them
            self.fields["username"].disabled = True
            self.fields["username"].help_text = "Il ne change pas : les PV et les certificats le portent."
        if shared:  # only the roles here: an address given here would open the other department's doors
            for name in self.fields:
                self.fields[name].disabled = name != "roles"
            elsewhere = (
                "administre aussi le site"
                if self.instance.is_superuser
                else "travaille aussi dans un autre département"
            )
            self.fields[
                "username"
            ].help_text = f"Cette personne {elsewhere} : seuls ses rôles ici se changent."
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
        offer(self, owner=owners)
        self.helper = FormHelper()
        self.helper.add_input(Submit("create", "Créer le jeton"))


LONGEST_NAME = 150


class SignInForm(AuthenticationForm):
    def clean_username(self) -> str:
        name = str(self.cleaned_data["username"])
        if len(name) > LONGEST_NAME:
            raise ValidationError(f"Un nom d’utilisateur a {LONGEST_NAME} caractères au plus.")
        return name


class Proof(forms.Form):
    """The password of who is signed in; a wrong one counts as a refused sign-in."""

    prefix = "confirm"

    password = forms.CharField(
        label="Votre mot de passe",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password", "autofocus": True}),
    )

    def __init__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.request = request

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        user = self.request.user
        if authenticate(self.request, username=user.get_username(), password=password) != user:
            raise forms.ValidationError("Ce n’est pas votre mot de passe : rien n’est fait.")
        return password
