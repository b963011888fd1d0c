"""The small forms of the editor: what adds an element, a UE, a programme."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from butrt.base.forms import offer
from curriculum.editing import fields
from curriculum.editing.typed import Draft, Row
from curriculum.models import Department, Parcours, Programme
from curriculum.programmefile import FORMAT, PARCOURS
from curriculum.proposals import stored_programme
from curriculum.reading import parcours_data

NEW = ""
"""The choice of a competence, or of a parcours, that is not there yet."""


class AddForm(forms.Form):
    """What is typed to be added, with the button of its own that adds it."""

    BEGUN: tuple[str, ...] = ()
    pressed = False

    def press(self) -> bool:
        """Its button is pressed: whether it may be added."""
        self.pressed = True
        return self.is_valid()

    @property
    def refusals(self) -> Mapping[str, Any]:
        """Why it is refused, once its button is pressed."""
        return self.errors if self.pressed else {}

    @property
    def begun(self) -> bool:
        """Whether something is typed and not added yet."""
        return self.is_bound and any(str(self[name].value() or "").strip() for name in self.BEGUN)


class AddElementForm(AddForm):
    """A new ressource or SAÉ of a semester, and the UE where it counts."""

    BEGUN = ("code", "display", "title")

    code = fields.text("le code public", 30)
    display = fields.text("le code affiché", 30, required=False)
    title = fields.text("l’intitulé", 200)
    kind = fields.kind()
    units = forms.MultipleChoiceField(label="Compte en", required=False)

    def __init__(self, posted: Any = None, *, draft: Draft, semester: int) -> None:
        super().__init__(posted, prefix=f"new-element-{semester}")
        self.draft, self.semester = draft, semester
        self.example = f"R{semester}15"
        codes = [row["code"] for row in draft.rows["units"] if row["semester"] == str(semester)]
        offer(self, units=[(code, code) for code in sorted(codes)])

    def clean_code(self) -> str:
        code: str = self.cleaned_data["code"]
        if self.draft.index("elements", code) is not None:
            raise ValidationError(f"{code} est déjà dans ce programme : choisir un autre code.")
        return code

    def add(self, seen: Mapping[str, Any]) -> None:
        data = self.cleaned_data
        self.draft.rows["elements"].append(
            {
                "code": data["code"],
                "display": data["display"] or data["code"],
                "title": data["title"],
                "short": data["title"][:60].strip(),
                "kind": data["kind"],
                "semester": str(self.semester),
            }
        )
        for unit in data["units"]:
            self.draft.add_line(unit, data["code"], seen)


class AddUnitForm(AddForm):
    """A new UE of a semester, of a competence that is there or that is named here."""

    BEGUN = ("code", "ects", "competence_code", "competence_title", "competence_short")

    code = fields.text("le code de l’UE", 40)
    competence = forms.ChoiceField(
        label="compétence",
        required=False,
        error_messages={"invalid_choice": "Choisir une compétence de la liste."},
    )
    competence_code = fields.text("le code de la compétence", 40, required=False)
    competence_title = fields.text("l’intitulé de la compétence", 200, required=False)
    competence_short = fields.text("le nom court", 40, required=False)
    level = forms.TypedChoiceField(
        label="niveau",
        choices=[(level, str(level)) for level in (1, 2, 3)],
        coerce=int,
        error_messages={"required": "Choisir un niveau.", "invalid_choice": "Choisir un niveau de 1 à 3."},
    )
    ects = fields.ects

    def __init__(
        self,
        posted: Any = None,
        *,
        draft: Draft,
        semester: int,
        year: int,
        competences: Mapping[str, Row],
    ) -> None:
        super().__init__(posted, prefix=f"new-unit-{semester}", initial={"level": year})
        self.draft, self.semester = draft, semester
        self.example = f"UE{semester}6"
        self.known = {**competences, **{row["code"]: row for row in draft.rows["competences"]}}
        names = [(code, f"{code} {row['short']}") for code, row in sorted(self.known.items())]
        offer(self, competence=[*names, (NEW, "une nouvelle compétence")])

    def clean_code(self) -> str:
        code: str = self.cleaned_data["code"]
        if self.draft.index("units", code) is not None:
            raise ValidationError(f"{code} est déjà dans ce programme : choisir un autre code.")
        return code

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        if data.get("competence") == NEW:
            for name in ("competence_code", "competence_title", "competence_short"):
                if name not in self.errors and not data[name]:
                    self.add_error(name, f"Écrire {self.fields[name].label}.")
            if (code := data.get("competence_code")) in self.known:
                self.add_error("competence_code", f"{code} existe déjà : la choisir dans la liste.")
        elif held := self._held(data.get("competence")):
            self.add_error(
                "competence",
                f"{data['competence']} a déjà une UE au semestre {self.semester} : {held}.",
            )
        return data

    def _held(self, competence: str | None) -> str:
        for row in self.draft.rows["units"]:
            if (row["competence"], row["semester"]) == (competence, str(self.semester)):
                return row["code"]
        return ""

    def add(self) -> None:
        data = self.cleaned_data
        new = {name: data[f"competence_{name}"] for name in ("code", "title", "short")}
        competence = self.known.get(data["competence"], new)
        if self.draft.index("competences", competence["code"]) is None:
            self.draft.rows["competences"].append(dict(competence))
        self.draft.rows["units"].append(
            {
                "code": data["code"],
                "semester": str(self.semester),
                "competence": competence["code"],
                "level": str(data["level"]),
                "ects": fields.typed(data["ects"]),
                "rcue_weight": "1",
            }
        )


class NewProgrammeForm(forms.Form):
    """A programme without UE yet, of a parcours that is there or that is named here."""

    department = forms.ModelChoiceField(
        label="Département", queryset=Department.objects.none(), empty_label=None
    )
    parcours = forms.ModelChoiceField(
        label="Parcours",
        queryset=Parcours.objects.none(),
        required=False,
        empty_label="un nouveau parcours, nommé ci-dessous",
        error_messages={"invalid_choice": "Choisir un parcours de la liste."},
    )
    code = fields.text("le code du parcours", 20, required=False)
    specialty = fields.text("la spécialité", 120, required=False)
    name = fields.text("le nom du parcours", 120, required=False)
    short = fields.text("le sigle", 20, required=False)
    year = forms.TypedChoiceField(
        label="Année", choices=[(year, f"BUT{year}") for year in (1, 2, 3)], coerce=int
    )
    modality = forms.ChoiceField(label="Modalité", choices=Programme.Modality.choices)
    in_force_from = forms.IntegerField(
        label="En vigueur à partir de",
        min_value=2000,
        max_value=2099,
        help_text="L’année de la rentrée : 2025 pour 2025-2026.",
        error_messages=dict.fromkeys(
            ("required", "invalid", "min_value", "max_value"),
            "L’année de la rentrée s’écrit en quatre chiffres, de 2000 à 2099, par exemple 2025.",
        ),
    )

    EXAMPLES = {"code": "RT-IOM", "specialty": "Réseaux et Télécommunications", "short": "IOM"}
    LABELS = {"code": "Code", "specialty": "Spécialité", "name": "Nom", "short": "Sigle"}

    def __init__(self, posted: Any = None, *, departments: Collection[int]) -> None:
        super().__init__(posted)
        parcours = Parcours.objects.filter(department__in=departments).select_related("specialty")
        offer(self, parcours=parcours.order_by("specialty__name", "name"))
        known = Department.objects.filter(pk__in=departments)
        offer(self, department=known)
        if len(departments) == 1:
            self.fields["department"].widget = forms.HiddenInput()
            self.fields["department"].initial = next(iter(departments))
        for name, label in self.LABELS.items():
            self.fields[name].label = label
            self.fields[name].help_text = (
                f"Par exemple {self.EXAMPLES[name]}." if name in self.EXAMPLES else ""
            )
        for field in self.fields.values():
            select = isinstance(field.widget, forms.Select)
            field.widget.attrs["class"] = "form-select" if select else "form-control"

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        parcours: Parcours | None = data.get("parcours")
        if parcours is None and "parcours" not in self.errors:
            for name in PARCOURS:
                if name not in self.errors and not data[name]:
                    self.add_error(name, "À écrire pour un nouveau parcours, ou en choisir un dans la liste.")
            department = data.get("department")
            if Parcours.objects.filter(department=department, code=data.get("code")).exists():
                self.add_error("code", "Ce parcours existe déjà : le choisir dans la liste.")
        if not self.errors and stored_programme(self.owner, self.programme()):
            self.add_error(
                "in_force_from", "Ce programme existe déjà : choisir une autre année, ou ouvrir celui-ci."
            )
        return data

    @property
    def owner(self) -> Department:
        """The department whose programme it is."""
        parcours: Parcours | None = self.cleaned_data["parcours"]
        department: Department = parcours.department if parcours else self.cleaned_data["department"]
        return department

    def programme(self) -> dict[str, Any]:
        """The programme object, with nothing in it yet."""
        data = self.cleaned_data
        parcours = data["parcours"]
        empty: Iterable[str] = ("competences", "units", "elements", "weights", "printed_totals")
        return {
            "format": FORMAT,
            "source": {},
            "parcours": parcours_data(parcours) if parcours else {name: data[name] for name in PARCOURS},
            **{name: data[name] for name in ("year", "modality", "in_force_from")},
            "illustrative": False,
            "announced_ects": None,
            **{name: [] for name in empty},
        }
