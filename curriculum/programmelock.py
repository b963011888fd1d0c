"""What keeps a programme as it is: rooms that judge on it say so here, the programme knows none of them.

Dependencies go one way, so `jury` registers its question when the site starts; nothing is stored twice, and
a session that goes back to preparation frees the programme without anything to keep in step.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable

Lock = Callable[[Collection[int]], Iterable[str]]
"""From keys of programmes to the names of what was judged on one of them."""

_locks: list[Lock] = []


def register(lock: Lock) -> None:
    """Ask `lock` too before a programme changes. The same one twice is asked once."""
    if lock not in _locks:
        _locks.append(lock)


def locked_by(programmes: Collection[int]) -> tuple[str, ...]:
    """The names of what keeps these programmes (by key) as they are; none: they may change."""
    return tuple(name for lock in _locks for name in lock(programmes))
