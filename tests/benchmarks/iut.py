"""An IUT on PostgreSQL, for the part `iut`: the demonstration's department, measured, within what ten hold.

8,400 students, 18,000 enrolments, 648,000 marks with their history, 126,000 results of juries, 400,000
entries of the journal. What the jury measured judges is the same as alone: the share of its own department
is of past years.
"""

from __future__ import annotations

import datetime
import itertools
import time
from collections.abc import Iterator

from django.db import connection, transaction
from django.db.models import QuerySet

from butrt.base.accounts.models import Role, User
from butrt.base.journal.services import Act, record_all
from curriculum.models import Department, Unit
from grades.models import Cohort, Enrolment, Mark, MarkChange, Student
from jury.models import Result, Session
from tests.benchmarks import years_behind
from tests.factories import (
    make_assessment,
    make_cohort,
    make_department,
    make_parcours,
    make_programme,
    make_regulation,
    make_teaching,
    make_user,
    programme_of,
)

DEPARTMENTS = 10
ENTRANTS, REPEATERS = 168, 32  # of a promotion
YEARS = (1, 2, 3)  # of the BUT, each in three school years: five entries of students, nine promotions
UNITS = ("1", "2", "3")  # competences, judged in both semesters of a year, an element each
ASSESSMENTS = 6  # of an element
TEACHERS = 30  # of a department
TOGETHER, TIMES = 100, 400  # entries written at one instant, and how many instants
PAST, PRESENT = 2016, 2022  # first school year of the department measured, and of the others


def built(students: int) -> Session:
    """The jury to measure; the IUT is made around it when the database does not have it yet."""
    session = years_behind.built(students, 0)
    if Department.objects.count() < DEPARTMENTS:
        start = time.monotonic()
        with transaction.atomic():
            _build(session.department)
        print(f"IUT construit en {time.monotonic() - start:.0f} s.", flush=True)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")  # `.ci/postgres` has nothing that does it by itself
    return session


def _build(own: Department) -> None:
    others = [make_department() for _ in range(DEPARTMENTS - 1)]
    for department in [own, *others]:
        _fill(department, PAST if department == own else PRESENT)
    _keep_history()
    for _ in range(TIMES):
        for department in [own, *others]:
            by = department.roles.filter(role=Role.Name.PRESIDENT)[0].user
            record_all(list(_acts()), by=by, department=department)


def _fill(department: Department, first: int) -> None:
    """Nine promotions taught, marked and judged, and their people."""
    roles = [Role.Name.PRESIDENT, *TEACHERS * [Role.Name.TEACHER]]
    people = [make_user(role, department=department) for role in roles]
    parcours = make_parcours(department=department)
    regulation = make_regulation(department, school_year=first)
    entries = [years_behind.students_of(department, ENTRANTS) for _ in range(len(YEARS) + 2)]
    _give_accounts(department, itertools.chain.from_iterable(entries))
    for year in YEARS:
        codes = [f"UE{2 * year - odd}{number}" for odd in (1, 0) for number in UNITS]
        programme = make_programme(dict.fromkeys(codes, "10"), parcours=parcours, year=year)
        for place, school_year in enumerate(range(first, first + len(YEARS))):
            cohort = make_cohort(programme, school_year=school_year)
            _teach(cohort, itertools.cycle(people))
            entry = place - year + len(YEARS)
            judged = [*entries[entry], *entries[entry - 1][:REPEATERS]]
            years_behind.fill(cohort, judged, level=12, spread=2)
            for semester in (2 * year - 1, 2 * year):
                _judge(cohort, semester, president=people[0], regulation=regulation)


def _give_accounts(department: Department, students: Iterator[Student]) -> None:
    rows = list(students)
    accounts = User.objects.bulk_create(
        User(username=f"e{row.pk}", first_name=row.first_name, last_name=row.last_name, password="!")
        for row in rows
    )
    Role.objects.bulk_create(
        Role(user=account, department=department, role=Role.Name.STUDENT) for account in accounts
    )
    for row, account in zip(rows, accounts, strict=True):
        row.account = account
    Student.objects.bulk_update(rows, ["account"])


def _teach(cohort: Cohort, teachers: Iterator[User]) -> None:
    for element in programme_of(cohort).elements.all():
        teaching = make_teaching(cohort, element, teachers=[next(teachers)], heads=[next(teachers)])
        for _ in range(ASSESSMENTS):
            make_assessment(
                teaching, date=datetime.date(cohort.school_year, 11, 5), published=True, locked=True
            )


def _judge(cohort: Cohort, semester: int, **fields: object) -> None:
    """A jury closed, with its results and without its PV: nothing here may read it."""
    ended = datetime.datetime(cohort.school_year + 1, 2 if semester % 2 else 7, 5, 17, tzinfo=datetime.UTC)
    session = Session.objects.create(
        cohort=cohort,
        semester=semester,
        state=Session.State.CLOSED,
        snapshot={},
        date=ended.date(),
        place="Salle B204",
        opened_at=ended,
        closed_at=ended,
        **fields,
    )
    units = list(programme_of(cohort).units.filter(semester=semester))
    enrolments = cohort.enrolments.all()
    Result.objects.bulk_create(_results(session, units, enrolments), batch_size=5000)


def _results(session: Session, units: list[Unit], enrolments: QuerySet[Enrolment]) -> Iterator[Result]:
    for enrolment in enrolments:
        given = {
            "student_id": enrolment.student_id,
            "session": session,
            "source": Result.Source.JURY,
            "programme_id": enrolment.programme_id,
            "school_year": session.cohort.school_year,
            "year": session.year,
            "code": "ADM",
            "decided_on": session.date,
        }
        for unit in units:
            about = {"competence": unit.competence, "level": unit.level, "semester": unit.semester}
            yield Result(kind="unit", subject=unit.code, average="12", credits=unit.ects, **about, **given)
        if session.judges_year:
            yield Result(kind="year", subject=f"BUT{session.year}", **given)


def _keep_history() -> None:
    """Each mark as it was written, once."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {MarkChange._meta.db_table} (mark_id, version, value, code, by_id, at, origin)"
            " SELECT mark.id, version, value, code, entered_by_id, entered_at, %s"
            f" FROM {Mark._meta.db_table} AS mark WHERE NOT EXISTS"
            f" (SELECT 1 FROM {MarkChange._meta.db_table} AS change WHERE change.mark_id = mark.id)",
            [MarkChange.Origin.SCREEN],
        )


def _acts() -> Iterator[Act]:
    """What is done at one instant: marks mostly, and a jury opened."""
    for place in range(TOGETHER - 1):
        cell = {"assessment": place, "enrolment": place, "before": "", "after": "12", "version": 1}
        yield Act("marks.record", f"R101 : DS {place}", {"teaching": 1, "origin": "screen", "marks": [cell]})
    yield Act("session.open", "Jury S4 et année BUT2", {})
