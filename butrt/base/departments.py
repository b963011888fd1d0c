"""What the ground floor knows of a department: its model is above it, in curriculum."""

from __future__ import annotations

from typing import Any, Protocol


class Department(Protocol):
    """A department: its key and its name."""

    pk: Any

    @property
    def name(self) -> str: ...
