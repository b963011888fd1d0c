"""What the two databases that we back up both do; their own tools do the work."""

from __future__ import annotations

from abc import ABC, abstractmethod
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, ClassVar, Self

from butrt.base.backups.contents import Contents


class Database(ABC):
    """A database, reached apart from Django's own connections."""

    vendor: ClassVar[str]

    @property
    @abstractmethod
    def name(self) -> str: ...

    @property
    def settings(self) -> dict[str, Any]:
        """What differs from the site's own entry of DATABASES."""
        return {"NAME": self.name}

    @property
    @abstractmethod
    def environment(self) -> dict[str, str]:
        """What makes a child process of ours use it."""

    @abstractmethod
    def version(self) -> str:
        """ "PostgreSQL 15"."""

    @abstractmethod
    def save(self, target: Path) -> Contents:
        """Write it whole in a file, as one moment left it; what it held at that moment."""

    @abstractmethod
    def contents(self) -> Contents: ...

    @abstractmethod
    def occupied(self) -> bool:
        """Whether it holds anything that is not made by installing the site."""

    @abstractmethod
    def scratch(self) -> AbstractContextManager[Self]:
        """An empty one beside it, removed at the end, unless it took this one's place."""

    @abstractmethod
    def load(self, dump: Path) -> None:
        """Fill it, empty, from what `save` wrote: all of it, or an exception."""

    @abstractmethod
    def replace_with(self, other: Self, *, aside: str) -> str:
        """Have another take its place, at once; the name under which it is kept, ending with `aside`."""
