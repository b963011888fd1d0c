"""What tells a document before its page is written: what it says, and all that writes it.

A page takes a fifth of the time of its PDF to write: what was printed ahead is found without it.
"""

from __future__ import annotations

import hashlib
import sys
from functools import cache
from importlib.metadata import distributions
from pathlib import Path

from django.conf import settings

WRITTEN_BY = ("butrt", "curriculum", "grades", "jury", "templates", "static")


def known_as(*facts: object) -> str:
    """The fingerprint of facts whose `repr` tells them whole, and of the edition of the site.

    Another edition, another address of the site, one word changed: another fingerprint.
    """
    return hashlib.sha256(repr((edition(), settings.BUTRT_PUBLIC_URL, facts)).encode()).hexdigest()


@cache
def edition() -> str:
    """Every file of ours, every library and its version, the Python: read once a process.

    On purpose this machine's own: what another prints with another library is never taken for what this
    one would print. Two machines of the same version share what is kept (butrt/production/README.md);
    else, and after an upgrade, what was ready is printed again when it is asked for.
    """
    written = hashlib.sha256(sys.version.encode())
    for name in WRITTEN_BY:
        for file in sorted((Path(settings.BASE_DIR) / name).rglob("*")):
            if file.is_file() and file.suffix != ".pyc":
                written.update(f"{file.relative_to(settings.BASE_DIR)}\n".encode() + file.read_bytes())
    libraries = sorted((library.name, library.version) for library in distributions())
    written.update(repr(libraries).encode())
    return written.hexdigest()
