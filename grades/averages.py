"""Averages, exactly: of an element from its marks, of anything from its parts. Pure: no Django, no French.

The mark sheet and the rules of the jury both ask here: they cannot disagree. An average is a Fraction on 20,
rounded once, half up, where it is shown or compared (domain 2).

What counts is said a second time in `class_means`, for the database to add up a class: a rule that changes
here changes there (tests/grades/test_added_up.py compares the two).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from math import lcm
from typing import Literal, NamedTuple, Protocol, TypeAlias

TWENTY = Decimal(20)
"""What an average is out of, and a mark unless its évaluation says otherwise."""
ONE = Decimal(1)

Exact: TypeAlias = int | Fraction
"""An exact number: an int as long as it is whole, which adds up many times faster than a fraction."""

Absence: TypeAlias = Literal["", "ABI", "ABJ", "ATT"]
State: TypeAlias = Literal["", "ABJ", "ABI", "ATT", "missing"]
"""Why an element has no average, or a provisional one: ABJ (every mark exempted), ABI (likewise, where the
règlement neutralises them), ATT (a mark is awaited), missing (no évaluation); else ""."""


def exact(number: Fraction | Decimal | int) -> Exact:
    """The same number as an int if it is whole, else as a Fraction."""
    fraction = Fraction(number)
    return fraction.numerator if fraction.denominator == 1 else fraction


# ---------- what is averaged ----------

GRAIN = 30_000
"""Marks and coefficients add up in grains: a mark in hundredths on 20, 30 or 100, times a coefficient in
hundredths, is a whole number of them. Any other makes a fraction, as exact and slower: were all of them
fractions, the decisions of a class would take 1.6 times as long."""


@dataclass(frozen=True, slots=True)
class Mark:
    """One évaluation of one student: a value, or the code that says why there is none.

    Neither of them: not entered yet, awaited as ATT is. `weights` multiplies the coefficient in the UE that
    it names (1 elsewhere).
    """

    value: Decimal | None = None
    out_of: Decimal = TWENTY
    coefficient: Decimal = ONE
    code: Absence = ""
    weights: Mapping[str, Decimal] = field(default_factory=dict)

    @property
    def points(self) -> Fraction:
        """The mark on 20; 0 without a value."""
        return _points(self.value, self.out_of)


def _points(value: Decimal | None, out_of: Decimal) -> Fraction:
    return Fraction(value or 0) * 20 / Fraction(out_of)


# Of the 30,000 marks of a class some hundreds differ: without this, its decisions take five times as long.
@lru_cache(maxsize=8192)
def _grains(value: Decimal | None, out_of: Decimal, coefficient: Decimal) -> tuple[Exact, Exact]:
    """(coefficient, coefficient × points), in grains."""
    weight = exact(Fraction(coefficient) * GRAIN)
    return weight, exact(weight * _points(value, out_of))


Use: TypeAlias = Literal["counted", "zero", "left out", "awaited"]
"""What an average makes of a mark: counted, as 0 or not; left out with its coefficient, or until it comes."""
COUNTING: frozenset[Use] = frozenset(("counted", "zero"))


class Given(Protocol):
    """A value, or the code that says why there is none; neither when nothing is entered."""

    @property
    def value(self) -> Decimal | None: ...
    @property
    def code(self) -> str: ...


def is_awaited(mark: Given) -> bool:
    """Whether it is to come: not entered, or ATT."""
    return mark.value is None and mark.code in ("", "ATT")


def use_of(mark: Given, unjustified_absence: str) -> Use:
    """ABJ leaves with its coefficient, ABI counts 0 or leaves (`unjustified_absence`, of the settings)."""
    if is_awaited(mark):
        return "awaited"
    if mark.code == "ABJ" or (mark.code == "ABI" and unjustified_absence == "neutral"):
        return "left out"
    return "zero" if mark.code == "ABI" else "counted"


@dataclass(frozen=True, slots=True)
class Element:
    """What a student got in a ressource or a SAÉ: marks, or an average known as such (on 20)."""

    marks: tuple[Mark, ...] = ()
    second_chance: Mark | None = None
    average: Decimal | None = None


class SecondChance(NamedTuple):
    """What a second chance did: the averages on 20 before it and of it (None: none), whether it replaces."""

    code: Absence
    before: Fraction | None
    after: Fraction | None
    replaces: bool


class ElementAverage(NamedTuple):
    """An element's average on 20, and what was done of absences and of the second chance to find it."""

    value: Fraction | None
    state: State = ""
    awaited: bool = False
    """Whether a mark is to come."""
    counted_zero: int = 0
    """How many unjustified absences count 0."""
    left_out: tuple[Mark, ...] = ()
    """The absences that leave the average with their coefficients, beside marks that stay."""
    second_chance: SecondChance | None = None
    by_unit: bool = False
    """Whether it may differ from one UE to another."""
    sums: tuple[Exact, Exact] = (0, 0)
    """Σ coefficient × points and Σ coefficient of the marks that count, in grains."""

    @property
    def points(self) -> Fraction:
        """Σ coefficient × points: divided by `coefficient`, the average before any second chance."""
        return Fraction(self.sums[0]) / GRAIN

    @property
    def coefficient(self) -> Fraction:
        return Fraction(self.sums[1]) / GRAIN

    @property
    def only_adds_up(self) -> bool:
        """Whether there is nothing to tell of it but its marks."""
        return not (self.state or self.counted_zero or self.left_out or self.second_chance)


@dataclass(frozen=True, slots=True)
class BonusRule:
    """What bonus évaluations give to a UE: `percent` of what exceeds `floor` on 20, `cap` points at most.

    `units`: the UE where they count, by their code or that of their competence; all of them where none is
    named.
    """

    floor: Decimal
    percent: Decimal
    cap: Decimal
    units: tuple[str, ...] = ()

    def counts_in(self, unit: str, competence: str) -> bool:
        return not self.units or unit in self.units or competence in self.units

    def points(self, marks: Sequence[Mark], unit: str = "") -> Fraction:
        """What marks give together in a UE, multiplied by their weights there; never less than nothing."""
        earned = sum(
            (
                max(Fraction(0), mark.points - Fraction(self.floor)) * Fraction(mark.weights.get(unit, ONE))
                for mark in marks
            ),
            Fraction(0),
        )
        return min(Fraction(self.cap), earned * Fraction(self.percent) / 100)


# ---------- an element ----------


class Settings(Protocol):
    """What the règlement says of an element's average.

    ABI counts 0 ("zero") or leaves the average ("neutral"); the second chance replaces it if better ("best")
    or always ("replace").
    """

    @property
    def unjustified_absence(self) -> str: ...
    @property
    def second_chance(self) -> str: ...


def element_average(element: Element, settings: Settings, unit: str = "") -> ElementAverage:
    """Σ coefficient × mark ÷ Σ coefficient over what counts, with the weights of a unit (domain 2).

    ABJ leaves with its coefficient; what is awaited leaves too, and makes the average provisional.
    """
    if element.average is not None:
        return ElementAverage(Fraction(element.average))
    earned: Exact = 0
    weight: Exact = 0
    counted_zero, awaited, by_unit = 0, False, False
    left_out: list[Mark] = []
    for mark in element.marks:
        if mark.value is None:
            use = use_of(mark, settings.unjustified_absence)
            if use == "left out":
                left_out.append(mark)
                continue
            if use == "awaited":
                awaited = True
                continue
            counted_zero += 1
        own_weight, own_earned = _grains(mark.value, mark.out_of, mark.coefficient)
        if mark.weights:
            by_unit = True
            factor = Fraction(mark.weights.get(unit, ONE))
            earned += own_earned * factor
            weight += own_weight * factor
        else:
            earned += own_earned
            weight += own_weight
    average = Fraction(earned, weight) if weight else None

    chance = None
    if element.second_chance:
        chance = _try_again(average, element.second_chance, settings)
        average = chance.after if chance.replaces else average
        awaited = awaited or is_awaited(element.second_chance)
    if left_out or awaited or average is None or not element.marks:
        all_left = len(left_out) == len(element.marks)
        state = _state(element, average, left_out if all_left else [], awaited=awaited)
        beside = () if all_left else tuple(left_out)
        return ElementAverage(
            average, state, awaited, counted_zero, beside, chance, by_unit, (earned, weight)
        )
    return ElementAverage(average, "", awaited, counted_zero, (), chance, by_unit, (earned, weight))


def _try_again(before: Fraction | None, chance: Mark, settings: Settings) -> SecondChance:
    """The better of the two, or the second (setting); an absence or a mark awaited changes nothing."""
    if chance.value is None:
        return SecondChance(chance.code, before, None, replaces=False)
    after = chance.points
    replaces = before is None or after > before or settings.second_chance == "replace"
    return SecondChance("", before, after, replaces)


def _state(element: Element, average: Fraction | None, exempted: Sequence[Mark], *, awaited: bool) -> State:
    """`exempted`: the marks, if all of them leave the average."""
    if not element.marks:
        return "missing"
    if awaited:
        return "ATT"
    if average is None and exempted:
        return "ABJ" if any(mark.code == "ABJ" for mark in exempted) else "ABI"
    return ""


# ---------- anything else ----------


def weighted_mean(parts: Sequence[tuple[Exact, Fraction]]) -> Fraction | None:
    """Σ coefficient × average ÷ Σ coefficient; None when nothing weighs.

    On a common denominator: whole numbers add up many times faster than fractions.
    """
    common = lcm(*[average.denominator for _, average in parts])
    total: Exact = 0
    weight: Exact = 0
    for coefficient, average in parts:
        total += coefficient * average.numerator * (common // average.denominator)
        weight += coefficient
    return Fraction(total, common * weight) if weight else None


def rounded(number: Fraction, decimals: int = 2) -> Decimal:
    """Round half up, once, where a number is shown; 9.995 is 10.00. Not for negative numbers."""
    numerator, denominator = number.numerator, number.denominator
    grains = (2 * numerator * 10**decimals + denominator) // (2 * denominator)
    return Decimal(grains).scaleb(-decimals)


def in_decimals(points: Fraction, decimals: int = 12) -> Decimal:
    """The same number where it has so few decimals, else the next one up: nobody loses by its writing."""
    grains = -(-points.numerator * 10**decimals // points.denominator)
    return Decimal(grains).scaleb(-decimals)


def shown(average: Fraction | None, decimals: int) -> Decimal | None:
    """An exact average as it is displayed; None for none."""
    return None if average is None else rounded(average, decimals)


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
    size, common = len(values), lcm(*[value.denominator for value in values])
    grains = [value.numerator * (common // value.denominator) for value in values]
    mean = Fraction(sum(grains), size * common)
    variance = Fraction(sum(grain * grain for grain in grains), size * common * common) - mean * mean
    root = (Decimal(variance.numerator) / Decimal(variance.denominator)).sqrt()
    tenth = Fraction(maximum) * common / 10
    bars = [0] * 10
    for grain in grains:
        bars[min(9, grain * tenth.denominator // tenth.numerator)] += 1
    return Figures(
        size=size,
        mean=rounded(mean, decimals),
        deviation=rounded(Fraction(root), decimals),
        lowest=rounded(Fraction(min(grains), common), decimals),
        highest=rounded(Fraction(max(grains), common), decimals),
        bars=tuple(bars),
    )
