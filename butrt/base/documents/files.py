"""A file given to download, and the name that says what it holds."""

from __future__ import annotations

import re

from django.http import HttpResponse

from butrt.base.words import plain_letters

LONGEST_PART = 40  # a name of eighty letters would make a path that Windows refuses


def as_file(content: bytes, name: str, kind: str, *, inline: bool = False) -> HttpResponse:
    """A private file, never kept by a cache; `inline` shows it in the browser. `name` is ASCII."""
    response = HttpResponse(content, content_type=kind)
    response["Content-Disposition"] = f'{"inline" if inline else "attachment"}; filename="{name}"'
    response["Cache-Control"] = "private, no-store"
    return response


def file_stem(*parts: object) -> str:
    """A name in ASCII, without its extension: ("relevés", "RT-Cyber", "BUT2") → "releves_RT-Cyber_BUT2".

    An empty part leaves nothing.
    """
    return "_".join(filter(None, (_plain(str(part)) for part in parts)))


def _plain(text: str) -> str:
    """ "Élise" → "Elise", "LE GUENNIC" → "LE-GUENNIC"."""
    return re.sub(r"[^A-Za-z0-9]+", "-", plain_letters(text))[:LONGEST_PART].strip("-")
