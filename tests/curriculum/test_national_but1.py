"""The national BUT1 of R&T: the programme says what the CSV says, and nothing else."""

import csv
from collections import Counter
from decimal import Decimal

import pytest

from curriculum.findings import findings
from curriculum.maquette import maquette
from curriculum.services import load_programme
from tests.curriculum.test_services import FIXTURES, programme_data
from tests.factories import make_department

CSV = FIXTURES / "reference" / "but1-rt-national.csv"
COMPETENCES = ("RT1", "RT2", "RT3")


def rows():
    with CSV.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, strict=True))


def number(text: str) -> int:
    return int(text or 0)


def test_each_element_is_a_line_of_the_csv():
    said = {row["code"]: row for row in programme_data("but1-rt")["elements"]}

    assert {code: (row["semester"], row["kind"], row["title"]) for code, row in said.items()} == {
        row["code"]: (
            int(row["semester"]),
            {"SAÉ": "sae", "ressource": "ressource"}[row["pole"]],
            row["title"].replace("'", "’"),
        )
        for row in rows()
    }


def test_each_coefficient_is_a_cell_a_zero_counts_and_an_empty_one_does_not():
    weights = programme_data("but1-rt")["weights"]

    assert {(row["unit"], row["element"]): row["coefficient"] for row in weights} == {
        (f"UE{row['semester']}{name[2]}", row["code"]): int(row[f"coefficient_{name}"])
        for row in rows()
        for name in COMPETENCES
        if row[f"coefficient_{name}"]
    }


def test_the_hours_are_there_once_where_the_element_weighs_most():
    found = {row["code"]: Counter() for row in rows()}
    for weight in programme_data("but1-rt")["weights"]:
        found[weight["element"]].update({name: weight[name] for name in ("td", "tp", "project")})

    assert found == {
        row["code"]: {
            "td": number(row["hours_taught"]),
            "tp": number(row["hours_tp"]),
            "project": number(row["hours_project"]),
        }
        for row in rows()
    }


@pytest.mark.django_db
def test_its_sums_and_findings():
    programme = load_programme(department=make_department(), data=programme_data("but1-rt"), by=None)

    table = maquette(programme)
    sums = [
        (each.sum.coefficient, each.sum.td, each.sum.tp, each.sum.project, each.sum.ects)
        for each in table.semesters
    ]
    expected = [
        (
            sum(
                number(row[f"coefficient_{name}"])
                for row in rows()
                if row["semester"] == s
                for name in COMPETENCES
            ),
            *(
                sum(number(row[name]) for row in rows() if row["semester"] == s)
                for name in ("hours_taught", "hours_tp", "hours_project")
            ),
            Decimal(30),
        )
        for s in ("1", "2")
    ]
    assert sums == expected
    assert (programme.parcours.common, programme.illustrative) == (True, False)
    assert str(programme.parcours).endswith("tronc commun")
    assert [finding.title for finding in findings(programme)] == [
        "Portfolio S1 a le coefficient 0 dans les 3 UE"
    ]


@pytest.mark.django_db
def test_the_portfolio_of_s1_needs_no_mark_and_that_of_s2_does():
    programme = load_programme(department=make_department(), data=programme_data("but1-rt"), by=None)

    def coefficients(code):
        return [int(each.coefficient) for each in programme.elements.get(code=code).weights.all()]

    assert (coefficients("SAÉ16"), coefficients("SAÉ25")) == ([0, 0, 0], [1, 1, 1])
