"""What a student is judged by: the units of a programme, their RCUE, and the règlement."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from math import lcm
from typing import Literal

from grades.averages import ONE, Exact, exact

from .codes import FACTS, STATUSES, Code
from .student import Student

DIPLOMAS = {"DUT": range(1, 5), "BUT": range(1, 7)}
"""The semesters that each asks for (4.6)."""

RULES = 3
"""How many times our reading of the texts changed: a PV says by which it was made, and is judged by it.

1: the year of a DEF student was DEF, BUT3 gave PASD, S5 was not decided anew by a jury of BUT1.
2: DEF takes no right away, BUT3 has no year above. What a PV of before printed reads the same.
3: what a decision entails is worked out in one place, `following`; a PV of before says it as it did.
"""


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


@dataclass(frozen=True)
class Unit:
    """A UE: one semester of one level of one competence."""

    code: str
    semester: int
    competence: str
    level: int
    ects: Decimal
    rcue_weight: Decimal = ONE
    coefficients: Mapping[str, Decimal] = field(default_factory=dict)

    @property
    def year(self) -> int:
        return (self.semester + 1) // 2

    @cached_property
    def rcue(self) -> str:
        """The name of the RCUE it belongs to: RT1/2 is competence RT1, level 2."""
        return rcue_name(self.competence, self.level)

    @cached_property
    def weights(self) -> Mapping[str, Exact]:
        """The elements that count in it, which must be marked: those with a coefficient above 0."""
        return {name: exact(coefficient) for name, coefficient in self.coefficients.items() if coefficient}


@dataclass(frozen=True, slots=True)
class Rcue:
    """The two UE of one level of one competence, and how much each weighs."""

    name: str
    competence: str
    level: int
    units: tuple[Unit, Unit]
    weights: tuple[int, int]
    year: int


def rcue_name(competence: str, level: int) -> str:
    return f"{competence}/{level}"


@dataclass(frozen=True)
class Cohort:
    """A programme and its règlement; the students may come one by one.

    Students of several programmes: each of `programmes` is a cohort of its own, with the same règlement, and
    `of` tells which one judges a student. Raises ValueError, in French, when the units cannot make RCUE.
    """

    units: tuple[Unit, ...]
    regulation: Regulation = Regulation()
    students: tuple[Student, ...] = ()
    programmes: Mapping[str, "Cohort"] = field(default_factory=dict)
    rules: int = RULES
    """By which reading of the texts it is judged: that of today, but for an older PV."""

    def __post_init__(self) -> None:
        _ = self.rcues  # what cannot be paired is refused at once, not at the first student

    @cached_property
    def by_code(self) -> Mapping[str, Unit]:
        return {unit.code: unit for unit in self.units}

    @cached_property
    def elements(self) -> frozenset[str]:
        return frozenset(name for unit in self.units for name in unit.coefficients)

    @cached_property
    def by_rcue(self) -> Mapping[str, tuple[Unit, ...]]:
        """The units of each level of each competence, one or two."""
        names = dict.fromkeys(unit.rcue for unit in self.units)
        return {name: tuple(unit for unit in self.units if unit.rcue == name) for name in names}

    @cached_property
    def rcues(self) -> tuple[Rcue, ...]:
        """The RCUE of which both units are in the programme."""
        levels = self.by_rcue.items()
        return tuple(_pair(name, units, self.regulation) for name, units in levels if len(units) > 1)

    @cached_property
    def from_the_top(self) -> tuple[Rcue, ...]:
        """The RCUE from level 3 down, as what a level acquires cascades (4.3)."""
        return tuple(sorted(self.rcues, key=lambda rcue: -rcue.level))

    @cached_property
    def first_year(self) -> tuple[Unit, ...]:
        """The units of S1 and S2, which S5 asks for (4.5)."""
        return tuple(unit for unit in self.units if unit.year == 1)

    @cached_property
    def diplomas(self) -> Mapping[str, tuple[Unit, ...]]:
        """The diplomas that the programme has every semester of, with their units (4.6)."""
        asked = {
            diploma: tuple(unit for unit in self.units if unit.semester in semesters)
            for diploma, semesters in DIPLOMAS.items()
        }
        return {
            diploma: units
            for diploma, units in asked.items()
            if {unit.semester for unit in units} == set(DIPLOMAS[diploma])
        }

    @property
    def facts(self) -> frozenset[Code]:
        """The statuses that are the year's code, whatever the marks."""
        return FACTS if self.rules > 1 else STATUSES

    def rcue(self, name: str) -> Rcue | None:
        """The RCUE of that name, if both its units are in the programme."""
        return next((rcue for rcue in self.rcues if rcue.name == name), None)

    def below(self, rcue: Rcue) -> tuple[Unit, ...]:
        """The units of the level below in the same competence; none where there is none."""
        return self.by_rcue.get(rcue_name(rcue.competence, rcue.level - 1), ())

    def of(self, student: Student) -> "Cohort":
        """The programme by which a student is judged: theirs, or this one itself."""
        if student.programme is None or not self.programmes:
            return self
        return self.programmes[student.programme]

    def judged(self, student: Student) -> list[Unit]:
        """The units of the semesters judged, in the order of the student's programme."""
        return [unit for unit in self.of(student).units if unit.semester in student.semesters]


def _pair(name: str, units: Sequence[Unit], regulation: Regulation) -> Rcue:
    codes = ", ".join(unit.code for unit in units)
    if len(units) > 2:
        raise ValueError(f"{codes} : plus de deux UE pour le RCUE {name}")
    first, second = sorted(units, key=lambda unit: unit.semester)
    if first.year != second.year or first.semester == second.semester:
        raise ValueError(f"{codes} : les deux UE du RCUE {name} sont d’une même année, une par semestre")
    weights = _in_whole_numbers(_weight_in_rcue(first, regulation), _weight_in_rcue(second, regulation))
    return Rcue(name, first.competence, first.level, (first, second), weights, second.year)


def _weight_in_rcue(unit: Unit, regulation: Regulation) -> Fraction:
    match regulation.rcue_weights:
        case "equal":
            return Fraction(unit.rcue_weight)
        case "ects":
            return Fraction(unit.ects)
        case "coefficients":
            return sum(map(Fraction, unit.coefficients.values()), Fraction(0))


def _in_whole_numbers(one: Fraction, other: Fraction) -> tuple[int, int]:
    """The same proportions without decimals, as they are told: 7.5 and 6 are 15 and 12."""
    scale = lcm(one.denominator, other.denominator)
    return int(one * scale), int(other * scale)
