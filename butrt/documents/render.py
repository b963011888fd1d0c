"""From a page of HTML to a PDF that archives keep (PDF/A-3a) and screen readers read (PDF/UA-1).

The same page gives the same bytes, whatever the day and the fonts installed on the machine.
"""

import io
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any
from urllib.parse import unquote, urlsplit
from xml.etree import ElementTree

import weasyprint
from fontTools.ttLib import TTFont
from pydyf import PDF
from weasyprint.document import Document, DocumentMetadata
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher, URLFetcherResponse

STATIC = Path(__file__).resolve().parents[2] / "static"
STYLESHEET = STATIC / "documents.css"
# The last family of every text, in every weight (a test holds them equal): what it lacks cannot be printed.
EVERY_CHARACTER = STATIC / "fonts" / "jury-sans-400.woff2"

POINTS_PER_PIXEL = 0.75
# Pango and FontConfiguration are shared by the threads of a process, and are not made for it.
_one_at_a_time = Lock()


@dataclass(frozen=True, slots=True)
class Attached:
    """A file to embed: `name` in ASCII, `created` with its time zone."""

    name: str
    content: bytes
    description: str
    created: datetime
    mime: str


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in PDF points from the bottom left of a page; `page` counts from 0."""

    page: int
    left: float
    bottom: float
    right: float
    top: float

    def __iter__(self) -> Iterator[float]:
        return iter((self.left, self.bottom, self.right, self.top))


@dataclass(frozen=True, slots=True)
class RenderedPdf:
    """The PDF, its number of pages, and where the anchored elements stand."""

    content: bytes
    pages: int
    boxes: dict[str, Box]


@dataclass(frozen=True, slots=True)
class Unprintable:
    """A character that no bundled font has, and the text around it."""

    character: str
    place: str

    def __str__(self) -> str:
        visible = self.character.isprintable() and not unicodedata.combining(self.character)
        shown = f"« {self.character} » " if visible else "invisible "
        return f"le caractère {shown}(U+{ord(self.character):04X}) dans « {self.place} »"


class MissingGlyph(ValueError):
    """Refuse a text that would print as empty squares. `found` holds each character and its place."""

    def __init__(self, found: Sequence[Unprintable]) -> None:
        self.found = tuple(found)
        listed = " ; ".join(str(one) for one in self.found[:5])
        more = f" ; et {len(self.found) - 5} autres" if len(self.found) > 5 else ""
        super().__init__(
            f"Le document ne peut pas être imprimé, ses polices n’ont pas {listed}{more}. "
            "Corriger cette donnée (un nom se translittère en alphabet latin, grec ou cyrillique), "
            "puis recommencer."
        )


def render_pdf(
    html: str,
    *,
    title: str,
    identifier: bytes,
    attachments: Sequence[Attached] = (),
    created: datetime,
    anchors: str = "",
) -> RenderedPdf:
    """Print a whole page of HTML with `documents.css`, which it need not link to.

    `identifier` tells this document from any other (its code, its version) and goes into the file.
    `created` is an aware datetime: the clock is not read. `boxes` gives the elements whose id begins
    with `anchors`, none by default. Pictures may only come from `static/` or be `data:`; an <svg> bears
    a <title> or an aria-label, or aria-hidden="true" when it is there for the eye alone.

    Raise MissingGlyph before any printing when a character is in none of the bundled fonts, ValueError
    for a drawing without words.
    """
    page = weasyprint.HTML(
        string=unicodedata.normalize("NFC", html), base_url=STATIC.as_uri() + "/", url_fetcher=_StaticFiles()
    )
    if found := list(_unprintable(page.etree_element)):
        raise MissingGlyph(found)
    _describe_drawings(page.etree_element)
    with _one_at_a_time:
        fonts, stylesheet = _look()
        document = page.render(font_config=fonts, stylesheets=[stylesheet])
        moment = _zulu(created)
        document.metadata = _UniversalMetadata(
            title=title, lang=document.metadata.lang or "fr", created=moment, modified=moment
        )
        content = document.write_pdf(
            finisher=_finish,
            pdf_variant="pdf/a-3a",
            pdf_identifier=identifier,
            attachments=[_embedded(file) for file in sorted(attachments, key=lambda file: file.name)],
        )
    boxes = _boxes(document, anchors) if anchors else {}
    return RenderedPdf(content=content, pages=len(document.pages), boxes=boxes)


@cache
def printable() -> frozenset[str]:
    """Every character that a document may hold."""
    with TTFont(EVERY_CHARACTER, lazy=True) as font:
        return frozenset(map(chr, font.getBestCmap())) | frozenset("\t\n\r\f")


@cache
def _look() -> tuple[FontConfiguration, weasyprint.CSS]:
    """The fonts and the stylesheet, read once per process: 15 % of a transcript's time."""
    fonts = FontConfiguration()
    return fonts, weasyprint.CSS(filename=STYLESHEET, font_config=fonts, url_fetcher=_StaticFiles())


class _StaticFiles(URLFetcher):
    """Fetch from `static/` and from the page itself, nothing else: a document depends on no network."""

    def __init__(self) -> None:
        super().__init__(allowed_protocols=("file", "data"))

    def fetch(self, url: str, headers: dict[str, str] | None = None) -> URLFetcherResponse:
        parts = urlsplit(url)
        if parts.scheme == "file" and not Path(unquote(parts.path)).resolve().is_relative_to(STATIC):
            raise ValueError(f"outside of static/: {url}")
        return super().fetch(url, headers)


# What stands on a line of its own, so that the message shows enough to find the character.
_LINES = frozenset(("tr", "p", "li", "dt", "dd", "h1", "h2", "h3", "h4", "caption"))
_SVG = "{http://www.w3.org/2000/svg}"
_SILENT = frozenset(("head", "script", "style", "template", f"{_SVG}title", f"{_SVG}desc"))


def _unprintable(
    element: ElementTree.Element, line: ElementTree.Element | None = None
) -> Iterator[Unprintable]:
    """Each character of the page that no bundled font has, once per line."""
    if not isinstance(element.tag, str) or element.tag in _SILENT:  # a comment's tag is a function
        return
    line = element if line is None or element.tag in _LINES else line
    texts = [element.text or ""]
    texts += [value for name, value in element.items() if name.startswith("data-footer")]
    for child in element:
        yield from _unprintable(child, line)
        texts.append(child.tail or "")
    shown = "".join(texts)
    for character in dict.fromkeys(shown):
        if character not in printable():
            whole = " ".join(" ".join(line.itertext()).split())
            yield Unprintable(character, _around(character, whole if character in whole else shown))


def _around(character: str, text: str, reach: int = 30) -> str:
    """The beginning of a line and what surrounds a character of it."""
    at = text.index(character)
    start, end = max(at - reach, 0), at + reach
    head = text[:reach] + " … " if start > reach else text[:start]
    return head + text[start:end] + ("…" if end < len(text) else "")


def _embedded(file: Attached) -> weasyprint.Attachment:
    moment = file.created.astimezone(UTC)
    attachment = weasyprint.Attachment(
        string=file.content,
        name=file.name,
        description=file.description,
        created=moment,
        modified=moment,
        relationship="Data",
    )
    # WeasyPrint would guess the type from the name; here it is given.
    attachment.source = nullcontext((io.BytesIO(file.content), None, None, file.mime))
    return attachment


def _boxes(document: Document, anchors: str) -> dict[str, Box]:
    boxes = {}
    for number, page in enumerate(document.pages):
        for name, (left, top, right, bottom) in page.anchors.items():
            if name.startswith(anchors):
                edges = (left, page.height - bottom, right, page.height - top)
                boxes[name] = Box(number, *(round(edge * POINTS_PER_PIXEL, 2) for edge in edges))
    return boxes


def _describe_drawings(page: ElementTree.Element) -> None:
    """Give each <svg> the <title> that WeasyPrint makes its alternative text of."""
    for drawing in page.iter(f"{_SVG}svg"):
        if drawing.find(f"{_SVG}title") is None and drawing.get("aria-hidden") != "true":
            if not drawing.get("aria-label"):
                raise ValueError("an <svg> needs a <title>, an aria-label, or aria-hidden=true")
            title = ElementTree.Element(f"{_SVG}title")
            title.text = drawing.get("aria-label")
            drawing.insert(0, title)


def _finish(document: Document, pdf: PDF) -> None:
    """Set what WeasyPrint has no option for, before it writes."""
    # What has no alternative text is there for the eye alone: no figure to announce (PDF/UA-1, 7.3).
    for drawn in pdf.objects:
        if isinstance(drawn, dict) and drawn.get("S") == "/Figure" and "Alt" not in drawn:
            drawn["S"] = "/NonStruct"
            del drawn["A"]

    # Streams stay compressed but objects apart: pyHanko reads the head of an object stream again for each
    # of its objects (verifying a PV signed three times took 33 s with them, 1.3 s without).
    def write(output: io.BytesIO, version: bytes, identifier: bytes, compress: bool) -> None:
        PDF.write(pdf, output, version, identifier, compress=False)

    pdf.write = write


_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
for _prefix in ("extension", "schema", "property"):
    _uri = f"http://www.aiim.org/pdfa/ns/{_prefix}" + ("/" if _prefix == "extension" else "#")
    ElementTree.register_namespace(f"pdfa{_prefix.capitalize()}", _uri)
# The PDF/UA claim, and its schema described as PDF/A asks for any schema that it does not know.
_UNIVERSAL_ACCESS = f"""
<rdf:RDF xmlns:rdf="{_RDF}" xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/"
    xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/"
    xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#"
    xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">
  <rdf:Description rdf:about=""><pdfuaid:part>1</pdfuaid:part></rdf:Description>
  <rdf:Description rdf:about=""><pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">
    <pdfaSchema:schema>PDF/UA identification schema</pdfaSchema:schema>
    <pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI>
    <pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix>
    <pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType="Resource">
      <pdfaProperty:name>part</pdfaProperty:name>
      <pdfaProperty:valueType>Integer</pdfaProperty:valueType>
      <pdfaProperty:category>internal</pdfaProperty:category>
      <pdfaProperty:description>PDF/UA part</pdfaProperty:description>
    </rdf:li></rdf:Seq></pdfaSchema:property>
  </rdf:li></rdf:Bag></pdfaExtension:schemas></rdf:Description>
</rdf:RDF>"""


def universal_metadata(*, title: str, created: datetime) -> bytes:
    """The whole stream of metadata of a PDF/A-3a and PDF/UA-1 file."""
    moment = _zulu(created)
    metadata = _UniversalMetadata(title=title, lang="fr", created=moment, modified=moment)
    pdf = PDF()
    metadata.include_in_pdf(pdf, "a", 3, "A", compress=False)
    return b"".join(pdf.objects[-1].stream)


def _zulu(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class _UniversalMetadata(DocumentMetadata):
    """PDF/A metadata that claim PDF/UA-1 too: WeasyPrint writes one of them at a time."""

    def generate_rdf_metadata(self, *variant: Any) -> bytes:
        root = ElementTree.fromstring(super().generate_rdf_metadata(*variant))
        root.extend(ElementTree.fromstring(_UNIVERSAL_ACCESS))
        return ElementTree.tostring(root, encoding="utf-8")
