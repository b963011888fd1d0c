"""What the rules answer: what is decided of each UE, of each RCUE, of the year, and why."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from grades.averages import ElementAverage, State

from .codes import VALIDATING, Code
from .programme import Rcue, Unit
from .reasons import Reason

NO_CREDIT = Decimal(0)


class ElementLine(NamedTuple):
    """One element in a unit's average: what it weighs, and its exact average on 20."""

    element: str
    coefficient: Decimal
    average: Fraction | None
    state: State


@dataclass(slots=True)
class Decided:
    """A UE or a RCUE: its average, exact and as displayed, and its code.

    The rules fill it in, one after the other (see `draft`); once in a `Verdict`, it is only read.
    """

    name: str
    of: Unit | Rcue
    exact: Fraction | None = None
    average: Decimal | None = None
    code: Code | None = None
    by_jury: bool = False

    @property
    def acquired(self) -> bool:
        return self.code in VALIDATING


@dataclass(slots=True)
class UnitVerdict(Decided):
    """A UE; `provisional` when something is missing, `renewed` when this year gave an average."""

    of: Unit
    made_of: Mapping[str, ElementAverage] | None = None
    """The averages of its elements; None for a unit that is not judged from them."""
    renewed: bool = False
    provisional: bool = False

    @property
    def unit(self) -> str:
        return self.name

    @property
    def ects(self) -> Decimal:
        """What it gives: nothing if it is not acquired."""
        return self.of.ects if self.acquired else NO_CREDIT

    @property
    def elements(self) -> tuple[ElementLine, ...]:
        """What the average is made of; a coefficient of 0 expects no mark: nothing is missing."""
        if self.made_of is None:
            return ()
        lines = []
        for name, coefficient in self.of.coefficients.items():
            average = self.made_of[name]
            state = "" if average.state == "missing" and not coefficient else average.state
            lines.append(ElementLine(name, coefficient, average.value, state))
        return tuple(lines)

    @property
    def marked(self) -> bool:
        """Whether one of its elements has an average."""
        return any(line.average is not None for line in self.elements)


def is_acquired(unit: Unit, units: Mapping[str, UnitVerdict]) -> bool:
    """Whether a unit is acquired; one of which nothing is known is not."""
    return unit.code in units and units[unit.code].acquired


@dataclass(slots=True)
class RcueVerdict(Decided):
    """A RCUE, and its two UE."""

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
