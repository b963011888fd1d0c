"""What PostgreSQL alone takes to save marks: a chain of the journal for each department, and one for all.

    .venv/bin/python -m tests.benchmarks.scale.chains [--writers 50 --seconds 20]

pgbench plays `a_mark.sql`: each writer has an évaluation of their own, in one of ten departments. The second
line is the site of before 0.9, where everybody waited for one chain.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from tests.benchmarks.scale.ground import LASTING, stand_on

FOLDER = stand_on("tests.benchmarks.scale.chains", LASTING)

from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402

from butrt.base.journal.models import Head  # noqa: E402
from tests.factories import make_assessment, make_enrolment, make_user  # noqa: E402

DEPARTMENTS = 10
CHAINS = {"a chain for each department": "department", "one chain for all": Head.INSTALLATION}
SCRIPT = Path(__file__).with_name("a_mark.sql")


def main() -> None:
    parser = argparse.ArgumentParser(prog="tests.benchmarks.scale.chains")
    parser.add_argument("--writers", type=int, default=50)
    parser.add_argument("--seconds", type=int, default=20)
    asked = parser.parse_args()
    call_command("migrate", verbosity=0)
    _make_writers(asked.writers)
    print(f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}; {asked.writers} writers\n")
    print("| the journal | marks a second | a mark, ms |\n|---|--:|--:|", flush=True)
    for name, chain in CHAINS.items():
        with connection.cursor() as cursor:
            cursor.execute(f"UPDATE benchmark_writer SET chain = {chain}")
        rate, wait = _played(asked.writers, asked.seconds)
        print(f"| {name} | {rate:.0f} | {wait:.0f} |", flush=True)
    shutil.rmtree(FOLDER)


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


def _played(writers: int, seconds: int) -> tuple[float, float]:
    """(marks a second, milliseconds that each waited)."""
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
    figures = dict(re.findall(r"^(tps|latency average) = ([\d.]+)", answer, re.MULTILINE))
    return float(figures["tps"]), float(figures["latency average"])


if __name__ == "__main__":
    sys.exit(main())
