"""The programme file (fixtures/programmes/): one year of a parcours, JSON that a person can read."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from butrt.base.documents.characters import refusal

FORMAT = "butrt-programme/1"


def number(value: Any) -> bool:
    """Whether it is an exact number of 0 or more."""
    return isinstance(value, int | Decimal) and not isinstance(value, bool) and value >= 0


def positive(value: Any) -> bool:
    return number(value) and value > 0


# What each row must have: a type, a range of whole numbers, the words allowed, or what must hold of it.
PROGRAMME = {
    "year": range(1, 4),
    "modality": ("initiale", "apprentissage"),
    "in_force_from": range(2000, 2100),
    "illustrative": bool,
    "source": Mapping,
}
PARCOURS = {"code": str, "specialty": str, "name": str, "short": str}
# Of the identity, optional, each text and its longest: what the fiche says around its tables.
IDENTITY = {"rncp": 20, "domain": 200, "mention": 200, "languages": 200, "hours": 300} | dict.fromkeys(
    ("component", "contacts", "objectives", "outlets", "skills", "year_skills", "access"), 8_000
)
ROWS: dict[str, dict[str, Any]] = {
    "competences": {"code": str, "title": str, "short": str},
    "units": {
        "code": str,
        "semester": range(1, 7),
        "competence": str,
        "level": range(1, 4),
        "ects": positive,
    },
    "elements": {
        "code": str,
        "display": str,
        "title": str,
        "short": str,
        "kind": ("ressource", "sae"),
        "semester": range(1, 7),
    },
    "weights": {"unit": str, "element": str, "coefficient": number},
    "printed_totals": {"scope": ("header", "pole", "unit", "semester", "year"), "label": str},
}
# What a row may have.
HOURS = range(10_000)
OPTIONAL = dict.fromkeys(("cm", "td", "tp", "project", "total"), HOURS) | {
    "line": range(1, 1_000_000),
    "rcue_weight": positive,  # of a UE in its RCUE: 1 where it is not said
    "common": bool,  # of a parcours: what all of the spécialité follow
}
# A row's own name, unique in its list; and the row of another list that a field names.
KEYS = {"competences": ("code",), "units": ("code",), "elements": ("code",), "weights": ("unit", "element")}
REFERENCES = {
    ("units", "competence"): "competences",
    ("weights", "unit"): "units",
    ("weights", "element"): "elements",
}


class ProgrammeError(ValueError):
    """A programme that cannot be loaded; says which row, which field, and why."""


def dump_programme(data: Mapping[str, Any]) -> str:
    """The file's text: a line for each UE, element, coefficient, so that a difference reads well."""
    return "{\n" + ",\n".join(f"  {_line(name)}: {_value(value)}" for name, value in data.items()) + "\n}\n"


def parse_programme(text: str) -> dict[str, Any]:
    """The programme that a file's text holds, decimals exact. Raises `ProgrammeError`."""
    try:
        data = json.loads(text, parse_float=Decimal)
    except json.JSONDecodeError as error:
        raise ProgrammeError(f"Ce fichier n’est pas du JSON : {error}.") from error
    check_programme(data)
    return dict(data)


def check_programme(data: Any) -> None:
    """Check that each row is whole, named once, and names rows that exist. Raises `ProgrammeError`."""
    if not isinstance(data, Mapping) or data.get("format") != FORMAT:
        raise ProgrammeError(f"Ce n’est pas un programme : « format » n’est pas « {FORMAT} ».")
    _check_row("programme", data, PROGRAMME)
    _check_row("parcours", data.get("parcours"), PARCOURS)
    if "identity" in data:
        _check_identity(data["identity"])
    for name, fields in ROWS.items():
        for row in _rows(data, name):
            _check_row(name, row, fields)
    for name, key in KEYS.items():
        seen = set()
        for row in _rows(data, name):
            value = tuple(row[field] for field in key)
            if value in seen:
                raise ProgrammeError(f"{name} : {' '.join(value)} y est deux fois.")
            seen.add(value)
    for (name, field), target in REFERENCES.items():
        known = {row["code"] for row in _rows(data, target)}
        for row in _rows(data, name):
            if row[field] not in known:
                raise ProgrammeError(f"{name} : « {row[field]} » n’est pas dans {target} : {_line(row)}")


def _check_identity(identity: Any) -> None:
    """Texts of the fields that an identity has, each within what the database keeps."""
    if not isinstance(identity, Mapping):
        raise ProgrammeError("« identity » n’est pas un objet.")
    for name, text in identity.items():
        if name not in IDENTITY:
            raise ProgrammeError(f"identity : « {str(name)[:40]} » n’est pas un de ses champs.")
        if not isinstance(text, str) or len(text) > IDENTITY[name]:
            raise ProgrammeError(f"identity : « {name} » est un texte d’au plus {IDENTITY[name]} caractères.")
        if reason := refusal(text):
            raise ProgrammeError(f"identity, « {name} » : {reason}")


def check_units(data: Mapping[str, Any]) -> None:
    """Check that each UE is of a semester of the year, alone there of its competence (4.4).

    Of a programme already whole. Raises `ProgrammeError`.
    """
    year, codes = data["year"], dict[tuple[int, str], str]()
    for unit in data["units"]:
        if (unit["semester"] + 1) // 2 != year:
            raise ProgrammeError(f"{unit['code']} : S{unit['semester']} n’est pas un semestre de BUT{year}.")
        other = codes.setdefault((unit["semester"], unit["competence"]), unit["code"])
        if other != unit["code"]:
            raise ProgrammeError(
                f"{other} et {unit['code']} sont deux UE de {unit['competence']} au semestre "
                f"{unit['semester']} : une compétence n’en a qu’une par semestre."
            )


def _rows(data: Mapping[str, Any], name: str) -> Iterable[Mapping[str, Any]]:
    rows = data.get(name)
    if not isinstance(rows, list):
        raise ProgrammeError(f"« {name} » manque, ou n’est pas une liste.")
    return rows


def _check_row(name: str, row: Any, fields: Mapping[str, Any]) -> None:
    if not isinstance(row, Mapping):
        raise ProgrammeError(f"{name} : {_line(row)} n’est pas un objet.")
    for field in fields:
        if field not in row:
            raise ProgrammeError(f"{name} : « {field} » manque dans {_line(row)}")
    for field, allowed in {**OPTIONAL, **fields}.items():
        if field in row and not _fits(row[field], allowed):
            raise ProgrammeError(f"{name} : « {field} » ne peut pas être {_line(row[field])} : {_line(row)}")


def _fits(value: Any, allowed: Any) -> bool:
    if isinstance(allowed, type):
        return isinstance(value, allowed) and value != ""
    if callable(allowed):
        return bool(allowed(value))
    return not isinstance(value, bool) and value in allowed


def _value(value: Any) -> str:
    if isinstance(value, list) and value:
        return "[\n" + ",\n".join(f"    {_line(row)}" for row in value) + "\n  ]"
    return _line(value)


def _line(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=digits)


def digits(value: Any) -> Any:
    """A Decimal for JSON, which knows only its digits: read again, they make the same number."""
    if not isinstance(value, Decimal):
        return str(value)
    return int(value) if value == value.to_integral_value() else float(value)
