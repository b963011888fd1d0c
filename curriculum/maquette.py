"""A programme as its page, its workbook and its findings read it: UE by UE, pole by pole, with every sum.

Made from the database's rows in two queries, whatever their number; a printed total stands beside its sum.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import groupby
from typing import Any

from curriculum.fiche import reading_order
from curriculum.models import Element, Programme, Unit, Weight

COLUMNS = {
    "cm": "CM",
    "td": "TD",
    "tp": "TP",
    "project": "projet",
    "total": "total",
    "coefficient": "coefficients",
    "ects": "ECTS",
}
POLES = {Element.Kind.RESOURCE: "ressources", Element.Kind.SAE: "SAÉ"}


@dataclass(frozen=True, slots=True)
class Difference:
    """A printed number that is not the sum. `column` is the fiche's own heading."""

    column: str
    printed: Decimal | int
    computed: Decimal | int


@dataclass(frozen=True, slots=True)
class Total:
    """A sum of lines (hours, coefficients) and of UE (ECTS), and what the fiche prints for it, if it does."""

    label: str
    cm: int
    td: int
    tp: int
    project: int
    coefficient: Decimal
    ects: Decimal
    printed: Mapping[str, Any] | None = None

    @property
    def total(self) -> int:
        return self.cm + self.td + self.tp

    @property
    def differences(self) -> tuple[Difference, ...]:
        printed = self.printed or {}
        return tuple(
            Difference(heading, printed[column], getattr(self, column))
            for column, heading in COLUMNS.items()
            if column in printed and printed[column] != getattr(self, column)
        )

    @property
    def hours(self) -> tuple[tuple[str, Any], ...]:
        """CM, TD, TP, projet, total: each sum, in writing, with the number printed where that one differs."""
        cells = (self._cell(column) for column in ("cm", "td", "tp", "project", "total"))
        return tuple(("" if computed is None else str(computed), printed) for computed, printed in cells)

    @property
    def coefficients(self) -> tuple[Decimal, Any]:
        return self._cell("coefficient")

    def _cell(self, column: str) -> tuple[Any, Any]:
        computed = getattr(self, column)
        if self.printed and column not in self.printed and not computed:
            return None, None  # the ressources have no project, nor a column for it
        printed = (self.printed or {}).get(column, computed)
        return computed, None if printed == computed else printed


@dataclass(frozen=True, slots=True)
class Pole:
    """The ressources or the SAÉ of a UE."""

    kind: str
    name: str
    weights: tuple[Weight, ...]
    sum: Total


@dataclass(frozen=True, slots=True)
class UnitTable:
    """A UE with its poles."""

    unit: Unit
    poles: tuple[Pole, ...]
    sum: Total

    @property
    def weights(self) -> tuple[Weight, ...]:
        return tuple(weight for pole in self.poles for weight in pole.weights)

    @property
    def share(self) -> Fraction | None:
        """The part of the ressources in the coefficients, 0 to 1; None when nothing has any."""
        return resource_share([self])


@dataclass(frozen=True, slots=True)
class ElementRow:
    """An element of a semester and its coefficient in each of the semester's UE (None where it is not)."""

    element: Element
    coefficients: tuple[Decimal | None, ...]

    @property
    def sum(self) -> Decimal:
        return sum((number for number in self.coefficients if number is not None), Decimal(0))


@dataclass(frozen=True, slots=True)
class SemesterTable:
    """A semester: its UE, and its elements across them."""

    number: int
    units: tuple[UnitTable, ...]
    elements: tuple[ElementRow, ...]
    sum: Total


@dataclass(frozen=True, slots=True)
class Maquette:
    """The programme, whole. `header` is there when the fiche's first page prints the hours of the year."""

    programme: Programme
    semesters: tuple[SemesterTable, ...]
    sum: Total
    header: Total | None

    @property
    def units(self) -> tuple[UnitTable, ...]:
        return tuple(unit for semester in self.semesters for unit in semester.units)

    @property
    def weights(self) -> tuple[Weight, ...]:
        return tuple(weight for unit in self.units for weight in unit.weights)

    @property
    def elements(self) -> int:
        return sum(len(semester.elements) for semester in self.semesters)

    @property
    def printed(self) -> tuple[Total, ...]:
        """The sums that the fiche prints too, in its order."""
        sums = [self.header] if self.header else []
        for semester in self.semesters:
            for unit in semester.units:
                sums += [*(pole.sum for pole in unit.poles), unit.sum]
            sums.append(semester.sum)
        return tuple(total for total in (*sums, self.sum) if total.printed)

    @property
    def differing(self) -> tuple[Total, ...]:
        return tuple(total for total in self.printed if total.differences)

    @property
    def equal(self) -> int:
        """How many of the printed totals are their sums."""
        return len(self.printed) - len(self.differing)


def maquette(programme: Programme) -> Maquette:
    """Read a programme's rows. Two queries; `programme.parcours` is not read."""
    units = list(programme.units.select_related("competence"))
    weights = list(
        Weight.objects.filter(unit__programme=programme).select_related("element").order_by("position", "pk")
    )
    return assemble(programme, units, weights)


def maquettes(programmes: Iterable[Programme]) -> list[Maquette]:
    """The same of several programmes. Two queries for all."""
    rows = list(programmes)
    units: dict[int, list[Unit]] = {programme.pk: [] for programme in rows}
    weights: dict[int, list[Weight]] = {programme.pk: [] for programme in rows}
    for unit in Unit.objects.filter(programme__in=rows).select_related("competence"):
        units[unit.programme_id].append(unit)
    lines = Weight.objects.filter(unit__programme__in=rows).select_related("element", "unit")
    for weight in lines.order_by("position", "pk"):
        weights[weight.unit.programme_id].append(weight)
    return [assemble(programme, units[programme.pk], weights[programme.pk]) for programme in rows]


def assemble(programme: Programme, units: Sequence[Unit], weights: Sequence[Weight]) -> Maquette:
    """The same from rows already there, stored or not: UE in their order, weights in that of the lines."""
    printed = _Printed(programme.source.get("printed_totals", []))
    of_unit: dict[int, list[Weight]] = {unit.pk: [] for unit in units}
    for weight in weights:
        of_unit[weight.unit_id].append(weight)

    semesters = []
    for number, group in groupby(units, key=lambda unit: unit.semester):
        tables = tuple(_unit_table(unit, of_unit[unit.pk], printed) for unit in group)
        semesters.append(
            SemesterTable(
                number=number,
                units=tables,
                elements=_element_rows(tables),
                sum=_total(
                    f"S{number}",
                    [weight for table in tables for weight in table.weights],
                    [table.unit for table in tables],
                    printed.get("semester", number),
                ),
            )
        )
    header = printed.get("header")
    return Maquette(
        programme=programme,
        semesters=tuple(semesters),
        sum=_total(f"BUT{programme.year}", weights, units, printed.get("year")),
        header=_total("en-tête", weights, units, header) if header else None,
    )


def resource_share(units: Iterable[UnitTable]) -> Fraction | None:
    """The part of the pole "ressources" in the coefficients of one UE or several (annexe 1, 4.3)."""
    sums = {kind: Decimal(0) for kind in POLES}
    for table in units:
        for pole in table.poles:
            sums[Element.Kind(pole.kind)] += pole.sum.coefficient
    whole = sum(sums.values())
    return Fraction(sums[Element.Kind.RESOURCE]) / Fraction(whole) if whole else None


class _Printed:
    """The totals that the fiche prints, found by what they cover."""

    def __init__(self, rows: Iterable[Mapping[str, Any]]) -> None:
        self.rows = {
            (row["scope"], row.get("semester"), row.get("unit") or "", row.get("kind")): row for row in rows
        }

    def get(
        self, scope: str, semester: int | None = None, unit: str = "", kind: str | None = None
    ) -> Mapping[str, Any] | None:
        return self.rows.get((scope, semester, unit, kind))


def _unit_table(unit: Unit, weights: list[Weight], printed: _Printed) -> UnitTable:
    poles = []
    for kind, name in POLES.items():
        if rows := tuple(weight for weight in weights if weight.element.kind == kind):
            total = printed.get("pole", unit.semester, unit.code, kind.value)
            poles.append(Pole(kind.value, name, rows, _total(f"{unit.code}, {name}", rows, [], total)))
    total = printed.get("unit", unit.semester, unit.code)
    return UnitTable(unit, tuple(poles), _total(unit.code, weights, [unit], total))


def _element_rows(tables: tuple[UnitTable, ...]) -> tuple[ElementRow, ...]:
    elements = {weight.element_id: weight.element for table in tables for weight in table.weights}
    coefficients = [{weight.element_id: weight.coefficient for weight in table.weights} for table in tables]
    return tuple(
        ElementRow(element, tuple(of_unit.get(element.pk) for of_unit in coefficients))
        for element in sorted(elements.values(), key=lambda row: (row.kind, reading_order(row.code)))
    )


def _total(
    label: str, weights: Iterable[Weight], units: Iterable[Unit], printed: Mapping[str, Any] | None
) -> Total:
    rows = list(weights)
    return Total(
        label=label,
        cm=sum(weight.cm for weight in rows),
        td=sum(weight.td for weight in rows),
        tp=sum(weight.tp for weight in rows),
        project=sum(weight.project for weight in rows),
        coefficient=sum((weight.coefficient for weight in rows), Decimal(0)),
        ects=sum((unit.ects for unit in units), Decimal(0)),
        printed=printed,
    )
