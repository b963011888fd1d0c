from __future__ import annotations

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Submit
from django import forms


class WithdrawForm(forms.Form):
    """Why an évaluation is taken out of the students' sight."""

    motive = forms.CharField(
        label="Motif du retrait",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Écrit au journal. Des étudiants ont pu voir leur note.",
    )
    act = forms.CharField(initial="withdraw", widget=forms.HiddenInput)

    helper = FormHelper()
    helper.add_input(Submit("save", "Retirer la publication", css_class="btn-quiet"))
