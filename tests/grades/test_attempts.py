"""Semesters taken, repeats counted by semester really retaken, and the act that grants one more."""

from __future__ import annotations

import datetime
import importlib
from dataclasses import replace

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from butrt.base.journal.models import Entry
from curriculum.models import Programme, Unit
from grades import people
from grades.attempts import extra_repeats_of, not_taken_in, repeats_if_enrolled, repeats_of, times_in_words
from grades.enrolling import after_enrolment, objections
from grades.models import Enrolment, ExtraRepeat, Mark
from grades.one_sheet import load_sheet
from grades.overview import overview
from grades.people import Grant
from tests.factories import (
    make_assessment,
    make_cohort,
    make_department,
    make_enrolment,
    make_parcours,
    make_programme,
    make_result,
    make_specialty,
    make_student,
    make_teaching,
    make_user,
    programme_of,
)

pytestmark = pytest.mark.django_db

ODD, EVEN = {"takes_even": False}, {"takes_odd": False}
GAP = {"status": "ABL", "status_since": datetime.date(2023, 9, 4)}


@pytest.fixture
def department():
    return make_department()


@pytest.fixture
def parcours(department):
    return make_parcours(department=department)


@pytest.fixture
def student(department):
    return make_student(department, last_name="MARTIN")


@pytest.fixture
def director(department):
    return make_user("director", department=department)


def year_programme(parcours, year: int) -> Programme:
    known = parcours.programmes.filter(year=year, modality="initiale").first()
    return known or Programme.objects.create(
        parcours=parcours, year=year, modality="initiale", in_force_from=2021
    )


def year_of(parcours, student, year: int, school_year: int, **fields) -> Enrolment:
    """One school year of a student in BUT1 to BUT3."""
    programme = year_programme(parcours, year)
    cohort = programme.cohorts.filter(school_year=school_year).first()
    return make_enrolment(cohort or make_cohort(programme, school_year=school_year), student, **fields)


# ---------- what is counted ----------

LIVES = {
    "two semesters retaken alone are two repeats": (
        [(1, 2021, {}), (1, 2022, EVEN), (2, 2023, {}), (2, 2024, EVEN)],
        {2: 1, 4: 1},
    ),
    "a whole year retaken is two": ([(1, 2021, {}), (1, 2022, {})], {1: 1, 2: 1}),
    "a third attempt": ([(2, 2021, {}), (2, 2022, {}), (2, 2023, ODD)], {3: 2, 4: 1}),
    "nothing retaken": ([(1, 2021, {}), (2, 2022, {}), (3, 2023, {})], {}),
    "a gap year is no attempt": ([(2, 2022, {}), (2, 2023, GAP)], {}),
    "a gap year does not hide the attempt before it": (
        [(2, 2022, {}), (2, 2023, GAP), (2, 2024, {})],
        {3: 1, 4: 1},
    ),
    "a gap year first": ([(2, 2023, GAP), (2, 2024, {})], {}),
    "a resignation in mid-year is an attempt": (
        [(1, 2023, {"status": "DEM", "status_since": datetime.date(2024, 1, 8)}), (1, 2024, {})],
        {1: 1, 2: 1},
    ),
    "what was before butrt is a floor": ([(2, 2023, {"repeats": {"1": 1, "3": 1}})], {1: 1, 3: 1}),
    "a semester stated was attempted already": (
        [(2, 2023, {"repeats": {"3": 1}}), (2, 2024, ODD)],
        {3: 2},
    ),
    "what is stated adds nothing to what is counted": (
        [(2, 2023, {}), (2, 2024, {"repeats": {"3": 1, "4": 1}})],
        {3: 1, 4: 1},
    ),
}


@pytest.mark.parametrize("life", LIVES)
def test_repeats_are_counted_by_semester_really_retaken(parcours, student, life):
    years, expected = LIVES[life]
    enrolments = [year_of(parcours, student, year, at, **fields) for year, at, fields in years]

    assert repeats_of(enrolments)[enrolments[-1].pk] == expected


def test_each_enrolment_counts_up_to_itself(parcours, student):
    first, second, third = (year_of(parcours, student, 2, at) for at in (2021, 2022, 2023))

    assert repeats_of([third, first, second]) == {
        first.pk: {},
        second.pk: {3: 1, 4: 1},
        third.pk: {3: 2, 4: 2},
    }


def test_a_change_of_parcours_in_mid_year_attempts_a_semester_once(department, parcours, student):
    other = make_parcours(department=department, short="Cyber")
    before = year_of(parcours, student, 2, 2024)
    after = year_of(other, student, 2, 2024, **EVEN)

    assert repeats_of([before, after]) == {before.pk: {}, after.pk: {}}


def test_another_specialty_numbers_its_own_semesters(department, parcours, student):
    year_of(parcours, student, 1, 2022)
    gea = make_parcours(department=department, specialty=make_specialty(department, name="GEA"))

    assert repeats_of([year_of(gea, student, 1, 2023)]).popitem()[1] == {}


def test_one_who_would_enrol_is_counted_with_that_year(parcours, student):
    year_of(parcours, student, 2, 2023)
    here = year_of(parcours, student, 2, 2024)

    assert repeats_if_enrolled(here.cohort, {student: [4]}) == {student.pk: {4: 1}}
    assert repeats_if_enrolled(here.cohort, {student: [3, 4]}) == {student.pk: {3: 1, 4: 1}}


def test_as_many_queries_for_three_students_as_for_one(department, parcours, django_assert_num_queries):
    enrolments = []
    for number in (1, 3):
        for _ in range(number):
            student = make_student(department)
            enrolments += [year_of(parcours, student, 2, at) for at in (2022, 2023)]
        with django_assert_num_queries(1):
            repeats_of(enrolments)
        with django_assert_num_queries(1):
            extra_repeats_of(enrolments)


def test_repeats_are_said_in_short():
    assert (times_in_words({4: 2, 3: 1, 5: 0}), times_in_words({})) == ("S3 ×\u202f1, S4 ×\u202f2", "")


# ---------- the semesters taken ----------


def test_an_enrolment_takes_a_semester_at_least(parcours, student):
    with pytest.raises(IntegrityError), transaction.atomic():
        year_of(parcours, student, 2, 2024, takes_odd=False, takes_even=False)


def test_those_who_take_a_semester(department, parcours):
    both, odd, even = (
        year_of(parcours, make_student(department), 2, 2024, **fields) for fields in ({}, ODD, EVEN)
    )

    assert [each.semesters for each in (both, odd, even)] == [[3, 4], [3], [4]]
    assert set(Enrolment.objects.taking(3)) == {both, odd}
    assert set(Enrolment.objects.taking(4)) == {both, even}


def test_who_does_not_take_the_semester_is_not_on_its_sheets_nor_expected(department, director):
    cohort = make_cohort(make_programme(parcours=make_parcours(department=department)))
    taking, not_taking = make_enrolment(cohort), make_enrolment(cohort, **EVEN)
    teaching = make_teaching(cohort, programme_of(cohort).elements.get(code="R31"))
    assessment = make_assessment(teaching)

    assert list(load_sheet(teaching).enrolments) == [taking.pk]
    (line,) = overview(director, cohort.school_year)
    assert (line.progress.entered, line.progress.expected) == (0, 1)
    assert [each.pk for gap in line.gaps for each in gap.enrolments] == [taking.pk]
    assert not_taking.pk not in load_sheet(assessment.teaching).enrolments


def test_a_semester_with_marks_is_not_left_without_a_word(department, director):
    cohort = make_cohort(make_programme(parcours=make_parcours(department=department)))
    enrolment = make_enrolment(cohort, make_student(department, last_name="MARTIN"))
    teaching = make_teaching(cohort, programme_of(cohort).elements.get(code="R31"))
    Mark.objects.create(
        assessment=make_assessment(teaching),
        enrolment=enrolment,
        value=12,
        entered_by=director,
        entered_at=timezone.now(),
    )

    with pytest.raises(ValidationError) as refused:
        change(enrolment, by=director, semesters=[4])

    assert refused.value.message_dict == {
        "semesters": ["MARTIN Camille a 1\xa0note en S3 : les effacer d’abord, ou garder S3."]
    }


def change(enrolment: Enrolment, *, by, **changes):
    values = {
        "group": enrolment.group,
        "company": enrolment.company,
        "status": enrolment.status,
        "status_since": enrolment.status_since,
        "repeats": {},
        "dispensed": list(enrolment.dispensed.all()),
        "unjustified_absences": 0,
        "justified_absences": 0,
    }
    return people.change_enrolment(enrolment=enrolment, by=by, **values | changes)


# ---------- what is not taken ----------


@pytest.fixture
def teaching(department):
    return make_teaching(make_cohort(make_programme(parcours=make_parcours(department=department))))


def test_acquired_units_ask_no_mark_unless_the_student_takes_them_again(teaching, director):
    enrolment = make_enrolment(teaching.cohort)
    unit = Unit.objects.get(weights__element=teaching.element)
    make_assessment(teaching)
    enrolment.acquired.set([unit])
    make_result(enrolment.student, unit)

    assert not_taken_in([teaching.cohort_id]) == {enrolment.pk: {unit.pk}}
    assert load_sheet(teaching).excused == {enrolment.pk}
    assert overview(director, teaching.cohort.school_year)[0].progress.expected == 0

    change(enrolment, by=director, retaken=[unit])

    assert not_taken_in([teaching.cohort_id]) == {enrolment.pk: set()}
    assert load_sheet(teaching).excused == frozenset()
    assert overview(director, teaching.cohort.school_year)[0].progress.expected == 1


def test_only_an_acquired_unit_is_taken_again_by_choice(teaching, director):
    enrolment = make_enrolment(teaching.cohort)
    unit = Unit.objects.get(weights__element=teaching.element)

    with pytest.raises(ValidationError) as refused:
        change(enrolment, by=director, retaken=[unit])

    assert list(refused.value.message_dict) == ["retaken"]


def test_what_is_not_taken_is_read_at_once(teaching, django_assert_num_queries):
    for _ in range(3):
        make_enrolment(teaching.cohort).acquired.set(Unit.objects.all())

    with django_assert_num_queries(1):
        assert [len(units) for units in not_taken_in([teaching.cohort_id]).values()] == [2, 2, 2]


# ---------- what other rooms say ----------


def test_what_goes_against_a_jury_is_refused_or_done_with_a_motive(parcours, student, director, monkeypatch):
    cohort = make_cohort(year_programme(parcours, 2))
    monkeypatch.setattr("grades.enrolling.objections", [lambda cohort, taking: {student.pk: ["Non."]}])

    with pytest.raises(ValidationError) as refused:
        people.enrol(cohort=cohort, student=student, by=director)
    assert refused.value.message_dict["motive"][0] == "Non."
    assert not Enrolment.objects.exists()

    made = people.enrol(cohort=cohort, student=student, by=director, motive="Recours gagné.")
    assert made.motive == "Recours gagné."
    assert Entry.objects.get(act="enrolment.create").details["motive"] == "Recours gagné."
    assert change(made, by=director, unjustified_absences=3).motive == "Recours gagné."


def test_a_motive_without_reason_is_not_kept(parcours, student, director):
    made = people.enrol(
        cohort=make_cohort(year_programme(parcours, 2)), student=student, by=director, motive="Au cas où."
    )

    assert made.motive == ""


def test_the_jury_is_told_of_enrolments_and_asked_before():
    assert [act.__name__ for act in after_enrolment] == ["recall_acquired"]
    assert [ask.__name__ for ask in objections] == ["objections"]


# ---------- one more repeat, granted ----------

ACT = Grant(3, datetime.date(2025, 1, 6), "Anne Roy, directrice de l’IUT", "Hospitalisation.", "Lettre n° 12")


def test_the_director_of_studies_records_what_the_director_grants(parcours, student, director):
    enrolment = year_of(parcours, student, 2, 2024)

    act = people.grant_repeat(enrolment=enrolment, grant=ACT, by=director)

    assert extra_repeats_of([enrolment]) == {enrolment.pk: {3: 1}}
    assert act.facts == {
        "semester": 3,
        "granted_on": "2025-01-06",
        "granted_by": "Anne Roy, directrice de l’IUT",
        "circumstances": "Hospitalisation.",
        "document": "Lettre n° 12",
    }
    assert Entry.objects.get(act="enrolment.grant_repeat").details["circumstances"] == "Hospitalisation."


def test_a_grant_counts_from_its_year_on_until_it_is_withdrawn(parcours, student, director):
    before, year, after = (year_of(parcours, student, 2, at) for at in (2023, 2024, 2025))
    act = people.grant_repeat(enrolment=year, grant=ACT, by=director)
    assert extra_repeats_of([before, year, after]) == {before.pk: {}, year.pk: {3: 1}, after.pk: {3: 1}}

    people.withdraw_repeat(act=act, motive="Accordé à quelqu’un d’autre.", by=director)

    assert extra_repeats_of([year]) == {year.pk: {}}
    act.refresh_from_db()
    assert (act.withdrawn_by, act.withdrawal_motive) == (director, "Accordé à quelqu’un d’autre.")
    people.grant_repeat(enrolment=year, grant=ACT, by=director)  # the right one, this time


@pytest.mark.parametrize(
    ("changes", "field", "said"),
    [
        ({"semester": 5}, "semester", "un semestre de S1 à S4"),
        ({"granted_on": datetime.date(2999, 1, 1)}, "granted_on", "n’est pas encore venu"),
        ({"granted_by": " "}, "granted_by", "dire qui l’accorde"),
        ({"circumstances": " "}, "circumstances", "dire les circonstances"),
        ({"document": ""}, "document", "dire la pièce"),
    ],
)
def test_an_act_that_lacks_something_is_refused(parcours, student, director, changes, field, said):
    enrolment = year_of(parcours, student, 2, 2024)

    with pytest.raises(ValidationError) as refused:
        people.grant_repeat(enrolment=enrolment, grant=replace(ACT, **changes), by=director)

    assert said in " ".join(refused.value.message_dict[field])
    assert not ExtraRepeat.objects.exists()


def test_an_act_is_recorded_once_and_by_the_director_of_studies(parcours, student, director, department):
    enrolment = year_of(parcours, student, 2, 2024)
    act = people.grant_repeat(enrolment=enrolment, grant=ACT, by=director)
    secretary = make_user("secretariat", department=department)

    with pytest.raises(ValidationError, match="est déjà accordé cette année"):
        people.grant_repeat(enrolment=enrolment, grant=ACT, by=director)
    with pytest.raises(ValidationError, match="La direction des études inscrit"):
        people.grant_repeat(enrolment=enrolment, grant=ACT, by=secretary)
    with pytest.raises(ValidationError, match="La direction des études inscrit"):
        people.withdraw_repeat(act=act, motive="Non.", by=secretary)
    with pytest.raises(ValidationError, match="dire pourquoi il est retiré"):
        people.withdraw_repeat(act=act, motive=" ", by=director)
    people.withdraw_repeat(act=act, motive="Erreur.", by=director)
    with pytest.raises(ValidationError, match="déjà retiré"):
        people.withdraw_repeat(act=act, motive="Encore.", by=director)


@pytest.mark.parametrize(
    "wrong",
    [{"semester": 7}, {"circumstances": ""}, {"withdrawal_motive": "Sans date."}],
    ids=["semester", "circumstances", "withdrawal"],
)
def test_the_database_refuses_an_act_that_cannot_be(student, wrong):
    values = {"student": student, "semester": 3, "school_year": 2024, "circumstances": "Deuil."}

    with pytest.raises(IntegrityError), transaction.atomic():
        ExtraRepeat.objects.create(**values | {"recorded_at": timezone.now()} | wrong)


# ---------- from the former fields ----------


def test_copied_repeats_are_forgotten_and_granted_ones_become_acts(parcours, student):
    years = [
        year_of(parcours, student, 1, 2021),
        year_of(parcours, student, 1, 2022, repeats={"1": 1, "2": 1}),
        year_of(parcours, student, 2, 2023, repeats={"1": 1, "2": 1}),
        year_of(parcours, student, 2, 2024, repeats={"1": 1, "2": 1, "3": 2, "4": 1}),
    ]
    counted = repeats_of(years)
    migration = importlib.import_module("grades.migrations.0009_repeats_counted")
    for each, granted in zip(years, (0, 0, 1, 2), strict=True):
        each.extra_repeats = granted
        vars(each.cohort)["programme"] = each.programme  # where it was then

    migration.grant(ExtraRepeat, years)
    migration.forget_copies(years)

    fresh = list(Enrolment.objects.order_by("cohort__school_year"))
    assert [each.repeats for each in fresh] == [{}, {}, {}, {"1": 1, "2": 1, "3": 2, "4": 1}]
    assert repeats_of(fresh) == counted
    assert list(ExtraRepeat.objects.values_list("semester", "school_year", "circumstances")) == [
        (1, 2023, "Repris de l’ancien champ « redoublements accordés »"),
        (3, 2024, "Repris de l’ancien champ « redoublements accordés »"),
    ]
