"""Reading an .xlsx that anyone may have made: cells, hidden rows and merged ranges, within strict limits.

openpyxl writes our workbooks and does not read what comes back: given a file of 5 kB it may build a merged
range for 24 s in 600 MB, read-only it translates shared formulas for 6 s, and believes the size that a sheet
declares, dropping rows in silence. What our sheets need of the format is little; it is read here in one
pass, every number kept as the digits of the file. Nothing of this module knows marks or programmes.
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Context, Decimal
from enum import StrEnum
from typing import Final, TypeVar
from xml.etree.ElementTree import ParseError, XMLParser

from openpyxl.styles.numbers import BUILTIN_FORMATS, is_date_format
from openpyxl.utils.cell import column_index_from_string, get_column_letter, range_boundaries

from butrt.base.french import NBSP, quoted
from butrt.base.outside import opened_apart

MOST_BYTES: Final = 2 * 2**20
MOST_INFLATED: Final = 16 * 2**20  # all the parts together; a class of 120 weighs 0.2 MB
MOST_RATIO: Final = 300  # between a part and its compressed form; ours are below 30
MOST_PARTS: Final = 200
MOST_ELEMENTS: Final = 200_000
MOST_DEPTH: Final = 40
MOST_CELLS: Final = 60_000
MOST_ROW, MOST_COLUMN = 5_000, 200
CHUNK: Final = 2**16
ENCRYPTED: Final = 1  # of a member's flags
REF = re.compile(r"([A-Za-z]{1,3})([0-9]{1,7})")

# A spreadsheet computes on 15 digits and shows them: 12.350000000000001 in the file is 12.35 to its reader.
SPREADSHEET = Context(prec=15)
OLE = bytes.fromhex("d0cf11e0a1b11ae1")  # Excel 97-2003, and any encrypted workbook
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SAVE_AS = f"Dans le tableur, l’enregistrer au format «{NBSP}Classeur Excel (.xlsx){NBSP}»"
AGAIN = "Télécharger de nouveau la feuille et y copier les valeurs."
RESAVE = "L’ouvrir et l’enregistrer de nouveau, puis l’envoyer."
# What our sheets never hold, by a piece of the part's name.
UNWANTED = {
    "vbaproject": "contient des macros",
    "macrosheets/": "contient des macros",
    "activex/": "contient des contrôles ActiveX",
    "externallinks/": "a des liens vers d’autres classeurs",
    "connections.xml": "se connecte à des données externes",
    "embeddings/": "contient des objets d’autres logiciels",
}


AnyPart = TypeVar("AnyPart", bound="_Part")


class Unreadable(ValueError):
    """A file that is not read at all: `str()` says why, and what to do, in French."""


class Kind(StrEnum):
    NUMBER = "nombre"
    TEXT = "texte"
    BOOLEAN = "vrai ou faux"
    DATE = "date"
    PERCENT = "pourcentage"
    FORMULA = "formule"
    ERROR = "erreur"


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell that holds something. `text`: the digits of a number as the file writes them, or the text."""

    row: int
    column: int
    kind: Kind
    text: str

    @property
    def ref(self) -> str:
        return reference(self.row, self.column)


@dataclass
class Tab:
    """A sheet of a workbook: its cells by (row, column), counted from 1; empty ones are not there."""

    name: str
    cells: dict[tuple[int, int], Cell] = field(default_factory=dict)
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: set[int] = field(default_factory=set)
    merged: list[str] = field(default_factory=list)
    declared: str = ""  # the extent that the file announces, believed by nobody
    since_1904: bool = False  # its dates are counted from 1904, as old Macs did

    def text(self, row: int, column: int) -> str:
        cell = self.cells.get((row, column))
        return cell.text.strip() if cell and cell.kind in (Kind.TEXT, Kind.NUMBER) else ""


def reference(row: int, column: int) -> str:
    """(7, 5) → "E7"."""
    return f"{get_column_letter(column)}{row}"


@opened_apart(Unreadable)
def read_xlsx(data: bytes) -> list[Tab]:
    """Every sheet of a workbook, in order. Raises Unreadable; nothing else, whatever the bytes."""
    parts = _inflated(data)
    book, folder = _main_part(parts)
    links = _links(parts, book)
    strings = _shared_strings(parts, folder, links)
    kinds = _style_kinds(parts, folder, links)
    tabs = []
    about = _parsed(parts, book, _Book())
    for name, link in about.sheets:
        kind, target = links.get(link, ("", ""))
        if kind != "worksheet":
            continue  # a chart on its own sheet
        path = _path(folder, target)
        tabs.append(_parsed(parts, path, _Sheet(Tab(name, since_1904=about.since_1904), strings, kinds)).tab)
    if not tabs:
        raise Unreadable(f"Ce classeur n’a aucune feuille. {SAVE_AS}, puis l’envoyer.")
    return tabs


# ---------- the archive ----------


def _inflated(data: bytes) -> dict[str, bytes]:
    """The parts of the archive, by name in lower case, read while they stay within the limits."""
    if len(data) > MOST_BYTES:
        raise Unreadable(
            f"Ce fichier dépasse {MOST_BYTES // 2**20}{NBSP}Mo, bien plus que ce qui est lu ici. "
            "N’y garder que la feuille utile, puis l’envoyer."
        )
    if data.startswith(OLE):
        raise Unreadable(_about_ole(data))
    if not data:
        raise Unreadable("Ce fichier est vide.")
    if not data.startswith(b"PK"):
        raise Unreadable(f"Ce fichier n’est pas un classeur .xlsx. {SAVE_AS}, puis l’envoyer.")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return _parts(archive)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, UnicodeError) as error:
        raise Unreadable(f"Ce classeur est abîmé ou incomplet, peut-être mal transmis. {RESAVE}") from error


def _about_ole(data: bytes) -> str:
    if "EncryptedPackage".encode("utf-16-le") in data:
        return (
            "Ce classeur est protégé par un mot de passe à l’ouverture. "
            "Dans le tableur, enlever ce mot de passe, enregistrer, puis l’envoyer."
        )
    return f"Ce fichier est un ancien classeur .xls, ou un document chiffré. {SAVE_AS}, puis l’envoyer."


def _members(archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    """The parts that the archive announces, by name in lower case; none of those that we do not want."""
    members = [member for member in archive.infolist() if not member.is_dir()]
    if len(members) > MOST_PARTS:
        raise Unreadable(f"Ce classeur est fait de {len(members)} parties, un classeur ordinaire de dix.")
    found: dict[str, zipfile.ZipInfo] = {}
    for member in members:
        name = member.filename.lower().lstrip("/")
        if name in found:
            raise Unreadable(
                f"Ce classeur contient deux fois la partie {name[:80]}{NBSP}: on ne sait laquelle croire. "
                f"{RESAVE}"
            )
        for piece, what in UNWANTED.items():
            if piece in name:
                raise Unreadable(f"Ce classeur {what}, il n’est pas lu. {SAVE_AS} sans cela, puis l’envoyer.")
        found[name] = member
    if "mimetype" in found:
        raise Unreadable(f"Ce fichier est un document OpenDocument (.ods). {SAVE_AS}, puis l’envoyer.")
    return found


def _parts(archive: zipfile.ZipFile) -> dict[str, bytes]:
    """What the directory of the archive says is checked first, then what really comes out while reading."""
    members = _members(archive)
    if sum(member.file_size for member in members.values()) > MOST_INFLATED:
        raise _too_large()
    parts: dict[str, bytes] = {}
    room = MOST_INFLATED
    for name, member in members.items():
        if member.flag_bits & ENCRYPTED:
            raise Unreadable("Ce classeur est chiffré. L’enregistrer sans mot de passe, puis l’envoyer.")
        if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise NotImplementedError(member.compress_type)  # no spreadsheet writes it
        if member.file_size > max(MOST_RATIO * member.compress_size, CHUNK):
            raise Unreadable(
                f"Une partie de ce classeur est compressée plus de {MOST_RATIO} fois ({name[:80]}), comme "
                f"aucun tableur ne le fait. {RESAVE}"
            )
        with archive.open(member) as stream:
            parts[name] = stream.read(room + 1)
        room -= len(parts[name])
        if room < 0:
            raise _too_large()
        if b"<!DOCTYPE" in parts[name] or b"<!ENTITY" in parts[name]:
            raise _document_type()
    return parts


def _too_large() -> Unreadable:
    return Unreadable(
        f"Décompressé, ce classeur dépasse {MOST_INFLATED // 2**20}{NBSP}Mo, il n’est pas lu. {RESAVE}"
    )


def _document_type() -> Unreadable:
    return Unreadable(
        f"Ce classeur définit des entités XML (DOCTYPE), aucun tableur n’en écrit. Il n’est pas lu. {RESAVE}"
    )


# ---------- its parts ----------


def _main_part(parts: Mapping[str, bytes]) -> tuple[str, str]:
    """The workbook's part and its folder."""
    if "xl/workbook.bin" in parts:
        raise Unreadable(f"Ce fichier est un classeur binaire (.xlsb). {SAVE_AS}, puis l’envoyer.")
    if b"macroenabled" in parts.get("[content_types].xml", b"").lower():
        raise Unreadable(f"Ce classeur est fait pour des macros (.xlsm). {SAVE_AS}, puis l’envoyer.")
    for kind, target in _links(parts, "").values():
        if kind == "officeDocument":
            path = _path("", target)
            if path in parts:
                return path, posixpath.dirname(path)
    raise Unreadable(f"Ce fichier n’est pas un classeur .xlsx. {SAVE_AS}, puis l’envoyer.")


def _links(parts: Mapping[str, bytes], part: str) -> dict[str, tuple[str, str]]:
    """What a part refers to: {id: (kind, target)}."""
    folder, name = posixpath.split(part)
    path = posixpath.join(folder, "_rels", f"{name}.rels")
    return _parsed(parts, path, _Links()).links if path in parts else {}


def _path(folder: str, target: str) -> str:
    return posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/").lower()


def _of_kind(folder: str, links: Mapping[str, tuple[str, str]], wanted: str) -> str:
    return next((_path(folder, target) for kind, target in links.values() if kind == wanted), "")


def _shared_strings(
    parts: Mapping[str, bytes], folder: str, links: Mapping[str, tuple[str, str]]
) -> list[str]:
    path = _of_kind(folder, links, "sharedStrings")
    return _parsed(parts, path, _Strings()).strings if path in parts else []


def _style_kinds(parts: Mapping[str, bytes], folder: str, links: Mapping[str, tuple[str, str]]) -> list[Kind]:
    """What a number is under each cell style: a number, a date or a percentage."""
    path = _of_kind(folder, links, "styles")
    if path not in parts:
        return []
    styles = _parsed(parts, path, _Styles())
    return [_format_kind(styles.formats.get(key, BUILTIN_FORMATS.get(key, ""))) for key in styles.used]


def _format_kind(code: str) -> Kind:
    if is_date_format(code):
        return Kind.DATE
    return Kind.PERCENT if "%" in code else Kind.NUMBER


def _parsed(parts: Mapping[str, bytes], path: str, target: AnyPart) -> AnyPart:
    """Feed a part to its reader, a piece at a time: a refusal stops there. Raises Unreadable."""
    data = parts.get(path)
    if data is None:
        raise Unreadable(f"Il manque une partie de ce classeur ({path[:80]}), il est abîmé.")
    parser = XMLParser(target=target)
    try:
        for start in range(0, len(data), CHUNK):
            parser.feed(data[start : start + CHUNK])
        parser.close()
    except Unreadable:
        raise
    except (ParseError, LookupError, ValueError) as error:  # not XML, an unknown encoding, a bad number
        raise Unreadable(f"Une partie de ce classeur est illisible ({path[:80]}). {RESAVE}") from error
    return target


class _Part:
    """A reader of XML: local names only, no document type, a bounded number of elements."""

    def __init__(self) -> None:
        self.elements = self.depth = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self.elements += 1
        self.depth += 1
        if self.elements > MOST_ELEMENTS or self.depth > MOST_DEPTH:
            raise Unreadable(
                "Ce classeur contient beaucoup plus que ce qui est lu ici, il n’est pas lu. "
                "N’y garder que la feuille utile, puis l’envoyer."
            )
        self.open(tag.rpartition("}")[2], attributes)

    def end(self, tag: str) -> None:
        self.depth -= 1
        self.shut(tag.rpartition("}")[2])

    def doctype(self, name: str, public: str | None, system: str | None) -> None:
        raise _document_type()

    def open(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins."""

    def shut(self, name: str) -> None:
        """An element ends."""

    def data(self, text: str) -> None:
        """Some text."""

    def close(self) -> None:
        """The end of the part."""


class _Links(_Part):
    def __init__(self) -> None:
        super().__init__()
        self.links: dict[str, tuple[str, str]] = {}

    def open(self, name: str, attributes: dict[str, str]) -> None:
        if name == "Relationship" and attributes.get("TargetMode") != "External":
            kind = attributes.get("Type", "").rpartition("/")[2]
            self.links[attributes.get("Id", "")] = kind, attributes.get("Target", "")


class _Book(_Part):
    def __init__(self) -> None:
        super().__init__()
        self.sheets: list[tuple[str, str]] = []
        self.since_1904 = False

    def open(self, name: str, attributes: dict[str, str]) -> None:
        if name == "workbookPr":
            self.since_1904 = attributes.get("date1904") in ("1", "true")
        elif name == "sheet":
            link = next((value for key, value in attributes.items() if key.endswith("}id")), "")
            self.sheets.append((attributes.get("name", "")[:60], link))


class _Styles(_Part):
    """`formats`: the file's own number formats; `used`: the format of each cell style, in order."""

    def __init__(self) -> None:
        super().__init__()
        self.formats: dict[int, str] = {}
        self.used: list[int] = []
        self.in_cells = False

    def open(self, name: str, attributes: dict[str, str]) -> None:
        if name == "numFmt":
            self.formats[int(attributes.get("numFmtId", 0))] = attributes.get("formatCode", "")[:255]
        elif name == "cellXfs":
            self.in_cells = True
        elif name == "xf" and self.in_cells:
            self.used.append(int(attributes.get("numFmtId", 0)))

    def shut(self, name: str) -> None:
        if name == "cellXfs":
            self.in_cells = False


class _Strings(_Part):
    """The texts that cells share, phonetic guides left out."""

    def __init__(self) -> None:
        super().__init__()
        self.strings: list[str] = []
        self.pieces: list[str] = []
        self.reading = self.phonetic = False

    def open(self, name: str, attributes: dict[str, str]) -> None:
        if name == "si":
            self.pieces = []
        elif name == "rPh":
            self.phonetic = True
        elif name == "t":
            self.reading = not self.phonetic

    def shut(self, name: str) -> None:
        if name == "si":
            self.strings.append("".join(self.pieces))
        elif name == "rPh":
            self.phonetic = False
        elif name == "t":
            self.reading = False

    def data(self, text: str) -> None:
        if self.reading:
            self.pieces.append(text)


class _Sheet(_Part):
    """A worksheet's cells; rows and cells that do not say where they are follow the one before."""

    def __init__(self, tab: Tab, strings: list[str], kinds: list[Kind]) -> None:
        super().__init__()
        self.tab, self.strings, self.kinds = tab, strings, kinds
        self.row = self.column = 0
        self.written: set[tuple[int, int]] = set()
        self.about: dict[str, str] = {}
        self.formula = self.reading = False
        self.pieces: list[str] = []

    def open(self, name: str, attributes: dict[str, str]) -> None:
        if name == "c":
            self._open_cell(attributes)
        elif name in ("v", "t"):
            self.reading = True
        elif name == "f":
            self.formula = True
        elif name == "row":
            self.row = int(attributes.get("r", self.row + 1))
            self.column = 0
            if _is_hidden(attributes, "ht"):
                self.tab.hidden_rows.add(self.row)
        elif name == "col" and _is_hidden(attributes, "width"):
            first, last = int(attributes.get("min", 1)), int(attributes.get("max", 1))
            self.tab.hidden_columns.update(range(first, min(last, MOST_COLUMN) + 1))
        elif name == "mergeCell":
            self.tab.merged.append(attributes.get("ref", "")[:40])
        elif name == "dimension":
            self.tab.declared = attributes.get("ref", "")[:40]

    def shut(self, name: str) -> None:
        if name in ("v", "t"):
            self.reading = False
        elif name == "c":
            self._shut_cell()

    def data(self, text: str) -> None:
        if self.reading:
            self.pieces.append(text)

    def _open_cell(self, attributes: dict[str, str]) -> None:
        row, self.column = self.row, self.column + 1
        if "r" in attributes:
            if not (found := REF.fullmatch(attributes["r"])):
                raise ValueError(attributes["r"])
            row, self.column = int(found[2]), column_index_from_string(found[1])
        if row != self.row or (row, self.column) in self.written:
            raise Unreadable(
                f"La case {reference(row, self.column)} de «{NBSP}{self.tab.name}"
                f"{NBSP}» est écrite deux fois ou hors de sa ligne, ce classeur est abîmé. "
                f"{RESAVE}"
            )
        self.written.add((row, self.column))
        self.about, self.formula, self.pieces = attributes, False, []

    def _shut_cell(self) -> None:
        text = "".join(self.pieces)
        if not text and not self.formula:
            return  # a style without content
        cell = self._cell(text)
        if not cell.text.strip() and not self.formula:
            return
        if cell.row > MOST_ROW or cell.column > MOST_COLUMN:
            raise Unreadable(
                f"La case {cell.ref} de {quoted(self.tab.name)} est remplie, "
                "très loin du tableau. L’effacer, puis envoyer de nouveau."
            )
        self.tab.cells[cell.row, cell.column] = cell
        if len(self.tab.cells) > MOST_CELLS:
            raise Unreadable(f"Plus de {MOST_CELLS} cases sont remplies, bien plus que ce qui est lu ici.")

    def _cell(self, text: str) -> Cell:
        written = self.about.get("t", "n")
        if self.formula:
            kind = Kind.FORMULA
        elif written == "s":
            kind, text = Kind.TEXT, self.strings[int(text)]
        elif written in ("str", "inlineStr"):
            kind = Kind.TEXT
        elif written == "n":
            kind = self._style_kind()
        else:
            kind = {"b": Kind.BOOLEAN, "d": Kind.DATE}.get(written, Kind.ERROR)
        return Cell(self.row, self.column, kind, text)

    def _style_kind(self) -> Kind:
        style = int(self.about.get("s", 0))
        return self.kinds[style] if style < len(self.kinds) else Kind.NUMBER


def _is_hidden(attributes: Mapping[str, str], size: str) -> bool:
    return attributes.get("hidden") in ("1", "true") or attributes.get(size) in ("0", "0.0")


def plain_number(digits: str) -> str:
    """The digits of a file as people write them: "12.350000000000001" → "12.35", "5E-1" → "0.5"."""
    try:
        value = Decimal(digits[:40]).normalize(SPREADSHEET)
    except ArithmeticError:
        return digits[:40]
    # 1E+999999999 written out would fill the memory.
    return f"{value:f}" if value.is_finite() and abs(value.adjusted()) <= SPREADSHEET.prec else digits[:40]


def crosses(merged: str, *, first_row: int, last_row: int, last_column: int) -> bool:
    """Whether a merged range ("E7:F9") touches the columns from A to `last_column` of these rows."""
    try:
        left, top, _, bottom = range_boundaries(merged)
    except (ValueError, TypeError):
        return True
    return top <= last_row and bottom >= first_row and left <= last_column
