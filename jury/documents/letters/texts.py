"""How the secretariat writes a letter: paragraphs, headings, lists, and {fields} that we fill.

A blank line parts two paragraphs; a line that begins with "# " is a heading, with "- " an item of a list.
Everything else is text and stays text. A field is replaced once, by a dictionary: what replaces it is never
read again, and no attribute, format or template is ever evaluated.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Literal

from butrt.base.documents.characters import refusal
from butrt.base.french import of

DEFAULTS = Path(__file__).with_name("defaults.toml")

FIELDS: Mapping[str, str] = {
    "civilité": "Madame, Monsieur, ou les deux",
    "prénom": "le prénom",
    "nom": "le nom",
    "identité": "Mme ou M., prénom et nom",
    "naissance": "née le… à…, accordé",
    "numéro": "le numéro étudiant",
    "INE": "l’identifiant national",
    "étudiant": "étudiant ou étudiante",
    "inscrit": "inscrit ou inscrite",
    "admis": "admis ou admise",
    "diplôme": "BUT, spécialité, parcours, modalité",
    "titre du BUT": "licence professionnelle « bachelor… », spécialité, parcours, numéro RNCP",
    "titre du DUT": "diplôme universitaire de technologie, spécialité, parcours",
    "spécialité": "la spécialité",
    "parcours": "le parcours",
    "niveau": "BUT1, BUT2 ou BUT3",
    "jury": "jury du semestre 3, jury de rattrapage du semestre 4…",
    "année": "première, deuxième ou troisième année",
    "semestres": "les semestres jugés",
    "année universitaire": "2024-2025",
    "résultat": "admis, admise par le jury…",
    "date du jury": "le jour de la séance",
    "présidence": "qui a présidé le jury, et sa qualité",
    "ECTS de l’année": "les crédits acquis des UE de l’année jugée",
    "ECTS en tout": "les crédits acquis en tout",
    "université": "celle de l’en-tête",
    "établissement": "celui de l’en-tête",
    "autorité": "qui décide au nom de l’établissement, d’après l’en-tête",
    "auteur de la décision": "la présidence du jury ou, pour un constat, l’autorité",
    "adresse": "l’établissement et son adresse, d’après l’en-tête",
    "tribunal": "le tribunal administratif et son adresse, d’après l’en-tête",
    "signataire": "qui a présidé le jury ; pour une attestation ou un constat, celui de l’en-tête",
    "qualité": "la qualité du signataire",
    "date": "le jour où la lettre est établie",
}
"""What stands inside a sentence, each with what it gives."""

FACT_FIELDS: Mapping[str, str] = {
    "constat": "de quoi l’établissement prend acte, depuis quand, et que le jury ne se prononce pas",
}
"""The same, where no jury decides."""

BLOCKS: Mapping[str, str] = {
    "décision": "la décision, encadrée, en toutes lettres",
    "raisons": "les comparaisons des règles, le tableau des moyennes, le motif du jury",
    "suite": "ce qui reste acquis, ce qui est possible ensuite",
    "recours": "le texte « Voies et délais de recours »",
    "UE acquises": "le tableau des UE acquises, avec leurs crédits",
}
"""What takes a whole paragraph."""

REQUIRED: Mapping[str, tuple[str, ...]] = {
    "notification": ("décision", "raisons", "suite", "recours"),
    "constat": ("constat", "suite"),
    "recours": (),
    "reussite": ("identité",),
    "ue": ("identité", "UE acquises"),
    "dut": ("identité",),
    "but": ("identité",),
}
"""Without these a letter would not say what it is for."""

_FIELD = re.compile(r"\{([^{}]*)\}")
_OF_FIELD = re.compile(r"(?P<of>\bde )?\{(?P<name>[^{}]*)\}")
_BRACE = re.compile(r"[{}]")


def fields_of(kind: str) -> dict[str, str]:
    """The fields that a kind of text may use, blocks last."""
    if kind == "recours":
        return dict(FIELDS)
    return {**FIELDS, **(FACT_FIELDS if kind == "constat" else {}), **BLOCKS}


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a letter: its lines of text, or the name of a block."""

    kind: Literal["heading", "paragraph", "list", "block"]
    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        return self.lines[0]


def parts(body: str) -> Iterator[Part]:
    """The pieces of a text, in order; its fields are still to fill."""
    for chunk in re.split(r"\n[ \t]*\n", clean(body)):
        paragraph: list[str] = []
        items: list[str] = []
        for line in filter(None, (line.strip() for line in chunk.split("\n"))):
            if line.startswith("- "):
                yield from _paragraph(paragraph)
                items.append(line[2:].strip())
            elif line.startswith("# "):
                yield from _paragraph(paragraph)
                yield from _items(items)
                yield Part("heading", (line[2:].strip(),))
            else:
                yield from _items(items)
                paragraph.append(line)
        yield from _paragraph(paragraph)
        yield from _items(items)


def _paragraph(lines: list[str]) -> Iterator[Part]:
    if lines:
        field = _FIELD.fullmatch(lines[0])
        block = len(lines) == 1 and field is not None and _name(field[1]) in BLOCKS
        yield Part("block", (_name(field[1]),)) if block and field else Part("paragraph", tuple(lines))
        lines.clear()


def _items(items: list[str]) -> Iterator[Part]:
    if items:
        yield Part("list", tuple(items))
        items.clear()


def fill(text: str, values: Mapping[str, str]) -> str:
    """The text with each field replaced by its value, once. Raises KeyError for one that is not known.

    "de {présidence}" agrees with who it is: "d’Olivier Lenoir", "du directeur de l’IUT".
    """

    def value(match: re.Match[str]) -> str:
        words = values[_name(match["name"])]
        return of(words) if match["of"] and words else f"{match['of'] or ''}{words}"

    return _OF_FIELD.sub(value, text)


def problems(kind: str, title: str, body: str) -> list[str]:
    """What is refused in a text, in French, each with its place; empty when it may be kept."""
    refused = [*_missing_words(title, body), *_misused(kind, "Titre", title, blocks=False)]
    for number, line in enumerate(clean(body).split("\n"), start=1):
        refused += _misused(kind, f"Ligne {number}", line, blocks=True)
    written = {_name(field) for field in _FIELD.findall(clean(body))}
    refused += [
        f"Il manque {{{name}}} : {fields_of(kind)[name]}." for name in REQUIRED[kind] if name not in written
    ]
    return refused


def _missing_words(title: str, body: str) -> Iterator[str]:
    if not title.strip():
        yield "Le titre est vide."
    if not body.strip():
        yield "Le texte est vide."


def _misused(kind: str, place: str, line: str, *, blocks: bool) -> Iterator[str]:
    """Fields that are not, braces without their pair, characters that cannot be printed."""
    allowed = fields_of(kind)
    for written in _FIELD.findall(line):
        name = _name(written)
        if name in BLOCKS and name not in allowed:
            yield f"{place} : {{{written}}} n’a pas sa place dans ce texte."
        elif name not in allowed:
            near = get_close_matches(name.casefold(), _plain_names(kind), n=1, cutoff=0.75)
            hint = (
                f" Vouliez-vous {{{_plain_names(kind)[near[0]]}}} ?" if near else " Voir la liste des champs."
            )
            yield f"{place} : {{{written}}} n’est pas un champ.{hint}"
        elif name in BLOCKS and not (blocks and _FIELD.fullmatch(line.strip())):
            yield f"{place} : {{{name}}} se met seul sur sa ligne, entre deux lignes vides."
    if _BRACE.search(_FIELD.sub("", line)):
        yield (
            f"{place} : une accolade n’a pas sa paire. "
            "Une accolade ne sert qu’à un champ, {prénom} par exemple."
        )
    if sentence := refusal(line, place):
        yield sentence


def clean(text: str) -> str:
    """Composed letters, lines that end one way."""
    return unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n")


def _name(written: str) -> str:
    """The field that somebody wrote: "{ Prénom }", "{ECTS de l'année}"."""
    name = " ".join(unicodedata.normalize("NFC", written).replace("'", "’").split())
    return _spelled().get(name.casefold(), name)


@cache
def _spelled() -> dict[str, str]:
    return {name.casefold(): name for name in (*FIELDS, *FACT_FIELDS, *BLOCKS)}


def _plain_names(kind: str) -> dict[str, str]:
    """The names to compare a mistake with."""
    return {name.casefold(): name for name in fields_of(kind)}
