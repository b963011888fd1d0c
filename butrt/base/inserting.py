"""Rows of which an act writes thousands, in one statement that the database runs for each.

`bulk_create` prepares every column of every row in Python, and on SQLite asks a query for every fifty rows.
Here the values are written as they are given: they are the columns' own (a text, a number, a date, a key).
PostgreSQL, which would be asked for each row, is given them together.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import Any

from django.db import connection
from django.db.models import Model


def insert(model: type[Model], columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """`columns`: names of fields, "student_id" for a key; a nullable one that is left out is null."""
    if not rows:
        return
    quoted = connection.ops.quote_name
    column_of = {field.attname: str(field.column) for field in model._meta.concrete_fields}
    names = ", ".join(quoted(column_of[name]) for name in columns)
    values = f"({', '.join(['%s'] * len(columns))})"
    into = f"INSERT INTO {quoted(model._meta.db_table)} ({names}) VALUES"
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.executemany(f"{into} {values}", rows)
        else:
            together = ", ".join([values] * len(rows))
            cursor.execute(f"{into} {together}", [*chain.from_iterable(rows)])
