"""What printing costs: ours beside WeasyPrint alone, and the PV by its size."""

from __future__ import annotations

import copy
import gc
import resource
import statistics
from collections.abc import Callable, Iterator
from time import process_time

import pytest
import weasyprint

from butrt.base.documents import render
from jury.cases.proceedings import Proceedings
from jury.documents.fingerprints import fingerprint
from jury.documents.minutes.document import render_minutes
from jury.documents.transcripts.document import transcript_to_print
from jury.models import Minutes
from tests.benchmarks import MEASURED
from tests.jury import snapshots

ROUNDS = 3
SIZES = [28, 100, 150] if MEASURED else [28]
SELDOM_COLLECTED = (50_000, 20, 100)  # as the workers do
CODE = "A" * 26


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
