"""The ledger of results, written: what a jury that closes gave, and nothing that it merely recalled."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from curriculum.models import Competence
from grades.models import Student
from jury.cases.case import Case
from jury.cases.ledger.given import decimal_text, rcues_given, units_given
from jury.cases.proceedings import Proceedings
from jury.models import Result, Session


def lines_of(session: Session, proceedings: Proceedings) -> list[Result]:
    """The lines that this jury adds to the ledger: what it gave, not what it recalls."""
    students = {
        student.number: student for student in Student.objects.filter(enrolments__cohort=session.cohort)
    }
    competences = _competences(session, proceedings)
    return [
        line
        for case in proceedings.cases
        for line in _lines_of_case(session, case, students[case.id], competences)
    ]


def _lines_of_case(
    session: Session, case: Case, student: Student, competences: Mapping[str, Competence]
) -> list[Result]:
    def line(kind: Result.Kind, **fields: Any) -> Result:
        return Result(
            student=student,
            kind=kind,
            programme_id=int(case.person.get("programme", session.judged[0].pk)),
            school_year=session.cohort.school_year,
            source=Result.Source.JURY,
            session=session,
            decided_on=session.date,
            **fields,
        )

    verdict, lines = case.verdict, []
    given = units_given(case)
    for name in (name for name in verdict.units if name in given):
        unit = verdict.units[name]
        lines.append(
            line(
                Result.Kind.UNIT,
                competence=competences[unit.of.competence],
                level=unit.of.level,
                semester=unit.of.semester,
                year=unit.of.year,
                subject=name,
                average=decimal_text(unit.exact),
                code=unit.code,
                credits=unit.ects,
            )
        )
    given = rcues_given(case)
    for name in (name for name in verdict.rcues if name in given):
        rcue = verdict.rcues[name]
        lines.append(
            line(
                Result.Kind.RCUE,
                competence=competences[rcue.of.competence],
                level=rcue.of.level,
                year=rcue.of.year,
                subject=name,
                average=decimal_text(rcue.exact),
                code=rcue.code,
            )
        )
    if verdict.year is not None and not case.already_said_of_the_year:
        lines.append(
            line(Result.Kind.YEAR, year=session.year, subject=f"BUT{session.year}", code=verdict.year)
        )
    lines += [line(Result.Kind.DIPLOMA, subject=diploma) for diploma in case.following.diplomas]
    return lines


def _competences(session: Session, proceedings: Proceedings) -> dict[str, Competence]:
    """The competences that the cohort file names; those frozen before identities were kept go by code."""
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
        name: by_identity[competence["identity"]] if "identity" in competence else by_code[name]
        for name, competence in words.items()
    }
