"""The journal of an IUT, 400,000 entries, read a page at a time: what PostgreSQL takes."""

from __future__ import annotations

import argparse

import django
from django.http import QueryDict

from tests.benchmarks import apart


def main() -> None:
    parser = argparse.ArgumentParser(prog="tests.benchmarks.journal")
    parser.add_argument("--students", type=int, required=True, help="of the jury measured: names the IUT")
    asked = parser.parse_args()
    django.setup()
    from butrt.base.journal.models import Entry
    from butrt.base.journal.pages import OLDER, page_of
    from tests.benchmarks import iut
    from tests.benchmarks.measures import Measure, Measures

    session = iut.built(asked.students)
    here = Entry.objects.select_related("by", "department").filter(department=session.department)
    rare = here.filter(act="session.open")
    late = here.order_by("at", "pk")[150]
    measures = Measures()
    measures.line("journal d’un département, SQL", lambda: page_of([here], QueryDict()))
    measures.line("journal d’un département, un acte, SQL", lambda: page_of([rare], QueryDict()))
    last = QueryDict(f"{OLDER}={late.pk}")
    measures.line("journal d’un département, sa dernière page, SQL", lambda: page_of([here], last))
    lines: dict[str, Measure] = {
        name: {"value": line["sql"], "unit": "ms"} for name, line in measures.lines.items()
    }
    apart.answer({"journal": lines})


if __name__ == "__main__":
    main()
