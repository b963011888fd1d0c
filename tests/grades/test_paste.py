"""What a block would change before it is saved, one group alone, the order and the end of évaluations."""

from __future__ import annotations

import datetime
import json

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from butrt.base.journal.models import Entry as JournalEntry
from grades.grid import Grid
from grades.models import Assessment, Group, Mark
from grades.one_sheet import load_sheet
from grades.paste import preview_answer, preview_block
from grades.services import Entry, delete_assessment, lock_marks, move_assessment, record_marks
from grades.sheet import Part, Progress
from tests.factories import (
    make_assessment,
    make_cohort,
    make_enrolment,
    make_student,
    make_teaching,
    make_user,
)
from tests.pages import packed

pytestmark = pytest.mark.django_db


@pytest.fixture
def teaching():
    return make_teaching(make_cohort())


@pytest.fixture
def head(teaching):
    user = make_user("teacher")
    teaching.heads.add(user)
    role = user.roles.get()
    role.department = teaching.cohort.department
    role.save()
    return user


def people(teaching, *names, **more):
    department = teaching.cohort.department
    return [
        make_enrolment(teaching.cohort, make_student(department, last_name=name), **more) for name in names
    ]


def enter(assessment, marks):
    entries = [Entry(assessment.pk, enrolment.pk, text, 0) for enrolment, text in marks.items()]
    return record_marks(teaching=assessment.teaching, entries=entries, by=make_user())


def test_a_block_tells_what_it_would_save_refuse_and_pass(teaching):
    assessment = make_assessment(teaching, date=datetime.date(2025, 4, 1))
    ann, bob, cat, dan, eve = people(teaching, "ANN", "BOB", "CAT", "DAN", "EVE")
    [gone] = people(teaching, "GIL", status="DEM", status_since=datetime.date(2025, 3, 14))
    enter(assessment, {bob: "8", dan: "11", eve: "9"})
    texts = {
        ann: ("9.5", 0),
        bob: ("12", 1),
        cat: ("absent", 0),
        dan: ("11", 1),
        gone: ("10", 0),
        eve: ("7", 0),
    }

    preview = preview_block(
        load_sheet(teaching), [Entry(assessment.pk, each.pk, *typed) for each, typed in texts.items()]
    )

    assert [(line.enrolment, line.state, line.before, line.has_point) for line in preview.lines] == [
        (ann, "saved", "", True),
        (bob, "saved", "8", False),
        (cat, "refused", "", False),
        (gone, "passed", "", False),
        (eve, "conflict", "9", False),
    ]
    assert (preview.saved, preview.refused, preview.passed, preview.conflicts, preview.unchanged) == (
        2,
        1,
        1,
        1,
        1,
    )
    answer = preview_answer(preview)
    assert answer["confirm"] == "Enregistrer les 2\N{NO-BREAK SPACE}notes"
    assert answer["write"] == [f"{assessment.pk}-{each.pk}" for each in (ann, bob, cat, eve)]
    for words in (
        "8 devient 12",
        "n’est ni une note ni un code",
        "démission le 14 mars 2025",
        "(point lu comme une virgule)",
    ):
        assert words in packed(answer["html"])


def test_the_preview_saves_nothing_and_a_block_with_nothing_to_save_cannot_be_confirmed(
    teaching, head, client
):
    assessment = make_assessment(teaching)
    [ann] = people(teaching, "ANN")
    client.force_login(head)

    def look(text):
        cells = [{"a": assessment.pk, "e": ann.pk, "v": 0, "t": text}]
        address = reverse("grades:preview", args=[teaching.pk])
        return client.post(address, json.dumps({"cells": cells}), content_type="application/json").json()

    assert look("12")["confirm"] == "Enregistrer la note"
    assert look("25")["confirm"] == ""
    assert "&lt;b&gt;" in look("<b>")["html"]
    assert not Mark.objects.exists()


def test_one_group_narrows_the_sheet_its_figures_and_its_empty_cells(teaching):
    first = Group.objects.create(cohort=teaching.cohort, name="TP A")
    second = Group.objects.create(cohort=teaching.cohort, name="TP B")
    [ann] = people(teaching, "ANN", group=first)
    bob, cat = people(teaching, "BOB", "CAT", group=second)
    for_all, for_first = make_assessment(teaching), make_assessment(teaching, group=first)
    enter(for_all, {ann: "12", bob: "8"})

    grid = Grid(load_sheet(teaching), part=Part("groupe", second.pk))

    assert [row.enrolment for row in grid.rows] == [bob, cat]
    assert [column.assessment for column in grid.columns] == [for_all]
    assert (grid.progress, grid.query) == (Progress(1, 2), f"?groupe={second.pk}")
    assert grid.columns[0].empty == [f"{for_all.pk}-{cat.pk}"]
    assert str(grid.columns[0].numbers.mean) == "8.00"
    assert for_first in Grid(load_sheet(teaching)).sheet.assessments.values()


def test_the_group_is_in_the_address_and_stays_there(teaching, head, client):
    group = Group.objects.create(cohort=teaching.cohort, name="TP A")
    assessment = make_assessment(teaching, title="DS")
    [ann] = people(teaching, "ANN", group=group)
    people(teaching, "BOB")
    client.force_login(head)
    address = f"{teaching.get_absolute_url()}?groupe={group.pk}"

    page = client.get(address).content.decode()
    answer = client.post(address, {f"m-{assessment.pk}-{ann.pk}-0": "12"})

    assert ("<b>ANN</b>" in page, "<b>BOB</b>" in page) == (True, False)
    assert answer.url == address
    for other in ("0", "x", "9" * 30, "²"):
        assert "<b>BOB</b>" in client.get(teaching.get_absolute_url(), {"groupe": other}).content.decode()


def test_empty_cells_are_those_where_a_mark_is_expected(teaching):
    assessment = make_assessment(teaching, date=datetime.date(2025, 4, 1))
    ann, bob, cat = people(teaching, "ANN", "BOB", "CAT")
    people(teaching, "GIL", status="DEM", status_since=datetime.date(2025, 6, 1))
    enter(assessment, {ann: "12", bob: "ATT"})

    [column] = Grid(load_sheet(teaching)).columns

    assert column.empty == [f"{assessment.pk}-{cat.pk}"]
    Assessment.objects.update(locked=True)
    assert Grid(load_sheet(teaching)).columns[0].empty == []


def test_the_cells_pointed_out_and_the_column_where_all_are_equal(teaching):
    first, second = make_assessment(teaching), make_assessment(teaching, maximum=10)
    enrolments = people(teaching, "ANN", "BOB", "CAT", "DAN")
    enter(first, dict.fromkeys(enrolments, "12"))
    enter(second, dict(zip(enrolments, ["6", "6,5", "7", "0,6"], strict=True)))

    grid = Grid(load_sheet(teaching))

    assert grid.odd == {(first.pk, enrolments[3].pk), (second.pk, enrolments[3].pk)}
    assert [cell.states for cell in grid.rows[3].cells] == ["saved odd", "saved odd"]
    assert [column.equal for column in grid.columns] == ["12", ""]


def test_an_evaluation_moves_one_column_and_stays_at_the_edges(teaching, head):
    first, second, third = (make_assessment(teaching, title=title) for title in "ABC")

    def order():
        return [each.title for each in teaching.assessments.all()]

    move_assessment(assessment=third, step=-1, by=head)
    assert order() == ["A", "C", "B"]
    move_assessment(assessment=first, step=1, by=head)
    assert order() == ["C", "A", "B"]
    number = JournalEntry.objects.count()
    move_assessment(assessment=second, step=1, by=head)
    assert (order(), JournalEntry.objects.count()) == (["C", "A", "B"], number)
    lock_marks(cohort=teaching.cohort, semesters=[teaching.element.semester], by=head)
    with pytest.raises(ValidationError, match="verrouillées par le jury"):
        move_assessment(assessment=first, step=1, by=head)


def test_an_evaluation_is_deleted_only_when_nobody_ever_typed_there(teaching, head):
    empty, marked = make_assessment(teaching, title="DS"), make_assessment(teaching, title="TP")
    [ann] = people(teaching, "ANN")
    enter(marked, {ann: "12"})
    record_marks(teaching=teaching, entries=[Entry(marked.pk, ann.pk, "", 1)], by=head)

    delete_assessment(assessment=empty, by=head)

    assert [each.title for each in teaching.assessments.all()] == ["TP"]
    with pytest.raises(ValidationError, match="leur histoire est gardée"):
        delete_assessment(assessment=marked, by=head)
    assert JournalEntry.objects.latest("pk").details["title"] == "DS"


def test_moving_keeps_the_focus_and_deleting_says_what_was_done(teaching, head, client):
    first, second = make_assessment(teaching, title="DS"), make_assessment(teaching, title="TP")
    client.force_login(head)

    moved = client.post(reverse("grades:assessment_move", args=[second.pk]), {"vers": "gauche"})
    page = client.get(reverse("grades:assessment_edit", args=[first.pk])).content.decode()
    gone = client.post(reverse("grades:assessment_delete", args=[first.pk]), follow=True)

    assert moved.url == f"{teaching.get_absolute_url()}#left-{second.pk}"
    assert "Personne n’y a encore saisi de note" in page
    assert "DS est supprimée." in gone.content.decode()


def test_an_average_tells_its_reasons_and_where_it_counts(teaching, head, client):
    [ann] = people(teaching, "ANN")
    enter(make_assessment(teaching, title="DS", coefficient=2), {ann: "12"})
    enter(make_assessment(teaching, title="TP", maximum=10), {ann: "7,5"})
    enter(make_assessment(teaching, title="QCM"), {ann: "ABJ"})
    client.force_login(head)

    page = client.get(reverse("grades:average", args=[teaching.pk, ann.pk])).content.decode()

    for words in (
        "compte 12,00 × 2",
        "compte 15,00 × 1",
        "absence justifiée, ne compte pas",
        "39,00 ÷ 3 = <b>13,00</b>",
        "UE31 (coef.",
    ):
        assert words in page
    assert client.get(reverse("grades:average", args=[teaching.pk, ann.pk + 99])).status_code == 404
