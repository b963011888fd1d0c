"""Each part is measured by a process of its own: what one has read or imported is not there for the next."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.benchmarks.table import Run

ROOT = Path(__file__).parents[2]


def measured(module: str, *arguments: str, folder: Path | None = None, postgres: bool = False) -> Run:
    """What a module of this folder measures, on a database kept in `folder`: SQLite, or PostgreSQL."""
    inside = [str(ROOT / ".ci" / "postgres")] if postgres else []
    done = subprocess.run(
        [*inside, sys.executable, "-m", f"tests.benchmarks.{module}", *arguments],
        env=environment(folder),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    )
    *told, run = done.stdout.splitlines()
    print("\n".join(told), end="\n" * bool(told), file=sys.stderr)
    columns: Run = json.loads(run)
    return columns


def environment(folder: Path | None) -> dict[str, str]:
    """That of a process that keeps its data there, else where it chooses: nothing of what this shell asks."""
    chosen = {name: value for name, value in os.environ.items() if not name.startswith(("BUTRT_", "PYTHON"))}
    chosen |= {"BUTRT_ENV_FILE": os.devnull, "DJANGO_SETTINGS_MODULE": "butrt.settings"}
    if folder:
        (folder / "static").mkdir(parents=True, exist_ok=True)  # where the site looks for its files
        kept = {"BUTRT_DATA_DIR": str(folder), "BUTRT_POSTGRES_KEPT": str(folder / "postgres")}
        chosen |= {"BUTRT_DEMO": "1"} | kept
    return chosen


def answer(run: Run) -> None:
    """What the process that measures says last."""
    print(json.dumps(run))
