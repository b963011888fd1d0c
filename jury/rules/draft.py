"""All that is decided of one student so far: each rule reads it, and leaves there what it decides and why."""

from dataclasses import dataclass, field
from fractions import Fraction

from grades.averages import shown

from .codes import Code
from .programme import Cohort, Unit
from .reasons import Article, Check, Reason
from .student import Student
from .verdict import Decided, RcueVerdict, UnitVerdict, is_acquired


@dataclass(slots=True)
class Draft:
    """A verdict under way. `cohort` is the student's own programme."""

    student: Student
    cohort: Cohort
    units: dict[str, UnitVerdict] = field(default_factory=dict)
    rcues: dict[str, RcueVerdict] = field(default_factory=dict)
    blocked: list[str] = field(default_factory=list)
    """What is awaited, and keeps the year from being decided."""
    reasons: list[Reason] = field(default_factory=list)

    def tell(self, reason: Reason) -> None:
        self.reasons.append(reason)

    def set_average(self, decided: Decided, average: Fraction | None) -> None:
        """Give an average, exact and as displayed."""
        decided.exact = average
        decided.average = shown(average, self.cohort.regulation.decimals)

    def against_pass_mark(self, decided: Decided, article: Article) -> Check:
        """The comparison of an average, as displayed, with 10."""
        assert decided.average is not None  # a missing average is no zero: each rule has a case for it
        return Check(decided.average, self.cohort.regulation.pass_mark, article)

    def unit(self, unit: Unit) -> UnitVerdict:
        """What is decided of a unit, nothing yet if it was not known."""
        if unit.code not in self.units:
            self.units[unit.code] = UnitVerdict(unit.code, unit)
        return self.units[unit.code]

    def is_acquired(self, unit: Unit) -> bool:
        return is_acquired(unit, self.units)

    def rcues_of_the_year(self) -> list[RcueVerdict]:
        """The RCUE that the year is decided on: none at an odd-semester jury."""
        if not self.student.year_ends:
            return []
        return [rcue for rcue in self.rcues.values() if rcue.of.year == self.student.year]

    @property
    def fact(self) -> Code | None:
        """What the administration recorded of the student, which the year bears (domain 3.7)."""
        return self.student.status if self.student.status in self.cohort.facts else None
