from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms import BaseFormSet, formset_factory

from butrt.base import french
from butrt.base.documents.characters import check_printable
from butrt.base.requested import MOST_LINES, SeveralField
from grades.marks import above
from grades.models import Student
from jury.cases.case import Case
from jury.cases.hearing import NOTHING_SAID, Procedure
from jury.cases.trials import Choice as Trialled
from jury.models import MemberRemark, Session
from jury.room.options import rcues_left
from jury.room.together import offered
from jury.rules import Code, codes
from jury.sittings.services import ADVISED, Choice

WAITING = "waiting:"
"""The target of a decision on every UE that has no code."""


def _about(code: codes.Code) -> codes.About:
    return "year" if code in codes.YEAR_CODES else "unit"


class DecisionForm(forms.Form):
    """A decision of the jury about one student: on what, which code, and why."""

    # The last act on this student when the page was made: see services.decide.
    seen = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=0)
    # The choices whose consequences were shown, as `plan` writes them: a decision is confirmed knowingly.
    confirmed = forms.CharField(widget=forms.HiddenInput, required=False, max_length=500)
    target = forms.ChoiceField(label="Décider de")
    code = forms.ChoiceField(label="Code")
    # RCUE that the jury acquires (ADJ) with the same motive: "RT2/2". ADJ on the year brings them all.
    also = forms.MultipleChoiceField(label="Déclarer aussi acquise", required=False)
    motive = forms.CharField(
        label="Motif",
        widget=forms.Textarea(attrs={"rows": 3, "class": "ink-field"}),
        max_length=2000,
        validators=[check_printable],
    )
    # The procedure of a refusal (4.5): see jury/cases/hearing.py.
    hearing_asked = forms.TypedChoiceField(
        label="Audition demandée",
        choices=[("", "non dit"), ("1", "oui"), ("0", "non")],
        required=False,
        coerce=lambda value: value == "1",
        empty_value=None,
    )
    invited_on = forms.DateField(label="Invitation à l’audition, du", required=False)
    heard_on = forms.DateField(label="Audition du", required=False)
    hearing = forms.CharField(
        label="Audition : par qui, ou pourquoi elle n’a pas eu lieu",
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        validators=[check_printable],
    )
    advice = forms.CharField(
        label="Conseils d’orientation (obligatoires pour NAR et DEF)",
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        validators=[check_printable],
    )
    # Ticked knowingly: the decision takes away what the texts grant (jury/cases/rights.py).
    confirmed_against_right = forms.BooleanField(label="Contraire à un droit", required=False)

    def __init__(self, *args: Any, case: Case, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.case = case
        targets = [("year:", "l’année")] if case.judges_year else []
        targets += [
            (f"rcue:{name}", f"{name.partition('/')[0]}, niveau {name.partition('/')[2]}")
            for name in case.verdict.rcues
        ]
        targets += [(f"unit:{name}", name) for name in case.verdict.units]
        if len(self.waiting) > 1:
            targets.append((WAITING, f"les {len(self.waiting)} UE qui attendent un code"))
        self.fields["also"].choices = [(name, name) for name in case.verdict.rcues]  # type: ignore[attr-defined]
        self.fields["target"].choices = targets  # type: ignore[attr-defined]
        self.fields["code"].choices = [  # type: ignore[attr-defined]
            (code.value, f"{code.value}, {codes.words(code, _about(code), case.gender)}")
            for code in codes.Code
        ]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if (code := data.get("code")) in ADVISED:
            if data.get("hearing_asked") is None:
                sentence = "Dire si une audition a été demandée (annexe 1, 4.5)."
                self.add_error("hearing_asked", sentence)
            if not data.get("advice"):
                self.add_error("advice", ADVISED[code])
        return data

    @property
    def choices(self) -> list[Choice]:
        """What is decided, from what could be read of the form; empty while the code or its subject lacks."""
        data = self.cleaned_data
        if not data.get("target") or not data.get("code"):
            return []
        code = data["code"]
        if data["target"] == WAITING:
            return [Choice("unit", name, code) for name in self.waiting]
        kind, _, subject = data["target"].partition(":")
        wanted = set(data.get("also", ()))
        if kind == "year" and code == codes.Code.ADJ:
            wanted |= {name for name, _ in rcues_left(self.case)}
        also = [Choice("rcue", name, "ADJ") for name in self.case.verdict.rcues if name in wanted]
        return [Choice(kind, subject, code), *also]

    @property
    def waiting(self) -> list[str]:
        """The UE judged that have no code: a défaillant's are decided together at an odd-semester jury."""
        units = self.case.verdict.units
        judged = [unit.code for unit in self.case.cohort.judged(self.case.student)]
        return [name for name in judged if name in units and units[name].code is None]

    @property
    def plan(self) -> str:
        """The choices in one line, to tell whether those confirmed are those shown."""
        return " ".join(f"{kind}:{subject}={code}" for kind, subject, code in self.choices)

    @property
    def procedure(self) -> Procedure:
        """The steps of the hearing; none for what is no refusal, whatever its hidden fields hold."""
        data = self.cleaned_data
        if data["code"] not in ADVISED:
            return NOTHING_SAID
        return Procedure(data["hearing_asked"], data["invited_on"], data["heard_on"])

    @property
    def decision(self) -> dict[str, Any]:
        """The arguments of `services.decide`, once valid."""
        data = self.cleaned_data
        (kind, subject, code), *also = self.choices
        return {
            "kind": kind,
            "subject": subject,
            "code": code,
            "also": also,
            "motive": data["motive"],
            "hearing": data["hearing"],
            "procedure": self.procedure,
            "advice": data["advice"],
            "seen": data["seen"],
            "confirmed_against_right": data["confirmed_against_right"],
        }


class WhatIfForm(forms.Form):
    """What is tried on a card: something of the student's, and its value."""

    on = forms.ChoiceField(label="Et si")
    value = forms.DecimalField(label="valait", min_value=0, max_digits=6, decimal_places=2, localize=True)

    def __init__(self, *args: Any, choices: Mapping[str, Sequence[Trialled]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.known = {trial.key: trial for group in choices.values() for trial in group}
        self.fields["on"].choices = [(key, trial.label) for key, trial in self.known.items()]  # type: ignore[attr-defined]

    @property
    def chosen(self) -> Trialled:
        """What is tried, once valid."""
        return self.known[self.cleaned_data["on"]]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if "on" in data and "value" in data and data["value"] > self.known[data["on"]].maximum:
            self.add_error("value", above(french.number(data["value"]), self.known[data["on"]].maximum))
        return data


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
        text = self.initial.get("text")
        return f"« {text} »" if text else ""


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


class MemberRemarkForm(forms.ModelForm):
    """A remark; emptied, it goes."""

    text = forms.CharField(
        label="Remarque pour la présidence",
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2, "class": "form-control"}),
    )

    class Meta:
        model = MemberRemark
        fields = ("text",)


class TogetherForm(forms.Form):
    """Who was ticked, the code, the motive common to all."""

    students = SeveralField(
        queryset=Student.objects.none(),
        to_field_name="number",
        error_messages={"required": "Choisir au moins un étudiant dans le tableau."},
    )
    code = forms.ChoiceField(error_messages={"required": "Choisir la décision."})
    motive = forms.CharField(max_length=2000, error_messages={"required": "Écrire le motif commun."})

    def __init__(self, *args: object, session: Session, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        students = Student.objects.filter(enrolments__in=session.enrolments())
        self.fields["students"].queryset = students  # type: ignore[attr-defined]
        self.fields["code"].choices = offered(session)  # type: ignore[attr-defined]
