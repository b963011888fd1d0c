"""Debian's own readers of PDF, so that what we write is read by others than us."""

import subprocess
import tempfile
from pathlib import Path


def run(*command: str | Path) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def text_of(pdf: bytes) -> str:
    """What poppler reads in a PDF."""
    with tempfile.NamedTemporaryFile(suffix=".pdf") as file:
        file.write(pdf)
        file.flush()
        return run("pdftotext", "-layout", file.name, "-")


def signatures_seen_by_pdfsig(pdf: bytes, nss: Path) -> list[str]:
    """What pdfsig says of each signature, one text for each. It always exits with 0."""
    with tempfile.NamedTemporaryFile(suffix=".pdf") as file:
        file.write(pdf)
        file.flush()
        return run("pdfsig", "-nssdir", f"sql:{nss}", file.name).split("Signature #")[1:]
