"""Thousands of rows in one statement."""

import datetime
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from butrt.base.inserting import insert
from jury.models import Result
from tests.factories import make_department, make_student

pytestmark = pytest.mark.django_db
COLUMNS = (
    *("student_id", "kind", "subject", "school_year", "source", "average", "code"),
    *("credits", "decided_on", "document", "withdrawal_motive"),
)


def line(student, number):
    day = datetime.date(2025, 7, 4)
    return (student.pk, "unit", f"UE{number}", 2024, "import", "12.5", "ADM", Decimal("6.0"), day, "PV", "")


def test_rows_are_written_as_the_fields_of_their_model_are():
    student = make_student(make_department())
    with CaptureQueriesContext(connection) as queries:
        insert(Result, COLUMNS, [line(student, number) for number in range(200)])

    assert len(queries) == 1
    assert Result.objects.count() == 200
    row = Result.objects.get(subject="UE7")
    made = Result(**dict(zip(COLUMNS, line(student, 7), strict=True)), pk=row.pk)
    assert {field.name: field.value_from_object(row) for field in Result._meta.concrete_fields} == {
        field.name: field.value_from_object(made) for field in Result._meta.concrete_fields
    }


def test_what_the_database_forbids_is_refused_whole():
    student = make_student(make_department())
    with pytest.raises(IntegrityError), transaction.atomic():
        insert(Result, COLUMNS, [line(student, 1), line(student, 2), line(student, 1)])

    assert not Result.objects.exists()
