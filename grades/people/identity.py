"""Who a student is: number, name, birth, address."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import ProtectedError, Q
from django.utils import timezone

from butrt.base import french
from butrt.base.accounts.models import User
from butrt.base.french import NBSP
from butrt.base.journal.services import record
from butrt.base.meanwhile import Check, unchecked
from curriculum.models import Department
from grades.models import Assessment, Enrolment, Student
from grades.people.holding import Errors, lock, record_change, refuse_errors, tidy, tidy_lines, unsaid

PROVISIONAL = re.compile(r"PS[0-9]+")


FROZEN_NUMBER = (
    "Un jury a verrouillé des notes de cette personne : son PV la désigne par ce numéro, il ne change plus. "
    "La présidence peut ramener le jury en préparation."
)


def provisional_number(parcoursup: str) -> str:
    """What stands for a student number until the university gives one: PS and the Parcoursup number.

    Parcoursup comes in July, the administrative enrolment in September; Apogée's extract then finds the
    person by INE and brings the number.
    """
    return f"PS{parcoursup}"


def is_provisional(number: str) -> bool:
    return PROVISIONAL.fullmatch(number) is not None


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a student is, as typed: numbers may have spaces, last names are kept in capitals.

    The INE and the birthplace may come later.
    """

    number: str
    last_name: str
    first_name: str
    gender: str
    birth_date: datetime.date
    ine: str = ""
    birth_place: str = ""
    email: str = ""
    baccalaureate: str = ""
    baccalaureate_series: str = ""
    parcoursup: str = ""
    address: str = ""
    postal_code: str = ""
    city: str = ""
    country: str = ""
    usual_last_name: str = ""
    usual_first_name: str = ""
    without_ine: bool = False


MOST_ADDRESS_LINES = 3  # with the name, the town and the country: what a window of an envelope shows


class Numbers:
    """Who has which student number and which INE in a department, of those that these identities bear."""

    def __init__(self, department: int, identities: Iterable[Identity]) -> None:
        numbers, ines = set(), set()
        for identity in identities:
            numbers.add(_code(identity.number))
            ines.add(_code(identity.ine).upper())
        asked = Q(number__in=numbers) | Q(ine__in=ines - {""})
        self.by_number: dict[str, Student] = {}
        self.by_ine: dict[str, Student] = {}
        for student in Student.objects.filter(asked, department=department):
            self.keep(student)

    def keep(self, student: Student) -> None:
        """These numbers are now this student's."""
        self.by_number[student.number] = student
        if student.ine:
            self.by_ine[student.ine] = student

    def errors(self, student: Student) -> Errors:
        """What of this student's is already somebody else's."""
        errors: Errors = {}
        if (other := self.by_number.get(student.number)) and not _same(other, student):
            errors["number"] = f"Le n°{NBSP}{student.number} est déjà celui de {other}."
        if (other := self.by_ine.get(student.ine)) and not _same(other, student):
            errors["ine"] = f"L’INE {student.ine} est déjà celui de {other}, n°{NBSP}{other.number}."
        return errors


def _same(one: Student, other: Student) -> bool:
    return one is other or (one.pk is not None and one.pk == other.pk)


def find_students(*, department: Department, number: str = "", ine: str = "") -> list[Student]:
    """The students of the department who already have this student number or this INE, two at most."""
    number, ine = _code(number), _code(ine).upper()
    asked = Q(pk=None)
    if number:
        asked |= Q(number=number)
    if ine:
        asked |= Q(ine=ine)
    return list(Student.objects.filter(asked, department=department))


@transaction.atomic
def change_identity(*, student: Student, identity: Identity, by: User, check: Check = unchecked) -> Student:
    """Correct who a student is. A PV already frozen keeps what it printed."""
    department = lock(student.department)
    check()
    student = Student.objects.get(pk=student.pk)
    before = as_journaled(student)
    identify(student, identity, Numbers(department.pk, [identity]))
    student.full_clean()
    student.save()
    record_change("student.change", student, before, as_journaled(student), department, by)
    return student


def identify(student: Student, identity: Identity, numbers: Numbers) -> None:
    """Write an identity on a student, checked but for the constraints of the database."""
    former = student.number
    names = {name: getattr(student, name) for name in ("first_name", "usual_first_name")}
    for name, value in asdict(identity).items():
        setattr(student, name, tidy(value) if isinstance(value, str) else value)
    student.address = tidy_lines(identity.address)
    student.number, student.ine = _code(identity.number), _code(identity.ine).upper()
    student.without_ine = identity.without_ine and not student.ine  # an INE that is given is the last word
    student.parcoursup = _code(identity.parcoursup)
    student.last_name, student.usual_last_name = student.last_name.upper(), student.usual_last_name.upper()
    for name, known in names.items():
        if (typed := getattr(student, name)) != known:
            setattr(student, name, as_people_write(typed))
    _leave_usual_names_that_are_legal(student)
    errors = numbers.errors(student)
    if "number" not in errors and student.pk and former != student.number and in_a_jury(student):
        errors["number"] = FROZEN_NUMBER
    if student.birth_date and (unlikely := unlikely_birth(student.birth_date)):
        errors["birth_date"] = unlikely
    refuse_errors(student, errors | _wrong_address(student), constraints=False)
    numbers.keep(student)


def as_people_write(first_name: str) -> str:
    """All in capitals or all in small letters, it is written as people do: pierre-louis → Pierre-Louis."""
    one_case = first_name.isupper() or first_name.islower()
    return first_name.title() if one_case and len(first_name) > 1 else first_name


def _leave_usual_names_that_are_legal(student: Student) -> None:
    """A usual name that is the legal one says nothing: it would stay when the legal one is corrected."""
    if student.usual_last_name == student.last_name:
        student.usual_last_name = ""
    if student.usual_first_name == student.first_name:
        student.usual_first_name = ""


def _wrong_address(student: Student) -> Errors:
    """An address goes with its town and holds in the window of an envelope."""
    if len(student.address.splitlines()) > MOST_ADDRESS_LINES:
        return {"address": f"Trois lignes au plus{NBSP}: la ville et le pays ont les leurs."}
    if not student.city and (student.address or student.postal_code or student.country):
        return {"city": "Donner la ville : sans elle, l’adresse n’est pas imprimée."}
    return {}


def unlikely_birth(date: datetime.date) -> str:
    """Why nobody studies here who was born on this day, "" when someone may."""
    if 14 <= timezone.localdate().year - date.year <= 100:
        return ""
    return f"Né ou née le {french.date(date)} : vérifier l’année de naissance."


def in_a_jury(student: Student) -> bool:
    """Whether a jury has frozen figures of this student: it names them by their number."""
    return Assessment.objects.filter(teaching__cohort__enrolments__student=student, locked=True).exists()


@transaction.atomic
def remove_student(*, student: Student, by: User) -> None:
    """Take back a student created by mistake, whom nothing refers to; see `remove_enrolment` first."""
    department = lock(student.department)
    fields, about = as_journaled(student), str(student)
    try:
        student.delete()
    except ProtectedError as error:
        raise ValidationError(f"{about} sert déjà ailleurs : cette identité reste.") from error
    before = {name: unsaid(name, value) for name, value in fields.items()}
    record(act="student.remove", about=about, by=by, department=department, details={"before": before})


def _code(text: str) -> str:
    """A number or an INE, without any space."""
    return "".join(text.split())


def as_journaled(row: Student | Enrolment, *, new: bool = False) -> dict[str, Any]:
    """What the journal keeps of a row; `check_all` compares an enrolment with it, its names apart.

    A `new` enrolment has no UE exempted nor retaken: they are not asked for.
    """
    if isinstance(row, Student):
        fields: Sequence[str] = Identity.__slots__
        values = ((name, getattr(row, name)) for name in fields)
        return {name: value if isinstance(value, bool) else str(value) for name, value in values}
    return {
        "programme": str(row.programme),
        "group": row.group.name if row.group else "",
        "company": row.company,
        "status": row.status,
        "status_since": row.status_since.isoformat() if row.status_since else "",
        "semesters": row.semesters,
        "repeats": row.repeats,
        "dispensed": [] if new else sorted(unit.code for unit in row.dispensed.all()),
        "retaken": [] if new else sorted(unit.code for unit in row.retaken.all()),
        "motive": row.motive,
        "unjustified_absences": row.unjustified_absences,
        "justified_absences": row.justified_absences,
    }
