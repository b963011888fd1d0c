"""A line of the checklist: what it looks at, how much it weighs, where to go."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from django.urls import reverse

from butrt.base.accounts.models import Role

MOST_NAMED = 8


THEIRS = "Leur UE, leur compétence et leur année restent"


Weight = Literal["blocks", "know", "done"]
# The colour, the sign and the words of each.
LOOKS: dict[Weight, tuple[str, str, str]] = {
    "blocks": ("rust", "■", "bloque"),
    "know": ("gold", "▲", "à savoir"),
    "done": ("green", "✓", "fait"),
}


KEEPERS = (Role.Name.DIRECTOR, Role.Name.SECRETARIAT)


@dataclass(frozen=True)
class Link:
    """A page where an item is mended, and whose it is: `kept` by some roles, or one teaching's people."""

    label: str
    page: str
    arguments: tuple[Any, ...]
    # Empty: everyone who sees the session.
    roles: tuple[str, ...] = ()
    # A mark sheet is for those named on it, and the director of studies.
    teaching: int | None = None

    @property
    def address(self) -> str:
        return reverse(self.page, args=self.arguments)


@dataclass(frozen=True)
class Item:
    """One line of the checklist: whether it blocks the opening, what it says, who mends it and where."""

    weight: Weight
    title: str
    text: str
    # Names of people, "" when nobody has anything to do.
    who: str = ""
    links: tuple[Link, ...] = ()

    @property
    def look(self) -> tuple[str, str, str]:
        return LOOKS[self.weight]
