"""The XML parts of a workbook: each read in one pass, by what it is."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, TypeVar
from xml.etree.ElementTree import ParseError, XMLParser

from butrt.base.french import quoted
from butrt.base.spreadsheets.archive import CHUNK, document_type
from butrt.base.spreadsheets.values import RESAVE, USUAL, Bounds, Cell, Kind, Tab, Unreadable, reference

MOST_DEPTH: Final = 40


MOST_ROW: Final = 5_000


REF = re.compile(r"([A-Za-z]{1,3})([0-9]{1,7})")


AnyPart = TypeVar("AnyPart", bound="Part")


def format_kind(code: str) -> Kind:
    from openpyxl.styles.numbers import is_date_format

    if is_date_format(code):
        return Kind.DATE
    return Kind.PERCENT if "%" in code else Kind.NUMBER


def parsed(parts: Mapping[str, bytes], path: str, target: AnyPart) -> AnyPart:
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


class Part:
    """A reader of XML: local names only, no document type, a bounded number of elements."""

    def __init__(self, most: int = USUAL.elements) -> None:
        self.most = most
        self.elements = self.depth = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self.elements += 1
        self.depth += 1
        if self.elements > self.most or self.depth > MOST_DEPTH:
            raise Unreadable(
                "Ce classeur contient beaucoup plus que ce qui est lu ici, il n’est pas lu. "
                "N’y garder que la feuille utile, puis l’envoyer."
            )
        self.open(tag.rpartition("}")[2], attributes)

    def end(self, tag: str) -> None:
        self.depth -= 1
        self.shut(tag.rpartition("}")[2])

    def doctype(self, name: str, public: str | None, system: str | None) -> None:
        raise document_type()

    def open(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins."""

    def shut(self, name: str) -> None:
        """An element ends."""

    def data(self, text: str) -> None:
        """Some text."""

    def close(self) -> None:
        """The end of the part."""


class Links(Part):
    def __init__(self) -> None:
        super().__init__()
        self.links: dict[str, tuple[str, str]] = {}

    def open(self, name: str, attributes: dict[str, str]) -> None:
        if name == "Relationship" and attributes.get("TargetMode") != "External":
            kind = attributes.get("Type", "").rpartition("/")[2]
            self.links[attributes.get("Id", "")] = kind, attributes.get("Target", "")


class Book(Part):
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


class Styles(Part):
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


class Strings(Part):
    """The texts that cells share, phonetic guides left out."""

    def __init__(self, bounds: Bounds) -> None:
        super().__init__(bounds.elements)
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


class Sheet(Part):
    """A worksheet's cells; rows and cells that do not say where they are follow the one before."""

    def __init__(self, tab: Tab, strings: list[str], kinds: list[Kind], bounds: Bounds) -> None:
        super().__init__(bounds.elements)
        self.bounds = bounds
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
            self.tab.hidden_columns.update(range(first, min(last, self.bounds.columns) + 1))
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
        from openpyxl.utils.cell import column_index_from_string

        row, self.column = self.row, self.column + 1
        if "r" in attributes:
            if not (place := REF.fullmatch(attributes["r"])):
                raise ValueError(attributes["r"])
            row, self.column = int(place[2]), column_index_from_string(place[1])
        if row != self.row or (row, self.column) in self.written:
            raise Unreadable(
                f"La case {reference(row, self.column)} de {quoted(self.tab.name)} "
                f"est écrite deux fois ou hors de sa ligne, ce classeur est abîmé. {RESAVE}"
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
        if cell.row > MOST_ROW or cell.column > self.bounds.columns:
            raise Unreadable(
                f"La case {cell.ref} de {quoted(self.tab.name)} est remplie, "
                "très loin du tableau. L’effacer, puis envoyer de nouveau."
            )
        self.tab.cells[cell.row, cell.column] = cell
        if len(self.tab.cells) > self.bounds.cells:
            raise Unreadable(
                f"Plus de {self.bounds.cells} cases sont remplies, bien plus que ce qui est lu ici."
            )

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
