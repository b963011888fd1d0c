"""Many teachers who save marks at the same moment, without a pause, on the site as the README deploys it.

    .venv/bin/python -m tests.benchmarks --only enseignants [--seconds 30]

nginx, gunicorn (four processes of four threads), a PostgreSQL that waits for the disk; ten departments. Each
teacher saves a mark of an évaluation of their own, hears the answer, saves the next. Tells how many marks a
second, how long each waited, the processor that a mark takes of each server (what a machine that others share
changes least), how many marks told saved are not there, in their history and in the journal, once.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import sys
import threading
import time
from http.client import HTTPConnection
from itertools import count
from typing import TYPE_CHECKING, Any

from tests.benchmarks import apart
from tests.benchmarks.scale.ground import LASTING, stand_on

FOLDER = stand_on("tests.benchmarks.scale.teachers", LASTING)

from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402

from tests.benchmarks.scale import proof, servers, world  # noqa: E402

if TYPE_CHECKING:
    from tests.benchmarks.measures import Measure

CROWDS = (50, 100)  # one after the other
STUDENTS = 1000  # of ten departments
PATIENCE = 60  # seconds that a teacher waits for an answer
CSRF = "x" * 32
CORES = len(os.sched_getaffinity(0))  # the clients' and all the servers' together


def main() -> None:
    parser = argparse.ArgumentParser(prog="tests.benchmarks.scale.teachers")
    parser.add_argument("--seconds", type=int, default=30)
    seconds = parser.parse_args().seconds
    call_command("migrate", verbosity=0)
    people = world.make_people(teachers=sum(CROWDS), students=STUDENTS)["teachers"]
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    site = servers.web_group("web", FOLDER, processes=4)
    front = servers.front([site], FOLDER)
    fleet = [site, *([front] if front else [])]
    try:
        for server in fleet:
            server.start()
            server.wait_until_alive()
        run = {f"{crowd} enseignants": _played(people, crowd, seconds, fleet) for crowd in CROWDS}
    finally:
        for server in reversed(fleet):
            server.stop()
    clean, sentences = proof.check("check_journal")
    connection.close()
    if not clean:
        raise SystemExit(sentences)
    shutil.rmtree(FOLDER)
    apart.answer(run)


def _played(
    people: list[dict[str, Any]], crowd: int, seconds: int, fleet: list[servers.Server]
) -> dict[str, Measure]:
    """A crowd's column of the table."""
    teachers = [Teacher(people.pop(), fleet[-1].port) for _ in range(crowd)]
    roots = {server.name: server.process.pid for server in fleet if server.process}
    roots["PostgreSQL"] = servers.postgres()
    together = threading.Barrier(crowd + 1)
    threads = [threading.Thread(target=teacher.fill, args=[together, seconds]) for teacher in teachers]
    for thread in threads:
        thread.start()
    together.wait()
    before, began = {name: servers.processor(root) for name, root in roots.items()}, time.monotonic()
    for thread in threads:
        thread.join()
    lasted = time.monotonic() - began
    spent = {name: servers.processor(root) - before[name] for name, root in roots.items()}

    facts = [fact for teacher in teachers for fact in teacher.facts]
    marks = proof.compare_marks(facts, [teacher.me["assessment"] for teacher in teachers])
    waits = [wait for teacher in teachers for wait in teacher.waits]
    wrong = [*marks.wrong, *(failure for teacher in teachers for failure in teacher.failures)]
    print("".join(f"WRONG: {sentence}\n" for sentence in wrong[:20]), end="", file=sys.stderr)
    each = {name: 1000 * took / marks.told for name, took in spent.items()}
    return {
        "notes enregistrées": {"value": round(marks.told / lasted, 1), "unit": "notes/s"},
        "dont par processeur": {"value": round(marks.told / lasted / CORES, 1), "unit": "notes/s"},
        "attente, médiane": {"value": round(statistics.median(waits)), "unit": "ms"},
        "attente, 95 sur 100": {"value": round(statistics.quantiles(waits, n=20)[-1]), "unit": "ms"},
        "une note enregistrée, par HTTP": {"value": round(sum(each.values()), 1), "unit": "ms"},
        **{f"dont {name}": {"value": round(took, 1), "unit": "ms"} for name, took in each.items()},
        "notes perdues ou fausses": {"value": len(wrong)},
    }


class Teacher:
    """A browser that saves cell after cell, each when the one before is answered."""

    def __init__(self, me: dict[str, Any], port: int) -> None:
        """`me`: as `world.make_people` tells."""
        self.me = me
        self.site = HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        self.headers = {
            "Cookie": f"sessionid={me['session']}; csrftoken={CSRF}",
            "X-CSRFToken": CSRF,
            "X-Requested-With": "fetch",
            "Content-Type": "application/json",
        }
        self.facts: list[dict[str, Any]] = []  # what was asked and told, for `proof.compare_marks`
        self.waits: list[float] = []  # milliseconds
        self.failures: list[str] = []

    def fill(self, together: threading.Barrier, seconds: int) -> None:
        self._ask("GET", f"/elements/{self.me['teaching']}/")
        together.wait()
        end = time.monotonic() + seconds
        for place in count():
            if time.monotonic() > end or self.failures:
                return
            self._save(place)

    def _save(self, place: int) -> None:
        turn, row = divmod(place, len(self.me["enrolments"]))
        enrolment = self.me["enrolments"][row]
        cell = {"a": self.me["assessment"], "e": enrolment, "v": turn, "t": str((turn + row) % 20)}
        self.facts.append({"asked": cell, "by": self.me["user"]})
        since = time.perf_counter()
        answer = self._ask("POST", f"/elements/{self.me['teaching']}/notes/", json.dumps({"cells": [cell]}))
        self.waits.append(1000 * (time.perf_counter() - since))
        if answer:
            told = json.loads(answer)["cells"][0]
            self.facts.append({"told": told, "asked_for": cell, "by": self.me["user"]})

    def _ask(self, method: str, path: str, body: str | None = None) -> bytes:
        """The answer; empty when it is not one, which `failures` then tells."""
        try:
            self.site.request(method, path, body, self.headers)
            answer = self.site.getresponse()
            content = answer.read()
        except OSError as error:
            self.failures.append(f"{path}: {error!r}")
            return b""
        if answer.status != 200:
            self.failures.append(f"{path}: {answer.status}")
            return b""
        return content


if __name__ == "__main__":
    main()
