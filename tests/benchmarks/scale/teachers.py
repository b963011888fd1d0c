"""Many teachers who save marks at the same moment, without a pause, on the site as the README deploys it.

    .venv/bin/python -m tests.benchmarks.scale.teachers [--teachers 50,100 --seconds 30]

nginx, gunicorn (four processes of four threads), a PostgreSQL that waits for the disk; ten departments. Each
teacher saves a mark of an évaluation of their own, hears the answer, saves the next. Tells how many marks a
second, how long each waited, the processor that a mark takes of each server (what a machine that others share
changes least), and that each mark told saved is there, in its history and in the journal, once.
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
from pathlib import Path
from typing import Any

from tests.benchmarks.scale.ground import LASTING, stand_on

FOLDER = stand_on("tests.benchmarks.scale.teachers", LASTING)

from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402

from tests.benchmarks.scale import proof, servers, world  # noqa: E402

STUDENTS = 1000  # of ten departments
PATIENCE = 60  # seconds that a teacher waits for an answer
CSRF = "x" * 32
TICKS = os.sysconf("SC_CLK_TCK")  # of a second: how the system counts processor


def main() -> int:
    parser = argparse.ArgumentParser(prog="tests.benchmarks.scale.teachers")
    parser.add_argument("--teachers", default="50,100", help="how many at once, one run after the other")
    parser.add_argument("--seconds", type=int, default=30)
    asked = parser.parse_args()
    crowds = [int(number) for number in asked.teachers.split(",")]
    call_command("migrate", verbosity=0)
    people = world.make_people(teachers=sum(crowds), students=STUDENTS)["teachers"]
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    site = servers.web_group("web", FOLDER, processes=4)
    front = servers.front([site], FOLDER)
    fleet = [site, *([front] if front else [])]
    try:
        for server in fleet:
            server.start()
            server.wait_until_alive()
        print(f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}\n")
        print("| teachers | marks | a second | p50, p95 (ms) | ms of processor a mark | wrong |")
        print("|--:|--:|--:|--:|---|--:|", flush=True)
        wrong = [sentence for crowd in crowds for sentence in _play(people, crowd, asked.seconds, fleet)]
    finally:
        for server in reversed(fleet):
            server.stop()
    clean, sentences = proof.check("check_journal")
    wrong += [] if clean else [sentences]
    print("\n".join(["", *(f"WRONG: {sentence}" for sentence in wrong[:20])]))
    connection.close()
    shutil.rmtree(FOLDER)
    return int(bool(wrong))


def _play(people: list[dict[str, Any]], crowd: int, seconds: int, fleet: list[servers.Server]) -> list[str]:
    """A crowd's line of the table; what is wrong of its marks."""
    teachers = [Teacher(people.pop(), fleet[-1].port) for _ in range(crowd)]
    roots = {server.name: server.process.pid for server in fleet if server.process}
    roots["PostgreSQL"] = _postgres()
    together = threading.Barrier(crowd + 1)
    threads = [threading.Thread(target=teacher.fill, args=[together, seconds]) for teacher in teachers]
    for thread in threads:
        thread.start()
    together.wait()
    before, began = {name: _processor(root) for name, root in roots.items()}, time.monotonic()
    for thread in threads:
        thread.join()
    lasted = time.monotonic() - began
    spent = {name: _processor(root) - before[name] for name, root in roots.items()}

    facts = [fact for teacher in teachers for fact in teacher.facts]
    marks = proof.compare_marks(facts, [teacher.me["assessment"] for teacher in teachers])
    waits = [wait for teacher in teachers for wait in teacher.waits]
    failures = [failure for teacher in teachers for failure in teacher.failures]
    wrong = [*marks.wrong, *failures]
    each = ", ".join(f"{name} {1000 * spent[name] / marks.told:.1f}" for name in roots)
    print(
        f"| {crowd} | {marks.right} | {marks.told / lasted:.0f}"
        f" | {statistics.median(waits):.0f}, {statistics.quantiles(waits, n=20)[-1]:.0f}"
        f" | **{1000 * sum(spent.values()) / marks.told:.1f}** ({each}) | {len(wrong)} |",
        flush=True,
    )
    return wrong


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


def _postgres() -> int:
    """The process that all those of PostgreSQL come from, on this machine."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (number,) = cursor.fetchone()
    return int(_stat(number)[1])


def _processor(root: int) -> float:
    """Seconds of processor so far of a process, its children, and those of its children that ended."""
    ticks = sum(map(int, _stat(root)[11:15]))
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = _stat(int(folder.name))
        except (FileNotFoundError, ProcessLookupError):  # it has just ended
            continue
        if int(fields[1]) == root:
            ticks += sum(map(int, fields[11:13]))
    return ticks / TICKS


def _stat(number: int) -> list[str]:
    """The fields of /proc/…/stat after the command: the state, the parent; processor from the twelfth on."""
    return Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()


if __name__ == "__main__":
    sys.exit(main())
