"""The pages and acts of one jury, in the database of its size, made when it is not there yet: one column."""

from __future__ import annotations

import argparse

import django
from django.db import transaction

from tests.benchmarks import apart
from tests.benchmarks.table import IUT


def main() -> None:
    parser = argparse.ArgumentParser(prog="tests.benchmarks.pages")
    parser.add_argument("--students", type=int, required=True)
    parser.add_argument("--behind", required=True, help=f"years closed behind the jury, or {IUT}")
    parser.add_argument("--lines", default="", help="those whose name holds one of these words")
    parser.add_argument("--profile", action="store_true")
    asked = parser.parse_args()
    django.setup()
    from tests.benchmarks import acts, iut, years_behind  # models are there only now

    in_iut = asked.behind == IUT
    session = iut.built(asked.students) if in_iut else years_behind.built(asked.students, int(asked.behind))
    with transaction.atomic():
        lines = acts.measure(session, asked.lines, profiled=asked.profile)
        transaction.set_rollback(True)
    apart.answer({f"{asked.students} × {asked.behind}": lines})


if __name__ == "__main__":
    main()
