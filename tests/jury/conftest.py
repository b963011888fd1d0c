"""What the tests of juries share."""

from __future__ import annotations

import pytest

from tests.pages import print_nothing


@pytest.fixture
def unprinted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Documents are given out as the pages that they would print: see `pages.print_nothing`."""
    print_nothing(monkeypatch)
