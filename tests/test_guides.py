"""The guides of who comes next (architecture, contributing, security) name only what is there."""

import ast
import re
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
GUIDES = (
    "README.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "butrt/ARCHITECTURE.md",
    "butrt/production/README.md",
    "butrt/ASVS.md",
    "fixtures/schemas/README.md",
)
# A path in backticks or the target of a link: a folder of the project, then more.
TOPS = r"(?:\.ci|butrt|curriculum|grades|jury|templates|static|fixtures|tests)/"
PATH = re.compile(rf"`({TOPS}[\w./-]*)`")
LINK = re.compile(r"\]\((?!https?:|#|mailto:)([\w./-]+)(?:#[\w-]+)?\)")
TARGET = re.compile(r"\bmake ([a-z]+)\b")


@pytest.mark.parametrize("guide", GUIDES)
def test_every_path_that_a_guide_names_exists(guide: str):
    text = (ROOT / guide).read_text("utf-8")

    missing = [path for path in PATH.findall(text) if not (ROOT / path).exists()]
    missing += [link for link in LINK.findall(text) if not (ROOT / guide).parent.joinpath(link).exists()]

    assert missing == []


@pytest.mark.parametrize("guide", GUIDES)
def test_every_command_of_make_that_a_guide_names_exists(guide: str):
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.M))

    assert set(TARGET.findall((ROOT / guide).read_text("utf-8"))) <= targets


def test_every_path_that_a_comment_names_exists():
    """Where a docstring or a comment sends who reads it: a path from the root, templates/ or butrt/."""
    named = re.compile(rf"(?<![\w/.])({TOPS}[\w/-]+\.(?:py|html|css|js|toml|json|md|txt))\b")
    lost = [
        (path.relative_to(ROOT).as_posix(), name)
        for top in ("butrt", "curriculum", "grades", "jury", "templates", "tests")
        for path in (ROOT / top).rglob("*.*")
        if path.suffix in (".py", ".html", ".md") and "migrations" not in path.parts
        for name in named.findall(path.read_text("utf-8"))
        if not any((ROOT / start / name).exists() for start in ("", "templates", "butrt"))
    ]

    assert lost == []


def test_every_test_that_the_makefile_names_exists():
    variables = re.findall(
        r"^(?:no_database|on_both|quick) := ((?:.*\\\n)*.*)$", (ROOT / "Makefile").read_text("utf-8"), re.M
    )
    text = " ".join(variables).replace("\\\n", " ")
    several = re.search(r"\$\(patsubst %,(\S+)%(\S+),([^)]*)\)", text)
    assert several is not None
    before, after, names = several.groups()
    paths = [*text.replace(several[0], "").split(), *(f"{before}{name}{after}" for name in names.split())]

    assert len(paths) > 20
    assert [path for path in paths if not (ROOT / path.partition("::")[0]).exists()] == []


@pytest.mark.parametrize(
    ("folders", "suffix", "most"),
    [
        (("butrt", "curriculum", "grades", "jury"), ".py", 500),
        (("templates",), ".html", 200),
        (("static",), ".css", 400),
        (("static",), ".js", 500),
    ],
)
def test_no_file_is_too_long_to_read(folders: tuple[str, ...], suffix: str, most: int):
    """CONTRIBUTING.md says so. The fiche reader is of one text, in one piece; libraries are not ours."""
    apart = {ROOT / "curriculum" / "fiche.py"}
    files = [path for folder in folders for path in (ROOT / folder).rglob(f"*{suffix}")]

    long = [
        path.relative_to(ROOT).as_posix()
        for path in files
        if not {"migrations", "vendor"} & {*path.parts} and path not in apart
        if len(path.read_text("utf-8").splitlines()) > most
    ]

    assert long == []


def test_no_line_is_too_wide_to_read():
    """The formatters break at 110 what they can, neither a tag nor a text; icons are drawings."""
    wide = [
        (path.relative_to(ROOT).as_posix(), number)
        for folder, suffix in (("templates", ".html"), ("static", ".js"))
        for path in (ROOT / folder).rglob(f"*{suffix}")
        if "vendor" not in path.parts and path.name != "_icons.html"
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if len(line) > 135
    ]

    assert wide == []


def bound(tree: ast.AST) -> set[str]:
    """The names that a module gives to values, arguments, functions and classes."""
    return (
        {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
        | {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
        | {
            node.name or ""
            for node in ast.walk(tree)
            if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.ExceptHandler)
        }
    )


def test_a_value_is_named_by_what_it_is():
    """CONTRIBUTING.md: a teaching, a session, the messages; these four names say nothing of the value."""
    vague = {
        path.relative_to(ROOT).as_posix(): names
        for top in ("butrt", "curriculum", "grades", "jury")
        for path in (ROOT / top).rglob("*.py")
        if "migrations" not in path.parts
        and (names := bound(ast.parse(path.read_text("utf-8"))) & {"told", "said", "found", "each"})
    }

    assert vague == {}


def test_no_two_refusals_share_a_name():
    """Who reads `except Refused` knows which: an exception's name is given once."""
    classes = [
        (node.name, {getattr(base, "id", getattr(base, "attr", "")) for base in node.bases})
        for top in ("butrt", "curriculum", "grades", "jury")
        for path in (ROOT / top).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.ClassDef)
    ]
    raised = {"Exception", "ValueError", "TypeError", "ValidationError", "CommandError"}
    while more := {name for name, bases in classes if bases & raised} - raised:
        raised |= more

    names = Counter(name for name, bases in classes if bases & raised)
    assert len(names) > 30
    assert [name for name, times in names.items() if times > 1] == []
