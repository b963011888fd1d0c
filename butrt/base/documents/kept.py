"""What was printed for a page, kept a week: who asks again is given the same bytes at once."""

from __future__ import annotations

import contextlib
import json
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.dispatch import receiver

from butrt.base.workers.services import housekeeping

KEPT = timedelta(days=7)


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
    """Write all of it or nothing, whoever else writes the same; readable by the site alone."""
    file = _folder() / key
    about = {"pages": made.pages, "boxes": {name: asdict(box) for name, box in made.boxes.items()}}
    with tempfile.NamedTemporaryFile(dir=file.parent, delete=False) as output:
        output.write(json.dumps(about).encode() + b"\n" + made.content)
    with contextlib.suppress(FileNotFoundError):  # all was forgotten meanwhile: it is given, and not kept
        Path(output.name).replace(file)
    return made


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
    forget_printed(older_than=KEPT)
