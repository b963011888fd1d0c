"""From a list that anyone may have made, pasted or sent, to the people that it names.

With a row of titles the columns come in any order; without one they are last name, first name, e-mail, user
name, roles. What a mail program copies ("Anne Dupont <a.dupont@iut.example>") is read too.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import getaddresses
from typing import Any, Final

from butrt.base.accounts.models import Role
from butrt.base.french import NBSP, quoted
from butrt.base.spreadsheets import Table, Unreadable, read_tables
from butrt.base.words import folded
from grades.intake.cells import CellError, both_names, first_name

MOST_PEOPLE: Final = 400
MOST_LETTERS: Final = 150  # of a name, as the account keeps it
ORDER: Final = ("last_name", "first_name", "email", "username", "roles")
TITLES: Final[Mapping[str, str]] = {
    title: field
    for field, titles in {
        "last_name": "nom, nom de famille, nom d usage, nom usuel, patronyme",
        "first_name": "prenom, prenoms, prenom usuel",
        "full_name": "nom prenom, nom et prenom, prenom nom, prenom et nom, nom complet, enseignant, "
        "personne",
        "email": "courriel, email, e mail, mail, mel, adresse mail, adresse e mail, adresse email, "
        "adresse electronique, courriel professionnel",
        "username": "identifiant, login, compte, uid, nom d utilisateur",
        "roles": "role, roles, fonction, fonctions",
        "quality": "qualite, titre, grade, corps, statut",
    }.items()
    for title in titles.split(", ")
}
ROLES: Final[Mapping[str, Role.Name]] = {
    word: role
    for role, words in {
        Role.Name.TEACHER: "enseignement, enseignant, enseignante, professeur, professeure, prof, "
        "vacataire, intervenant, intervenante, responsable, responsable d element",
        Role.Name.DIRECTOR: "direction des etudes, directeur des etudes, directrice des etudes, direction",
        Role.Name.PRESIDENT: "presidence de jury, presidence, president, presidente, president de jury, "
        "presidente de jury, president du jury, presidente du jury",
        Role.Name.MEMBER: "membre de jury, membre, membre du jury",
        Role.Name.SECRETARIAT: "secretariat, secretaire, scolarite, gestionnaire",
        Role.Name.ADMINISTRATOR: "administration, administrateur, administratrice, admin",
    }.items()
    for word in words.split(", ")
}


@dataclass(frozen=True)
class Line:
    """A person of a list, at its `number` there; `wrong`: why the line cannot be taken, in French."""

    number: int
    last_name: str = ""
    first_name: str = ""
    email: str = ""
    username: str = ""
    quality: str = ""
    roles: tuple[str, ...] = ()
    wrong: str = ""

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip() or self.email or self.username

    def as_kept(self) -> dict[str, Any]:
        """As the browser keeps it between the preview and the act."""
        return {**vars(self), "roles": list(self.roles)}

    @classmethod
    def from_kept(cls, kept: Mapping[str, Any]) -> Line:
        return cls(**{**kept, "roles": tuple(kept["roles"])})


def read_people(data: bytes) -> list[Line]:
    """The people of a list. Raises Unreadable when it is none."""
    if lines := _from_mail(data):
        return lines
    candidates = [(_titles(table), table) for table in read_tables(data) if table.rows]
    if not candidates:
        raise Unreadable("Cette liste n’a aucune case remplie.")
    (header, columns), table = max(candidates, key=lambda one: (len(one[0][1]), _width(one[1])))
    if not columns:
        columns = dict(enumerate(ORDER, start=1))
    body = [row for row in table.rows if row > header]
    if not body:
        raise Unreadable("Cette liste n’a que des titres : aucune personne dessous.")
    if len(body) > MOST_PEOPLE:
        raise Unreadable(f"Cette liste a plus de {MOST_PEOPLE} lignes. L’envoyer en plusieurs fois.")
    return [_line(table, row, columns) for row in body]


def _titles(table: Table) -> tuple[int, dict[int, str]]:
    """The row of the titles and what each column holds; (0, {}) when the first row is no title."""
    first = min(table.rows)
    columns: dict[int, str] = {}
    for column in table.rows[first]:
        field = TITLES.get(folded(table.text(first, column)))
        if field and field not in columns.values():
            columns[column] = field
    return (first, columns) if len(columns) > 1 else (0, {})


def _width(table: Table) -> int:
    return max(len(cells) for cells in table.rows.values())


def _line(table: Table, row: int, columns: Mapping[int, str]) -> Line:
    cells = {field: table.text(row, column) for column, field in columns.items()}
    header = next(
        (table.text(min(table.rows), at) for at, field in columns.items() if field == "full_name"), ""
    )
    return _read(row, cells, header)


def _read(number: int, cells: Mapping[str, str], header: str = "") -> Line:
    values: dict[str, Any] = {
        field: cells.get(field, "")[: MOST_LETTERS + 1] for field in ("email", "username", "quality")
    }
    values["email"] = values["email"].strip("<>; ").removeprefix("mailto:")
    try:
        last, first = cells.get("last_name", ""), cells.get("first_name", "")
        if not (last or first) and cells.get("full_name"):
            last, first = both_names(cells["full_name"], header)
        values["last_name"] = first_name(last) if last else ""
        values["first_name"] = first_name(first) if first else ""
        values["roles"] = _roles(cells.get("roles", ""))
    except CellError as error:
        names = {"last_name": cells.get("full_name", "") or cells.get("last_name", "")}
        return Line(number, **(values | names | {"wrong": str(error), "roles": ()}))
    return Line(number, **values)


def _roles(text: str) -> tuple[str, ...]:
    """The roles of a cell, "Enseignement, présidence de jury". Raises CellError."""
    roles: dict[str, None] = {}
    for words in re.split(r"[,;/+]| et ", text):
        if not (word := folded(words)):
            continue
        if word not in ROLES:
            labels = ", ".join(
                label.lower() for name, label in Role.Name.choices if name != Role.Name.STUDENT
            )
            raise CellError(f"{quoted(words.strip())} n’est pas un rôle d’ici{NBSP}: écrire {labels}.")
        roles[str(ROLES[word])] = None
    return tuple(roles)


def _from_mail(data: bytes) -> list[Line]:
    """The people of addresses as a mail program copies them; none when the text is anything else."""
    if data[:2] == b"PK" or b"<" not in data or len(data) > MOST_PEOPLE * 200:
        return []
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return []
    pieces = [piece.strip() for piece in re.split(r"[;\n]|(?<=>),", text) if piece.strip()]
    if not all(re.fullmatch(r"[^<>@]*<[^<>\s]+>", piece) for piece in pieces):
        return []
    people = [getaddresses([piece])[0] for piece in pieces]
    return [
        _read(number, {"full_name": name.replace(",", " "), "email": address}, "prénom nom")
        for number, (name, address) in enumerate(people[:MOST_PEOPLE], start=1)
    ]
