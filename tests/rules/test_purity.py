"""What the rules may import: themselves, the averages, what makes values. Nothing that reads or writes."""

import ast
from pathlib import Path

from jury import rules

FOLDER = Path(rules.__path__[0])
ROOT = FOLDER.parents[1]
VALUES = {
    *("__future__", "collections.abc", "dataclasses", "decimal", "enum", "fractions", "functools", "math"),
    *("re", "typing"),
    "grades.averages",
}


def imported(path: Path) -> set[str]:
    """The modules that a file names, wherever it does; its neighbours (`from .codes import …`) apart."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level != 1:
            found.add(node.module or "..")
    return found


def test_the_rules_import_what_makes_values_alone():
    files = [*FOLDER.rglob("*.py"), ROOT / "grades" / "averages.py"]

    assert {path.name: more for path in files if (more := imported(path) - VALUES)} == {}
