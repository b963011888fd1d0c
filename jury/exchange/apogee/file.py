"""The text file of results that Apogée gives out and takes back: read without losing a byte, written back.

Lines of cells separated by tabs, in four sections (titles, codes allowed, columns, values). Only the cells
given to `ApogeeFile.filled` change; the rest of the file is the bytes that came. No file is opened here.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, NamedTuple

from butrt.base.french import NBSP, quoted, several
from butrt.base.outside import opened_apart

TITLES: Final = "XX-APO_TITRES-XX"
CODES: Final = "XX-APO_TYP_RES-XX"
COLUMNS: Final = "XX-APO_COLONNES-XX"
VALUES: Final = "XX-APO_VALEURS-XX"
SECTIONS: Final = (TITLES, CODES, COLUMNS, VALUES)
NUMBER: Final = "apoL_a01_code"
BIRTH: Final = "apoL_a04_naissance"
MOST_BYTES: Final = 4 * 2**20
ENCODING: Final = "iso-8859-1"
# Apogée's four lists of codes, in its order: diploma, year (étape), element, exam.
TYPES: Final = ("VDI", "VET", "ELP", "EPR")

END = re.compile(rb"(\r+\n|\n|\r)")
CONTROL = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
COLUMN = re.compile(r"apoL_c\d+")
PERSON = re.compile(r"[0-9A-Za-z]{2,20}")
DAY = re.compile(r"\d{1,2}/\d{1,2}/\d{2,4}")
RESULT = re.compile(r"[A-Z]")
DAMAGE = "Redemander le fichier à Apogée et l’envoyer sans l’ouvrir dans un tableur."


class ApogeeError(ValueError):
    """A file that cannot be taken; says the place, the reason and what to do."""

    def __init__(self, why: str, line: int | None = None) -> None:
        super().__init__(f"Ligne {line}{NBSP}: {why}" if line else why)


class FileLine(NamedTuple):
    """A line as it came: its cells, and how it ends."""

    content: bytes
    end: bytes

    @property
    def text(self) -> str:
        return self.content.decode(ENCODING)

    @property
    def cells(self) -> list[str]:
        return self.text.split("\t")


@dataclass(frozen=True)
class Reference:
    """What a column is about: "V3RTU1", or "V3RT!231" with the version, as the secretariat writes it."""

    code: str
    version: str = ""

    @classmethod
    def read(cls, text: str) -> Reference:
        code, _, version = text.strip().partition("!")
        return cls(code.strip().upper(), version.strip())

    def __str__(self) -> str:
        return f"{self.code}!{self.version}" if self.version else self.code

    def means(self, other: Reference) -> bool:
        """Whether it names that element of a file: without a version, any version of the code."""
        return self.code == other.code and self.version in ("", other.version)


@dataclass(frozen=True)
class Column:
    """A column to fill: what it is about, and what it holds (N average, B its maximum, R result)."""

    name: str  # "apoL_c0001"
    type: str  # "VET" (a year), "ELP" (an element), or another of Apogée's
    about: Reference
    year: str  # "2024"
    session: str  # "0" single, "1" first, "2" second
    result: str
    label: str
    place: int  # of its cell in the lines of values

    @property
    def element(self) -> tuple[str, Reference]:
        return self.type, self.about


@dataclass(frozen=True)
class StudentLine:
    """A student's line: where it is in the file, who, and what its cells hold now."""

    line: int  # from 1
    number: str
    name: str
    cells: tuple[str, ...]

    def cell(self, place: int) -> str:
        """What a cell holds, "" where the line stops before it."""
        return self.cells[place].strip() if place < len(self.cells) else ""


@dataclass(frozen=True)
class ApogeeFile:
    """A file as Apogée gave it out."""

    lines: tuple[FileLine, ...]
    titles: Mapping[str, str]
    # The codes allowed, with their words: {type: {code: words}}; "" when the file has one list for all.
    codes: Mapping[str, Mapping[str, str]]
    columns: tuple[Column, ...]
    rows: tuple[StudentLine, ...]
    # What is odd without preventing anything.
    notes: tuple[str, ...]

    @cached_property
    def elements(self) -> dict[tuple[str, Reference], list[Column]]:
        """The columns of each element, in the file's order."""
        by_element: dict[tuple[str, Reference], list[Column]] = {}
        for column in self.columns:
            by_element.setdefault(column.element, []).append(column)
        return by_element

    def label(self, element: tuple[str, Reference]) -> str:
        """The words of an element; only its first column has some."""
        return next((column.label for column in self.elements[element] if column.label), "")

    def allowed(self, type_: str) -> Mapping[str, str]:
        """{code: words} that the file allows for this type of object."""
        return self.codes.get(type_, self.codes.get("", {}))

    def filled(self, cells: Mapping[tuple[int, int], str]) -> bytes:
        """The file with these cells, {(line from 1, place): text}; everything else as it came."""
        changes: dict[int, dict[int, str]] = {}
        for (number, place), text in cells.items():
            changes.setdefault(number, {})[place] = text
        pieces = []
        for number, line in enumerate(self.lines, 1):
            parts = line.content.split(b"\t") if number in changes else [line.content]
            for place, text in changes.get(number, {}).items():
                parts.extend([b""] * (place + 1 - len(parts)))
                parts[place] = text.encode(ENCODING)
            pieces += [b"\t".join(parts), line.end]
        return b"".join(pieces)


@opened_apart(ApogeeError)
def read_apogee(data: bytes) -> ApogeeFile:
    """Read a file. Raises ApogeeError, whatever the bytes, with the place and the reason."""
    notes: list[str] = []
    lines = _lines(data, notes)
    starts = _sections(lines)
    titles = _titles(lines[starts[TITLES] : starts[CODES] - 1])
    codes = _codes(lines, starts[CODES], starts[COLUMNS] - 1, notes)
    columns, rows = _values(lines, starts, _columns(lines, starts[COLUMNS], starts[VALUES] - 1))
    return ApogeeFile(tuple(lines), titles, codes, columns, rows, tuple(notes))


# ---------- bytes ----------


def _lines(data: bytes, notes: list[str]) -> list[FileLine]:
    if not data.strip():
        raise ApogeeError("Ce fichier est vide.")
    if len(data) > MOST_BYTES:
        raise ApogeeError(
            f"Ce fichier dépasse {MOST_BYTES // 2**20}{NBSP}Mo, bien plus qu’une promotion. "
            "Envoyer le fichier d’une seule étape."
        )
    _check_encoding(data)
    parts = END.split(data)
    lines = [FileLine(*pair) for pair in zip(parts[::2], [*parts[1::2], b""], strict=True)]
    ends = Counter(line.end for line in lines if line.end)
    for end, name in ((b"\n", "LF"), (b"\r", "CR")):
        if end in ends:
            first = next(number for number, line in enumerate(lines, 1) if line.end == end)
            notes.append(
                f"{several(ends[end], 'ligne')} finissent par {name} et non par CR LF "
                f"(la première{NBSP}: {first}){NBSP}: le fichier a été modifié depuis Apogée. Elles sont "
                "rendues telles quelles ; s’il est refusé, redemander le fichier à Apogée."
            )
    if doubled := [end for end in ends if end.count(b"\r") > 1]:
        first = next(number for number, line in enumerate(lines, 1) if line.end in doubled)
        notes.append(
            f"Des fins de ligne sont doublées (la première{NBSP}: {first}){NBSP}: le fichier a été modifié "
            "depuis Apogée. Elles sont rendues telles quelles."
        )
    return lines


def _check_encoding(data: bytes) -> None:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise ApogeeError(f"Ce fichier est en UTF-16, Apogée écrit en ISO-8859-1. {DAMAGE}")
    if data.startswith(b"\xef\xbb\xbf"):
        raise ApogeeError(f"Ce fichier est en UTF-8, Apogée écrit en ISO-8859-1. {DAMAGE}", 1)
    if data.startswith((b"PK", b"\xd0\xcf\x11\xe0", b"%PDF")):
        raise ApogeeError(f"Ce n’est pas le texte d’Apogée mais un classeur ou un document. {DAMAGE}")
    if control := CONTROL.search(data):
        line = len(END.findall(data, 0, control.start())) + 1
        raise ApogeeError(f"un caractère de commande (code {data[control.start()]}). {DAMAGE}", line)
    if not data.isascii():
        try:
            data.decode()
        except UnicodeDecodeError:
            return
        place = next(place for place, byte in enumerate(data) if byte > 127)
        line = len(END.findall(data, 0, place)) + 1
        raise ApogeeError(f"ce texte est en UTF-8, Apogée écrit en ISO-8859-1. {DAMAGE}", line)


# ---------- sections ----------


def _sections(lines: Sequence[FileLine]) -> dict[str, int]:
    """{section: index of the line after its title}, all four, in their order."""
    starts: dict[str, int] = {}
    for index, line in enumerate(lines):
        name = line.text.strip()
        if name not in SECTIONS:
            continue
        if name in starts:
            raise ApogeeError(f"la section {name} commence deux fois. {DAMAGE}", index + 1)
        late = [other for other in SECTIONS[: SECTIONS.index(name)] if other not in starts]
        if late:
            raise ApogeeError(f"{name} vient avant {late[0]}, ou {late[0]} manque. {DAMAGE}", index + 1)
        starts[name] = index + 1
    if absent := [name for name in SECTIONS if name not in starts]:
        raise ApogeeError(
            f"La section {absent[0]} manque{NBSP}: ce n’est pas un fichier d’Apogée entier. {DAMAGE}"
        )
    first = next(number for number, line in enumerate(lines, 1) if line.content.strip())
    if first != starts[TITLES]:
        raise ApogeeError(f"le fichier commence par {TITLES}. {DAMAGE}", first)
    return starts


def _titles(lines: Sequence[FileLine]) -> dict[str, str]:
    pairs = [line.text.partition("\t") for line in lines if line.content.strip()]
    return {name.strip(): value.strip() for name, _, value in pairs}


def _codes(lines: Sequence[FileLine], start: int, end: int, notes: list[str]) -> dict[str, dict[str, str]]:
    """The lists of codes ("3 ADM AJ DEF") and, below, their words ("ADM : Admis")."""
    lists: list[list[str]] = []
    words: dict[str, str] = {}
    for number, line in enumerate(lines[start:end], start + 1):
        cells = [cell.strip() for cell in line.cells if cell.strip()]
        if cells and cells[0].isdecimal():
            if int(cells[0]) != len(cells) - 1:
                notes.append(
                    f"Ligne {number}{NBSP}: {cells[0]} codes annoncés, {len(cells) - 1} lus. Un code absent "
                    "de la liste est refusé."
                )
            lists.append(cells[1:])
        else:
            pairs = [cell.partition(":") for cell in cells if ":" in cell]
            words |= {code.strip(): text.strip() for code, _, text in pairs}
    if not lists:
        lists = [list(words)]
    if not any(lists):
        raise ApogeeError(
            f"la section {CODES} n’a aucun code{NBSP}: rien ne dit quels résultats Apogée accepte. {DAMAGE}",
            start,
        )
    if len(lists) == len(TYPES):
        return {
            type_: {code: words.get(code, "") for code in codes}
            for type_, codes in zip(TYPES, lists, strict=True)
        }
    return {"": {code: words.get(code, "") for codes in lists for code in codes}}


def _columns(lines: Sequence[FileLine], start: int, end: int) -> dict[str, tuple[int, list[str]]]:
    """{name: (line, cells)} of the columns to fill."""
    columns: dict[str, tuple[int, list[str]]] = {}
    for number, line in enumerate(lines[start:end], start + 1):
        cells = [cell.strip() for cell in line.cells]
        name = cells[0]
        if not COLUMN.fullmatch(name) or cells[1:2] == ["APO_COL_VAL_FIN"]:
            continue
        if name in columns:
            raise ApogeeError(
                f"la colonne {name} est définie deux fois, ici et ligne {columns[name][0]}. {DAMAGE}", number
            )
        if len(cells) < 7:
            raise ApogeeError(
                f"la colonne {name} n’a que {len(cells)} cases{NBSP}: il faut le type d’objet, le code, la "
                f"version, l’année, la session et le type de résultat. {DAMAGE}",
                number,
            )
        columns[name] = number, cells
    if not columns:
        raise ApogeeError(f"la section {COLUMNS} ne définit aucune colonne à remplir. {DAMAGE}", start)
    return columns


def _values(
    lines: Sequence[FileLine], starts: Mapping[str, int], defined: Mapping[str, tuple[int, list[str]]]
) -> tuple[tuple[Column, ...], tuple[StudentLine, ...]]:
    filled = [index for index in range(starts[VALUES], len(lines)) if lines[index].content.strip()]
    if not filled:
        raise ApogeeError(f"la section {VALUES} est vide. {DAMAGE}", starts[VALUES])
    header, *body = filled
    names = [name.strip() for name in lines[header].cells]
    while names and not names[-1]:
        names.pop()
    places: dict[str, int] = {}
    for place, name in enumerate(names):
        if name in places:
            raise ApogeeError(f"la colonne {name} y est deux fois. {DAMAGE}", header + 1)
        if COLUMN.fullmatch(name) and name not in defined:
            raise ApogeeError(f"la colonne {name} n’est pas définie dans {COLUMNS}. {DAMAGE}", header + 1)
        places[name] = place
    if NUMBER not in places:
        raise ApogeeError(f"la colonne {NUMBER} manque{NBSP}: on ne sait qui est qui. {DAMAGE}", header + 1)
    for name, (number, _) in defined.items():
        if name not in places:
            raise ApogeeError(
                f"la colonne {name} n’est pas parmi celles de {VALUES} (ligne {header + 1}). {DAMAGE}", number
            )
    columns = tuple(_column(number, cells, places[cells[0]]) for number, cells in defined.values())
    return columns, tuple(_rows(lines, body, names, places))


def _column(number: int, cells: Sequence[str], place: int) -> Column:
    name, type_, code, version, year, session = cells[:6]
    after = [index for index in range(6, len(cells)) if RESULT.fullmatch(cells[index])]
    if not code or not after:
        what = "pas de type de résultat (N, B, R…)" if code else "pas de code"
        raise ApogeeError(f"la colonne {name} n’a {what}. {DAMAGE}", number)
    about = Reference.read(code)
    label = cells[after[0] + 1] if after[0] + 1 < len(cells) else ""
    return Column(
        name=name,
        type=type_.upper(),
        about=Reference(about.code, about.version or version.lstrip("!")),
        year=year,
        session=session,
        result=cells[after[0]],
        label=label,
        place=place,
    )


def key(number: str) -> str:
    """A student number as it is compared: without the zeros that some systems put before it."""
    return number.strip().lstrip("0").upper()


def _rows(
    lines: Sequence[FileLine], body: Sequence[int], names: Sequence[str], places: Mapping[str, int]
) -> list[StudentLine]:
    rows: dict[str, StudentLine] = {}
    identity = [places[name] for name in ("apoL_a02_nom", "apoL_a03_prenom") if name in places]
    for index in body:
        cells = lines[index].cells
        row = StudentLine(
            index + 1, cells[places[NUMBER]].strip() if places[NUMBER] < len(cells) else "", "", tuple(cells)
        )
        if not PERSON.fullmatch(row.number) or not any(map(str.isdigit, row.number)):
            raise ApogeeError(
                f"{quoted(row.number[:30])} n’est pas un n° étudiant (une ligne est peut-être coupée). "
                f"{DAMAGE}",
                row.line,
            )
        birth = row.cell(places[BIRTH]) if BIRTH in places else ""
        if birth and not DAY.fullmatch(birth):
            raise ApogeeError(
                f"étudiant {row.number}, {quoted(birth[:30])} n’est pas une date de naissance{NBSP}: "
                f"des cases sont décalées. {DAMAGE}",
                row.line,
            )
        if beyond := next((cell for cell in cells[len(names) :] if cell.strip()), None):
            raise ApogeeError(
                f"étudiant {row.number}, {quoted(beyond.strip()[:30])} est après la dernière colonne, "
                f"{names[-1]}. {DAMAGE}",
                row.line,
            )
        known = rows.get(key(row.number))
        if known:
            raise ApogeeError(f"l’étudiant {row.number} y est déjà ligne {known.line}. {DAMAGE}", row.line)
        name = " ".join(row.cell(place) for place in identity).strip()
        rows[key(row.number)] = StudentLine(row.line, row.number, name, row.cells)
    if not rows:
        raise ApogeeError(f"la section {VALUES} n’a aucun étudiant. {DAMAGE}")
    return list(rows.values())
