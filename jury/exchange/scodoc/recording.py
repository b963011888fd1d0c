"""From ScoDoc's decisions to the rows of earlier results: what `ledger.elsewhere.record_results` takes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from butrt.base.french import NBSP, plural
from curriculum.models import Department
from grades.models import Student as Known
from jury.cases.ledger.elsewhere import ResultRow
from jury.exchange.scodoc.reading import ScodocError, Student
from jury.exchange.scodoc.units import Asked, Left, Year, years_of

UNKNOWN = "aucun étudiant du département n’a ce n°"


@dataclass(frozen=True)
class Taken:
    """What a file gives: rows to record, what each student's are about, who is left, remarks."""

    rows: list[ResultRow]
    years: dict[str, Year]  # by etudid
    unknown: list[Student]
    left: list[Left]
    remarks: list[str]


def take(
    students: Sequence[Student], department: Department, asked: Asked, given: Mapping[str, str]
) -> Taken:
    """Read a file for the students known here. `given`: {etudid: our student number}. Raises ScodocError."""
    numbers, unknown = numbers_of(students, department, given)
    known = [student for student in students if student.etudid in numbers]
    years, left = years_of(known, department, numbers, asked) if known else ({}, [])
    taken = [student for student in known if student.etudid in years]
    return Taken(
        rows=list(rows_of(taken, years, numbers)),
        years=years,
        unknown=unknown,
        left=left,
        remarks=list(remarks(taken, years)),
    )


def numbers_of(
    students: Sequence[Student], department: Department, given: Mapping[str, str]
) -> tuple[dict[str, str], list[Student]]:
    """({etudid: our student number}, those not known here): by the mapping, then code_nip, then code_ine.

    Raises ScodocError when two of theirs are one of ours.
    """
    rows = list(Known.objects.filter(department=department).values_list("number", "ine"))
    numbers = {number for number, _ in rows}
    by_ine = {ine: number for number, ine in rows if ine}
    by_etudid: dict[str, str] = {}
    unknown = []
    for student in students:
        number = given.get(student.etudid, student.nip)
        if number not in numbers:
            number = by_ine.get(student.ine, "")
        if not number:
            unknown.append(student)
        elif number in by_etudid.values():
            raise ScodocError(f"{student.place}{NBSP}: l’étudiant {number} est déjà un autre de la liste.")
        else:
            by_etudid[student.etudid] = number
    return by_etudid, unknown


def rows_of(
    students: Iterable[Student], years: Mapping[str, Year], numbers: Mapping[str, str]
) -> Iterator[ResultRow]:
    """One row for each UE, RCUE and year that has a code; what has none says nothing."""
    for student in students:
        year = years[student.etudid]
        row = partial(_row, student, numbers[student.etudid])
        for unit in student.all_units():
            ours = year.units[unit.id]
            if unit.code:
                yield row(year.school_year, ours.code, unit.average, unit.code, ours.programme_id)
        for rcue in student.rcues:
            ours = year.units[rcue.units[0].id]
            if rcue.code:
                yield row(year.school_year, ours.rcue, rcue.average, rcue.code, ours.programme_id)
        if code := student.year_code or student.status:
            when = student.school_year or year.school_year
            yield row(when, year.name, "", code, year.programme.pk)


def _row(
    student: Student, number: str, school_year: int, subject: str, average: str, code: str, programme: int
) -> ResultRow:
    return ResultRow(
        0, number, str(school_year), subject, average, code, place=student.place, programme=programme
    )


def remarks(students: Iterable[Student], years: Mapping[str, Year]) -> Iterator[str]:
    """What is worth reading before it is recorded."""
    for student in students:
        year = years[student.etudid]
        in_rcues = {unit.id: unit for rcue in student.rcues for unit in rcue.units}
        for unit in student.units:
            other = in_rcues.get(unit.id)
            if other is not None and other.code and unit.code and other.code != unit.code:
                yield (
                    f"{student.place}, {year.units[unit.id]}{NBSP}: {other.code} dans rcues, {unit.code} "
                    f"dans ues ; {other.code} est retenu."
                )
        elsewhere = sorted({unit.code for unit in year.units.values() if unit.programme != year.programme})
        if elsewhere:
            yield (
                f"{student.place}{NBSP}: {', '.join(elsewhere)}, d’une autre année que {year.name}, "
                f"{plural(len(elsewhere), 'est enregistrée', 'sont enregistrées')} à sa place."
            )
        if not any((student.rcues, student.units, student.year_code, student.status)):
            yield f"{student.place}{NBSP}: aucune décision."
        if student.school_year not in (None, year.school_year):
            yield (
                f"{student.place}{NBSP}: sa décision d’année est de {student.school_year}, le fichier de "
                f"{year.school_year}."
            )
