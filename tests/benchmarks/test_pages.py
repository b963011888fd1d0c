"""The queries of the room and of a mark saved, judged; what the room weighs and five parcours take, told."""

from __future__ import annotations

import gzip
import json
import random
import statistics
import time
from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from butrt.base.accounts.models import User
from curriculum.models import Programme
from grades.models import Assessment, Cohort, Enrolment, Mark, Teaching
from jury.management.demo import load_demo
from jury.models import Session
from jury.sittings import services
from tests.benchmarks import MEASURED
from tests.factories import make_student, programme_of

pytestmark = [pytest.mark.django_db, pytest.mark.benchmark]
STUDENTS = 30
TIMES = 5 if MEASURED else 1


@pytest.fixture(scope="module")
def loaded(once: Callable) -> None:
    """The demonstration is in the database, for each test to grow."""
    once(load_demo)


def parcours_grown_to(number: int) -> Session:
    """The five parcours of the demonstration, so many students each, with random marks everywhere."""
    cohort = Cohort.objects.named().get(year=2, school_year=2024, programmes__parcours__short="Cyber")
    for programme in cohort.taught:
        _grow(cohort, programme, number - cohort.enrolments.filter(programme=programme).count())
    return Session.objects.with_programme().get(semester=4, cohort=cohort)


def grown_to(number: int) -> Session:
    """The demonstration grown to so many students, with random marks everywhere: 100 a student and more."""
    cohort = Cohort.objects.get(year=2, school_year=2024, programmes__modality="apprentissage")
    _grow(cohort, programme_of(cohort), number - cohort.enrolments.count())
    return Session.objects.with_programme().get(semester=4, cohort=cohort)


def _grow(cohort: Cohort, programme: Programme, missing: int) -> None:
    teacher = User.objects.get(username="h.marchetti")
    department = programme.parcours.department
    students = [make_student(department, last_name=f"ZFOULE{place:03}") for place in range(missing)]
    enrolments = Enrolment.objects.bulk_create(
        Enrolment(cohort=cohort, programme=programme, student=student) for student in students
    )
    followed = programme.elements.values("code")
    dice = random.Random(7)
    entered_at = Mark.objects.values_list("entered_at", flat=True).first()
    Mark.objects.bulk_create(
        Mark(
            assessment=assessment,
            enrolment=enrolment,
            value=dice.randrange(0, int(assessment.maximum) * 4 + 1) / 4,
            entered_by=teacher,
            entered_at=entered_at,
        )
        for assessment in Assessment.objects.filter(
            kind="normal", teaching__cohort=cohort, teaching__element__code__in=followed
        )
        for enrolment in enrolments
    )


@pytest.fixture
def crowd(db: None, loaded: None) -> Session:
    return grown_to(STUDENTS)


def queries_of(act: Callable[[], object]) -> int:
    """The second time it is done: a process loads things once."""
    act()
    with CaptureQueriesContext(connection) as queries:
        act()
    # A test's own transaction makes savepoints of the transactions inside: they are not the page's queries.
    return sum("SAVEPOINT" not in query["sql"] for query in queries)


def timed(act: Callable[[], object]) -> tuple[int, float]:
    """(queries, median milliseconds of processor) of an act done TIMES times after those."""
    number = queries_of(act)
    spent = []
    for _ in range(TIMES):
        start = time.process_time()
        act()
        spent.append(1000 * (time.process_time() - start))
    return number, statistics.median(spent)


@pytest.mark.parametrize("students", [28, 150] if MEASURED else [40])
def test_jury_room(client: Client, loaded: None, students: int, capsys):
    """At most 21 queries, in preparation (live) as in deliberation (frozen); what it weighs."""
    session = grown_to(students)
    assert session.cohort.enrolments.count() == students
    client.force_login(session.president)
    room, live = (reverse(name, args=[session.pk]) for name in ("jury:room", "jury:live"))
    queries = {"live": queries_of(lambda: client.get(room))}
    services.open_deliberation(session=session, by=session.president, motive="Mesure.")
    queries["frozen"] = queries_of(lambda: client.get(room))
    page = client.get(room)
    version = str(page.context["version"])
    queries["poll, nothing new"] = queries_of(lambda: client.get(live, {"depuis": version}))
    student = session.cohort.enrolments.first().student
    services.decide(
        session=session,
        student=student,
        kind="year",
        subject="",
        code="RED",
        motive="Mesure.",
        by=session.president,
        confirmed_against_right=True,
    )
    queries["poll, a decision"] = queries_of(lambda: client.get(live, {"depuis": version}))
    queries["projection"] = queries_of(lambda: client.get(room + "?projection"))
    queries["card"] = queries_of(lambda: client.get(reverse("jury:card", args=[session.pk, student.number])))
    with capsys.disabled():
        small = len(gzip.compress(page.content, 6)) / 1000
        print(
            f"\njury room, {students} students: {len(page.content) / 1000:.0f} kB, {small:.0f} gzipped",
            end="",
        )
    assert max(queries.values()) <= 21


def test_a_jury_of_five_parcours(client: Client, loaded: None, capsys):
    """No more queries than with one programme, nor much more time than as many students in one."""
    students = 30 if MEASURED else 10
    session = parcours_grown_to(students)
    client.force_login(session.president)
    figures = {}
    for page, query in (
        ("room", ""),
        ("room", "?parcours=Cyber"),
        ("room", "?groupe=programme"),
        ("prepare", ""),
        ("spread", ""),
    ):
        address = reverse(f"jury:{page}", args=[session.pk]) + query
        figures[page + query] = timed(lambda address=address: client.get(address))
    services.open_deliberation(session=session, by=session.president, motive="Mesure.")
    room = reverse("jury:room", args=[session.pk])
    figures["room, frozen"] = timed(lambda: client.get(room))
    weight = len(client.get(room).content)
    with capsys.disabled():
        for name, (queries, spent) in figures.items():
            print(f"\nfive parcours of {students}, {name}: {queries} queries, {spent:.0f} ms", end="")
        print(f"\nfive parcours, the room: {weight / 1000:.0f} kB", end="")
    assert max(queries for name, (queries, _) in figures.items() if name.startswith("room")) <= 21


def test_one_cell_of_the_mark_sheet(client: Client, crowd: Session):
    """One mark saved among those of STUDENTS, with averages: at most 16 queries, two of them locks."""
    teaching = Teaching.objects.get(element__code="R401", cohort=crowd.cohort)
    client.force_login(teaching.heads.first())
    mark = Mark.objects.filter(assessment__teaching=teaching, assessment__locked=False).first()
    address = reverse("grades:save", args=[teaching.pk])
    version = mark.version

    def save() -> None:
        nonlocal version
        cell = {"a": mark.assessment_id, "e": mark.enrolment_id, "t": f"{version % 20}", "v": version}
        answer = client.post(address, json.dumps({"cells": [cell]}), content_type="application/json")
        assert answer.status_code == 200, answer.content
        assert answer.json()["cells"][0]["state"] == "saved", answer.json()
        version += 1

    assert queries_of(save) <= 16
