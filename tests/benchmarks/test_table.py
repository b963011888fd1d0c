"""What the table says by itself: a regression, what grows faster than its rows, a table read whole."""

from __future__ import annotations

from tests.benchmarks.measures import Measure
from tests.benchmarks.table import as_markdown, growth


def measure(ms: float, queries: int = 12, **more: object) -> Measure:
    none: Measure = {"ms": ms, "cold": ms, "queries": queries, "sql": 0, "rows": 0, "scanned": []}
    return none | more  # type: ignore[return-value]


def test_what_grows_faster_than_its_rows_is_in_bold():
    assert growth(measure(10), measure(46), rows=4) == "4,6"
    assert growth(measure(10), measure(47), rows=4) == "**4,7**"
    assert growth(measure(10), measure(11, queries=49), rows=4) == "**1,1 (12 → 49 req.)**"


def test_each_size_is_beside_its_run_before_and_the_size_before_it():
    run = {"120 × 0": {"suites": measure(90)}, "480 × 0": {"suites": measure(450)}}
    before = {"120 × 0": {"suites": measure(60, queries=11)}}

    *_, line = as_markdown(run, before)

    assert line == "| suites | 100 | 90 (90) | 12 (avant 11) | **1,50** | 450 (450) | 12 |  | **5,0** |"


def test_in_an_iut_the_tables_read_whole_are_named():
    read = measure(101, sql=3.25, rows=90_000, scanned=["grades_mark"])

    *_, line = as_markdown({"120 × IUT": {"suites": read}}, {})

    assert line == "| suites | 100 | **101 (101)** | 12 |  | 3,2 | 90000 **grades_mark** |"
