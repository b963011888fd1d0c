from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from butrt.base.accounts.factors.gate import has_key
from butrt.base.accounts.factors.services import prove_by_code, prove_by_key
from butrt.base.accounts.models import User
from butrt.base.exactjson import NotJson
from butrt.base.requested import json_of

LONGEST_CODE = 30  # as people type them: spaces, a dash
LONGEST_ANSWER = 20_000  # characters; one with its maker's certificates has some 4,000
NO_KEY = "Le navigateur n’a pas donné de clé : essayer de nouveau."
DIGITS = {
    "inputmode": "numeric",
    "autocomplete": "one-time-code",
    "autofocus": True,
    "maxlength": LONGEST_CODE,
}


class CodeField(forms.CharField):
    """The digits of a code, whatever was typed between them."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=LONGEST_CODE, widget=forms.TextInput(attrs=DIGITS), **options)

    def to_python(self, value: Any) -> str:
        return "".join(str(super().to_python(value) or "").replace("-", " ").split())


class AnswerField(forms.CharField):
    """What a key answered, as static/passkey.js writes it: an object; empty, None."""

    def __init__(self) -> None:
        widget = forms.HiddenInput(attrs={"data-credential": True})
        super().__init__(required=False, max_length=LONGEST_ANSWER, widget=widget)

    def clean(self, value: Any) -> dict[str, Any] | None:
        text = str(super().clean(value) or "")
        try:
            return json_of(text.encode()) if text else None
        except NotJson as error:
            raise ValidationError(NO_KEY) from error


class FactorForm(forms.Form):
    """The second factor of a person: a code, or what a key answered; valid, it is used up."""

    code = CodeField(
        label="Code",
        required=False,
        help_text="Les 6 chiffres que montre votre application, ou un code de secours.",
    )
    credential = AnswerField()

    def __init__(self, request: HttpRequest, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.request, self.user = request, user

    @property
    def has_key(self) -> bool:
        """Whether the page proposes a key in the place of a code."""
        return has_key(self.user)

    def clean(self) -> dict[str, Any]:
        sent = self.cleaned_data
        if sent.get("credential"):
            prove_by_key(self.request, user=self.user, answer=sent["credential"])
        elif sent.get("code"):
            prove_by_code(self.request, user=self.user, code=sent["code"])
        else:
            raise ValidationError("Donner un code, ou se servir d’une clé d’accès.")
        return sent


class ApplicationForm(forms.Form):
    """The first code that an application shows."""

    code = CodeField(label="Code que montre l’application")


class KeyForm(forms.Form):
    """A new key: what it is called in the list, what the browser made."""

    name = forms.CharField(
        label="Son nom",
        max_length=60,
        help_text="Pour la reconnaître : « Téléphone », « YubiKey du bureau ».",
    )
    credential = AnswerField()

    def clean_credential(self) -> dict[str, Any]:
        answer: dict[str, Any] | None = self.cleaned_data["credential"]
        if answer is None:
            raise ValidationError(NO_KEY)
        return answer
