"""From rows to the cohort file: what the rules are given."""

import json

import pytest

from grades.models import Adjustment, Assessment, AssessmentWeight, Group, Mark
from jury.cases import rows
from jury.cases.dossier import cohort_object, figures_digest, freeze
from jury.models import Session
from tests.factories import make_enrolment, make_programme, make_result, programme_of
from tests.jury.world import ENTERED, all_at, make_world

pytestmark = pytest.mark.django_db


def student_file(world, name="DUPONT"):
    session = Session.objects.with_programme().get(pk=world.session.pk)
    number = world.student(name).number
    return next(each for each in cohort_object(session)["students"] if each["id"] == number)


def test_marks_and_codes_are_written_as_the_contract_says():
    world = make_world({"DUPONT": {"R31": "12.5", "R32": "ABJ", "R41": "ABI"}})

    assert student_file(world)["elements"] == {
        "R31": {"marks": [{"value": "12.5", "out_of": "20", "coefficient": "1"}]},
        "R32": {"marks": [{"code": "ABJ", "coefficient": "1"}]},
        "R41": {"marks": [{"code": "ABI", "coefficient": "1"}]},
        "R42": {"marks": [{"code": "ATT", "coefficient": "1"}]},  # not entered: awaited (domain 2)
    }


def test_marks_are_written_again_only_of_whom_they_changed():
    world = make_world({"DUPONT": all_at("8"), "MERLE": all_at("12")})
    student_file(world)
    written = rows._elements_file.cache_info().misses

    student_file(world)
    assert rows._elements_file.cache_info().misses == written

    mark = Mark.objects.filter(assessment__teaching__element__code="R31")
    for value, code, said in (("9.50", "", "9.5"), (None, "ABI", "ABI"), (None, "", "ATT")):
        mark.filter(enrolment=world.enrolments["DUPONT"]).update(value=value, code=code)
        (result,) = student_file(world)["elements"]["R31"]["marks"]
        written += 1

        assert said in result.values()
        assert rows._elements_file.cache_info().misses == written

    Assessment.objects.filter(teaching__element__code="R41").update(coefficient=3)
    assert student_file(world)["elements"]["R41"]["marks"][0]["coefficient"] == "3"


def test_the_keys_of_frozen_figures_are_texts():
    """Their digest is that of what the database gives back."""
    world = make_world({"DUPONT": all_at("8")})
    figures = freeze(Session.objects.with_programme().get(pk=world.session.pk))

    assert figures_digest(figures) == figures_digest(json.loads(json.dumps(figures)))


def test_weights_second_chance_and_bonus_are_passed_on():
    world = make_world({"DUPONT": all_at("8")})
    enrolment = world.enrolments["DUPONT"]
    teaching = world.session.cohort.teachings.get(element__code="R31")
    unit = programme_of(world.session.cohort).units.get(code="UE31")
    normal = teaching.assessments.get()
    AssessmentWeight.objects.create(assessment=normal, unit=unit, weight="0.5")
    for kind, maximum, value in (("second", 10, "7"), ("bonus", 1, "0.25")):
        extra = Assessment.objects.create(teaching=teaching, title=kind, kind=kind, maximum=maximum)
        Mark.objects.create(
            assessment=extra,
            enrolment=enrolment,
            value=value,
            entered_by=world.president,
            entered_at=ENTERED,
        )
    Adjustment.objects.create(enrolment=enrolment, unit=unit, points="-0.5", reason="Assiduité.")

    file = student_file(world)
    assert file["elements"]["R31"] == {
        "marks": [{"value": "8", "out_of": "20", "coefficient": "1", "weights": {"UE31": "0.5"}}],
        "second_chance": {"value": "7", "out_of": "10"},
    }
    assert file["bonus"] == {"UE31": "-0.25"}


def test_an_evaluation_of_another_group_is_not_expected():
    world = make_world({"DUPONT": all_at("8")})
    other = Group.objects.create(cohort=world.session.cohort, name="Autre")
    Assessment.objects.update(group=other)

    assert student_file(world)["elements"]["R31"] == {"marks": []}


def test_the_last_word_of_earlier_juries_is_given():
    world = make_world({"DUPONT": all_at("8")})
    first = make_programme({"UE11": "30"}, parcours=programme_of(world.session.cohort).parcours, year=1)
    for year, average, code in ((2022, "8.5", "AJ"), (2023, "10.25", "ADM")):
        make_result(world.student("DUPONT"), first.units.get(), code, school_year=year, average=average)

    assert student_file(world)["earlier"] == [{"unit": "UE11", "average": "10.25", "code": "ADM"}]


def test_as_many_queries_for_three_students_as_for_one(django_assert_num_queries):
    for number in (1, 3):
        world = make_world({f"NOM{each}": all_at("12") for each in range(number)})
        session = Session.objects.with_programme().get(pk=world.session.pk)
        with django_assert_num_queries(10):
            cohort_object(session)


def test_a_student_who_left_before_the_first_mark_has_nothing_awaited():
    world = make_world({"DUPONT": all_at("12")})
    gone = make_enrolment(world.session.cohort, status="DEM", status_since="2024-10-01")
    world.enrolments["PARTI"] = gone

    assert student_file(world, "PARTI")["elements"] == {}
