"""The whole table of what pages and acts cost, printed as Markdown. See README.md, beside.

    .venv/bin/python -m tests.benchmarks.table [--students 28,120,480] [--years 5] [--against FILE]

Each size has its own database, kept in data/benchmarks/ from one run to the next (it takes minutes to build).
`--only dossier` measures the lines whose name holds that; `--profile` also tells where they spend their time.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import django

if TYPE_CHECKING:
    from tests.benchmarks.measures import Measure

ROOT = Path(__file__).parents[2]
KEPT = ROOT / "data" / "benchmarks"
LAST = KEPT / "last.json"
JUDGED_AT = 120  # students: the size whose goals the issue gives
NOISE = 1.15  # a ratio beyond is a regression, on a machine that others share

Run: TypeAlias = "dict[str, dict[str, Measure]]"
"""{"120 × 0": {a line's name: what it took}}: by students and years behind."""


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Ce que coûtent les pages et les actes, en un tableau.")
    parser.add_argument("--students", default=str(JUDGED_AT), help="effectifs, séparés par des virgules")
    parser.add_argument("--years", type=int, default=0, help="années closes derrière le jury mesuré")
    parser.add_argument("--against", type=Path, default=LAST, help="le tableau auquel comparer")
    parser.add_argument("--keep", type=Path, default=LAST, help="où garder celui-ci")
    parser.add_argument("--only", default="", help="les lignes dont le nom contient ceci")
    parser.add_argument("--profile", action="store_true", help="où elles passent leur temps")
    parser.add_argument("--in-this-process", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args(arguments)
    if asked.in_this_process:
        json.dump(_measured_here(asked), sys.stdout)
        return
    before: Run = json.loads(asked.against.read_text()) if asked.against.exists() else {}
    run: Run = {}
    for students in map(int, asked.students.split(",")):
        run[f"{students} × {asked.years}"] = _measured(students, asked)
    print("\n".join(as_markdown(run, before)))
    if not asked.only:
        asked.keep.parent.mkdir(parents=True, exist_ok=True)
        asked.keep.write_text(json.dumps(before | run, ensure_ascii=False, indent=1) + "\n")


def _measured(students: int, asked: argparse.Namespace) -> dict[str, Measure]:
    """A process a size: what one has read is not there for the other."""
    folder = KEPT / f"{students}-{asked.years}"
    folder.mkdir(parents=True, exist_ok=True)
    answer = subprocess.run(
        [
            *(sys.executable, "-m", "tests.benchmarks.table", "--in-this-process", f"--students={students}"),
            *(f"--years={asked.years}", f"--only={asked.only}"),
            *["--profile"] * asked.profile,
        ],
        env=os.environ | {"BUTRT_DATA_DIR": str(folder), "BUTRT_DEMO": "1"},
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

    from tests.benchmarks import acts, years_behind  # models are there only now

    session = years_behind.built(int(asked.students), asked.years)
    with transaction.atomic():
        lines = acts.measure(session, asked.only, profiled=asked.profile)
        transaction.set_rollback(True)
    return lines


def as_markdown(run: Run, before: Run) -> Iterator[str]:
    """A row a line: for each size, milliseconds (cold between brackets), queries, ratio to the run before."""
    from tests.benchmarks.goals import GOALS

    heads = [f"{size} : ms (à froid) | req. | ÷ avant" for size in run]
    yield f"| | but à {JUDGED_AT} | {' | '.join(heads)} |"
    yield "|---|---:|" + "---:|" * 3 * len(run)
    for name in dict.fromkeys(name for lines in run.values() for name in lines):
        goal = GOALS.get(name)
        cells = [
            cell
            for size, lines in run.items()
            for cell in _cells(lines.get(name), before.get(size, {}).get(name), _goal_at(size, goal))
        ]
        yield f"| {name} | {goal or ''} | {' | '.join(cells)} |"


def _goal_at(size: str, goal: int | None) -> int | None:
    return goal if size.startswith(f"{JUDGED_AT} ") else None


def _cells(now: Measure | None, before: Measure | None, goal: int | None) -> tuple[str, str, str]:
    if now is None:
        return "", "", ""
    spent = f"{now['ms']:.0f} ({now['cold']:.0f})"
    if goal is not None and now["ms"] > goal:
        spent = f"**{spent}**"
    if before is None:
        return spent, str(now["queries"]), ""
    ratio = now["ms"] / before["ms"]
    text = f"{ratio:.2f}".replace(".", ",")
    return spent, _changed(now, before), f"**{text}**" if ratio > NOISE else text


def _changed(now: Mapping[str, float], before: Mapping[str, float]) -> str:
    """The queries, with those of before where there are more."""
    more = f" (avant {before['queries']})" if now["queries"] > before["queries"] else ""
    return f"{now['queries']}{more}"


if __name__ == "__main__":
    main()
