"""templates/ mirrors the packages: what a package shows lies in the folder of its name, on its floor."""

import re
import tomllib
from collections.abc import Iterator
from itertools import count
from pathlib import Path

from django.template import engines
from django.template.library import import_library
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
USED = re.compile(r"\|(\w+)|{% (\w+)")


def _floors() -> dict[str, int]:
    """By room, how high the contracts of import-linter place it; the parts and tags of an app at its foot."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    (_, *apps), jury = (contract["layers"] for contract in contracts[:2])
    height = count()
    floors = {}
    for app in reversed(apps):
        floors[app.removeprefix("butrt.")] = next(height)
        if app == "jury":
            for rooms in reversed(jury):
                floors |= dict.fromkeys((f"jury/{room}" for room in rooms.split(" | ")), next(height))
    del floors["jury/templatetags"]
    return floors


FLOORS = _floors()


def _room(path: str) -> str:
    """That of a file, or of a template: those at the root are of the base."""
    folders = path.removeprefix("butrt/").split("/")[:-1]
    rooms = ["/".join(folders[:number]) for number in (2, 1)]
    return next((room for room in rooms if room in FLOORS), "base")


def _is_above(there: str, here: str) -> bool:
    return there != here and FLOORS[there] >= FLOORS[here]


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


def _name(path: Path) -> str:
    return path.relative_to(TEMPLATES if path.is_relative_to(TEMPLATES) else ROOT).as_posix()


def test_nothing_shows_a_part_of_a_floor_above():
    """A link goes anywhere: who reads a page walks the whole house."""
    above = [
        (_name(path), name)
        for path in _files()
        for name in NAMED.findall(path.read_text("utf-8"))
        if _is_above(_room(name), _room(_name(path)))
    ]
    assert above == []


def _own_tags() -> Iterator[tuple[str, str]]:
    """Each filter and tag of ours, and the room that gives it."""
    engine = engines["django"].engine
    for module in {*engine.builtins, *engine.libraries.values()}:
        path = module.replace(".", "/") + ".py"
        if (ROOT / path).is_file():
            library = import_library(module)
            yield from dict.fromkeys([*library.filters, *library.tags], _room(path)).items()


def test_no_template_uses_a_filter_or_a_tag_of_a_floor_above():
    given = dict(_own_tags())
    used = {
        _name(path): {one or other for one, other in USED.findall(path.read_text("utf-8"))}
        for path in TEMPLATES.rglob("*.*")
        if path.is_file()
    }
    above = [
        (name, tag)
        for name, tags in used.items()
        for tag in tags & given.keys()
        if _is_above(given[tag], _room(name))
    ]
    assert above == []
