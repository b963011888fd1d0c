"""What must hold of the ledger whatever the lives: recalling adds nothing, the order of juries neither."""

import pytest
from django.db import transaction

from jury.cases.ledger.writing import lines_of
from jury.cases.proceedings import Proceedings
from jury.models import Result
from tests.jury.years import Years, read

pytestmark = pytest.mark.django_db


def ledger() -> list[tuple]:
    """The whole ledger, without its keys."""
    rows = Result.objects.order_by("student__last_name", "school_year", "decided_on", "kind", "subject")
    return list(
        rows.values_list(
            "student__last_name", "school_year", "kind", "subject", "competence__identity", "average", "code"
        )
    )


@pytest.fixture
def years():
    return Years()


def test_recalling_a_result_changes_nothing(years):
    """Two years of juries after BUT1: not a line of BUT1 is said again, nor becomes another."""
    tom = years.student("TOM")
    first = years.cohort(years.programme("TC", 1), 2022)
    years.enrol(first, tom, {"R12": "9", "*": "12"})
    years.hold(first, 1)
    years.hold(first, 2)
    before = ledger()
    for year, school_year in ((2, 2023), (3, 2024)):
        cohort = years.cohort(years.programme("IOM", year), school_year)
        years.enrol(cohort, tom, {"*": "12"})
        years.hold(cohort, 2 * year - 1)
        years.hold(cohort, 2 * year)
    after = ledger()

    assert [line for line in after if line[1] == 2022] == before
    assert {line[4] for line in after if line[1] > 2022 and line[2] == "unit"} == {"RT1", "RT2", "IOM1"}
    assert not [line for line in after if line[1] > 2022 and line[3][:3] in ("UE1", "UE2")]


def test_reading_a_closed_jury_again_gives_the_lines_that_it_wrote(years):
    tom = years.student("TOM")
    cohort = years.cohort(years.programme("IOM", 2), 2024)
    years.enrol(cohort, tom, {"R32": "9", "*": "12"})
    years.hold(cohort, 3)
    years.hold(cohort, 4)
    for session in cohort.sessions.all():
        written = {(row.kind, row.subject, row.average, row.code) for row in session.results.all()}
        again = lines_of(read(session), Proceedings.of(read(session)))

        assert {(row.kind, row.subject, row.average, row.code) for row in again} == written


def test_the_order_in_which_two_parcours_are_closed_changes_nothing():
    """Who changed parcours in mid-year is judged by both, on the same days."""
    one, other = (after_juries(order) for order in (("IOM", "Cyber"), ("Cyber", "IOM")))

    assert one == other
    assert ("INES", 2024, "unit", "UE32", "RT2", "9", "CMP") in one


def after_juries(order: tuple[str, str]) -> list[tuple]:
    """The ledger once S3 then S4 are closed, in this order of the parcours; the database is as before."""
    with transaction.atomic():
        years = Years()
        cohorts = {name: years.cohort(years.programme(name, 2), 2024) for name in order}
        for name, parcours in (("TOM", "IOM"), ("ZOE", "Cyber")):
            years.enrol(cohorts[parcours], years.student(name), {"R32": "9", "*": "12"})
        ines = years.student("INES")
        years.enrol(cohorts["Cyber"], ines, {"R32": "9", "*": "12"}, takes_even=False)
        years.enrol(cohorts["IOM"], ines, {"R42": "11", "*": "12"}, takes_odd=False)
        for semester in (3, 4):
            for parcours in order:
                decided = {"INES": "PAS1NCI"} if (parcours, semester) == ("IOM", 4) else {}
                years.hold(cohorts[parcours], semester, **decided)
        found = ledger()
        transaction.set_rollback(True)
    return found
