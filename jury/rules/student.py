"""The dossier of one student, as the jury finds it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

from grades.averages import Element

from .codes import VALIDATING, Code


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
    """One student: marks, averages known as such (on 20), results from before, repeats, status, decisions."""

    id: str
    year: int
    semesters: tuple[int, ...]
    """Those that this jury judges."""
    status: Code | None = None
    elements: Mapping[str, Element] = field(default_factory=dict)
    averages: Mapping[str, Decimal] = field(default_factory=dict)
    bonus: Mapping[str, Decimal] = field(default_factory=dict)
    dispensed: frozenset[str] = frozenset()
    earlier: Mapping[str, Earlier] = field(default_factory=dict)
    earlier_rcues: Mapping[str, Earlier] = field(default_factory=dict)
    repeats: Mapping[int, int] = field(default_factory=dict)
    """How many times each semester was repeated."""
    extra_repeats: int | Mapping[int, int] = 0
    """Granted by the director: for each semester or, where that was not said, in all."""
    jury: JuryDecisions = JuryDecisions()
    programme: str | None = None
    """By which of the cohort's programmes they are judged; None: by the cohort's own units."""
    ends_year: bool = False
    """Whether the odd semester taken alone ends the year, the even one having been judged before."""

    @property
    def year_ends(self) -> bool:
        """Whether this jury closes the year: RCUE and year are decided."""
        return self.ends_year or 2 * self.year in self.semesters

    @property
    def last_semester(self) -> int:
        """The semester that the next one follows: the last judged, or the year's even one once it ends."""
        return 2 * self.year if self.year_ends else max(self.semesters)

    def acquired_before(self, unit: str) -> bool:
        """Whether an earlier jury acquired a UE."""
        earlier = self.earlier.get(unit)
        return earlier is not None and earlier.code in VALIDATING

    @property
    def extra_repeats_in_all(self) -> int:
        extra = self.extra_repeats
        return extra if isinstance(extra, int) else sum(extra.values())

    def extra_repeats_of(self, semester: int) -> int:
        """Those granted for one semester, or one if it was not said for which (4.5)."""
        extra = self.extra_repeats
        return min(extra, 1) if isinstance(extra, int) else extra.get(semester, 0)
