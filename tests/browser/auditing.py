"""axe-core in the page, which finds what is serious or critical, at the contrast of one text of each kind.

What is behind a text costs it most of an audit, and a table says the same colours a thousand times. A kind is
what contrast is made of: colours, size and weight, of the text and of all that it is in. (A text of one
character, axe-core does not judge: it stands for no other.)
"""

from __future__ import annotations

from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

ONE_OF_EACH_KIND = """;
(() => {
  const PAINTED = ["color", "backgroundColor", "backgroundImage", "opacity", "filter", "mixBlendMode",
    "fontSize", "fontWeight", "textShadow", "position", "visibility", "display"];
  const numbers = new Map(), kinds = new Map(), seen = new Set();
  const kind = (node) => {
    if (!node) return 0;
    if (!kinds.has(node)) {
      const style = getComputedStyle(node);
      const said = [kind(node.parentElement), ...PAINTED.map((name) => style[name])].join("|");
      if (!numbers.has(said)) numbers.set(said, numbers.size + 1);
      kinds.set(node, numbers.get(said));
    }
    return kinds.get(node);
  };
  const says = (child) => child.nodeType === Node.TEXT_NODE && child.data.trim().length > 1;
  const saysSomething = (node) =>
    node.matches("input, textarea, select") ? node.value.length > 1 : [...node.childNodes].some(says);
  for (const node of document.querySelectorAll("body *")) {
    const asks = saysSomething(node) && !seen.has(kind(node));
    if (asks) seen.add(kind(node));
    node.toggleAttribute("data-contrast", asks);
  }
  axe.configure({ rules: [{ id: "color-contrast", selector: "[data-contrast]" }] });
})()
"""

# All that axe-core says of a page is long to bring back, and what it advises (`region`, moderate) to look at.
SERIOUS = """
axe.run({ resultTypes: ["violations"], rules: { region: { enabled: false } } }).then(({ violations }) =>
  violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, help, nodes }) => ({ id, help, nodes: nodes.map(({ html, target }) => ({ html, target })) })))
"""


def violations(page: Page) -> list[dict[str, Any]]:
    """What is serious or critical: its rule (`id`, `help`), and its `nodes` (`html`, `target`)."""
    found: list[dict[str, Any]] = page.evaluate(AXE_SCRIPT + ONE_OF_EACH_KIND + SERIOUS)
    return found
