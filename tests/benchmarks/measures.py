"""How a page or an act is measured: what it took of the processor, how many queries, what it should take.

Each is done and undone, so that the next finds what it found. The figures are medians:
a machine shared with others gives the same within a few hundredths.
"""

from __future__ import annotations

import cProfile
import gc
import pstats
import statistics
import time
from collections.abc import Callable
from typing import TypedDict

from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from jury.cases import figures, proceedings

TIMES = 5


class Measure(TypedDict):
    """A line of the table, as it is kept: milliseconds, those of a cold process, queries."""

    ms: float
    cold: float
    queries: int


class TakenBack(Exception):
    """Ends an act that was only measured."""


def taken_back(act: Callable[[], object]) -> float:
    """Do an act and undo it; the milliseconds of processor that it took."""
    spent = 0.0
    try:
        with transaction.atomic():
            start = time.process_time()
            act()
            spent = 1000 * (time.process_time() - start)
            raise TakenBack
    except TakenBack:
        return spent


def forget() -> None:
    """As a process that never read a session."""
    figures._frozen.cache_clear()
    proceedings._versions.clear()
    figures._latest.clear()


class Measures:
    """The lines measured, by name, in their order."""

    def __init__(self, only: str = "", *, profiled: bool = False) -> None:
        """`only`: what the name of a line must hold to be measured; `profiled`: and told where it goes."""
        self.only, self.profiled = only, profiled
        self.lines: dict[str, Measure] = {}

    def line(self, name: str, act: Callable[[], object]) -> None:
        """The first time a process is asked, then the median of some times; how many queries."""
        if self.only not in name:
            return
        forget()
        cold = taken_back(act)
        gc.collect()
        warm = statistics.median(taken_back(act) for _ in range(TIMES))
        with CaptureQueriesContext(connection) as queries:
            taken_back(act)
        # The savepoints are those of the act taken back.
        number = sum("SAVEPOINT" not in query["sql"] for query in queries)
        self.lines[name] = {"ms": round(warm, 1), "cold": round(cold, 1), "queries": number}
        if self.profiled:
            _tell_where(act)

    def page(self, name: str, client: Client, address: str, **data: str) -> None:
        def get() -> None:
            answer = client.get(address, data)
            if answer.status_code not in (200, 204):
                raise AssertionError(f"{address} : {answer.status_code}")
            if answer.streaming:
                list(answer.streaming_content)  # type: ignore[arg-type]

        self.line(name, get)


def _tell_where(act: Callable[[], object]) -> None:
    profile = cProfile.Profile()
    profile.enable()
    taken_back(act)
    profile.disable()
    pstats.Stats(profile).sort_stats("cumulative").print_stats(70)
    pstats.Stats(profile).sort_stats("tottime").print_stats(30)
