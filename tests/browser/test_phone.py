"""Every page that links lead to, on a phone: nothing beside the screen, no field too narrow to read."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page

PHONE = {"width": 390, "height": 844}
NO_PAGE = re.compile(r"\.\w{3,4}$|/(?:deconnexion|media|apercu)\b")
LINKS = "links => links.map(link => link.getAttribute('href').split(/[?#]/)[0])"
TOO_NARROW = """() => [...document.querySelectorAll("input, select, textarea")]
  .filter((field) => !["checkbox", "radio", "file", "hidden", "submit"].includes(field.type))
  .filter((field) => field.offsetParent && field.clientWidth < 44)
  .map((field) => `${field.name} : ${field.clientWidth} px`)"""


@pytest.mark.parametrize("username", ["b.vaucresson", "c.pichavant"])
def test_no_page_goes_beyond_a_phone(username: str, page: Page, demo: str, sign_in_as: Callable[[str], None]):
    """One page of each address."""
    page.set_viewport_size(PHONE)
    sign_in_as(username)
    waiting, kinds, faults = ["/"], set[str](), []
    while waiting:
        path = waiting.pop(0)
        kind = re.sub(r"\d+", "N", path)
        if kind in kinds or NO_PAGE.search(path):
            continue
        kinds.add(kind)
        page.goto(demo + path, wait_until="domcontentloaded")
        width = page.evaluate("document.documentElement.scrollWidth")
        if width > PHONE["width"]:
            faults.append(f"{path} : {width} px")
        faults += [f"{path}, {field}" for field in page.evaluate(TOO_NARROW)]
        waiting += page.eval_on_selector_all("a[href^='/']", LINKS)

    assert faults == []
    assert len(kinds) > 25
