"""A promotion followed through its years, from the juries' results and the enrolments."""

import datetime
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from grades.models import Enrolment
from jury.cases import proceedings
from jury.reports.promotion.drawing import draw
from jury.reports.promotion.flow import flow_of
from tests.factories import (
    make_cohort,
    make_enrolment,
    make_programme,
    make_result,
    make_student,
    make_user,
    programme_of,
)
from tests.jury.life import adopt, close, decide, open_jury
from tests.jury.world import all_at, make_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    """BUT2 of 2024: DUPONT and MARTIN passed BUT1 in 2023, ROY repeated it; DURAND resigns."""
    world = make_world({name: all_at("14") for name in ("DUPONT", "DURAND", "MARTIN", "ROY")})
    for name, year, code in (
        ("DUPONT", 2023, "ADM"),
        ("MARTIN", 2023, "PASD"),
        ("DURAND", 2023, "ADM"),
        ("ROY", 2022, "RED"),
        ("ROY", 2023, "ADM"),
    ):
        make_result(world.student(name), "BUT1", code, school_year=year)
    Enrolment.objects.filter(student=world.student("DURAND")).update(
        status="DEM", status_since=datetime.date(2025, 3, 1)
    )
    return world


def told(world):
    return [
        (
            f"{each.start.school_year} {each.start.label}",
            f"{each.end.school_year} {each.end.label}",
            each.code,
            [student.last_name for student in each.students],
        )
        for each in flow_of(world.session.cohort).passages
    ]


def test_each_student_goes_from_year_to_year_by_a_code(world):
    assert sorted(told(world), key=str) == [
        ("2022 BUT1", "2023 BUT1", "RED", ["ROY"]),
        ("2023 BUT1", "2024 BUT2", "ADM", ["DUPONT", "DURAND", "ROY"]),
        ("2023 BUT1", "2024 BUT2", "PASD", ["MARTIN"]),
        ("2024 BUT2", "2025 en cours", None, ["DUPONT", "MARTIN", "ROY"]),
        ("2024 BUT2", "2025 quitte la formation", "DEM", ["DURAND"]),
    ]


def test_a_closed_jury_says_what_comes_next(world):
    open_jury(world)
    decide(world, "MARTIN", "RED", confirmed_against_right=True)
    decide(world, "ROY", "NAR", advice="BTS.", confirmed_against_right=True)
    adopt(world)
    close(world)

    assert [each for each in sorted(told(world), key=str) if each[0].startswith("2024")] == [
        ("2024 BUT2", "2025 orientation", "NAR", ["ROY"]),
        ("2024 BUT2", "2025 quitte la formation", "DEM", ["DURAND"]),
        ("2024 BUT2", "2025 redouble le BUT2", "RED", ["MARTIN"]),
        ("2024 BUT2", "2025 vers le BUT3", "ADM", ["DUPONT"]),
    ]


def test_the_numbers_by_year_and_code(world):
    tally = [
        (stage.school_year, stage.label, number, dict(codes))
        for stage, number, codes in flow_of(world.session.cohort).tally()
    ]
    assert tally == [
        (2022, "BUT1", 1, {"RED": 1}),
        (2023, "BUT1", 4, {"ADM": 3, "PASD": 1}),
        (2024, "BUT2", 4, {None: 3, "DEM": 1}),
    ]


def test_who_repeats_after_this_promotion_is_followed_there(world):
    programme = programme_of(world.session.cohort)
    make_enrolment(make_cohort(programme, school_year=2025), world.student("MARTIN"))
    make_result(world.student("MARTIN"), "BUT2", "RED", school_year=2024)

    assert ("2024 BUT2", "2025 BUT2", "RED", ["MARTIN"]) in told(world)
    assert ("2025 BUT2", "2026 en cours", None, ["MARTIN"]) in told(world)


def test_every_student_is_drawn_once_in_each_column_and_bands_fill_their_bars(world):
    flow = flow_of(world.session.cohort)
    drawing = draw(flow)
    heights = {bar.stage: bar.height for bar in drawing.bars}

    assert [label for _, label in drawing.heads] == ["2022-2023", "2023-2024", "2024-2025", "ensuite"]
    assert {bar.stage.label: bar.number for bar in drawing.bars if bar.stage.school_year == 2025} == {
        "en cours": 3,
        "quitte la formation": 1,
    }
    for bar in drawing.bars:
        leaving = [band for band in drawing.bands if band.passage.start == bar.stage]
        assert sum(band.passage.number for band in leaving) in (0, bar.number)
    assert len(set(heights.values())) > 1
    assert all(re.fullmatch(r"[MCVZ\d -]+", band.path) for band in drawing.bands)


def test_bars_of_a_column_do_not_overlap(world):
    drawing = draw(flow_of(world.session.cohort))
    for one in drawing.bars:
        for other in drawing.bars:
            if one is not other and one.x == other.x:
                assert one.y + one.height < other.y or other.y + other.height < one.y


@pytest.mark.parametrize("role", ["director", "president", "secretariat"])
def test_the_page_draws_and_tells_the_same(client, world, role):
    client.force_login(make_user(role, department=world.session.department))
    text = client.get(reverse("jury:follow", args=[world.session.cohort_id])).text

    assert '<svg class="flow"' in text
    assert "DUPONT Camille, DURAND Camille, ROY Camille" in text
    assert " style=" not in text


def test_an_empty_promotion_says_so(client):
    cohort = make_cohort()
    client.force_login(make_user("director", department=programme_of(cohort).parcours.department))

    assert "Personne n’est inscrit" in client.get(reverse("jury:follow", args=[cohort.pk])).text


@pytest.mark.parametrize(("role", "answer"), [("teacher", 404), ("member", 404), ("student", 404)])
def test_the_page_is_not_for_the_others(client, world, role, answer):
    client.force_login(make_user(role, department=world.session.department))

    assert client.get(reverse("jury:follow", args=[world.session.cohort_id])).status_code == answer


def test_the_page_costs_the_same_for_one_student_and_for_twenty(client):
    cohort = make_cohort(make_programme())
    department = programme_of(cohort).parcours.department
    client.force_login(make_user("director", department=department))
    counts = []
    for number in (1, 19):
        for _ in range(number):
            student = make_student(department)
            make_enrolment(cohort, student)
            make_result(student, "BUT1")
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse("jury:follow", args=[cohort.pk]))
        counts.append(len(queries))

    assert counts[0] == counts[1]


@pytest.mark.parametrize("names", [["DUPONT"], ["DUPONT", "MARTIN", "ROY"]], ids=len)
def test_the_minutes_that_tell_what_follows_are_read_once(client, names, django_assert_num_queries):
    world = make_world({name: all_at("14") for name in names})
    open_jury(world)
    adopt(world)
    close(world)
    proceedings._versions.clear()

    with django_assert_num_queries(5):
        assert {each.end.label for each in flow_of(world.session.cohort).passages} == {"vers le BUT3"}
    with django_assert_num_queries(4):  # a process keeps them
        flow_of(world.session.cohort)
