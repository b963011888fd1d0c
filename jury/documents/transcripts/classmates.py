"""A student beside their class: average, best and worst, rank."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from butrt.base import french
from jury.cases.proceedings import Proceedings
from jury.cases.spreads import FEWEST, Spread, Spreads
from jury.models import Minutes


@dataclass(frozen=True, slots=True)
class Classmates:
    """What the department wanted told of the class beside each average, the day its PV was made."""

    spreads: Spreads | None
    ranked: bool

    @classmethod
    def of(cls, proceedings: Proceedings, minutes: Minutes | None) -> Classmates:
        """Nothing on a provisional transcript, whose figures may still change, nor of too small a class."""
        wanted = (minutes.content.get("transcript") if minutes else None) or {}
        if len(proceedings.here) < FEWEST:
            return cls(None, ranked=False)
        return cls(proceedings.spreads if wanted.get("figures") else None, bool(wanted.get("rank")))

    @property
    def shown(self) -> bool:
        """Whether anything of the class is shown."""
        return self.spreads is not None

    def figures(
        self,
        what: Literal["elements", "units", "rcues"],
        name: str | tuple[str, str],
        average: Decimal | None,
    ) -> list[str]:
        """Mean, minimum, maximum, size (or "3 / 28", the rank), as columns; [] when nothing is wanted."""
        if self.spreads is None:
            return []
        spread: Spread | None = getattr(self.spreads, what).get(name)
        if spread is None:
            return ["", "", "", ""]
        if spread.size < FEWEST:
            return ["", "", "", str(spread.size)]
        rank = f"{spread.rank(average)} / " if self.ranked and average is not None else ""
        averages = (spread.mean, spread.lowest, spread.highest)
        return [*(french.number(average) for average in averages), f"{rank}{spread.size}"]
