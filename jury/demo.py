"""The demonstration: an invented department, its people and its cohort, read from fixtures/demo/.

The files are for people to read; their README says which student shows what. Here they become rows, all in
one transaction, the marks with the history that real ones would have.
"""

from __future__ import annotations

import csv
import datetime
import tomllib
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils import timezone

from butrt.accounts.models import Role, User
from butrt.journal.services import record
from curriculum.models import Department, Programme, Regulation, Unit
from curriculum.programmefile import parse_programme
from curriculum.referential.file import read_referential
from curriculum.referential.services import load_referential
from curriculum.services import load_programme
from grades.models import (
    Assessment,
    AssessmentWeight,
    Cohort,
    Enrolment,
    Group,
    Mark,
    MarkChange,
    Student,
    Teaching,
)
from jury.ledger.elsewhere import read_results, record_results
from jury.models import Member, Session

FOLDER = settings.BASE_DIR / "fixtures" / "demo"
PROGRAMMES = settings.BASE_DIR / "fixtures" / "programmes"
REFERENTIALS = settings.BASE_DIR / "fixtures" / "referentials"
PASSWORD = "valbrume-demo"  # invented people on one's own machine: nothing to keep secret


def demo_department() -> Department | None:
    """The demonstration's department, when it is loaded."""
    return Department.objects.filter(code=_settings()["department"]["code"]).first()


def demo_accounts() -> list[tuple[str, str, str]]:
    """One account a role, in the order of people.csv: (role, user name, person)."""
    accounts: dict[str, tuple[str, str, str]] = {}
    for row in _rows("people.csv"):
        label = Role.Name(row["roles"].split()[0]).label
        accounts.setdefault(label, (label, row["username"], f"{row['first_name']} {row['last_name']}"))
    return list(accounts.values())


@transaction.atomic
def load_demo() -> Department:
    """Load the whole demonstration into a database that does not have it yet, or nothing at all.

    Raises `ValueError` when its department exists: what people did there since is theirs.
    """
    if (there := demo_department()) is not None:
        raise ValueError(f"{there} est déjà chargé.")
    about = _settings()
    department = Department.objects.create(**about["department"])
    regulation = Regulation.objects.create(department=department, **about["regulation"])
    users = _load_people(department)
    administrator = next(iter(users.values()))
    for path in sorted(PROGRAMMES.glob("*.json")):
        load_programme(department=department, data=parse_programme(path.read_text("utf-8")), by=administrator)
    for path in sorted(REFERENTIALS.glob("*.json")):
        load_referential(
            department=department,
            data=read_referential(path.read_bytes()),
            by=administrator,
            origin=path.name,
        )
    promotion = about["cohort"]
    programme = Programme.objects.get(
        parcours__department=department, year=promotion["year"], modality=promotion["modality"]
    )
    cohort = Cohort.objects.create(programme=programme, school_year=promotion["school_year"])
    Group.objects.bulk_create(Group(cohort=cohort, name=name) for name in promotion["groups"])

    enrolments = _load_students(cohort, department)
    _link_students(users)
    teachings = _load_teachings(cohort, users)
    _load_marks(_load_assessments(teachings), enrolments)
    record_results(department=department, rows=read_results(FOLDER / "results.csv"), by=None)
    for session in about["sessions"]:
        _load_session(session, about["members"], cohort, regulation, users)
    record(
        act="demonstration.load",
        about=str(cohort),
        by=administrator,
        department=department,
        details={"students": len(enrolments)},
    )
    return department


def _load_people(department: Department) -> dict[str, User]:
    """The accounts, by user name; hashed once, since they share the password."""
    rows = list(_rows("people.csv"))
    password = make_password(PASSWORD)
    users = User.objects.bulk_create(
        User(
            username=row["username"],
            first_name=row["first_name"],
            last_name=row["last_name"],
            quality=row["quality"],
            email=f"{row['username']}@iut-valbrume.example",
            password=password,
        )
        for row in rows
    )
    Role.objects.bulk_create(
        Role(user=user, department=department, role=role)
        for user, row in zip(users, rows, strict=True)
        for role in row["roles"].split()
    )
    return {user.username: user for user in users}


def _link_students(users: dict[str, User]) -> None:
    """Give the accounts of students their student."""
    for row in _rows("people.csv"):
        if row["student"]:
            Student.objects.filter(number=row["student"]).update(account=users[row["username"]])


def _load_students(cohort: Cohort, department: Department) -> dict[str, Enrolment]:
    """The enrolments of the cohort, by student number."""
    rows = list(_rows("students.csv"))
    groups = {group.name: group for group in cohort.groups.all()}
    identity = (
        *("number", "ine", "last_name", "first_name", "gender", "birth_place"),
        *("baccalaureate", "baccalaureate_series", "parcoursup"),
    )
    students = Student.objects.bulk_create(
        Student(
            department=department,
            birth_date=datetime.date.fromisoformat(row["birth_date"]),
            email=f"{row['number']}@etu.valbrume.example",
            **{name: row[name] for name in identity},
        )
        for row in rows
    )
    enrolments = Enrolment.objects.bulk_create(
        Enrolment(
            cohort=cohort,
            student=student,
            group=groups[row["group"]],
            company=row["company"],
            status=row["status"],
            status_since=datetime.date.fromisoformat(row["status_since"]) if row["status_since"] else None,
            repeats=dict.fromkeys(row["repeats"].split(), 1),
            unjustified_absences=int(row["unjustified_absences"]),
            justified_absences=int(row["justified_absences"]),
        )
        for student, row in zip(students, rows, strict=True)
    )
    units = {unit.code: unit for unit in cohort.programme.units.all()}
    for enrolment, row in zip(enrolments, rows, strict=True):
        if row["dispensed"]:
            enrolment.dispensed.set([units[code] for code in row["dispensed"].split()])
    return {enrolment.student.number: enrolment for enrolment in enrolments}


def _load_teachings(cohort: Cohort, users: dict[str, User]) -> dict[str, Teaching]:
    """The elements as this cohort is taught them, by code."""
    elements = {element.code: element for element in cohort.programme.elements.all()}
    teachings = {}
    for row in _rows("teachings.csv"):
        declared = _evening(datetime.date.fromisoformat(row["complete"])) if row["complete"] else None
        teaching = Teaching.objects.create(
            cohort=cohort,
            element=elements[row["element"]],
            completed_at=declared,
            completed_by=users[row["heads"].split()[0]] if declared else None,
        )
        teaching.heads.set([users[name] for name in row["heads"].split()])
        teaching.teachers.set([users[name] for name in row["teachers"].split()])
        teachings[row["element"]] = teaching
    return teachings


def _load_assessments(teachings: dict[str, Teaching]) -> dict[str, list[Assessment]]:
    """The évaluations, by element, in the order of their columns in its file of marks."""
    units = {
        unit.code: unit for unit in Unit.objects.filter(programme__elements__teachings__in=teachings.values())
    }
    assessments: dict[str, list[Assessment]] = {code: [] for code in teachings}
    weights: list[AssessmentWeight] = []
    for row in _rows("assessments.csv"):
        place = assessments[row["element"]]
        assessment = Assessment(
            teaching=teachings[row["element"]],
            title=row["title"],
            kind=row["kind"],
            date=datetime.date.fromisoformat(row["date"]),
            coefficient=Decimal(row["coefficient"]),
            maximum=Decimal(row["maximum"]),
            position=len(place),
            published=True,
        )
        place.append(assessment)
        for pair in row["weights"].split():
            unit, _, weight = pair.partition("=")
            weights.append(AssessmentWeight(assessment=assessment, unit=units[unit], weight=Decimal(weight)))
    Assessment.objects.bulk_create(row for rows in assessments.values() for row in rows)
    AssessmentWeight.objects.bulk_create(weights)
    return assessments


def _load_marks(assessments: dict[str, list[Assessment]], enrolments: dict[str, Enrolment]) -> None:
    """The marks, entered at six in the evening of their évaluation by who answers for the element."""
    marks = []
    for element, columns in assessments.items():
        if not columns:  # the portfolio of S3 has coefficient 0: nothing is marked
            continue
        head = columns[0].teaching.heads.get()
        for row in _rows(f"marks/{element}.csv"):
            for assessment in columns:
                value, code = _mark(row[assessment.title])
                if value is None and not code:
                    continue
                marks.append(
                    Mark(
                        assessment=assessment,
                        enrolment=enrolments[row["number"]],
                        value=value,
                        code=code,
                        entered_by=head,
                        entered_at=_evening(assessment.date),
                    )
                )
    Mark.objects.bulk_create(marks)
    MarkChange.objects.bulk_create(
        MarkChange(
            mark=mark,
            version=mark.version,
            value=mark.value,
            code=mark.code,
            by=mark.entered_by,
            at=mark.entered_at,
            origin=MarkChange.Origin.LOADING,
        )
        for mark in marks
    )


def _load_session(
    about: dict[str, Any],
    members: list[dict[str, str]],
    cohort: Cohort,
    regulation: Regulation,
    users: dict[str, User],
) -> None:
    """A jury in preparation, its members convened."""
    session = Session.objects.create(
        cohort=cohort,
        regulation=regulation,
        president=users[about["president"]],
        semester=about["semester"],
        date=about["date"],
        starts=about["starts"],
        place=about["place"],
    )
    Member.objects.bulk_create(
        Member(
            session=session,
            user=users[member["user"]] if "user" in member else None,
            name=member.get("name") or str(users[member["user"]]),
            kind=member.get("kind", Member.Kind.TEACHER),
            quality=member["quality"],
            position=position,
        )
        for position, member in enumerate(members)
    )


def _settings() -> dict[str, Any]:
    return tomllib.loads((FOLDER / "department.toml").read_text("utf-8"))


def _rows(name: str) -> Iterator[dict[str, str]]:
    with (FOLDER / name).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file, strict=True)


def _mark(cell: str) -> tuple[Decimal | None, str]:
    """A cell of a file of marks: a number, a code, or nothing."""
    if not cell or cell in Mark.Code:
        return None, cell
    return Decimal(cell), ""


def _evening(date: datetime.date | None) -> datetime.datetime:
    assert date is not None, "every évaluation of the demonstration is dated"
    return timezone.make_aware(datetime.datetime.combine(date, datetime.time(18)))
