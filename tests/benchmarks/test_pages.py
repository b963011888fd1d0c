"""The figures of the house (design.md, "Numbers to hold") on a class of 120: queries judged, times told."""

from __future__ import annotations

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

from butrt.accounts.models import User
from grades.models import Assessment, Cohort, Enrolment, Mark, Student, Teaching
from jury import services
from jury.demo import load_demo
from jury.models import Session
from tests.factories import make_student

pytestmark = [pytest.mark.django_db, pytest.mark.benchmark]
STUDENTS = 120


@pytest.fixture
def crowd() -> Session:
    """The demonstration grown to 120 students with random marks everywhere: 12,000 marks and more."""
    load_demo()
    cohort = Cohort.objects.get()
    department = cohort.programme.parcours.department
    teacher = User.objects.get(username="h.marchetti")
    missing = STUDENTS - cohort.enrolments.count()
    students = [make_student(department, last_name=f"ZFOULE{place:03}") for place in range(missing)]
    enrolments = Enrolment.objects.bulk_create(
        Enrolment(cohort=cohort, student=student) for student in students
    )
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
        for assessment in Assessment.objects.filter(kind="normal", teaching__cohort=cohort)
        for enrolment in enrolments
    )
    return Session.objects.with_programme().get(semester=4)


def timed(act: Callable[[], object], times: int = 5) -> tuple[int, float]:
    """(queries, median milliseconds of processor) of an act done `times` times after a first one."""
    act()
    with CaptureQueriesContext(connection) as queries:
        act()
    # A test's own transaction makes savepoints of the transactions inside: they are not the page's queries.
    number = sum("SAVEPOINT" not in query["sql"] for query in queries)
    spent = []
    for _ in range(times):
        start = time.process_time()
        act()
        spent.append(1000 * (time.process_time() - start))
    return number, statistics.median(spent)


def test_jury_room_of_120(client: Client, crowd: Session, capsys):
    """At most 20 queries, in preparation (live) as in deliberation (frozen)."""
    assert Student.objects.count() == STUDENTS
    client.force_login(crowd.president)
    address = reverse("jury:room", args=[crowd.pk])
    live = timed(lambda: client.get(address))
    services.open_deliberation(session=crowd, by=crowd.president, motive="Mesure.")
    frozen = timed(lambda: client.get(address))
    number = crowd.cohort.enrolments.first().student.number
    card = timed(lambda: client.get(reverse("jury:card", args=[crowd.pk, number])))
    with capsys.disabled():
        for name, (queries, spent) in {"live": live, "frozen": frozen, "card": card}.items():
            print(f"\njury room, {STUDENTS} students, {name}: {queries} queries, {spent:.0f} ms", end="")
    assert max(live[0], frozen[0], card[0]) <= 20


def test_one_cell_of_the_mark_sheet(client: Client, crowd: Session, capsys):
    """One mark saved among 120, averages included: at most 10 queries."""
    teaching = Teaching.objects.get(element__code="R401")
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

    queries, spent = timed(save)
    with capsys.disabled():
        print(f"\nmark cell, {STUDENTS} students: {queries} queries, {spent:.0f} ms", end="")
    assert queries <= 10
