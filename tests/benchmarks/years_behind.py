"""A department with closed years behind, and what its pages and acts cost (see past.py).

The demonstration, and before it as many school years of BUT1, BUT2 and BUT3, every jury held and closed by
the services; the same students repeat through them up to the jury measured, S4 of 2024-2025.
"""

from __future__ import annotations

import cProfile
import datetime
import gc
import itertools
import pstats
import random
import time
from collections.abc import Callable
from decimal import Decimal

from django.core.management import call_command
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext, setup_test_environment
from django.urls import reverse

from butrt.base.accounts.models import Role, User
from curriculum.models import Regulation
from grades.models import Assessment, AssessmentWeight, Cohort, Enrolment, Mark, Student, Teaching
from jury.cases import figures, proceedings
from jury.cases.proceedings import Proceedings
from jury.management.demo import load_demo
from jury.models import Member, Session
from jury.sittings import services
from tests.factories import make_cohort, programme_of

LAST = 2022  # the last school year behind: those of the demonstration follow
TIMES = 3
# Milliseconds of processor, at most (issue 14).
TARGETS = {"préparation": 250, "salle": 250, "dossier": 100, "ouvrir": 2000, "clore": 2000}
serial = itertools.count(1)


# ---------- the department ----------


def built(students: int, years: int) -> Session:
    """The jury to measure, its department made when the database does not have it yet."""
    call_command("migrate", verbosity=0)
    if not Cohort.objects.filter(school_year=LAST).exists():
        start = time.process_time()
        with transaction.atomic():
            load_demo()
            _build(students, years)
        print(f"Construit en {time.process_time() - start:.0f} s de processeur.")
    return Session.objects.with_programme().get(semester=4, cohort__year=2, cohort__school_year=LAST + 2)


def _build(students: int, years: int) -> None:
    """The school years behind, each jury held; who repeats through them is enrolled in the jury measured."""
    first = LAST + 1 - years
    models = [Cohort.objects.filter(year=year).order_by("school_year")[0] for year in (1, 2, 3)]
    present = Cohort.objects.get(year=2, school_year=LAST + 2)
    regulation = Regulation.objects.order_by("school_year").first()
    assert regulation is not None  # the demonstration has its own
    regulation.pk, regulation.school_year, regulation.version = None, first, 1
    regulation.save()
    repeaters = _students(present, students - present.enrolments.count())
    others: dict[int, list[Student]] = {}  # by the school year of their BUT1
    for school_year in range(first, LAST + 1):
        theirs = 1 if school_year - first < (years + 1) // 2 else 2
        cohorts = []
        for year, model in enumerate(models, 1):
            start = school_year - year + 1
            if start not in others:
                others[start] = _students(present, students)
            cohorts.append(_cohort(model, school_year, repeaters if year == theirs else others[start]))
        for even in (False, True):
            for cohort in cohorts:
                _hold(cohort, 2 * cohort.year - 1 + even)
        print(f"{school_year}-{school_year + 1} : trois promotions, six jurys clos.", flush=True)
    _fill(present, repeaters, level=11, spread=3)


def _students(like: Cohort, number: int) -> list[Student]:
    places = list(itertools.islice(serial, number))
    return Student.objects.bulk_create(
        Student(
            department=like.programme.parcours.department,
            ine=f"{place:09}ZZ",
            number=f"7{place:07}",
            last_name=f"NOM{place:05}",
            first_name="Camille",
            gender="F" if place % 2 else "M",
            birth_date=datetime.date(2000, 1, 1),
            birth_place="Valbrume",
        )
        for place in places
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
    _fill(cohort, students, level=13, spread=1)
    return cohort


def _fill(cohort: Cohort, students: list[Student], *, level: float, spread: float) -> None:
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
    session = _read(session)
    students = {each.student.number: each.student for each in session.enrolments().select_related("student")}
    for case in Proceedings.of(session).cases:
        if case.undecided:
            _decide(session, students[case.id])
    if awaiting := Proceedings.of(session).awaiting:
        services.adopt(session=session, by=session.president, expected=len(awaiting))


def _decide(session: Session, student: Student, code: str = "RED") -> None:
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


def _read(session: Session) -> Session:
    return Session.objects.with_programme().get(pk=session.pk)


# ---------- the measures ----------


class TakenBack(Exception):
    """Ends an act that was only measured."""


def taken_back(act: Callable[[], object]) -> float:
    """Do an act and undo it; the seconds of processor that it took."""
    spent = 0.0
    try:
        with transaction.atomic():
            start = time.process_time()
            act()
            spent = time.process_time() - start
            raise TakenBack
    except TakenBack:
        return spent


def forget() -> None:
    """As a process that never read a session."""
    figures._frozen.cache_clear()
    proceedings._versions.clear()
    figures._latest.clear()


class Measures:
    """The table as it is printed, line after line."""

    def __init__(self, profiled: str) -> None:
        self.profiled = profiled
        print(f"\n{'':34}{'ms':>7}{'à froid':>9}{'requêtes':>10}   au plus")

    def line(self, name: str, act: Callable[[], object], times: int = TIMES) -> None:
        """The best of some times, once everything is read; cold; how many queries."""
        forget()
        cold = taken_back(act)
        gc.collect()
        warm = min(taken_back(act) for _ in range(times))
        with CaptureQueriesContext(connection) as queries:
            taken_back(act)
        number = sum("SAVEPOINT" not in query["sql"] for query in queries)
        most = TARGETS.get(name)
        said = "" if most is None else f"{most} ms" + (" DÉPASSÉ" if 1000 * warm > most else "")
        print(f"{name:34}{1000 * warm:7.0f}{1000 * cold:9.0f}{number:10}   {said}", flush=True)
        if name == self.profiled:
            profile = cProfile.Profile()
            profile.enable()
            taken_back(act)
            profile.disable()
            pstats.Stats(profile).sort_stats("cumulative").print_stats(70)
            pstats.Stats(profile).sort_stats("tottime").print_stats(30)

    def page(self, name: str, client: Client, address: str, times: int = TIMES, **data: str) -> None:
        def get() -> None:
            answer = client.get(address, data)
            if answer.status_code not in (200, 204):
                raise AssertionError(f"{address} : {answer.status_code}")
            if answer.streaming:
                list(answer.streaming_content)  # type: ignore[arg-type]

        self.line(name, get, times)


def measure(session: Session, profiled: str = "") -> None:
    setup_test_environment(debug=False)
    gc.set_threshold(50_000, 20, 100)  # as the workers do
    by = session.president
    client = Client()
    client.force_login(by)
    measures = Measures(profiled)

    def jury(name: str, *arguments: object) -> str:
        return reverse(f"jury:{name}", args=[session.pk, *arguments])

    def open_it() -> None:
        services.open_deliberation(session=_read(session), by=by, motive="Mesure.")

    measures.page("préparation", client, jury("prepare"))
    measures.page("salle, en préparation", client, jury("room"))
    measures.line("ouvrir", open_it)
    try:
        with transaction.atomic():
            open_it()
            _open_pages(measures, client, _read(session), jury)
            raise TakenBack
    except TakenBack:
        pass
    for role in (Role.Name.PRESIDENT, Role.Name.SECRETARIAT, Role.Name.DIRECTOR):
        someone = User.objects.filter(roles__role=role, roles__department=session.department).first()
        assert someone is not None  # the demonstration has each
        theirs = Client()
        theirs.force_login(someone)
        measures.page(f"accueil, {role}", theirs, reverse("home"))
    measures.page("liste des jurys", client, reverse("jury:sessions"))
    for query in ("NOM0001", "S4", "PV"):
        measures.page(f"chercher {query}", client, reverse("search"), q=query)


def _open_pages(measures: Measures, client: Client, session: Session, jury: Callable[..., str]) -> None:
    cases = Proceedings.of(session).cases
    case = next((case for case in cases if case.undecided), cases[0])
    student = Student.objects.get(department=session.department, number=case.id)
    room = jury("room")
    measures.page("salle", client, room)
    version = str(client.get(room).context["version"])
    measures.page("suivre, rien de neuf", client, jury("live"), depuis=version)
    measures.page("dossier", client, jury("card", case.id))
    measures.line("décider", lambda: _decide(session, student))
    _decide(session, student)
    measures.page("suivre, une décision", client, jury("live"), depuis=version)
    measures.page("projection", client, room, projection="1")
    measures.page("répartition", client, jury("spread"))
    settle(session)
    session.members.update(presence="present")
    measures.page("salle, tout décidé", client, room)
    measures.page("dossier, tout décidé", client, jury("card", case.id))
    measures.page("page de clôture", client, jury("close"))
    measures.line("clore", lambda: services.close(session=_read(session), by=session.president))
    services.close(session=_read(session), by=session.president)
    measures.page("salle, clos", client, room)
    _after(measures, client, session, student)


def _after(measures: Measures, client: Client, session: Session, student: Student) -> None:
    """What a closed jury gives to read."""

    def jury(name: str, *arguments: object) -> str:
        return reverse(f"jury:{name}", args=[session.pk, *arguments])

    measures.page("après le jury", client, jury("after"))
    measures.page("documents d’un étudiant", client, jury("student_documents", student.number))
    measures.page("lots", client, jury("batches"))
    measures.page("suites", client, jury("following"))
    measures.page("statistiques", client, jury("figures"))
    measures.page("résultats, classeur", client, jury("results_xlsx"))
    measures.page("résultats, CSV", client, jury("results_csv"))
    measures.page("PV, fichier", client, jury("minutes_pdf", 1), times=1)
    measures.page("relevé, fichier", client, jury("student_pdf", "releve", student.number))
    account = User.objects.create_user("mesure", first_name="Camille", last_name="Mesure")
    Role.objects.create(user=account, department=session.department, role=Role.Name.STUDENT)
    Student.objects.filter(pk=student.pk).update(account=account)
    own = Client()
    own.force_login(account)
    measures.page("mes notes", own, reverse("own:marks"))
