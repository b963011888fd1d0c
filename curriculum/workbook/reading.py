"""From a workbook sent back to a programme object: understood whole, or refused with all that is wrong in it.

Rows are found by their codes, whatever their order. What the workbook does not carry (the totals that the
fiche printed, its labels and lines) stays that of the stored programme of the same identity.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, NamedTuple

from butrt.base.french import typeset
from butrt.base.spreadsheets import Cell, Kind, Tab, Unreadable, crosses, read_xlsx, reference
from curriculum.differences import differences
from curriculum.models import Department, Parcours, Programme
from curriculum.programmefile import FORMAT, PARCOURS, ProgrammeError, check_programme, check_units
from curriculum.proposals import fingerprint, stored_programme
from curriculum.reading import parcours_data, programme_data
from curriculum.workbook.cells import Unfit, decimal, fold, shown, words
from curriculum.workbook.layout import (
    COEFFICIENTS,
    COMPETENCE_COLUMNS,
    COMPETENCES,
    ELEMENT_COLUMNS,
    ELEMENTS,
    FINDINGS,
    IDENTITY,
    KIND,
    LINE_COLUMNS,
    PROGRAMME,
    SEEN,
    SEEN_DIGITS,
    SEMESTER,
    SUMMED,
    TOTALS,
    TYPED,
    UNIT_COLUMNS,
    UNITS,
    of_year,
    semester_tab,
)
from curriculum.workbook.sheets import RefusedCell, Report, SheetRow, Table

YEAR = ("year", "modality", "in_force_from", "illustrative")
NEW: dict[str, Any] = {
    "source": {},
    "announced_ects": None,
    **{name: [] for name in ("competences", "units", "elements", "weights", "printed_totals")},
}
"""What is known of a programme that is not stored."""


@dataclass
class Reading:
    """What a workbook says. `data`: the programme object, empty when something is refused."""

    data: dict[str, Any] = field(default_factory=dict)
    refusals: list[RefusedCell] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


class WeightLine(NamedTuple):
    """What an element counts in a UE."""

    row: SheetRow
    unit: str
    element: str


def read_workbook(content: bytes, *, department: Department, expected: Programme | None = None) -> Reading:
    """Read the workbook of a programme of this department: of `expected`, when it is given.

    A fixed number of queries. Raises Unreadable when it is no workbook, or not of a programme.
    """
    return _Reader(read_xlsx(content), department).read(expected)


class _Codes:
    """A list that others refer to by the codes of its first column."""

    def __init__(self, table: Table | None) -> None:
        self.table = table
        self.rows = [table.read(number) for number in table.rows()] if table else []
        self.by_code: dict[str, SheetRow] = {}
        others: dict[str, set[str]] = {}
        for row in self.rows:
            if not (code := row.values.get("code")):
                continue
            first = self.by_code.setdefault(code, row)
            if first is not row:
                self.refuse(row, "code", f"{code} est déjà en ligne {first.number} : n’en garder qu’une.")
            for name in (code, row.values.get("display", code)):
                others.setdefault(fold(name), set()).add(code)
        self.others = {folded: codes.pop() for folded, codes in others.items() if len(codes) == 1}

    @property
    def known(self) -> bool:
        """Whether the list could be read: else nothing is said of what refers to it."""
        return self.table is not None and self.table.readable

    def find(self, written: str) -> str | None:
        """The code that is meant: itself, the one shown for it, or the same in other capitals."""
        return written if written in self.by_code else self.others.get(fold(written))

    def refuse(self, row: SheetRow, name: str, reason: str) -> None:
        if self.table:
            self.table.refuse(row.number, name, reason)


class _Reader:
    """A workbook, sheet by sheet; what is wrong in one is told with what is wrong in the others."""

    def __init__(self, tabs: list[Tab], department: Department) -> None:
        self.department = department
        self.report = Report()
        self.tabs: dict[str, Tab] = {}
        self.seen = ""
        for tab in tabs:
            if self.tabs.setdefault(fold(tab.name), tab) is not tab:
                self.report.refuse(words(tab.name), "", "Deux feuilles ont ce nom : n’en garder qu’une.")
        if not {fold(name) for name in (PROGRAMME, ELEMENTS, UNITS)} & set(self.tabs):
            raise Unreadable(
                typeset(
                    f"Ce classeur n’est pas celui d’un programme : il n’a ni feuille « {PROGRAMME} », ni "
                    f"« {ELEMENTS} », ni « {UNITS} ». Partir du classeur qui se télécharge sur la page d’un "
                    "programme."
                )
            )

    def read(self, expected: Programme | None) -> Reading:
        identity = self._identity()
        if identity and expected and not _is(identity, expected):
            reason = (
                f"Ce classeur est celui de {_named(identity)}, et non de {_named(programme_data(expected))}. "
                "L’envoyer depuis la page du sien ou, s’il est nouveau, par « Importer un classeur »."
            )
            return Reading(refusals=[RefusedCell(PROGRAMME, "", typeset(reason))])
        stored = stored_programme(self.department, identity) if identity else None
        base = programme_data(stored) if stored else NEW
        # A tronc commun: a workbook does not say it, what is stored does.
        self.common = bool(stored and stored.parcours.common)
        lists = self._lists(base, self._semesters(identity))
        if identity and not stored:
            self._check_parcours(identity, lists["competences"])
        if not identity or self.report.refusals:
            return Reading(refusals=sorted(self.report.refusals, key=self._place))
        parcours = _kept(base.get("parcours", {}), identity["parcours"])
        if self.common:
            parcours["common"] = True
        data = {"format": FORMAT} | base | identity | {"parcours": parcours} | lists
        try:
            check_programme(data)
            check_units(data)
        except ProgrammeError as error:
            return Reading(refusals=[RefusedCell("", "", str(error))])
        if stored and self.seen and self.seen != fingerprint(base)[:SEEN_DIGITS] and differences(base, data):
            self.report.note(
                "Le programme enregistré a changé depuis que ce classeur a été téléchargé : relire chaque "
                "différence, l’enregistrer remettrait ce que dit le classeur."
            )
        return Reading(data=data, notes=list(dict.fromkeys(self.report.notes)))

    def _place(self, refusal: RefusedCell) -> int:
        """The place of its sheet in the workbook; what is said of a sheet that is missing comes first."""
        names = list(self.tabs)
        name = fold(refusal.sheet)
        return names.index(name) if name in names else -1

    def _tab(self, name: str) -> Tab | None:
        if not (tab := self.tabs.get(fold(name))):
            self.report.refuse(name, "", "Cette feuille manque : la reprendre du classeur téléchargé.")
        return tab

    def _table(self, name: str, columns: Sequence[Any]) -> Table | None:
        tab = self._tab(name)
        return Table(tab, columns, self.report) if tab else None

    # ---------- which programme ----------

    def _identity(self) -> dict[str, Any]:
        """Parcours, year, modality and date; empty when one of them is refused."""
        if not (tab := self._tab(PROGRAMME)):
            return {}
        lines: dict[str, list[int]] = {}
        for (row, column), cell in sorted(tab.cells.items()):
            if column == 1:
                lines.setdefault(fold(cell.text), []).append(row)
        for row in lines.get(fold(SEEN), ()):
            self.seen = tab.text(row, 2)
        values: dict[str, Any] = {}
        for name, (label, value, _) in IDENTITY.items():
            rows = lines.get(fold(label), [])
            if len(rows) != 1:
                what = "manque" if not rows else "est écrit deux fois"
                self.report.refuse(
                    PROGRAMME, "colonne A", f"« {label} » {what} : une ligne le dit, et une seule."
                )
                continue
            for merged in tab.merged:
                if crosses(merged, first_row=rows[0], last_row=rows[0], last_column=2):
                    self.report.refuse(PROGRAMME, merged, "Ces cases sont fusionnées : les séparer.")
            try:
                values[name] = value.read(tab.cells.get((rows[0], 2)))
            except Unfit as error:
                self.report.refuse(PROGRAMME, reference(rows[0], 2), str(error))
        if len(values) < len(IDENTITY):
            return {}
        return {"parcours": {name: values[name] for name in PARCOURS}} | {name: values[name] for name in YEAR}

    def _check_parcours(self, identity: Mapping[str, Any], competences: Iterable[Mapping[str, Any]]) -> None:
        """A programme that is new renames its parcours nowhere, and a competence only if that is told."""
        code = identity["parcours"]["code"]
        parcours = Parcours.objects.filter(department=self.department, code=code).first()
        if parcours is None:
            return
        self.common = parcours.common
        stored = parcours_data(parcours)
        for name in PARCOURS:
            if words(stored[name]) != identity["parcours"][name]:
                self.report.refuse(
                    PROGRAMME,
                    "",
                    f"« {IDENTITY[name][0]} » du parcours {code} est ici « {stored[name]} » : "
                    "l’écrire ainsi, ou donner son code à un autre parcours.",
                )
        titles = dict(parcours.competences.values_list("code", "title"))
        for row in competences:
            known = titles.get(row["code"], row.get("title", ""))
            if words(known) != row.get("title", words(known)):
                self.report.note(
                    f"{row['code']} s’appelle ici « {known} » : son nouvel intitulé vaudra pour toutes les "
                    "années du parcours."
                )

    def _semesters(self, identity: Mapping[str, Any]) -> tuple[int, ...]:
        """The semesters of the year or, when it is not known, those that have a sheet."""
        there = {int(name[-1]) for name in self.tabs if re.fullmatch(rf"{fold(SEMESTER)} [1-6]", name)}
        if not identity:
            return tuple(sorted(there))
        year = identity["year"]
        pair = (2 * year - 1, 2 * year)
        for number in sorted(there.difference(pair)):
            reason = f"BUT{year} a les semestres {pair[0]} et {pair[1]} : supprimer cette feuille."
            self.report.refuse(semester_tab(number), "", reason)
        return pair

    # ---------- what it is made of ----------

    def _lists(self, base: Mapping[str, Any], semesters: tuple[int, ...]) -> dict[str, list[dict[str, Any]]]:
        pair = (min(semesters, default=1), max(semesters, default=6))
        lines: list[WeightLine] = []
        sheets = [(number, self._table(semester_tab(number), LINE_COLUMNS)) for number in semesters]
        elements = _Codes(self._table(ELEMENTS, of_year(ELEMENT_COLUMNS, pair)))
        units = _Codes(self._table(UNITS, of_year(UNIT_COLUMNS, pair)))
        competences = _Codes(self._table(COMPETENCES, COMPETENCE_COLUMNS))
        self._check_units(units, competences)
        for number, table in sheets:
            if table:
                lines += _Semester(number, table, units, elements).lines()
        self._tell_unused(lines, units, elements, competences)
        self._tell_others()
        used = {row.values.get("competence") for row in units.rows}
        rows = {
            "competences": [row for code, row in competences.by_code.items() if code in used],
            "units": units.rows,
            "elements": elements.rows,
        }
        return {
            name: _merged(base[name], [row.values for row in listed], ("code",))
            for name, listed in rows.items()
        } | {
            "weights": _merged(
                base["weights"],
                [{**line.row.values, "unit": line.unit, "element": line.element} for line in lines],
                ("unit", "element"),
            )
        }

    def _check_units(self, units: _Codes, competences: _Codes) -> None:
        places: dict[tuple[str, int], SheetRow] = {}
        for row in units.rows:
            written, semester = row.values.get("competence"), row.values.get("semester")
            if not written or not competences.known:
                continue
            if not (competence := competences.find(written)):
                reason = f"{written} n’est pas dans « {COMPETENCES} » : l’y ajouter, ou corriger ce code."
                units.refuse(row, "competence", reason)
                continue
            row.values["competence"] = competence
            if semester and (first := places.setdefault((competence, semester), row)) is not row:
                units.refuse(
                    row,
                    "competence",
                    f"{competence} a déjà une UE au semestre {semester}, en ligne {first.number} : une "
                    "compétence n’en a qu’une par semestre.",
                )

    def _tell_unused(
        self, lines: Iterable[WeightLine], units: _Codes, elements: _Codes, competences: _Codes
    ) -> None:
        counted = {line.element for line in lines}
        for code in elements.by_code:
            if code not in counted:
                self.report.note(f"{code} n’est dans aucune UE : il ne compte pas.")
        used = {row.values.get("competence") for row in units.rows}
        for code in competences.by_code:
            if code not in used:
                self.report.note(f"La compétence {code} n’a aucune UE cette année : elle n’est pas prise.")

    def _tell_others(self) -> None:
        """The sheets that somebody added."""
        ours = {fold(name) for name in (PROGRAMME, ELEMENTS, UNITS, COMPETENCES, TOTALS, FINDINGS)}
        known = (f"{fold(SEMESTER)} ", fold(COEFFICIENTS))
        for name, tab in self.tabs.items():
            if tab.cells and name not in ours and not name.startswith(known):
                self.report.note(f"La feuille « {words(tab.name)} » n’est pas lue.")


class _Semester:
    """The sheet of a semester: its lines, and what was typed where it computes."""

    def __init__(self, number: int, table: Table, units: _Codes, elements: _Codes) -> None:
        self.number, self.table, self.units, self.elements = number, table, units, elements
        self.unit = ""

    def lines(self) -> list[WeightLine]:
        """The lines in their order, each once."""
        lines: dict[tuple[str, str], WeightLine] = {}
        totals: list[tuple[int, str]] = []
        for number in self.table.rows():
            # An inserted line that names no UE is in the block where it stands.
            self.unit = words(self.table.tab.text(number, self.table.at["unit"])) or self.unit
            if self.table.cell(number, "element") is None:
                if self._is_total(number):
                    totals.append((number, self.unit))
                elif self._holds_something(number):
                    self.table.refuse(
                        number, "element", "Cette ligne n’a pas de code : écrire celui d’un élément."
                    )
            elif line := self._line(number):
                first = lines.setdefault((line.unit, line.element), line)
                if first is not line:
                    self.table.refuse(
                        number,
                        "element",
                        f"{line.element} est déjà en {line.unit}, ligne {first.row.number} : n’en garder "
                        "qu’une.",
                    )
        for number, unit in totals:
            self._check_total(number, unit, list(lines.values()))
        return list(lines.values())

    def _is_total(self, number: int) -> bool:
        title = self.table.cell(number, "title")
        if title is not None and title.kind == Kind.TEXT and fold(title.text).startswith("total"):
            return True
        typed = [cell for name in TYPED if (cell := self.table.cell(number, name))]
        return bool(typed) and all(cell.kind == Kind.FORMULA for cell in typed)

    def _holds_something(self, number: int) -> bool:
        return any(self.table.cell(number, name) for name in TYPED)

    def _line(self, number: int) -> WeightLine | None:
        row = self.table.read(number)
        unit, element = self._unit(row), self._element(row)
        return WeightLine(row, unit, element) if unit and element else None

    def _unit(self, row: SheetRow) -> str | None:
        if not self.units.known or "unit" not in row.values:
            return None
        if not self.unit:
            reason = "Cette ligne n’est dans aucune UE : écrire le code de la sienne."
            self.table.refuse(row.number, "unit", reason)
            return None
        if not (code := self.units.find(self.unit)):
            reason = f"{self.unit} n’est pas dans « {UNITS} » : l’y ajouter, ou corriger ce code."
            self.table.refuse(row.number, "unit", reason)
            return None
        semester = self.units.by_code[code].values.get("semester", self.number)
        if semester != self.number:
            other = semester_tab(semester)
            reason = f"{code} est du semestre {semester} : mettre cette ligne dans « {other} »."
            self.table.refuse(row.number, "unit", reason)
        return code

    def _element(self, row: SheetRow) -> str | None:
        written = row.values.get("element")
        if not written or not self.elements.known:
            return None
        if not (code := self.elements.find(written)):
            reason = f"{written} n’est pas dans « {ELEMENTS} » : l’y ajouter, ou corriger ce code."
            self.table.refuse(row.number, "element", reason)
            return None
        self._check_computed(row, code, self.elements.by_code[code].values)
        return code

    def _check_computed(self, row: SheetRow, code: str, element: Mapping[str, Any]) -> None:
        """What was typed over the title, the pole, the total or the ECTS of a line."""
        number = row.number
        title = self._typed(number, "title")
        if title and words(title.text) != element.get("title", words(title.text)):
            self.table.refuse(
                number, "title", f"L’intitulé de {code} s’écrit dans « {ELEMENTS} », pour toutes ses UE."
            )
        pole, kind = self._typed(number, "pole"), element.get("kind")
        if pole and kind and not _same_pole(pole.text, kind):
            self._note(
                number, "pole", f"{code} est du pôle {KIND.word_for(kind)}, comme le dit « {ELEMENTS} »"
            )
        total = self._typed(number, "total")
        hours = sum(row.values.get(name, 0) for name in ("cm", "td", "tp"))
        if total and decimal(total) != hours:
            self._note(number, "total", f"CM + TD + TP font {hours}, et non {total.text[:20]}")
        if self._typed(number, "ects"):
            self.table.refuse(number, "ects", f"Les ECTS sont ceux d’une UE : les écrire dans « {UNITS} ».")
        if element.get("semester", self.number) != self.number:
            self.table.report.note(
                f"{code} est du semestre {element['semester']} dans « {ELEMENTS} », et compte en {self.unit}."
            )

    def _check_total(self, number: int, unit: str, lines: Sequence[WeightLine]) -> None:
        """A total that was typed is not taken; ECTS that were typed here are meant, and belong elsewhere."""
        code = self.units.find(unit)
        pole = self.table.tab.text(number, self.table.at.get("pole", 0))
        kinds = {code: row.values.get("kind") for code, row in self.elements.by_code.items()}
        rows = [
            line.row.values
            for line in lines
            if (code is None or line.unit == code) and (not pole or _same_pole(pole, kinds.get(line.element)))
        ]
        for name in SUMMED:
            typed = self._typed(number, name)
            parts = ("cm", "td", "tp") if name == "total" else (name,)
            total = sum((Decimal(row.get(part, 0)) for row in rows for part in parts), Decimal(0))
            if typed and decimal(typed) != total:
                self._note(number, name, f"La somme est {shown(total)}, et non {typed.text[:20]}")
        if (typed := self._typed(number, "ects")) and code:
            ects = self.units.by_code[code].values.get("ects")
            if ects is not None and decimal(typed) != ects:
                self.table.refuse(number, "ects", f"Les ECTS de {code} s’écrivent dans « {UNITS} ».")

    def _typed(self, number: int, name: str) -> Cell | None:
        """A cell that somebody filled, and not a formula."""
        cell = self.table.cell(number, name)
        return cell if cell is not None and cell.kind != Kind.FORMULA else None

    def _note(self, number: int, name: str, what: str) -> None:
        where = f"« {self.table.name} », {self.table.ref(number, name)}"
        self.table.report.note(f"{where} : {what}. Cette case se calcule, elle n’est pas prise.")


def _same_pole(written: str, kind: str | None) -> bool:
    """Whether "ressources" or "SAÉ" is the pole of a kind of elements."""
    return kind is not None and fold(written).rstrip("s") == fold(KIND.word_for(kind))


def _is(identity: Mapping[str, Any], programme: Programme) -> bool:
    return (identity["parcours"]["code"], *(identity[name] for name in YEAR[:3])) == (
        programme.parcours.code,
        *(getattr(programme, name) for name in YEAR[:3]),
    )


def _named(data: Mapping[str, Any]) -> str:
    """BUT2 RT-IOM, apprentissage, depuis 2022."""
    return f"BUT{data['year']} {data['parcours']['code']}, {data['modality']}, depuis {data['in_force_from']}"


def _merged(
    before: Iterable[Mapping[str, Any]], after: Iterable[Mapping[str, Any]], key: Sequence[str]
) -> list[dict[str, Any]]:
    """The rows of the workbook, each with what the stored one of the same name has beside."""
    known = {tuple(words(row[name]) for name in key): row for row in before}
    return [
        {**(stored := known.get(tuple(row.get(name, "") for name in key), {})), **_kept(stored, row)}
        for row in after
    ]


def _kept(stored: Mapping[str, Any], row: Mapping[str, Any]) -> dict[str, Any]:
    """The same values; a text that differs by its spaces only is the stored one."""
    return {
        name: stored[name] if name in stored and words(str(stored[name])) == value else value
        for name, value in row.items()
    }
