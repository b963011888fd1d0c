"""A file of ScoDoc compared with our rules, programme by programme: what the command and the page show."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from curriculum.models import Department, Regulation
from jury.exchange.scodoc.command_options import by_programme
from jury.exchange.scodoc.comparing import Comparison, compare
from jury.exchange.scodoc.reading import Student
from jury.exchange.scodoc.recording import numbers_of
from jury.exchange.scodoc.units import Asked, Left, Year, years_of


@dataclass(frozen=True)
class Group:
    """The students of one programme and school year; `national`: no règlement of ours was in force."""

    year: Year
    students: int
    comparison: Comparison
    national: bool

    def __str__(self) -> str:
        return f"{self.year.programme}, {self.year.school_year}"


@dataclass(frozen=True)
class Replay:
    """What a file gives: each programme's comparison, who could not be read, our number of each `etudid`."""

    groups: list[Group]
    left: list[Left]
    numbers: Mapping[str, str]
    total: Comparison = field(default_factory=Comparison)

    @classmethod
    def of_all(cls, replays: Iterable[Replay]) -> Replay:
        """Those of several files as one."""
        numbers: dict[str, str] = {}
        whole = cls([], [], numbers)
        for one in replays:
            whole.groups.extend(one.groups)
            whole.left.extend(one.left)
            whole.total.add(one.total)
            numbers |= one.numbers
        return whole


def replay(
    students: Sequence[Student], department: Department, asked: Asked, given: Mapping[str, str]
) -> Replay:
    """Decide again of each student, by the règlement of the time. `given`: {etudid: our student number}.

    Nobody need be known here. Nothing is written. Raises ScodocError for what is wrong of the whole file.
    """
    numbers, _ = numbers_of(students, department, given)
    years, left = years_of(students, department, numbers, asked)
    groups, total = [], Comparison()
    for year, group in by_programme(list(students), years):
        regulation = Regulation.objects.in_force(
            department=department, programme=year.programme, school_year=year.school_year
        ).first()
        comparison = compare(group, year, regulation.as_file() if regulation else {})
        groups.append(Group(year, len(group), comparison, national=regulation is None))
        total.add(comparison)
    return Replay(groups, left, numbers, total)
