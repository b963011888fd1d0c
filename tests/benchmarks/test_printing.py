"""What printing costs (make bench): ours beside WeasyPrint alone, and the PV by its size."""

from __future__ import annotations

import copy
import gc
import resource
import statistics
from collections.abc import Callable, Iterator
from time import process_time

import pytest
import weasyprint
from django.test import Client
from django.urls import reverse
from django_tasks_db.models import DBTaskResult

from butrt.base.documents import render
from jury.cases.proceedings import Proceedings
from jury.documents.batches import services as batches
from jury.documents.minutes.content import fingerprint
from jury.documents.minutes.document import render_minutes
from jury.documents.preparing import tasks
from jury.documents.transcripts.document import transcript_to_print
from jury.management.demo import load_demo
from jury.models import Member, Minutes, Printed, Session
from jury.sittings import services
from tests.benchmarks import MEASURED
from tests.benchmarks.test_pages import grown_to
from tests.benchmarks.years_behind import settle
from tests.jury import snapshots
from tests.queue import IN_DATABASE, work

ROUNDS = 3
SIZES = [28, 100, 150] if MEASURED else [28]
CLASS = [28, 120] if MEASURED else []
SELDOM_COLLECTED = (50_000, 20, 100)  # as the workers do
CODE = "A" * 26
SENT_READY = 90  # seconds of processor: 45 on two cores


@pytest.fixture(autouse=True)
def _as_a_worker() -> Iterator[None]:
    usual = gc.get_threshold()
    gc.set_threshold(*SELDOM_COLLECTED)
    yield
    gc.set_threshold(*usual)


def plain(html: str, **options) -> bytes:
    """The same page, by someone who asks WeasyPrint for it and nothing more."""
    page = weasyprint.HTML(string=html, base_url=render.STATIC.as_uri() + "/")
    return page.write_pdf(stylesheets=[weasyprint.CSS(filename=render.STYLESHEET)], **options)


def kept(html: str, **options) -> bytes:
    """The same, with the fonts and the stylesheet kept from one page to the next, as we do."""
    fonts, stylesheet = render._look()
    page = weasyprint.HTML(string=html, base_url=render.STATIC.as_uri() + "/")
    return page.write_pdf(stylesheets=[stylesheet], font_config=fonts, **options)


@pytest.mark.benchmark
@pytest.mark.skipif(not MEASURED, reason="a ratio of two times, for a machine that does nothing else")
def test_a_transcript_beside_weasyprint_alone():
    minutes = snapshots.minutes()
    proceedings = Proceedings.of_minutes(minutes.content)
    jobs = [
        transcript_to_print(proceedings, case.id, minutes=minutes, code=CODE) for case in proceedings.cases
    ]
    ways: dict[str, Callable[[dict], object]] = {
        "ours: PDF/A-3a, tags, data, checks": lambda job: render.render_pdf(**job),
        "WeasyPrint alone": lambda job: plain(job["html"]),
        "WeasyPrint alone, PDF/A-3a": lambda job: plain(job["html"], pdf_variant="pdf/a-3a"),
        "WeasyPrint, fonts and style kept": lambda job: kept(job["html"]),
        "the same, PDF/A-3a": lambda job: kept(job["html"], pdf_variant="pdf/a-3a"),
    }
    times: dict[str, list[float]] = {name: [] for name in ways}
    for make in ways.values():
        make(jobs[0])
    for _ in range(ROUNDS):
        for job in jobs:
            for name, make in ways.items():  # interleaved: the machine's mood is the same for all
                start = process_time()
                make(job)
                times[name].append(process_time() - start)
    print("\nA transcript, CPU, medians (least)")
    for name, spent in times.items():
        print(f"  {name}: {statistics.median(spent) * 1000:.0f} ms ({min(spent) * 1000:.0f})")
    ours, alone = (statistics.median(spent) for spent in list(times.values())[:2])

    assert ours <= 1.1 * alone


def larger(students: int) -> Minutes:
    """The PV of an invented class of this size: the ten of the snapshot, over and over."""
    content = copy.deepcopy(snapshots.minutes(decisions=[]).content)
    people, known = content["cohort"]["students"], content["context"]["students"]
    made = []
    for place in range(students):
        model = people[place % len(people)]
        number = f"9{place:07}"
        made.append(copy.deepcopy(model) | {"id": number})
        known[number] = known[model["id"]] | {"number": number}
    content["cohort"]["students"] = made
    content["decisions"] = Proceedings.of_minutes(content).decisions_object()
    return Minutes(version=1, created_at=snapshots.MADE, content=content, fingerprint=fingerprint(content))


@pytest.mark.benchmark
@pytest.mark.parametrize("students", SIZES)
def test_the_pv_by_its_size(students):
    render_minutes(snapshots.minutes(), CODE)
    minutes = larger(students)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = process_time()
    printed = render_minutes(minutes, CODE)
    spent = process_time() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(
        f"\nPV of {students} students: {spent:.2f} s CPU, {printed.pages} pages, "
        f"{len(printed.content) // 1000} kB, process {peak // 1000} MB at most, "
        f"{(peak - before) // 1000} more than before"
    )

    assert printed.pages > students // 40


def clocked(act: Callable[[], object]) -> tuple[object, float]:
    """What an act gives, and its seconds of processor, those of its children included."""

    def spent() -> float:
        children = resource.getrusage(resource.RUSAGE_CHILDREN)
        return process_time() + children.ru_utime + children.ru_stime

    start = spent()
    given = act()
    return given, spent() - start


@pytest.mark.benchmark
@pytest.mark.django_db
@pytest.mark.parametrize("students", CLASS)
def test_a_jury_prepared_at_its_closing(client: Client, settings, tmp_path, students):
    """From the closing to what is sent ready, then to all, on one core; then from the click to the file."""
    load_demo()
    settings.DATA_DIR = tmp_path
    session = grown_to(students)
    by = session.president
    services.open_deliberation(session=session, by=by, motive="Mesure.")
    settle(session)
    session.members.update(presence=Member.Presence.PRESENT)
    at_once = settings.TASKS
    settings.TASKS, settings.BUTRT_PREPARE = IN_DATABASE, True
    tasks.source_of.cache_clear()
    _, closing = clocked(lambda: services.close(session=fresh(session), by=by))
    _, pv = clocked(lambda: work(1))
    many = DBTaskResult.objects.ready().filter(priority=tasks.SENT).count()
    _, sent = clocked(lambda: work(many))
    _, attestations = clocked(work)
    settings.TASKS = at_once
    made = Printed.objects.count()
    client.force_login(by)
    asked_pv = lambda: client.get(reverse("jury:minutes_pdf", args=[session.pk, 1]))  # noqa: E731
    answer, first_pv = clocked(asked_pv)
    assert answer.content.startswith(b"%PDF")
    _, again_pv = clocked(asked_pv)
    batch, filled = clocked(
        lambda: batches.start(session=fresh(session), kinds=["releve"], form="zip", by=by)
    )
    zipped, given = clocked(lambda: client.get(reverse("jury:batch_file", args=[session.pk, batch.pk])))
    assert len(zipped.content) > 10_000 * students
    client.get(reverse("jury:after", args=[session.pk]))
    _, after = clocked(lambda: client.get(reverse("jury:after", args=[session.pk])))
    print(
        f"\n{students} students, {made} documents; seconds of processor from the closing until "
        f"PV, transcripts and notifications are ready {closing + pv + sent:.0f} ({SENT_READY} is the goal at "
        f"120), until all is {closing + pv + sent + attestations:.0f}: closing {closing:.2f}, PV {pv:.1f}, "
        f"transcripts and notifications {sent:.1f} ({1000 * sent / (2 * students):.0f} ms each), "
        f"attestations {attestations:.1f}; "
        f"then the PV from the click {first_pv:.2f}, again {again_pv:.2f}, "
        f"transcripts in a ZIP {filled:.2f} + {given:.2f}, page after {after:.2f}"
    )


def fresh(session: Session) -> Session:
    return Session.objects.with_programme().get(pk=session.pk)
