"""The référentiel file (fixtures/referentials/): a spécialité, its competences and niveaux, its parcours."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from butrt.base import exactjson
from butrt.base.documents.characters import refusal as unprintable
from butrt.base.french import NBSP, typeset
from butrt.base.outside import opened_apart
from butrt.base.spreadsheets import Unreadable
from curriculum.referential import orebut
from curriculum.referential.titles import plain_words

FORMAT: Final = "butrt-referential/1"
MOST_BYTES: Final = 4 * 2**20  # a national référentiel weighs 0.1 to 0.3 MB
# The longest text of each field, as the database keeps it.
SPECIALTY: Final = {"name": 120, "short": 20}
COMPETENCE: Final = {"identity": 40, "code": 40, "short": 40, "title": 200}
LEVEL: Final = {"title": 300}
PARCOURS: Final = {"code": 20, "short": 20, "name": 120}
SOURCE: Final = 200
MOST: Final = {"competences": 60, "parcours": 30, "levels": 3}
AGAIN: Final = "Le corriger, puis l’envoyer de nouveau."


@opened_apart(Unreadable)
def read_referential(data: bytes) -> dict[str, Any]:
    """The référentiel of a file: our JSON or Orébut's XML, told by its content. Raises `Unreadable`."""
    if len(data) > MOST_BYTES:
        raise _refusal(f"Ce fichier dépasse {MOST_BYTES // 2**20}{NBSP}Mo, bien plus qu’un référentiel.")
    if data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"["):
        try:
            parsed = exactjson.parse(data, exactjson.EXACT)
        except exactjson.NotJson as error:
            raise _refusal(f"Ce fichier ne se lit pas : {error} {AGAIN}") from None
    else:
        parsed = orebut.read(data, FORMAT)
    check_referential(parsed)
    return dict(parsed)


def check_referential(data: Any) -> None:
    """Check that everything is there once, and is named by what is there. Raises `Unreadable`."""
    if not isinstance(data, Mapping) or data.get("format") != FORMAT:
        raise _refusal(f"Ce n’est pas un référentiel : « format » n’est pas « {FORMAT} ». {AGAIN}")
    _texts(data.get("specialty"), SPECIALTY, "spécialité", optional=("short",))
    if not isinstance(source := data.get("source", ""), str) or len(source) > SOURCE:
        raise _refusal(f"« source » est un texte d’au plus {SOURCE} caractères. {AGAIN}")
    parcours = _rows(data, "parcours", "ce référentiel")
    for row in parcours:
        _texts(row, PARCOURS, f"parcours {_name(row, 'short')}")
    competences = _rows(data, "competences", "ce référentiel")
    if not competences:
        raise _refusal(f"Ce référentiel n’a aucune compétence. {AGAIN}")
    known = {row["short"] for row in parcours}
    for row in competences:
        _competence(row, known)
    _once("parcours", "sigle", (row["short"] for row in parcours))
    _once("parcours", "code", (row["code"] for row in parcours))
    _once("parcours", "nom", (plain_words(row["name"]) for row in parcours))
    _once("compétences", "identité", (row["identity"] for row in competences))
    _once("compétences", "intitulé", (plain_words(row["title"]) for row in competences))


def _competence(row: Any, parcours: set[str]) -> None:
    place = f"compétence {_name(row, 'identity')}"
    _texts(row, COMPETENCE, place)
    if not isinstance(row.get("common"), bool):
        raise _refusal(f"{place} : « common » est true ou false. {AGAIN}")
    own = row.get("parcours", [])
    if not isinstance(own, list) or any(short not in parcours for short in own if isinstance(short, str)):
        raise _refusal(f"{place} : un de ses parcours n’est pas dans « parcours ». {AGAIN}")
    if not all(isinstance(short, str) for short in own) or bool(own) == row["common"]:
        raise _refusal(
            f"{place} : elle est commune, ou de parcours que « parcours » nomme par leur sigle. {AGAIN}"
        )
    levels = _rows(row, "levels", place)
    if not levels:
        raise _refusal(f"{place} : elle n’a aucun niveau. {AGAIN}")
    for level in levels:
        _level(level, place)
    _once(place, "niveau", (str(level["number"]) for level in levels))
    years = [level["year"] for level in sorted(levels, key=lambda level: int(level["number"]))]
    if years != sorted(set(years)):
        raise _refusal(f"{place} : ses niveaux ne se suivent pas d’une année à l’autre. {AGAIN}")


def _level(level: Any, place: str) -> None:
    _texts(level, LEVEL, f"{place}, un niveau")
    for field, what in (("number", "niveau"), ("year", "année")):
        value = level.get(field)
        if isinstance(value, bool) or not isinstance(value, int) or value not in (1, 2, 3):
            raise _refusal(f"{place}, {what} {exactjson.legible(str(value), 20)} : de 1 à 3 attendu. {AGAIN}")


def _texts(row: Any, fields: Mapping[str, int], place: str, optional: tuple[str, ...] = ()) -> None:
    if not isinstance(row, Mapping):
        raise _refusal(f"{place} : un objet est attendu. {AGAIN}")
    for field, longest in fields.items():
        value = row.get(field, "" if field in optional else None)
        if not isinstance(value, str) or (not value.strip() and field not in optional):
            raise _refusal(f"{place} : « {field} » manque. {AGAIN}")
        if len(value) > longest:
            raise _refusal(f"{place} : « {field} » dépasse {longest} caractères. {AGAIN}")
        if reason := unprintable(value, f"{place}, « {field} »"):
            raise _refusal(reason)


def _rows(data: Mapping[str, Any], name: str, place: str) -> list[Any]:
    rows = data.get(name)
    if not isinstance(rows, list):
        raise _refusal(f"{place} : « {name} » manque, ou n’est pas une liste. {AGAIN}")
    if len(rows) > MOST[name]:
        raise _refusal(f"{place} : plus de {MOST[name]} « {name} », bien plus qu’un BUT. {AGAIN}")
    return rows


def _once(what: str, field: str, values: Iterable[str]) -> None:
    seen: set[str] = set()
    for value in values:
        if value in seen:
            shown = exactjson.legible(value)
            raise _refusal(f"{what} : deux fois le même {field}, « {shown} ». {AGAIN}")
        seen.add(value)


def _refusal(text: str) -> Unreadable:
    return Unreadable(typeset(text))


def _name(row: Any, field: str) -> str:
    value = row.get(field) if isinstance(row, Mapping) else None
    return f"« {exactjson.legible(str(value), 40)} »" if value else "sans nom"
