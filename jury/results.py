"""Results of juries held elsewhere: what a department brings in before its first jury here."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from django.core.exceptions import ValidationError
from django.db import transaction

from butrt.accounts.models import User
from butrt.journal.services import record
from curriculum.models import Department
from grades.models import Student
from jury.models import Decision, Result
from jury.rules import codes

COLUMNS = ("number", "school_year", "subject", "average", "code")
# The subjects, as the cohort file names them: "UE11", "RT1/1"; a year is "BUT1".
KINDS = (
    (re.compile(r"UE\d+"), Decision.Kind.UNIT, codes.UNIT_CODES),
    (re.compile(r"BUT[1-3]"), Decision.Kind.YEAR, codes.YEAR_CODES),
    (re.compile(r"[^/\s]+/[1-3]"), Decision.Kind.RCUE, codes.RCUE_CODES),
)


class ResultsError(ValueError):
    """A file of results that cannot be taken; says the line, the student, and what to do."""


@dataclass(frozen=True)
class Row:
    """One line: what a jury said of one UE, RCUE or year of one student."""

    line: int
    number: str
    school_year: str
    subject: str
    average: str
    code: str
    # Where it was read, when that is no line of a CSV file.
    place: str = ""

    def refused(self, why: str) -> ResultsError:
        where = self.place or f"Ligne {self.line}"
        return ResultsError(f"{where}, étudiant {self.number}, {self.subject} : {why}")


def read_results(path: Path) -> Iterator[Row]:
    """The rows of a CSV file (UTF-8, commas) with at least the columns of `COLUMNS`, averages with a point.

    Raises `ResultsError` when a column is missing or the text is not UTF-8.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            if absent := [name for name in COLUMNS if name not in (reader.fieldnames or ())]:
                raise ResultsError(f"Colonne absente : {', '.join(absent)}. Il faut {', '.join(COLUMNS)}.")
            for row in reader:
                yield Row(reader.line_num, **{name: (row[name] or "").strip() for name in COLUMNS})
    except UnicodeDecodeError as error:
        raise ResultsError("Le fichier n’est pas en UTF-8 : l’enregistrer en CSV UTF-8.") from error


@transaction.atomic
def record_results(*, department: Department, rows: Iterable[Row], by: User | None) -> int:
    """Record results of earlier juries, all or none; how many are new. One already recorded is left.

    Raises `ResultsError` for an unknown student or subject, a code that does not fit, an average out of
    0..20, or a result recorded otherwise before.
    """
    students = {student.number: student for student in Student.objects.filter(department=department)}
    known = {
        (result.student_id, result.school_year, result.kind, result.subject): result
        for result in Result.objects.filter(student__department=department, session=None)
    }
    new: dict[tuple[int, int, str, str], Result] = {}
    for row in rows:
        result = _result(row, students)
        key = (result.student_id, result.school_year, result.kind, result.subject)
        before = known.get(key) or new.get(key)
        if before is None:
            new[key] = result
        elif (before.average, before.code) != (result.average, result.code):
            raise row.refused(f"déjà enregistré {before.code} {before.average} pour cette année.")
    Result.objects.bulk_create(new.values())
    record(
        act="results.record", about=str(department), by=by, department=department, details={"new": len(new)}
    )
    return len(new)


def _result(row: Row, students: dict[str, Student]) -> Result:
    if row.number not in students:
        raise row.refused("aucun étudiant de ce numéro dans le département ; l’inscrire d’abord.")
    if not re.fullmatch(r"20\d\d", row.school_year):
        raise row.refused(f"« {row.school_year} » n’est pas une année (2023 pour 2023-2024).")
    fitting = [(kind, allowed) for pattern, kind, allowed in KINDS if pattern.fullmatch(row.subject)]
    if not fitting:
        raise row.refused("ni une UE (UE11), ni un RCUE (RT1/1), ni une année (BUT1).")
    kind, allowed = fitting[0]
    if row.code not in allowed:
        raise row.refused(f"le code « {row.code} » ne se donne pas à {kind.label}.")
    result = Result(
        student=students[row.number],
        school_year=int(row.school_year),
        kind=kind,
        subject=row.subject,
        average=row.average,
        code=row.code,
    )
    try:
        result.clean_fields(exclude=["student"])
    except ValidationError as error:
        raise row.refused(" ".join(error.messages)) from error
    return result
