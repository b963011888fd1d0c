"""Everything that issue 19 asks to be measured, as Markdown, beside the run before. See README.md, beside.

    .venv/bin/python -m tests.benchmarks [--only pages,documents] [--students 28,120,480] [--against FILE]

Each part is printed, and kept, as soon as it is measured. What a part needs is started by it and stopped.
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from tests.benchmarks import apart, startup
from tests.benchmarks.table import ALONE, IUT, JUDGED_AT, KEPT, Run, as_markdown, keep, read

YEARS = "5"


class Part(NamedTuple):
    """A part of the table: its title, what measures its columns."""

    title: str
    measured: Callable[[argparse.Namespace], Run]


def main(arguments: list[str] | None = None) -> int:
    asked = _asked(arguments)
    before: Run = read(asked.against)
    run: Run = {}
    failed = 0
    print(
        f"{time.strftime('%d/%m/%Y %H:%M')}, Python {platform.python_version()}, "
        f"{os.cpu_count()} processeurs, charge {os.getloadavg()[0]:.1f}"
    )
    for name in asked.only:
        print(f"{time.strftime('%H:%M:%S')} {name}", file=sys.stderr)
        try:
            columns = PARTS[name].measured(asked)
        except subprocess.CalledProcessError as error:  # the parts that follow need nothing of it
            print(f"{name} : {error}", file=sys.stderr)
            failed += 1
            continue
        run |= columns
        print(f"\n## {PARTS[name].title}\n", *as_markdown(columns, before, run), sep="\n", flush=True)
        if not asked.lines:
            keep(before | run, asked.keep)
    return int(failed > 0)


def _asked(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tests.benchmarks", description="Toutes les mesures, en Markdown.")
    parser.add_argument("--only", type=_parts, default=list(PARTS), help=f"parmi {', '.join(PARTS)}")
    parser.add_argument("--students", type=_numbers, default=[28, JUDGED_AT, 480], help="effectifs du jury")
    parser.add_argument("--seconds", type=int, default=30, help="durée de chaque mesure d’enregistrements")
    parser.add_argument("--lines", default="", help="les pages dont le nom contient l’un de ces mots (a,b)")
    parser.add_argument("--profile", action="store_true", help="où ces pages passent leur temps")
    parser.add_argument("--against", type=Path, default=KEPT / "last.json", help="les mesures d’avant")
    parser.add_argument("--keep", type=Path, default=KEPT / "last.json", help="où garder celles-ci")
    return parser.parse_args(arguments)


def _parts(text: str) -> list[str]:
    names = text.split(",")
    if unknown := [name for name in names if name not in PARTS]:
        raise argparse.ArgumentTypeError(f"{', '.join(unknown)} : choisir parmi {', '.join(PARTS)}")
    return names


def _numbers(text: str) -> list[int]:
    return [int(number) for number in text.split(",")]


def _judged(asked: argparse.Namespace) -> int:
    """The size of what is measured at one size only: that of the goals, else the largest asked for."""
    return JUDGED_AT if JUDGED_AT in asked.students else max(asked.students)


def _pages(asked: argparse.Namespace) -> Run:
    run: Run = {}
    for students in asked.students:
        run |= _column(asked, students, ALONE)
    return run


def _column(asked: argparse.Namespace, students: int, behind: str) -> Run:
    arguments = [f"--students={students}", f"--behind={behind}", f"--lines={asked.lines}"]
    arguments += ["--profile"] * asked.profile
    folder = KEPT / f"{students}-{behind}"
    return apart.measured("pages", *arguments, folder=folder, postgres=behind == IUT)


def _documents(asked: argparse.Namespace) -> Run:
    return apart.measured("documents", f"--students={_judged(asked)}")


def _journal(asked: argparse.Namespace) -> Run:
    students = _judged(asked)
    pages = apart.measured(
        "journal", f"--students={students}", folder=KEPT / f"{students}-{IUT}", postgres=True
    )
    chains = apart.measured("scale.chains", f"--seconds={asked.seconds}")
    return {column: lines | chains[column] for column, lines in pages.items()}


PARTS = {
    "pages": Part("Les pages et les actes", _pages),
    "annees": Part(f"{YEARS} années closes derrière", lambda asked: _column(asked, _judged(asked), YEARS)),
    "iut": Part(
        "Dans un IUT de dix départements, sur PostgreSQL",
        lambda asked: _column(asked, _judged(asked), IUT),
    ),
    "documents": Part("Les documents, deux ouvriers, PostgreSQL", _documents),
    "journal": Part("Le journal d’un IUT, PostgreSQL seul", _journal),
    "enseignants": Part(
        "Des enseignants qui enregistrent ensemble (nginx, gunicorn, PostgreSQL)",
        lambda asked: apart.measured("scale.teachers", f"--seconds={asked.seconds}"),
    ),
    "demarrage": Part("Le démarrage", lambda asked: startup.measured()),
}

if __name__ == "__main__":
    sys.exit(main())
