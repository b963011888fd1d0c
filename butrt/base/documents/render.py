"""From a page of HTML to a PDF that archives keep (PDF/A-3a) and screen readers read (PDF/UA-1).

The same page gives the same bytes, whatever the day and the fonts installed on the machine.
"""

import gc
import hashlib
import io
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, cached_property
from pathlib import Path
from threading import Lock
from typing import Any, Required, TypedDict, Unpack
from urllib.parse import unquote, urlsplit
from xml.etree import ElementTree

import weasyprint
from cssselect2 import ElementWrapper
from pydyf import PDF, Object
from weasyprint.document import Document, DocumentMetadata
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher, URLFetcherResponse

from butrt.base.documents.characters import bracketed, note_of, unprintable
from butrt.base.documents.kept import Box, RenderedPdf, keeps, once, recalled
from butrt.base.documents.printer import printer
from butrt.base.outside import PRINTS, Limits, opened_apart
from butrt.base.outside.middleware import acting, serving

STATIC = Path(__file__).resolve().parents[3] / "static"
STYLESHEET = STATIC / "documents.css"

# A PV of 480 students, on a machine that does much else.
OURS = Limits(processor=120, time=180, memory=1500 * 2**20, answer=96 * 2**20)
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


class How(TypedDict, total=False):
    """What `render_pdf` is told beside the page."""

    title: Required[str]
    identifier: Required[bytes]
    created: Required[datetime]
    attachments: Sequence[Attached]
    anchors: str
    if_longer: str


def render_pdf(html: str, **how: Unpack[How]) -> RenderedPdf:
    """Print a whole page of HTML with `documents.css`, which it need not link to.

    `identifier` tells this document from any other (its code, its version) and goes into the file.
    `created` is an aware datetime: the clock is not read. `boxes` gives the elements whose id begins
    with `anchors`, none by default. Pictures may only come from `static/` or be `data:`; an <svg> bears
    a <title> or an aria-label, or aria-hidden="true" when it is there for the eye alone. `if_longer` is
    what is printed instead of an `html` that takes more than one sheet: the same, laid out for two.

    A character that no bundled font has is replaced by its name, and a note at the end says so: one that
    is typed is refused (`printed.PrintedTexts`), but a jury may have frozen one before.

    While a page is answered, it is printed in another process (`outside`) in its turn (`printer`), and kept.
    Raise ValueError for a drawing without words, `outside.Busy` when that takes too long.
    """
    return _once(_key(html, how), html, how) if keeps() else _printed.function(html, **how)


def render_known(known: str, page: Callable[[], Mapping[str, Any]]) -> RenderedPdf:
    """The same of what `page` gives, the arguments of `render_pdf`: not even written when it is kept.

    `known` tells all that the page says and is written with (`known.known_as`); "": the page itself does.
    """
    if not known or not keeps():
        return render_pdf(**page())
    key = hashlib.sha256(f"{_edition()}/{known}".encode()).hexdigest()
    if made := recalled(key):
        return made
    how = dict(page())
    return _once(key, how.pop("html"), how)


def _once(key: str, html: str, how: Any) -> RenderedPdf:
    """What is kept under that key, else printed and kept: here, or apart and in its turn for a page."""
    if made := recalled(key):
        return made
    if not serving():
        return once(key, lambda: _printed.function(html, **how))
    ask = printer().print_first if acting() else printer().wait_for
    return ask(key, lambda: once(key, lambda: _printed(html, **how)))


@contextmanager
def _uncollected() -> Iterator[None]:
    """Laying out makes many objects and no rubbish: it is looked for once, when the document is made."""
    usual = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if usual:
            gc.enable()
            gc.collect(0)


@opened_apart(RuntimeError, OURS, PRINTS)
@_uncollected()
def _printed(
    html: str,
    *,
    title: str,
    identifier: bytes,
    created: datetime,
    attachments: Sequence[Attached] = (),
    anchors: str = "",
    if_longer: str = "",
) -> RenderedPdf:
    pages = [_read(text) for text in (html, if_longer) if text]
    with _one_at_a_time:
        fonts, stylesheet = _look()
        for page in pages:
            document = page.render(font_config=fonts, stylesheets=[stylesheet])
            if len(document.pages) == 1:
                break
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


def _read(html: str) -> weasyprint.HTML:
    """A page ready to lay out. Raises ValueError for a drawing without words."""
    text, where = unicodedata.normalize("NFC", html), STATIC.as_uri() + "/"
    tree = _tree(text)
    if tree is None:
        page = weasyprint.HTML(string=text, base_url=where, url_fetcher=_StaticFiles())
    else:
        page = _Grown(tree, where)
    _unindent(page.etree_element)
    _name_unprintable(page.etree_element)
    _describe_drawings(page.etree_element)
    return page


_SVG = "{http://www.w3.org/2000/svg}"
# A start tag of HTML that has no end, which XML closes.
_VOID = re.compile(r"<((?:area|br|col|hr|img|input|link|meta|wbr)\b[^>]*?)\s*/?>")
# What HTML puts elsewhere than it is written: a row in a <tbody>, a block after the paragraph.
_MOVED = {
    "table": frozenset(("tr",)),
    "p": frozenset(("p", "div", "ul", "ol", "dl", "table", "section", "header", "footer", "h1", "h2", "h3")),
}


def _tree(html: str) -> ElementTree.Element | None:
    """The elements of a page that is well-formed as XML and means the same there, as ours are; else None.

    It is read in a fiftieth of the time that a parser of any HTML takes: a twentieth of a transcript's.
    """
    kind, _, text = html.lstrip().partition(">")
    if kind.lower() != "<!doctype html":
        return None
    try:
        root = ElementTree.fromstring(_VOID.sub(r"<\1/>", text))
    except ElementTree.ParseError:
        return None
    if any(child.tag in _MOVED.get(parent.tag, ()) for parent in root.iter() for child in parent):
        return None
    for drawing in root.iter("svg"):
        for element in drawing.iter():
            element.tag = _SVG + element.tag  # as HTML understands it
    return root


# Whose own text is never seen, and whose beginning and end are those of a line.
_HOLDS = frozenset(("html", "head", "table", "colgroup", "thead", "tbody", "tfoot", "tr", "ul", "ol", "dl"))
_LINES = frozenset(("td", "th", "li", "dt", "dd", "p", "h1", "h2", "h3"))
_SPACES = " \t\n\r"  # a no-break space is seen


def _unindent(root: ElementTree.Element) -> None:
    """Forget the indentation of the templates, which is laid out before it is dropped."""
    for element in root.iter():
        if element.tag in _HOLDS:
            element.text = (element.text or "").strip(_SPACES)
            for child in element:
                child.tail = (child.tail or "").strip(_SPACES)
        elif element.tag in _LINES:
            element.text = (element.text or "").lstrip(_SPACES)
            if len(element):
                element[-1].tail = (element[-1].tail or "").rstrip(_SPACES)
            else:
                element.text = element.text.rstrip(_SPACES)


class _Grown(weasyprint.HTML):
    """A page whose elements are there: WeasyPrint reads them from a text alone."""

    def __init__(self, root: ElementTree.Element, base_url: str) -> None:
        self.base_url, self.url_fetcher, self.media_type = base_url, _StaticFiles(), "print"
        self.wrapper_element = ElementWrapper.from_html_root(root, content_language=None)
        self.etree_element = self.wrapper_element.etree_element


def _key(html: str, how: How) -> str:
    """What tells a printed page from any other: all that is given, and all that draws it."""
    files = [
        (file.name, hashlib.sha256(file.content).hexdigest(), file.description, file.created, file.mime)
        for file in how.get("attachments", ())
    ]
    rest = {name: value for name, value in sorted(how.items()) if name != "attachments"}
    return hashlib.sha256(repr((_edition(), html, rest, files)).encode()).hexdigest()


@cache
def _edition() -> str:
    """What draws: this module, the stylesheets and the fonts they name, the library."""
    drawn = hashlib.sha256(weasyprint.__version__.encode())
    for file in (
        Path(__file__),
        STYLESHEET,
        *sorted(STATIC.glob("documents/*")),
        *sorted(STATIC.glob("fonts/*")),
    ):
        drawn.update(file.read_bytes())
    return drawn.hexdigest()


def warm_up() -> None:
    """What a process that prints reads first (`outside.nursery`)."""
    _look()


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


_SILENT = frozenset(("head", "script", "style", "template", f"{_SVG}title", f"{_SVG}desc"))


def _name_unprintable(page: ElementTree.Element) -> None:
    """Write the name of what no bundled font has, in brackets; say so at the end of the page."""
    replaced: dict[str, None] = {}

    def named(text: str) -> str:
        replaced.update(dict.fromkeys(unprintable(text)))
        return bracketed(text)

    def walk(element: ElementTree.Element) -> None:
        if not isinstance(element.tag, str) or element.tag in _SILENT:  # a comment's tag is a function
            return
        element.text = element.text and named(element.text)
        for name, value in element.items():
            if name.startswith("data-footer"):
                element.set(name, named(value))
        for child in element:
            walk(child)
            child.tail = child.tail and named(child.tail)

    walk(page)
    body = page.find("body")
    if replaced and body is not None:
        note = ElementTree.SubElement(body, "p", {"class": "muted small"})
        note.text = note_of(replaced)


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
    pdf.objects = [thing if thing.free == "f" else _WrittenOnce(thing) for thing in pdf.objects]

    # Streams stay compressed but objects apart: pyHanko reads the head of an object stream again for each
    # of its objects (verifying a PV signed three times took 33 s with them, 1.3 s without).
    def write(output: io.BytesIO, version: bytes, identifier: bytes, compress: bool) -> None:
        PDF.write(pdf, output, version, identifier, compress=False)

    pdf.write = write


class _WrittenOnce(Object):
    """An object that is written, and compressed, once: pydyf asks for its data again to hash the file."""

    def __init__(self, thing: Object) -> None:
        super().__init__()
        self.number, self.generation, self._thing = thing.number, thing.generation, thing

    @cached_property
    def data(self) -> bytes:
        return bytes(self._thing.data)


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
