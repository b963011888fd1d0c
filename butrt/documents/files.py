"""A file given to download."""

from __future__ import annotations

from django.http import HttpResponse


def as_file(content: bytes, name: str, kind: str, *, inline: bool = False) -> HttpResponse:
    """A private file, never kept by a cache; `inline` shows it in the browser. `name` is ASCII."""
    response = HttpResponse(content, content_type=kind)
    response["Content-Disposition"] = f'{"inline" if inline else "attachment"}; filename="{name}"'
    response["Cache-Control"] = "private, no-store"
    return response
