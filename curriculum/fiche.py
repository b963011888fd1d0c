"""The fiche filière of a programme, read from its text: every line of its tables, every total it prints.

The text comes out of a PDF and has an order of its own, which is also that of the reader's states:

    preamble   what the programme is: mention, parcours, year
    table      "SEMESTRE 3", then UE by UE the elements and their totals, down to "CC : contrôle continu"
    margin     the left column of that table: its competences, wrapped and in disorder
               (then the next semester's table, and its margin)
    rest       the texts that the fiche quotes, from "◼ Modalités…" on

A row is one printed line of a table: its label may be wrapped over several lines of the text, its numbers
end it. Nothing in a table is passed over: a line that belongs to no row is a `FicheError`. The fiche's own
slips are another matter: they are kept as printed (`label`) beside what is meant (`code`, `title`).
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from functools import partial
from pathlib import Path
from textwrap import shorten
from typing import Any, Literal

from curriculum.identity.fiche import read_identity
from curriculum.referential.titles import plain_words

Kind = Literal["ressource", "sae"]
Scope = Literal["header", "pole", "unit", "semester", "year"]

# What a fiche misspells and what is meant, a code printed for another: the department's, in data.
_SLIPS = tomllib.loads(Path(__file__).with_name("fiche_slips.toml").read_text())
SPELLING: Mapping[str, str] = _SLIPS["spelling"]
SAME_ELEMENT: Mapping[str, str] = _SLIPS["same_element"]
POLES: dict[Kind, str] = {"ressource": "pôle ressources", "sae": "pôle SAÉ"}


class FicheError(ValueError):
    """The fiche cannot be read; says at which line of its text, and quotes it."""

    def __init__(self, reason: str, line: TextLine | None = None) -> None:
        super().__init__(f"Ligne {line.number} de la fiche, « {line.text} » : {reason}." if line else reason)
        self.line = line


@dataclass(frozen=True, slots=True)
class TextLine:
    """A line of the text, its words one space apart; or several put together, numbered as the first."""

    number: int
    text: str

    def __add__(self, other: TextLine) -> TextLine:
        return TextLine(self.number, f"{self.text} {other.text}".strip())


@dataclass(frozen=True, slots=True)
class Figures:
    """The numbers of a row: hours, coefficients, ECTS. None where the fiche has no such column."""

    cm: int | None = None
    td: int | None = None
    tp: int | None = None
    project: int | None = None
    total: int | None = None
    coefficient: int | None = None
    ects: int | None = None

    def as_dict(self) -> dict[str, int]:
        """The columns that have a number."""
        return {name: number for name in COLUMNS if (number := getattr(self, name)) is not None}


COLUMNS = tuple(column.name for column in fields(Figures))


@dataclass(frozen=True, slots=True)
class FicheLine:
    """An element in a UE: as printed (`label`) and as meant (`code`, `title`)."""

    unit: str
    kind: Kind
    label: str
    code: str
    title: str
    cm: int
    td: int
    tp: int
    project: int
    total: int
    evaluation_type: str
    coefficient: int
    line: int

    @property
    def semester(self) -> int:
        return int(self.unit[2])

    @property
    def differs(self) -> bool:
        """Whether the printed total is not CM + TD + TP (it is "hors projet")."""
        return self.total != self.cm + self.td + self.tp


@dataclass(frozen=True, slots=True)
class FicheUnit:
    """A UE, named by its semester and its competence: UE31 is semester 3, competence 1 (annexe 1, 3)."""

    code: str
    semester: int
    competence: str
    ects: int
    line: int


@dataclass(frozen=True, slots=True)
class FicheCompetence:
    """A competence, its title as printed (`label`) and as meant."""

    code: str
    label: str
    title: str
    line: int


@dataclass(frozen=True, slots=True)
class PrintedTotal:
    """A total that the fiche prints, beside the sum of what it adds up, in the same columns."""

    scope: Scope
    label: str
    semester: int | None
    unit: str
    kind: Kind | None
    printed: Figures
    line: int
    computed: Figures = Figures()

    @property
    def differs(self) -> bool:
        return self.printed != self.computed


@dataclass(frozen=True, slots=True)
class Slip:
    """What the fiche prints for what it means, and at which lines."""

    printed: str
    meant: str
    lines: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class KnownLevels:
    """What a fiche does not say: how its spécialité is written, the niveaux, the department's short names.

    `levels`: by a competence's title in plain words and by year; `shorts`: by its code.
    """

    specialty: str = ""
    levels: Mapping[tuple[str, int], int] = field(default_factory=dict)
    shorts: Mapping[str, str] = field(default_factory=dict)

    def specialty_of(self, mention: str) -> str:
        """The fiche writes its mention in capitals, without accents."""
        same = plain_words(self.specialty) == plain_words(mention)
        return self.specialty if same else mention.capitalize()

    def level_of(self, code: str, title: str, year: int) -> int:
        """Raises `FicheError`."""
        if level := self.levels.get((plain_words(title), year)):
            return level
        raise FicheError(
            f"Rien ne dit le niveau de {code} « {title} » en BUT{year} : charger d’abord le référentiel de "
            "la spécialité (load_referential), ou le donner par --referential."
        )


NOTHING_KNOWN = KnownLevels()


@dataclass(frozen=True, slots=True)
class Fiche:
    """A fiche filière, whole. `year` is 2 for BUT2; `announced_ects` is what its header says, not a sum."""

    title: TextLine
    school_year: str
    year: int
    announced_ects: int
    mention: str
    parcours_code: str
    parcours_label: str
    modality: str
    competences: tuple[FicheCompetence, ...]
    units: tuple[FicheUnit, ...]
    lines: tuple[FicheLine, ...]
    totals: tuple[PrintedTotal, ...]
    identity: Mapping[str, str] = field(default_factory=dict)

    @property
    def differences(self) -> tuple[PrintedTotal | FicheLine, ...]:
        """The printed totals, those of the lines included, that are not the sum of what they add up."""
        rows: tuple[PrintedTotal | FicheLine, ...] = (*self.totals, *self.lines)
        return tuple(row for row in rows if row.differs)

    @property
    def merged_codes(self) -> tuple[Slip, ...]:
        """The codes that were read as another one."""
        return merged_codes((line.label, line.code, line.line) for line in self.lines)

    @property
    def other_titles(self) -> tuple[Slip, ...]:
        """The titles that an element has beside the one of its first line."""
        titles = {line.code: line.title for line in reversed(self.lines)}
        return other_titles((line.label, titles[line.code], line.line) for line in self.lines)

    @property
    def misspelt(self) -> tuple[Slip, ...]:
        """The words that are shown otherwise than printed."""
        return misspelt(
            [
                (self.title.text, self.title.number),
                *((competence.label, competence.line) for competence in self.competences),
                *((line.label, line.line) for line in self.lines),
            ]
        )

    def to_fixture(self, file: str = "", known: KnownLevels = NOTHING_KNOWN) -> dict[str, Any]:
        """The programme as fixtures/programmes/ keeps it; `file` says what was read.

        What the fiche does not say is `known`. Raises `FicheError` when that does not say a niveau.
        """
        specialty, short = self.parcours_code.split()
        titles = {competence.code: competence.title for competence in self.competences}
        return {
            "format": "butrt-programme/1",
            "source": {
                "file": file,
                "title": self.title.text,
                "title_line": self.title.number,
                "school_year": self.school_year,
                "mention": self.mention,
                "parcours": f"{self.parcours_code}, {self.parcours_label}",
            },
            "parcours": {
                "code": f"{specialty}-{short}",
                "specialty": known.specialty_of(self.mention),
                "name": self.parcours_label.capitalize(),
                "short": short,
            },
            "year": self.year,
            "modality": self.modality,
            "in_force_from": int(self.school_year[:4]),
            "illustrative": False,
            "announced_ects": self.announced_ects,
            **({"identity": dict(self.identity)} if self.identity else {}),
            "competences": [
                {
                    "code": competence.code,
                    "title": competence.title,
                    "short": known.shorts.get(competence.code, _verb(competence.title)),
                    "label": competence.label,
                    "line": competence.line,
                }
                for competence in self.competences
            ],
            "units": [
                {
                    "code": unit.code,
                    "semester": unit.semester,
                    "competence": unit.competence,
                    "level": known.level_of(unit.competence, titles[unit.competence], self.year),
                    "ects": unit.ects,
                }
                for unit in self.units
            ],
            "elements": self._elements(),
            "weights": [
                {
                    "unit": line.unit,
                    "element": line.code,
                    "coefficient": line.coefficient,
                    "cm": line.cm,
                    "td": line.td,
                    "tp": line.tp,
                    "project": line.project,
                    "total": line.total,
                    "evaluation_type": line.evaluation_type,
                    "label": line.label,
                    "line": line.line,
                }
                for line in self.lines
            ],
            "printed_totals": [
                {
                    "scope": total.scope,
                    "label": total.label,
                    "semester": total.semester,
                    "unit": total.unit,
                    "kind": total.kind,
                    **total.printed.as_dict(),
                    "line": total.line,
                }
                for total in self.totals
            ],
        }

    def _elements(self) -> list[dict[str, Any]]:
        """Each element once, titled by its first line; the short title ends at a colon if that is enough."""
        first = {line.code: line for line in reversed(self.lines)}
        elements = sorted(
            first.values(), key=lambda line: (line.semester, line.kind, reading_order(line.code))
        )
        beginnings = [line.title.split(" : ")[0] for line in elements]
        return [
            {
                "code": line.code,
                "display": shown_code(line.code),
                "title": line.title,
                "short": shorten(
                    beginning if beginnings.count(beginning) == 1 else line.title, 60, placeholder="…"
                ),
                "kind": line.kind,
                "semester": line.semester,
            }
            for line, beginning in zip(elements, beginnings, strict=True)
        ]


def read_fiche(text: str) -> Fiche:
    """Read a fiche filière from its text. Raises `FicheError` at the first line that cannot be read."""
    reader = _Reader()
    state: State = reader.preamble
    for number, line in enumerate(text.removeprefix("\ufeff").split("\n"), start=1):
        if words := " ".join(line.split()):
            state = state(TextLine(number, words))
    reader.check_end(state)
    return replace(reader.fiche(), identity=read_identity(text))


def reading_order(code: str) -> tuple[bool, bool, str]:
    """The key that sorts codes as people read them: the trunk's, the parcours's, the portfolio last."""
    return (code.endswith("Portefolio"), "." in code, code)


def merged_codes(rows: Iterable[tuple[str, str, int]]) -> tuple[Slip, ...]:
    """The codes printed for another, from rows of (label, code meant, line); spaces make no difference."""
    printed = ((_split(label)[0].replace(" ", ""), code, line) for label, code, line in rows)
    return _slips(row for row in printed if row[0] != row[1])


def other_titles(rows: Iterable[tuple[str, str, int]]) -> tuple[Slip, ...]:
    """The titles printed for an element that has another elsewhere, from rows of (label, its title, line)."""
    printed = ((_title(_split(label)[1]), title, line) for label, title, line in rows)
    return _slips(row for row in printed if row[0] != row[1])


def misspelt(rows: Iterable[tuple[str, int]]) -> tuple[Slip, ...]:
    """The words of `SPELLING` found in rows of (text, line)."""
    return _slips(
        (word, meant, line) for text, line in rows for word, meant in SPELLING.items() if word in text
    )


def _slips(rows: Iterable[tuple[str, str, int]]) -> tuple[Slip, ...]:
    lines: dict[tuple[str, str], list[int]] = {}
    for printed, meant, line in rows:
        lines.setdefault((printed, meant), []).append(line)
    return tuple(Slip(printed, meant, tuple(numbers)) for (printed, meant), numbers in lines.items())


def _split(label: str) -> tuple[str, str]:
    """A printed label in two, its code and its title; the hyphens of the title are its own."""
    code, title = re.split(r" ?- ?", label, maxsplit=1)
    return code, title


def _code(printed: str) -> str:
    """The public code: "Saé 302" → "Saé302", "Saé4.IOMr.stage" → "Saé4.IOM.stage"."""
    code = re.sub(f"^{SAE}", "Saé", printed.replace(" ", ""))
    return SAME_ELEMENT.get(code, code)


def shown_code(code: str) -> str:
    """The code on the screen: "Saé302" → "SAÉ 302", "Saé4.IOM.stage" → "Stage S4"."""
    number = code.removeprefix("Saé")
    if number == code:
        return code
    for ending, name in (("stage", "Stage"), ("Portefolio", "Portfolio")):
        if number.endswith(f".{ending}"):
            return f"{name} S{number[0]}"
    return f"SAÉ {number}"


def _title(printed: str) -> str:
    """A title as meant: spelling, apostrophes, a capital to begin with."""
    title = re.sub(r"\w+", lambda word: SPELLING.get(word[0], word[0]), printed).replace("'", "’")
    return title[0].upper() + title[1:]


def _verb(title: str) -> str:
    """The short name of a competence, what comes before its object: "Mettre en œuvre", "Administrer"."""
    return re.split(r" (?:les?|la|des|un|une)\b| l’", title)[0]


# --- What a line of the text looks like ---------------------------------------------------------------------


def _row(label: str, columns: Iterable[str]) -> re.Pattern[str]:
    """A complete row: its label, one number a column, the evaluation type (if any) before the coefficient."""
    before = {"coefficient": r"(?: (?P<evaluation_type>[A-Z]+))?"}
    return re.compile(label + "".join(rf"{before.get(name, '')} (?P<{name}>\d+)" for name in columns))


RESOURCE_COLUMNS = ("cm", "td", "tp", "total", "coefficient")
SAE_COLUMNS = ("cm", "td", "tp", "project", "total", "coefficient")
SUM_COLUMNS = (*SAE_COLUMNS, "ects")

SAE = r"(?i:sa[ée])"
SEMESTER = re.compile(r"SEMESTRE (?P<semester>\d)")
UNIT = re.compile(r"UE ?(?P<unit>\d\d)")
RESOURCE = _row(r"(?P<code>R ?\d[\w.]*) ?- ?(?P<title>.+)", RESOURCE_COLUMNS)
SITUATION = _row(rf"(?P<code>{SAE} ?\d[\w.]*) ?- ?(?P<title>.+)", SAE_COLUMNS)
RESOURCES_TOTAL = _row("TOTAL RESSOURCES", RESOURCE_COLUMNS)
SITUATIONS_TOTAL = _row(f"TOTAL {SAE}", SAE_COLUMNS)
UNIT_TOTAL = _row(r"TOTAL UE ?(?P<unit>\d\d)", SUM_COLUMNS)
SEMESTER_TOTAL = _row(r"TOTAL S ?(?P<semester>\d)", SUM_COLUMNS)
YEAR_TOTAL = _row(r"TOTAL NIVEAU (?P<year>\d)", SUM_COLUMNS)
# Where a row or a heading begins: the row before it has to be complete.
BEGINNING = re.compile(rf"SEMESTRE\b|UE ?\d|TOTAL\b|R ?\d|{SAE} ?\d")

LEGEND = re.compile(rf"(?:CC|{SAE}) : .+")
COMPETENCE = re.compile(r"(?P<code>[A-Z]{2,}\d) ?- ?(?P<title>.*)")
POLE = re.compile(rf"RESSOURCES|{SAE}")
COLUMN_HEADINGS = re.compile(
    r"(?:COMPETENCE|Ressources et SAÉ|CM|TD|TP|Projet|Total hors|projet|Type éval|Coeff|ECTS| )+"
)

# The lines of the preamble that we need, under what a message calls them.
PREAMBLE = {
    "Niveau : … Année 2022-2023": r"Niveau : (?P<title>.+?) Année (?P<school_year>\d{4}-\d{4})",
    "BUT2": r"BUT ?(?P<year>[123])",
    "120 ECTS": r"(?P<announced_ects>\d+) ECTS",
    "Mention : …": r"Mention : (?P<mention>.+)",
    "RT IOM APP": r"(?P<parcours_code>[A-Z]+ \w+) (?:APP|FI)",
    "Internet des Objets et Mobilité par APPRENTISSAGE": (
        r"(?P<parcours_label>.+) (?:par|en) (?P<modality>APPRENTISSAGE|FORMATION INITIALE)"
    ),
}
MODALITIES = {"APPRENTISSAGE": "apprentissage", "FORMATION INITIALE": "initiale"}
# CM, TD, TP, cours intégrés (none), projet, total hors projet.
HEADER_TOTAL = re.compile(r"(?P<cm>\d+)h (?P<td>\d+)h (?P<tp>\d+)h \d*h (?P<project>\d+)h (?P<total>\d+)h")


# --- The reader ---------------------------------------------------------------------------------------------

State = Callable[[TextLine], "State"]


def _figures(match: re.Match[str]) -> Figures:
    return Figures(**{name: int(text) for name, text in match.groupdict().items() if name in COLUMNS})


class _Reader:
    """What was read so far. A state takes a line and answers the state that takes the next one."""

    def __init__(self) -> None:
        self.about: dict[str, TextLine] = {}
        self.semester = 0  # 0, "" and None: nothing is open
        self.unit = ""
        self.row: TextLine | None = None  # begun, its numbers have not come yet
        self.competence = ""  # whose title goes on at the next line of the margin
        self.titles: dict[str, list[TextLine]] = {}  # of a competence, one for each table that prints it
        self.units: list[FicheUnit] = []
        self.lines: list[FicheLine] = []
        self.totals: list[PrintedTotal] = []
        self.rows: dict[re.Pattern[str], Callable[[re.Match[str], TextLine], None]] = {
            SEMESTER: self.open_semester,
            UNIT: self.open_unit,
            RESOURCE: partial(self.add_line, "ressource"),
            SITUATION: partial(self.add_line, "sae"),
            RESOURCES_TOTAL: partial(self.add_pole_total, "ressource"),
            SITUATIONS_TOTAL: partial(self.add_pole_total, "sae"),
            UNIT_TOTAL: self.close_unit,
            SEMESTER_TOTAL: self.close_semester,
            YEAR_TOTAL: self.add_year_total,
        }

    # The states

    def preamble(self, line: TextLine) -> State:
        if SEMESTER.fullmatch(line.text):
            self.check_preamble()
            return self.table(line)
        self.check_outside(line)
        if match := HEADER_TOTAL.fullmatch(line.text):
            self.add_total("header", "En-tête", match, line)
        for pattern in PREAMBLE.values():
            if match := re.fullmatch(pattern, line.text):
                lines = {name: TextLine(line.number, text) for name, text in match.groupdict().items()}
                self.about = lines | self.about  # what was said first stays
        return self.preamble

    def table(self, line: TextLine) -> State:
        if LEGEND.fullmatch(line.text):
            self.check_row()
            self.check_closed(line)
            return self.margin
        if BEGINNING.match(line.text):
            self.check_row()
        elif self.row:
            line = self.row + line
        else:
            raise FicheError("ni un élément, ni un total, ni la suite d’un intitulé", line)
        self.row = None if self.take_row(line) else line
        return self.table

    def margin(self, line: TextLine) -> State:
        if SEMESTER.fullmatch(line.text):
            return self.table(line)
        self.check_outside(line)
        if line.text.startswith("◼"):
            return self.rest
        if match := COMPETENCE.fullmatch(line.text):
            self.competence = match["code"]
            self.titles.setdefault(match["code"], []).append(TextLine(line.number, match["title"]))
        elif POLE.fullmatch(line.text):
            self.competence = ""
        elif self.competence:
            self.titles[self.competence][-1] += line
        elif not (LEGEND.fullmatch(line.text) or COLUMN_HEADINGS.fullmatch(line.text)):
            raise FicheError("ni une compétence, ni un titre de colonne", line)
        return self.margin

    def rest(self, line: TextLine) -> State:
        self.check_outside(line)
        return self.rest

    # The rows of a table

    def take_row(self, row: TextLine) -> bool:
        """Take a row that is complete; False if the rest of it has still to come."""
        for pattern, take in self.rows.items():
            if match := pattern.fullmatch(row.text):
                take(match, row)
                return True
        return False

    def open_semester(self, match: re.Match[str], row: TextLine) -> None:
        self.check_closed(row)
        self.semester = int(match["semester"])

    def open_unit(self, match: re.Match[str], row: TextLine) -> None:
        code = f"UE{match['unit']}"
        if self.unit:
            raise FicheError(f"le total de {self.unit} manque avant cette ligne", row)
        if not self.semester or int(match["unit"][0]) != self.semester:
            raise FicheError("cette UE n’est pas du semestre du tableau", row)
        if any(unit.code == code for unit in self.units):
            raise FicheError("cette UE a déjà été lue", row)
        self.unit = code

    def add_line(self, kind: Kind, match: re.Match[str], row: TextLine) -> None:
        self.check_in_unit(row)
        line = FicheLine(
            unit=self.unit,
            kind=kind,
            label=row.text[: match.end("title")],
            code=_code(match["code"]),
            title=_title(match["title"]),
            evaluation_type=match["evaluation_type"] or "",
            line=row.number,
            **{"project": 0, **_figures(match).as_dict()},
        )
        if line.differs and match["title"][-1].isdigit():
            raise FicheError("le total n’est pas CM + TD + TP, et un nombre semble de trop", row)
        if any((other.unit, other.code) == (line.unit, line.code) for other in self.lines):
            raise FicheError(f"{line.code} a déjà une ligne dans {line.unit}", row)
        self.lines.append(line)

    def add_pole_total(self, kind: Kind, match: re.Match[str], row: TextLine) -> None:
        self.check_in_unit(row)
        self.add_total("pole", f"{self.unit}, {POLES[kind]}", match, row, kind)

    def close_unit(self, match: re.Match[str], row: TextLine) -> None:
        self.check_in_unit(row)
        if self.unit != f"UE{match['unit']}":
            raise FicheError(f"ce total n’est pas celui de {self.unit}", row)
        self.add_total("unit", self.unit, match, row)
        competence = self.about["parcours_code"].text.split()[0] + self.unit[-1]
        self.units.append(FicheUnit(self.unit, self.semester, competence, int(match["ects"]), row.number))
        self.unit = ""

    def close_semester(self, match: re.Match[str], row: TextLine) -> None:
        if self.unit:
            raise FicheError(f"le total de {self.unit} manque avant cette ligne", row)
        if int(match["semester"]) != self.semester:
            raise FicheError("ce total n’est pas celui du semestre du tableau", row)
        self.add_total("semester", f"S{self.semester}", match, row)
        self.semester = 0

    def add_year_total(self, match: re.Match[str], row: TextLine) -> None:
        self.check_closed(row)
        self.add_total("year", f"BUT{match['year']}", match, row)

    def add_total(
        self, scope: Scope, label: str, match: re.Match[str], row: TextLine, kind: Kind | None = None
    ) -> None:
        """Keep a printed total; its sum is made at the end, when every line is known."""
        semester = self.semester or None
        self.totals.append(PrintedTotal(scope, label, semester, self.unit, kind, _figures(match), row.number))

    # What must hold before going on

    def check_preamble(self) -> None:
        for example, pattern in PREAMBLE.items():
            if not re.compile(pattern).groupindex.keys() <= self.about.keys():
                raise FicheError(f"La fiche n’a pas, avant ses tableaux, de ligne comme « {example} ».")

    def check_outside(self, line: TextLine) -> None:
        if BEGINNING.match(line.text):
            raise FicheError("une ligne de tableau hors des tableaux (« SEMESTRE 3 » en ouvre un)", line)

    def check_row(self) -> None:
        if self.row:
            raise FicheError("des nombres manquent, ou il y en a trop", self.row)

    def check_in_unit(self, row: TextLine) -> None:
        if not self.unit:
            raise FicheError("cette ligne n’est dans aucune UE", row)

    def check_closed(self, line: TextLine) -> None:
        if self.unit or self.semester:
            raise FicheError(f"le total de {self.unit or f'S{self.semester}'} manque avant cette ligne", line)

    def check_end(self, state: State) -> None:
        if state == self.preamble:
            raise FicheError("La fiche n’a pas de tableau : aucune ligne « SEMESTRE … ».")
        if state == self.table:
            self.check_row()
            raise FicheError("La fiche s’arrête dans un tableau : la ligne « CC : … » qui le termine manque.")
        for unit in self.units:
            if unit.competence not in self.titles:
                raise FicheError(f"La fiche ne nomme pas la compétence {unit.competence} de {unit.code}.")
        for code, (first, *others) in self.titles.items():
            for other in others:
                if _title(other.text) != _title(first.text):
                    raise FicheError(f"{code} a un autre intitulé à la ligne {first.number}", other)

    # The result

    def fiche(self) -> Fiche:
        competences = tuple(
            FicheCompetence(code, titles[0].text, _title(titles[0].text), titles[0].number)
            for code, titles in sorted(self.titles.items())
        )
        about = {name: line.text for name, line in self.about.items()}
        return Fiche(
            title=self.about["title"],
            school_year=about["school_year"],
            year=int(about["year"]),
            announced_ects=int(about["announced_ects"]),
            mention=about["mention"],
            parcours_code=about["parcours_code"],
            parcours_label=about["parcours_label"],
            modality=MODALITIES[about["modality"]],
            competences=competences,
            units=tuple(self.units),
            lines=tuple(self.lines),
            totals=tuple(replace(total, computed=self.sum_of(total)) for total in self.totals),
        )

    def sum_of(self, total: PrintedTotal) -> Figures:
        """What the lines (for ECTS, the UE) that a total covers add up to, in the columns it prints."""
        lines = [
            line
            for line in self.lines
            if total.unit in ("", line.unit)
            and total.kind in (None, line.kind)
            and total.semester in (None, line.semester)
        ]
        units = [
            unit
            for unit in self.units
            if total.unit in ("", unit.code) and total.semester in (None, unit.semester)
        ]
        sums = {}
        for column in total.printed.as_dict():
            rows = units if column == "ects" else lines
            sums[column] = sum(getattr(row, column) for row in rows)
        return Figures(**sums)
