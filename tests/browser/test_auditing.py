"""What an audit looks at: the contrast of one text of each kind, and of none fewer."""

from __future__ import annotations

from playwright.sync_api import Page

from tests.browser.auditing import violations

PALE = "color: #bbb"


def pale(page: Page, last: str) -> list[str]:
    """The texts whose contrast is found too low after fifty alike, of which the last line is another."""
    rows = "<tr><td>12,50</td><td><b>ADM</b></td></tr>" * 50
    page.set_content(f"<html lang=fr><title>T</title><main><h1>H</h1><table>{rows}{last}</table></main>")
    return [
        node["html"]
        for broken in violations(page)
        if broken["id"] == "color-contrast"
        for node in broken["nodes"]
    ]


def test_a_pale_text_is_found_among_fifty_alike(page: Page):
    assert pale(page, "<tr><td>12,50</td></tr>") == []
    assert len(pale(page, f"<tr><td style='{PALE}'>12,50</td></tr>")) == 1
    # Pale by the line that it is in, by what is behind it, as typed in a field, and each kind of pale.
    assert len(pale(page, f"<tr style='{PALE}'><td>12,50</td></tr>")) == 1
    assert len(pale(page, "<tr><td style='background: #333'>12,50</td></tr>")) == 1
    assert len(pale(page, f"<tr><td><input aria-label=Note value=12 style='{PALE}'></td></tr>")) == 1
    assert len(pale(page, f"<tr style='{PALE}'><td>1</td><td>22</td><td>33 <b>ADM</b></td></tr>")) == 2
