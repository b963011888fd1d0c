"""From ScoDoc's decisions to the rows of earlier results: what `ledger.elsewhere.record_results` takes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial

from curriculum.models import Department
from grades.models import Student as Known
from jury.ledger.elsewhere import Row
from jury.rules.reasons import NBSP
from jury.scodoc.reading import ScodocError, Student
from jury.scodoc.units import Year


def numbers_of(
    students: Sequence[Student], department: Department, given: Mapping[str, str]
) -> tuple[dict[str, str], list[Student]]:
    """({etudid: our student number}, those not known here): by the mapping, then code_nip, then code_ine.

    Raises ScodocError when two of theirs are one of ours.
    """
    rows = list(Known.objects.filter(department=department).values_list("number", "ine"))
    numbers = {number for number, _ in rows}
    by_ine = {ine: number for number, ine in rows if ine}
    found: dict[str, str] = {}
    unknown = []
    for student in students:
        number = given.get(student.etudid, student.nip)
        if number not in numbers:
            number = by_ine.get(student.ine, "")
        if not number:
            unknown.append(student)
        elif number in found.values():
            raise ScodocError(f"{student.place}{NBSP}: l’étudiant {number} est déjà un autre de la liste.")
        else:
            found[student.etudid] = number
    return found, unknown


def rows_of(students: Iterable[Student], year: Year, numbers: Mapping[str, str]) -> Iterator[Row]:
    """One row for each UE, RCUE and year that has a code; what has none says nothing."""
    for student in students:
        if student.etudid not in numbers:
            continue
        row = partial(_row, student, numbers[student.etudid])
        for unit in student.all_units():
            if unit.code:
                yield row(year.school_year, year.units[unit.id].code, unit.average, unit.code)
        for rcue in student.rcues:
            if rcue.code:
                yield row(year.school_year, year.units[rcue.units[0].id].rcue, rcue.average, rcue.code)
        if code := student.year_code or student.status:
            yield row(student.school_year or year.school_year, year.name, "", code)


def _row(student: Student, number: str, school_year: int, subject: str, average: str, code: str) -> Row:
    return Row(0, number, str(school_year), subject, average, code, place=student.place)


def remarks(students: Iterable[Student], year: Year) -> Iterator[str]:
    """What is worth reading before it is recorded."""
    for student in students:
        in_rcues = {unit.id: unit for rcue in student.rcues for unit in rcue.units}
        for unit in student.units:
            other = in_rcues.get(unit.id)
            if other is not None and other.code and unit.code and other.code != unit.code:
                yield (
                    f"{student.place}, {year.units[unit.id]}{NBSP}: {other.code} dans rcues, {unit.code} "
                    f"dans ues ; {other.code} est retenu."
                )
        if not any((student.rcues, student.units, student.year_code, student.status)):
            yield f"{student.place}{NBSP}: aucune décision."
        if student.school_year not in (None, year.school_year):
            yield (
                f"{student.place}{NBSP}: sa décision d’année est de {student.school_year}, le fichier de "
                f"{year.school_year}."
            )
