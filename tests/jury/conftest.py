"""What the tests of juries share."""

from __future__ import annotations

import pytest

from butrt.base.documents import render
from butrt.base.documents.kept import RenderedPdf


@pytest.fixture
def unprinted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Documents are given out as the pages that they would print: laying one out takes a second.

    For tests of what is handed over and of what it says; tests/jury/documents lay every kind of them out.
    """

    def as_page(page: str, **how: object) -> RenderedPdf:
        return RenderedPdf(content=f"%PDF-{page}".encode(), pages=1, boxes={})

    as_page.function = as_page  # what is called outside of a page
    monkeypatch.setattr(render, "_printed", as_page)
    monkeypatch.setattr(render, "_edition", lambda: "unprinted")  # kept under keys of its own
