"""Keeping what the nightly acts said, and reading it back."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from django.dispatch import receiver
from django.utils import timezone

from butrt.base.nights.models import Run
from butrt.base.workers.services import housekeeping

KEPT = timedelta(days=400)


class WentWrong(Exception):
    """A nightly act that could not be done, or found a fault; its text is for who runs the site."""


@contextmanager
def running(act: Run.Act) -> Iterator[Run]:
    """Keep that an act begins, then how it ended; the block gives its run a `summary`.

    What stops it is kept and raised again: the command that does the act must fail too.
    """
    run = Run.objects.create(act=act, host=socket.gethostname(), began_at=timezone.now())
    try:
        yield run
        run.went_well = True
    except BaseException as problem:
        run.summary = (
            str(problem) if isinstance(problem, WentWrong) else f"{type(problem).__name__} : {problem}"
        )
        raise
    finally:
        run.ended_at = timezone.now()
        run.save()


def last_runs() -> dict[str, Run]:
    """{act: its last run}, for the acts that ever ran. One query each, from an index."""
    runs = {act: Run.objects.filter(act=act).order_by("-began_at").first() for act in Run.Act.values}
    return {act: run for act, run in runs.items() if run}


@receiver(housekeeping, dispatch_uid="nights.forget")
def forget(**_: Any) -> None:
    """Runs of more than a year ago are of no use."""
    Run.objects.filter(began_at__lt=timezone.now() - KEPT).delete()
