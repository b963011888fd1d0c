"""Between a mark workbook shown and saved: two people, and undoing."""

from __future__ import annotations

import pytest

from grades.marks import text_of
from grades.models import Assessment, MarkChange
from grades.services import Entry, record_marks, undo_operation
from tests.factories import (
    make_element,
    make_teaching,
    make_user,
    programme_of,
)
from tests.grades.workbook.files import (
    NBSP,
    assessment,
    confirm,
    download,
    edited,
    send,
    stored,
    students,
    told,
    url,
)

pytestmark = pytest.mark.django_db


def test_a_mark_changed_meanwhile_is_a_conflict_with_both_values_and_a_choice(client, teaching):
    data = edited(download(client, teaching), {"F6": 14, "F8": 11})
    ds, abel = assessment(teaching, "DS"), students(teaching)[0]
    colleague = make_user(first_name="Karim", last_name="Ouadah")
    record_marks(teaching=teaching, entries=[Entry(ds.pk, abel.pk, "15,5", 1)], by=colleague)
    before = stored()

    answer = send(client, teaching, data)
    preview = answer.context["preview"]
    page = answer.content.decode()
    unsettled = confirm(client, teaching, answer)

    assert told(preview.conflicts) == [("F6", "ABEL", "DS", "15,5", "14")]
    assert told(preview.changes) == [("F8", "CORI", "DS", "", "11")]
    assert ("Karim Ouadah" in page, f"c-{ds.pk}-{abel.pk}" in page) == (True, True)
    assert "Il reste des notes à départager." in unsettled.content.decode()
    assert stored() == before

    field = f"c-{ds.pk}-{abel.pk}"
    confirm(client, teaching, answer, **{field: "theirs"})
    assert [text_of(mark) for mark in ds.marks.order_by("enrolment__student__last_name")] == [
        "15,5",
        "ABI",
        "11",
    ]
    confirm(client, teaching, answer, **{field: "mine-2"})
    assert text_of(ds.marks.get(enrolment=abel)) == "14"


def test_a_cell_that_the_file_did_not_touch_is_no_conflict(client, teaching):
    data = edited(download(client, teaching), {"F8": 11})
    ds = assessment(teaching, "DS")
    abel, _, _, dupuy = students(teaching)
    entries = [Entry(ds.pk, abel.pk, "15,5", 1), Entry(ds.pk, dupuy.pk, "3", 0)]
    record_marks(teaching=teaching, entries=entries, by=make_user())

    preview = send(client, teaching, data).context["preview"]

    assert (told(preview.changes), preview.conflicts) == ([("F8", "CORI", "DS", "", "11")], [])


def test_what_changes_between_the_preview_and_the_confirmation_saves_nothing(client, teaching):
    answer = send(client, teaching, edited(download(client, teaching), {"F6": 14, "F8": 11}))
    ds, abel = assessment(teaching, "DS"), students(teaching)[0]
    record_marks(teaching=teaching, entries=[Entry(ds.pk, abel.pk, "9", 1)], by=make_user())
    before = stored()

    again = confirm(client, teaching, answer)

    assert stored() == before
    assert told(again.context["preview"].conflicts) == [("F6", "ABEL", "DS", "9", "14")]
    confirm(client, teaching, again, **{f"c-{ds.pk}-{abel.pk}": "mine-2"})
    assert text_of(ds.marks.get(enrolment=abel)) == "14"


def test_a_preview_confirmed_twice_is_saved_once(client, teaching):
    answer = send(client, teaching, edited(download(client, teaching), {"F8": 11}))
    confirm(client, teaching, answer)
    before = stored()

    again = confirm(client, teaching, answer)

    assert (again.url, stored()) == (teaching.get_absolute_url(), before)


def test_a_preview_is_its_readers_and_its_elements(client, teaching):
    other = make_teaching(
        teaching.cohort, make_element(programme_of(teaching.cohort)), heads=teaching.heads.all()
    )
    answer = send(client, teaching, edited(download(client, teaching), {"F8": 11}))
    token = answer.context["preview"].token
    before = stored()

    forged = client.post(url("workbook_import", teaching.pk), {"preview": token[:-1] + "!"})
    elsewhere = client.post(url("workbook_import", other.pk), {"preview": token})
    colleague = make_user("teacher", department=teaching.cohort.department)
    teaching.heads.add(colleague)
    client.force_login(colleague)
    theirs = client.post(url("workbook_import", teaching.pk), {"preview": token})

    for page in (forged, elsewhere, theirs):
        assert "Cet aperçu n’est plus valable." in page.content.decode()
    assert stored() == before


def test_an_undo_leaves_what_changed_since_and_says_so(client, teaching):
    answer = send(client, teaching, edited(download(client, teaching), {"F6": 14, "F8": 11}))
    operation = confirm(client, teaching, answer).url
    ds, cori = assessment(teaching, "DS"), students(teaching)[2]
    record_marks(teaching=teaching, entries=[Entry(ds.pk, cori.pk, "16", 1)], by=make_user())

    client.get(operation)  # told what was saved

    page = client.post(operation, follow=True)

    assert [text_of(mark) for mark in ds.marks.order_by("enrolment__student__last_name")] == [
        "12",
        "ABI",
        "16",
    ]
    assert [str(message) for message in page.context["messages"]] == [
        "1 note remise comme avant.",
        f"CORI Camille, DS{NBSP}: changée depuis, reste à 16.",
    ]


def test_a_paste_on_the_screen_is_undone_and_the_undo_too(client, teaching):
    ds = assessment(teaching, "DS")
    entries = [
        Entry(ds.pk, each.pk, "10", 1 if index < 2 else 0) for index, each in enumerate(students(teaching))
    ]
    author = teaching.heads.get()
    pasted = record_marks(teaching=teaching, entries=entries, by=author)

    undone = undo_operation(teaching=teaching, at=pasted.at, author=author, by=author)
    again = undo_operation(teaching=teaching, at=undone.at, author=author, by=author)

    assert [each.text for each in undone.outcomes] == ["12", "ABI", "", ""]
    assert [each.text for each in again.outcomes] == ["10", "10", "10", "10"]
    assert [each.origin for each in MarkChange.objects.order_by("pk")][-8:] == ["correction"] * 8


def test_the_panel_offers_to_undo_what_was_saved_together(client, teaching):
    page = client.get(teaching.get_absolute_url()).content.decode()

    first = MarkChange.objects.order_by("pk").first()
    assert f'<a href="{url("operation", teaching.pk, first.pk)}">2 notes, DS</a>' in page
    assert "annuler<span" in page


def test_who_may_undo(client, teaching):
    first = MarkChange.objects.order_by("pk").first()
    operation = url("operation", teaching.pk, first.pk)
    teacher = make_user("teacher", department=teaching.cohort.department)
    teaching.teachers.add(teacher)
    client.force_login(teacher)
    before = stored()

    assert "Annuler cette saisie" not in client.get(operation).content.decode()
    answer = client.post(operation)

    assert (answer.status_code, stored() == before) == (403, True)
    assert "Qui a saisi ces notes" in answer.content.decode()
    elsewhere = make_teaching(teachers=[teacher])
    assert client.get(url("operation", elsewhere.pk, first.pk)).status_code == 404


def test_nothing_is_undone_once_the_jury_sits(client, teaching):
    operation = url("operation", teaching.pk, MarkChange.objects.order_by("pk").first().pk)
    Assessment.objects.update(locked=True)
    before = stored()

    assert "il n’y a plus rien à annuler" in client.get(operation).content.decode()
    assert (client.post(operation).status_code, stored()) == (403, before)


def test_a_teacher_is_told_that_heads_import(client, teaching):
    teacher = make_user("teacher", department=teaching.cohort.department)
    teaching.teachers.add(teacher)
    client.force_login(teacher)

    for name in ("workbook", "workbook_import"):
        answer = client.get(url(name, teaching.pk))
        assert answer.status_code == 403
        assert "Les responsables de l’élément" in answer.content.decode()
