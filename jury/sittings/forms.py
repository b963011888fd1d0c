from __future__ import annotations

from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Submit
from django import forms

from butrt.base.accounts.models import Role, User
from butrt.base.documents.characters import check_printable
from butrt.base.forms import offer
from butrt.base.requested import SeveralField
from curriculum.models import Programme
from grades.models import Cohort, Student
from jury.models import Session


class HoursForm(forms.Form):
    """When the meeting began and ended, as the PV will say."""

    starts = forms.TimeField(label="Début", widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))
    ends = forms.TimeField(label="Fin", widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("starts") and data.get("ends") and data["ends"] <= data["starts"]:
            self.add_error("ends", "La séance finit après avoir commencé.")
        return data


class MotiveForm(forms.Form):
    """An act that asks for a reason."""

    motive = forms.CharField(
        label="Motif",
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        validators=[check_printable],
    )


class CatchUpForm(forms.ModelForm):
    """A catch-up session: when, where, presided by whom, and for which students of the closed one."""

    students = SeveralField(
        label="Étudiants", queryset=Student.objects.none(), widget=forms.CheckboxSelectMultiple
    )

    class Meta:
        model = Session
        fields = ("president", "date", "starts", "place")
        labels = {"president": "Présidence", "starts": "Heure"}
        widgets = {
            "date": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            "starts": forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        }

    def __init__(self, *args: Any, closed: Session, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(
            self,
            students=Student.objects.filter(pk__in=closed.enrolments().values("student")),
            president=User.objects.named_in(closed.department, roles=[Role.Name.PRESIDENT]),
        )
        self.helper = FormHelper()
        self.helper.add_input(Submit("save", "Créer le rattrapage"))


class SessionForm(forms.ModelForm):
    """The practical data of a session: what it judges, who presides, when and where."""

    programmes = SeveralField(
        label="Programmes jugés",
        queryset=Programme.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text="Aucun coché : toute la promotion, en un seul jury. Certains : les autres auront le leur.",
    )

    apart = forms.BooleanField(
        label="Un jury, donc un PV, par programme",
        required=False,
        help_text="Non coché : un jury et un PV pour tous, avec une partie par programme.",
    )

    class Meta:
        model = Session
        fields = ("cohort", "semester", "president", "date", "starts", "place")
        labels = {"cohort": "Promotion", "president": "Présidence", "starts": "Heure"}
        widgets = {
            "date": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            "starts": forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        }

    def __init__(self, *args: Any, departments: list[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cohorts = Cohort.objects.named().filter(specialty__department__in=departments)
        presidents = User.objects.named_in(*departments, roles=[Role.Name.PRESIDENT])
        offer(self, cohort=cohorts, president=presidents)
        plural = [cohort for cohort in cohorts if cohort.is_plural and not self.instance.pk]
        taught = {programme.pk for cohort in plural for programme in cohort.taught}
        offer(self, programmes=Programme.objects.filter(pk__in=taught))
        self.order_fields(["cohort", "semester", "programmes", "apart"])
        if self.instance.pk:
            del self.fields["cohort"], self.fields["semester"]
        if not plural:
            del self.fields["programmes"], self.fields["apart"]
        self.helper = FormHelper()
        self.helper.add_input(Submit("save", "Enregistrer la session"))

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        cohort, semester = data.get("cohort"), data.get("semester")
        department = (cohort or self.instance.cohort).department if cohort or self.instance.pk else None
        president = data.get("president")
        if president and department and department.pk not in president.named_in(Role.Name.PRESIDENT):
            self.add_error("president", f"{president} ne préside pas de jury dans ce département.")
        some = data.get("programmes") or data.get("apart")
        whole = cohort is not None and not (cohort.is_plural and some)
        if whole and semester and Session.objects.filter(cohort=cohort, semester=semester).exists():
            self.add_error(
                "semester",
                f"{cohort} a déjà son jury de S{semester} ; un rattrapage se crée depuis la session close.",
            )
        chosen = data.get("programmes") or []
        if cohort and (strangers := [programme for programme in chosen if programme not in cohort.taught]):
            self.add_error("programmes", f"{strangers[0]} n’est pas un programme de {cohort}.")
        if cohort and semester and semester not in cohort.semesters:
            first, second = cohort.semesters
            self.add_error("semester", f"{cohort} se juge en S{first} ou en S{second}.")
        return data
