from __future__ import annotations

from typing import Any

from django import forms

from butrt.base.forms import file_field, offer
from butrt.base.spreadsheets import MOST_BYTES
from grades.models import Cohort, Group

MOST_LETTERS = 400_000


class ListForm(forms.Form):
    """A list pasted, or its file; read by who knows its columns."""

    lines = forms.CharField(
        label="La liste",
        required=False,
        max_length=MOST_LETTERS,
        widget=forms.Textarea(
            attrs={"rows": 12, "class": "form-control mono", "spellcheck": "false", "wrap": "off"}
        ),
    )
    file = file_field(
        "Ou un fichier", ".xlsx,.csv,.txt,.tsv", "Classeur .xlsx, ou texte (.csv, .txt).", required=False
    )
    unlocking = forms.CharField(
        label="Motif d’un changement à ce qu’un jury a jugé",
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2, "class": "form-control"}),
        help_text="Un jury a verrouillé des notes : un changement à ce qu’il a jugé se motive, les jurys "
        "suivants le liront.",
    )

    def __init__(self, *args: Any, judged: bool, ticking: bool, **kwargs: Any) -> None:
        """`judged`: a jury has, so that a motive is asked; `ticking`: the list is made of lines ticked."""
        super().__init__(*args, **kwargs)
        self.ticking = ticking
        if not judged:
            del self.fields["unlocking"]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not self.errors and not data.get("file") and not data.get("lines"):
            empty = (
                "Cocher au moins une personne."
                if self.ticking
                else "Coller une liste, ou choisir un fichier."
            )
            self.add_error("lines", empty)
        return data

    @property
    def content(self) -> bytes:
        """The bytes to read: the file's, no more than it takes to refuse one too large, else the list's."""
        file = self.cleaned_data["file"]
        return file.read(MOST_BYTES + 1) if file else self.cleaned_data["lines"].encode()

    @property
    def more(self) -> dict[str, str]:
        """What every act is given besides."""
        return {"unlocking": self.cleaned_data["unlocking"]} if "unlocking" in self.fields else {}


class PlacingForm(forms.Form):
    """A group for the students ticked."""

    to = forms.ModelChoiceField(
        Group.objects.none(), label="Groupe", required=False, empty_label="sans groupe"
    )

    def __init__(self, *args: Any, cohort: Cohort, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, to=cohort.groups.all())
