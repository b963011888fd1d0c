"""How a page or an act is measured: what it took of the processor, how many queries, how many rows they read.

Each is done and undone, so that the next finds what it found. The figures are medians:
a machine shared with others gives the same within a few hundredths.
"""

from __future__ import annotations

import cProfile
import gc
import pstats
import statistics
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple, NotRequired, TypedDict

from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from jury.cases import figures, proceedings

TIMES = 5
PLANS = 5
# Not the act’s: what takes it back, and "still there", which a session writes once a minute.
NOT_ITS_OWN = ("SAVEPOINT", "RELEASE SAVEPOINT", "ROLLBACK TO SAVEPOINT", 'UPDATE "django_session"')
LARGE = 2000  # rows: a table that grows with the IUT, not with the page


class Measure(TypedDict):
    """A line of the table, as it is kept: a figure and its unit or, of a page or an act, all that follows."""

    value: float  # of a page, ms of processor, ours and the database's
    unit: NotRequired[str]
    cold: NotRequired[float]  # ms in a process that never read a jury
    queries: NotRequired[int]
    sql: NotRequired[float]  # ms that PostgreSQL took; 0 with SQLite, which works within our process
    rows: NotRequired[int]  # that PostgreSQL read, with or without an index
    scanned: NotRequired[list[str]]  # the tables that it read from one end to the other


class Spent(NamedTuple):
    """Milliseconds of processor: of our process, of PostgreSQL's that answers it."""

    ours: float
    sql: float

    @property
    def total(self) -> float:
        return self.ours + self.sql


class Rows(NamedTuple):
    """How many rows PostgreSQL read, by table: by an index, one after the other."""

    indexed: Counter[str]
    scanned: Counter[str]


class TakenBack(Exception):
    """Ends an act that was only measured."""


def taken_back(act: Callable[[], object]) -> Spent:
    """Do an act and undo it; what it took."""
    spent = Spent(0, 0)
    try:
        with transaction.atomic():
            sql, ours = _server_ms(), 1000 * time.process_time()
            act()
            spent = Spent(1000 * time.process_time() - ours, _server_ms() - sql)
            raise TakenBack
    except TakenBack:
        return spent


def _server_ms() -> float:
    """Milliseconds of processor so far of the process of PostgreSQL that answers us, on this machine."""
    if connection.vendor != "postgresql":
        return 0
    number = connection.connection.info.backend_pid
    return int(Path(f"/proc/{number}/schedstat").read_text().split()[0]) / 1e6


def _rows_read() -> Rows:
    """Those that this transaction read so far; none with SQLite, which does not count them."""
    if connection.vendor != "postgresql":
        return Rows(Counter(), Counter())
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, coalesce(idx_tup_fetch, 0), seq_tup_read FROM pg_stat_xact_user_tables"
        )
        tables = cursor.fetchall()
    return Rows(Counter({table: n for table, n, _ in tables}), Counter({table: n for table, _, n in tables}))


def forget() -> None:
    """As a process that never read a session."""
    figures._frozen.cache_clear()
    proceedings._versions.clear()
    figures._latest.clear()


class Measures:
    """The lines measured, by name, in their order."""

    def __init__(self, only: str = "", *, profiled: bool = False) -> None:
        """`only`: words, commas between: a line’s name holds one; `profiled`: tell where time goes."""
        self.only, self.profiled = only, profiled
        self.lines: dict[str, Measure] = {}

    def line(self, name: str, act: Callable[[], object]) -> None:
        """The first time a process is asked, then the median of some times; how many queries."""
        if not any(word in name for word in self.only.split(",")):
            return
        forget()
        cold = taken_back(act)
        gc.collect()
        warm = [taken_back(act) for _ in range(TIMES)]
        before = _rows_read()
        with CaptureQueriesContext(connection) as queries:
            taken_back(act)
        after = _rows_read()
        indexed, scanned = after.indexed - before.indexed, after.scanned - before.scanned
        self.lines[name] = {
            "value": round(statistics.median(spent.total for spent in warm), 1),
            "cold": round(cold.total, 1),
            "queries": sum(not query["sql"].startswith(NOT_ITS_OWN) for query in queries),
            "sql": round(statistics.median(spent.sql for spent in warm), 1),
            "rows": indexed.total() + scanned.total(),
            "scanned": sorted(table for table, number in scanned.items() if number > LARGE),
        }
        if self.profiled:
            _tell_plans(queries)  # which the next page asked forgets
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


def _tell_plans(queries: CaptureQueriesContext) -> None:
    """How PostgreSQL reads for the slowest of them."""
    reading = [
        query for query in queries if connection.vendor == "postgresql" and query["sql"].startswith("SELECT")
    ]
    for query in sorted(reading, key=lambda query: float(query["time"]), reverse=True)[:PLANS]:
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS) {query['sql']}")
            plan = [line for (line,) in cursor.fetchall()]
        print("\n".join([query["sql"], *plan, ""]))
