"""The run itself; see `tests/benchmarks/scale/__init__.py`."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.benchmarks.scale.ground import stand_on

FOLDER = stand_on("tests.benchmarks.scale")

from django.core.management import call_command  # noqa: E402
from django.db import connections  # noqa: E402
from django.utils import timezone  # noqa: E402

from jury.documents.batches.services import start  # noqa: E402
from jury.models import Batch, Piece  # noqa: E402
from tests.benchmarks.scale import proof, servers, table, world  # noqa: E402

MADE_WITHIN = 600  # seconds for the batches to end, once the people have left
REMAINING = 20  # seconds for who waits for an answer when the time is up
PACE = {"teachers": (10.0, 30.0), "students": (120.0, 240.0)}  # seconds between two acts of one person


def main() -> int:
    options = asked()
    call_command("migrate", verbosity=0)
    try:
        return run(options, FOLDER)
    finally:
        if options.keep:
            say(f"logs and facts are in {FOLDER}")
        else:
            shutil.rmtree(FOLDER)


def asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tests.benchmarks.scale")
    parser.add_argument("--teachers", type=int, default=100)
    parser.add_argument("--students", type=int, default=1000)
    parser.add_argument("--seconds", type=int, default=180)
    parser.add_argument("--documents", type=int, default=100, help="students of each batch of transcripts")
    parser.add_argument("--batches", type=int, default=2)
    parser.add_argument("--workers", type=int, default=3)
    parser.add_argument("--pace", type=float, default=1.0, help="how many times slower people act")
    parser.add_argument("--locust", default=shutil.which("locust") or "locust")
    parser.add_argument("--without-nginx", action="store_true", help="clients choose a group themselves")
    parser.add_argument("--keep", action="store_true", help="keep the logs and what clients were answered")
    return parser.parse_args()


def run(options: argparse.Namespace, folder: Path) -> int:
    say(f"making {options.students} students, {options.teachers} teachers")
    people = world.make_people(teachers=options.teachers, students=options.students)
    closed = [world.closed_session(options.documents) for _ in range(options.batches)]
    proof.acknowledge()
    groups = [servers.web_group(f"web-{letter}", folder) for letter in "ab"]
    workers = [servers.worker(f"worker-{place + 1}", folder) for place in range(options.workers)]
    nginx = None if options.without_nginx else servers.front(groups, folder)
    fleet = [*groups, *workers, *([nginx] if nginx else [])]
    try:
        for server in fleet:
            server.start()
        for server in [*groups, *([nginx] if nginx else [])]:
            server.wait_until_alive()
        hosts = [f"http://127.0.0.1:{server.port}" for server in ([nginx] if nginx else groups)]
        pace = {who: [options.pace * bound for bound in bounds] for who, bounds in PACE.items()}
        (folder / "people.json").write_text(
            json.dumps(people | {"hosts": hosts, "pace": pace, "seconds": options.seconds})
        )
        (folder / "facts.jsonl").touch()
        events, batches = crowd(options, folder, groups, workers, closed)
        say("the people have left; waiting for the documents")
        ended = wait_for(batches)
        events = sorted([*events, (ended, "the last batch is whole")])
    finally:
        for server in reversed(fleet):
            server.stop()
    return tell(options, folder, people, events, batches, front="nginx" if nginx else "clients choose")


def crowd(options, folder, groups, workers, closed):
    """The people and, meanwhile, the kills. Answers (what happened when, the batches)."""
    everyone = options.teachers + options.students
    locust = subprocess.Popen(
        [
            *(options.locust, "-f", Path(__file__).with_name("people.py"), "--headless", "--only-summary"),
            *("-u", str(everyone), "-r", str(everyone), "-t", f"{options.seconds}s"),
            *("--stop-timeout", str(REMAINING)),
        ],
        env={"PATH": os.environ["PATH"], "HOME": str(folder), "BUTRT_SCALE": str(folder)},
        stdout=(folder / "locust.log").open("wb"),
        stderr=subprocess.STDOUT,
    )
    began = time.time()
    events = [(began, f"{options.teachers} teachers and {options.students} students come")]
    batches: list[Batch] = []
    try:
        for share, act in timeline(options, began, groups, workers, closed, batches):
            while (left := began + share * options.seconds - time.time()) > 0 and locust.poll() is None:
                time.sleep(min(left, 0.2))
            what = act()
            events.append((time.time(), what))
            say(what)
        locust.wait(options.seconds + 10 * REMAINING)
    finally:
        if locust.poll() is None:
            locust.kill()
    events.append((time.time(), "the people have left"))
    return events, batches


def timeline(options, began, groups, workers, closed, batches) -> Iterator[tuple[float, Callable[[], str]]]:
    """(share of the time, what happens then)."""
    first, second = groups

    def ask_for_documents() -> str:
        for session, president in closed:
            batches.append(start(session=session, kinds=["releve"], form=Batch.Form.PDF, by=president))
        return f"transcripts asked for: batches of {options.documents} × {len(batches)}"

    def kill_a_worker() -> str:
        end = time.monotonic() + 20
        while (victim := servers.at_work(workers)) is None and time.monotonic() < end:
            time.sleep(0.01)
        busy = "in the middle of a document" if victim else "idle"
        victim = victim or workers[0]
        victim.kill()
        return f"{victim.name} killed {busy}, not restarted"

    def kill(group: servers.Server, then: str) -> str:
        group.kill()
        return f"{group.name} killed, {then}"

    def restart() -> str:
        since = time.monotonic()
        first.start()
        first.wait_until_alive()
        return f"{first.name}, started {time.monotonic() - since:.0f} s ago, answers again"

    yield 0.2, ask_for_documents
    yield 0.27, kill_a_worker
    yield 0.4, lambda: kill(first, "to be restarted")
    yield 0.55, restart
    served = (time.time() - began) / options.seconds  # on a loaded machine a group is long to start
    yield max(0.75, served + 0.15), lambda: kill(second, "not restarted")


def wait_for(batches: list[Batch]) -> float:
    """When the last batch ended; now, if one has not within `MADE_WITHIN`."""
    end = time.monotonic() + MADE_WITHIN
    asked_for = Batch.objects.filter(pk__in=[batch.pk for batch in batches])
    while asked_for.filter(finished_at=None).exists():
        if time.monotonic() > end:
            return time.time()
        time.sleep(0.5)
    return max(batch.finished_at for batch in asked_for.only("finished_at")).timestamp()


def tell(options, folder, people, events, batches, *, front) -> int:
    """Print the table; 1 when something is lost."""
    facts = proof.facts_of(folder)
    marks = proof.compare_marks(facts, [teacher["assessment"] for teacher in people["teachers"]])
    wrong = list(marks.wrong)
    pieces = 0
    for batch in Batch.objects.filter(pk__in=[batch.pk for batch in batches]):
        expected = set(batch.session.cohort.enrolments.values_list("student__number", flat=True))
        pieces += batch.pieces.filter(state=Piece.State.DONE).count()
        wrong += [f"batch {batch.pk}: {sentence}" for sentence in proof.compare_batch(batch, expected)]
    checks = {command: proof.check(command) for command in ("check_all", "check_journal")}
    wrong += [f"{command}: {sentences}" for command, (clean, sentences) in checks.items() if not clean]
    load = ", ".join(f"{figure:.1f}" for figure in os.getloadavg())
    lines = [
        f"{timezone.now():%d/%m/%Y %H:%M} UTC, {os.cpu_count()} processors, load {load}; front: {front}; "
        f"2 groups of 2 × 4 threads, {options.workers} workers, PostgreSQL.",
        "",
        *table.request_lines(facts, next(at for at, what in events if "killed" in what)),
        "",
        *table.kill_lines(facts, events),
        "",
        "| nothing lost | |",
        "|---|--:|",
        f"| marks told saved | {marks.told} |",
        f"| found, with history and journal, once | {marks.right} |",
        f"| answer never heard: done whole, not done | {marks.unheard_done}, {marks.unheard_not} |",
        f"| documents asked for, made once | {options.batches * options.documents}, {pieces} |",
        *(
            f"| `{command}` | {'nothing to say' if clean else 'FAILS'} |"
            for command, (clean, _) in checks.items()
        ),
        f"| wrong | {len(wrong)} |",
    ]
    print("\n".join(lines), flush=True)
    for sentence in wrong[:20]:
        print(f"WRONG: {sentence}")
    return 1 if wrong or not marks.told else 0


def say(what: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {what}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    with contextlib.closing(connections["default"]):
        sys.exit(main())
