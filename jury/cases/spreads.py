"""How a class did at something: mean, lowest, highest, how many, and the rank of one of them."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import TypeVar

from grades.averages import rounded, weighted_mean
from jury.rules import Verdict

Name = TypeVar("Name", bound=Hashable)

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


class Spreads:
    """Those of each UE, RCUE and element, by name; nothing for what nobody has an average in.

    A UE by the name of its RCUE first: UE34 of IOM is not that of Cyber.

    Each kind is added up when it is first asked for: the room shows no element.
    """

    def __init__(self, verdicts: Sequence[Verdict], decimals: int) -> None:
        self._verdicts, self._decimals = verdicts, decimals

    @cached_property
    def units(self) -> dict[tuple[str, str], Spread]:
        return self._added_up(
            ((unit.of.rcue, name), unit.exact)
            for verdict in self._verdicts
            for name, unit in verdict.units.items()
        )

    @cached_property
    def rcues(self) -> dict[str, Spread]:
        return self._added_up(
            (name, rcue.exact) for verdict in self._verdicts for name, rcue in verdict.rcues.items()
        )

    @cached_property
    def elements(self) -> dict[str, Spread]:
        lines = (
            {line.element: line.average for unit in verdict.units.values() for line in unit.elements}
            for verdict in self._verdicts
        )
        return self._added_up(pair for averages in lines for pair in averages.items())

    def _added_up(self, averages: Iterable[tuple[Name, Fraction | None]]) -> dict[Name, Spread]:
        by_name: dict[Name, list[Fraction]] = defaultdict(list)
        for name, average in averages:
            if average is not None:
                by_name[name].append(average)
        return {name: spread(known, self._decimals) for name, known in by_name.items()}


def spread(averages: Sequence[Fraction], decimals: int) -> Spread:
    """Of exact averages, one or more: each displayed, and their mean rounded once."""
    mean = weighted_mean([(1, average) for average in averages])
    assert mean is not None  # one or more
    displayed = sorted(rounded(average, decimals) for average in averages)
    return Spread(tuple(displayed), rounded(mean, decimals))
