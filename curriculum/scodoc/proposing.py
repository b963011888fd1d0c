"""What a ScoDoc file does not say of a programme, proposed: each answer with why, none taken unshown.

Where a UE belongs (competence, niveau) comes from what is stored for the parcours: its programmes, and the
référentiel of its spécialité when one was loaded; else from the file itself: niveaux, titles, the number of
the UE, the codes of the apprentissages critiques. Nothing is known here of any spécialité.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from butrt.base.words import cut
from curriculum.models import Competence, Department, Parcours, Programme
from curriculum.reading import programme_data
from curriculum.referential.register import parcours_meant, specialty_meant
from curriculum.referential.titles import plain_words
from curriculum.scodoc.reading import BONUS_UE, PLAIN_UE, STANDARD, Formation, Module, Ue

LONGEST_CODE, LONGEST_TITLE, LONGEST_SHORT = 40, 200, 40
FROM_SKILL = re.compile(r"AC([1-3])([1-9])\.")


@dataclass(frozen=True, slots=True)
class Known:
    """What is stored of a parcours.

    `stored`: by year, the programme of the modality and date asked; `pattern`: that one or, without it, the
    latest of the year, whose codes are followed; `offsets`: niveau minus year, by competence, in programmes.
    Of the référentiel: `levels`, the niveau by competence and year; `labels`, whose niveau a title is.
    """

    competences: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    offsets: Mapping[str, int] = field(default_factory=dict)
    stored: Mapping[int, Mapping[str, Any]] = field(default_factory=dict)
    pattern: Mapping[int, Mapping[str, Any]] = field(default_factory=dict)
    levels: Mapping[tuple[str, int], int] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class UnitProposal:
    """What a UE of the file would be here; level 0 and ECTS None where nothing proposes them."""

    ue: Ue
    code: str
    competence: str
    level: int
    ects: Decimal | None
    why: str


def known_of(
    department: Department,
    parcours: str,
    *,
    modality: str,
    in_force_from: int,
    years: Iterable[int],
    described: Mapping[str, Any] | None = None,
) -> Known:
    """What is stored of a parcours, by its code; of a new one, as `described`, what the référentiel has."""
    programmes = Programme.objects.filter(parcours__department=department, parcours__code=parcours)
    rows = _competences(department, parcours, described or {})
    followed: dict[int, Programme] = {}
    exact: set[int] = set()
    competences = {row.code: (row.title, row.short) for row in rows}
    levels = {(row.code, level.year): level.number for row in rows for level in row.levels.all()}
    labels = {plain_words(level.title): row.code for row in rows for level in row.levels.all()}
    offsets: dict[str, int] = {}
    for programme in programmes.select_related("parcours__specialty").prefetch_related("units__competence"):
        for unit in programme.units.all():
            offsets[unit.competence.code] = unit.level - programme.year
        same = (programme.modality, programme.in_force_from) == (modality, in_force_from)
        if programme.year in years and (same or programme.year not in followed):  # the latest come first
            followed[programme.year] = programme
            if same:
                exact.add(programme.year)
    pattern = {year: programme_data(programme) for year, programme in followed.items()}
    stored = {year: pattern[year] for year in exact}
    return Known(competences, offsets, stored, pattern, levels, labels)


def _competences(department: Department, code: str, described: Mapping[str, Any]) -> list[Competence]:
    """Those that the students of a parcours develop; of a parcours that nobody knows, the common ones."""
    parcours = Parcours.objects.filter(department=department, code=code).select_related("specialty").first()
    specialty = parcours.specialty if parcours else None
    if parcours is None and described and (specialty := specialty_meant(department, described["specialty"])):
        parcours = parcours_meant(specialty.parcours.select_related("specialty"), described)
    if specialty is None:
        return []
    if parcours is None or (parcours.common and specialty.source):
        rows = specialty.competences.filter(common=True)
    else:
        rows = parcours.competences
    return list(rows.prefetch_related("levels"))


def kept_ues(formation: Formation, years: Collection[int], parcours: str) -> list[Ue]:
    """The UE that may be taken: plain ones of these years, of this parcours of the file or of all."""
    takeable = (ue for ue in formation.ues if not why_left_out(ue))
    kept = (
        ue
        for ue in takeable
        if ue.year in years and (not ue.parcours or not parcours or parcours in ue.parcours)
    )
    return sorted(kept, key=lambda ue: (ue.semester, ue.rank, ue.acronym))


def unsorted_modules(formation: Formation, ues: Iterable[Ue]) -> dict[str, Module]:
    """The modules that ScoDoc calls neither ressource nor SAÉ and that count in one of these UE, by code."""
    references = {name for ue in ues for name in (ue.reference, ue.acronym)}
    return {
        module.code: module
        for _, module in formation.modules
        if module.kind == STANDARD and references & module.coefficients.keys()
    }


def guessed_kind(module: Module) -> str:
    """Ressource or SAÉ by the code: "SAE11", "S1.01", "Stage", "Portfolio" are SAÉ."""
    return "sae" if re.match(r"s|port", plain_words(module.code + module.title)) else "ressource"


def propose_units(
    formation: Formation, years: Collection[int], parcours: str, known: Known
) -> list[UnitProposal]:
    """A proposal for each UE of these years; the others are read too, a competence may begin there."""
    proposer = _Proposer(formation, known)
    proposals = [proposer.propose(ue, parcours) for ue in kept_ues(formation, formation.years, parcours)]
    return [proposal for proposal in proposals if proposal.ue.year in years]


def new_competence(code: str, ues: Iterable[Ue]) -> tuple[str, str]:
    """Title and short name of a competence that is not stored, from the UE that belong to it."""
    title = next((ue.title for ue in ues if ue.title), code)
    beginning = re.split(r" (?:les?|la|des|du|un|une)\b| l’", title)[0]
    return title[:LONGEST_TITLE], cut(beginning, LONGEST_SHORT)


class _Proposer:
    """Goes through the UE in order: two UE of the same title belong to the same competence."""

    def __init__(self, formation: Formation, known: Known) -> None:
        self.known = known
        self.by_title = {
            plain_words(name): code for code, names in known.competences.items() for name in names
        }
        self.prefix = _prefix(known.competences) or _letters(formation.specialty) or "C"
        self.first_years: dict[str, int] = {}
        self.has_first_year = 1 in formation.years

    def propose(self, ue: Ue, parcours: str) -> UnitProposal:
        unit = self._stored_unit(ue)
        if unit:
            competence, why = str(unit["competence"]), "comme dans le programme enregistré"
        else:
            competence, why = self._competence(ue)
        if competence and ue.title:
            self.by_title.setdefault(plain_words(ue.title), competence)
        level, from_where = self._level(ue, competence, unit)
        stated = ue.parcours.get(parcours) or ue.ects
        ects = stated or (Decimal(unit["ects"]) if unit else None)
        if not stated and ects:
            from_where += " ; ECTS du programme enregistré"
        return UnitProposal(
            ue, self._code(ue, competence, unit), competence, level, ects, f"{why} ; {from_where}"
        )

    def _stored_unit(self, ue: Ue) -> Mapping[str, Any] | None:
        """The UE of the stored programme that has this code."""
        units = self.known.pattern.get(ue.year, {}).get("units", ())
        same = [unit for unit in units if plain_code(unit["code"]) == plain_code(ue.acronym)]
        return same[0] if len(same) == 1 and same[0]["semester"] == ue.semester else None

    def _code(self, ue: Ue, competence: str, unit: Mapping[str, Any] | None) -> str:
        if unit:
            return str(unit["code"])
        # Named otherwise than here (RT3.1), and the only one of its competence in the semester.
        for other in self.known.pattern.get(ue.year, {}).get("units", ()):
            if (other["semester"], other["competence"]) == (ue.semester, competence):
                return str(other["code"])
        return ue.acronym.replace(" ", "")[:LONGEST_CODE]

    def _competence(self, ue: Ue) -> tuple[str, str]:
        if ue.level and (code := self.known.labels.get(plain_words(ue.level.label))):
            return code, f"niveau « {ue.level.label} » du référentiel"
        if (title := plain_words(ue.title)) in self.by_title:
            return self.by_title[title], f"même intitulé que {self.by_title[title]}"
        if code := self._ranked(ue):
            return code, f"numéro de l’UE, « {ue.acronym} »"
        skills = Counter(
            match[2]
            for module in ue.modules
            for skill in module.skills
            if (match := FROM_SKILL.match(skill)) and int(match[1]) == ue.year
        )
        if skills:
            number = skills.most_common(1)[0][0]
            return f"{self.prefix}{number}", f"apprentissages critiques AC{ue.year}{number}"
        return "", "rien dans le fichier ne dit la compétence"

    def _ranked(self, ue: Ue) -> str:
        """UE34 of semester 3 → RT4."""
        match = re.search(rf"(?<![0-9]){ue.semester}[^0-9]?([1-9])(?![0-9])", ue.acronym)
        return f"{self.prefix}{match[1]}" if match else ""

    def _level(self, ue: Ue, competence: str, unit: Mapping[str, Any] | None) -> tuple[int, str]:
        first = self.first_years.setdefault(competence, ue.year)
        if unit:
            return int(unit["level"]), "niveau enregistré"
        if ue.level and 1 <= ue.level.order <= 3:
            return ue.level.order, f"niveau {ue.level.order} dans le fichier"
        if national := self.known.levels.get((competence, ue.year)):
            return national, f"niveau {national} en BUT{ue.year} dans le référentiel"
        if competence in self.known.offsets and 1 <= (level := ue.year + self.known.offsets[competence]) <= 3:
            return level, f"{competence} est au niveau {level} en BUT{ue.year} dans les autres programmes"
        if competence and self.has_first_year:
            return ue.year - first + 1, f"première année de {competence} dans le fichier : BUT{first}"
        return 0, "niveau à donner"


def plain_code(code: str) -> str:
    """A code as two people write it the same: SAÉ 3.01, SAE301 and Saé301 are one."""
    return re.sub(r"[^a-z0-9]", "", plain_words(code))


def why_left_out(ue: Ue) -> str:
    """Why a UE of the file never becomes one of ours; "" when it may."""
    if ue.kind == BONUS_UE:
        return "UE de bonus ou de sport, sans compétence (un bonus se saisit sur l’inscription)"
    if ue.kind != PLAIN_UE:
        return "UE d’un type que le BUT n’a pas"
    if ue.external:
        return "UE externes, acquises ailleurs"
    if not ue.semester:
        return "UE sans semestre dans le fichier (le leur donner dans ScoDoc, puis exporter de nouveau)"
    return ""


def _prefix(codes: Iterable[str]) -> str:
    """RT for RT1, RT2, RT3."""
    letters = Counter(match[1] for code in codes if (match := re.fullmatch(r"([^\W\d]+)[1-9]", code)))
    return letters.most_common(1)[0][0] if letters else ""


def _letters(specialty: str) -> str:
    return specialty if re.fullmatch(r"[A-Z]{1,6}", specialty) else ""
