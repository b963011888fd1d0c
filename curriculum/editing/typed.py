"""A programme while it is being typed: rows of texts, as the page shows them and sends them back."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import BadRequest, ValidationError
from django.http import QueryDict

from curriculum.editing import fields
from curriculum.programmefile import KEYS, REFERENCES, ProgrammeError, check_programme

FIELD = re.compile(r"(competences|units|elements|weights)-([0-9]{1,4})-([a-z_]{1,20})")
# What a row is, said once and kept by hidden fields; what is typed of it.
FIXED = {
    "competences": ("code",),
    "units": ("code", "semester", "competence", "level"),
    "elements": ("code",),
    "weights": ("unit", "element"),
}
TYPED: dict[str, tuple[str, ...]] = {
    "competences": tuple(fields.COMPETENCES),
    "units": tuple(fields.UNITS),
    "elements": (*fields.ELEMENTS, "semester"),
    "weights": tuple(fields.WEIGHTS),
}
PRINTED = ("label", "line", "total")
"""What the fiche printed of a row, which is not typed."""
UNREADABLE = "Cette page ne se lit pas : la recharger. Rien n’est enregistré."

Row = dict[str, str]


@dataclass
class Draft:
    """Rows of texts by list of the programme object, in the order of its lines."""

    rows: dict[str, list[Row]]

    def index(self, name: str, *key: str) -> int | None:
        """Where a row is, by its key."""
        for index, row in enumerate(self.rows[name]):
            if tuple(row[part] for part in KEYS[name]) == key:
                return index
        return None

    def drop(self, name: str, index: int) -> None:
        """Take a row out, and the lines that it holds."""
        row = self.rows[name].pop(index)
        held = {"units": "unit", "elements": "element"}.get(name)
        if held:
            self.rows["weights"] = [line for line in self.rows["weights"] if line[held] != row["code"]]
        used = {unit["competence"] for unit in self.rows["units"]}
        self.rows["competences"] = [row for row in self.rows["competences"] if row["code"] in used]

    def add_line(self, unit: str, element: str, seen: Mapping[str, Any]) -> None:
        """Put an element in a UE: with nothing yet, or as it was there when the page was opened."""
        if self.index("weights", unit, element) is None:
            known = rows_by_key(seen, "weights").get((unit, element), {})
            self.rows["weights"].append(_texts("weights", {"unit": unit, "element": element} | dict(known)))


@dataclass(frozen=True)
class Reading:
    """What a draft says. Where a text is refused, `data` keeps the value seen, and `refused` says why.

    `refused` goes by field ("weights-12-cm"), or by row ("units-3") where the row itself cannot be.
    """

    data: Mapping[str, Any]
    refused: Mapping[str, str]


def draft_of(data: Mapping[str, Any]) -> Draft:
    """A programme object as texts to type over."""
    return Draft({name: [_texts(name, row) for row in data[name]] for name in TYPED})


def draft_typed(posted: QueryDict) -> Draft:
    """What a browser sends back. Raises `BadRequest` when its rows do not hold together."""
    typed: dict[str, dict[int, Row]] = {name: {} for name in TYPED}
    for field in posted:
        if match := FIELD.fullmatch(field):
            typed[match[1]].setdefault(int(match[2]), {})[match[3]] = posted.get(field, "")
    rows = {
        name: [
            {part: row.get(part, "") for part in (*FIXED[name], *TYPED[name])}
            for _, row in sorted(typed[name].items())
        ]
        for name in TYPED
    }
    return Draft(rows)


def read(draft: Draft, seen: Mapping[str, Any], *, semesters: Collection[int]) -> Reading:
    """The programme object that a draft makes of the one seen, and what of it is refused.

    Raises `BadRequest` when what is not typed (codes, the semester of a UE…) is no programme.
    """
    refused: dict[str, str] = {}
    data = dict(seen)
    typed = {
        "competences": fields.COMPETENCES,
        "units": fields.UNITS,
        "elements": fields.ELEMENTS | {"semester": fields.semester(semesters)},
        "weights": fields.WEIGHTS,
    }
    for name in TYPED:
        known = rows_by_key(seen, name)
        data[name] = [
            _read_row(f"{name}-{index}", name, row, known, typed[name], refused)
            for index, row in enumerate(draft.rows[name])
        ]
    # A structure stops being a mere illustration with its first line.
    data["illustrative"] = seen["illustrative"] and not data["weights"]
    try:
        check_programme(data)
    except ProgrammeError as error:
        raise BadRequest(UNREADABLE) from error
    if any(unit["semester"] not in semesters for unit in data["units"]):
        raise BadRequest(UNREADABLE)
    refused |= _one_unit_per_competence(data) | _lines_in_their_semester(data)
    return Reading(data, refused)


def rows_by_key(data: Mapping[str, Any], name: str) -> dict[tuple[str, ...], Mapping[str, Any]]:
    return {tuple(row[part] for part in KEYS[name]): row for row in data[name]}


def _texts(name: str, row: Mapping[str, Any]) -> Row:
    return {
        part: fields.typed(row.get(part, fields.UNSAID.get(part, "")))
        for part in (*FIXED[name], *TYPED[name])
    }


def _read_row(
    place: str,
    name: str,
    typed: Row,
    known: Mapping[tuple[str, ...], Mapping[str, Any]],
    form_fields: Mapping[str, forms.Field],
    refused: dict[str, str],
) -> dict[str, Any]:
    before = known.get(tuple(typed[part] for part in KEYS[name]), {})
    row: dict[str, Any] = {part: before[part] for part in PRINTED if part in before}
    for part in FIXED[name]:
        if "\0" in typed[part]:
            raise BadRequest(UNREADABLE)
        row[part] = _whole(typed[part]) if part in ("semester", "level") else typed[part]
    for part, field in form_fields.items():
        try:
            value = field.clean(typed[part])
            row[part] = fields.UNSAID[part] if value is None else value
        except ValidationError as error:
            refused[f"{place}-{part}"] = error.messages[0]
            row[part] = before.get(part, _instead(part, row, form_fields))
    if row.get("rcue_weight") == 1:
        del row["rcue_weight"]  # as the programme file says it
    return row


def _instead(part: str, row: Mapping[str, Any], form_fields: Mapping[str, forms.Field]) -> Any:
    """What stands for a refused text of a new row, for the sums only: nothing is saved."""
    if part == "semester":
        return next(iter(form_fields[part].choices))[0]  # type: ignore[attr-defined]
    return fields.UNSAID.get(part, row.get("code", ""))


def _whole(text: str) -> int:
    if not re.fullmatch(r"[0-9]", text):
        raise BadRequest(UNREADABLE)
    return int(text)


def _one_unit_per_competence(data: Mapping[str, Any]) -> dict[str, str]:
    """Two UE of a competence in a semester would be two in its RCUE (annexe 1, 4.4)."""
    first: dict[tuple[str, int], str] = {}
    refused = {}
    for index, unit in enumerate(data["units"]):
        other = first.setdefault((unit["competence"], unit["semester"]), unit["code"])
        if other != unit["code"]:
            refused[f"units-{index}"] = (
                f"{unit['competence']} a déjà une UE au semestre {unit['semester']}, {other} : "
                "retirer l’une des deux."
            )
    return refused


def _lines_in_their_semester(data: Mapping[str, Any]) -> dict[str, str]:
    """An element counts in the UE of its own semester."""
    semester = {unit["code"]: unit["semester"] for unit in data["units"]}
    refused = {}
    for index, element in enumerate(data["elements"]):
        elsewhere = [
            row["unit"]
            for row in data["weights"]
            if row["element"] == element["code"] and semester[row["unit"]] != element["semester"]
        ]
        if elsewhere:
            refused[f"elements-{index}-semester"] = (
                f"{element['display']} compte en {', '.join(elsewhere)}, d’un autre semestre : "
                "l’en retirer d’abord."
            )
    return refused


def merged(mine: Mapping[str, Any], seen: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, Any]:
    """What was typed over `seen`, carried onto what is there now: mine where I typed, theirs elsewhere."""
    data = dict(now)
    for name in TYPED:
        typed, before, stored = (rows_by_key(version, name) for version in (mine, seen, now))
        rows = []
        for key, row in typed.items():
            if key in stored:
                rows.append(_merged_row(row, before.get(key, {}), stored[key]))
            elif row != before.get(key):
                rows.append(dict(row))  # new, or changed here and taken out there
        rows += [dict(row) for key, row in stored.items() if key not in typed and key not in before]
        data[name] = rows
    for (name, field), target in reversed(REFERENCES.items()):
        _bring_back(data[target], (row[field] for row in data[name]), (mine, now), target)
    data["illustrative"] = mine["illustrative"] and now["illustrative"]
    return data


def _merged_row(mine: Mapping[str, Any], seen: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, Any]:
    row = dict(now)
    for part in {**mine, **seen}:
        if mine.get(part) != seen.get(part):
            row[part] = mine.get(part, fields.UNSAID.get(part))
    return row


def _bring_back(
    rows: list[dict[str, Any]], wanted: Iterable[str], sources: Iterable[Mapping[str, Any]], name: str
) -> None:
    """The rows that others name, back in their list."""
    for code in dict.fromkeys(wanted):
        if all(row["code"] != code for row in rows):
            matching = (row for source in sources for row in source[name] if row["code"] == code)
            rows.append(dict(next(matching)))
