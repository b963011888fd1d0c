"""The sheet as read from the database: who is expected, averages by UE, progress, how many queries."""

from __future__ import annotations

import datetime
from decimal import Decimal

import pytest

from butrt.base.accounts.models import User
from curriculum.models import Unit, Weight
from grades import many_sheets
from grades.grid import Grid
from grades.models import Assessment, AssessmentWeight, Enrolment, Group
from grades.one_sheet import load_sheet
from grades.overview import overview
from grades.services import Entry, record_marks
from grades.sheet import Progress, Sheet
from tests.factories import (
    make_assessment,
    make_cohort,
    make_element,
    make_enrolment,
    make_regulation,
    make_teaching,
    make_user,
    programme_of,
)

pytestmark = pytest.mark.django_db


def enter(assessment, marks, by=None):
    """{enrolment: text} at an évaluation; the sheet then."""
    entries = [Entry(assessment.pk, enrolment.pk, text, 0) for enrolment, text in marks.items()]
    record_marks(teaching=assessment.teaching, entries=entries, by=by or make_user())
    return load_sheet(assessment.teaching)


def shown(sheet, enrolment):
    return [(each.label, str(each.shown), each.provisional) for each in sheet.averages(enrolment)]


@pytest.fixture
def teaching():
    return make_teaching()


def test_averages_and_progress_follow_what_is_entered(teaching):
    ann, bob = make_enrolment(teaching.cohort), make_enrolment(teaching.cohort)
    first, second = make_assessment(teaching), make_assessment(teaching, coefficient=2)
    enter(first, {ann: "12", bob: "ATT"})
    enter(second, {ann: "13"})

    sheet = load_sheet(teaching)

    assert shown(sheet, ann) == [("", "12.67", False)]
    assert shown(sheet, bob) == [("", "None", True)]
    assert sheet.progress() == Progress(entered=2, expected=4)
    assert sheet.progress(second) == Progress(entered=1, expected=2)


def test_the_regulation_in_force_governs_the_average(teaching):
    ann = make_enrolment(teaching.cohort)
    department = teaching.cohort.department
    make_regulation(department, unjustified_absence="neutral")
    make_regulation(department, school_year=2025, unjustified_absence="zero")
    enter(make_assessment(teaching), {ann: "ABI"})

    sheet = enter(make_assessment(teaching), {ann: "13"})

    assert shown(sheet, ann) == [("", "13.00", False)]


def test_assessments_that_weigh_differently_give_one_average_a_unit(teaching):
    ann = make_enrolment(teaching.cohort)
    unit = teaching.element.weights.get().unit
    other = Unit.objects.exclude(pk=unit.pk).get()
    Weight.objects.create(unit=other, element=teaching.element, coefficient=1)
    written, oral = make_assessment(teaching), make_assessment(teaching)
    AssessmentWeight.objects.create(assessment=oral, unit=other, weight=3)
    AssessmentWeight.objects.create(assessment=written, unit=unit, weight=0)
    enter(written, {ann: "8"})

    sheet = enter(oral, {ann: "12"})

    assert shown(sheet, ann) == [("UE31", "12.00", False), ("UE41", "11.00", False)]


def test_a_bonus_assessment_is_not_in_the_average_of_its_element(teaching):
    ann = make_enrolment(teaching.cohort)
    enter(make_assessment(teaching), {ann: "12"})

    sheet = enter(make_assessment(teaching, kind="bonus", maximum=1), {ann: "0,5"})

    assert shown(sheet, ann) == [("", "12.00", False)]
    assert sheet.progress() == Progress(1, 1)


def test_students_who_left_or_are_dispensed_are_off_with_their_reason(teaching):
    make_assessment(teaching)
    there = make_enrolment(teaching.cohort)
    gone = make_enrolment(teaching.cohort, status="DEM", status_since=datetime.date(2025, 1, 6))
    dispensed = make_enrolment(teaching.cohort)
    dispensed.dispensed.set([teaching.element.weights.get().unit])

    sheet = load_sheet(teaching)

    assert [sheet.off(each) for each in (there, gone, dispensed)] == [
        "",
        "démission le 6 janvier 2025\N{NO-BREAK SPACE}: aucune note attendue",
        "UE31\N{NO-BREAK SPACE}: dispense ou UE acquise, aucune note attendue",
    ]
    assert sheet.progress() == Progress(0, 1)


def test_a_defaulting_student_has_not_left_their_marks_are_entered(teaching):
    """Domain 3.7: DEF takes no right away; nothing is awaited of them all the same."""
    there = make_enrolment(teaching.cohort, status="DEF", status_since=datetime.date(2025, 1, 6))
    exam = make_assessment(teaching, date=datetime.date(2025, 3, 4))

    assert (load_sheet(teaching).off(there), load_sheet(teaching).progress()) == ("", Progress(0, 0))
    assert shown(enter(exam, {there: "12"}), there) == [("", "12.00", False)]


def test_who_left_keeps_the_marks_from_before_and_is_awaited_no_more(teaching):
    gone = make_enrolment(teaching.cohort, status="DEM", status_since=datetime.date(2025, 3, 10))
    before = make_assessment(teaching, date=datetime.date(2025, 3, 4))
    make_assessment(teaching, date=datetime.date(2025, 3, 5))
    make_assessment(teaching, date=datetime.date(2025, 4, 1))

    sheet = enter(before, {gone: "12"})

    assert (sheet.off(gone), sheet.progress()) == ("", Progress(0, 0))
    assert shown(sheet, gone) == [("", "12.00", False)]
    [row] = Grid(sheet).rows
    assert [(cell.text, cell.closed) for cell in row.cells] == [
        ("12", ""),
        ("", ""),
        ("", "démission le 10 mars 2025"),
    ]


def test_the_page_shows_first_what_has_to_be_entered(teaching):
    ann = make_enrolment(teaching.cohort)
    done, todo, _ = (make_assessment(teaching) for _ in range(3))

    grid = Grid(enter(done, {ann: "12"}))

    assert [column.assessment for column in grid.columns if column.shown] == [todo]
    assert grid.first_missing == (todo, ann)


def test_a_sheet_is_five_queries_whatever_its_size(teaching, django_assert_num_queries):
    for _ in range(3):
        make_enrolment(teaching.cohort)
        make_assessment(teaching)

        with django_assert_num_queries(5):
            sheet = load_sheet(teaching)
            Grid(sheet)

    assert (len(sheet.assessments), len(sheet.enrolments)) == (3, 3)


def test_the_overview_tells_how_far_each_element_has_come():
    cohort = make_cohort()
    teacher = make_user("teacher", department=cohort.department)
    ann, _ = make_enrolment(cohort), make_enrolment(cohort)
    third = make_teaching(cohort, programme_of(cohort).elements.get(semester=3), teachers=[teacher])
    fourth = make_teaching(cohort, programme_of(cohort).elements.get(semester=4), heads=[teacher])
    make_teaching(cohort, make_element(programme_of(cohort)))
    enter(make_assessment(fourth), {ann: "12,5"})

    lines = overview(teacher, 2024)

    assert [
        (line.teaching, line.role, line.units, line.progress, line.average, line.state[2]) for line in lines
    ] == [
        (third, "enseignement", "UE31", Progress(0, 0), None, "aucune évaluation"),
        (fourth, "responsable", "UE41", Progress(1, 2), Decimal("12.50"), "en saisie"),
    ]
    Assessment.objects.update(locked=True)
    assert [line.state[2] for line in overview(teacher, 2024)] == [
        "aucune évaluation",
        "verrouillé par le jury",
    ]
    assert overview(teacher, 2023) == []


def test_the_overview_and_the_sheet_agree(teaching):
    teacher = make_user("teacher", department=teaching.cohort.department)
    teaching.teachers.add(teacher)
    ann, bob, eve = (make_enrolment(teaching.cohort) for _ in range(3))
    eve.dispensed.set([teaching.element.weights.get().unit])
    enter(make_assessment(teaching), {ann: "12", bob: "ABI"})

    sheet = enter(make_assessment(teaching, maximum=10), {ann: "7,5", bob: "ABJ"})

    [line] = overview(teacher, 2024)
    assert (line.progress, line.average) == (sheet.progress(), sheet.average_figures()[0][1].mean)


def test_the_database_counts_as_the_sheet_does(teaching):
    """Groups, who is excused, left or does not take the semester, what is awaited or expects nothing."""
    cohort, teacher = teaching.cohort, make_user("teacher", department=teaching.cohort.department)
    teaching.teachers.add(teacher)
    group = Group.objects.create(cohort=cohort, name="TP A")
    ann, bob, eve, gone, elsewhere = (make_enrolment(cohort) for _ in range(5))
    enter(make_assessment(teaching), {ann: "12", bob: "ATT", eve: "9", gone: "8", elsewhere: "7"})
    of_group = make_assessment(teaching)
    enter(of_group, {ann: "ABI", bob: "11"})
    enter(make_assessment(teaching, kind=Assessment.Kind.SECOND_CHANCE), {bob: "14"})
    Assessment.objects.filter(pk=of_group.pk).update(group=group)
    Enrolment.objects.filter(pk=ann.pk).update(group=group)
    Enrolment.objects.filter(pk=gone.pk).update(status="DEM", status_since="2024-10-01")
    odd = bool(teaching.element.semester % 2)
    Enrolment.objects.filter(pk=elsewhere.pk).update(takes_odd=not odd, takes_even=odd)
    eve.dispensed.set([teaching.element.weights.get().unit])

    [line] = overview(teacher, 2024)

    sheet = load_sheet(teaching)
    assert line.progress == sheet.progress() == Progress(2, 3)
    assert line.awaited == sum(gap.awaited for gap in sheet.gaps()) == 1


def test_a_list_that_shows_no_average_computes_none_and_reads_no_mark(teaching, monkeypatch):
    teacher = make_user("teacher", department=teaching.cohort.department)
    teaching.teachers.add(teacher)
    enter(make_assessment(teaching), {make_enrolment(teaching.cohort): "12"})
    monkeypatch.setattr(Sheet, "averages", None)
    monkeypatch.setattr(many_sheets, "marks_of", None)

    [line] = overview(teacher, 2024)

    assert (line.progress, line.awaited, line.state[2]) == (Progress(1, 1), 0, "à déclarer complet")


def test_the_overview_has_as_many_queries_for_one_element_as_for_three(django_assert_num_queries):
    cohort = make_cohort()
    teacher = make_user("teacher", department=cohort.department)
    for _ in range(3):
        teaching = make_teaching(cohort, make_element(programme_of(cohort)), teachers=[teacher])
        enter(make_assessment(teaching), {make_enrolment(cohort): "12"})

        asking = User.objects.get(pk=teacher.pk)  # whose roles are not read yet
        with django_assert_num_queries(11):
            lines = overview(asking, 2024)

    assert len(lines) == 3


def test_the_mean_that_the_database_adds_up_is_that_of_the_averages(teaching):
    """All there on several scales; then an absence, a departure, another semester, a second chance."""
    teacher = make_user("teacher", department=teaching.cohort.department)
    teaching.teachers.add(teacher)
    ann, bob, eve, gone, elsewhere = everybody = [make_enrolment(teaching.cohort) for _ in range(5)]
    enter(make_assessment(teaching, maximum=30), dict.fromkeys(everybody, "12,35"))
    third = enter(make_assessment(teaching, coefficient="1.5"), {ann: "7,05", bob: "0", eve: "19,95"})
    enter(next(reversed(third.assessments.values())), {gone: "8", elsewhere: "11"})

    def means() -> list[Decimal | None]:
        [line] = overview(teacher, 2024)
        return [line.average, load_sheet(teaching).average_figures()[0][1].mean]

    assert means() == [Decimal("8.81")] * 2
    odd = bool(teaching.element.semester % 2)
    Enrolment.objects.filter(pk=elsewhere.pk).update(takes_odd=not odd, takes_even=odd)
    Enrolment.objects.filter(pk=gone.pk).update(status="DEM", status_since="2024-10-01")
    enter(make_assessment(teaching), {ann: "3", bob: "ABJ"})
    enter(make_assessment(teaching, kind=Assessment.Kind.SECOND_CHANCE), {eve: "20"})
    assert len({*means()}) == 1


def test_the_mean_of_a_class_works_out_the_average_of_nobody_who_has_all_their_marks(teaching, monkeypatch):
    teacher = make_user("teacher", department=teaching.cohort.department)
    teaching.teachers.add(teacher)
    ann, bob, eve = (make_enrolment(teaching.cohort) for _ in range(3))
    enter(make_assessment(teaching), {ann: "12", bob: "ABJ", eve: "8"})
    asked = []
    monkeypatch.setattr(Sheet, "averages", lambda sheet, who: asked.append(who) or [])

    [line] = overview(teacher, 2024)

    assert (line.average, asked) == (Decimal("10.00"), [bob])
