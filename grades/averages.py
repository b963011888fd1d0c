"""The running average of an element, as its mark sheet shows it: pure functions, exact numbers.

The jury's figures come from jury/rules; tests/grades/test_averages.py holds the two together.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

TWENTY = 20


class Given(NamedTuple):
    """One évaluation for one student: what it weighs, and a value, a code or nothing yet."""

    coefficient: Decimal
    maximum: Decimal
    value: Decimal | None = None
    code: str = ""
    second_chance: bool = False
    title: str = ""  # of the évaluation, for the reasons


def element_average(
    marks: Sequence[Given], *, unjustified_absence: str = "zero", second_chance: str = "best"
) -> Fraction | None:
    """Σ coefficient × mark/maximum × 20 ÷ Σ coefficient over what counts; None when nothing does (domain 2).

    ABI counts 0 (`unjustified_absence` "zero") or leaves ("neutral"); ABJ, ATT and what is not entered leave.
    A mark at the second chance replaces the average if it is better ("best") or always ("replace").
    """
    points: dict[Decimal, Decimal] = {}  # by maximum: decimals stay exact, one division each
    weight = Decimal(0)
    for mark in marks:
        if mark.second_chance:
            continue
        if mark.value is not None:
            points[mark.maximum] = points.get(mark.maximum, Decimal(0)) + mark.coefficient * mark.value
            weight += mark.coefficient
        elif mark.code == "ABI" and unjustified_absence == "zero":
            weight += mark.coefficient
    first = None
    if weight:
        earned = sum((Fraction(sum_) / Fraction(maximum) for maximum, sum_ in points.items()), Fraction(0))
        first = earned * TWENTY / Fraction(weight)
    chances = [
        Fraction(mark.value) * TWENTY / Fraction(mark.maximum)
        for mark in marks
        if mark.second_chance and mark.value is not None
    ]
    if not chances:
        return first
    second = max(chances)
    return second if first is None or second_chance == "replace" else max(first, second)


def is_provisional(marks: Iterable[Given]) -> bool:
    """Whether something is to come: a mark awaited or not entered. Nobody has to sit a second chance."""
    return any(
        mark.code == "ATT" or (mark.value is None and not mark.code and not mark.second_chance)
        for mark in marks
    )


def rounded(number: Fraction, decimals: int = 2) -> Decimal:
    """Round half up, once, where a number is shown; 9.995 is 10.00. Not for negative numbers."""
    numerator, denominator = number.numerator, number.denominator
    grains = (2 * numerator * 10**decimals + denominator) // (2 * denominator)
    return Decimal(grains).scaleb(-decimals)


class Reason(NamedTuple):
    """What a mark does in its element's average: `points` out of 20 with this coefficient, or why nothing."""

    given: Given
    counts: bool
    points: Fraction | None
    why: str = ""


def reasons_of(
    marks: Sequence[Given], *, unjustified_absence: str = "zero", second_chance: str = "best"
) -> list[Reason]:
    """A reason a mark, in their order, in French: what `element_average` counts, and what it leaves."""
    chances = [each for each in marks if each.second_chance and each.value is not None]
    first = element_average(
        [each for each in marks if not each.second_chance], unjustified_absence=unjustified_absence
    )
    best = max((_out_of_twenty(each) for each in chances), default=None)
    taken = best is not None and (first is None or second_chance == "replace" or best > first)
    found = []
    for each in marks:
        points = None if each.value is None else _out_of_twenty(each)
        if each.second_chance:
            found.append(Reason(each, taken and points == best, points, _why_second(points, taken)))
        elif points is not None:
            why = "remplacée par la seconde chance" if taken else ""
            found.append(Reason(each, not taken, points, why))
        else:
            absent = each.code == "ABI" and unjustified_absence == "zero"
            found.append(
                Reason(
                    each, absent and not taken, Fraction(0) if absent else None, _why_no_value(each, absent)
                )
            )
    return found


def weighed(reasons: Iterable[Reason]) -> tuple[Fraction, Decimal]:
    """(Σ coefficient × points, Σ coefficient) over what counts: the average is their quotient."""
    kept = [each for each in reasons if each.counts]
    points = sum((Fraction(each.given.coefficient) * (each.points or 0) for each in kept), Fraction(0))
    return points, sum((each.given.coefficient for each in kept), Decimal(0))


def _out_of_twenty(mark: Given) -> Fraction:
    return Fraction(mark.value or 0) * TWENTY / Fraction(mark.maximum)


def _why_second(points: Fraction | None, taken: bool) -> str:
    if points is None:
        return "pas de note à la seconde chance"
    if taken:
        return "remplace la moyenne des autres évaluations"
    return "moins bonne que la moyenne, elle ne la remplace pas"


def _why_no_value(mark: Given, absent: bool) -> str:
    if mark.code == "ABI":
        return "absence injustifiée, compte 0" if absent else "absence injustifiée, ne compte pas ici"
    if mark.code == "ABJ":
        return "absence justifiée, ne compte pas"
    return "note attendue, moyenne provisoire" if mark.code == "ATT" else "pas encore saisie"


class Figures(NamedTuple):
    """A distribution, in the unit of its marks; `bars` counts them by tenth of the maximum."""

    size: int
    mean: Decimal
    deviation: Decimal
    lowest: Decimal
    highest: Decimal
    bars: tuple[int, ...]


def figures(values: Sequence[Fraction], maximum: Decimal | int = TWENTY, decimals: int = 2) -> Figures | None:
    """Mean, standard deviation (of this population), extremes and distribution; None without values."""
    if not values:
        return None
    size = len(values)
    mean = sum(values, Fraction(0)) / size
    variance = sum((value * value for value in values), Fraction(0)) / size - mean * mean
    root = (Decimal(variance.numerator) / Decimal(variance.denominator)).sqrt()
    bars = [0] * 10
    for value in values:
        bars[min(9, int(value * 10 / Fraction(maximum)))] += 1
    return Figures(
        size=size,
        mean=rounded(mean, decimals),
        deviation=rounded(Fraction(root), decimals),
        lowest=rounded(min(values), decimals),
        highest=rounded(max(values), decimals),
        bars=tuple(bars),
    )
