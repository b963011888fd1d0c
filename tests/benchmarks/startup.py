"""How long the command line and the site are to start, and which long libraries they import for it."""

from __future__ import annotations

import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from tests.benchmarks.apart import ROOT, environment
from tests.test_startup import DECIDE, LATE, SITE

if TYPE_CHECKING:
    from tests.benchmarks.measures import Measure
    from tests.benchmarks.table import Run

TIMES = 5
STARTED = {"decide, la promotion de l’exemple": DECIDE, "le site, avant sa première page": SITE}
IMPORTED = f"\nimport sys\nprint(len({set(LATE)} & set(sys.modules)))"


def measured() -> Run:
    lines: dict[str, Measure] = {}
    with tempfile.TemporaryDirectory(prefix="butrt-startup-") as folder:
        for name, code in STARTED.items():
            _started(code, Path(folder))  # compiles what never was
            started = [_started(code, Path(folder)) for _ in range(TIMES)]
            spent = statistics.median(processor for processor, _ in started)
            lines[name] = {"value": round(spent), "unit": "ms"}
            lines[f"{name} : bibliothèques longues importées"] = {"value": started[0][1]}
    return {"démarrage": lines}


def _started(code: str, folder: Path) -> tuple[float, int]:
    """(milliseconds of processor of a process that does this, how many of the long libraries it imported)."""
    before = _children()
    done = subprocess.run(
        [sys.executable, "-c", code + IMPORTED],
        env=environment(folder),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    )
    return 1000 * (_children() - before), int(done.stdout.splitlines()[-1])


def _children() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime
