"""The editor as its page shows it, whole; and what of it moves while somebody types."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.template.loader import get_template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from curriculum.editing.cells import LINE, NUMBER, TEXT, Cell, joined
from curriculum.editing.editor import Editor
from curriculum.editing.forms import AddElementForm, AddUnitForm
from curriculum.editing.typed import Row, draft_of
from curriculum.fiche import reading_order
from curriculum.findings import Share
from curriculum.maquette import Pole, SemesterTable, UnitTable
from curriculum.models import Element, Weight

HOURS = {"cm": "CM", "td": "TD", "tp": "TP", "project": "Projet"}
WEIGHT = HOURS | {"evaluation_type": "Éval.", "coefficient": "Coef."}
UNIT = {"ects": "ECTS", "rcue_weight": "Poids dans le RCUE"}
ELEMENT = {"display": "Code affiché", "title": "Intitulé", "short": "Intitulé court"}
CHOICE = {"kind": "Pôle", "semester": "Semestre"}
KINDS = dict(Element.Kind.choices)
COMPETENCE = {"title": "Intitulé", "short": "Nom court"}
OTHER = '<option value="{}">{} {}</option>'


@dataclass(frozen=True)
class ElementInUnit:
    """An element in a UE."""

    index: str  # as it is written, many times
    row: Row
    weight: Weight
    new: bool
    cells: Mapping[str, Cell]

    @property
    def hours(self) -> SafeString:
        return joined(self.cells[name].written(LINE[name]) for name in HOURS)

    @property
    def marking(self) -> SafeString:
        """How it is evaluated, what it weighs."""
        return joined(self.cells[name].written(LINE[name]) for name in ("evaluation_type", "coefficient"))

    @property
    def total(self) -> str:
        return str(self.weight.total)

    @property
    def taken_out(self) -> str:
        return f"Retirer {self.weight.element.display} de {self.row['unit']}"

    @property
    def refused(self) -> tuple[Cell, ...]:
        return tuple(cell for cell in self.cells.values() if cell.refused)

    @property
    def tagged(self) -> bool:
        """Whether there is something to know of it."""
        return not (self.weight.coefficient and self.weight.evaluation_type)


@dataclass(frozen=True)
class EditedPole:
    pole: Pole
    lines: tuple[ElementInUnit, ...]


@dataclass(frozen=True)
class EditedUnit:
    """A UE, and the elements of its semester that are not in it."""

    index: str
    row: Row
    table: UnitTable
    share: Share | None
    new: bool
    refused: str
    numbers: tuple[SafeString, ...]
    poles: tuple[EditedPole, ...]
    others: SafeString


@dataclass(frozen=True)
class EditedElement:
    index: str
    row: Row
    new: bool
    inputs: Mapping[str, SafeString]
    units: str


@dataclass(frozen=True)
class EditedSemester:
    number: int
    table: SemesterTable | None
    units: tuple[EditedUnit, ...]
    elements: tuple[EditedElement, ...]
    add_element: AddElementForm
    add_unit: AddUnitForm


@dataclass(frozen=True)
class EditedCompetence:
    index: str
    row: Row
    inputs: Mapping[str, SafeString]


class Page:
    """The editor's rows beside their sums."""

    def __init__(self, editor: Editor) -> None:
        self.editor = editor
        self._seen = {
            name: {_key(name, row): row for row in rows} for name, rows in draft_of(editor.seen).rows.items()
        }
        rows = editor.draft.rows
        self._weights = {(row["unit"], row["element"]): index for index, row in enumerate(rows["weights"])}
        self._units = {row["code"]: index for index, row in enumerate(rows["units"])}
        self._shares = {share.name: share for share in editor.shares}
        self._semester = {row["code"]: row["semester"] for row in editor.reading.data["elements"]}
        self._counts: dict[str, list[str]] = {row["code"]: [] for row in rows["elements"]}
        for row in rows["weights"]:
            self._counts[row["element"]].append(row["unit"])
        self._others = {
            row["code"]: format_html(OTHER, row["code"], row["display"], row["title"])
            for row in rows["elements"]
        }
        self.semesters = tuple(self._semester_of(number) for number in editor.semesters)
        self.competences = tuple(
            EditedCompetence(
                str(index), row, self._inputs("competences", index, row, COMPETENCE, row["code"])
            )
            for index, row in sorted(enumerate(rows["competences"]), key=lambda pair: pair[1]["code"])
        )

    def _semester_of(self, number: int) -> EditedSemester:
        tables = {table.number: table for table in self.editor.table.semesters}
        table = tables.get(number)
        return EditedSemester(
            number=number,
            table=table,
            units=tuple(self._unit(unit) for unit in table.units) if table else (),
            elements=tuple(self._elements(number)),
            add_element=self.editor.element_forms[number],
            add_unit=self.editor.unit_forms[number],
        )

    def _unit(self, table: UnitTable) -> EditedUnit:
        code = table.unit.code
        index = self._units[code]
        row = self.editor.draft.rows["units"][index]
        inside = {weight.element.code for weight in table.weights}
        by_competence = self.editor.programme.year == 3
        return EditedUnit(
            index=str(index),
            row=row,
            table=table,
            share=self._shares.get(table.unit.competence.code if by_competence else code),
            new=(code,) not in self._seen["units"],
            refused=self.editor.refused.get(f"units-{index}", ""),
            numbers=tuple(
                cell.written(NUMBER) for cell in self._cells("units", index, row, UNIT, code).values()
            ),
            poles=tuple(
                EditedPole(pole, tuple(self._line(code, weight) for weight in pole.weights))
                for pole in table.poles
            ),
            others=joined(
                option
                for element, option in self._others.items()
                if element not in inside and self._semester[element] == table.unit.semester
            ),
        )

    def _line(self, unit: str, weight: Weight) -> ElementInUnit:
        index = self._weights[unit, weight.element.code]
        row = self.editor.draft.rows["weights"][index]
        return ElementInUnit(
            index=str(index),
            row=row,
            weight=weight,
            new=(unit, weight.element.code) not in self._seen["weights"],
            cells=self._cells("weights", index, row, WEIGHT, f"{weight.element.display} en {unit}"),
        )

    def _elements(self, semester: int) -> Iterator[EditedElement]:
        rows = [
            (index, row)
            for index, row in enumerate(self.editor.draft.rows["elements"])
            if self._semester[row["code"]] == semester
        ]
        semesters = {str(number): f"S{number}" for number in self.editor.semesters}
        for index, row in sorted(rows, key=lambda pair: (pair[1]["kind"], reading_order(pair[1]["code"]))):
            choices = self._cells("elements", index, row, CHOICE, row["code"])
            yield EditedElement(
                index=str(index),
                row=row,
                new=(row["code"],) not in self._seen["elements"],
                inputs={
                    **self._inputs("elements", index, row, ELEMENT, row["code"]),
                    "kind": choices["kind"].chosen_among(KINDS),
                    "semester": choices["semester"].chosen_among(semesters),
                },
                units=", ".join(self._counts[row["code"]]),
            )

    def _inputs(
        self, name: str, index: int, row: Row, labels: Mapping[str, str], about: str
    ) -> dict[str, SafeString]:
        cells = self._cells(name, index, row, labels, about)
        return {part: cell.written(TEXT) for part, cell in cells.items()}

    def _cells(
        self, name: str, index: int, row: Row, labels: Mapping[str, str], about: str
    ) -> dict[str, Cell]:
        seen = self._seen[name].get(_key(name, row), {})
        refused = self.editor.refused
        return {
            part: Cell(
                name=(place := f"{name}-{index}-{part}"),
                value=row[part],
                seen=seen.get(part, ""),
                short=label,
                label=f"{label}, {about}",
                refused=refused.get(place, ""),
            )
            for part, label in labels.items()
        }

    # What moves

    def parts(self) -> dict[str, str]:
        """The inside of each part that a number typed elsewhere may change, by its id in the page."""
        editor = self.editor
        parts = self.bar() | {
            "live-stats": _rendered("_stats", maquette=editor.table, findings=editor.findings),
            "live-findings": _rendered("editing/_findings", editor=editor, programme=editor.programme),
            "live-year": _rendered("_sums", total=editor.table.sum),
        }
        for semester in self.semesters:
            if semester.table:
                parts[f"live-sums-{semester.number}"] = _rendered("_sums", total=semester.table.sum)
                parts[f"live-coefficients-{semester.number}"] = _rendered(
                    "_coefficients", semester=semester.table
                )
            for unit in semester.units:
                parts |= self._unit_parts(unit)
        return parts

    def bar(self) -> dict[str, str]:
        """The same, of the bar below the page."""
        return {
            "live-changes": _rendered("editing/_changes", editor=self.editor),
            "live-bar": _rendered("editing/_bar", editor=self.editor),
        }

    def _unit_parts(self, unit: EditedUnit) -> dict[str, str]:
        table = unit.table
        parts = {f"live-share-{unit.index}": _rendered("editing/_unit_share", unit=unit)}
        if unit.poles:
            parts[f"live-sum-{unit.index}"] = _rendered(
                "_sum_row", **{"total": table.sum, "label": f"Total {table.unit.code}", "class": "tot"}
            )
        for edited in unit.poles:
            pole = edited.pole
            parts[f"live-sum-{unit.index}-{pole.kind}"] = _rendered(
                "_sum_row",
                **{"total": pole.sum, "label": pole.name[:1].upper() + pole.name[1:], "class": "sum"},
            )
            for line in edited.lines:
                parts[f"live-total-{line.index}"] = line.total
                parts[f"live-tags-{line.index}"] = _rendered("editing/_line_tags", line=line)
        return parts


def _rendered(name: str, **context: Any) -> str:
    return get_template(f"curriculum/{name}.html").render(context).strip()


def _key(name: str, row: Row) -> tuple[str, ...]:
    return (row["unit"], row["element"]) if name == "weights" else (row["code"],)
