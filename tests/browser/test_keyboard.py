"""Every shortcut of the jury on the keyboards of French departments: AZERTY, BÉPO, QWERTY, the keypad.

Playwright presses keys of a QWERTY; here Chromium is sent what each key of another layout sends: its place
(`code`) and what it prints (`key`).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from playwright.sync_api import CDPSession, Page, expect

from jury.models import Session
from tests.browser.test_room import jury, to_room  # noqa: F401

SHIFT, CONTROL = 8, 2
# What the row of digits types, from 1 to 9 then 0: without Shift, then with it.
AZERTY = ("&é\"'(-è_çà", "1234567890")
BEPO = ('"«»()@+-/*', "1234567890")
QWERTY = ("1234567890", "!@#$%^&*()")
# Where AZERTY prints what the help shows: (place, Shift).
PLACES = {
    **{letter: (f"Key{place.upper()}", 0) for letter, place in zip("azqw", "qwaz", strict=True)},
    **{letter: (f"Key{letter.upper()}", 0) for letter in "cdgpstu"},
    "m": ("Semicolon", 0),
    "?": ("KeyM", SHIFT),
    "/": ("Period", SHIFT),
    " ": ("Space", 0),
}
NAMED = ("ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight", "Enter", "Escape")


@dataclass
class Keyboard:
    """Keys of any layout, sent to the page as the browser gets them from the system."""

    chrome: CDPSession

    def send(self, code: str, key: str, modifiers: int = 0, *, keypad: bool = False) -> None:
        about = {"code": code, "key": key, "modifiers": modifiers, "isKeypad": keypad}
        about["windowsVirtualKeyCode"] = {"Enter": 13, "Escape": 27}.get(key, 0)
        text = {"Enter": "\r"}.get(key, key if len(key) == 1 and not modifiers & CONTROL else "")
        self.chrome.send("Input.dispatchKeyEvent", about | {"type": "keyDown", "text": text})
        self.chrome.send("Input.dispatchKeyEvent", about | {"type": "keyUp"})

    def digit(self, number: int, layout: tuple[str, str], *, shift: bool = False) -> None:
        key = layout[shift][(number + 9) % 10]
        self.send(f"Digit{number}", key, SHIFT if shift else 0)

    def press(self, key: str) -> None:
        """What AZERTY prints, or a key that has a name."""
        code, modifiers = (key, 0) if key in NAMED else PLACES[key]
        self.send(code, key, modifiers)


@pytest.fixture
def keys(page: Page) -> Keyboard:
    return Keyboard(page.context.new_cdp_session(page))


def test_digits_choose_on_every_keyboard(
    page: Page,
    keys: Keyboard,
    demo: str,
    jury: Session,  # noqa: F811
    sign_in_as: Callable,
):
    sign_in_as("b.vaucresson")
    to_room(page, demo, jury)
    page.keyboard.press("d")
    page.wait_for_url(re.compile("/etudiants/"))
    chosen = page.locator(".decide .opt input[name=code]")

    def choose(number: int, press: Callable[[], None]) -> None:
        chosen.nth(3).evaluate("box => { box.checked = true; }")
        press()
        expect(chosen.nth(number - 1)).to_be_checked()

    for number in (1, 2, 3):
        for layout in (AZERTY, BEPO, QWERTY):
            for shift in (False, True):
                choose(number, lambda n=number, row=layout, up=shift: keys.digit(n, row, shift=up))
        choose(number, lambda n=number: keys.send(f"Numpad{n}", str(n), keypad=True))

    # Not with Control or Alt, not without NumLock, not while typing, nothing that no key shows.
    chosen.nth(3).evaluate("box => { box.checked = true; }")
    keys.send("Digit1", "&", CONTROL)
    keys.send("Digit1", "&", 1)
    keys.send("Numpad1", "End", keypad=True)
    keys.send("Digit9", "ç")
    page.locator("#motive-year").focus()
    keys.digit(1, AZERTY)
    keys.digit(2, AZERTY, shift=True)
    expect(chosen.nth(3)).to_be_checked()
    expect(page.locator("#motive-year")).to_have_value("&2")

    # The filters of the room, the codes in a row of it.
    to_room(page, demo, jury)
    pressed = page.locator("[data-filter][aria-pressed=true]")
    for layout in (AZERTY, BEPO, QWERTY):
        keys.digit(2, layout)
        expect(pressed).to_have_attribute("data-filter", "todo")
        keys.digit(1, layout, shift=True)
        expect(pressed).to_have_attribute("data-filter", "all")
        keys.digit(0, layout)
        expect(pressed).to_have_attribute("data-filter", "gate")
        keys.send("Numpad1", "1", keypad=True)
        expect(pressed).to_have_attribute("data-filter", "all")
    keys.digit(2, AZERTY)
    keys.press("ArrowDown")
    keys.press(" ")
    here = page.locator("tr.deciding input[name=code]")
    expect(here.first).to_be_visible()
    for number, layout in ((2, AZERTY), (3, BEPO), (1, QWERTY)):
        keys.digit(number, layout)
        expect(here.nth(number - 1)).to_be_checked()


def test_what_the_help_shows_on_a_french_keyboard(
    page: Page,
    keys: Keyboard,
    demo: str,
    jury: Session,  # noqa: F811
    sign_in_as: Callable,
    audit: Callable,
):
    sign_in_as("b.vaucresson")
    to_room(page, demo, jury)
    focused = page.locator("tbody tr[data-k]:focus .who a")

    keys.press("?")
    expect(page.locator("#keys")).to_be_visible()
    told = page.locator("#keys dt kbd").all_inner_texts()
    assert told == ["↑", "↓", "⏎", "D", "1", "0", "A", "Z", "P", "C", "Espace", "X", "/", "U", "G"]
    keys.press("Escape")
    keys.press("/")
    expect(page.get_by_placeholder("Chercher un nom")).to_be_focused()
    keys.press("Escape")
    first = focused.inner_text()
    keys.press("ArrowDown")
    expect(focused).not_to_have_text(first)
    keys.press("ArrowUp")
    expect(focused).to_have_text(first)
    shown = page.locator("td.ue").first.is_visible()
    keys.press("u")
    expect(page.locator("td.ue").first).to_be_visible(visible=not shown)
    keys.press("g")
    expect(page.locator("select[data-by]")).to_have_value("acquired")
    keys.press("a")
    expect(page.locator("#accepter")).to_be_visible()
    keys.press("Enter")
    expect(page.get_by_text("20 propositions de droit acceptées.")).to_be_visible()
    page.wait_for_selector("table[data-ready]")
    keys.press("z")
    expect(page.locator("#annuler")).to_be_visible()
    keys.press("Escape")
    keys.press("p")
    there = page.locator("#presences")
    keys.digit(1, AZERTY)
    expect(there.get_by_role("button").nth(1)).to_contain_text("excusé")
    keys.digit(1, BEPO)
    expect(there.get_by_role("button").nth(1)).to_contain_text("convoqué")
    keys.press("t")
    expect(there.locator("li .btn-primary")).to_have_count(jury.members.count())
    audit(page)
    keys.press("Escape")
    expect(page.locator("[data-present]")).to_have_text(f"{jury.members.count()} présents")
    keys.press("c")
    page.wait_for_url(re.compile("/clore/"))

    # The card: from one to the next, a motive, what if, recorded; then the next one to decide.
    to_room(page, demo, jury)
    keys.press("ArrowDown")
    keys.press("Enter")
    page.wait_for_url(re.compile("/etudiants/"))
    one = page.url
    keys.press("ArrowRight")
    page.wait_for_url(lambda address: address != one)
    keys.press("ArrowLeft")
    page.wait_for_url(one)
    to_room(page, demo, jury)
    keys.press("d")
    page.wait_for_url(re.compile("/etudiants/"))
    keys.press("s")
    expect(page.locator("#if-v")).to_be_focused()
    keys.press("Escape")
    keys.digit(1, AZERTY)
    expect(page.locator(".decide .conseq")).to_be_visible()
    keys.press("m")
    expect(page.locator("#usual-year")).to_be_focused()
    keys.send("KeyR", "r")
    expect(page.locator("#motive-year")).not_to_have_value("")
    name = page.title().split(",")[0]
    keys.send("Enter", "Enter", CONTROL)
    expect(page.get_by_text(f"{name} : décision enregistrée.")).to_be_visible()


def test_the_next_one_is_that_of_the_table(
    page: Page,
    keys: Keyboard,
    demo: str,
    jury: Session,  # noqa: F811
    sign_in_as: Callable,
):
    sign_in_as("b.vaucresson")
    to_room(page, demo, jury)
    page.locator("select[data-by]").select_option("none")
    page.locator("[data-key=ects]").click()
    page.locator("[data-key=ects]").click()
    keys.digit(2, AZERTY)
    listed = [name.replace("\n", " ") for name in page.locator("tr[data-k]:visible .who a").all_inner_texts()]
    assert len(listed) == 6
    assert listed != sorted(listed)

    met = []
    keys.press("d")
    page.wait_for_url(re.compile("/etudiants/"))
    while "/etudiants/" in page.url:
        met.append(page.title().split(",")[0])
        keys.digit(1, AZERTY)
        expect(page.locator(".decide .conseq")).to_be_visible()
        if page.locator("#advice-year").is_visible():
            page.locator("#advice-year").fill("BTS CIEL par apprentissage.")
        page.locator("#motive-year").fill("Vu par le jury.")
        keys.send("Enter", "Enter", CONTROL)
        expect(page.get_by_text(f"{met[-1]} : décision enregistrée.")).to_be_visible()

    assert met == listed
    page.wait_for_selector("table[data-ready]")
    assert page.url.endswith("/salle/?filtre=todo&groupe=none&tri=-ects")
