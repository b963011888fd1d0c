"""ScoDoc's decisions, sent by a page: the same reading as the command's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from butrt.base.french import several
from curriculum.models import Department
from jury.cases.ledger.elsewhere import Origin
from jury.exchange.elsewhere.forms import MOST_SCODOC
from jury.exchange.elsewhere.keeping import Sent
from jury.exchange.elsewhere.reading import RefusedLine
from jury.exchange.scodoc.command_options import by_programme
from jury.exchange.scodoc.reading import ScodocError, Student, read_scodoc
from jury.exchange.scodoc.recording import UNKNOWN, take
from jury.exchange.scodoc.units import Asked
from jury.models import Result


def students_of(data: bytes) -> list[Student]:
    """Those of a file of decisions. Raises ScodocError for what cannot be read at all."""
    if len(data) > MOST_SCODOC:
        raise ScodocError("ce fichier est bien plus grand que les décisions d’un semestre.")
    return read_scodoc(data)


def read_decisions(
    data: bytes, name: str, department: Department, asked: Asked, given: Mapping[str, str]
) -> Sent:
    """What a file of decisions would record. Raises ScodocError for what cannot be read at all."""
    students = students_of(data)
    taken = take(students, department, asked, given)
    origin = Origin(Result.Source.IMPORT, f"ScoDoc, {name}"[:200])
    remarks = [
        f"{several(len(group), 'étudiant lu', 'étudiants lus')} par "
        f"{year.programme} : " + ", ".join(f"{key} = {unit.code}" for key, unit in sorted(year.units.items()))
        for year, group in by_programme(students, taken.years)
    ]
    return Sent(
        department,
        name,
        [replace(row, origin=origin) for row in taken.rows],
        [
            *(
                RefusedLine(
                    student.place,
                    student.nip or student.ine or student.etudid,
                    f"{UNKNOWN}, l’inscrire d’abord.",
                )
                for student in taken.unknown
            ),
            *(RefusedLine(left.student.place, left.student.nip, left.why) for left in taken.left),
        ],
        [*remarks, *taken.remarks],
    )
