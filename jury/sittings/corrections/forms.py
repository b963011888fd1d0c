"""Why a closed session is taken up again, and how far."""

from __future__ import annotations

from django import forms

from butrt.base.documents.characters import check_printable

DECISIONS, MARKS = "decisions", "marks"


class CorrectionForm(forms.Form):
    """What is corrected: decisions, on the same figures, or marks, which are unlocked."""

    what = forms.ChoiceField(
        label="Ce qui est corrigé",
        choices=[
            (DECISIONS, "Des décisions, les membres ou la séance : les notes restent verrouillées"),
            (MARKS, "Une note ou un chiffre : les notes sont rouvertes, le jury revient en préparation"),
        ],
        widget=forms.RadioSelect,
    )
    motive = forms.CharField(
        label="Motif, que la nouvelle version du PV portera",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3, "class": "ink-field"}),
        validators=[check_printable],
    )

    @property
    def marks(self) -> bool:
        return bool(self.cleaned_data["what"] == MARKS)
