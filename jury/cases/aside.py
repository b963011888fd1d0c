"""The elements that the director of studies set aside: out of all averages, and said so (domain 2)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from butrt.base import french
from butrt.base.exactjson import plain
from butrt.base.french import NBSP, listed, plural
from curriculum.models import Weight
from grades.models import Teaching
from jury.cases.taken import Json
from jury.rules import Unit


class Aside(NamedTuple):
    """An element set aside, as the figures keep it; `units`: {UE: the coefficient that it had there}."""

    element: str
    display: str
    title: str
    motive: str
    by: str
    on: str
    units: Mapping[str, Decimal]

    @property
    def name(self) -> str:
        """ "R303 Télécoms", "Portfolio"."""
        return self.display if self.display.startswith(self.title) else f"{self.display} {self.title}"

    @property
    def counted(self) -> str:
        """ "UE31, coefficient 12, et UE32, coefficient 8"; "" where it weighs nothing."""
        weighing = [
            f"{unit}, coefficient{NBSP}{french.short(coefficient)}"
            for unit, coefficient in self.units.items()
            if coefficient
        ]
        return listed(weighing)

    @property
    def recorded(self) -> str:
        """ "le 3 mars 2025 par Odile Lenoir"."""
        return f"le {french.day(self.on)} par {self.by}"


def as_frozen(
    aside: Mapping[str, Teaching], weights: Iterable[Weight], judged: Mapping[int, str]
) -> Mapping[str, Json]:
    """What the figures keep of them, by element; `judged`: the UE judged, {key: code}."""
    units: dict[str, Json] = {code: {} for code in aside}
    for weight in weights:
        if weight.element.code in units and weight.unit_id in judged:
            units[weight.element.code][judged[weight.unit_id]] = plain(weight.coefficient)
    return {
        code: {
            "motive": teaching.aside_motive,
            "by": str(teaching.aside_by),
            "on": french.local(teaching.aside_at).date().isoformat() if teaching.aside_at else "",
            "units": units[code],
        }
        for code, teaching in aside.items()
    }


def set_aside(context: Mapping[str, Any]) -> list[Aside]:
    """Those of a session's figures, in the programme's order."""
    frozen: Mapping[str, Any] = context.get("aside", {})
    return [
        Aside(
            element,
            words["display"],
            words["title"],
            frozen[element]["motive"],
            frozen[element]["by"],
            frozen[element]["on"],
            {unit: Decimal(coefficient) for unit, coefficient in frozen[element]["units"].items()},
        )
        for element, words in context["elements"].items()
        if element in frozen
    ]


def emptied(aside: Iterable[Aside], units: Iterable[Unit]) -> list[str]:
    """The UE that nothing assesses any more: they have no average, the jury decides."""
    left = {unit for element in aside for unit, coefficient in element.units.items() if coefficient}
    return [unit.code for unit in units if unit.code in left and not unit.weights]


def without_average(units: Collection[str]) -> str:
    """The same in a sentence; "" when there is none."""
    if not units:
        return ""
    have = plural(len(units), "a", "ont")
    return f"{listed(list(units))} n’{have} plus d’élément évalué{NBSP}: sans moyenne, le jury en décide."
