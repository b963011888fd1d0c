"""The key that opens archives: age's, in a file. Django is not needed here: the installer makes one first."""

from __future__ import annotations

import os
from pathlib import Path

from pyrage.x25519 import Identity


def new_key(path: Path) -> str:
    """Make one, in a file of its owner alone; the public key that encrypts for it.

    Raises `FileExistsError`: a key is never overwritten.
    """
    identity = Identity.generate()
    public = str(identity.to_public())
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(f"# public key: {public}\n{identity}\n")
    return public
