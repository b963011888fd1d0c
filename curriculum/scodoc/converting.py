"""A ScoDoc formation and the answers to what it does not say, made into programme objects, one a year.

Where a module counts is said by its coefficients alone. What ScoDoc does not know (hours by UE, hours of
project, types of évaluation, what the fiche printed) stays as the stored programme has it. Whatever is left
out or read otherwise than written is told, in the order of reading.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

from butrt.base import french
from butrt.base.french import typeset
from butrt.base.words import cut
from curriculum.fiche import reading_order, shown_code
from curriculum.programmefile import FORMAT
from curriculum.referential.titles import plain_words
from curriculum.scodoc.proposing import LONGEST_TITLE, Known, plain_code, why_left_out
from curriculum.scodoc.reading import MALUS, RESOURCE, SAE, STANDARD, Formation, Module, Ue

HOURS: Final = ("cm", "td", "tp")
KINDS: Final = {RESOURCE: "ressource", SAE: "sae"}
MOST_NAMES: Final = 60
LONGEST_ELEMENT, LONGEST_SHORT = 30, 60
# What a stored coefficient has that no file of ScoDoc says.
KEPT: Final = ("project", "evaluation_type", "label", "line", "total")


@dataclass(frozen=True, slots=True)
class UnitAnswer:
    """What a UE of the file is here."""

    ue: Ue
    code: str
    competence: str
    level: int
    ects: Decimal


@dataclass(frozen=True)
class Answers:
    """What a person said that the file does not. `kinds`: of the modules that ScoDoc calls neither."""

    parcours: Mapping[str, str]
    modality: str
    in_force_from: int
    years: tuple[int, ...]
    scodoc_parcours: str
    units: tuple[UnitAnswer, ...]
    competences: Mapping[str, tuple[str, str]]
    kinds: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Notes:
    """Things to tell, said once each with the names that they are about."""

    sentences: dict[str, list[str]] = field(default_factory=dict)

    def add(self, sentence: str, *names: str) -> None:
        about = self.sentences.setdefault(sentence, [])
        about += [name for name in names if name not in about]

    def texts(self) -> list[str]:
        return [typeset(f"{sentence}{_listed(names)}.") for sentence, names in self.sentences.items()]


@dataclass
class _Element:
    """An element as it grows: the same module filed under several UE is one."""

    module: Module
    code: str
    semester: int
    kind: str
    hours: list[int]
    coefficients: dict[str, Decimal]  # by UE code of ours


def convert(
    formation: Formation, answers: Answers, known: Known, *, file: str
) -> tuple[list[dict[str, Any]], list[str]]:
    """The programme objects, in the order of the years, and what is to be told of them."""
    notes = Notes()
    _tell_left_out(formation, answers, notes)
    elements = _Reader(formation, answers, known, notes).elements()
    made = [
        _programme(year, formation, answers, known, elements.get(year, []), notes, file)
        for year in answers.years
        if any(unit.ue.year == year for unit in answers.units)
    ]
    return made, notes.texts()


# ---------- what is left out ----------


def _tell_left_out(formation: Formation, answers: Answers, notes: Notes) -> None:
    if formation.unescaped:
        one = formation.unescaped == 1
        notes.add(
            ("1 texte portait" if one else f"{formation.unescaped} textes portaient")
            + " des signes échappés deux fois (R&amp;T), lus comme on les écrit"
        )
    for ue in formation.ues:
        if why := why_left_out(ue):
            notes.add(f"Laissé de côté, {why}", ue.acronym)
    taken = {unit.ue.index for unit in answers.units}
    for ue in formation.ues:
        if ue.year in answers.years and ue.index not in taken and not why_left_out(ue):
            other = answers.scodoc_parcours and ue.parcours and answers.scodoc_parcours not in ue.parcours
            notes.add(
                "Laissé de côté, UE d’un autre parcours" if other else "UE que vous ne reprenez pas",
                ue.acronym,
            )
    if len(formation.parcours) > 1 and not answers.scodoc_parcours:
        notes.add("La formation a plusieurs parcours, tous lus ensemble", *formation.parcours)
    missing = [year for year in formation.years if year not in answers.years]
    if missing:
        notes.add("Le fichier contient aussi, non repris ici", *(f"BUT{year}" for year in missing))


# ---------- elements and coefficients ----------


class _Reader:
    """The modules of the file as elements, by year."""

    def __init__(self, formation: Formation, answers: Answers, known: Known, notes: Notes) -> None:
        self.formation, self.answers, self.known, self.notes = formation, answers, known, notes
        self.units = {unit.ue.index: unit for unit in answers.units}
        # By reference, the number of the UE in ScoDoc; some exports name it by its acronym.
        self.references = {ue.acronym: ue.index for ue in formation.ues} | {
            ue.reference: ue.index for ue in formation.ues
        }
        self.patterns = {year: _by_plain_code(data) for year, data in known.pattern.items()}
        self.by_year: dict[int, list[_Element]] = {}

    def elements(self) -> dict[int, list[_Element]]:
        for ue, module in self.formation.modules:
            self._read(ue, module)
        return self.by_year

    def _read(self, ue: Ue, module: Module) -> None:
        wanted = self.answers.scodoc_parcours
        if wanted and module.parcours and wanted not in module.parcours:
            return self.notes.add("Laissé de côté, modules d’un autre parcours", module.code)
        kind = KINDS.get(module.kind) or self.answers.kinds.get(module.code, "")
        year = (module.semester + 1) // 2
        if not kind:
            if year in self.answers.years and not why_left_out(ue):
                self._tell_kind(module)
            return None
        weights = self._weights(module)
        if not weights:
            if year in self.answers.years and not why_left_out(ue):
                self._tell_weightless(module, year)
            return None
        semester = self._semester(module, weights)
        coefficients = {}
        for unit, coefficient in weights:
            if unit.ue.semester == semester:
                coefficients[unit.code] = self._rounded(coefficient, module)
            else:
                self.notes.add(
                    "Coefficient dans une UE d’un autre semestre, non repris", f"{module.code} en {unit.code}"
                )
        self._add(module, kind, semester, coefficients)
        return None

    def _weights(self, module: Module) -> list[tuple[UnitAnswer, Decimal]]:
        """The coefficients in the UE that are taken; those in a UE that the file does not have are told."""
        weights = []
        for reference, coefficient in module.coefficients.items():
            index = self.references.get(reference)
            if index is None:
                self.notes.add(
                    "Coefficient d’une UE que le fichier ne contient pas, non repris",
                    f"{module.code} (référence {reference}, coefficient {french.short(coefficient)})",
                )
            elif index in self.units:
                weights.append((self.units[index], coefficient))
        return sorted(weights, key=lambda pair: (pair[0].ue.semester, pair[0].code))

    def _semester(self, module: Module, weights: list[tuple[UnitAnswer, Decimal]]) -> int:
        semesters = [unit.ue.semester for unit, _ in weights]
        if module.semester in semesters:
            return module.semester
        if module.semester:
            self.notes.add(
                "Semestre du module autre que celui des UE où il compte, qui est suivi",
                f"{module.code} (S{module.semester}, lu S{semesters[0]})",
            )
        return semesters[0]

    def _rounded(self, coefficient: Decimal, module: Module) -> Decimal:
        rounded = coefficient.quantize(Decimal("0.01"), ROUND_HALF_UP)
        if rounded != coefficient:
            change = f"{french.short(coefficient)} → {french.short(rounded)}"
            self.notes.add("Coefficient arrondi à deux décimales", f"{module.code} ({change})")
        return rounded

    def _tell_kind(self, module: Module) -> None:
        if module.kind == MALUS:
            self.notes.add(
                "Laissé de côté, modules de malus (un malus se saisit sur l’inscription)", module.code
            )
        elif module.kind == STANDARD and not module.coefficients:
            self.notes.add("Laissé de côté, modules sans coefficient, ni ressource ni SAÉ", module.code)
        else:
            self.notes.add("Laissé de côté, modules qui ne sont ni ressource ni SAÉ", module.code)

    def _tell_weightless(self, module: Module, year: int) -> None:
        """A module that counts nowhere; one that is stored with coefficients of 0 stays as it is."""
        stored = self.known.stored.get(year)
        row = _by_plain_code(stored).get(plain_code(module.code)) if stored else None
        if (
            stored
            and row
            and not any(
                weight["coefficient"] for weight in stored["weights"] if weight["element"] == row["code"]
            )
        ):
            units = {unit.code for unit in self.answers.units if unit.ue.semester == row["semester"]}
            zeros = {
                weight["unit"]: Decimal(0)
                for weight in stored["weights"]
                if weight["element"] == row["code"] and weight["unit"] in units
            }
            if zeros:
                self.notes.add(
                    "Module sans coefficient, gardé à 0 comme dans le programme enregistré", module.code
                )
                return self._add(module, row["kind"], row["semester"], zeros)
        if module.coefficients:
            self.notes.add(
                "Laissé de côté, modules qui ne comptent que dans des UE non reprises", module.code
            )
        else:
            self.notes.add(
                "Laissé de côté, modules sans coefficient dans aucune UE (les leur donner dans ScoDoc)",
                module.code,
            )
        return None

    def _add(self, module: Module, kind: str, semester: int, coefficients: dict[str, Decimal]) -> None:
        elements = self.by_year.setdefault((semester + 1) // 2, [])
        hours = self._hours(module)
        for other in elements:
            if plain_code(other.module.code) != plain_code(module.code):
                continue
            shared = other.coefficients.keys() & coefficients.keys()
            same = (other.kind, other.semester, plain_words(other.module.title)) == (
                kind,
                semester,
                plain_words(module.title),
            )
            if same and all(other.coefficients[code] == coefficients[code] for code in shared):
                self.notes.add("Module rangé plusieurs fois dans ScoDoc, lu comme un seul", module.code)
                other.coefficients |= coefficients
                if hours != other.hours:
                    self.notes.add("Ses heures sont additionnées", module.code)
                    other.hours = [mine + theirs for mine, theirs in zip(other.hours, hours, strict=True)]
                return
        code = self._code(module, semester, {element.code for element in elements})
        elements.append(_Element(module, code, semester, kind, hours, coefficients))

    def _code(self, module: Module, semester: int, taken: set[str]) -> str:
        stored = self.patterns.get((semester + 1) // 2, {}).get(plain_code(module.code))
        code = stored["code"] if stored else module.code[:LONGEST_ELEMENT]
        if stored and code != module.code:
            self.notes.add("Codes reconnus dans un programme déjà enregistré", f"{module.code} est {code}")
        elif not stored and code != module.code:
            self.notes.add("Code raccourci", f"{module.code} → {code}")
        if code in taken:
            first = code
            code = next(
                numbered for number in range(2, 2_000) if (numbered := f"{first[:25]}-{number}") not in taken
            )
            self.notes.add(
                "Un même code pour deux modules qui diffèrent, à corriger dans ScoDoc", f"{first}, {code}"
            )
        return code

    def _hours(self, module: Module) -> list[int]:
        whole = [int(number.quantize(Decimal(1), ROUND_HALF_UP)) for number in module.hours]
        if any(number != exact for number, exact in zip(whole, module.hours, strict=True)):
            self.notes.add(
                "Heures arrondies à l’unité", f"{module.code} ({' + '.join(map(french.short, module.hours))})"
            )
        return whole


# ---------- the programme ----------


def _programme(
    year: int,
    formation: Formation,
    answers: Answers,
    known: Known,
    elements: list[_Element],
    notes: Notes,
    file: str,
) -> dict[str, Any]:
    stored = known.stored.get(year, {})
    units = sorted(
        (unit for unit in answers.units if unit.ue.year == year),
        key=lambda unit: (unit.ue.semester, unit.code),
    )
    elements.sort(
        key=lambda element: (element.semester, element.kind, element.module.rank, reading_order(element.code))
    )
    if not elements:
        notes.add(f"BUT{year} n’a aucun module qui compte : il n’en vient que les UE")
    if stored:
        notes.add(
            "Déjà enregistré, ce que ScoDoc ne connaît pas est gardé (heures UE par UE, heures de projet, "
            "types d’évaluation, libellés et totaux de la fiche)",
            f"BUT{year}",
        )
    elif elements:
        notes.add(
            "À compléter, ScoDoc ne les connaît pas : les heures de projet et les types d’évaluation",
        )
    labels = {row["code"]: row for row in stored.get("competences", ())}
    return {
        "format": FORMAT,
        "source": stored.get("source")
        or {"origin": "ScoDoc", "export": file, "formation": formation.acronym},
        "parcours": dict(answers.parcours),
        "year": year,
        "modality": answers.modality,
        "in_force_from": answers.in_force_from,
        "illustrative": bool(stored.get("illustrative")) and not elements,
        "announced_ects": stored.get("announced_ects"),
        "competences": [
            {"code": code, "title": answers.competences[code][0], "short": answers.competences[code][1]}
            | {key: value for key, value in labels.get(code, {}).items() if key in ("label", "line")}
            for code in sorted({unit.competence for unit in units})
        ],
        "units": [_unit(unit, notes) for unit in units],
        "elements": [_element_row(element, known, year, notes) for element in elements],
        "weights": _weights(units, elements, stored, notes),
        "printed_totals": stored.get("printed_totals", []),
    }


def _unit(unit: UnitAnswer, notes: Notes) -> dict[str, Any]:
    weight = unit.ue.rcue_weight.quantize(Decimal("0.001"), ROUND_HALF_UP) or Decimal(1)
    if weight != 1:
        notes.add("Poids dans le RCUE (coef_rcue)", f"{unit.code} {french.short(weight)}")
    ects = unit.ects.quantize(Decimal("0.1"), ROUND_HALF_UP)
    if ects != unit.ects:
        change = f"{french.short(unit.ects)} → {french.short(ects)}"
        notes.add("ECTS arrondis à une décimale", f"{unit.code} ({change})")
    return {
        "code": unit.code,
        "semester": unit.ue.semester,
        "competence": unit.competence,
        "level": unit.level,
        "ects": ects,
    } | ({"rcue_weight": weight} if weight != 1 else {})


def _element_row(element: _Element, known: Known, year: int, notes: Notes) -> dict[str, Any]:
    """The element; of texts that differ only by an accent or an apostrophe, the stored one stays."""
    module = element.module
    stored = _by_plain_code(known.pattern.get(year, {})).get(plain_code(element.code), {})
    title = _kept(module.title, stored.get("title", ""))
    if len(title) > LONGEST_TITLE:
        notes.add(f"Intitulé coupé à {LONGEST_TITLE} caractères", element.code)
        title = cut(title, LONGEST_TITLE)
    short = _kept(module.abbreviation, stored.get("short", "")) or stored.get("short") or title
    return {
        "code": element.code,
        "display": stored.get("display") or _display(element.code),
        "title": title,
        "short": cut(short, LONGEST_SHORT),
        "kind": element.kind,
        "semester": element.semester,
    }


def _kept(new: str, stored: str) -> str:
    return stored if stored and plain_words(new) == plain_words(stored) else new


def _display(code: str) -> str:
    """SAE11 → SAÉ 11, as the fiche's Saé301 is shown SAÉ 301."""
    match = re.fullmatch(r"SA[ÉE][ ._-]?(.+)", code, re.IGNORECASE)
    return shown_code(f"Saé{match[1]}" if match else code)[:LONGEST_ELEMENT]


def _weights(
    units: Iterable[UnitAnswer], elements: Iterable[_Element], stored: Mapping[str, Any], notes: Notes
) -> list[dict[str, Any]]:
    """The coefficients UE by UE, with what is stored of them that ScoDoc does not say, their order too."""
    before = {(row["unit"], row["element"]): row for row in stored.get("weights", ())}
    place = {key: number for number, key in enumerate(before)}
    hours = {element.code: _shared_hours(element, before, notes) for element in elements}
    return [
        {"unit": unit.code, "element": element.code, "coefficient": element.coefficients[unit.code]}
        | dict(zip(HOURS, hours[element.code][unit.code], strict=True))
        | {name: value for name, value in before.get((unit.code, element.code), {}).items() if name in KEPT}
        for unit in units
        for element in sorted(
            elements, key=lambda candidate: place.get((unit.code, candidate.code), len(place))
        )
        if unit.code in element.coefficients
    ]


def _shared_hours(
    element: _Element, before: Mapping[tuple[str, str], Mapping[str, Any]], notes: Notes
) -> dict[str, list[int]]:
    """CM, TD and TP by UE. ScoDoc says them once for the module, so that they add up to that once.

    They go where the module weighs most; a stored sharing is kept, and corrected there by the difference.
    """
    stored = {
        unit: [before.get((unit, element.code), {}).get(name, 0) for name in HOURS]
        for unit in element.coefficients
    }
    heaviest = max(sorted(element.coefficients), key=lambda unit: element.coefficients[unit])
    if not any(element.hours):
        if any(map(any, stored.values())):
            notes.add(
                "Heures toutes à 0 dans ScoDoc, celles du programme enregistré sont gardées", element.code
            )
        elif not before:
            notes.add("Heures toutes à 0 dans ScoDoc", element.code)
        return stored
    sums = [sum(column) for column in zip(*stored.values(), strict=True)]
    if sums == element.hours:
        return stored
    if any(sums):
        now = " + ".join(map(str, element.hours))
        was = " + ".join(map(str, sums))
        notes.add("Heures autres dans ScoDoc (CM + TD + TP)", f"{element.code} ({was} → {now})")
    elif len(stored) > 1:
        notes.add(
            "ScoDoc donne les heures par module et non par UE : elles sont portées une fois, dans l’UE où le "
            "module pèse le plus",
            f"{element.code} en {heaviest}",
        )
    shared = {unit: list(row) for unit, row in stored.items()}
    for column, (asked, there) in enumerate(zip(element.hours, sums, strict=True)):
        if shared[heaviest][column] + asked - there >= 0:
            shared[heaviest][column] += asked - there
        else:
            for unit, row in shared.items():
                row[column] = asked if unit == heaviest else 0
    return shared


def _by_plain_code(data: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """The elements of a programme object by code, however it is written; two alike are found by neither."""
    by_code: dict[str, Mapping[str, Any]] = {}
    twice = set()
    for row in data.get("elements", ()):
        key = plain_code(row["code"])
        if key in by_code:
            twice.add(key)
        by_code[key] = row
    return {key: row for key, row in by_code.items() if key not in twice}


def _listed(names: list[str]) -> str:
    if not names:
        return ""
    more = f" et {len(names) - MOST_NAMES} autres" if len(names) > MOST_NAMES else ""
    return f" : {', '.join(names[:MOST_NAMES])}{more}"
