"""What was printed, for a page or ahead of it, kept as long as batches: who asks has the same bytes at once.

Two that want the same document at once, a page and a worker, print it once: the second waits for the first.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextvars import ContextVar
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.dispatch import receiver

from butrt.base.documents.known import edition
from butrt.base.outside.middleware import serving
from butrt.base.workers.services import housekeeping

_keeping = ContextVar("keeping", default="")


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in PDF points from the bottom left of a page; `page` counts from 0."""

    page: int
    left: float
    bottom: float
    right: float
    top: float

    def __iter__(self) -> Iterator[float]:
        return iter((self.left, self.bottom, self.right, self.top))


@dataclass(frozen=True, slots=True)
class RenderedPdf:
    """The PDF, its number of pages, and where the anchored elements stand."""

    content: bytes
    pages: int
    boxes: dict[str, Box]


class NotKept(LookupError):
    """What is asked for within `only_kept` is still to be printed."""


@contextlib.contextmanager
def keeping() -> Iterator[None]:
    """Away from pages, where it is not done: keep what is printed in the block, and look there first."""
    token = _keeping.set("yes")
    try:
        yield
    finally:
        _keeping.reset(token)


@contextlib.contextmanager
def only_kept() -> Iterator[None]:
    """Print nothing in the block: what is not kept raises `NotKept`."""
    token = _keeping.set("only")
    try:
        yield
    finally:
        _keeping.reset(token)


def keeps() -> bool:
    """Whether what is printed now is kept: for a page, or where it was said."""
    return bool(_keeping.get()) or serving()


def recalled(key: str) -> RenderedPdf | None:
    """What is kept under that key. Raises `NotKept` where nothing is printed."""
    made = kept(key)
    if made is None and _keeping.get() == "only":
        raise NotKept(key)
    return made


def once(key: str, make: Callable[[], RenderedPdf]) -> RenderedPdf:
    """What `make` prints, kept; when another process prints it already, what that one kept."""
    folder = Path(settings.DATA_DIR) / "verrous"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (folder / key[:2]).open("wb") as lock:  # one of 256: two documents seldom share it, and then wait
        fcntl.flock(lock, fcntl.LOCK_EX)
        return kept(key) or keep(key, make())


def kept(key: str) -> RenderedPdf | None:
    """What was printed under that `key`, which tells everything that it draws; None when it is not kept."""
    try:
        head, _, content = (_folder() / key).read_bytes().partition(b"\n")
    except FileNotFoundError:
        return None
    about = json.loads(head)
    boxes = {name: Box(**box) for name, box in about["boxes"].items()}
    return RenderedPdf(content=content, pages=about["pages"], boxes=boxes)


def keep(key: str, made: RenderedPdf) -> RenderedPdf:
    """Write all of it or nothing, whoever else writes the same; readable by the site alone.

    Under two names: its key, and the one by which `kept_among` knows its content.
    """
    folder, by_content = _folder(), _name_of(hashlib.sha256(made.content).hexdigest())
    about = {"pages": made.pages, "boxes": {name: asdict(box) for name, box in made.boxes.items()}}
    with tempfile.NamedTemporaryFile(dir=folder, delete=False) as output:
        output.write(json.dumps(about).encode() + b"\n" + made.content)
    with contextlib.suppress(FileNotFoundError):  # all was forgotten meanwhile: it is given, and not kept
        Path(output.name).replace(folder / key)
        with contextlib.suppress(FileExistsError):
            os.link(folder / key, folder / by_content)
    return made


def kept_among(digests: Iterable[str]) -> set[str]:
    """Of PDF by their SHA-256, those that this edition of the site printed and that are kept here."""
    folder = _folder()
    return {digest for digest in digests if (folder / _name_of(digest)).exists()}


def _name_of(digest: str) -> str:
    return hashlib.sha256(f"{edition()}/{digest}".encode()).hexdigest()


def _folder() -> Path:
    folder = Path(settings.DATA_DIR) / "imprimes"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def forget_printed(older_than: timedelta = timedelta(0)) -> None:
    """Remove what is kept: they are people's documents."""
    before = time.time() - older_than.total_seconds()
    for file in _folder().iterdir():
        with contextlib.suppress(FileNotFoundError):  # another process forgot it, or just gave it its name
            if file.stat().st_mtime <= before:
                file.unlink()


@receiver(housekeeping)
def forget_old(**_: Any) -> None:
    forget_printed(older_than=settings.BUTRT_BATCHES_KEPT)
