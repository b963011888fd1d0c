"""What a jury costs in a department with years behind: processor and queries, by page and by act.

    BUTRT_DATA_DIR=/tmp/past .venv/bin/python -m tests.benchmarks.past [--students 150] [--years 5]

It takes minutes to build: kept in BUTRT_DATA_DIR from one run to the next, in a temporary folder without it.
`--profile card` tells where a line of the table spends its time.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile

import django


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Ce que coûte un jury dont le département a un passé.")
    parser.add_argument("--students", type=int, default=150)
    parser.add_argument("--years", type=int, default=5)
    parser.add_argument("--profile", default="", help="le nom d’une ligne : où elle passe son temps")
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        os.environ.setdefault("BUTRT_DATA_DIR", folder)
        os.environ["BUTRT_DEMO"] = "1"
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "butrt.settings")
        django.setup()
        from tests.benchmarks import years_behind  # models are there only now

        session = years_behind.built(asked.students, asked.years)
        years_behind.measure(session, asked.profile)


if __name__ == "__main__":
    main(sys.argv[1:])
