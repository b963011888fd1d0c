"""How a class did at something: mean, lowest, highest, how many, and the rank of one of them."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from jury.rules import Verdict
from jury.rules.numbers import rounding

FEWEST = 5
"""Below that many, a mean or a minimum would tell somebody's mark: they are not printed on transcripts."""


@dataclass(frozen=True, slots=True)
class Spread:
    """The averages of a class on 20, as displayed, lowest first, one or more; the mean of the exact."""

    values: tuple[Decimal, ...]
    mean: Decimal

    @property
    def lowest(self) -> Decimal:
        return self.values[0]

    @property
    def highest(self) -> Decimal:
        return self.values[-1]

    @property
    def size(self) -> int:
        return len(self.values)

    def rank(self, average: Decimal) -> int:
        """From 1, equal where the displayed averages are."""
        return 1 + self.size - bisect_right(self.values, average)


@dataclass(frozen=True, slots=True)
class Spreads:
    """Those of each element, UE and RCUE, by name; nothing for what nobody has an average in."""

    elements: dict[str, Spread]
    units: dict[str, Spread]
    rcues: dict[str, Spread]

    @classmethod
    def of(cls, verdicts: Iterable[Verdict], decimals: int) -> Spreads:
        """Over the students with these verdicts."""
        elements: dict[str, list[Fraction]] = defaultdict(list)
        units: dict[str, list[Fraction]] = defaultdict(list)
        rcues: dict[str, list[Fraction]] = defaultdict(list)
        for verdict in verdicts:
            lines = {line.element: line.average for unit in verdict.units.values() for line in unit.elements}
            for found, averages in (
                (elements, lines),
                (units, {name: unit.exact for name, unit in verdict.units.items()}),
                (rcues, {name: rcue.exact for name, rcue in verdict.rcues.items()}),
            ):
                for name, average in averages.items():
                    if average is not None:
                        found[name].append(average)
        return cls(*(_spreads(found, decimals) for found in (elements, units, rcues)))


def _spreads(found: dict[str, list[Fraction]], decimals: int) -> dict[str, Spread]:
    display = rounding(decimals).display

    def displayed(average: Fraction) -> Decimal:
        return display(average.as_integer_ratio()).value

    return {
        name: Spread(
            tuple(sorted(map(displayed, averages))), displayed(sum(averages, Fraction(0)) / len(averages))
        )
        for name, averages in found.items()
    }
