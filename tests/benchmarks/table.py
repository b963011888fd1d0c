"""What was measured, printed as Markdown beside the run before, which a file keeps. See README.md, beside."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from tests.benchmarks.goals import GOALS

if TYPE_CHECKING:
    from tests.benchmarks.measures import Measure

KEPT = Path(__file__).parents[2] / "data" / "benchmarks"
JUDGED_AT = 120  # students: the size whose goals the issue gives
IUT = "IUT"
ALONE = "0"  # no year behind
NOISE = 1.15  # what a machine that others share adds to a ratio

Run: TypeAlias = "dict[str, dict[str, Measure]]"
"""{a column: {a line's name: what it took}}.

A column is "120 × 0" by students and years behind, "120 × IUT" within an IUT, else what its part names.
"""


def read(path: Path) -> Run:
    """A run kept; none when there is none yet."""
    run: Run = json.loads(path.read_text()) if path.exists() else {}
    return run


def keep(run: Run, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(run, ensure_ascii=False, indent=1) + "\n")


def as_markdown(columns: Run, before: Run, run: Run | None = None) -> Iterator[str]:
    """A row a line: for each column, what it took, its queries if it has any, the ratio to the run before.

    Then the ratio to what `run` measured smaller, or alone; in an IUT, what PostgreSQL took of it and read.
    """
    run = columns if run is None else run
    smaller = {column: smaller_than(column, run) for column in columns}
    heads = [head for column in columns for head in _heads(column, columns[column], smaller[column])]
    goal = f"but à {JUDGED_AT}" if any(_students(column) for column in columns) else "but"
    yield f"| | {goal} | {' | '.join(heads)} |"
    yield "|---|---:|" + "---:|" * len(heads)
    for name in dict.fromkeys(name for lines in columns.values() for name in lines):
        cells: list[str] = []
        unit = ""
        for column, lines in columns.items():
            if (now := lines.get(name)) is None:
                cells += [""] * len(_heads(column, lines, smaller[column]))
                continue
            unit = now.get("unit", "")
            cells += _cells(name, column, now, before.get(column, {}).get(name))
            if less := smaller[column]:
                cells.append(growth(run[less].get(name), now, _students(column) / _students(less)))
            if column.endswith(IUT):
                cells += [_decimal(now["sql"]), _rows_read(now)]
        goal = _with_unit(f"{GOALS[name]}".replace(".", ","), unit) if name in GOALS else ""
        yield f"| {name} | {goal} | {' | '.join(cells)} |"


def smaller_than(column: str, run: Run) -> str | None:
    """The column that this one may not outgrow: the size before it, else the same without years behind."""
    students, what = _students(column), column.partition(" ")[2]
    alike = [other for other in run if other != column and run[other].keys() & run[column].keys()]
    sizes = [other for other in alike if other.endswith(f" {what}") and _students(other) < students]
    if sizes:
        return max(sizes, key=_students)
    alone = f"{students} × {ALONE}"
    return alone if alone in alike and what != f"× {IUT}" else None  # an IUT has another database


def growth(small: Measure | None, large: Measure, rows: float) -> str:
    """How many times what the smaller size took; in bold if it grows faster than its rows, or its queries."""
    if small is None or not small["value"]:
        return ""
    times = large["value"] / small["value"]
    few, many = small.get("queries", 0), large.get("queries", 0)
    queries = f" ({few} → {many} req.)" if many > few else ""
    return _marked(_decimal(times) + queries, times > rows * NOISE or many > few)


def _heads(column: str, lines: dict[str, Measure], smaller: str | None) -> list[str]:
    return [
        *([f"{column} : ms (à froid)", "req."] if _asks(lines) else [column]),
        "÷ avant",
        *[f"÷ {smaller}"] * (smaller is not None),
        *["SQL, ms", "lignes lues"] * column.endswith(IUT),
    ]


def _asks(lines: dict[str, Measure]) -> bool:
    """Whether these are pages and acts, that ask the database."""
    return any("queries" in measure for measure in lines.values())


def _students(column: str) -> int:
    """How many; 0 for a column that is not of students."""
    size, times, _ = column.partition(" × ")
    return int(size) if times else 0


def _cells(name: str, column: str, now: Measure, then: Measure | None) -> list[str]:
    judged = name in GOALS and _students(column) in (0, JUDGED_AT)
    missed = judged and _worse(now["value"], GOALS[name], now)
    ratio = ""
    if then and then["value"]:
        times = now["value"] / then["value"]
        slower = _worse(times, 1 / NOISE if _is_rate(now) else NOISE, now)
        ratio = _marked(_decimal(times, 2), slower)
    if "queries" not in now:
        return [_marked(_with_unit(_readable(now["value"]), now.get("unit", "")), missed), ratio]
    spent = _marked(f"{now['value']:.0f} ({now['cold']:.0f})", missed)
    more = f" (avant {then['queries']})" if then and now["queries"] > then["queries"] else ""
    return [spent, f"{now['queries']}{more}", ratio]


def _worse(figure: float, limit: float, measure: Measure) -> bool:
    return figure < limit if _is_rate(measure) else figure > limit


def _is_rate(measure: Measure) -> bool:
    """Whether more of it is better: so much a second."""
    return measure.get("unit", "").endswith("/s")


def _rows_read(now: Measure) -> str:
    """The rows that PostgreSQL read; in bold the tables that it read from one end to the other."""
    return " ".join([f"{now['rows']}", *(_marked(table, True) for table in now["scanned"])])


def _marked(text: str, wrong: bool) -> str:
    return f"**{text}**" if wrong else text


def _with_unit(number: str, unit: str) -> str:
    return f"{number}\N{NO-BREAK SPACE}{unit}" if unit else number


def _readable(number: float) -> str:
    """Three digits, and no more: 0,31, 4,25, 57,3, 560."""
    if number == int(number):
        return f"{number:.0f}"
    return _decimal(number, 2 if number < 10 else 1 if number < 100 else 0)


def _decimal(number: float, places: int = 1) -> str:
    return f"{number:.{places}f}".replace(".", ",")
