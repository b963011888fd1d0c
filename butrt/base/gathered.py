"""Many small rows given as one, by the database.

A promotion has thousands of marks: to make a tuple of each takes longer than to read them.
"""

from __future__ import annotations

import json
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Aggregate, TextField
from django.db.models.sql.compiler import SQLCompiler


class Gathered(Aggregate):
    """`Gathered(key, value)`: those of a group as the text of a JSON object; `gathered` reads it.

    In no order. No key may be there twice.
    """

    function = "JSON_GROUP_OBJECT"
    arity = 2
    output_field = TextField()

    def as_postgresql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **extra: Any
    ) -> tuple[str, Any]:
        extra |= {"function": "JSON_OBJECT_AGG", "template": f"{self.template}::text"}
        return self.as_sql(compiler, connection, **extra)


def gathered(text: str) -> dict[int, str]:
    """What `Gathered` gave of whole numbers and texts."""
    return {int(key): value for key, value in json.loads(text).items()}
