"""The journal of an IUT, 400,000 entries, read a page at a time: what PostgreSQL takes to execute it."""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Callable
from typing import TYPE_CHECKING

import django
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext

from tests.benchmarks import apart

if TYPE_CHECKING:
    from tests.benchmarks.measures import Measure

TIMES = 15


def main() -> None:
    parser = argparse.ArgumentParser(prog="tests.benchmarks.journal")
    parser.add_argument("--students", type=int, required=True, help="of the jury measured: names the IUT")
    asked = parser.parse_args()
    django.setup()
    from butrt.base.journal.models import Entry
    from butrt.base.journal.pages import OLDER, page_of
    from tests.benchmarks import iut

    session = iut.built(asked.students)
    here = Entry.objects.select_related("by", "department").filter(department=session.department)
    rare = here.filter(act="session.open")
    last = QueryDict(f"{OLDER}={here.order_by('at', 'pk')[150].pk}")
    lines = {
        "journal d’un département, SQL": _executed(lambda: page_of([here], QueryDict())),
        "journal d’un département, un acte, SQL": _executed(lambda: page_of([rare], QueryDict())),
        "journal d’un département, sa page la plus ancienne, SQL": _executed(lambda: page_of([here], last)),
    }
    apart.answer({"journal": lines})


def _executed(read: Callable[[], object]) -> Measure:
    """Milliseconds that its queries take, as PostgreSQL says."""
    with CaptureQueriesContext(connection) as queries:
        read()
    spent = []
    with connection.cursor() as cursor:
        for _ in range(TIMES):
            plans = []
            for query in queries:
                cursor.execute(f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {query['sql']}")
                plans += cursor.fetchone()[0]
            spent.append(sum(plan["Execution Time"] for plan in plans))
    return {"value": round(statistics.median(spent), 2), "unit": "ms"}


if __name__ == "__main__":
    main()
