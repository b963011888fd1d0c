"""What is asked of a ScoDoc file: where it goes, then what its UE are. What is proposed is written in."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import forms

from butrt.base import french
from butrt.base.forms import file_field, offer
from butrt.base.french import NBSP
from butrt.base.schoolyears import being_prepared
from curriculum.models import Department, Parcours, Programme, Specialty, school_year_label
from curriculum.reading import parcours_data
from curriculum.referential.titles import plain_words
from curriculum.scodoc.converting import Answers, UnitAnswer
from curriculum.scodoc.proposing import (
    LONGEST_CODE,
    LONGEST_SHORT,
    LONGEST_TITLE,
    Known,
    UnitProposal,
    guessed_kind,
    new_competence,
    plain_code,
    propose_units,
    unsorted_modules,
)
from curriculum.scodoc.reading import MOST_BYTES, Formation, Module

CONTROL, SELECT, CHECK = {"class": "form-control"}, {"class": "form-select"}, {"class": "form-check-input"}
CODE = re.compile(r"[\w.&-]+")
NEW = "new-"
NEW_FIELDS = ("code", "specialty", "name", "short")
LENGTHS = {"code": 20, "specialty": 120, "name": 120, "short": 20}


class FormationFileForm(forms.Form):
    """The file; what is wrong in it is told by who reads it, here only that there is one."""

    file = file_field(
        "Export de la formation", ".xml,.json", f"XML ou JSON, {MOST_BYTES // 2**20}{NBSP}Mo au plus."
    )


@dataclass(frozen=True)
class Place:
    """Where a formation goes: a parcours of ours, stored or new, its modality, date and years."""

    department: Department
    parcours: Mapping[str, Any]
    modality: str
    in_force_from: int
    years: tuple[int, ...]
    scodoc_parcours: str


class PlaceForm(forms.Form):
    """Which parcours of which department, from when, for whom, which years. The file says none of it."""

    parcours = forms.ChoiceField(
        label="Parcours", widget=forms.RadioSelect(CHECK), error_messages={"required": "Choisir un parcours."}
    )
    code = forms.CharField(
        label="Code", required=False, max_length=LENGTHS["code"], widget=forms.TextInput(CONTROL)
    )
    specialty = forms.CharField(
        label="Spécialité", required=False, max_length=LENGTHS["specialty"], widget=forms.TextInput(CONTROL)
    )
    name = forms.CharField(
        label="Intitulé du parcours",
        required=False,
        max_length=LENGTHS["name"],
        widget=forms.TextInput(CONTROL),
    )
    short = forms.CharField(
        label="Sigle", required=False, max_length=LENGTHS["short"], widget=forms.TextInput(CONTROL)
    )
    scodoc_parcours = forms.ChoiceField(
        label="Parcours du fichier à prendre", required=False, widget=forms.Select(SELECT)
    )
    modality = forms.ChoiceField(
        label="Modalité",
        choices=[("", "choisir"), *Programme.Modality.choices],
        widget=forms.Select(SELECT),
        error_messages={"required": "Choisir une modalité."},
    )
    in_force_from = forms.IntegerField(
        label="En vigueur à partir de l’année universitaire",
        min_value=2000,
        max_value=2099,
        widget=forms.NumberInput(CONTROL),
        error_messages={
            "required": "Écrire l’année de la rentrée, par exemple 2025.",
            "invalid": "L’année de la rentrée s’écrit en quatre chiffres, par exemple 2025.",
            "min_value": "L’année de la rentrée est entre 2000 et 2099.",
            "max_value": "L’année de la rentrée est entre 2000 et 2099.",
        },
    )
    years = forms.TypedMultipleChoiceField(
        label="Années à prendre",
        coerce=int,
        widget=forms.CheckboxSelectMultiple(CHECK),
        error_messages={"required": "Choisir au moins une année."},
    )

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        formation: Formation,
        departments: Sequence[Department],
    ) -> None:
        super().__init__(data)
        self.departments = {department.pk: department for department in departments}
        self.stored = {
            str(row.pk): row
            for row in Parcours.objects.filter(department__in=departments)
            .select_related("specialty")
            .order_by("code")
        }
        self._offer(formation)
        guess, why = self._guess(formation)
        self.initial = self._proposed(formation) | {"parcours": guess}
        self.fields["parcours"].help_text = why
        parcours = self.stored.get(guess)
        self.programmes = list(parcours.programmes.select_related("parcours")) if parcours else []
        modality, why = self._modality()
        self.initial["modality"] = modality
        self.fields["modality"].help_text = why
        current = being_prepared()
        self.initial["in_force_from"] = current
        help_text = f"L’année de la rentrée. Proposé : l’année en cours, {school_year_label(current)}."
        if self.programmes:
            known = (f"{programme}, depuis {programme.in_force_from}" for programme in self.programmes)
            help_text += f" Déjà enregistrés : {' ; '.join(known)}."
        self.fields["in_force_from"].help_text = help_text

    def _offer(self, formation: Formation) -> None:
        """The choices that this file and these departments give."""
        several = len(self.departments) > 1
        choices = [
            (
                key,
                f"{parcours.code}, {parcours}"
                + (f" ({self.departments[parcours.department_id]})" if several else ""),
            )
            for key, parcours in self.stored.items()
        ]
        choices += [
            (
                f"{NEW}{key}",
                f"un nouveau parcours ({department})"
                if several
                else "un nouveau parcours, décrit ci-dessous",
            )
            for key, department in self.departments.items()
        ]
        offer(self, parcours=choices, years=[(year, f"BUT{year}") for year in formation.years])
        codes = sorted(formation.parcours.items())
        theirs = ((code, f"{code}, {label}" if label else code) for code, label in codes)
        offer(self, scodoc_parcours=[("", "tous, sans les distinguer"), *theirs])
        if not codes:
            del self.fields["scodoc_parcours"]

    def _guess(self, formation: Formation) -> tuple[str, str]:
        """The stored parcours that the file seems to be, or a new one."""
        codes = {plain_words(code) for code in formation.parcours}
        words = f"{formation.acronym} {formation.title}".split()
        for key, parcours in self.stored.items():
            if plain_words(parcours.short) in codes or (not parcours.common and parcours.short in words):
                return key, f"Proposé : le fichier nomme {parcours.short}."
        if len(self.stored) == 1:
            return next(iter(self.stored)), "Proposé : le seul parcours du département."
        if not self.stored:
            return f"{NEW}{next(iter(self.departments))}", "Aucun parcours n’est encore enregistré."
        own = [row.pk for row in self.stored.values() if not row.common]
        taught = set(Programme.objects.filter(parcours__in=own).values_list("parcours", flat=True))
        if len(taught) == 1:
            return str(taught.pop()), "Proposé : le seul parcours qui a des programmes."
        return "", "Le fichier ne nomme aucun des parcours enregistrés : choisir."

    def _proposed(self, formation: Formation) -> dict[str, Any]:
        code, label = next(iter(formation.parcours.items()), ("", ""))
        specialty = self._specialty(formation.specialty)
        return {
            "code": "-".join(filter(None, (formation.specialty, code)))[: LENGTHS["code"]],
            "specialty": (specialty or formation.title or formation.acronym)[: LENGTHS["specialty"]],
            "name": label[: LENGTHS["name"]],
            "short": code[: LENGTHS["short"]],
            "scodoc_parcours": code if len(formation.parcours) == 1 else "",
            "years": formation.years,
        }

    def _specialty(self, acronym: str) -> str:
        """The name of the department's spécialité of that acronym, RT for R&T, or of its only one."""
        known = list(Specialty.objects.filter(department__in=self.departments))
        named = [
            specialty for specialty in known if acronym and plain_code(specialty.short) == plain_code(acronym)
        ]
        matching = named or (known if len(known) == 1 else [])
        return matching[0].name if matching else ""

    def _modality(self) -> tuple[str, str]:
        modalities = {programme.modality for programme in self.programmes}
        if len(modalities) == 1:
            return str(modalities.pop()), "Proposé : celle des programmes de ce parcours."
        return "", "ScoDoc ne la dit pas. Une autre modalité se prend par un second import du même fichier."

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("parcours", "").startswith(NEW):
            for name in NEW_FIELDS:
                if not data.get(name) and name not in self.errors:
                    self.add_error(name, "À donner, puisque le parcours est nouveau.")
            code = data.get("code", "")
            department = int(data["parcours"].removeprefix(NEW))
            if any(
                parcours.code == code and parcours.department_id == department
                for parcours in self.stored.values()
            ):
                self.add_error("code", "Ce code est celui d’un parcours enregistré : le choisir plus haut.")
        return data

    @property
    def place(self) -> Place:
        data = self.cleaned_data
        stored = self.stored.get(data["parcours"])
        department = stored.department_id if stored else int(data["parcours"].removeprefix(NEW))
        return Place(
            department=self.departments[department],
            parcours=parcours_data(stored) if stored else {name: data[name] for name in NEW_FIELDS},
            modality=data["modality"],
            in_force_from=data["in_force_from"],
            years=tuple(data["years"]),
            scodoc_parcours=data.get("scodoc_parcours", ""),
        )


@dataclass(frozen=True, slots=True)
class UnitRow:
    """A UE of the file and its five answers, as the page shows them."""

    proposal: UnitProposal
    take: forms.BoundField
    code: forms.BoundField
    competence: forms.BoundField
    level: forms.BoundField
    ects: forms.BoundField

    @property
    def errors(self) -> list[str]:
        fields = (self.code, self.competence, self.level, self.ects)
        return [str(error) for field in fields for error in field.errors]


@dataclass(frozen=True, slots=True)
class CompetenceRow:
    """A competence that is not stored yet."""

    code: str
    title: forms.BoundField
    short: forms.BoundField


@dataclass(frozen=True, slots=True)
class ModuleRow:
    """A module that ScoDoc calls neither ressource nor SAÉ."""

    module: Module
    kind: forms.BoundField


class UnitsForm(forms.Form):
    """What each UE is here; a competence typed that nobody knows asks for its title."""

    def __init__(
        self, data: Mapping[str, Any] | None = None, *, formation: Formation, place: Place, known: Known
    ) -> None:
        super().__init__(data)
        self.place, self.known = place, known
        self.proposals = propose_units(formation, place.years, place.scodoc_parcours, known)
        for proposal in self.proposals:
            self._add_unit(proposal)
        self.modules = unsorted_modules(formation, [proposal.ue for proposal in self.proposals])
        for number, module in enumerate(self.modules.values()):
            self.fields[f"m{number}"] = forms.ChoiceField(
                label=f"{module.code}, nature",
                choices=[("ressource", "ressource"), ("sae", "SAÉ"), ("", "ne pas prendre")],
                required=False,
                initial=guessed_kind(module),
                widget=forms.Select(SELECT),
            )
        self.new = self._new_competences()
        self.missing: list[tuple[str, str]] = []
        for code, (title, short) in self.new.items():
            for name, label, longest, proposed in (
                ("title", "intitulé", LONGEST_TITLE, title),
                ("short", "nom court", LONGEST_SHORT, short),
            ):
                self.fields[f"{name}-{code}"] = forms.CharField(
                    label=f"{code}, {label}",
                    max_length=longest,
                    required=False,
                    initial=proposed,
                    widget=forms.TextInput(CONTROL),
                )
                if self.is_bound and f"{name}-{code}" not in self.data:
                    self.missing.append((f"{name}-{code}", proposed))
        if self.missing:
            # A competence that was typed just now: its fields come, filled, and are read next time.
            self.data = {**{key: self.data[key] for key in self.data}, **dict(self.missing)}

    def _add_unit(self, proposal: UnitProposal) -> None:
        name, about = f"u{proposal.ue.index}", proposal.ue.acronym
        self.fields[f"{name}-take"] = forms.BooleanField(
            label=f"Prendre {about}",
            required=False,
            initial=True,
            widget=forms.CheckboxInput(CHECK),
        )
        self.fields[f"{name}-code"] = forms.CharField(
            label=f"{about}, code",
            required=False,
            max_length=LONGEST_CODE,
            initial=proposal.code,
            widget=forms.TextInput(CONTROL),
        )
        self.fields[f"{name}-competence"] = forms.CharField(
            label=f"{about}, compétence",
            required=False,
            max_length=LONGEST_CODE,
            initial=proposal.competence,
            widget=forms.TextInput(CONTROL | {"list": "competences"}),
        )
        self.fields[f"{name}-level"] = forms.TypedChoiceField(
            label=f"{about}, niveau",
            required=False,
            coerce=int,
            choices=[("", "—"), (1, "1"), (2, "2"), (3, "3")],
            initial=proposal.level or "",
            widget=forms.Select(SELECT),
        )
        self.fields[f"{name}-ects"] = forms.DecimalField(
            label=f"{about}, ECTS",
            required=False,
            localize=True,
            min_value=Decimal("0.1"),
            max_value=60,
            max_digits=4,
            decimal_places=1,
            initial=french.short(proposal.ects) if proposal.ects else "",
            widget=forms.TextInput(CONTROL | {"inputmode": "decimal"}),
        )

    def _new_competences(self) -> dict[str, tuple[str, str]]:
        """The competences of the UE, as typed or as proposed, that are not stored: title, short name."""
        named: dict[str, list[UnitProposal]] = {}
        for proposal in self.proposals:
            name = f"u{proposal.ue.index}"
            if self.is_bound:
                code = str(self.data.get(f"{name}-competence", "")).strip()
                if f"{name}-take" not in self.data:
                    continue
            else:
                code = proposal.competence
            if (
                code
                and code not in self.known.competences
                and CODE.fullmatch(code)
                and len(code) <= LONGEST_CODE
            ):
                named.setdefault(code, []).append(proposal)
        return {
            code: new_competence(code, [proposal.ue for proposal in proposals])
            for code, proposals in sorted(named.items())
        }

    def rows(self) -> Iterable[UnitRow]:
        for proposal in self.proposals:
            name = f"u{proposal.ue.index}-"
            fields = (self[f"{name}{field}"] for field in ("take", "code", "competence", "level", "ects"))
            yield UnitRow(proposal, *fields)

    def competence_rows(self) -> list[CompetenceRow]:
        return [CompetenceRow(code, self[f"title-{code}"], self[f"short-{code}"]) for code in self.new]

    def module_rows(self) -> list[ModuleRow]:
        return [ModuleRow(module, self[f"m{number}"]) for number, module in enumerate(self.modules.values())]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        taken = [proposal for proposal in self.proposals if data.get(f"u{proposal.ue.index}-take")]
        if not taken:
            raise forms.ValidationError("Prendre au moins une UE.")
        codes: dict[tuple[int, str], str] = {}
        places: dict[tuple[int, str], str] = {}
        levels: dict[tuple[int, str], int] = {}
        for proposal in taken:
            self._clean_unit(proposal, data, codes, places, levels)
        for code in self.new:
            for name in (f"title-{code}", f"short-{code}"):
                if not data.get(name) and name not in self.errors:
                    self.add_error(name, f"À donner, {code} est une compétence nouvelle.")
        if self.missing and not self.errors:
            raise forms.ValidationError(
                f"Compétence nouvelle ({', '.join(self.new)}) : relire son intitulé et son nom court."
            )
        return data

    def _clean_unit(
        self,
        proposal: UnitProposal,
        data: Mapping[str, Any],
        codes: dict[tuple[int, str], str],
        places: dict[tuple[int, str], str],
        levels: dict[tuple[int, str], int],
    ) -> None:
        name, ue = f"u{proposal.ue.index}", proposal.ue
        asked = {"code": "son code", "competence": "sa compétence", "level": "son niveau", "ects": "ses ECTS"}
        for field, what in asked.items():
            if not data.get(f"{name}-{field}") and f"{name}-{field}" not in self.errors:
                self.add_error(f"{name}-{field}", f"Donner {what}.")
        if any(f"{name}-{field}" in self.errors for field in asked):
            return
        code, competence = data[f"{name}-code"], data[f"{name}-competence"]
        if not CODE.fullmatch(competence):
            self.add_error(f"{name}-competence", "Un code de compétence est un mot, comme RT1.")
        if other := codes.get((ue.year, code)):
            self.add_error(f"{name}-code", f"{code} est déjà le code de {other}.")
        if other := places.get((ue.semester, competence)):
            self.add_error(
                f"{name}-competence",
                f"{other} est déjà {competence} au semestre {ue.semester} : n’en prendre qu’une, ou changer.",
            )
        level = data[f"{name}-level"]
        if levels.setdefault((ue.year, competence), level) != level:
            self.add_error(
                f"{name}-level", f"{competence} a un autre niveau dans une autre UE de BUT{ue.year}."
            )
        codes[ue.year, code] = places[ue.semester, competence] = ue.acronym

    @property
    def answers(self) -> Answers:
        data = self.cleaned_data
        units = tuple(
            UnitAnswer(
                ue=proposal.ue,
                code=data[f"u{proposal.ue.index}-code"],
                competence=data[f"u{proposal.ue.index}-competence"],
                level=data[f"u{proposal.ue.index}-level"],
                ects=data[f"u{proposal.ue.index}-ects"],
            )
            for proposal in self.proposals
            if data[f"u{proposal.ue.index}-take"]
        )
        return Answers(
            parcours=self.place.parcours,
            modality=self.place.modality,
            in_force_from=self.place.in_force_from,
            years=self.place.years,
            scodoc_parcours=self.place.scodoc_parcours,
            units=units,
            competences=dict(self.known.competences)
            | {code: (data[f"title-{code}"], data[f"short-{code}"]) for code in self.new},
            kinds={code: data[f"m{number}"] for number, code in enumerate(self.modules)},
        )
