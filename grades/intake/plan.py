"""What an import of students would do, line by line, before it is done."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from butrt.base.canonical import digest_of
from butrt.base.french import NBSP, listed, short_date
from curriculum.models import Programme
from grades.intake.columns import FIELDS
from grades.models import Cohort, Enrolment, Student, lacking
from grades.people import Identity

LABELS = {name: column.label for name, column in FIELDS.items()}


class RefusedRow(NamedTuple):
    """Why a row is not accepted: where (C12, or "ligne 12"), whose, which column, and what to do."""

    ref: str
    student: str
    column: str
    reason: str


class Aside(NamedTuple):
    """A row that the file itself says is not of this promotion."""

    line: int
    student: str
    reason: str


class Against(NamedTuple):
    """An enrolment that goes against the decision of a jury: done with a motive only."""

    line: int
    student: str
    reason: str


class Late(NamedTuple):
    """A row that changes what a jury has judged: done with a motive only. `semesters`: those judged."""

    line: int
    student: str
    semesters: list[int]
    change: str

    @property
    def reason(self) -> str:
        juries = listed([f"S{semester}" for semester in self.semesters])
        return f"{self.change}{NBSP}: un jury a jugé {juries} avec ce qui était écrit."


class Difference(NamedTuple):
    """A field of somebody known, as it stands and as it would be."""

    name: str
    before: str
    after: str

    @property
    def label(self) -> str:
        return {"enrolment": "Promotion"}.get(self.name) or LABELS[self.name]


@dataclass(frozen=True)
class New:
    """Somebody whom the department does not know."""

    line: int
    identity: Identity
    group: str
    company: str
    programme: Programme
    semesters: tuple[int, ...] = ()  # none said: both

    @property
    def student(self) -> str:
        identity = self.identity
        last = identity.usual_last_name or identity.last_name
        return f"{last} {identity.usual_first_name or identity.first_name}"

    @property
    def legal_name(self) -> str:
        return f"{self.identity.last_name} {self.identity.first_name}"

    @property
    def lacks(self) -> list[str]:
        """What of their identity is to come."""
        identity = self.identity
        return lacking(ine=identity.ine, birth_place=identity.birth_place, without_ine=identity.without_ine)

    @property
    def kind(self) -> str:
        """The type of their baccalauréat, in words."""
        return field_in_words("baccalaureate", self.identity.baccalaureate)


@dataclass(frozen=True)
class Known:
    """Somebody known, as the row would have them; `enrolment` is None when they enter the promotion."""

    line: int
    row: Student
    enrolment: Enrolment | None
    identity: Identity
    group: str
    company: str
    differences: tuple[Difference, ...]
    programme: Programme
    semesters: tuple[int, ...] = ()  # none said: both, or as they are

    @property
    def student(self) -> str:
        return str(self.row)


@dataclass
class ImportPlan:
    """What an import would do; nothing may be done while a row is refused."""

    cohort: Cohort
    new: list[New] = field(default_factory=list)
    changed: list[Known] = field(default_factory=list)
    unchanged: list[Known] = field(default_factory=list)
    refusals: list[RefusedRow] = field(default_factory=list)
    aside: list[Aside] = field(default_factory=list)
    against: list[Against] = field(default_factory=list)
    late: list[Late] = field(default_factory=list)
    groups: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def applicable(self) -> bool:
        return not self.refusals and bool(self.new or self.changed)

    @property
    def asks_motive(self) -> bool:
        return bool(self.against or self.late)

    @property
    def digest(self) -> str:
        """What was shown, in short: a plan that differs is shown again before anything is done."""
        shown = [
            [
                [new.line, str(new.identity), new.group, new.company, new.programme.pk, *new.semesters]
                for new in self.new
            ],
            [[known.line, known.row.pk, known.programme.pk, known.differences] for known in self.changed],
            self.groups,
            self.against,
            self.late,
        ]
        return digest_of(shown)


def field_in_words(name: str, value: Any) -> str:
    """A field as the preview and the journal write it."""
    if isinstance(value, datetime.date):
        return short_date(value)
    if isinstance(value, bool):
        return "oui" if value else "non"
    if name == "gender":
        return str(Student.Gender(value).label)
    return str(Student.Baccalaureate(value).label) if name == "baccalaureate" and value else str(value)


def takes_anew(known: Known) -> bool:
    """Whether somebody known enters the promotion, or takes other semesters of it."""
    return bool({difference.name for difference in known.differences} & {"enrolment", "semesters"})


def told_to_a_jury(row: New | Known, *, with_groups: bool) -> str:
    """What a row changes of what a jury judges with, in words; "" for nothing."""
    if isinstance(row, New) or row.enrolment is None:
        return "inscription"
    names = {"semesters", "group"} if with_groups else {"semesters"}
    return ", ".join(difference.label.lower() for difference in row.differences if difference.name in names)
