"""A database of a release of before, and what became of it once migrated by this one."""

from __future__ import annotations

import gzip
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

from django.conf import settings

HERE = Path(__file__).parent


def database_of(version: str, folder: Path) -> Path:
    """As that release left it."""
    path = folder / "butrt.sqlite3"
    with (
        gzip.open(HERE / f"butrt-{version}.sql.gz", "rt", encoding="utf-8") as dump,
        sqlite3.connect(path) as made,
    ):
        made.executescript(dump.read())
    return path


def migrated(old: Path, version: str, *looks: str) -> dict[str, Any]:
    """What `look.py` sees of a copy of it, `migrated.sqlite3` beside it: all, or some of its `LOOKS`."""
    folder = old.parent
    shutil.copy(old, folder / "migrated.sqlite3")
    shutil.copytree(HERE / f"autorite-{version}", folder / "data" / "certificates" / "roots")
    environment = os.environ | {
        "BUTRT_DEMO": "1",
        "BUTRT_DATA_DIR": str(folder / "data"),
        "BUTRT_DATABASE_URL": f"sqlite:///{folder / 'migrated.sqlite3'}",
        "DJANGO_SETTINGS_MODULE": "butrt.settings",
        "PYTHONPATH": str(settings.BASE_DIR),
    }
    done = subprocess.run(
        [sys.executable, str(HERE / "look.py"), *looks],
        cwd=settings.BASE_DIR,
        env=environment,
        stdout=subprocess.PIPE,
        check=True,
        encoding="utf-8",
    )
    seen: dict[str, Any] = json.loads(done.stdout)
    return seen
