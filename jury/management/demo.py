"""The demonstration: an invented department, its people, its promotions of two years, from fixtures/demo/.

The files are for people to read; their README says which student shows what. Here they become rows, all in
one transaction, the marks with the history that real ones would have. The juries of the past year are held
and closed by the services, so that those of the present one read what they gave.
"""

from __future__ import annotations

import csv
import datetime
import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import transaction

from butrt.base.accounts.models import Role, User
from butrt.base.journal.services import record
from curriculum.models import Department, Programme, Regulation
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
    Student,
    Teaching,
)
from jury.cases.enrolments import recall_acquired
from jury.cases.ledger.elsewhere import record_results
from jury.cases.proceedings import Proceedings
from jury.documents.checking.noting import note
from jury.documents.letters.versions import Texts
from jury.exchange.elsewhere.reading import read_results
from jury.management.demo_parcours import load_parcours
from jury.management.demo_rows import convene, evening, write_marks
from jury.models import Letterhead, Session
from jury.sittings import services

FIXTURES = settings.BASE_DIR / "fixtures"
FOLDER = FIXTURES / "demo"
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
    Regulation.objects.bulk_create(
        Regulation(department=department, **regulation) for regulation in about["regulations"]
    )
    users = _load_people(department)
    administrator = next(iter(users.values()))
    _load_programmes(department, about["programmes"], by=administrator)
    students = _load_students(department)
    _link_students(users)
    earlier = read_results((FOLDER / "results.csv").read_bytes())
    record_results(department=department, rows=earlier.rows, by=None)
    demo = _Demo(users, students, about["members"])
    for _, promotions in groupby(about["cohorts"], key=lambda promotion: int(promotion["school_year"])):
        demo.load_year(list(promotions))
    load_parcours(department, users, about["members"], by=administrator)
    _load_letterhead(department, about["letterhead"])
    record(
        act="demonstration.load",
        about=str(department),
        by=administrator,
        department=department,
        details={"students": Student.objects.filter(department=department).count()},
    )
    note(by=administrator)  # what was loaded without the services that write the journal
    return department


def _load_programmes(department: Department, paths: list[str], by: User) -> None:
    for path in paths:
        data = parse_programme((FIXTURES / path).read_text("utf-8"))
        load_programme(department=department, data=data, by=by)
    for referential in sorted((FIXTURES / "referentials").glob("*.json")):
        load_referential(
            department=department,
            data=read_referential(referential.read_bytes()),
            by=by,
            origin=referential.name,
        )


def _load_letterhead(department: Department, fields: dict[str, str]) -> None:
    """What the department's letters say of it, from their first version on."""
    first = Texts.of(department).head()
    Letterhead.objects.filter(pk=first.pk).update(**fields)


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


def _load_students(department: Department) -> dict[str, Student]:
    """Everyone who is or was in the department, by student number."""
    rows = list(_rows("students.csv"))
    students = Student.objects.bulk_create(
        Student(
            department=department,
            email=f"{row['number']}@etu.valbrume.example",
            **row | {"birth_date": datetime.date.fromisoformat(row["birth_date"])},
        )
        for row in rows
    )
    return {student.number: student for student in students}


@dataclass(frozen=True)
class _Demo:
    """What the promotions share: the accounts by user name, the students by number, who sits in juries."""

    users: dict[str, User]
    students: dict[str, Student]
    members: list[dict[str, str]]

    def load_year(self, promotions: list[dict[str, Any]]) -> None:
        """The promotions of a school year and their juries in the order of dates; those of the past are held.

        Each is created once the one before is closed: an open jury would have to be told what it changes.
        """
        cohorts = {about["folder"]: self._load_cohort(about) for about in promotions}
        meetings = [(sitting, about["folder"]) for about in promotions for sitting in about["sessions"]]
        for about, folder in sorted(meetings, key=lambda meeting: (meeting[0]["date"], meeting[0]["starts"])):
            session = self._load_session(about, cohorts[folder])
            if session.ends:
                self._hold(session, folder)

    def _load_cohort(self, about: dict[str, Any]) -> Cohort:
        """A promotion: its groups, students, elements, évaluations and marks."""
        programme = Programme.objects.get(
            parcours__department__code=_settings()["department"]["code"],
            year=about["year"],
            modality=about["modality"],
        )
        cohort = Cohort.objects.create(
            specialty=programme.parcours.specialty, year=programme.year, school_year=about["school_year"]
        )
        cohort.programmes.add(programme)
        Group.objects.bulk_create(Group(cohort=cohort, name=name) for name in about["groups"])
        enrolments = self._load_enrolments(cohort, about["folder"])
        teachings = self._load_teachings(cohort, about["folder"])
        columns = _load_assessments(teachings, about["folder"])
        _load_marks(columns, enrolments)
        return cohort

    def _load_enrolments(self, cohort: Cohort, folder: str) -> dict[str, Enrolment]:
        """The enrolments of a promotion, by student number; what juries acquired before is recalled."""
        groups = {group.name: group for group in cohort.groups.all()}
        programme = cohort.programmes.get()
        enrolments = Enrolment.objects.bulk_create(
            Enrolment(
                cohort=cohort,
                programme=programme,
                student=self.students[row["number"]],
                group=groups[row["group"]],
                company=row["company"],
                status=row["status"],
                status_since=datetime.date.fromisoformat(row["status_since"])
                if row["status_since"]
                else None,
                repeats=dict.fromkeys(row["repeats"].split(), 1),
                unjustified_absences=int(row["unjustified_absences"]),
                justified_absences=int(row["justified_absences"]),
            )
            for row in _rows(f"{folder}/enrolments.csv")
        )
        recall_acquired(enrolments)
        return {enrolment.student.number: enrolment for enrolment in enrolments}

    def _load_teachings(self, cohort: Cohort, folder: str) -> dict[str, _Taught]:
        """The elements as a promotion is taught them, by code."""
        elements = {element.code: element for element in cohort.elements}
        rows = list(_rows(f"{folder}/teachings.csv"))
        teachings = Teaching.objects.bulk_create(
            Teaching(
                cohort=cohort,
                element=elements[row["element"]],
                completed_at=evening(datetime.date.fromisoformat(row["complete"]))
                if row["complete"]
                else None,
                completed_by=self.users[row["heads"].split()[0]] if row["complete"] else None,
            )
            for row in rows
        )
        heads, teachers = Teaching.heads.through, Teaching.teachers.through
        heads.objects.bulk_create(
            heads(teaching=teaching, user=self.users[name])
            for teaching, row in zip(teachings, rows, strict=True)
            for name in row["heads"].split()
        )
        teachers.objects.bulk_create(
            teachers(teaching=teaching, user=self.users[name])
            for teaching, row in zip(teachings, rows, strict=True)
            for name in row["teachers"].split()
        )
        return {
            row["element"]: _Taught(teaching, self.users[row["heads"].split()[0]])
            for teaching, row in zip(teachings, rows, strict=True)
        }

    def _load_session(self, about: dict[str, Any], cohort: Cohort) -> Session:
        """A jury in preparation, its members convened; with an hour of end, those who came are noted."""
        session = Session(cohort=cohort, **about | {"president": self.users[about["president"]]})
        convene(session, self.members, self.users)
        return session

    def _hold(self, session: Session, folder: str) -> None:
        """Open, decide, adopt and close a jury of the past, by the acts of the site."""
        by = session.president
        services.open_deliberation(session=session, by=by)
        for row in _rows(f"{folder}/decisions.csv"):
            if int(row["semester"]) == session.semester:
                services.decide(
                    session=session,
                    student=self.students[row["number"]],
                    kind=row["kind"],
                    subject=row["subject"],
                    code=row["code"],
                    motive=row["motive"],
                    hearing=row["hearing"],
                    advice=row["advice"],
                    by=by,
                )
        awaiting = Proceedings.of(services.hold(session)).awaiting
        services.adopt(session=session, by=by, expected=len(awaiting))
        services.close(session=session, by=by)


@dataclass(frozen=True)
class _Taught:
    """An element as a promotion is taught it, and who answers for it."""

    teaching: Teaching
    head: User


@dataclass(frozen=True)
class _Column:
    """An évaluation, who enters its marks, and where they are read: a file, the title of its column."""

    assessment: Assessment
    head: User
    file: str
    title: str


def _load_assessments(teachings: dict[str, _Taught], folder: str) -> list[_Column]:
    """The évaluations of a promotion.

    Their marks are in marks/<element>.csv; or all in marks.csv, the column of an element's only évaluation
    named by the element, of several by the element and their title.
    """
    cohort = next(iter(teachings.values())).teaching.cohort
    units = {unit.code: unit for unit in cohort.units}
    rows = list(_rows(f"{folder}/assessments.csv"))
    number = Counter(row["element"] for row in rows)
    together = (FOLDER / folder / "marks.csv").exists()
    place: Counter[str] = Counter()
    columns, weights = [], []
    for row in rows:
        element, title = row["element"], row["title"]
        assessment = Assessment(
            teaching=teachings[element].teaching,
            title=title,
            kind=row["kind"],
            date=datetime.date.fromisoformat(row["date"]),
            coefficient=Decimal(row["coefficient"]),
            maximum=Decimal(row["maximum"]),
            position=place[element],
            published=True,
        )
        place[element] += 1
        file = f"{folder}/marks.csv" if together else f"{folder}/marks/{element}.csv"
        if together:
            title = element if number[element] == 1 else f"{element} {title}"
        columns.append(_Column(assessment, teachings[element].head, file, title))
        for pair in row["weights"].split():
            unit, _, weight = pair.partition("=")
            weights.append(AssessmentWeight(assessment=assessment, unit=units[unit], weight=Decimal(weight)))
    Assessment.objects.bulk_create(column.assessment for column in columns)
    AssessmentWeight.objects.bulk_create(weights)
    return columns


def _load_marks(columns: list[_Column], enrolments: dict[str, Enrolment]) -> None:
    """The marks, entered at six in the evening of their évaluation by who answers for the element."""
    marks = []
    for file, its_columns in groupby(columns, key=lambda column: column.file):
        read = list(its_columns)
        for row in _rows(file):
            for column in read:
                value, code = _mark(row[column.title])
                if value is None and not code:
                    continue
                marks.append(
                    Mark(
                        assessment=column.assessment,
                        enrolment=enrolments[row["number"]],
                        value=value,
                        code=code,
                        entered_by=column.head,
                        entered_at=evening(column.assessment.date),
                    )
                )
    write_marks(marks)


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
