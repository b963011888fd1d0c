"""ScoDoc's decisions, sent by a page: the same reading as the command's."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from butrt.base.french import several
from curriculum.models import Department
from jury.cases.ledger.elsewhere import Origin
from jury.exchange.elsewhere.forms import MOST_SCODOC, ScodocFile
from jury.exchange.elsewhere.keeping import Sent
from jury.exchange.elsewhere.reading import RefusedLine
from jury.exchange.scodoc.command_options import by_programme
from jury.exchange.scodoc.reading import ScodocError, Student, read_scodoc
from jury.exchange.scodoc.recording import UNKNOWN, take
from jury.exchange.scodoc.replaying import Replay, replay
from jury.exchange.scodoc.units import Asked
from jury.models import Result

T = TypeVar("T")


def names_of(files: Sequence[ScodocFile]) -> str:
    return ", ".join(file.name for file in files)


def read_decisions(
    files: Sequence[ScodocFile], department: Department, asked: Asked, given: Mapping[str, str]
) -> Sent:
    """What files of decisions would record together. Raises ScodocError for what cannot be read at all."""
    read = _in_each(files, lambda file, students: _decisions(file.name, students, department, asked, given))
    return Sent(
        department,
        names_of(files),
        [row for sent in read for row in sent.rows],
        [refusal for sent in read for refusal in sent.refusals],
        [remark for sent in read for remark in sent.remarks],
    )


def compare_decisions(
    files: Sequence[ScodocFile], department: Department, asked: Asked, given: Mapping[str, str]
) -> tuple[Replay, list[Student]]:
    """Our rules replayed on files of decisions, and their students. Raises ScodocError, as `replay`."""
    everyone: list[Student] = []

    def one(_: ScodocFile, students: list[Student]) -> Replay:
        everyone.extend(students)
        return replay(students, department, asked, given)

    return Replay.of_all(_in_each(files, one)), everyone


def _in_each(files: Sequence[ScodocFile], do: Callable[[ScodocFile, list[Student]], T]) -> list[T]:
    """What `do` answers for each file and its students; several, places and refusals say which file."""
    answers = []
    for file in files:
        which = f"{file.name}, " if len(files) > 1 else ""
        try:
            students = [
                replace(student, place=f"{which}{student.place}") for student in _students_of(file.data)
            ]
            answers.append(do(file, students))
        except ScodocError as error:
            raise ScodocError(f"{'' if str(error).startswith(which) else which}{error}") from error
    return answers


def _students_of(data: bytes) -> list[Student]:
    if len(data) > MOST_SCODOC:
        raise ScodocError("ce fichier est bien plus grand que les décisions d’un semestre.")
    return read_scodoc(data)


def _decisions(
    name: str, students: list[Student], department: Department, asked: Asked, given: Mapping[str, str]
) -> Sent:
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
