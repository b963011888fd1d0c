"""What the rules read and what they answer: frozen values, exact numbers.

Averages are on 20. `Exact` is an int or a Fraction: sums of marks stay integers as long as they can.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from math import lcm
from typing import Literal, NamedTuple, TypeAlias

from .codes import VALIDATING, Code
from .reasons import Article, Reason

Exact: TypeAlias = int | Fraction

TWENTY = Decimal(20)
ONE = Decimal(1)
ZERO = Decimal(0)
GRAIN = 10**6
"""Marks and coefficients add up in millionths: integers, unless a maximum such as 30 makes a fraction."""


def exact(number: Fraction | Decimal | int) -> Exact:
    """The same number as an int if it is whole, else as a Fraction."""
    fraction = Fraction(number)
    return fraction.numerator if fraction.denominator == 1 else fraction


@lru_cache(maxsize=1024)
def in_grains(coefficient: Decimal) -> Exact:
    """A coefficient in millionths: one object for the many marks that have the same."""
    return exact(Fraction(coefficient) * GRAIN)


def integers(numbers: Iterable[Decimal | Fraction]) -> list[int]:
    """Numbers in the same proportions as those given, without decimals."""
    fractions = [Fraction(number) for number in numbers]
    scale = lcm(*(fraction.denominator for fraction in fractions))
    return [int(fraction * scale) for fraction in fractions]


# ---------------------------------------------------------------------------------------- what is read


@dataclass(frozen=True, slots=True)
class Regulation:
    """The règlement: the numbers and choices that a text may change."""

    pass_mark: Decimal = Decimal(10)
    rcue_minimum: Decimal = Decimal(8)
    decimals: int = 2
    rcue_weights: Literal["equal", "ects", "coefficients"] = "equal"
    rcue_from: Literal["exact", "displayed"] = "exact"
    unjustified_absence: Literal["zero", "neutral"] = "zero"
    second_chance: Literal["best", "replace"] = "best"
    repeats_per_semester: int = 1
    repeats_total: int = 4


@dataclass(frozen=True, slots=True)
class Unit:
    """A UE: one semester of one level of one competence."""

    code: str
    semester: int
    competence: str
    level: int
    ects: Decimal
    rcue_weight: Decimal = ONE
    coefficients: Mapping[str, Decimal] = field(default_factory=dict)
    whole_coefficients: tuple[tuple[str, int], ...] = field(init=False, repr=False, compare=False)
    """The coefficients in the same proportions, as integers."""
    expected: frozenset[str] = field(init=False, repr=False, compare=False)
    """The elements that must be marked: those with a coefficient above 0."""

    def __post_init__(self) -> None:
        whole = zip(self.coefficients, integers(self.coefficients.values()), strict=True)
        object.__setattr__(self, "whole_coefficients", tuple(whole))
        counted = frozenset(name for name, coefficient in self.coefficients.items() if coefficient)
        object.__setattr__(self, "expected", counted)

    @property
    def rcue(self) -> str:
        """The name of the RCUE it belongs to: RT1/2 is competence RT1, level 2."""
        return f"{self.competence}/{self.level}"

    @property
    def year(self) -> int:
        return (self.semester + 1) // 2


@dataclass(frozen=True, slots=True)
class Mark:
    """One évaluation of one student: a value, or the code that says why there is none.

    `weights` multiplies the coefficient in the units it names (1 elsewhere).
    """

    value: Decimal | None = None
    out_of: Decimal = TWENTY
    coefficient: Decimal = ONE
    code: Literal["", "ABI", "ABJ", "ATT"] = ""
    weights: Mapping[str, Decimal] = field(default_factory=dict)
    earned: Exact = field(init=False, repr=False, compare=False)
    """Coefficient × mark on 20, in millionths; 0 without a value."""
    weight: Exact = field(init=False, repr=False, compare=False)
    """Coefficient, in millionths."""
    plain: bool = field(init=False, repr=False, compare=False)
    """Whether it only adds up: no absence, no weight of its own in some unit."""

    def __post_init__(self) -> None:
        weight = in_grains(self.coefficient)
        value = Fraction(0 if self.value is None else self.value)
        object.__setattr__(self, "earned", exact(weight * value * 20 / Fraction(self.out_of)))
        object.__setattr__(self, "weight", weight)
        object.__setattr__(self, "plain", not self.code and not self.weights)


@dataclass(slots=True, unsafe_hash=True)
class Element:
    """What a student got in a ressource or a SAÉ: marks, or an average known as such (on 20)."""

    marks: tuple[Mark, ...] = ()
    second_chance: Mark | None = None
    average: Decimal | None = None


class Earlier(NamedTuple):
    """The last decision of an earlier jury on a UE or a RCUE."""

    average: Decimal | None
    code: Code


@dataclass(frozen=True, slots=True)
class JuryDecisions:
    """What the jury decided itself; the rest is what the rules give."""

    units: Mapping[str, Code] = field(default_factory=dict)
    rcues: Mapping[str, Code] = field(default_factory=dict)
    year: Code | None = None


@dataclass(frozen=True, slots=True)
class Student:
    """The dossier of one student, as the jury finds it."""

    id: str
    year: int
    semesters: tuple[int, ...]
    status: Code | None = None
    elements: Mapping[str, Element] = field(default_factory=dict)
    averages: Mapping[str, Decimal] = field(default_factory=dict)
    bonus: Mapping[str, Decimal] = field(default_factory=dict)
    dispensed: frozenset[str] = frozenset()
    earlier: Mapping[str, Earlier] = field(default_factory=dict)
    earlier_rcues: Mapping[str, Earlier] = field(default_factory=dict)
    repeats: Mapping[int, int] = field(default_factory=dict)
    extra_repeats: int = 0
    jury: JuryDecisions = JuryDecisions()

    @property
    def year_ends(self) -> bool:
        """Whether this jury closes the year: RCUE and year are decided with the even semester."""
        return 2 * self.year in self.semesters


@dataclass(frozen=True, slots=True)
class Rcue:
    """The two UE of one level of one competence, and how much each weighs."""

    name: str
    competence: str
    level: int
    units: tuple[Unit, Unit]
    weights: tuple[int, int]

    @property
    def year(self) -> int:
        return self.units[1].year


@dataclass(frozen=True, slots=True)
class Cohort:
    """A programme and its règlement; the students may come one by one.

    Raises ValueError, in French, when the units cannot make RCUE.
    """

    units: tuple[Unit, ...]
    regulation: Regulation = Regulation()
    students: tuple[Student, ...] = ()
    by_code: Mapping[str, Unit] = field(init=False, repr=False, compare=False)
    rcues: tuple[Rcue, ...] = field(init=False, repr=False, compare=False)
    elements: frozenset[str] = field(init=False, repr=False, compare=False)
    steps: tuple[tuple[Rcue, tuple[Unit, ...]], ...] = field(init=False, repr=False, compare=False)
    """Each RCUE with the units of the level below in its competence, from level 3 down."""

    def __post_init__(self) -> None:
        levels: dict[str, list[Unit]] = {}
        for unit in self.units:
            levels.setdefault(unit.rcue, []).append(unit)
        rcues = [_rcue(name, units, self.regulation) for name, units in levels.items() if len(units) > 1]
        object.__setattr__(self, "rcues", tuple(rcues))
        down = sorted(rcues, key=lambda rcue: -rcue.level)
        below = [(rcue, tuple(levels.get(f"{rcue.competence}/{rcue.level - 1}", ()))) for rcue in down]
        object.__setattr__(self, "steps", tuple((rcue, units) for rcue, units in below if units))
        object.__setattr__(self, "by_code", {unit.code: unit for unit in self.units})
        names = frozenset(name for unit in self.units for name in unit.coefficients)
        object.__setattr__(self, "elements", names)

    def judged(self, student: Student) -> list[Unit]:
        """The units of the semesters judged, in the order of the programme."""
        return [unit for unit in self.units if unit.semester in student.semesters]

    def rcue(self, name: str) -> Rcue | None:
        """The RCUE of that name, if both its units are in the programme."""
        return next((rcue for rcue in self.rcues if rcue.name == name), None)


def _rcue(name: str, units: Sequence[Unit], regulation: Regulation) -> Rcue:
    codes = ", ".join(unit.code for unit in units)
    if len(units) > 2:
        raise ValueError(f"{codes} : plus de deux UE pour le RCUE {name}")
    first, second = sorted(units, key=lambda unit: unit.semester)
    if first.year != second.year or first.semester == second.semester:
        raise ValueError(f"{codes} : les deux UE du RCUE {name} sont d’une même année, une par semestre")
    match regulation.rcue_weights:
        case "equal":
            weights = [Fraction(unit.rcue_weight) for unit in (first, second)]
        case "ects":
            weights = [Fraction(unit.ects) for unit in (first, second)]
        case "coefficients":
            weights = [Fraction(sum(map(Fraction, unit.coefficients.values()))) for unit in (first, second)]
    one, other = integers(weights)
    return Rcue(name, first.competence, first.level, (first, second), (one, other))


# ------------------------------------------------------------------------------------ what is answered


State: TypeAlias = Literal["", "ABJ", "ABI", "ATT", "missing"]
"""Why an element has no average, or a provisional one: ABJ (every mark exempted), ABI (likewise, where the
règlement neutralises them), ATT (a mark is awaited), missing; else "".
"""


@dataclass(slots=True, unsafe_hash=True)
class ElementAverage:
    """An element's average as a ratio (denominator 0: none), its state, and what must be told of it.

    `alike` tells whether it is the same in every unit.
    """

    numerator: int
    denominator: int
    state: State = ""
    remarks: tuple[tuple[Article, str], ...] = ()
    alike: bool = True

    @property
    def value(self) -> Fraction | None:
        """The exact average on 20."""
        return Fraction(self.numerator, self.denominator) if self.denominator else None

    def state_for(self, coefficient: Decimal) -> State:
        """The state in a unit: a coefficient of 0 expects nothing."""
        return "" if self.state == "missing" and not coefficient else self.state


class ElementLine(NamedTuple):
    """One element in a unit's average: what it weighs, and its exact average on 20."""

    element: str
    coefficient: Decimal
    average: Fraction | None
    state: State


@dataclass(slots=True)
class UnitVerdict:
    """A UE decided; `provisional` when something is missing."""

    unit: str
    average: Decimal | None
    exact: Fraction | None
    code: Code | None
    ects: Decimal
    provisional: bool = False
    coefficients: Mapping[str, Decimal] = field(default_factory=dict)
    averages: tuple[ElementAverage, ...] = ()

    @property
    def acquired(self) -> bool:
        return self.code in VALIDATING

    @property
    def elements(self) -> tuple[ElementLine, ...]:
        """What the average is made of; nothing for a unit that is not judged from its elements."""
        return tuple(
            ElementLine(name, coefficient, average.value, average.state_for(coefficient))
            for (name, coefficient), average in zip(self.coefficients.items(), self.averages, strict=False)
        )


@dataclass(slots=True, unsafe_hash=True)
class RcueVerdict:
    """A RCUE decided, and its two UE."""

    rcue: str
    average: Decimal | None
    exact: Fraction | None
    code: Code | None
    units: tuple[str, str]

    @property
    def acquired(self) -> bool:
        return self.code in VALIDATING


class Progression(NamedTuple):
    """The next semester (None after S6), whether it is of right, and the UE that close S5."""

    semester: int | None
    right: bool | None
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """Everything decided of one student, and why.

    `year` is None when the jury has to choose among `options`, or when `year_judged` is False:
    an odd-semester jury says nothing of the year unless a person did.
    """

    id: str
    units: Mapping[str, UnitVerdict]
    rcues: Mapping[str, RcueVerdict]
    year_judged: bool
    year: Code | None
    options: tuple[Code, ...]
    progression: Progression
    ects_year: Decimal
    ects_total: Decimal
    diplomas: tuple[str, ...]
    blocked: tuple[str, ...]
    reasons: tuple[Reason, ...]


class Distance(NamedTuple):
    """The smallest change of one UE average that would reach the next decision."""

    unit: str
    points: Decimal
    gives: str
