"""The mark sheet as a journey handles it, and what a spreadsheet leaves in the clipboard."""

from __future__ import annotations

from dataclasses import dataclass

from playwright.sync_api import Locator, Page, expect

from grades.models import Teaching

NAMES = ("ABÉLARD", "BARTOLI", "CHASSAGNE", "DIALLO")
PASTE = """(element, text) => {
  const clipboardData = new DataTransfer();
  clipboardData.setData("text/plain", text);
  const event = new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true });
  element.dispatchEvent(event);
}"""


@dataclass
class Sheet:
    """The sheet as its reader handles it."""

    page: Page
    teaching: Teaching

    def cell(self, name: str, title: str) -> Locator:
        return self.page.get_by_role("textbox", name=f"{name} Camille {title}")

    def type(self, name: str, title: str, text: str) -> None:
        """Click in a cell, type, leave it with Enter."""
        self.cell(name, title).click()
        self.page.keyboard.type(text)
        self.page.keyboard.press("Enter")

    def row(self, name: str) -> Locator:
        return self.page.locator("tbody tr[data-enrolment]").filter(has_text=name)

    def state(self, name: str, title: str, state: str) -> None:
        expect(self.cell(name, title).locator("..")).to_contain_class(state)
