"""The whole table of what pages and acts cost, printed as Markdown. See README.md, beside.

    .venv/bin/python -m tests.benchmarks.table [--students 28,120,480] [--years 5] [--iut] [--against FILE]

Each size has its own database, kept in data/benchmarks/ from one run to the next (it takes minutes to build).
`--iut` is the same jury within an IUT of ten departments, on PostgreSQL.
`--only clore,ouvrir` measures the lines whose name holds one of these; `--profile` tells where time goes.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import django

if TYPE_CHECKING:
    from tests.benchmarks.measures import Measure

ROOT = Path(__file__).parents[2]
KEPT = ROOT / "data" / "benchmarks"
LAST = KEPT / "last.json"
JUDGED_AT = 120  # students: the size whose goals the issue gives
IUT = "IUT"
NOISE = 1.15  # what a machine that others share adds to a ratio

Run: TypeAlias = "dict[str, dict[str, Measure]]"
"""{"120 × 0": {a line's name: what it took}}: by students and years behind, "120 × IUT" within an IUT."""


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Ce que coûtent les pages et les actes, en un tableau.")
    parser.add_argument("--students", default=str(JUDGED_AT), help="effectifs, séparés par des virgules")
    parser.add_argument("--years", type=int, default=0, help="années closes derrière le jury mesuré")
    parser.add_argument("--iut", action="store_true", help="dans un IUT de dix départements, sur PostgreSQL")
    parser.add_argument("--against", type=Path, default=LAST, help="le tableau auquel comparer")
    parser.add_argument("--keep", type=Path, default=LAST, help="où garder celui-ci")
    parser.add_argument("--only", default="", help="les lignes dont le nom contient l’un de ces mots (a,b)")
    parser.add_argument("--profile", action="store_true", help="où elles passent leur temps")
    parser.add_argument("--in-this-process", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args(arguments)
    if asked.in_this_process:
        json.dump(_measured_here(asked), sys.stdout)
        return
    before: Run = json.loads(asked.against.read_text()) if asked.against.exists() else {}
    run: Run = {}
    for students in map(int, asked.students.split(",")):
        run[_name(students, asked)] = _measured(students, asked)
    print("\n".join(as_markdown(run, before)))
    if not asked.only:
        asked.keep.parent.mkdir(parents=True, exist_ok=True)
        asked.keep.write_text(json.dumps(before | run, ensure_ascii=False, indent=1) + "\n")


def _name(students: int, asked: argparse.Namespace) -> str:
    return f"{students} × {IUT if asked.iut else asked.years}"


def _measured(students: int, asked: argparse.Namespace) -> dict[str, Measure]:
    """A process a size: what one has read is not there for the other."""
    folder = KEPT / _name(students, asked).replace(" × ", "-")
    folder.mkdir(parents=True, exist_ok=True)
    answer = subprocess.run(
        [
            *[ROOT / ".ci" / "postgres"] * (asked.iut and "BUTRT_DATABASE_URL" not in os.environ),
            *(sys.executable, "-m", "tests.benchmarks.table", "--in-this-process", f"--students={students}"),
            *(f"--years={asked.years}", f"--only={asked.only}"),
            *["--iut"] * asked.iut,
            *["--profile"] * asked.profile,
        ],
        env={
            "BUTRT_POSTGRES_KEPT": str(folder / "postgres"),
            **os.environ,
            "BUTRT_DATA_DIR": str(folder),
            "BUTRT_DEMO": "1",
        },
        cwd=ROOT,
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    )
    *told, lines = answer.stdout.splitlines()
    print("\n".join(told), end="\n" * bool(told), file=sys.stderr)
    measured: dict[str, Measure] = json.loads(lines)
    return measured


def _measured_here(asked: argparse.Namespace) -> dict[str, Measure]:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "butrt.settings")
    django.setup()
    from django.db import transaction

    from tests.benchmarks import acts, iut, years_behind  # models are there only now

    students = int(asked.students)
    session = iut.built(students) if asked.iut else years_behind.built(students, asked.years)
    with transaction.atomic():
        lines = acts.measure(session, asked.only, profiled=asked.profile)
        transaction.set_rollback(True)
    return lines


def as_markdown(run: Run, before: Run) -> Iterator[str]:
    """A row a line: for each size, milliseconds (cold between brackets), queries, ratio to the run before.

    Then the ratio to the size before it in this run; in an IUT, what PostgreSQL took of them and read.
    """
    from tests.benchmarks.goals import GOALS

    smaller = dict(zip(run, [None, *run], strict=False))
    heads = [head for size in run for head in _heads(size, smaller[size])]
    yield f"| | but à {JUDGED_AT} | {' | '.join(heads)} |"
    yield "|---|---:|" + "---:|" * len(heads)
    for name in dict.fromkeys(name for lines in run.values() for name in lines):
        cells: list[str] = []
        for size, lines in run.items():
            now, then = lines.get(name), before.get(size, {}).get(name)
            heads_of_size = _heads(size, smaller[size])
            if now is None:
                cells += [""] * len(heads_of_size)
                continue
            cells += _cells(now, then, GOALS.get(name) if _students(size) == JUDGED_AT else None)
            if less := smaller[size]:
                cells.append(growth(run[less].get(name), now, _students(size) / _students(less)))
            if size.endswith(IUT):
                cells += [_decimal(now["sql"]), _read(now)]
        yield f"| {name} | {GOALS.get(name, '')} | {' | '.join(cells)} |"


def _heads(size: str, smaller: str | None) -> list[str]:
    return [
        *(f"{size} : ms (à froid)", "req.", "÷ avant"),
        *[f"÷ {smaller}"] * (smaller is not None),
        *["SQL, ms", "lignes lues"] * size.endswith(IUT),
    ]


def _students(size: str) -> int:
    return int(size.split(maxsplit=1)[0])


def _cells(now: Measure, before: Measure | None, goal: int | None) -> tuple[str, str, str]:
    spent = _marked(f"{now['ms']:.0f} ({now['cold']:.0f})", goal is not None and now["ms"] > goal)
    if before is None:
        return spent, str(now["queries"]), ""
    ratio = now["ms"] / before["ms"]
    more = f" (avant {before['queries']})" if now["queries"] > before["queries"] else ""
    return spent, f"{now['queries']}{more}", _marked(_decimal(ratio, 2), ratio > NOISE)


def growth(small: Measure | None, large: Measure, rows: float) -> str:
    """How many times what the smaller size took; in bold if it grows faster than its rows, or its queries."""
    if small is None:
        return ""
    times = large["ms"] / small["ms"]
    more = large["queries"] > small["queries"]
    queries = f" ({small['queries']} → {large['queries']} req.)" if more else ""
    return _marked(_decimal(times) + queries, times > rows * NOISE or more)


def _read(now: Measure) -> str:
    """The rows that PostgreSQL read; in bold the tables that it read from one end to the other."""
    return " ".join([f"{now['rows']}", *(_marked(table, True) for table in now["scanned"])])


def _marked(text: str, wrong: bool) -> str:
    return f"**{text}**" if wrong else text


def _decimal(number: float, places: int = 1) -> str:
    return f"{number:.{places}f}".replace(".", ",")


if __name__ == "__main__":
    main()
