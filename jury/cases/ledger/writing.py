"""The ledger of results, written: what a jury that closes gave, and nothing that it merely recalled."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from butrt.base.inserting import insert
from curriculum.models import Competence
from grades.models import Student
from jury.cases.case import Case
from jury.cases.ledger.given import decimal_text, rcues_given, units_given
from jury.cases.proceedings import Proceedings
from jury.models import Result, Session


class Given(NamedTuple):
    """A line that a jury adds: what the columns of `Result` hold then. A promotion has thousands of them."""

    student_id: int
    programme_id: int
    session_id: int
    school_year: int
    decided_on: date
    kind: str
    subject: str
    code: str = ""
    average: str = ""
    credits: Decimal | None = None
    competence_id: int | None = None
    level: int | None = None
    semester: int | None = None
    year: int | None = None
    source: str = Result.Source.JURY.value
    document: str = ""
    withdrawn_at: datetime | None = None
    withdrawal_motive: str = ""


def lines_of(session: Session, proceedings: Proceedings) -> list[Given]:
    """The lines that this jury adds to the ledger: what it gave, not what it recalls."""
    students = dict(Student.objects.filter(enrolments__cohort=session.cohort).values_list("number", "pk"))
    competences = _competences(session, proceedings)
    return [
        line
        for case in proceedings.cases
        for line in _lines_of_case(session, case, students[case.id], competences)
    ]


def write(lines: list[Given]) -> None:
    """Add them to the ledger."""
    insert(Result, Given._fields, lines)


def _lines_of_case(session: Session, case: Case, student: int, competences: Mapping[str, int]) -> list[Given]:
    programme = int(case.person.get("programme", session.judged[0].pk))
    of = (student, programme, session.pk, session.cohort.school_year, session.date)
    verdict, lines = case.verdict, []
    given = units_given(case)
    for name in (name for name in verdict.units if name in given):
        unit = verdict.units[name]
        lines.append(
            Given(
                *of,
                Result.Kind.UNIT.value,
                name,
                code=str(unit.code),
                average=decimal_text(unit.exact),
                credits=unit.ects,
                competence_id=competences[unit.of.competence],
                level=unit.of.level,
                semester=unit.of.semester,
                year=unit.of.year,
            )
        )
    given = rcues_given(case)
    for name in (name for name in verdict.rcues if name in given):
        rcue = verdict.rcues[name]
        lines.append(
            Given(
                *of,
                Result.Kind.RCUE.value,
                name,
                code=str(rcue.code),
                average=decimal_text(rcue.exact),
                competence_id=competences[rcue.of.competence],
                level=rcue.of.level,
                year=rcue.of.year,
            )
        )
    if verdict.year is not None and not case.already_said_of_the_year:
        year = f"BUT{session.year}"
        lines.append(Given(*of, Result.Kind.YEAR.value, year, code=str(verdict.year), year=session.year))
    lines += [Given(*of, Result.Kind.DIPLOMA.value, diploma) for diploma in case.following.diplomas]
    return lines


def _competences(session: Session, proceedings: Proceedings) -> dict[str, int]:
    """The keys of the competences that the file names; what was frozen before identities goes by code."""
    specialty = session.cohort.specialty_id
    rows = list(Competence.objects.filter(specialty=specialty))
    by_identity = {row.identity: row for row in rows}
    ours = {
        key
        for programme in session.judged
        for key in programme.parcours.competences.values_list("pk", flat=True)
    }
    by_code = {row.code: row for row in sorted(rows, key=lambda row: row.pk in ours)}
    words = proceedings.context["competences"]
    return {
        name: (by_identity[competence["identity"]] if "identity" in competence else by_code[name]).pk
        for name, competence in words.items()
    }
