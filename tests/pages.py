"""What tests do with pages: read them, send back their forms as they were shown, or print nothing of them."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from html.parser import HTMLParser
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client

from butrt.base.documents import render
from butrt.base.documents.kept import RenderedPdf

BLOCKS = (
    "article|aside|body|caption|dd|details|dialog|div|dl|dt|fieldset|figcaption|figure|footer|form|h[1-6]|head|header|html|"
    "legend|li|main|nav|ol|option|p|section|select|summary|table|tbody|td|tfoot|th|thead|title|tr|ul"
)
INSIDE = r"(?:\"[^\"]*\"|[^\">])*"  # of a tag: a value may hold a chevron
BLOCK = rf"</?(?:{BLOCKS})\b{INSIDE}>"
AS_TYPED = re.compile(r"(<(textarea|pre|script)\b.*?</\2>)", re.S)
SPACE = re.compile(r"(?<=[ \n])value=\"[^\"]*\"|[ \n]{2,}|\n")
END_OF_TAG = re.compile(rf"(<[a-z]{INSIDE}) (?=/?>)")
BLOCK_AND_SPACE = re.compile(rf" ({BLOCK}) ?|({BLOCK}) ")
IN_BUTTON = re.compile(rf"(<button\b{INSIDE}>) | (?=</button>)")


def packed(page: str) -> str:
    """A page without the white space that shows nothing: tests read it however its templates are laid out."""
    pieces = AS_TYPED.split(page)
    for place in range(0, len(pieces), 3):
        # A value stays as it was typed.
        text = SPACE.sub(lambda run: run[0] if run[0].startswith("value") else " ", pieces[place])
        text = END_OF_TAG.sub(r"\1", text)
        text = BLOCK_AND_SPACE.sub(lambda tag: tag[1] or tag[2], text)
        pieces[place] = IN_BUTTON.sub(lambda tag: tag[1] or "", text)
    return "".join(piece for place, piece in enumerate(pieces) if place % 3 != 2)


def _packed(value: Any) -> Any:
    """The same of the fragments that an answer to a script holds."""
    if isinstance(value, dict):
        return {name: _packed(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_packed(each) for each in value]
    return packed(value) if isinstance(value, str) and value.lstrip().startswith("<") else value


class Packed:
    """What an answer holds, packed when a test first reads it: many ask for its status alone."""

    def __init__(self, kind: str, pieces: Iterable[bytes]) -> None:
        self.kind, self.pieces = kind, pieces

    def __iter__(self) -> Iterator[bytes]:
        yield self.content

    @cached_property
    def content(self) -> bytes:
        content = b"".join(self.pieces)
        if self.kind == "text/html":
            return packed(content.decode()).encode()
        return json.dumps(_packed(json.loads(content)), ensure_ascii=False).encode()


def packing(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """A middleware: pages packed for the tests' client; a browser is given them as they are."""

    def answer(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        kind = response.get("Content-Type", "").partition(";")[0]
        if request.META["SERVER_NAME"] != "testserver" or request.path.startswith("/api/"):
            return response
        if kind in ("text/html", "application/json") and not response.streaming:
            response._container = Packed(kind, response._container)
            del response["Content-Length"]
        return response

    return answer


def plain(page: str) -> str:
    """The text of a page, without its tags nor no-break spaces."""
    text = html.unescape(re.sub(r"<[^>]*>", " ", page))
    return " ".join(text.replace("\N{NO-BREAK SPACE}", " ").split())


class Forms(HTMLParser):
    """The fields of each posted form of a page: {name: [values]}, by the address that it is sent to."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: dict[str, dict[str, list[str]]] = {}
        self.here: dict[str, list[str]] | None = None
        self.select = self.area = ""
        self.many = self.first = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        name = said.get("name", "")
        if tag == "form" and said.get("method", "").lower() == "post":
            self.here = self.found.setdefault(said.get("action", ""), {})
        if self.here is None or "disabled" in said:
            return
        if tag == "input" and name and said.get("type") not in ("submit", "button", "file", "image"):
            box = said.get("type") in ("checkbox", "radio")
            if not box or "checked" in said:
                self.here.setdefault(name, []).append(said.get("value", "on" if box else ""))
        elif tag == "select":
            self.select, self.many, self.first = name, "multiple" in said, "multiple" not in said
        elif tag == "option" and self.select and (self.first or "selected" in said):
            values = self.here.setdefault(self.select, [])
            values[:] = [*values, said["value"]] if self.many else [said["value"]]
            self.first = False
        elif tag == "textarea":
            self.area = name
            self.here.setdefault(name, []).append("")

    def handle_data(self, data: str) -> None:
        if self.area and self.here is not None:
            area = self.here[self.area]
            area[-1] += data if area[-1] else data.removeprefix("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.here = None
        elif tag == "textarea":
            self.area = ""
        elif tag == "select":
            self.select = ""


def form_of(page: Any, action: str = "") -> dict[str, list[str]]:
    """The fields that a page would send to `action`, by default to its own address."""
    found = Forms(page.content.decode()).found
    return found[action] if action in found else found[page.request["PATH_INFO"]]


def carried(page: Any, action: str = "") -> dict[str, str]:
    """What a page that edits says it showed: a save without it is refused."""
    return {"shown": form_of(page, action)["shown"][0]}


def shown(client: Client, address: str, action: str = "") -> dict[str, str]:
    """The same, of a page that one opens."""
    return carried(client.get(address), action)


def print_nothing(patch: pytest.MonkeyPatch) -> None:
    """Documents are given out as the pages that they would print: laying one out takes a second.

    For tests of what is handed over and of what it says; tests/jury/documents lay every kind of them out.
    """

    def as_page(page: str, **how: object) -> RenderedPdf:
        return RenderedPdf(content=f"%PDF-{page}".encode(), pages=1, boxes={})

    as_page.function = as_page  # what is called outside of a page
    patch.setattr(render, "_printed", as_page)
    patch.setattr(render, "_edition", lambda: "unprinted")  # kept under keys of its own
