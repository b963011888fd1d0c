from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms import BaseFormSet, formset_factory

from butrt.base.requested import MOST_LINES
from jury.documents.choices.visas import problems, written


class VisaForm(forms.Form):
    """A visa and its place; emptied, it goes."""

    text = forms.CharField(label="Visa", required=False)
    position = forms.IntegerField(label="Rang", required=False, min_value=0, max_value=999)

    @property
    def line(self) -> str:
        """Which visa, where several are spoken of."""
        return f"« {self.initial['text'][:30]}… »"

    def clean_text(self) -> str:
        text = next(iter(written([self.cleaned_data["text"]])), "")
        if refused := [*problems(text)]:
            raise ValidationError(refused)
        return text


class BaseVisaFormSet(BaseFormSet):
    @property
    def visas(self) -> list[str]:
        """In the order asked for, once valid; without a rank, last."""
        lines = [form.cleaned_data for form in self.forms if form.cleaned_data.get("text")]
        last = max((line["position"] or 0 for line in lines), default=0) + 1
        lines.sort(key=lambda line: last if line["position"] is None else line["position"])
        return [line["text"] for line in lines]


VisaFormSet: Any = formset_factory(
    VisaForm, formset=BaseVisaFormSet, extra=3, max_num=MOST_LINES, absolute_max=MOST_LINES
)


class TranscriptForm(forms.Form):
    """What the transcript says of the class."""

    class_figures = forms.BooleanField(
        label="Sur le relevé, moyenne, minimum, maximum et effectif de la promotion à côté de chaque élément",
        required=False,
    )
    class_rank = forms.BooleanField(label="Et le rang de l’étudiant", required=False)
    appreciations = forms.BooleanField(
        label="Sur le relevé, les appréciations des enseignants et de la direction des études", required=False
    )
