"""A workbook read: its links, its strings and styles, then its sheets."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping

from butrt.base.outside import opened_apart
from butrt.base.spreadsheets.archive import inflated
from butrt.base.spreadsheets.parts import Book, Links, Sheet, Strings, Styles, format_kind, parsed
from butrt.base.spreadsheets.values import SAVE_AS, USUAL, Bounds, Kind, Tab, Unreadable


def warm_up() -> None:
    """What a process that reads workbooks reads first (`outside.nursery`); the site itself, when it must."""
    from openpyxl.styles import numbers
    from openpyxl.utils import cell

    del numbers, cell


@opened_apart(Unreadable)
def read_xlsx(data: bytes, bounds: Bounds = USUAL) -> list[Tab]:
    """Every sheet of a workbook, in order. Raises Unreadable; nothing else, whatever the bytes."""
    parts = inflated(data, bounds)
    book, folder = _main_part(parts)
    links = _links(parts, book)
    strings = _shared_strings(parts, folder, links, bounds)
    kinds = _style_kinds(parts, folder, links)
    tabs = []
    about = parsed(parts, book, Book())
    for name, link in about.sheets:
        kind, target = links.get(link, ("", ""))
        if kind != "worksheet":
            continue  # a chart on its own sheet
        path = _path(folder, target)
        tab = Tab(name, since_1904=about.since_1904)
        tabs.append(parsed(parts, path, Sheet(tab, strings, kinds, bounds)).tab)
    if not tabs:
        raise Unreadable(f"Ce classeur n’a aucune feuille. {SAVE_AS}, puis l’envoyer.")
    return tabs


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
    return parsed(parts, path, Links()).links if path in parts else {}


def _path(folder: str, target: str) -> str:
    return posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/").lower()


def _of_kind(folder: str, links: Mapping[str, tuple[str, str]], wanted: str) -> str:
    return next((_path(folder, target) for kind, target in links.values() if kind == wanted), "")


def _shared_strings(
    parts: Mapping[str, bytes], folder: str, links: Mapping[str, tuple[str, str]], bounds: Bounds
) -> list[str]:
    path = _of_kind(folder, links, "sharedStrings")
    return parsed(parts, path, Strings(bounds)).strings if path in parts else []


def _style_kinds(parts: Mapping[str, bytes], folder: str, links: Mapping[str, tuple[str, str]]) -> list[Kind]:
    """What a number is under each cell style: a number, a date or a percentage."""

    from openpyxl.styles.numbers import BUILTIN_FORMATS

    path = _of_kind(folder, links, "styles")
    if path not in parts:
        return []
    styles = parsed(parts, path, Styles())
    return [format_kind(styles.formats.get(key, BUILTIN_FORMATS.get(key, ""))) for key in styles.used]
