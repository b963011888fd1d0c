from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from crispy_forms.bootstrap import InlineCheckboxes
from crispy_forms.helper import FormHelper
from crispy_forms.layout import Column, Fieldset, Layout, Row, Submit
from django import forms
from django.urls import reverse

from butrt.base.documents.characters import check_printable
from butrt.base.french import listed
from butrt.base.requested import SeveralField
from curriculum.models import Programme, Unit
from grades.averages import TWENTY
from grades.judged import judged_semesters, locked_semesters
from grades.models import Adjustment, Cohort, Enrolment, Group, Student
from grades.people import MOST_REPEATS, Grant, Identity, Points

FROZEN = (
    "Un jury déjà ouvert garde la situation figée à son ouverture : un changement ne compte que pour "
    "les jurys ouverts ensuite, ou si la présidence ramène le jury en préparation."
)
LATER = "Peut venir plus tard, avant un relevé ou une attestation."
USUAL = "Lu partout, sauf sur les documents officiels."


PLACE = ("programme", "group", "company", "semesters")
"""Where somebody is in a promotion: the fields that it may do without are left out of its forms."""


def _date(label: str, *, required: bool = True, help_text: str = "") -> forms.DateField:
    return forms.DateField(
        label=label,
        required=required,
        help_text=help_text,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )


# ---------- students ----------


class IdentityForm(forms.Form):
    """Who a student is."""

    number = forms.CharField(label="N° étudiant", max_length=20)
    ine = forms.CharField(label="INE", max_length=14, required=False, help_text=LATER)
    without_ine = forms.BooleanField(
        label="Sans INE", required=False, help_text="En échange international : aucun INE n’est attendu."
    )
    last_name = forms.CharField(label="Nom", max_length=80, help_text="De l’état civil, en capitales.")
    first_name = forms.CharField(label="Prénom", max_length=80)
    usual_last_name = forms.CharField(label="Nom d’usage", required=False, max_length=80, help_text=USUAL)
    usual_first_name = forms.CharField(label="Prénom usuel", required=False, max_length=80, help_text=USUAL)
    gender = forms.ChoiceField(
        label="Civilité",
        choices=Student.Gender.choices,
        initial=Student.Gender.UNSAID,
        help_text="Les documents s’accordent : admis, admise.",
    )
    birth_date = _date("Date de naissance")
    birth_place = forms.CharField(label="Lieu de naissance", required=False, max_length=80, help_text=LATER)
    email = forms.EmailField(label="Courriel", required=False)
    baccalaureate = forms.ChoiceField(
        label="Baccalauréat", choices=Student.Baccalaureate.choices, required=False
    )
    baccalaureate_series = forms.CharField(
        label="Série ou spécialités", required=False, max_length=80, help_text="STI2D, ou Maths et NSI."
    )
    parcoursup = forms.CharField(label="N° Parcoursup", required=False, max_length=20)
    address = forms.CharField(
        label="Adresse postale",
        required=False,
        max_length=160,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Trois lignes au plus, sans la ville : les lettres s’envoient là.",
    )
    postal_code = forms.CharField(label="Code postal", required=False, max_length=12)
    city = forms.CharField(label="Ville", required=False, max_length=80)
    country = forms.CharField(label="Pays", required=False, max_length=60, help_text="Vide pour la France.")

    def __init__(self, data: Mapping[str, Any] | None = None, *, student: Student | None = None) -> None:
        names = Identity.__slots__
        current = {name: getattr(student, name) for name in names} if student else {}
        super().__init__(data, initial=current)
        self.helper = FormHelper()
        self.helper.layout = Layout(*self.rows())
        self.helper.add_input(Submit("save", "Enregistrer l’identité"))

    def rows(self) -> list[Row]:
        return [
            Row(Column("number"), Column("ine"), Column("without_ine")),
            Row(Column("last_name"), Column("first_name"), Column("gender")),
            Row(Column("usual_last_name"), Column("usual_first_name")),
            Row(Column("birth_date"), Column("birth_place"), Column("email")),
            Row(Column("baccalaureate"), Column("baccalaureate_series"), Column("parcoursup")),
            Row(Column("address"), Column("postal_code"), Column("city"), Column("country")),
        ]

    def identity(self) -> Identity:
        names = Identity.__slots__
        return Identity(**{name: self.cleaned_data[name] for name in names})


def semester_choices(cohort: Cohort) -> list[tuple[str, str]]:
    """What an enrolment may take: both semesters, the even one alone, the odd one alone."""
    odd, even = cohort.semesters
    return [
        (f"{odd} {even}", f"S{odd} et S{even}"),
        (f"{even}", f"S{even} seulement"),
        (f"{odd}", f"S{odd} seulement"),
    ]


def semesters_said(value: str) -> list[int]:
    """The choice "3 4" → [3, 4]."""
    return [int(semester) for semester in value.split()]


class NewStudentForm(IdentityForm):
    """Somebody the department does not know yet, enrolled in `cohort`."""

    programme = forms.ModelChoiceField(
        Programme.objects.none(), label="Programme", empty_label="choisir un programme"
    )
    group = forms.ModelChoiceField(
        Group.objects.none(), label="Groupe", required=False, empty_label="sans groupe"
    )
    company = forms.CharField(label="Entreprise d’apprentissage", required=False, max_length=120)
    semesters = forms.TypedChoiceField(label="Semestres suivis", coerce=semesters_said, required=False)
    unlocking = forms.CharField(
        label="Motif d’une inscription après un jury",
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, data: Mapping[str, Any] | None = None, *, cohort: Cohort) -> None:
        self.cohort = cohort
        super().__init__(data)
        _fit(self, cohort)
        if judged := locked_semesters(cohort.pk, cohort.semesters):
            juries = listed([f"S{semester}" for semester in sorted(judged)])
            self.fields[
                "unlocking"
            ].help_text = (
                f"Un jury a jugé {juries} : dire pourquoi on y entre après lui, les jurys suivants le liront."
            )
        else:
            del self.fields["unlocking"]
        here = [name for name in PLACE if name in self.fields]
        asked = [name for name in ("unlocking",) if name in self.fields]
        self.helper.layout = Layout(*self.rows(), Row(*map(Column, here)), *asked)
        self.helper.inputs = [
            Submit("save", "Créer et inscrire"),
            Submit("again", "Créer, puis une autre personne", css_class="btn-quiet"),
        ]

    def place(self) -> dict[str, Any]:
        """Where in the promotion: group, company, semesters."""
        data = self.cleaned_data
        return {
            "programme": data.get("programme"),
            "group": data.get("group"),
            "company": data.get("company", ""),
            "semesters": data.get("semesters") or (),
            "unlocking": data.get("unlocking", ""),
        }


def _fit(form: forms.Form, cohort: Cohort) -> None:
    """Leave out what this promotion does not have: groups, companies, semesters of other years."""
    form.fields["semesters"].choices = semester_choices(cohort)  # type: ignore[attr-defined]
    programmes = cohort.programmes.all()
    form.fields["programme"].queryset = programmes  # type: ignore[attr-defined]
    if not cohort.is_plural:
        del form.fields["programme"]
    groups = cohort.groups.all()
    form.fields["group"].queryset = groups  # type: ignore[attr-defined]
    if not groups:
        del form.fields["group"]
    if not cohort.has_apprentices:
        del form.fields["company"]


# ---------- enrolments ----------


class EnrolmentForm(forms.Form):
    """What a jury must know of a student's year. Needs the enrolment's cohort, programme and department."""

    programme = NewStudentForm.base_fields["programme"]
    group = NewStudentForm.base_fields["group"]
    company = NewStudentForm.base_fields["company"]
    semesters = forms.TypedChoiceField(
        label="Semestres suivis",
        coerce=semesters_said,
        help_text="Qui redouble un semestre seul n’est attendu que dans celui-là.",
    )
    motive = forms.CharField(
        label="Motif de l’inscription malgré la décision d’un jury",
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Lu par le jury dans ses vérifications.",
    )
    unlocking = forms.CharField(
        label="Motif d’un changement à ce qu’un jury a jugé",
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Un jury a verrouillé les notes : situation, absences, semestres et UE ne changent plus "
        "que pour un motif, que les jurys suivants liront.",
    )
    status = forms.ChoiceField(label="Situation", choices=Enrolment.Status.choices, required=False)
    status_since = _date("Depuis le", required=False, help_text="Pour un départ : le premier jour d’absence.")
    unjustified_absences = forms.IntegerField(
        label="Absences injustifiées", min_value=0, max_value=999, help_text="En demi-journées."
    )
    justified_absences = forms.IntegerField(
        label="Absences justifiées", min_value=0, max_value=999, help_text="En demi-journées."
    )
    dispensed = SeveralField(
        Unit.objects.none(),
        label="UE dispensées",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Dispense : aucune note n’y est attendue cette année. Une UE acquise par un jury antérieur "
        "n’a pas à être cochée.",
    )
    retaken = SeveralField(
        Unit.objects.none(),
        label="UE acquises, reprises au choix de l’étudiant",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Acquises par un jury antérieur : aucune note n’y est attendue, sauf si l’étudiant reprend "
        "l’UE. La cocher l’ouvre à la saisie ; l’acquis reste acquis (4.3).",
    )

    def __init__(self, data: Mapping[str, Any] | None = None, *, enrolment: Enrolment) -> None:
        cohort = enrolment.cohort
        self.enrolment = enrolment
        self.past = range(1, cohort.semesters[1] + 1)
        super().__init__(data, initial=_current(enrolment, self.past))
        for semester in self.past:
            self.fields[f"repeats_{semester}"] = forms.IntegerField(
                label=f"S{semester}", min_value=0, max_value=MOST_REPEATS
            )
        acquired = enrolment.acquired.all()
        by_hand = enrolment.programme.units.exclude(
            pk__in=acquired.exclude(pk__in=enrolment.dispensed.values("pk")).values("pk")
        )
        for name, units in (("dispensed", by_hand), ("retaken", acquired)):
            self.fields[name].queryset = units  # type: ignore[attr-defined]
            self.fields[name].label_from_instance = lambda unit: unit.code  # type: ignore[attr-defined]
        if not acquired:
            del self.fields["retaken"]
        _fit(self, cohort)
        here = [name for name in PLACE if name in self.fields]
        self.helper = FormHelper()
        self.helper.form_action = reverse("cohorts:enrolment", args=[enrolment.pk])
        self.helper.layout = Layout(
            Row(*map(Column, here)),
            Row(Column("status"), Column("status_since")),
            Row(Column("unjustified_absences"), Column("justified_absences")),
            Fieldset(
                "Redoublements d’avant ou d’ailleurs : fois connues, cette année comprise",
                Row(*(Column(f"repeats_{semester}") for semester in self.past), css_class="repeats"),
                css_class="poids",
            ),
            InlineCheckboxes("dispensed"),
            *([InlineCheckboxes("retaken")] if "retaken" in self.fields else []),
        )
        self.helper.add_input(Submit("save", "Enregistrer l’inscription"))
        if enrolment.motive:
            self.ask_motive()
        if judged_semesters(enrolment):
            self.helper.layout.fields.append("unlocking")

    def ask_motive(self) -> None:
        """Show the field of the motive: an enrolment that goes against a jury's decision asks one."""
        if "motive" not in self.helper.layout.fields:
            self.helper.layout.fields.insert(0, "motive")

    def values(self) -> dict[str, Any]:
        """What `change_enrolment` asks for; what the form does not show stays."""
        data = self.cleaned_data
        later = {
            int(key): times for key, times in self.enrolment.repeats.items() if int(key) not in self.past
        }
        return {
            "programme": data.get("programme"),
            "group": data.get("group", self.enrolment.group),
            "company": data.get("company", self.enrolment.company),
            "repeats": later | {semester: data[f"repeats_{semester}"] for semester in self.past},
            "retaken": data.get("retaken"),
            **{
                name: data[name]
                for name in (
                    "semesters",
                    "motive",
                    "unlocking",
                    "status",
                    "status_since",
                    "dispensed",
                    "unjustified_absences",
                    "justified_absences",
                )
            },
        }


def _current(enrolment: Enrolment, semesters: range) -> dict[str, Any]:
    return {
        "programme": enrolment.programme_id,
        "group": enrolment.group_id,
        "company": enrolment.company,
        "status": enrolment.status,
        "status_since": enrolment.status_since,
        "unjustified_absences": enrolment.unjustified_absences,
        "justified_absences": enrolment.justified_absences,
        "semesters": " ".join(map(str, enrolment.semesters)),
        "motive": enrolment.motive,
        "retaken": sorted(enrolment.retaken.values_list("pk", flat=True)),
        "dispensed": sorted(enrolment.dispensed.values_list("pk", flat=True)),
        **{f"repeats_{semester}": enrolment.repeats.get(str(semester), 0) for semester in semesters},
    }


class ExtraRepeatForm(forms.Form):
    """What the director of the IUT granted: one more repeat of a semester, for force majeure."""

    semester = forms.TypedChoiceField(label="Semestre", coerce=int)
    granted_on = _date("Accordé le")
    granted_by = forms.CharField(
        label="Accordé par",
        max_length=160,
        help_text="Nom et qualité : le directeur ou la directrice de l’IUT.",
    )
    document = forms.CharField(
        label="Pièce", max_length=160, help_text="Référence de l’acte, de la lettre ou du courriel."
    )
    circumstances = forms.CharField(
        label="Circonstances",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="La force majeure dûment justifiée (annexe 1, 4.5). Imprimées sur le PV du jury.",
    )

    def __init__(self, data: Mapping[str, Any] | None = None, *, enrolment: Enrolment) -> None:
        last = enrolment.cohort.semesters[1]
        super().__init__(data, initial={"semester": enrolment.semesters[-1]})
        self.fields["semester"].choices = [  # type: ignore[attr-defined]
            (semester, f"S{semester}") for semester in range(1, last + 1)
        ]
        self.helper = FormHelper()
        self.helper.layout = Layout(
            Row(Column("semester"), Column("granted_on")),
            Row(Column("granted_by"), Column("document")),
            "circumstances",
        )
        self.helper.add_input(Submit("save", "Enregistrer le redoublement accordé"))

    def grant(self) -> Grant:
        return Grant(**self.cleaned_data)


class PointsForm(forms.Form):
    """A bonus or a malus in one UE; without points, there is none."""

    points = forms.DecimalField(
        label="Points",
        required=False,
        localize=True,
        min_value=-TWENTY,
        max_value=TWENTY,
        max_digits=4,
        decimal_places=2,
    )
    reason = forms.CharField(label="Motif", required=False, max_length=200)

    def __init__(self, data: Mapping[str, Any] | None, *, unit: Unit, held: Adjustment | None) -> None:
        initial = {"points": held.points, "reason": held.reason} if held else {}
        super().__init__(data, initial=initial, prefix=unit.code)
        self.unit, self.line = unit, unit.code

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("points") and not data.get("reason"):
            self.add_error("reason", "Dire le motif.")
        if data.get("reason") and not data.get("points") and "points" not in self.errors:
            self.add_error("points", "Dire les points, ou effacer le motif.")
        return data


def points_forms(data: Mapping[str, Any] | None, enrolment: Enrolment) -> list[PointsForm]:
    """A line for each UE of the programme, known by its code."""
    held = {adjustment.unit_id: adjustment for adjustment in enrolment.adjustments.all()}
    return [
        PointsForm(data, unit=unit, held=held.get(unit.pk))
        for unit in enrolment.programme.units.select_related("competence")
    ]


def adjustments_of(lines: Iterable[PointsForm]) -> dict[Unit, Points]:
    """Those filled in of valid lines."""
    return {
        line.unit: Points(line.cleaned_data["points"], line.cleaned_data["reason"])
        for line in lines
        if line.cleaned_data.get("points")
    }


class RemarkForm(forms.Form):
    """What the director of studies tells the jury."""

    remark = forms.CharField(
        label="Remarque pour le jury",
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4, "class": "form-control"}),
        validators=[check_printable],
        help_text="Lue sur le dossier pendant la délibération ; jamais imprimée.",
    )


class PhotoForm(forms.Form):
    """A file of the image of a face."""

    photo = forms.FileField(
        label="Photo", widget=forms.ClearableFileInput(attrs={"accept": "image/jpeg,image/png,image/webp"})
    )
