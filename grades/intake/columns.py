"""What each column of a file of students holds, told by its header whatever its case, accents and order."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from django.utils import timezone

from butrt.base.french import NBSP, quoted, shortened
from butrt.base.outside import Limits, opened_apart
from butrt.base.spreadsheets import (
    USUAL,
    Bounds,
    Table,
    Unreadable,
    tables_of,
    warm_up,  # noqa: F401  # the nursery asks it of this module
)
from butrt.base.words import folded

# An extract of Parcoursup has a line a candidate and a column a trimester of each matter.
EXTRACT: Final = Bounds(
    bytes=6 * 2**20, inflated=64 * 2**20, elements=2_000_000, cells=600_000, columns=5_000
)
HEADER_WITHIN: Final = 30  # rows; titles and the date of the extract come above
EXAMPLES: Final = 2
LONGEST_HEADER: Final = 60  # of those that are recognised
YOUNGEST: Final = 12  # years old
SHORTEST_NUMBER: Final = 4  # of a student, when the title says "N°" alone
# Titles that hold numbers or names, and those that may be of any number.
SAID_OF_BOTH: Final = ("etudiant", "etu")
SAID_OF_ANY_NUMBER: Final = ("numero", "num", "no", "n", "identifiant")


def words_of(text: str) -> frozenset[str]:
    return frozenset(text.split())


# What says nothing of what a column holds: "Code étudiant", "N° étudiant" and "Étudiant" are one.
EMPTY_WORDS = words_of("code cod d de des du l la le les libelle lib n no num numero of")


@dataclass(frozen=True)
class Field:
    """Something known of a student. `names`: the headers under which extracts give it, the surest first."""

    label: str
    names: tuple[str, ...]
    needed: bool = False  # without it, nobody new is created


def _field(label: str, names: str, *, needed: bool = False) -> Field:
    return Field(label, tuple(name.strip() for name in names.split(",")), needed)


FIELDS: Final[Mapping[str, Field]] = {
    "number": _field(
        "N° étudiant",
        "numetu, num etu, etudiant, etu, codetu, identifiant etudiant, carte etudiant, matricule, nip, "
        "identifiant, numero, num, no, n",
        needed=True,
    ),
    "ine": _field(
        "INE",
        "ine, ine bea, bea, ine etudiant, nne ind, nne, identifiant national, rnie",
    ),
    "ine_key": _field(
        "Clé de l’INE",
        "cle ine, cle nne ind, cle nne, cle bea",
    ),
    "without_ine": _field(
        "Sans INE (échange international)",
        "sans ine, en echange, echange, echange international, etudiant echange, etudiant en echange, "
        "mobilite entrante, programme echange",
    ),
    "last_name": _field(
        "Nom",
        "nom naissance, nom famille, nom patronymique, patronyme, nom pat, nom pat ind, nom, "
        "nom etudiant, nom candidat",
        needed=True,
    ),
    "first_name": _field(
        "Prénom",
        "prenom, prenom 1, premier prenom, pr1 ind, prenom etudiant, prenom candidat, prenoms",
        needed=True,
    ),
    "full_name": _field(
        "Nom et prénom ensemble",
        "nom prenom, nom et prenom, noms prenoms, noms et prenoms, prenom nom, prenom et nom, nom complet, "
        "nom prenom etudiant, identite, apprenant, eleve",
    ),
    "usual_last_name": _field(
        "Nom d’usage",
        "nom usage, nom usuel, nom usu ind, nom usu, nom marital, nom epouse, nom epoux",
    ),
    "usual_first_name": _field(
        "Prénom usuel",
        "prenom usuel, prenom usage, prenom usu, prenom choisi, prenom social",
    ),
    "gender": _field(
        "Civilité",
        "sexe, sex etu, sex, civilite, civ, genre, titre",
    ),
    "birth_date": _field(
        "Date de naissance",
        "date naissance, date nais, date naiss, dat nai ind, date nai ind, date nai, ne e, nee, ne, "
        "naissance, ddn, jour naissance, date",
        needed=True,
    ),
    "birth_place": _field(
        "Lieu de naissance",
        "lieu naissance, ville naissance, commune naissance, vil nai etu, ville nais, lieu "
        "nais, ne e a, localite naissance",
    ),
    "email": _field(
        "Courriel",
        "courriel, email, e mail, mail, mel, adresse electronique, adresse mail, adresse "
        "email, adresse e mail, courriel institutionnel, email institutionnel, email "
        "universitaire, adresse electronique universitaire, email etudiant, mail etudiant, "
        "adresse electronique personnelle, email personnel, mail personnel, adr mail, adr mail etu",
    ),
    "baccalaureate": _field(
        "Type de baccalauréat",
        "type bac, type baccalaureat, filiere bac, categorie bac, baccalaureat, bac, type diplome, bac type",
    ),
    "baccalaureate_series": _field(
        "Série ou spécialités du baccalauréat",
        "serie bac, serie baccalaureat, serie, bac serie, serie diplome, bac ou equivalent, "
        "specialites bac, specialite bac, specialites, specialite baccalaureat, specialites "
        "baccalaureat, enseignements specialite",
    ),
    "parcoursup": _field(
        "N° Parcoursup",
        "parcoursup, candidat, candidat parcoursup, dossier parcoursup, identifiant parcoursup, dossier",
    ),
    "address": _field(
        "Adresse postale",
        "adresse postale, adresse, adresse 1, rue, voie, adresse fixe, adresse domicile, domicile, ad1, "
        "adresse personnelle, adresse permanente",
    ),
    "address_more": _field(
        "Complément d’adresse",
        "complement adresse, adresse 2, adresse complement, complement, ad2, residence, batiment",
    ),
    "postal_code": _field(
        "Code postal",
        "postal, cp, postal domicile, postal fixe, postal adresse, postal residence, bdi",
    ),
    "city": _field(
        "Ville",
        "ville, commune, localite, ville domicile, ville residence, commune residence, ville adresse, "
        "bureau distributeur",
    ),
    "country": _field(
        "Pays",
        "pays, pays residence, pays domicile, pays adresse, pay",
    ),
    "group": _field(
        "Groupe",
        "groupe, groupe tp, groupe td, gr, gpe, grp, tp, td, groupes, groupe etudiant",
    ),
    "company": _field(
        "Entreprise d’apprentissage",
        "entreprise, entreprise apprentissage, entreprise accueil, employeur, raison sociale, "
        "nom entreprise, societe, structure accueil, organisme accueil",
    ),
    "semesters": _field(
        "Semestres suivis",
        "semestres, semestres suivis, semestre suivi",
    ),
    "parcours": _field(
        "Parcours (contrôle)",
        "parcours, parcours but, parcours type, nom parcours",
    ),
    "modality": _field(
        "Régime (contrôle)",
        "regime, regime inscription, regime etudes, modalite, statut, apprentissage, alternance",
    ),
}


TITLES: Final = {title: name for name, known in reversed([*FIELDS.items()]) for title in known.names}
"""The field of each title that is known; the first field that has it."""


@dataclass(frozen=True)
class Column:
    """A column, with two of its values; `proposed`: the field that it seems to hold, or ""."""

    number: int
    header: str
    examples: tuple[str, ...]
    proposed: str

    @property
    def letter(self) -> str:
        from openpyxl.utils import get_column_letter

        return get_column_letter(self.number)

    @property
    def named(self) -> str:
        return self.header or f"colonne {self.letter}, sans titre"


@dataclass
class Extract:
    """A file read: its table, where the header is, its columns; `notes` say what is left unread."""

    table: Table
    header_row: int
    columns: list[Column]
    notes: list[str] = field(default_factory=list)

    @property
    def proposed(self) -> dict[int, str]:
        """{column: field} of the columns recognised."""
        return {column.number: column.proposed for column in self.columns if column.proposed}

    @property
    def offered(self) -> list[Column]:
        """The columns that a person may say the content of: of a very wide file, those of a known title."""
        if len(self.columns) <= USUAL.columns:
            return self.columns
        return [column for column in self.columns if recognised_field(column.header)]

    @property
    def unread(self) -> list[str]:
        """The titles of the others."""
        offered = {column.number for column in self.offered}
        return [column.named for column in self.columns if column.number not in offered]

    @property
    def body(self) -> list[int]:
        """The rows under the header that hold something."""
        return [row for row in self.table.rows if row > self.header_row]

    def column(self, number: int) -> Column:
        return next(column for column in self.columns if column.number == number)


def read_extract(data: bytes) -> Extract:
    """The table of a file that looks most like students, its columns recognised. Raises Unreadable."""
    tables = [table for table in read_student_tables(data) if table.rows]
    if not tables:
        raise Unreadable("Ce classeur n’a aucune case remplie.")
    (recognised, filled), header, table = max(
        ((*_header(table), table) for table in tables), key=lambda candidate: candidate[0]
    )
    if filled < 2:
        raise Unreadable(
            f"Aucune ligne de titres dans les {HEADER_WITHIN} premières lignes (N° étudiant, INE, Nom…). "
            "Mettre les titres des colonnes au-dessus des étudiants, séparer les colonnes par des "
            "points-virgules, puis envoyer le fichier."
        )
    extract = Extract(table, header, _columns(table, header))
    if not extract.body:
        raise Unreadable(
            f"Ce fichier n’a que des titres, en ligne {header}{NBSP}: aucun étudiant dessous ({table.about})."
        )
    extract.notes = _notes(extract, recognised)
    if table.about.startswith("feuille"):
        others = [other.about for other in tables if other is not table]
        if others:
            extract.notes.append(f"Seule la {table.about} est lue, pas {shortened(others)}.")
    return extract


@opened_apart(Unreadable, Limits(processor=10, time=30))
def read_student_tables(data: bytes) -> list[Table]:
    """Every table that a file may be, as wide as an extract of Parcoursup (2,700 columns)."""
    return [_narrowed(table) for table in tables_of(data, EXTRACT)]


def _narrowed(table: Table) -> Table:
    """Of a table too wide for people, what stands under the titles that are known; the titles all stay."""
    if max((column for cells in table.rows.values() for column in cells), default=0) <= USUAL.columns:
        return table
    _, header = _header(table)
    known = {number for number, cell in table.rows[header].items() if recognised_field(cell.text)}
    for row, cells in table.rows.items():
        if row != header:
            table.rows[row] = {number: cell for number, cell in cells.items() if number in known}
    table.rows = {row: cells for row, cells in table.rows.items() if cells}
    return table


@lru_cache(maxsize=4096)
def recognised_field(header: str) -> str:
    """The field that a header names: "Nom de naissance" → "last_name"; "" for none."""
    if len(header) > LONGEST_HEADER or not any(map(str.isalpha, header)):
        return ""
    return TITLES.get(core(header), "")


def field_of(header: str, values: Sequence[str]) -> str:
    """The same, where what is under it does not say otherwise: "Étudiant" holds numbers, or names."""
    name, title = recognised_field(header), core(header)
    if name == "number" and title in SAID_OF_BOTH and values and not any(map(_figures, values)):
        return "full_name"
    if name == "number" and title in SAID_OF_ANY_NUMBER and not all(map(_long_figures, values)):
        return ""  # the place in the list, a login
    if title == "date" and not all(map(_of_a_birth, values)):
        return ""
    return name


def _figures(value: str) -> bool:
    return any(map(str.isdigit, value))


def _long_figures(value: str) -> bool:
    return len(value) >= SHORTEST_NUMBER and value.isalnum() and _figures(value)


def _of_a_birth(value: str) -> bool:
    """Whether a date, as a table shows it, may be somebody's birth: a year of before this decade."""
    years = re.findall(r"(?:19|20)\d\d", value)
    return bool(years) and int(years[0]) <= timezone.localdate().year - YOUNGEST


def core(text: str) -> str:
    """A header as it is compared: without case, accents, signs and empty words."""
    words = folded(text).split()
    return " ".join(word for word in words if word not in EMPTY_WORDS) or " ".join(words)


# ---------- finding the header ----------


def _header(table: Table) -> tuple[tuple[int, int], int]:
    """The row that looks most like the titles of a table of students, after its score."""
    candidates = list(table.rows)[:HEADER_WITHIN]
    return max(((_score(table, row), row) for row in candidates), key=lambda candidate: candidate[0])


def _score(table: Table, row: int) -> tuple[int, int]:
    """How many fields a row names, then how many cells it fills: the header does best."""
    headers = [cell.text for cell in table.rows[row].values()]
    fields = {name for header in headers if (name := recognised_field(header))}
    return (len(fields) if len(fields) > 1 else 0, min(len(headers), 3) if len(fields) < 2 else len(headers))


def _columns(table: Table, header: int) -> list[Column]:
    """The columns filled under or at the header; a field goes to the column that names it most surely."""
    numbers = sorted({column for row, cells in table.rows.items() if row >= header for column in cells})
    headers = {number: table.text(header, number) for number in numbers}
    examples = {number: _examples(table, header, number) for number in numbers}
    claims = [
        (_sureness(name, text), number, name)
        for number, text in headers.items()
        if (name := field_of(text, examples[number]))
    ]
    given: dict[str, int] = {}
    for _, number, name in sorted(claims):
        given.setdefault(name, number)
    for legal, usual in (("last_name", "usual_last_name"), ("first_name", "usual_first_name")):
        if legal not in given and usual in given:  # the only name of the file
            given[legal] = given.pop(usual)
    if {"last_name", "first_name"} <= given.keys():
        given.pop("full_name", None)
    proposed = {number: name for name, number in given.items()}
    return [
        Column(number, headers[number][:80], examples[number], proposed.get(number, "")) for number in numbers
    ]


def _sureness(name: str, header: str) -> int:
    """0 for the surest title of a field; what is deduced from the values comes last."""
    names, title = FIELDS[name].names, core(header)
    return names.index(title) if title in names else len(names)


def _examples(table: Table, header: int, column: int) -> tuple[str, ...]:
    values: dict[str, None] = {}
    for row in table.rows:
        if row > header and (text := table.text(row, column)):
            values[text[:40]] = None
            if len(values) == EXAMPLES:
                break
    return tuple(values)


def _notes(extract: Extract, recognised: int) -> list[str]:
    notes = []
    if not recognised:
        notes.append("Aucun titre n’est reconnu : dire ci-dessous ce que contient chaque colonne.")
    taken = {column.proposed: column.named for column in extract.columns if column.proposed}
    for column in extract.columns:
        name = recognised_field(column.header)
        if name in taken and not column.proposed:
            notes.append(
                f"{quoted(column.named)} ({column.letter}) n’est pas proposée{NBSP}: "
                f"{FIELDS[name].label} vient de {quoted(taken[name])}."
            )
    above = [row for row in extract.table.rows if row < extract.header_row]
    if above:
        what = (
            "ligne au-dessus des titres n’est pas lue"
            if len(above) == 1
            else "lignes au-dessus des titres ne sont pas lues"
        )
        notes.append(f"{len(above)} {what}.")
    return notes
