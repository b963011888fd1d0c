"""All the transcripts of a session, printed by a few processes that know nothing of the database."""

from __future__ import annotations

import gc
import io
import multiprocessing
import zipfile
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from datetime import datetime
from functools import cache
from multiprocessing.context import BaseContext

from django.utils import timezone

from butrt.documents.render import render_pdf
from jury import wording
from jury.models import Minutes
from jury.proceedings import Proceedings
from jury.transcripts.document import transcript_to_print
from jury.wording import local

# Under this number, starting a process costs more than it saves.
WORTH_A_PROCESS = 8

# Laying out a page makes many objects and no rubbish: looking for it there takes a third of the time.
SELDOM_COLLECTED = (50_000, 20, 100)


def all_transcripts(
    proceedings: Proceedings,
    minutes: Minutes | None = None,
    *,
    codes: Mapping[str, str] | None = None,
    processes: int = 2,
    at: datetime | None = None,
) -> Iterator[tuple[str, bytes]]:
    """Each student's (file name, PDF), in the order of the cohort; provisional without `minutes`.

    `codes` are those of the documents given out, by student number (`jury.documents.issued`).
    The pages are made here and printed there: a worker gets text, never a row nor a connection.
    """
    at = at or timezone.now()
    names = [wording.file_name("RELEVE", case.person) for case in proceedings.cases]
    codes = codes or {}
    jobs = [
        transcript_to_print(proceedings, case.id, minutes=minutes, at=at, code=codes.get(case.id, ""))
        for case in proceedings.cases
    ]
    if processes < 2 or len(jobs) < WORTH_A_PROCESS:
        for name, job in zip(names, jobs, strict=True):
            yield name, render_pdf(**job).content
        return
    with ProcessPoolExecutor(
        processes, _clean_start(), initializer=gc.set_threshold, initargs=SELDOM_COLLECTED
    ) as pool:
        printing = [pool.submit(render_pdf, **job) for job in jobs]
        for name, printed in zip(names, printing, strict=True):
            yield name, printed.result().content


def zip_transcripts(
    proceedings: Proceedings,
    minutes: Minutes | None = None,
    *,
    codes: Mapping[str, str] | None = None,
    processes: int = 2,
    at: datetime | None = None,
) -> bytes:
    """The same in one ZIP file; its bytes depend on the version of the PV alone."""
    at = at or timezone.now()
    stamp = local(minutes.created_at if minutes else at)
    output = io.BytesIO()
    with zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, pdf in all_transcripts(proceedings, minutes, codes=codes, processes=processes, at=at):
            archive.writestr(zipfile.ZipInfo(name, stamp.timetuple()[:6]), pdf, zipfile.ZIP_DEFLATED)
    return output.getvalue()


@cache
def _clean_start() -> BaseContext:
    """Workers forked from a server that has only the printer in memory, started once per process.

    A fork of the web server itself would take its threads' locks and its SQLite connection along.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["butrt.documents.render"])
    return context
