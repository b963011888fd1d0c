"""Several of our PDF in one, to print: what `render` wrote, with its tags, stays PDF/A-3a and PDF/UA-1.

What several documents cannot share is left out, their attachments; one that is signed is refused.
The files are ours, so their text is renumbered as it stands: a thousand times less work than reading
every object of a hundred PDF (15 s of pyHanko for 150 transcripts, under 1 s here).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from itertools import pairwise

from butrt.base.documents.render import universal_metadata

CATALOG, PAGES, TAGS, DOCUMENT, NUMBERS, METADATA, OUTLINE = range(1, 8)

# A string, where "1 0 R" is text, or a reference.
_REFERENCE = re.compile(rb"\((?:[^()\\]|\\.)*\)|<[0-9A-Fa-f]*>|(\d+) 0 R\b", re.DOTALL)
_NUMBERED = re.compile(rb"(\d+) (\[[^\]]*\]|\d+ 0 R)")
_STREAM = re.compile(rb">>\s*stream\r?\n")


class NotOurs(ValueError):
    """A file that is not as `render` wrote it: its tags, or its signature, would not survive."""


def join(
    documents: Iterable[tuple[str, bytes]], *, title: str, identifier: bytes, created: datetime
) -> bytes:
    """The PDF of `documents` (what the outline calls each, its PDF), one after the other.

    The same documents give the same bytes: the clock is not read. Raises `NotOurs` for one that is signed
    or that another made.
    """
    joined = _Joined()
    for name, pdf in documents:
        joined.append(name, _Ours(pdf))
    return joined.finished(title=title, identifier=identifier, created=created)


class _Ours:
    """A PDF that `render` wrote and nobody signed since: its objects, by number, as text."""

    def __init__(self, pdf: bytes) -> None:
        self.pdf = pdf
        start = int(_matched(rb"startxref\s+(\d+)\s+%%EOF\s*$", pdf[-64:]))
        trailer = pdf.rfind(b"trailer")
        if trailer < 0 or not pdf.startswith(b"xref", start) or b"/Prev" in pdf[trailer:]:
            raise NotOurs("signed, or without a table of objects")
        self.offsets: dict[int, int] = {}
        number = 0
        for line in pdf[start:trailer].splitlines()[1:]:
            words = line.split()
            if len(words) == 2:
                number = int(words[0])
                continue
            if words[2] == b"n":
                self.offsets[number] = int(words[0])
            number += 1
        # An object ends where the next thing of the file begins.
        marks = sorted({*self.offsets.values(), start})
        self.ends = dict(pairwise(marks))
        self.catalog = self.object(int(_matched(rb"/Root (\d+) 0 R", pdf[trailer:])))

    def object(self, number: int) -> bytes:
        """What stands between "obj" and "endobj"."""
        start = self.offsets[number]
        text = self.pdf[start : self.ends[start]]
        head = b"%d 0 obj" % number
        if not text.startswith(head):
            raise NotOurs(f"object {number}")
        return text[len(head) : text.rindex(b"endobj")].strip(b"\r\n")

    def named(self, name: bytes, of: bytes) -> int:
        """The number of the object that an entry refers to."""
        return int(_matched(rb"/%s (\d+) 0 R" % name, of))


class _Joined:
    """A PDF being made of others: their pages, their tags, a line of outline each."""

    def __init__(self) -> None:
        self.objects: dict[int, bytes] = {}
        self.next = OUTLINE + 1
        self.pages: list[int] = []
        self.parts: list[int] = []
        self.numbered: list[bytes] = []
        self.lines: list[tuple[str, int]] = []
        self.intent = b""

    def append(self, name: str, ours: _Ours) -> None:
        pages, tags = (ours.named(root, ours.catalog) for root in (b"Pages", b"StructTreeRoot"))
        numbers = ours.named(b"ParentTree", ours.object(tags))
        # Their roots are ours; everything else keeps its words under another number.
        known = {pages: PAGES, tags: DOCUMENT, numbers: NUMBERS}
        kids = _references(_matched(rb"/Kids \[([^\]]*)\]", ours.object(pages)))
        parts = _references(_matched(rb"/K \[([^\]]*)\]", ours.object(tags)))
        if not self.intent:
            intent = _matched(rb"/OutputIntents \[(.*?>>)\]", ours.catalog)
            self.intent = self._take(ours, intent, known)
        self._take(ours, b"".join(b"%d 0 R " % number for number in (*kids, *parts)), known)
        first = len(self.numbered)
        for key, elements in _NUMBERED.findall(_matched(rb"/Nums \[(.*)\]", ours.object(numbers))):
            self.numbered.append(b"%d %s" % (first + int(key), self._take(ours, elements, known)))
        for kid in kids:
            self._shift(known[kid], first)
        for part in parts:
            self.objects[known[part]] = self.objects[known[part]].replace(b"/S /Document", b"/S /Part", 1)
        self.lines.append((name, known[kids[0]]))
        self.pages += [known[kid] for kid in kids]
        self.parts += [known[part] for part in parts]

    def _take(self, ours: _Ours, text: bytes, known: dict[int, int]) -> bytes:
        """Take all that a text refers to, near and far; the text with its new numbers."""
        left: list[int] = []

        def renumbered(match: re.Match[bytes]) -> bytes:
            if match[1] is None:
                return match[0]
            number = int(match[1])
            if number not in known:
                known[number] = self.next
                self.next += 1
                left.append(number)
            return b"%d 0 R" % known[number]

        text = _REFERENCE.sub(renumbered, text)
        while left:
            number = left.pop()
            taken = ours.object(number)
            stream = _STREAM.search(taken)
            head = stream.end() if stream else len(taken)
            self.objects[known[number]] = _REFERENCE.sub(renumbered, taken[:head]) + taken[head:]
        return text

    def _shift(self, page: int, by: int) -> None:
        """Give a page and its links numbers of their own among the tags of the whole file."""

        def shifted(match: re.Match[bytes]) -> bytes:
            return b"%s %d" % (match[1], int(match[2]) + by)

        text = self.objects[page]
        links = _references(_matched(rb"/Annots \[([^\]]*)\]", text)) if b"/Annots [" in text else []
        for number in (page, *links):
            self.objects[number] = re.sub(rb"(/StructParents?) (\d+)", shifted, self.objects[number])

    def finished(self, *, title: str, identifier: bytes, created: datetime) -> bytes:
        metadata = universal_metadata(title=title, created=created)
        self.objects |= {
            CATALOG: b"<</Type /Catalog/Pages %d 0 R/Outlines %d 0 R/PageMode /UseOutlines/Lang (fr)"
            b"/StructTreeRoot %d 0 R/MarkInfo <</Marked true>>/ViewerPreferences <</DisplayDocTitle true>>"
            b"/OutputIntents [%s]/Metadata %d 0 R>>" % (PAGES, OUTLINE, TAGS, self.intent, METADATA),
            PAGES: b"<</Type /Pages/Kids [%s]/Count %d>>" % (_written(self.pages), len(self.pages)),
            TAGS: b"<</Type /StructTreeRoot/ParentTree %d 0 R/K [%d 0 R]>>" % (NUMBERS, DOCUMENT),
            DOCUMENT: b"<</Type /StructElem/S /Document/P %d 0 R/K [%s]>>" % (TAGS, _written(self.parts)),
            NUMBERS: b"<</Nums [%s]>>" % b" ".join(self.numbered),
            METADATA: b"<</Type /Metadata/Subtype /XML/Length %d>>\nstream\n%s\nendstream"
            % (len(metadata), metadata),
        }
        self._outline()
        return self._file(identifier)

    def _outline(self) -> None:
        first, last = self.next, self.next + len(self.lines) - 1
        self.objects[OUTLINE] = b"<</Type /Outlines/First %d 0 R/Last %d 0 R/Count %d>>" % (
            *(first, last),
            len(self.lines),
        )
        for number, (name, page) in enumerate(self.lines, first):
            near = b"/Prev %d 0 R" % (number - 1) if number > first else b""
            near += b"/Next %d 0 R" % (number + 1) if number < last else b""
            words = b"feff" + name.encode("utf-16-be").hex().encode()
            self.objects[number] = b"<</Title <%s>/Parent %d 0 R/Dest [%d 0 R /Fit]%s>>" % (
                *(words, OUTLINE),
                *(page, near),
            )

    def _file(self, identifier: bytes) -> bytes:
        output = bytearray(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
        table = [b"0000000000 65535 f \n"]
        for number in range(1, len(self.objects) + 1):
            table.append(b"%010d 00000 n \n" % len(output))
            output += b"%d 0 obj\n%s\nendobj\n" % (number, self.objects[number])
        start = len(output)
        name = identifier.hex().encode()
        output += b"xref\n0 %d\n%s" % (len(table), b"".join(table))
        output += b"trailer\n<</Size %d/Root %d 0 R/ID [<%s> <%s>]>>\n" % (len(table), CATALOG, name, name)
        output += b"startxref\n%d\n%%%%EOF\n" % start
        return bytes(output)


def _matched(pattern: bytes, text: bytes) -> bytes:
    match = re.search(pattern, text, re.DOTALL)
    if match is None:
        raise NotOurs(pattern.decode())
    return match[1]


def _references(text: bytes) -> list[int]:
    return [int(number) for number in re.findall(rb"(\d+) 0 R", text)]


def _written(numbers: Iterable[int]) -> bytes:
    return b" ".join(b"%d 0 R" % number for number in numbers)
