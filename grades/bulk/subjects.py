"""What lists are about: their columns, how they stand, what they would change, what is locked meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from butrt.base.french import several
from grades import locks
from grades.bulk import assessments, students, teachers
from grades.bulk.reading import Columns, ListLine
from grades.bulk.steps import BulkPlan, hold_assessments
from grades.people.holding import hold, lock

if TYPE_CHECKING:
    from grades.models import Cohort

Rows = Iterable[Sequence[str]]


@dataclass(frozen=True)
class Subject:
    """`present`: the list as it stands; `taken_up`: as another promotion would have it here."""

    name: str  # of its files
    page: str  # the promotion's page that it is about
    template: str
    columns: Columns
    written: Sequence[str]
    usual: Sequence[str]
    example: str
    present: Callable[[Cohort], Rows]
    plan: Callable[[Cohort, Iterable[ListLine]], BulkPlan]
    hold: Callable[[Cohort], object]
    done: Callable[[int], str]
    taken_up: Callable[[Cohort, Cohort], Rows] | None = None
    of_students: bool = False


def _hold_assessments(cohort: Cohort) -> None:
    """All that the acts will take, before the first of them writes in the journal (see grades/locks.py)."""
    locks.own(cohort, cohort.semesters)
    hold_assessments(cohort.teachings.all())


SUBJECTS: Mapping[str, Subject] = {
    "teachers": Subject(
        name="enseignants",
        page="elements",
        template="grades/bulk/teachers.html",
        columns=teachers.COLUMNS,
        written=teachers.WRITTEN,
        usual=teachers.USUAL,
        example="R3.01 ; Hélène Marchetti ; responsable\nR3.01 ; p.ouadah ; enseignant",
        present=teachers.present,
        plan=teachers.plan,
        hold=lambda cohort: lock(cohort.department),
        done=lambda number: f"Personnes enregistrées pour {several(number, 'élément')}.",
        taken_up=teachers.taken_up,
    ),
    "assessments": Subject(
        name="evaluations",
        page="elements",
        template="grades/bulk/assessments.html",
        columns=assessments.COLUMNS,
        written=assessments.WRITTEN,
        usual=assessments.USUAL,
        example="R3.01 ; DS 1 ; normale ; 1,5 ; 12/10/2025 ; 20\nR3.01 ; TP noté ; normale ; 1 ; ; 40 ; TP A",
        present=assessments.present,
        plan=assessments.plan,
        hold=_hold_assessments,
        done=lambda number: f"{several(number, 'évaluation enregistrée', 'évaluations enregistrées')}.",
        taken_up=assessments.taken_up,
    ),
    "groups": Subject(
        name="groupes",
        page="groups",
        template="grades/bulk/groups.html",
        columns=students.COLUMNS,
        written=students.GROUPS,
        usual=students.USUAL_GROUPS,
        example="22304512 ; TD 1\nMARTIN Camille ; TD 2",
        present=partial(students.present, names=students.GROUPS),
        plan=students.plan,
        hold=hold,
        done=lambda number: f"{several(number, 'changement enregistré', 'changements enregistrés')}.",
        of_students=True,
    ),
    "absences": Subject(
        name="absences",
        page="cohort",
        template="grades/bulk/absences.html",
        columns=students.COLUMNS,
        written=students.ABSENCES,
        usual=students.USUAL_ABSENCES,
        example="22304512 ; 3 ; 12\nMARTIN Camille ; 0 ; 4",
        present=partial(students.present, names=students.ABSENCES),
        plan=students.plan,
        hold=hold,
        done=lambda number: f"{several(number, 'changement enregistré', 'changements enregistrés')}.",
        of_students=True,
    ),
}
