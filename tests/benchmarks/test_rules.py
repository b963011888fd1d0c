"""The table of speed and exactness can be printed, with pandas and NumPy or without them."""

import sys

import pytest

from . import exactness, rules

LINES = (
    "décider, des notes aux explications",
    "décider, sans explications",
    "lire les objets et décider",
    "| 50 | 2 |",
    "| butrt | 0 | 0 | 0 | 0 | 0 |",
)


@pytest.fixture
def without_pandas(monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    monkeypatch.delitem(sys.modules, "tests.benchmarks.rivals", raising=False)


@pytest.mark.usefixtures("without_pandas")
def test_the_table_without_pandas(capsys):
    rules.main(["--quick"])
    out = capsys.readouterr().out

    assert [line for line in LINES if line not in out] == []
    assert "Sans pandas ni NumPy" in out
    assert "un seul tableau" not in out


def test_the_others_decide_alike():
    """They would not be worth comparing otherwise; their floats only stumble on ties."""
    rivals = pytest.importorskip("tests.benchmarks.rivals", exc_type=ImportError)
    head = rules.cohort_head()
    cohort, objects = rules.read_cohort(head), list(rules.make_students(60))
    students = [rules.read_student(obj, cohort) for obj in objects]
    manners = rules.others(objects, head["units"], rivals)
    years = {"ADM": 2, "PASD": 1, None: 0}
    *_, year = manners.pop("NumPy sur des entiers (la limite)")()

    assert year.tolist() == [years[rules.decide(student, cohort).year] for student in students]
    for act in manners.values():
        assert rules.count_different(act(), students, cohort) <= 1


def test_ties_are_ours_to_decide():
    wrong, seen = exactness.count_wrong(2000, pandas_too=False)

    assert seen.total() == 2000
    assert min(seen[kind] for kind in exactness.KINDS) > 400
    assert wrong["butrt"].total() == 0
    assert wrong["float, round(x, 2)"]["exactement 9,995"] > 0
