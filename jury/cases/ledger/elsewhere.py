"""Results that no jury held here gave: earlier juries, another IUT, a semester abroad, an equivalence."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal, NamedTuple

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from butrt.base import french
from butrt.base.accounts.models import User
from butrt.base.journal.services import record
from curriculum.models import Competence, Department, Programme, Unit, school_year_label
from grades.models import Enrolment, Student
from jury.cases.ledger import reach
from jury.models import Result
from jury.rules import Code, codes

COLUMNS = ("number", "school_year", "subject", "average", "code")
YEAR = re.compile(r"BUT([1-3])")
RCUE = re.compile(r"(.+)/([1-3])")
SOURCES = [source for source in Result.Source if source != Result.Source.JURY]
"""Where a result from elsewhere may come from."""

State = Literal["new", "known", "refused"]


def allowed_codes(kind: Result.Kind, year: int) -> frozenset[Code]:
    """What may be said of a UE, a RCUE or a year of the BUT, 1 to 3."""
    if kind == Result.Kind.YEAR:
        return codes.year_codes(year)
    return codes.UNIT_CODES if kind == Result.Kind.UNIT else codes.RCUE_CODES


class ResultsError(ValueError):
    """Results that cannot be taken; says the line, the student, and what to do. `reason`: without where."""

    def __init__(self, message: str, reason: str = "", column: str = "") -> None:
        super().__init__(message)
        self.reason, self.column = reason or message, column


@dataclass(frozen=True)
class Origin:
    """Where results come from: what kind of decision, which document says it, of which day."""

    source: Result.Source = Result.Source.IMPORT
    document: str = ""
    decided_on: date | None = None

    def __str__(self) -> str:
        return f"{self.source.label}, {self.document}" if self.document else str(self.source.label)


@dataclass(frozen=True)
class ResultRow:
    """One line: what a jury said of one UE, RCUE or year of one student."""

    line: int
    number: str
    school_year: str
    subject: str
    average: str
    code: str
    # Where it was read, when that is no line of a CSV file.
    place: str = ""
    # Of this line, where lines of a file say each their own.
    origin: Origin | None = None
    # The key of the programme of which `subject` is a code, where it is known.
    programme: int | None = None
    # {"code": "F7"}: the cell of each column, of a workbook.
    cells: Mapping[str, str] = field(default_factory=dict)

    def refused(self, why: str, column: str = "") -> ResultsError:
        where = self.place or f"Ligne {self.line}"
        if column in self.cells:
            where = f"{where}, case {self.cells[column]}"
        return ResultsError(f"{where}, étudiant {self.number}, {self.subject} : {why}", why, column)


class Subject(NamedTuple):
    """What a result is about, as the ledger keeps it."""

    kind: Result.Kind
    year: int
    name: str
    competence: Competence | None = None
    level: int | None = None
    semester: int | None = None
    unit: Unit | None = None
    programme: Programme | None = None


@dataclass(frozen=True)
class Planned:
    """What would become of a line: a new result, one already recorded, or why it cannot be taken."""

    row: ResultRow
    state: State
    student: Student | None = None
    result: Result | None = None
    refusal: ResultsError | None = None

    @property
    def why(self) -> str:
        return str(self.refusal or "")


def plan_results(
    *, department: Department, rows: Iterable[ResultRow], by: User | None, origin: Origin | None = None
) -> list[Planned]:
    """What recording these rows would do, line by line; nothing is written."""
    origin = origin or Origin()
    students = {student.number: student for student in Student.objects.filter(department=department)}
    subjects = Subjects(department)
    known = {
        _key(result): result
        for result in Result.objects.standing().from_elsewhere().filter(student__department=department)
    }
    plan = []
    for row in rows:
        student = students.get(row.number)
        try:
            result = _result(row, student, subjects, row.origin or origin, by)
            before = known.setdefault(_key(result), result)
            if before is not result:
                _same(before, result, row)
        except ResultsError as refusal:
            plan.append(Planned(row, "refused", student, refusal=refusal))
        else:
            plan.append(Planned(row, "new" if before is result else "known", student, result))
    return plan


def without_refused(plan: Iterable[Planned]) -> tuple[list[ResultRow], list[str]]:
    """The rows of the students of whom nothing is refused, and why the others are left whole."""
    plan = list(plan)
    left = {line.row.number for line in plan if line.state == "refused"}
    return (
        [line.row for line in plan if line.row.number not in left],
        [line.why for line in plan if line.state == "refused"],
    )


@transaction.atomic
def record_results(
    *, department: Department, rows: Iterable[ResultRow], by: User | None, origin: Origin | None = None
) -> int:
    """Record results of elsewhere, all or none; how many are new. One already recorded is left.

    Raises `ResultsError` for the first line that `plan_results` refuses: an unknown student or subject, a
    code that does not fit, an average out of 0..20, a result recorded otherwise before.
    """
    # Two people who record the same lines: the second finds them recorded.
    Department.objects.select_for_update(no_key=True).get(pk=department.pk)
    plan = plan_results(department=department, rows=rows, by=by, origin=origin)
    if refused := next((line for line in plan if line.state == "refused"), None):
        raise ResultsError(refused.why)
    new = [line.result for line in plan if line.state == "new" and line.result is not None]
    Result.objects.bulk_create(new)
    origins = dict.fromkeys(str(line.row.origin or origin or Origin()) for line in plan)
    reach.flag(
        students={result.student_id for result in new},
        cause=f"Résultats enregistrés, {' ; '.join(origins)}",
        since=min((result.school_year for result in new), default=0),
    )
    record(
        act="results.record",
        about=str(department),
        by=by,
        department=department,
        details={
            "new": len(new),
            "origin": list(origins),
            "students": sorted({line.row.number for line in plan if line.state == "new"}),
            "results": [result.as_journaled for result in new],
        },
    )
    return len(new)


def _key(result: Result) -> tuple[int, int, str, str, str]:
    return (result.student_id, result.school_year, result.source, result.kind, result.subject)


def _same(before: Result, result: Result, row: ResultRow) -> None:
    """Raises `ResultsError` when what is recorded already says otherwise."""
    if (shortest(before.average), before.code) != (result.average, result.code):
        raise row.refused(f"déjà enregistré {before.code} {before.average} pour cette année.", "code")
    if before.competence_id != result.competence_id:
        raise row.refused("déjà enregistré pour une autre compétence de ce code.", "subject")


def _result(
    row: ResultRow, student: Student | None, subjects: Subjects, origin: Origin, by: User | None
) -> Result:
    if student is None:
        raise row.refused("aucun étudiant de ce numéro dans le département ; l’inscrire d’abord.", "number")
    _check_origin(row, origin)
    about = subjects.of(student, row)
    if row.code not in allowed_codes(about.kind, about.year):
        raise row.refused(f"le code « {row.code[:20]} » ne se donne pas à {about.kind.label}.", "code")
    acquired = row.code in codes.VALIDATING
    result = Result(
        student=student,
        school_year=int(row.school_year),
        kind=about.kind,
        competence=about.competence,
        level=about.level,
        semester=about.semester,
        year=about.year,
        subject=about.name,
        programme=about.programme,
        average=shortest(row.average),
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
        column = next((name for name in ("average", "document") if name in error.error_dict), "")
        raise row.refused(" ".join(error.messages), column) from error
    return result


def _check_origin(row: ResultRow, origin: Origin) -> None:
    """Raises `ResultsError` for a year that is none, a document that is missing, a day that cannot be."""
    today = timezone.localdate()
    if not re.fullmatch(r"20\d\d", row.school_year):
        why = f"« {row.school_year[:20]} » n’est pas une année (2023 pour 2023-2024)."
        raise row.refused(why, "school_year")
    if int(row.school_year) > today.year:
        raise row.refused(f"l’année {row.school_year} n’a pas commencé.", "school_year")
    if origin.source not in SOURCES:
        raise row.refused("un résultat d’un jury tenu ici ne s’enregistre pas : ce jury se clôt.", "source")
    if origin.source != Result.Source.IMPORT and not origin.document:
        raise row.refused(
            f"« {origin.source.label} » demande la pièce qui le dit (relevé, arrêté, décision).", "document"
        )
    if origin.decided_on is None:
        return
    if origin.decided_on > today:
        raise row.refused(f"le {french.date(origin.decided_on)} n’est pas encore passé.", "decided_on")
    if origin.decided_on < date(int(row.school_year), 7, 1):
        years = school_year_label(int(row.school_year))
        raise row.refused(f"décidé le {french.date(origin.decided_on)}, avant l’année {years}.", "decided_on")


def shortest(average: str) -> str:
    """The same average without useless zeros: "12.50" is "12.5"."""
    return average.rstrip("0").rstrip(".") if "." in average else average


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
        details={
            "subject": result.subject,
            "code": result.code,
            "motive": motive.strip(),
            "result": result.pk,
        },
    )


def bare(code: str) -> str:
    """UE3.1, UE 31 and ue31 are one."""
    return "".join(filter(str.isalnum, code)).upper()


class Subjects:
    """Which competence, level and semester a code of a file is about, for a student of a department.

    A code is looked for in the student's own parcours and the tronc commun; without an enrolment, everywhere
    in the department, where it must mean one thing.
    """

    def __init__(self, department: Department) -> None:
        self.units: dict[str, list[Unit]] = defaultdict(list)
        self.bare: dict[str, list[Unit]] = defaultdict(list)
        self.rcues: dict[tuple[str, int], list[Unit]] = defaultdict(list)
        for unit in Unit.objects.filter(programme__parcours__department=department).select_related(
            "competence", "programme__parcours"
        ):
            self.units[unit.code].append(unit)
            self.bare[bare(unit.code)].append(unit)
            self.rcues[unit.competence.code, unit.level].append(unit)
        self.parcours: dict[int, set[int]] = defaultdict(set)
        self.programmes: dict[tuple[int, int], Programme] = {}
        self.by_key = {
            programme.pk: programme for programme in Programme.objects.filter(parcours__department=department)
        }
        for student, key in Enrolment.objects.filter(student__department=department).values_list(
            "student", "programme"
        ):
            programme = self.by_key[key]
            self.parcours[student].add(programme.parcours_id)
            self.programmes[student, programme.year] = programme

    def of(self, student: Student, row: ResultRow) -> Subject:
        """What a row is about. Raises `ResultsError` when nothing, or several things, have that code."""
        if units := self._theirs(student, row, self.units.get(row.subject, [])):
            return self._unit(units, row)
        matched = RCUE.fullmatch(row.subject)
        level = self.rcues.get((matched[1], int(matched[2])), []) if matched else []
        if units := self._theirs(student, row, level):
            unit = self._one(units, row)
            year = (unit.semester + 1) // 2
            return Subject(
                Result.Kind.RCUE, year, unit.rcue, unit.competence, unit.level, programme=unit.programme
            )
        if matched := YEAR.fullmatch(row.subject):
            year = int(matched[1])
            programme = self.by_key.get(row.programme or 0) or self.programmes.get((student.pk, year))
            return Subject(Result.Kind.YEAR, year, row.subject, programme=programme)
        if units := self._theirs(student, row, self.bare.get(bare(row.subject), [])):
            return self._unit(units, row)
        raise row.refused(
            "ni une UE, ni un RCUE (compétence/niveau, RT1/1), ni une année (BUT1) des programmes du "
            "département ; charger d’abord son programme, ou corriger le code.",
            "subject",
        )

    def _unit(self, units: list[Unit], row: ResultRow) -> Subject:
        unit = self._one(units, row, semester=True)
        return Subject(
            Result.Kind.UNIT,
            (unit.semester + 1) // 2,
            unit.code,
            unit.competence,
            unit.level,
            unit.semester,
            unit,
            unit.programme,
        )

    def _theirs(self, student: Student, row: ResultRow, units: list[Unit]) -> list[Unit]:
        """Of the programme that the row names; else of the student's own parcours; else any."""
        if row.programme is not None:
            return [unit for unit in units if unit.programme_id == row.programme]
        parcours = self.parcours[student.pk]
        own = [
            unit for unit in units if unit.programme.parcours_id in parcours or unit.programme.parcours.common
        ]
        return own if parcours else units

    @staticmethod
    def _one(units: list[Unit], row: ResultRow, *, semester: bool = False) -> Unit:
        """The latest version, when all mean the same competence, level and, of a UE, semester."""
        if len({(unit.competence_id, unit.level, semester and unit.semester) for unit in units}) > 1:
            names = ", ".join(sorted({str(unit.programme.parcours.short) for unit in units}))
            raise row.refused(
                f"plusieurs parcours ont ce code ({names}) : inscrire d’abord l’étudiant.", "subject"
            )
        return max(units, key=lambda unit: unit.programme.in_force_from)
