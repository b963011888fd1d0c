from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile

from jury.letters.example import EXAMPLES
from jury.letters.logo import read_logo
from jury.letters.texts import problems
from jury.letters.versions import HEAD_FIELDS
from jury.models import Letterhead, LetterText


class ExampleForm(forms.Form):
    """Which invented student the preview is about."""

    example = forms.ChoiceField(label="Exemple", choices=list(EXAMPLES.items()), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["example"].widget.attrs["class"] = "form-select form-select-sm"

    @property
    def student(self) -> str:
        """The one asked for, else the one whose letter says most."""
        return (self.is_valid() and self.cleaned_data["example"]) or "noe"


class TextForm(forms.ModelForm):
    """The words of a kind of letter; what cannot be kept is told line by line, what was typed stays."""

    class Meta:
        model = LetterText
        fields = ("title", "body")
        widgets = {
            "title": forms.TextInput(attrs={"class": "form-control"}),
            "body": forms.Textarea(attrs={"class": "form-control", "rows": 24, "spellcheck": "true"}),
        }

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if refused := problems(self.instance.kind, data.get("title", ""), data.get("body", "")):
            raise ValidationError(refused)
        return data


class HeadForm(forms.ModelForm):
    """The head of the letters, who signs them, and a logo to send, keep or remove."""

    image = forms.FileField(
        label="Logo",
        required=False,
        help_text="PNG ou JPEG, 2 Mo au plus. Seule l’image en est gardée, 38 mm sur 19 au plus.",
        widget=forms.FileInput(attrs={"class": "form-control", "accept": "image/png,image/jpeg"}),
    )
    remove_image = forms.BooleanField(label="Retirer le logo", required=False)

    class Meta:
        model = Letterhead
        fields = HEAD_FIELDS
        help_texts = {
            "address": "Une ligne par ligne de l’adresse.",
            "contact": "Qui suit l’affaire, courriel, téléphone ; une ligne chacun.",
            "signatory": "Prénom et nom. Vide : la présidence du jury signe.",
            "quality": "Par exemple : le directeur de l’IUT.",
        }
        widgets = {name: forms.Textarea(attrs={"rows": 3}) for name in ("address", "contact")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in HEAD_FIELDS:
            self.fields[name].widget.attrs["class"] = "form-control"
        self.fields["remove_image"].widget.attrs["class"] = "form-check-input"

    def clean_image(self) -> bytes | None:
        """The PNG to keep, made from the file that was sent."""
        sent: UploadedFile | None = self.cleaned_data["image"]
        return read_logo(sent.read()) if sent else None

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("image"):
            self.instance.logo = data["image"]
        elif data.get("remove_image"):
            self.instance.logo = b""
        if data.get("quality") and not data.get("signatory"):
            self.add_error("signatory", "Donner le nom de qui signe, ou laisser la qualité vide.")
        return data
