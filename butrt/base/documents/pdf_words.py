"""The words of a PDF as its pages print them, read by us: no other program is needed to compare them.

Enough for what WeasyPrint writes (one font per run, each with its table of characters) and for what an
editor adds over it; the text comes in the order of the drawing, which for our tables is that of the rows.
"""

import io
import re
from collections.abc import Iterator
from typing import Any

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.reader import PdfFileReader

from butrt.base.documents.verifying import MALFORMED, nodes

SHOWN = re.compile(
    rb"/(?P<font>[^\s/<>\[\]()]+)\s+-?[\d.]+\s+Tf"
    rb"|\[(?P<run>(?:<[0-9A-Fa-f\s]*>|\((?:\\.|[^\\()])*\)|[-\d.\s])*)\]\s*TJ"
    rb"|(?P<one><[0-9A-Fa-f\s]*>|\((?:\\.|[^\\()])*\))\s*Tj"
)
PIECE = re.compile(rb"<([0-9A-Fa-f\s]*)>|\(((?:\\.|[^\\()])*)\)")
MAPPED = re.compile(rb"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>")


def printed_text(pdf: bytes) -> str:
    """Every character that the pages print, without any space, page after page; "" for what is no PDF."""
    try:
        reader = PdfFileReader(io.BytesIO(pdf), strict=False)
        pages = list(_pages(reader.root["/Pages"]))
        return "".join("".join("".join(_shown(page)).split()) for page in pages)
    except MALFORMED:
        return ""


def _pages(top: generic.DictionaryObject) -> Iterator[generic.DictionaryObject]:
    return (node for node in nodes(top) if node.get("/Type") == "/Page")


def _shown(page: generic.DictionaryObject) -> Iterator[str]:
    resources = page["/Resources"]
    held = resources["/Font"] if "/Font" in resources else {}  # noqa: SIM401 (get() gives a reference)
    fonts = {name.lstrip("/").encode(): _characters(held[name]) for name in held}
    characters: dict[int, str] = {}
    for drawn in SHOWN.finditer(_drawing(page["/Contents"])):
        if drawn["font"]:
            characters = fonts.get(drawn["font"], {})
            continue
        for glyphs, plain in PIECE.findall(drawn["run"] or drawn["one"]):
            if plain:
                yield plain.decode("latin-1")
            digits = b"".join(glyphs.split())
            codes = (int(digits[i : i + 4], 16) for i in range(0, len(digits), 4))
            yield "".join(characters.get(code, "") for code in codes)


def _drawing(contents: Any) -> bytes:
    if isinstance(contents, generic.ArrayObject):
        return b"\n".join(contents[i].data for i in range(len(contents)))
    data: bytes = contents.data
    return data


def _characters(font: generic.DictionaryObject) -> dict[int, str]:
    """The character of each glyph of a font, as it says itself."""
    if "/ToUnicode" not in font:
        return {}
    return {
        int(glyph, 16): bytes.fromhex(text.decode()).decode("utf-16-be")
        for glyph, text in MAPPED.findall(font["/ToUnicode"].data)
    }
