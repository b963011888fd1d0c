"""Many teachers at once on one sheet, as the browser saves: every mark lands, no database says it is locked.

How long they wait is in the table, by HTTP (`scale/teachers.py`).
"""

from __future__ import annotations

import json
import threading

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from grades.models import Mark, MarkChange
from tests.factories import make_assessment, make_cohort, make_enrolment, make_teaching, make_user
from tests.journal import first_break

pytestmark = pytest.mark.django_db(transaction=True)
MARKS = 50  # shared between the writers


@pytest.mark.parametrize("writers", [8, 50])
def test_every_mark_of_simultaneous_writers_lands(writers):
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
            try:
                answer = client.post(address, json.dumps({"cells": [cell]}), "application/json")
                if answer.json()["cells"][0]["state"] != "saved":
                    refused.append(answer.content.decode())
            except Exception as error:  # whatever it is ("database is locked"), the test must tell it
                refused.append(repr(error))
        connection.close()

    threads = [threading.Thread(target=write, args=[place]) for place in range(writers)]
    for thread in threads:
        thread.start()
    start.wait()
    for thread in threads:
        thread.join()

    assert refused == []
    marks = {(mark.enrolment_id, mark.assessment_id): mark.value for mark in Mark.objects.all()}
    assert marks == {
        (enrolment.pk, assessment.pk): (place + index) % 20
        for place, enrolment in enumerate(enrolments)
        for index, assessment in enumerate(assessments)
    }
    assert MarkChange.objects.count() == len(marks) == writers * each
    assert first_break() is None
