"""Whom the rows of a file may mean: the people of the department, in a fixed number of queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q

from butrt.base.spreadsheets import Cell
from butrt.base.words import folded
from curriculum.models import Programme
from grades.intake.likeness import Person, person_key
from grades.models import Assessment, Cohort, Enrolment, Student
from grades.people import provisional_number


@dataclass
class RowRead:
    """A row read: its fields by name, empty ones absent; `wrong` when one was refused."""

    number: int
    cells: dict[str, Cell]
    fields: dict[str, Any] = field(default_factory=dict)
    # The programmes of the promotion that the row may mean.
    fitting: list[Programme] = field(default_factory=list)
    wrong: bool = False
    unsplit: str = ""  # why both names in one cell are not parted

    @property
    def who(self) -> str:
        names = ("full_name",) if "full_name" in self.cells else ("last_name", "first_name")
        return " ".join(self.cells[name].text for name in names if name in self.cells)[:60]

    @property
    def person(self) -> Person | None:
        """Who they are by their names and birth; None when one is not given."""
        fields = self.fields
        if not all(map(fields.get, ("last_name", "first_name", "birth_date"))):
            return None
        return person_key(fields["last_name"], fields["first_name"], fields["birth_date"])


class KnownPeople:
    """Everyone of the department whom the file may mean, and the enrolments of the promotion."""

    def __init__(self, cohort: Cohort, rows: Sequence[Mapping[str, Any]]) -> None:
        """`rows`: the fields of each, as read."""
        self.by_number: dict[str, Student] = {}
        self.by_ine: dict[str, Student] = {}
        self.by_person: dict[Person, list[Student]] = defaultdict(list)
        students = list(_meant(cohort, rows))
        for student in students:
            self.by_number[student.number] = student
            if student.ine:
                self.by_ine[student.ine] = student
            for person in _persons(student):
                self.by_person[person].append(student)
        enrolments = cohort.enrolments.select_related("group", "student", "programme__parcours")  # by name
        self.enrolments: dict[int, Enrolment] = {row.student_id: row for row in enrolments}
        # Those whom a PV names by their number.
        self.frozen = set(
            Assessment.objects.filter(
                locked=True, teaching__cohort__enrolments__student__in=[student.pk for student in students]
            )
            .values_list("teaching__cohort__enrolments__student", flat=True)
            .distinct()
        )

    def same_person(self, line: RowRead) -> Student | None:
        """Somebody known whose number is not this one, by names and birth: it changed, or is not given.

        Two INE that differ are two people; so are two people of the same names born the same day.
        """
        ine, known = line.fields.get("ine"), self.by_person.get(line.person, []) if line.person else []
        alike = [student for student in known if not ine or not student.ine or student.ine == ine]
        return alike[0] if len(alike) == len(known) == 1 else None


def is_another(line: RowRead, student: Student) -> bool:
    """Whether both the name and the birth of a row are somebody else's."""
    name, birth = line.fields.get("last_name"), line.fields.get("birth_date")
    own = (folded(student.last_name), folded(student.shown_last_name))
    return bool(name and birth and folded(name) not in own and birth != student.birth_date)


def _meant(cohort: Cohort, rows: Sequence[Mapping[str, Any]]) -> list[Student]:
    numbers = {fields["number"] for fields in rows if "number" in fields}
    numbers |= {provisional_number(fields["parcoursup"]) for fields in rows if fields.get("parcoursup")}
    ines = {fields["ine"] for fields in rows if "ine" in fields}
    births = {fields["birth_date"] for fields in rows if "birth_date" in fields}
    asked = Q(number__in=numbers) | Q(ine__in=ines) | Q(birth_date__in=births)
    return list(Student.objects.filter(asked, department=cohort.department))


def _persons(student: Student) -> set[Person]:
    """By legal and by usual names."""
    return {
        person_key(last, first, student.birth_date)
        for last in (student.last_name, student.shown_last_name)
        for first in (student.first_name, student.shown_first_name)
    }
