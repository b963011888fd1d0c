"""The page of OWASP ASVS: every requirement of levels 1 and 2, once; what each rests on exists."""

import ast
import re
from functools import cache
from pathlib import Path

from tests.test_guides import ROOT, bound

PAGE = (ROOT / "butrt" / "ASVS.md").read_text("utf-8")
# "V1.1.1 2": the identifier and the level, from the list that OWASP publishes with version 5.0.0.
LEVELS = dict(line.split() for line in (ROOT / "tests" / "asvs-5.0.0.txt").read_text().splitlines())
IDENTIFIER = re.compile(r"\bV\d+\.\d+\.\d+\b")
TEST = re.compile(r"`([\w./-]+\.py)::(\w+)`")
PLACE = re.compile(r"`([\w./-]+): ([\w-]+)`")


@cache
def held(path: Path) -> set[str] | str:
    """What a file has: the names that a module binds, the text of another."""
    text = path.read_text("utf-8") if path.is_file() else ""
    return bound(ast.parse(text)) if path.suffix == ".py" else text


def test_every_requirement_of_levels_1_and_2_is_there_once():
    assert (len(LEVELS), [*LEVELS.values()].count("1")) == (253, 70)
    assert sorted(IDENTIFIER.findall(PAGE)) == sorted(LEVELS)


def test_what_each_rests_on_exists():
    proofs = TEST.findall(PAGE) + PLACE.findall(PAGE)
    missing = [f"{path}: {name}" for path, name in proofs if name not in held(ROOT / path)]

    assert missing == []


def test_what_holds_names_what_holds_it():
    """A test, a line, a file, or what the page itself writes for it."""
    rows = re.findall(r"^\| V[\d.]+ \| [^|]+ \| ([^|]+) \|$", PAGE, re.M)

    assert len(rows) > 150
    assert [proof for proof in rows if "`" not in proof and "](#" not in proof] == []


def test_the_table_counts_what_is_below():
    parts = dict(zip(("no", "out", "yes"), re.split(r"^## ", PAGE, flags=re.M)[1:4], strict=True))
    found = {part: IDENTIFIER.findall(text) for part, text in parts.items()}
    counts = re.findall(r"^\| (tiennent|ne tiennent pas encore|sans objet) \| (\d+) \| (\d+) \|$", PAGE, re.M)

    assert [(int(all_), int(first)) for _, all_, first in counts] == [
        (len(found[part]), [LEVELS[key] for key in found[part]].count("1")) for part in ("yes", "no", "out")
    ]
    levels = re.findall(r"^\| (V[\d.]+) \| (\d) \|", PAGE, re.M)
    assert [(key, level) for key, level in levels if LEVELS[key] != level] == []
