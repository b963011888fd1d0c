"""The database and the settings that a run shares with the servers that it starts."""

from __future__ import annotations

import os
import secrets
import sys
import tempfile
from pathlib import Path

import django

ROOT = Path(__file__).parents[3]
# A PostgreSQL that waits for the disk and keeps itself in order: that of an installation.
LASTING = "-c fsync=on -c synchronous_commit=on -c full_page_writes=on -c autovacuum=on"


def stand_on(module: str, options: str = "") -> Path:
    """Django set up on BUTRT_DATABASE_URL, else on a PostgreSQL of its own, started with these options.

    The run's folder. Without BUTRT_DATABASE_URL this process starts again, within `.ci/postgres`.
    """
    if "BUTRT_DATABASE_URL" not in os.environ:
        argv = [".ci/postgres", sys.executable, "-m", module, *sys.argv[1:]]
        os.execve(ROOT / ".ci" / "postgres", argv, os.environ | {"BUTRT_POSTGRES_OPTIONS": options})
    folder = Path(tempfile.mkdtemp(prefix="butrt-scale-"))
    (folder / "static").mkdir()  # where the site looks for its files
    os.environ |= {  # as the servers, which all have the same key
        "DJANGO_SETTINGS_MODULE": "butrt.settings",
        "BUTRT_ENV_FILE": os.devnull,
        "BUTRT_DEMO": "1",
        "BUTRT_DATA_DIR": str(folder),
        "BUTRT_SECRET_KEY": secrets.token_urlsafe(60),
    }
    django.setup()
    return folder
