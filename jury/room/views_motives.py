"""The page of a department's usual motives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms import BaseFormSet, formset_factory
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render

from butrt.base.documents.characters import check_printable
from butrt.base.forms import refusals_on, success
from butrt.base.meanwhile import Shown, journaled
from butrt.base.requested import MOST_LINES
from curriculum.models import Department
from jury.models import UsualMotive
from jury.rules import Code, codes
from jury.sittings.doors import PREPARING
from jury.sittings.usual_motives import save_motives

if TYPE_CHECKING:
    from butrt.base.accounts.models import SignedInRequest

OFFERED = [code for code in Code if code in codes.YEAR_CODES]


class MotiveLineForm(forms.Form):
    """A usual motive; emptied, it goes. `key`: which one, empty for a new one."""

    key = forms.IntegerField(required=False, widget=forms.HiddenInput)
    text = forms.CharField(label="Motif", required=False, max_length=300, validators=[check_printable])
    codes = forms.MultipleChoiceField(
        label="Codes",
        required=False,
        choices=[(code.value, code.value) for code in OFFERED],
        widget=forms.CheckboxSelectMultiple,
    )
    position = forms.IntegerField(label="Rang", required=False, min_value=0, max_value=999)
    active = forms.BooleanField(label="Proposé", required=False, initial=True)

    @property
    def line(self) -> str:
        """Which motive, where several are spoken of."""
        return f"« {self.initial['text']} »"


class BaseMotiveFormSet(BaseFormSet):
    def clean(self) -> None:
        """The same motive twice is one too many."""
        texts = [form.cleaned_data.get("text", "") for form in self.forms if form.is_valid()]
        twice = sorted({text for text in texts if text and texts.count(text) > 1})
        if twice:
            raise ValidationError(f"Ce motif est écrit deux fois : « {twice[0]} ».")


MotiveFormSet = formset_factory(
    MotiveLineForm, formset=BaseMotiveFormSet, extra=3, max_num=MOST_LINES, absolute_max=MOST_LINES
)


def usual_motives(request: SignedInRequest, department: int) -> HttpResponse:
    """The motives that a department’s juries find under M; the presidency and the secretariat keep them."""
    found = get_object_or_404(Department, pk__in=request.user.departments_as(*PREPARING), pk=department)
    shown = Shown(
        request,
        lambda data: [MotiveFormSet(data, initial=_rows(found))],
        last=journaled("motives.save", department=found),
    )
    (formset,) = shown.forms
    if request.method == "POST" and formset.is_valid():
        lines = [form.cleaned_data for form in formset.forms if form.cleaned_data.get("text")]
        last = len(lines) + 1
        lines.sort(key=lambda line: last if line["position"] is None else line["position"])
        with refusals_on(formset):
            save_motives(
                department=found,
                motives=[
                    UsualMotive(pk=line["key"], text=line["text"], codes=line["codes"], active=line["active"])
                    for line in lines
                ],
                by=request.user,
                check=shown.check,
            )
            return success(request, "Motifs usuels enregistrés.", "jury:motives", department=found.pk)
    return render(
        request, "jury/room/motives.html", {"department": found, "formset": formset, "shown": shown}
    )


def _rows(department: Department) -> list[dict[str, Any]]:
    """A line a motive, with its rank."""
    return [
        {"key": each.pk, "text": each.text, "codes": each.codes, "position": place, "active": each.active}
        for place, each in enumerate(department.usual_motives.all(), 1)
    ]
