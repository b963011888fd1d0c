"""Every class that a stylesheet of ours speaks of is one that some page may have."""

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
STATIC = ROOT / "static"
# "k-{{ family }}" in a template, f"no-{key}" in the code, `g-${key}` in a script: how a class begins.
COMPOSED = re.compile(r"([\w-]*[a-z]-)(?:{|\$)")
CLASS = re.compile(r"\.([A-Za-z][\w-]*)")


def _written() -> str:
    """What makes pages: templates, scripts, code."""
    folders = [(ROOT / "templates", "*.html"), (STATIC, "*.js")]
    folders += [(ROOT / app, "*.py") for app in ("butrt", "curriculum", "grades", "jury")]
    return "\n".join(path.read_text("utf-8") for folder, name in folders for path in folder.rglob(name))


def _styled() -> Iterator[tuple[str, str]]:
    """Each stylesheet, and each class of its selectors."""
    for path in STATIC.rglob("*.css"):
        if "vendor" not in path.parts:
            selectors = re.findall(r"([^{};]*){", re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.DOTALL))
            yield from ((path.name, name) for name in CLASS.findall(" ".join(selectors)))


def test_every_class_that_is_styled_is_written_somewhere():
    written = _written()
    words, begins = set(re.findall(r"[\w-]+", written)), tuple(set(COMPOSED.findall(written)))
    unused = {(sheet, name) for sheet, name in _styled() if name not in words and not name.startswith(begins)}

    assert unused == set()
