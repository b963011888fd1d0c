"""A stored programme as the programme file says it: what every way in makes, to compare or to copy it."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import count
from typing import Any

from curriculum.maquette import Maquette, assemble
from curriculum.models import Competence, Element, Parcours, Programme, Specialty, Unit, Weight
from curriculum.programmefile import FORMAT, PARCOURS

HOURS = ("cm", "td", "tp", "project")
KEPT_IN_SOURCE = ("announced_ects", "printed_totals", "competences", "line_totals")
"""What `Programme.source` keeps of the file beside the file's own `source`."""


def programme_data(programme: Programme) -> dict[str, Any]:
    """The programme object of `programmefile`, from the stored rows; loading it again changes nothing.

    Three queries; needs `parcours__specialty` selected.
    """
    source = programme.source
    units = list(programme.units.select_related("competence"))
    weights = Weight.objects.filter(unit__programme=programme).select_related("unit", "element")
    labels = {row["code"]: row for row in source.get("competences", [])}
    totals = {(row["unit"], row["element"]): row["total"] for row in source.get("line_totals", [])}
    competences = {unit.competence.code: unit.competence for unit in units}
    return {
        "format": FORMAT,
        "source": {name: value for name, value in source.items() if name not in KEPT_IN_SOURCE},
        "parcours": parcours_data(programme.parcours),
        "year": programme.year,
        "modality": str(programme.modality),
        "in_force_from": programme.in_force_from,
        "illustrative": programme.illustrative,
        "announced_ects": source.get("announced_ects"),
        "competences": [
            {"code": code, "title": row.title, "short": row.short}
            | {key: labels[code][key] for key in ("label", "line") if key in labels.get(code, {})}
            for code, row in sorted(competences.items())
        ],
        "units": [
            {name: getattr(unit, name) for name in ("code", "semester", "level", "ects")}
            | {"competence": unit.competence.code}
            | ({"rcue_weight": unit.rcue_weight} if unit.rcue_weight != 1 else {})
            for unit in units
        ],
        "elements": [
            {
                name: getattr(element, name)
                for name in ("code", "display", "title", "short", "kind", "semester")
            }
            for element in programme.elements.all()
        ],
        "weights": [
            {"unit": weight.unit.code, "element": weight.element.code, "coefficient": weight.coefficient}
            | {name: getattr(weight, name) for name in HOURS}
            | {"evaluation_type": weight.evaluation_type, "label": weight.label}
            | ({"line": weight.line} if weight.line else {})
            | (
                {"total": totals[weight.unit.code, weight.element.code]}
                if (weight.unit.code, weight.element.code) in totals
                else {}
            )
            for weight in weights.order_by("position", "pk")
        ],
        "printed_totals": source.get("printed_totals", []),
    }


def parcours_data(parcours: Parcours) -> dict[str, Any]:
    """The `parcours` object of the programme file."""
    data = {name: str(getattr(parcours, name)) for name in PARCOURS}
    return data | ({"common": True} if parcours.common else {})


def maquette_from(data: Mapping[str, Any], source: Mapping[str, Any]) -> Maquette:
    """The maquette of a programme object that is not stored: its sums and findings before anybody saves it.

    `data` is checked already (`check_programme`); `source` is what `Programme.source` would be.
    """
    keys = count(1)
    programme = Programme(
        parcours=Parcours(
            **data["parcours"] | {"specialty": Specialty(name=data["parcours"]["specialty"])},
        ),
        source=dict(source),
        **{name: data[name] for name in ("year", "modality", "in_force_from", "illustrative")},
    )
    competences = {
        row["code"]: Competence(pk=next(keys), **{name: row[name] for name in ("code", "title", "short")})
        for row in data["competences"]
    }
    units = {
        row["code"]: Unit(
            pk=next(keys),
            competence=competences[row["competence"]],
            rcue_weight=row.get("rcue_weight", 1),
            **{name: row[name] for name in ("code", "semester", "level", "ects")},
        )
        for row in sorted(data["units"], key=lambda row: (row["semester"], row["code"]))
    }
    elements = {
        row["code"]: Element(
            pk=next(keys),
            **{name: row[name] for name in ("code", "display", "title", "short", "kind", "semester")},
        )
        for row in data["elements"]
    }
    weights = [
        Weight(
            pk=next(keys),
            unit=units[row["unit"]],
            element=elements[row["element"]],
            coefficient=row["coefficient"],
            evaluation_type=row.get("evaluation_type", ""),
            label=row.get("label", ""),
            line=row.get("line"),
            **{name: row.get(name, 0) for name in HOURS},
        )
        for row in data["weights"]
    ]
    return assemble(programme, list(units.values()), weights)
