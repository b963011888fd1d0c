"""templates/ mirrors the packages: what a package shows lies in the folder of its name."""

import re
from pathlib import Path

from django.template.loader import get_template

ROOT = Path(__file__).parent.parent
TEMPLATES = ROOT / "templates"
SOURCES = ("butrt", "curriculum", "grades", "jury", "templates")
NAMED = re.compile(
    r"[\"']((?:[a-z_]+/)+[a-z0-9_]+\.(?:html|txt)|_?[a-z]+(?:_[a-z]+)*\.html|[45]\d\d\.html)[\"']"
)
GIVEN_OUT = {"donnees.html"}  # a file's name in what a student is given of their data
# Rooms of butrt are named without it: templates/base/accounts is butrt/base/accounts.
PACKAGES = (ROOT, ROOT / "butrt")


def _files() -> list[Path]:
    return [
        path
        for source in SOURCES
        for path in (ROOT / source).rglob("*")
        if path.suffix in (".py", ".html", ".txt") and "management" not in path.parts
    ]


def _named() -> set[str]:
    return {name for path in _files() for name in NAMED.findall(path.read_text("utf-8"))} - GIVEN_OUT


def test_every_folder_is_a_package():
    folders = {path.parent.relative_to(TEMPLATES) for path in TEMPLATES.rglob("*.*") if path.is_file()}
    assert [folder for folder in folders if not any((root / folder).is_dir() for root in PACKAGES)] == []


def test_every_template_that_is_named_exists():
    for name in _named():
        get_template(name)


def test_every_template_is_named_somewhere():
    # The room’s parts, a promotion’s pages, the editor’s, a role’s help are chosen by a word of the code.
    chosen = re.compile(
        r"jury/room/_\w+|grades/cohorts/(cohort|elements|groups|programmes)|curriculum/(_sum_row|editing/_line_tags)"
        r"|site/help/[a-z]+\.html"
    )
    names = {path.relative_to(TEMPLATES).as_posix() for path in TEMPLATES.rglob("*.*") if path.is_file()}
    assert [name for name in sorted(names - _named()) if not chosen.match(name)] == []


def test_every_part_says_what_it_needs():
    """Its first lines say "Context: …", a frame its blocks; one that needs nothing, "No context"."""
    says = re.compile(r"(?:\{[%#].*[%#]\}\s*)*?\{#.*(?:Context: |No context|Blocks?: )")
    parts = sorted(TEMPLATES.rglob("_*.html"))

    assert [part.name for part in parts if not says.match(part.read_text("utf-8"))] == []
