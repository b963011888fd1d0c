"""A department with closed years behind, for `pages.py` to measure.

The demonstration, and before it as many school years of BUT1, BUT2 and BUT3, every jury held and closed by
the services; the same students repeat through them up to the jury measured, S4 of 2024-2025.
"""

from __future__ import annotations

import datetime
import random
import time
from decimal import Decimal

from django.core.management import call_command
from django.db import transaction
from django.db.models import Q

from butrt.base.accounts.models import User
from curriculum.models import Department, Regulation
from grades.models import Assessment, AssessmentWeight, Cohort, Enrolment, Mark, Student, Teaching
from jury.cases.proceedings import Proceedings
from jury.management.demo import load_demo
from jury.models import Member, Session
from jury.sittings import services
from tests.factories import make_cohort, programme_of

LAST = 2022  # the last school year behind: those of the demonstration follow
PRESENT = Q(year=2, school_year=LAST + 2, programmes__modality="apprentissage")


# ---------- the department ----------


def built(students: int, years: int) -> Session:
    """The jury to measure, its department made when the database does not have it yet."""
    call_command("migrate", verbosity=0)
    if not Cohort.objects.exists():
        start = time.process_time()
        with transaction.atomic():
            load_demo()
            _build(students, years)
        print(f"Construit en {time.process_time() - start:.0f} s de processeur.")
    cohort = Cohort.objects.filter(PRESENT).earliest("pk")  # an IUT has others, made after it
    return Session.objects.with_programme().get(semester=4, cohort=cohort)


def _build(students: int, years: int) -> None:
    """The school years behind, each jury held; who repeats through them is enrolled in the jury measured."""
    present = Cohort.objects.get(PRESENT)
    repeaters = students_of(present.department, students - present.enrolments.count())
    if years:
        _hold_years(present, repeaters, students, years)
    fill(present, repeaters, level=11, spread=3)


def _hold_years(present: Cohort, repeaters: list[Student], students: int, years: int) -> None:
    first = LAST + 1 - years
    models = [Cohort.objects.filter(year=year).order_by("school_year", "pk")[0] for year in (1, 2, 3)]
    regulation = Regulation.objects.order_by("school_year").first()
    assert regulation is not None  # the demonstration has its own
    regulation.pk, regulation.school_year, regulation.version = None, first, 1
    regulation.save()
    others: dict[int, list[Student]] = {}  # by the school year of their BUT1
    for school_year in range(first, LAST + 1):
        theirs = 1 if school_year - first < (years + 1) // 2 else 2
        cohorts = []
        for year, model in enumerate(models, 1):
            start = school_year - year + 1
            if start not in others:
                others[start] = students_of(present.department, students)
            cohorts.append(_cohort(model, school_year, repeaters if year == theirs else others[start]))
        for even in (False, True):
            for cohort in cohorts:
                _hold(cohort, 2 * cohort.year - 1 + even)
        print(f"{school_year}-{school_year + 1} : trois promotions, six jurys clos.", flush=True)


def students_of(department: Department, number: int) -> list[Student]:
    """New ones: NOM00001 and so on."""
    first = Student.objects.filter(last_name__startswith="NOM").count() + 1
    return Student.objects.bulk_create(
        Student(
            department=department,
            ine=f"{place:09}ZZ",
            number=f"7{place:07}",
            last_name=f"NOM{place:05}",
            first_name="Camille",
            gender="F" if place % 2 else "M",
            birth_date=datetime.date(2000, 1, 1),
            birth_place="Valbrume",
        )
        for place in range(first, first + number)
    )


def _cohort(model: Cohort, school_year: int, students: list[Student]) -> Cohort:
    """A promotion taught as another was, with its own students and marks."""
    cohort = make_cohort(*model.programmes.all(), school_year=school_year)
    taught = {
        each.pk: Teaching(cohort=cohort, element=each.element)
        for each in model.teachings.select_related("element")
    }
    Teaching.objects.bulk_create(taught.values())
    assessments = {
        each.pk: Assessment(
            teaching=taught[each.teaching_id],
            title=each.title,
            date=each.date and each.date.replace(year=each.date.year - model.school_year + school_year),
            coefficient=each.coefficient,
            maximum=each.maximum,
            position=each.position,
            published=True,
        )
        for each in Assessment.objects.filter(teaching__cohort=model, kind="normal", group=None)
    }
    Assessment.objects.bulk_create(assessments.values())
    AssessmentWeight.objects.bulk_create(
        AssessmentWeight(assessment=assessments[each.assessment_id], unit=each.unit, weight=each.weight)
        for each in AssessmentWeight.objects.filter(assessment__in=list(assessments)).select_related("unit")
    )
    fill(cohort, students, level=13, spread=1)
    return cohort


def fill(cohort: Cohort, students: list[Student], *, level: float, spread: float) -> None:
    """Enrol students with a mark everywhere, around a level of their own."""
    dice = random.Random(cohort.school_year)
    teacher = User.objects.get(username="h.marchetti")
    programme = programme_of(cohort)
    enrolments = Enrolment.objects.bulk_create(
        Enrolment(cohort=cohort, programme=programme, student=student) for student in students
    )
    levels = {each.pk: dice.gauss(level, spread) for each in enrolments}
    moment = datetime.datetime(cohort.school_year, 12, 1, tzinfo=datetime.UTC)
    Mark.objects.bulk_create(
        (
            Mark(
                assessment=assessment,
                enrolment=enrolment,
                value=_mark(dice.gauss(levels[enrolment.pk], 3), assessment.maximum),
                entered_by=teacher,
                entered_at=moment,
            )
            for assessment in Assessment.objects.filter(kind="normal", teaching__cohort=cohort)
            for enrolment in enrolments
        ),
        batch_size=5000,
    )


def _mark(drawn: float, maximum: Decimal) -> Decimal:
    """A mark of so much on 20, to the quarter of a point."""
    return min(maximum, max(Decimal(0), Decimal(round(drawn * 4)) / 4 * maximum / 20)).quantize(
        Decimal("0.01")
    )


def _hold(cohort: Cohort, semester: int) -> None:
    """A jury from its opening to its closing; who is left to it repeats."""
    by = User.objects.get(username="b.vaucresson")
    session = services.schedule(
        session=Session(
            cohort=cohort,
            semester=semester,
            president=by,
            date=datetime.date(cohort.school_year + 1, 2 if semester % 2 else 7, 5),
            place="Salle B204",
        ),
        by=by,
    )
    services.seat_president(session=session)
    Member.objects.filter(session=session).update(presence="present")
    services.open_deliberation(session=session, by=by, motive="Mesure.")
    settle(session)
    services.close(session=session, by=by)


def settle(session: Session) -> None:
    """Everything that closing asks for: a decision where the rules leave the jury one, the rest accepted."""
    session = read(session)
    students = {each.student.number: each.student for each in session.enrolments().select_related("student")}
    for case in Proceedings.of(session).cases:
        if case.undecided:
            decide(session, students[case.id])
    if awaiting := Proceedings.of(session).awaiting:
        services.adopt(session=session, by=session.president, expected=len(awaiting))


def decide(session: Session, student: Student, code: str = "RED") -> None:
    services.decide(
        session=session,
        student=student,
        kind="year",
        subject="",
        code=code,
        motive="Mesure.",
        by=session.president,
        confirmed_against_right=True,
    )


def read(session: Session) -> Session:
    return Session.objects.with_programme().get(pk=session.pk)
