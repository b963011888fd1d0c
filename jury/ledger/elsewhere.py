"""Results that no jury held here gave: earlier juries, another IUT, a semester abroad, an equivalence."""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import NamedTuple

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from butrt.accounts.models import User
from butrt.journal.services import record
from curriculum.models import Competence, Department, Programme, Unit
from grades.models import Enrolment, Student
from jury.ledger import reach
from jury.models import Result
from jury.rules import codes

COLUMNS = ("number", "school_year", "subject", "average", "code")
YEAR = re.compile(r"BUT([1-3])")
RCUE = re.compile(r"(.+)/([1-3])")
ALLOWED = {
    Result.Kind.UNIT: codes.UNIT_CODES,
    Result.Kind.RCUE: codes.RCUE_CODES,
    Result.Kind.YEAR: codes.YEAR_CODES,
}


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


@dataclass(frozen=True)
class Origin:
    """Where results come from: what kind of decision, which document says it, of which day."""

    source: Result.Source = Result.Source.IMPORT
    document: str = ""
    decided_on: date | None = None


class Subject(NamedTuple):
    """What a result is about, as the ledger keeps it."""

    kind: Result.Kind
    year: int
    competence: Competence | None = None
    level: int | None = None
    semester: int | None = None
    unit: Unit | None = None
    programme: Programme | None = None


@transaction.atomic
def record_results(
    *, department: Department, rows: Iterable[Row], by: User | None, origin: Origin | None = None
) -> int:
    """Record results of elsewhere, all or none; how many are new. One already recorded is left.

    Raises `ResultsError` for an unknown student or subject, a code that does not fit, an average out of
    0..20, or a result recorded otherwise before.
    """
    origin = origin or Origin()
    students = {student.number: student for student in Student.objects.filter(department=department)}
    subjects = Subjects(department)
    known = {
        _key(result): result
        for result in Result.objects.standing().filter(
            student__department=department, session=None, source=origin.source
        )
    }
    new: dict[tuple[int, int, str, str], Result] = {}
    for row in rows:
        result = _result(row, students, subjects, origin, by)
        before = known.get(_key(result)) or new.get(_key(result))
        if before is None:
            new[_key(result)] = result
        elif (before.average, before.code) != (result.average, result.code):
            raise row.refused(f"déjà enregistré {before.code} {before.average} pour cette année.")
    Result.objects.bulk_create(new.values())
    reach.flag(
        students={result.student_id for result in new.values()},
        cause=f"Résultats enregistrés, {origin.source.label}"
        + (f", {origin.document}" if origin.document else ""),
        since=min((result.school_year for result in new.values()), default=0),
    )
    record(
        act="results.record",
        about=str(department),
        by=by,
        department=department,
        details={"new": len(new), "origin": str(origin.source.label), "document": origin.document},
    )
    return len(new)


def _key(result: Result) -> tuple[int, int, str, str]:
    return (result.student_id, result.school_year, result.kind, result.subject)


def _result(
    row: Row, students: dict[str, Student], subjects: Subjects, origin: Origin, by: User | None
) -> Result:
    if row.number not in students:
        raise row.refused("aucun étudiant de ce numéro dans le département ; l’inscrire d’abord.")
    if not re.fullmatch(r"20\d\d", row.school_year):
        raise row.refused(f"« {row.school_year} » n’est pas une année (2023 pour 2023-2024).")
    student = students[row.number]
    about = subjects.of(student, row)
    if row.code not in ALLOWED[about.kind]:
        raise row.refused(f"le code « {row.code} » ne se donne pas à {about.kind.label}.")
    acquired = row.code in codes.VALIDATING
    result = Result(
        student=student,
        school_year=int(row.school_year),
        kind=about.kind,
        competence=about.competence,
        level=about.level,
        semester=about.semester,
        year=about.year,
        subject=row.subject,
        programme=about.programme,
        average=row.average,
        code=row.code,
        credits=(about.unit.ects if acquired else 0) if about.unit else None,
        source=origin.source,
        document=origin.document,
        decided_on=origin.decided_on,
        recorded_by=by,
        recorded_at=timezone.now(),
    )
    try:
        result.clean_fields(exclude=["student", "competence", "programme", "recorded_by"])
    except ValidationError as error:
        raise row.refused(" ".join(error.messages)) from error
    return result


@transaction.atomic
def withdraw_result(*, result: Result, motive: str, by: User) -> None:
    """Take back a result from elsewhere: it stays on record, with who withdrew it, when and why.

    Raises `ResultsError` for a result of a jury held here, one already withdrawn, or without a motive.
    """
    result = (
        Result.objects.select_for_update(of=("self",)).select_related("student__department").get(pk=result.pk)
    )
    if result.session_id is not None:
        raise ResultsError("Ce résultat est celui d’un jury tenu ici : c’est ce jury qui se corrige.")
    if result.withdrawn_at is not None:
        raise ResultsError("Ce résultat est déjà retiré.")
    if not motive.strip():
        raise ResultsError("Retirer un résultat demande un motif.")
    result.withdrawn_by, result.withdrawn_at = by, timezone.now()
    result.withdrawal_motive = motive.strip()
    result.save(update_fields=["withdrawn_by", "withdrawn_at", "withdrawal_motive"])
    reach.flag(
        students={result.student_id},
        cause=f"Résultat retiré : {result.subject} {result.code}, {result.get_source_display()}",
        since=result.school_year,
    )
    record(
        act="results.withdraw",
        about=str(result.student),
        by=by,
        department=result.student.department,
        details={"subject": result.subject, "code": result.code, "motive": motive.strip()},
    )


class Subjects:
    """Which competence, level and semester a code of a file is about, for a student of a department.

    A code is looked for in the student's own parcours and the tronc commun; without an enrolment, everywhere
    in the department, where it must mean one thing.
    """

    def __init__(self, department: Department) -> None:
        self.units: dict[str, list[Unit]] = defaultdict(list)
        self.rcues: dict[tuple[str, int], list[Unit]] = defaultdict(list)
        for unit in Unit.objects.filter(programme__parcours__department=department).select_related(
            "competence", "programme__parcours"
        ):
            self.units[unit.code].append(unit)
            self.rcues[unit.competence.code, unit.level].append(unit)
        self.parcours: dict[int, set[int]] = defaultdict(set)
        self.programmes: dict[tuple[int, int], Programme] = {}
        programmes = {
            programme.pk: programme for programme in Programme.objects.filter(parcours__department=department)
        }
        for student, key in Enrolment.objects.filter(student__department=department).values_list(
            "student", "cohort__programme"
        ):
            programme = programmes[key]
            self.parcours[student].add(programme.parcours_id)
            self.programmes[student, programme.year] = programme

    def of(self, student: Student, row: Row) -> Subject:
        """What a row is about. Raises `ResultsError` when nothing, or several things, have that code."""
        if units := self._theirs(student, self.units.get(row.subject, [])):
            unit = self._one(units, row)
            return Subject(
                Result.Kind.UNIT,
                (unit.semester + 1) // 2,
                unit.competence,
                unit.level,
                unit.semester,
                unit,
                unit.programme,
            )
        found = RCUE.fullmatch(row.subject)
        level = self.rcues.get((found[1], int(found[2])), []) if found else []
        if units := self._theirs(student, level):
            unit = self._one(units, row)
            year = (unit.semester + 1) // 2
            return Subject(Result.Kind.RCUE, year, unit.competence, unit.level, programme=unit.programme)
        if found := YEAR.fullmatch(row.subject):
            year = int(found[1])
            return Subject(Result.Kind.YEAR, year, programme=self.programmes.get((student.pk, year)))
        raise row.refused(
            "ni une UE, ni un RCUE (compétence/niveau, RT1/1), ni une année (BUT1) des programmes du "
            "département ; charger d’abord son programme, ou corriger le code."
        )

    def _theirs(self, student: Student, units: list[Unit]) -> list[Unit]:
        parcours = self.parcours[student.pk]
        own = [
            unit for unit in units if unit.programme.parcours_id in parcours or unit.programme.parcours.common
        ]
        return own if parcours else units

    @staticmethod
    def _one(units: list[Unit], row: Row) -> Unit:
        """The latest version, when all mean the same competence, level and semester."""
        if len({(unit.competence_id, unit.level) for unit in units}) > 1:
            names = ", ".join(sorted({str(unit.programme.parcours.short) for unit in units}))
            raise row.refused(f"plusieurs parcours ont ce code ({names}) : inscrire d’abord l’étudiant.")
        return max(units, key=lambda unit: unit.programme.in_force_from)
