"""What differs between two programme objects: two versions, or what is stored and what a file would make."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from butrt.base import french
from curriculum.models import Element

Kind = Literal["added", "removed", "changed"]


@dataclass(frozen=True, slots=True)
class Field:
    """A value that differs, as people read it; "" where the row is not."""

    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Change:
    """A row of the programme that is new, gone or other. `about` names it: "R305 en UE31"."""

    kind: Kind
    about: str
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """The changes of one list of the programme."""

    title: str
    changes: tuple[Change, ...]


# The lists compared, how a row is named by its key, and the fields that count, as they are called.
LISTS: dict[str, tuple[str, tuple[str, ...], dict[str, str]]] = {
    "competences": ("Compétences", ("code",), {"title": "intitulé", "short": "nom court"}),
    "units": (
        "UE",
        ("code",),
        {
            "semester": "semestre",
            "competence": "compétence",
            "level": "niveau",
            "ects": "ECTS",
            "rcue_weight": "poids dans le RCUE",
        },
    ),
    "elements": (
        "Éléments",
        ("code",),
        {
            "display": "code affiché",
            "title": "intitulé",
            "short": "intitulé court",
            "kind": "pôle",
            "semester": "semestre",
        },
    ),
    "weights": (
        "Coefficients et heures",
        ("element", "unit"),
        {
            "coefficient": "coefficient",
            "cm": "CM",
            "td": "TD",
            "tp": "TP",
            "project": "projet",
            "evaluation_type": "évaluation",
        },
    ),
}


ABOUT = {"specialty": "spécialité", "name": "parcours", "short": "sigle"}


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[Section, ...]:
    """The lists that differ from one programme object to the other, in the order of reading."""
    sections = [*_about(before, after)]
    shown = _shown(before) | _shown(after)
    for name, (title, key, fields) in LISTS.items():
        old = {tuple(row[part] for part in key): row for row in before[name]}
        new = {tuple(row[part] for part in key): row for row in after[name]}
        changes = []
        for row_key in {**old, **new}:
            values = tuple(
                Field(label, *pair)
                for field, label in fields.items()
                if len(set(pair := (_words(old.get(row_key), field), _words(new.get(row_key), field)))) > 1
            )
            if values:
                kind: Kind = "added" if row_key not in old else "removed" if row_key not in new else "changed"
                changes.append(Change(kind, " en ".join(shown.get(part, part) for part in row_key), values))
        if changes:
            sections.append(Section(title, tuple(changes)))
    return tuple(sections)


def reordered(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[str, ...]:
    """The UE where the lines of a pole, of those on both sides, come in another order: no difference."""
    orders = []
    for one, other in ((before, after), (after, before)):
        kinds = {row["code"]: row["kind"] for row in one["elements"]}
        common = {(row["unit"], row["element"]) for row in other["weights"]}
        order: dict[tuple[str, str], list[str]] = {}
        for row in one["weights"]:
            if (row["unit"], row["element"]) in common:
                order.setdefault((row["unit"], kinds[row["element"]]), []).append(row["element"])
        orders.append(order)
    old, new = orders
    return tuple(sorted({pole[0] for pole in {**old, **new} if old.get(pole) != new.get(pole)}))


def _about(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterable[Section]:
    """What the programme itself is called; nothing of one that was not there."""
    if "parcours" not in before:
        return
    fields = [
        Field(label, before["parcours"][name], after["parcours"][name]) for name, label in ABOUT.items()
    ]
    words = {True: "oui", False: "non"}
    fields.append(
        Field("structure illustrative", words[before["illustrative"]], words[after["illustrative"]])
    )
    if values := tuple(field for field in fields if field.before != field.after):
        yield Section("Programme", (Change("changed", after["parcours"]["code"], values),))


def _shown(data: Mapping[str, Any]) -> dict[str, str]:
    """The code that is shown, by public code."""
    return {row["code"]: row["display"] for row in data["elements"]}


def _words(row: Mapping[str, Any] | None, field: str) -> str:
    """A value as people read it: numbers without useless zeros and with a comma; nothing for no row.

    A UE weighs 1 in its RCUE, come or gone, unless something else is said.
    """
    if field == "rcue_weight":
        return french.short((row or {}).get(field, 1))
    if row is None:
        return ""
    if field in ("cm", "td", "tp", "project"):
        return str(row.get(field, 0))
    value = row.get(field, "")
    if field == "kind":
        return str(Element.Kind(value).label)
    return french.short(value) if isinstance(value, Decimal | int) else str(value)
