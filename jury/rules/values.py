"""What the rules read and what they answer: frozen values, exact numbers.

Averages are on 20. `Exact` is an int or a Fraction: sums of marks stay integers as long as they can.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Literal, NamedTuple, TypeAlias

from .codes import FACTS, STATUSES, VALIDATING, Code
from .numbers import (
    ONE,
    TWENTY,
    ZERO,
    Exact,
    Ratio,
    Rounded,
    Rounding,
    exact,
    french,
    in_grains,
    integers,
    rounding,
)
from .reasons import COMPENSATION, NBSP, PROGRESSION, VALIDATION, Article, Reason, Threshold

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
    rcue: str = field(init=False, repr=False, compare=False)
    """The name of the RCUE it belongs to: RT1/2 is competence RT1, level 2."""
    year: int = field(init=False, repr=False, compare=False)
    expected: frozenset[str] = field(init=False, repr=False, compare=False)
    """The elements that must be marked: those with a coefficient above 0."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "rcue", f"{self.competence}/{self.level}")
        object.__setattr__(self, "year", (self.semester + 1) // 2)
        counted = frozenset(name for name, coefficient in self.coefficients.items() if coefficient)
        object.__setattr__(self, "expected", counted)


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
    """Coefficient × mark on 20, in grains; 0 without a value."""
    weight: Exact = field(init=False, repr=False, compare=False)
    """Coefficient, in grains."""
    plain: int | None = field(init=False, repr=False, compare=False)
    """`earned`, for a mark that only adds up, in integers: no absence, no weight of its own in some unit."""
    told: str = field(init=False, repr=False, compare=False)
    """The coefficient of an absence, as it is told."""

    def __post_init__(self) -> None:
        weight = in_grains(self.coefficient)
        value = Fraction(0 if self.value is None else self.value)
        earned = exact(weight * value * 20 / Fraction(self.out_of))
        object.__setattr__(self, "earned", earned)
        object.__setattr__(self, "weight", weight)
        plain = not self.code and not self.weights and isinstance(earned, int) and isinstance(weight, int)
        object.__setattr__(self, "plain", earned if plain else None)
        object.__setattr__(self, "told", french(self.coefficient) if self.code else "")


@dataclass(slots=True, unsafe_hash=True)
class Element:
    """What a student got in a ressource or a SAÉ: marks, or an average known as such (on 20)."""

    marks: tuple[Mark, ...] = ()
    second_chance: Mark | None = None
    average: Decimal | None = None
    earned: tuple[int, ...] = field(init=False, repr=False, compare=False)
    """What each mark earns, when all of them only add up; else nothing."""
    weights: tuple[Exact, ...] = field(init=False, repr=False, compare=False)
    """What each mark weighs: the same for all who had the same évaluations."""

    def __post_init__(self) -> None:
        self.earned = self.weights = ()
        if self.average is not None:
            earned, weight = self.average.as_integer_ratio()
            self.earned, self.weights = (earned,), (weight,)
            return
        plain: list[int] = []
        weights: list[Exact] = []
        for mark in self.marks:
            weights.append(mark.weight)
            if mark.plain is not None:
                plain.append(mark.plain)
        self.weights = _one_for_all(tuple(weights))
        if len(plain) == len(weights) and self.second_chance is None and any(weights):
            self.earned = tuple(plain)


@lru_cache(maxsize=1024)
def _one_for_all(weights: tuple[Exact, ...]) -> tuple[Exact, ...]:
    """One object for the many elements whose marks weigh alike: found faster when they are compared."""
    return weights


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
    """Granted by the director, in all."""
    jury: JuryDecisions = JuryDecisions()
    programme: str | None = None
    """By which of the cohort's programmes they are judged; None: by the cohort's own units."""
    ends_year: bool = False
    """Whether the odd semester taken alone ends the year, the even one having been judged before."""
    extra_by_semester: Mapping[int, int] | None = None
    """For which semesters the director granted the extra repeats, where that was said."""
    year_ends: bool = field(init=False, repr=False, compare=False)
    """Whether this jury closes the year: RCUE and year are decided."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "year_ends", self.ends_year or 2 * self.year in self.semesters)
        if self.extra_by_semester is not None:
            object.__setattr__(self, "extra_repeats", sum(self.extra_by_semester.values()))

    @property
    def last_semester(self) -> int:
        """The semester that the next one follows: the last judged, or the year's even one once it ends."""
        return 2 * self.year if self.year_ends else max(self.semesters)

    def extra_for(self, semester: int) -> int:
        """The extra repeats of one semester: those granted for it, or one if that was not said (4.5)."""
        if self.extra_by_semester is None:
            return min(self.extra_repeats, 1)
        return self.extra_by_semester.get(semester, 0)


@dataclass(frozen=True, slots=True)
class Rcue:
    """The two UE of one level of one competence, and how much each weighs."""

    name: str
    competence: str
    level: int
    units: tuple[Unit, Unit]
    weights: tuple[int, int]
    year: int
    level_acquired: str = field(init=False, repr=False, compare=False)
    """What acquiring it means, as it is told."""
    not_acquired: Mapping[tuple[bool, bool], str] = field(init=False, repr=False, compare=False)
    """Which of its units are not acquired, as it is told: by whether each is."""
    by_averages: Reason = field(init=False, repr=False, compare=False)
    """Why it is acquired when both units are by their averages: the same for everyone."""

    def __post_init__(self) -> None:
        one, other = (unit.code for unit in self.units)
        level = f"{self.competence} est acquise au niveau {self.level}"
        text = f"{one} et {other} sont acquises par leur moyenne{NBSP}: {level}."
        not_acquired = {
            (False, False): f"{one} et {other} ne sont pas acquises",
            (False, True): f"{one} n’est pas acquise",
            (True, False): f"{other} n’est pas acquise",
        }
        object.__setattr__(self, "level_acquired", level)
        object.__setattr__(self, "not_acquired", not_acquired)
        object.__setattr__(self, "by_averages", Reason(self.name, VALIDATION, text, True))


@dataclass(frozen=True, slots=True)
class UnitSum:
    """How the average of a unit adds up: each element that counts by its place, with a whole coefficient.

    `weight` is the sum of the coefficients, `coefficients` each of them by place.
    """

    unit: Unit
    terms: tuple[tuple[int, int], ...]
    weight: int
    coefficients: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class Plan:
    """The sums that judge some semesters, prepared once for all students; each element has a place."""

    elements: tuple[str, ...]
    sums: tuple[UnitSum, ...]
    counting: tuple[tuple[Unit, ...], ...]
    """By place, the units in which the element counts."""
    places: Mapping[str, int]

    @classmethod
    def of(cls, units: Iterable[Unit]) -> "Plan":
        units = list(units)
        elements = tuple(dict.fromkeys(name for unit in units for name in unit.coefficients))
        places = {name: place for place, name in enumerate(elements)}
        sums = []
        for unit in units:
            whole = zip(unit.coefficients, integers(unit.coefficients.values()), strict=True)
            terms = tuple((places[name], coefficient) for name, coefficient in whole if coefficient)
            coefficients = dict(terms)
            sums.append(UnitSum(unit, terms, sum(coefficients.values()), coefficients))
        counting = tuple(tuple(unit for unit in units if name in unit.expected) for name in elements)
        return cls(elements, tuple(sums), counting, places)

    def with_element(self, place: int) -> list[Unit]:
        """The units that have a coefficient for an element, be it 0."""
        return [unit_sum.unit for unit_sum in self.sums if self.elements[place] in unit_sum.unit.coefficients]


class Thresholds(NamedTuple):
    """The marks of the règlement, each for what it decides."""

    unit: Threshold
    rcue: Threshold
    more_than_half: Threshold
    """That more than half of the RCUE must reach."""
    every: Threshold
    """That every RCUE must reach."""

    @classmethod
    def of(cls, regulation: Regulation) -> "Thresholds":
        return cls(
            unit=Threshold(regulation.pass_mark, VALIDATION),
            rcue=Threshold(regulation.pass_mark, COMPENSATION),
            more_than_half=Threshold(regulation.pass_mark, PROGRESSION),
            every=Threshold(regulation.rcue_minimum, PROGRESSION),
        )


DIPLOMAS = {"DUT": range(1, 5), "BUT": range(1, 7)}

RULES = 3
"""How many times our reading of the texts changed: a PV says by which it was made, and is judged by it.

1: the year of a DEF student was DEF, BUT3 gave PASD, S5 was not decided anew by a jury of BUT1.
2: DEF takes no right away, BUT3 has no year above. What a PV of before printed reads the same.
3: what a decision entails is worked out in one place, `following`; a PV of before says it as it did.
"""


@dataclass(frozen=True, slots=True)
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
    by_code: Mapping[str, Unit] = field(init=False, repr=False, compare=False)
    rcues: tuple[Rcue, ...] = field(init=False, repr=False, compare=False)
    elements: frozenset[str] = field(init=False, repr=False, compare=False)
    steps: tuple[tuple[Rcue, tuple[Unit, ...]], ...] = field(init=False, repr=False, compare=False)
    """Each RCUE with the units of the level below in its competence, from level 3 down."""
    diplomas: tuple[tuple[str, tuple[Unit, ...]], ...] = field(init=False, repr=False, compare=False)
    """The diplomas that the programme has every semester of, with their units."""
    first_year: tuple[Unit, ...] = field(init=False, repr=False, compare=False)
    """The units of S1 and S2, which S5 asks for."""
    thresholds: Thresholds = field(init=False, repr=False, compare=False)
    rounding: Rounding = field(init=False, repr=False, compare=False)
    plans: dict[tuple[int, ...], Plan] = field(init=False, repr=False, compare=False)

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
        object.__setattr__(self, "diplomas", tuple(_diplomas(self.units)))
        first_year = tuple(unit for unit in self.units if unit.semester in (1, 2))
        object.__setattr__(self, "first_year", first_year)
        object.__setattr__(self, "thresholds", Thresholds.of(self.regulation))
        object.__setattr__(self, "rounding", rounding(self.regulation.decimals))
        object.__setattr__(self, "plans", {})

    @property
    def facts(self) -> frozenset[Code]:
        """The statuses that are the year's code, whatever the marks."""
        return FACTS if self.rules > 1 else STATUSES

    def of(self, student: Student) -> "Cohort":
        """The programme by which a student is judged: theirs, or this one itself."""
        if student.programme is None or not self.programmes:
            return self
        return self.programmes[student.programme]

    def judged(self, student: Student) -> list[Unit]:
        """The units of the semesters judged, in the order of the student's programme."""
        return [unit for unit in self.of(student).units if unit.semester in student.semesters]

    def plan(self, student: Student) -> Plan:
        """The sums of the semesters judged: one plan for all the students of a programme before a jury."""
        plans = self.of(student).plans
        plan = plans.get(student.semesters)
        if plan is None:
            plan = plans[student.semesters] = Plan.of(self.judged(student))
        return plan

    def rcue(self, name: str) -> Rcue | None:
        """The RCUE of that name, if both its units are in the programme."""
        return next((rcue for rcue in self.rcues if rcue.name == name), None)


def _diplomas(units: Sequence[Unit]) -> Iterator[tuple[str, tuple[Unit, ...]]]:
    for diploma, semesters in DIPLOMAS.items():
        of_it = tuple(unit for unit in units if unit.semester in semesters)
        if {unit.semester for unit in of_it} == set(semesters):
            yield diploma, of_it


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
    return Rcue(name, first.competence, first.level, (first, second), (one, other), second.year)


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


@dataclass(slots=True)
class ElementAverages:
    """The averages of one student's elements, by their place in the plan.

    `points` are the averages times `common`, all integers. `particular` are those whose marks do not only
    add up; `apart`, in a unit, those that count by a denominator of their own, or that have no average.
    """

    plan: Plan
    points: list[int]
    common: int
    particular: dict[int, ElementAverage] = field(default_factory=dict)
    apart: dict[str, dict[int, ElementAverage]] = field(default_factory=dict)

    def at(self, place: int, unit: str) -> ElementAverage:
        """One of them, as it counts in a unit."""
        own = self.apart.get(unit, {}).get(place) or self.particular.get(place)
        return own or ElementAverage(self.points[place], self.common)

    def of(self, name: str, unit: str) -> ElementAverage:
        """That of an element of the plan, as it counts in a unit."""
        return self.at(self.plan.places[name], unit)


class ElementLine(NamedTuple):
    """One element in a unit's average: what it weighs, and its exact average on 20."""

    element: str
    coefficient: Decimal
    average: Fraction | None
    state: State


@dataclass(slots=True)
class Decided:
    """A UE or a RCUE decided: its average, exact and as displayed, and its code."""

    name: str
    of: Unit | Rcue
    ratio: Ratio | None = None
    displayed: Rounded | None = None
    code: Code | None = None
    by_jury: bool = False

    @property
    def average(self) -> Decimal | None:
        """The average, rounded as it is displayed."""
        return None if self.displayed is None else self.displayed.value

    @property
    def exact(self) -> Fraction | None:
        return self.ratio and Fraction(*self.ratio)

    @property
    def acquired(self) -> bool:
        return self.code in VALIDATING


@dataclass(slots=True)
class UnitVerdict(Decided):
    """A UE decided; `provisional` when something is missing, `renewed` when this year gave an average."""

    of: Unit
    made_of: ElementAverages | None = None
    renewed: bool = False
    provisional: bool = False

    @property
    def unit(self) -> str:
        return self.name

    @property
    def ects(self) -> Decimal:
        """What it gives: nothing if it is not acquired."""
        return self.of.ects if self.code in VALIDATING else ZERO

    @property
    def marked(self) -> bool:
        """Whether one of its elements has an average."""
        made_of = self.made_of
        return made_of is not None and any(
            made_of.of(name, self.name).denominator for name in self.of.coefficients
        )

    @property
    def elements(self) -> tuple[ElementLine, ...]:
        """What the average is made of; nothing for a unit that is not judged from its elements."""
        if self.made_of is None:
            return ()
        averages = {name: self.made_of.of(name, self.name) for name in self.of.coefficients}
        return tuple(
            ElementLine(name, coefficient, averages[name].value, averages[name].state_for(coefficient))
            for name, coefficient in self.of.coefficients.items()
        )


@dataclass(slots=True)
class RcueVerdict(Decided):
    """A RCUE decided, and its two UE."""

    of: Rcue

    @property
    def rcue(self) -> str:
        return self.name

    @property
    def units(self) -> tuple[str, str]:
        one, other = self.of.units
        return one.code, other.code


class Progression(NamedTuple):
    """The next semester (None after S6), whether it is of right, and the UE that close S5."""

    semester: int | None
    right: bool | None
    missing: tuple[str, ...] = ()


@dataclass(slots=True)
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
