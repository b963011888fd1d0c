from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib.auth import authenticate
from django.contrib.auth.forms import PasswordChangeForm
from django.core.exceptions import ValidationError

from butrt.base.accounts.models import User

if TYPE_CHECKING:
    from butrt.base.accounts.models import SignedInRequest


class PasswordForm(PasswordChangeForm):
    """One's old password, then the new one twice; a wrong old one counts as a refused sign-in."""

    def __init__(self, request: SignedInRequest, *args: Any) -> None:
        super().__init__(request.user, *args)
        self.request = request
        self.fields["old_password"].label = "Mot de passe actuel"

    def clean_old_password(self) -> str:
        password: str = self.cleaned_data["old_password"]
        if authenticate(self.request, username=self.user.get_username(), password=password) != self.user:
            raise ValidationError("Ce n’est pas votre mot de passe actuel.")
        return password


class AddressForm(forms.Form):
    """The address that one wants for one's account."""

    email = forms.EmailField(
        label="Nouveau courriel",
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        help_text="Un lien y part, qui prouve qu’il est à vous : d’ici là, rien ne change.",
    )


class AlertsForm(forms.ModelForm):
    """What one is written to about."""

    class Meta:
        model = User
        fields = ("told_of_marks",)
        labels = {"told_of_marks": "M’écrire quand quelqu’un d’autre change des notes de mes éléments"}


class ForgottenForm(forms.Form):
    """Whom the link is for."""

    account = forms.CharField(
        label="Nom d’utilisateur ou courriel",
        max_length=254,
        widget=forms.TextInput(
            attrs={"autocomplete": "username", "autocapitalize": "none", "autofocus": True}
        ),
    )
