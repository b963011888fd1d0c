"""Exact numbers: sums in integers, ratios, one rounding.

A ratio is two integers, (numerator, denominator), not reduced: what adds up and compares fastest.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from math import lcm
from typing import TypeAlias

Exact: TypeAlias = int | Fraction
Ratio: TypeAlias = tuple[int, int]

TWENTY = Decimal(20)
ONE = Decimal(1)
ZERO = Decimal(0)
GRAIN = 30_000
"""Marks and coefficients add up in grains, small integers: a mark in hundredths on 20, 30 or 100 with a
coefficient in hundredths is a whole number of them; any other makes a fraction."""


def exact(number: Fraction | Decimal | int) -> Exact:
    """The same number as an int if it is whole, else as a Fraction."""
    fraction = Fraction(number)
    return fraction.numerator if fraction.denominator == 1 else fraction


@lru_cache(maxsize=1024)
def in_grains(coefficient: Decimal) -> Exact:
    """A coefficient in grains: one object for the many marks that have the same."""
    return exact(Fraction(coefficient) * GRAIN)


def integers(numbers: Iterable[Decimal | Fraction]) -> list[int]:
    """Numbers in the same proportions as those given, without decimals."""
    fractions = [Fraction(number) for number in numbers]
    scale = lcm(*(fraction.denominator for fraction in fractions))
    return [int(fraction * scale) for fraction in fractions]


def ratio(earned: Exact, weight: Exact) -> Ratio:
    """earned ÷ weight as two integers; (0, 0) if nothing weighs."""
    if type(earned) is int and type(weight) is int:
        return earned, weight
    return Fraction(earned, weight).as_integer_ratio() if weight else (0, 0)


# ------------------------------------------------------------------------------------------- rounding


@dataclass(frozen=True, slots=True, eq=False)
class Rounded:
    """An average as it is displayed: its value, and its digits as a file and as a French reader write them.

    `whole` is the same in units of its last decimal: 998 hundredths, over a `scale` of 100.
    """

    value: Decimal
    whole: int
    scale: int
    digits: str
    french: str

    @property
    def ratio(self) -> Ratio:
        return self.whole, self.scale


class Rounding:
    """How averages are displayed: rounded half up to so many decimals, once. Never negative.

    The same few thousand come again and again: each is written once.
    """

    def __init__(self, decimals: int) -> None:
        self.decimals, self.scale, self._twice = decimals, 10**decimals, 2 * 10**decimals
        self._known = lru_cache(maxsize=8192)(self._display)

    def display(self, average: Ratio) -> Rounded:
        numerator, denominator = average
        return self._known((self._twice * numerator + denominator) // (2 * denominator))

    def _display(self, whole: int) -> Rounded:
        value = Decimal((0, tuple(map(int, str(whole))), -self.decimals))
        return Rounded(value, whole, self.scale, str(value), french(value))


rounding = lru_cache(Rounding)
"""The rounding to so many decimals: one for all."""


def french(number: Decimal | int) -> str:
    """Write an exact number with a decimal comma, its zeros as they are."""
    text = str(number)
    if "E" in text:
        text = f"{number:f}"
    return text.replace(".", ",")
