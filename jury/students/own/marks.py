"""The published marks of a student, every year's, in one query and in few objects: they are many."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import groupby
from operator import attrgetter
from typing import Any, TypeAlias

from butrt.base import french
from butrt.base.french import NBSP
from grades.averages import use_of
from grades.models import Assessment, Mark, Student

Averages: TypeAlias = dict[str, list[tuple[str, Decimal]]]
"""{element: its averages so far}, with the UE where they differ: [("", 12.50)]."""

NORMAL = Assessment.Kind.NORMAL.value
FIELDS = (
    *("enrolment", "assessment__teaching__element__code", "assessment__teaching__element__display"),
    *("assessment__teaching__element__title", "assessment__teaching__element__semester"),
    *("assessment__title", "assessment__kind", "assessment__date", "assessment__coefficient"),
    *("assessment__maximum", "value", "code"),
)


@dataclass(frozen=True, slots=True)
class MarkLine:
    """A published mark, with what names its évaluation."""

    enrolment: int
    element: str
    display: str
    element_title: str
    semester: int
    title: str
    kind: str
    date: date | None
    coefficient: Decimal
    maximum: Decimal
    value: Decimal | None
    code: str

    @property
    def about(self) -> str:
        """ "seconde chance, 12 juin 2025, coef. 2"."""
        kind = "" if self.kind == NORMAL else str(Assessment.Kind(self.kind).label)
        day = french.date(self.date) if self.date else ""
        return ", ".join(filter(None, (kind, day, f"coef.{NBSP}{french.short(self.coefficient)}")))

    @property
    def got(self) -> str:
        """ "12,5", or the code of an absence."""
        return self.code or french.short(self.value)

    def beside(self, absences: str | None) -> str:
        """ "sur 20"; of a code, its words and what the règlement does of it ("zero" or "neutral")."""
        if not self.code:
            return f"sur{NBSP}{french.short(self.maximum)}"
        use = use_of(self, absences or "zero")
        counts = {"left out": ", ne compte pas", "zero": ", compte 0"}.get(use, "")
        return f"{Mark.Code(self.code).label}{counts}"


@dataclass(frozen=True, slots=True)
class ElementMarks:
    """An element's marks; `averages` so far, by UE where they differ: [("", 12.50)]."""

    display: str
    title: str
    lines: list[tuple[MarkLine, str]]
    """Each with what is said beside it."""
    averages: list[tuple[str, Decimal]]


@dataclass(frozen=True, slots=True)
class SemesterMarks:
    """A semester's elements."""

    semester: int
    elements: list[ElementMarks]

    @property
    def size(self) -> int:
        return sum(len(element.lines) for element in self.elements)


def published_marks(student: Student) -> dict[int, list[MarkLine]]:
    """{enrolment's key: its marks}, in the order of the elements. One query."""
    rows = (
        Mark.objects.filter(enrolment__student=student, assessment__published=True)
        .exclude(value__isnull=True, code="")
        .order_by(
            "assessment__teaching__element__semester",
            "assessment__teaching__element__code",
            "assessment__position",
            "assessment",
        )
    )
    by_enrolment: dict[int, list[MarkLine]] = defaultdict(list)
    for row in rows.values_list(*FIELDS):
        line = MarkLine(*row)
        by_enrolment[line.enrolment].append(line)
    return by_enrolment


def by_semester(lines: list[MarkLine], averages: Averages, absences: str | None) -> list[SemesterMarks]:
    """A year's marks, element by element, with the averages; `absences`: what the règlement does of ABI."""
    return [
        SemesterMarks(
            semester,
            [
                ElementMarks(
                    marks[0].display,
                    marks[0].element_title,
                    [(line, line.beside(absences)) for line in marks],
                    averages.get(element, []),
                )
                for element, marks in _grouped(list(of_semester), "element")
            ],
        )
        for semester, of_semester in _grouped(lines, "semester")
    ]


def _grouped(lines: list[MarkLine], name: str) -> list[tuple[Any, list[MarkLine]]]:
    return [(key, list(group)) for key, group in groupby(lines, key=attrgetter(name))]
