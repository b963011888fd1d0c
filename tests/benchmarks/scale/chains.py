"""What PostgreSQL alone takes to save marks: a chain of the journal for each department, and one for all.

    .venv/bin/python -m tests.benchmarks --only journal [--seconds 30]

pgbench plays `a_mark.sql`: each writer has an évaluation of their own, in one of ten departments. One chain
for all is the site of before 0.9, where everybody waited for it.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from tests.benchmarks import apart
from tests.benchmarks.scale.ground import LASTING, stand_on

FOLDER = stand_on("tests.benchmarks.scale.chains", LASTING)

from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402

from butrt.base.journal.models import Head  # noqa: E402
from tests.factories import make_assessment, make_enrolment, make_user  # noqa: E402

if TYPE_CHECKING:
    from tests.benchmarks.measures import Measure

DEPARTMENTS = 10
CHAINS = {"une chaîne par département": "department", "une chaîne pour tous": Head.INSTALLATION}
WRITERS = 50
SCRIPT = Path(__file__).with_name("a_mark.sql")


def main() -> None:
    parser = argparse.ArgumentParser(prog="tests.benchmarks.scale.chains")
    parser.add_argument("--seconds", type=int, default=30)
    seconds = parser.parse_args().seconds
    call_command("migrate", verbosity=0)
    _make_writers(WRITERS)
    lines: dict[str, Measure] = {}
    for name, chain in CHAINS.items():
        with connection.cursor() as cursor:
            cursor.execute(f"UPDATE benchmark_writer SET chain = {chain}")
        lines[name] = {"value": _played(WRITERS, seconds), "unit": "notes/s"}
    connection.close()
    shutil.rmtree(FOLDER)
    apart.answer({"journal": lines})


def _make_writers(number: int) -> None:
    departments = [make_assessment() for _ in range(DEPARTMENTS)]
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE benchmark_writer (id int PRIMARY KEY, assessment bigint, enrolment bigint,"
            " department bigint, chain bigint, by bigint)"
        )
        for place in range(number):
            teaching = departments[place % DEPARTMENTS].teaching
            department = teaching.cohort.department
            assessment, teacher = make_assessment(teaching), make_user("teacher", department=department)
            enrolment = make_enrolment(teaching.cohort)
            cursor.execute(
                "INSERT INTO benchmark_writer VALUES (%s, %s, %s, %s, %s, %s)",
                [place, assessment.pk, enrolment.pk, department.pk, department.pk, teacher.pk],
            )
        cursor.execute("VACUUM ANALYZE")
    chains = {Head.INSTALLATION, *(row.teaching.cohort.department.pk for row in departments)}
    for chain in chains:
        Head.objects.get_or_create(chain=chain, defaults={"number": 0, "digest": "0" * 64, "count": 0})


def _played(writers: int, seconds: int) -> float:
    """Marks a second."""
    newest = max(Path("/usr/lib/postgresql").glob("*/bin/pgbench"), key=lambda path: int(path.parts[4]))
    answer = subprocess.run(
        [
            *(str(newest), "--no-vacuum", "--protocol=prepared", f"--file={SCRIPT}"),
            *(f"--client={writers}", "--jobs=2", f"--time={seconds}", os.environ["BUTRT_DATABASE_URL"]),
        ],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    ).stdout
    (rate,) = re.findall(r"^tps = ([\d.]+)", answer, re.MULTILINE)
    return round(float(rate), 1)


if __name__ == "__main__":
    main()
