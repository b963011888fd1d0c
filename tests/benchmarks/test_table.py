"""What the table says by itself: a regression, what grows faster than its rows, a table read whole."""

from __future__ import annotations

import json
import subprocess
from argparse import Namespace
from pathlib import Path

import pytest

from tests.benchmarks import __main__ as command
from tests.benchmarks import apart
from tests.benchmarks.measures import Measure
from tests.benchmarks.table import Run, as_markdown, growth, keep, read

NBSP = "\N{NO-BREAK SPACE}"


def measure(ms: float, queries: int = 12, **more: object) -> Measure:
    none: Measure = {"value": ms, "cold": ms, "queries": queries, "sql": 0, "rows": 0, "scanned": []}
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
    read_whole = measure(101, sql=3.25, rows=90_000, scanned=["grades_mark"])

    *_, line = as_markdown({"120 × IUT": {"suites": read_whole}}, {})

    assert line == "| suites | 100 | **101 (101)** | 12 |  | 3,2 | 90000 **grades_mark** |"


def test_years_behind_are_beside_the_same_promotion_without_them():
    alone: Run = {"28 × 0": {"suites": measure(20)}, "120 × 0": {"suites": measure(60)}}
    behind: Run = {"120 × 5": {"suites": measure(80)}}
    elsewhere: Run = {"120 × IUT": {"suites": measure(80)}}

    head, _, line = as_markdown(behind, {}, alone | behind)

    assert head == "| | but à 120 | 120 × 5 : ms (à froid) | req. | ÷ avant | ÷ 120 × 0 |"
    assert line == "| suites | 100 | 80 (80) | 12 |  | **1,3** |"
    assert "÷ 120 × 0" not in next(as_markdown(elsewhere, {}, alone | elsewhere))  # PostgreSQL, not SQLite


def test_a_figure_has_its_unit_and_a_rate_is_the_better_the_higher():
    rate, wait = "une chaîne par département", "le PV, du clic au fichier"
    run: Run = {
        "journal": {
            rate: {"value": 480.4, "unit": "notes/s"},
            wait: {"value": 0.31, "unit": "s"},
            "notes perdues ou fausses": {"value": 1},
        }
    }
    before: Run = {"journal": {rate: {"value": 570.0, "unit": "notes/s"}, wait: {"value": 0.62, "unit": "s"}}}

    assert [line.replace(NBSP, " ") for line in as_markdown(run, before)] == [
        "| | but | journal | ÷ avant |",
        "|---|---:|---:|---:|",
        "| une chaîne par département | 560 notes/s | **480 notes/s** | **0,84** |",
        "| le PV, du clic au fichier | 0,5 s | 0,31 s | 0,50 |",
        "| notes perdues ou fausses | 0 | **1** |  |",
    ]


def test_goals_are_those_of_120_students():
    wait: dict[str, Measure] = {"le PV, du clic au fichier": {"value": 0.75, "unit": "s"}}

    for students, cell in (28, f"0,75{NBSP}s"), (120, f"**0,75{NBSP}s**"):
        *_, line = as_markdown({f"{students} × documents": wait}, {})
        assert line == f"| le PV, du clic au fichier | 0,5{NBSP}s | {cell} |  |"


# ---------- the command ----------


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """The run before, in its file."""
    path = tmp_path / "runs" / "last.json"
    keep({"120 × 0": {"suites": measure(60)}, "démarrage": {"decide": {"value": 200, "unit": "ms"}}}, path)
    return path


def started(asked: Namespace) -> Run:
    return {"démarrage": {"decide": {"value": 300, "unit": "ms"}}}


def broken(asked: Namespace) -> Run:
    raise subprocess.CalledProcessError(1, "nginx")


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two parts, that measure nothing."""
    parts = {"enseignants": command.Part("Ensemble", broken), "demarrage": command.Part("Départ", started)}
    monkeypatch.setattr(command, "PARTS", parts)


def run(kept: Path, *arguments: str) -> int:
    return command.main([f"--against={kept}", f"--keep={kept}", *arguments])


def test_a_part_alone_is_printed_beside_the_run_before_and_kept_with_it(kept, capsys):
    assert run(kept, "--only", "demarrage") == 0

    printed = capsys.readouterr().out
    assert "\n## Départ\n\n| | but | démarrage | ÷ avant |\n" in printed
    assert printed.endswith(f"| decide |  | 300{NBSP}ms | **1,50** |\n")
    assert read(kept) == {"120 × 0": {"suites": measure(60)}} | started(Namespace())


def test_a_part_that_fails_leaves_the_others_and_what_was_kept(kept, capsys):
    before = read(kept)

    assert run(kept) == 1

    assert "| decide |" in capsys.readouterr().out
    assert read(kept) == before | started(Namespace())


def test_a_few_lines_of_the_pages_are_not_a_run_to_keep(kept):
    before = read(kept)

    assert run(kept, "--only", "demarrage", "--lines", "suites") == 0

    assert read(kept) == before


def test_an_unknown_part_is_refused_with_those_there_are(kept, capsys):
    with pytest.raises(SystemExit):
        run(kept, "--only", "page")

    assert "page : choisir parmi enseignants, demarrage" in capsys.readouterr().err


def test_nothing_kept_is_nothing_before(tmp_path):
    assert read(tmp_path / "last.json") == {}


def test_a_part_is_measured_apart_from_what_this_shell_chose(monkeypatch, tmp_path, capsys):
    asked: dict[str, object] = {}

    def answered(argv, *, env, **options):
        asked.update(argv=argv, env=env)
        return subprocess.CompletedProcess(argv, 0, "Construit en 3 s.\n" + json.dumps(started(Namespace())))

    monkeypatch.setenv("BUTRT_DATABASE_URL", "postgres://elsewhere/theirs")
    monkeypatch.setattr(subprocess, "run", answered)

    assert apart.measured("pages", "--students=28", folder=tmp_path / "28-0") == started(Namespace())

    assert asked["argv"][1:] == ["-m", "tests.benchmarks.pages", "--students=28"]
    assert "BUTRT_DATABASE_URL" not in asked["env"]
    assert asked["env"]["BUTRT_DATA_DIR"] == str(tmp_path / "28-0")
    assert capsys.readouterr().err == "Construit en 3 s.\n"
