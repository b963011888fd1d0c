"""XML that anyone may have made, read as a tree of texts: no document type, few elements, little depth."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final
from xml.etree.ElementTree import ParseError, XMLParser

from butrt.base.french import quoted
from butrt.base.spreadsheets import CHUNK, Unreadable

Tree = dict[str, Any]

MOST_ELEMENTS: Final = 60_000
MOST_DEPTH: Final = 12
KINDS: Final = {b"PK": "un classeur ou une archive", b"%PDF": "un PDF", b"\x1f\x8b": "un fichier compressé"}


@dataclass(frozen=True, slots=True)
class Expected:
    """What a file should be: said in its refusals. `check_root` raises `Unreadable` at another root."""

    what: str  # "une formation"
    export: str  # "un export de formation"
    again: str  # what to do: "Dans ScoDoc, exporter de nouveau…"
    check_root: Callable[[str], None]


def read_xml(data: bytes, expected: Expected) -> tuple[str, Tree]:
    """The root's name and its tree: a value is an attribute, a list is repeated children; texts are not read.

    Raises `Unreadable`, nothing else, whatever the bytes.
    """
    start = data[:2_000].lstrip(b"\xef\xbb\xbf \t\r\n")
    if not start:
        raise Unreadable(f"Ce fichier est vide. {expected.again}")
    if re.match(rb"<!doctype\s+html|<html", start, re.IGNORECASE):
        raise web_page(expected.again)
    if not start.startswith((b"<", b"\xff\xfe", b"\xfe\xff")):
        kind = next((name for sign, name in KINDS.items() if start.startswith(sign)), "")
        raise Unreadable(
            f"Ce fichier est {kind}, pas {expected.export}. {expected.again}"
            if kind
            else f"Ce fichier n’est ni du XML ni du JSON. {expected.again}"
        )
    target = _Elements(expected)
    parser = XMLParser(target=target)
    try:
        for begin in range(0, len(data), CHUNK):
            parser.feed(data[begin : begin + CHUNK])
        parser.close()
    except ParseError as error:
        line, column = error.position
        raise Unreadable(
            f"Ce fichier n’est pas du XML entier (ligne {line}, colonne {column + 1}). {expected.again}"
        ) from None
    except Unreadable:
        raise
    except (LookupError, ValueError) as error:  # an encoding that does not exist
        raise Unreadable(f"L’encodage que ce fichier annonce n’est pas connu. {expected.again}") from error
    return target.name, target.root


def web_page(again: str) -> Unreadable:
    return Unreadable(
        "Ce fichier est une page web, peut-être celle où ScoDoc demande de s’identifier, "
        f"et non un export. {again}"
    )


class _Elements:
    """The elements of an XML file as JSON would say them; no document type, few elements, little depth."""

    def __init__(self, expected: Expected) -> None:
        self.expected = expected
        self.name = ""
        self.root: Tree = {}
        self.path: list[Tree] = []
        self.elements = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag.rpartition("}")[2]
        self.elements += 1
        if self.elements > MOST_ELEMENTS or len(self.path) >= MOST_DEPTH:
            raise Unreadable(f"Ce fichier contient beaucoup plus qu’{self.expected.what}, il n’est pas lu.")
        node: Tree = dict(attributes)
        if self.path:
            children = self.path[-1].setdefault(name, [])
            if not isinstance(children, list):  # an attribute of that name
                raise Unreadable(
                    f"{quoted(name[:40])} y est à la fois une valeur et une liste. {self.expected.again}"
                )
            children.append(node)
        else:
            self._check_root(name)
            self.name, self.root = name, node
        self.path.append(node)

    def end(self, tag: str) -> None:
        self.path.pop()

    def doctype(self, name: str, public: str | None, system: str | None) -> None:
        raise Unreadable(
            "Ce fichier définit un type de document ou des entités XML (DOCTYPE), ScoDoc n’en écrit jamais. "
            f"Il n’est pas lu. {self.expected.again}"
        )

    def close(self) -> None:
        """The end of the file."""

    def _check_root(self, name: str) -> None:
        if name.lower() == "html":
            raise web_page(self.expected.again)
        self.expected.check_root(name)
