"""The national référentiel of a spécialité as Orébut exports it, in XML, as ScoDoc distributes it too.

    <referentiel_competence specialite="GMP" specialite_long="Génie mécanique et productique" …>
      <competences>
        <competence nom_court="Spécifier" numero="1" libelle_long="…" id="…">
          <niveaux> <niveau ordre="1" libelle="…" annee="BUT1"> …
      <parcours>
        <parcour numero="0" code="II" libelle="…">
          <annees> <annee ordre="1"> <competence nom="Spécifier" niveau="1" id="…"/> …

`nom_court` is also written `name` or `nom`. A competence has its `id` for identity, else its short name; a
parcours names it by either, or by its number when it is the only one to bear it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from butrt.base.french import NBSP, quoted
from butrt.base.spreadsheets import Unreadable
from butrt.base.words import cut
from curriculum.referential.titles import plain_words
from curriculum.safexml import Expected, Tree, read_xml

ROOT: Final = "referentiel_competence"
AGAIN: Final = "Reprendre le fichier du référentiel (Orébut, ScoDoc), puis l’envoyer."
NAMES: Final = ("nom_court", "name", "nom")
ENCODING = re.compile(rb"^<\?xml[^>]*encoding\s*=\s*[\"']([\w.-]+)")


@dataclass
class _Competence:
    """A competence as it grows: where it is in the file, its years by niveau, the parcours that name it."""

    node: Tree
    short: str
    number: str
    years: dict[int, int] = field(default_factory=dict)
    parcours: list[str] = field(default_factory=list)

    @property
    def identity(self) -> str:
        return _text(self.node, "id") or self.short


def read(data: bytes, format_: str) -> dict[str, Any]:
    """The référentiel of an Orébut file, as `file.check_referential` wants it. Raises `Unreadable`."""
    _check_encoding(data)
    expected = Expected("un référentiel", "un référentiel de compétences", AGAIN, _check_root)
    _, root = read_xml(data, expected)
    acronym = _needed(root, "le référentiel", "specialite")
    name = _text(root, "specialite_long") or acronym
    competences = [_competence(node) for node in _children(root, "competences", "competence")]
    _check_identities(competences)
    index = _Index(competences)
    parcours = [
        _parcours(node, number, acronym, index)
        for number, node in enumerate(_children(root, "parcours", "parcour"), start=1)
    ]
    shorts = [row["short"] for row in parcours]
    version = _text(root, "version").split(" ")[0]
    return {
        "format": format_,
        "source": f"Orébut, {acronym}" + (f", version du {version}" if version else ""),
        "specialty": {"name": cut(name, 120), "short": acronym[:20]},
        "competences": [_row(competence, acronym, shorts) for competence in competences],
        "parcours": parcours,
    }


class _Index:
    """The competence that a parcours means: by its id, its short name, or a number that is its alone."""

    def __init__(self, competences: list[_Competence]) -> None:
        self.by_id = {
            _text(competence.node, "id"): competence
            for competence in competences
            if _text(competence.node, "id")
        }
        names = [plain_words(competence.short) for competence in competences]
        self.by_name = {
            name: competence
            for name, competence in zip(names, competences, strict=True)
            if names.count(name) == 1
        }
        numbers = [competence.number for competence in competences]
        self.by_number = {
            competence.number: competence
            for competence in competences
            if numbers.count(competence.number) == 1
        }

    def of(self, node: Tree, place: str) -> _Competence:
        keys = _text(node, "id"), plain_words(_first(node)), _text(node, "numero")
        for index, key in zip((self.by_id, self.by_name, self.by_number), keys, strict=True):
            if key and key in index:
                return index[key]
        raise Unreadable(
            f"{place}{NBSP}: la compétence {quoted((_first(node) or keys[0] or keys[2])[:40])} n’est "
            f"pas dans «{NBSP}competences{NBSP}». {AGAIN}"
        )


def _competence(node: Tree) -> _Competence:
    if not (short := _first(node)):
        raise Unreadable(f"Une compétence n’a pas de nom court ({', '.join(NAMES)}). {AGAIN}")
    place = f"Compétence {quoted(short[:40])}"
    competence = _Competence(node, short, _needed(node, place, "numero"))
    for level in _children(node, "niveaux", "niveau"):
        number = _number(level, place, "ordre")
        if number in competence.years:
            raise Unreadable(f"{place}{NBSP}: le niveau {number} y est deux fois. {AGAIN}")
        competence.years[number] = _year(level, place)
        _needed(level, f"{place}, niveau {number}", "libelle")
    return competence


def _parcours(node: Tree, number: int, acronym: str, index: _Index) -> dict[str, str]:
    """The parcours; what it has of each competence is written on the competence."""
    code = _needed(node, f"Parcours {number}", "code")
    place = f"Parcours {quoted(code[:40])}"
    for year in _children(node, "annees", "annee"):
        which = _number(year, place, "ordre")
        for named in _listed(year, "competence"):
            competence = index.of(named, f"{place}, année {which}")
            level = _number(named, f"{place}, {competence.short}", "niveau")
            if level not in competence.years:
                raise Unreadable(
                    f"{place}{NBSP}: {quoted(competence.short)} n’a pas de niveau {level}. {AGAIN}"
                )
            competence.years[level] = competence.years[level] or which
            if code[:20] not in competence.parcours:
                competence.parcours.append(code[:20])
    name = _text(node, "libelle") or code
    return {"code": f"{acronym}-{code}"[:20], "short": code[:20], "name": cut(name, 120)}


def _row(competence: _Competence, acronym: str, parcours: list[str]) -> dict[str, Any]:
    common = set(competence.parcours) == set(parcours) or not competence.parcours
    return {
        "identity": competence.identity[:40],
        "code": f"{acronym}{competence.number}"[:40],
        "short": cut(competence.short, 40),
        "title": cut(_text(competence.node, "libelle_long") or competence.short, 200),
        "common": common,
        "parcours": [] if common else competence.parcours,
        "levels": [
            {
                "number": int(_text(level, "ordre")),
                "year": competence.years[int(_text(level, "ordre"))],
                "title": cut(_text(level, "libelle"), 300),
            }
            for level in _children(competence.node, "niveaux", "niveau")
        ],
    }


def _check_identities(competences: Iterable[_Competence]) -> None:
    seen: dict[str, str] = {}
    for competence in competences:
        if other := seen.get(competence.identity):
            raise Unreadable(
                f"Deux compétences portent la même identité, {quoted(other[:40])} et "
                f"{quoted(competence.short[:40])}. {AGAIN}"
            )
        seen[competence.identity] = competence.short


def _check_root(name: str) -> None:
    if name in ("formation", "formation_list"):
        raise Unreadable(
            "Ce fichier est une formation de ScoDoc, pas un référentiel. L’envoyer par "
            f"«{NBSP}Importer de ScoDoc{NBSP}»."
        )
    if name != ROOT:
        raise Unreadable(
            f"Ce fichier XML commence par {quoted(name[:40])}, un référentiel par {quoted(ROOT)}. {AGAIN}"
        )


def _check_encoding(data: bytes) -> None:
    """A file that announces nothing is in UTF-8, or says at once that it is not."""
    match = ENCODING.match(data.lstrip(b"\xef\xbb\xbf \t\r\n"))
    announced = match[1].lower() if match else b"utf-8"
    if announced in (b"utf-8", b"utf8") and not data.startswith((b"\xff\xfe", b"\xfe\xff")):
        try:
            data.decode("utf-8")
        except UnicodeDecodeError as error:
            raise Unreadable(f"Ce fichier n’est pas en UTF-8 (octet {error.start + 1}). {AGAIN}") from None


# ---------- the values of a node ----------


def _children(node: Tree, group: str, name: str) -> Iterator[Tree]:
    """Those of `<competences><competence/>…`."""
    for child in _listed(node, group):
        yield from _listed(child, name)


def _listed(node: Mapping[str, Any], name: str) -> list[Tree]:
    nodes = node.get(name, [])
    return nodes if isinstance(nodes, list) else []


def _text(node: Mapping[str, Any], name: str) -> str:
    """An attribute on one line, composed letters, without control signs; "" when it is not there."""
    value = node.get(name, "")
    if not isinstance(value, str):
        return ""
    shown = (" " if unicodedata.category(sign) in ("Cc", "Cs", "Cn") else sign for sign in value[:4_000])
    return " ".join(unicodedata.normalize("NFC", "".join(shown)).split())


def _first(node: Tree) -> str:
    return next((text for name in NAMES if (text := _text(node, name))), "")


def _needed(node: Tree, place: str, name: str) -> str:
    if not (text := _text(node, name)):
        raise Unreadable(f"{place}{NBSP}: {quoted(name)} manque. {AGAIN}")
    return text


def _number(node: Tree, place: str, name: str) -> int:
    text = _needed(node, place, name)
    if text not in ("1", "2", "3"):
        raise Unreadable(f"{place}{NBSP}: {quoted(name)} vaut {quoted(text[:20])}, 1 à 3 attendu. {AGAIN}")
    return int(text)


def _year(level: Tree, place: str) -> int:
    """BUT2 → 2; 0 when the file leaves it to the parcours."""
    text = _text(level, "annee")
    if not text:
        return 0
    if not (match := re.fullmatch(r"(?i:BUT ?)?([123])", text)):
        raise Unreadable(f"{place}{NBSP}: l’année {quoted(text[:20])} n’est pas BUT1, BUT2 ou BUT3. {AGAIN}")
    return int(match[1])
