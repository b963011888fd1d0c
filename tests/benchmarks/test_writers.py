"""Many teachers at once on one sheet, as the browser saves: every mark lands, no database says it is locked.

SQLite by default; `.ci/postgres .venv/bin/pytest -s tests/benchmarks/test_writers.py` for PostgreSQL.
"""

from __future__ import annotations

import json
import statistics
import threading
import time

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from butrt.base.journal.services import first_break
from grades.models import Mark, MarkChange
from tests.benchmarks import MEASURED
from tests.factories import make_assessment, make_cohort, make_enrolment, make_teaching, make_user

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.benchmark]
MARKS = 100 if MEASURED else 50  # shared between the writers


@pytest.mark.parametrize("writers", [8, 50])
def test_every_mark_of_simultaneous_writers_lands(writers, capsys):
    each = MARKS // writers
    cohort = make_cohort()
    teaching = make_teaching(
        cohort, teachers=[make_user("teacher", department=cohort.department) for _ in range(writers)]
    )
    teachers = list(teaching.teachers.all())
    assessments = [make_assessment(teaching, title=f"DS {place}") for place in range(each)]
    enrolments = [make_enrolment(cohort) for _ in range(writers)]
    address = reverse("grades:save", args=[teaching.pk])
    start = threading.Barrier(writers + 1)
    spent: list[float] = []
    refused: list[str] = []

    def write(place: int) -> None:
        """One teacher fills one student's line, cell after cell, each a request."""
        client = Client()
        client.force_login(teachers[place], backend="django.contrib.auth.backends.ModelBackend")
        start.wait()
        for index, assessment in enumerate(assessments):
            cell = {
                "a": assessment.pk,
                "e": enrolments[place].pk,
                "v": 0,
                "t": str((place + index) % 20),
            }
            since = time.perf_counter()
            try:
                answer = client.post(address, json.dumps({"cells": [cell]}), "application/json")
                if answer.json()["cells"][0]["state"] != "saved":
                    refused.append(answer.content.decode())
            except Exception as error:  # whatever it is ("database is locked"), the test must tell it
                refused.append(repr(error))
            spent.append(1000 * (time.perf_counter() - since))
        connection.close()

    threads = [threading.Thread(target=write, args=[place]) for place in range(writers)]
    for thread in threads:
        thread.start()
    start.wait()
    since = time.perf_counter()
    for thread in threads:
        thread.join()
    whole = time.perf_counter() - since

    assert refused == []
    marks = {(mark.enrolment_id, mark.assessment_id): mark.value for mark in Mark.objects.all()}
    assert marks == {
        (enrolment.pk, assessment.pk): (place + index) % 20
        for place, enrolment in enumerate(enrolments)
        for index, assessment in enumerate(assessments)
    }
    assert MarkChange.objects.count() == len(marks) == writers * each
    assert first_break() is None
    with capsys.disabled():
        p95 = statistics.quantiles(spent, n=20)[-1]
        print(
            f"\n{writers} writers, {connection.vendor}: {len(marks)} marks in {whole:.1f} s,"
            f" {len(marks) / whole:.0f} a second, p95 {p95:.0f} ms",
            end="",
        )
