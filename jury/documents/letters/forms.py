from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile

from butrt.base.french import size
from jury.documents.letters.example import EXAMPLES
from jury.documents.letters.logo import LARGEST_FILE, read_logo, read_signature
from jury.documents.letters.texts import problems
from jury.documents.letters.versions import HEAD_FIELDS
from jury.models import Letterhead, LetterText

AT_MOST = f"{size(LARGEST_FILE)} au plus"


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
    """The head of the letters, who signs for the establishment, a logo and a signature to send or remove."""

    image = forms.FileField(
        label="Logo",
        required=False,
        help_text=f"PNG ou JPEG, {AT_MOST}. Seule l’image en est gardée, 38 mm sur 19 au plus.",
        widget=forms.FileInput(attrs={"class": "form-control", "accept": "image/png,image/jpeg"}),
    )
    remove_image = forms.BooleanField(label="Retirer le logo", required=False)
    hand = forms.FileField(
        label="Signature manuscrite de ce signataire",
        required=False,
        help_text=f"PNG ou JPEG, {AT_MOST}, avec l’accord de qui signe. Sans elle, un cadre à signer. Les "
        "lettres d’un jury portent celle de la personne qui l’a présidé, qui l’envoie de son propre compte.",
        widget=forms.FileInput(attrs={"class": "form-control", "accept": "image/png,image/jpeg"}),
    )
    remove_hand = forms.BooleanField(label="Retirer la signature", required=False)

    class Meta:
        model = Letterhead
        fields = HEAD_FIELDS
        help_texts = {
            "address": "Une ligne par ligne de l’adresse.",
            "contact": "Qui suit l’affaire, courriel, téléphone ; une ligne chacun.",
            "authority": "Qui prend acte d’une démission, d’un abandon, d’une exclusion, et reçoit les "
            "recours contre eux. Par exemple : la direction de l’IUT, ou la présidence de l’université.",
            "signatory": "Prénom et nom. Signe les attestations et ce que l’établissement notifie. La "
            "décision d’un jury est signée par la personne qui l’a présidé.",
            "quality": "Par exemple : le directeur de l’IUT.",
            "delegation": "Par exemple : par délégation de la présidente de l’université, arrêté n° 2025-12.",
            "court": "Son nom, puis son adresse : « Tribunal administratif de Lille, 5 rue Geoffroy-Saint-"
            "Hilaire, 59000 Lille ». Imprimé dans les voies de recours.",
        }
        widgets = {
            name: forms.Textarea(attrs={"rows": rows})
            for name, rows in {"address": 3, "contact": 3, "court": 2}.items()
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in HEAD_FIELDS:
            self.fields[name].widget.attrs["class"] = "form-control"
        for name in ("remove_image", "remove_hand"):
            self.fields[name].widget.attrs["class"] = "form-check-input"

    def clean_image(self) -> bytes | None:
        """The PNG to keep, made from the file that was sent."""
        sent: UploadedFile | None = self.cleaned_data["image"]
        return read_logo(sent.read()) if sent else None

    def clean_hand(self) -> bytes | None:
        """The PNG of the signature to keep."""
        sent: UploadedFile | None = self.cleaned_data["hand"]
        return read_signature(sent.read()) if sent else None

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("image"):
            self.instance.logo = data["image"]
        elif data.get("remove_image"):
            self.instance.logo = b""
        if data.get("hand"):
            self.instance.signature = data["hand"]
        elif data.get("remove_hand"):
            self.instance.signature = b""
        if not data.get("signatory"):
            if data.get("quality") or data.get("delegation"):
                self.add_error(
                    "signatory", "Donner le nom de qui signe, ou laisser la qualité et la délégation vides."
                )
            elif self.instance.signature:
                self.add_error("signatory", "Donner le nom de qui signe, ou retirer sa signature.")
        return data


class HandwritingForm(forms.Form):
    """One's own signature, as an image."""

    image = forms.FileField(
        label="Image de votre signature",
        help_text=f"PNG ou JPEG, {AT_MOST} : signer sur une feuille blanche, photographier, recadrer.",
        widget=forms.FileInput(attrs={"class": "form-control", "accept": "image/png,image/jpeg"}),
    )

    def clean_image(self) -> bytes:
        return read_signature(self.cleaned_data["image"].read())
