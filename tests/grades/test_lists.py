"""Marks from a list: whose each line is, what it would change, what is left aside and why, undone."""

from __future__ import annotations

import io
from copy import deepcopy

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import Workbook

from butrt.base.spreadsheets import Unreadable
from grades.lists.reading import Columns, read_list
from grades.marks import text_of
from grades.models import Mark, MarkChange
from grades.one_sheet import load_sheet
from grades.roster import Named, People
from grades.services import Entry, record_marks
from tests.factories import (
    make_assessment,
    make_cohort,
    make_enrolment,
    make_student,
    make_teaching,
    make_user,
)

pytestmark = pytest.mark.django_db

PEOPLE = (
    ("22000101", "N’GUESSAN", "Aya"),
    ("22000102", "ŁUKASZEWICZ", "Zoé"),
    ("02000103", "LE GUEN", "Jean-Noël"),
    ("22000104", "MARTIN", "Camille"),
    ("22000105", "MARTIN", "Louis"),
)
MOODLE = (
    "Nom de famille;Prénom;Numéro d'identification;Adresse de courriel;État;Commencé le;Note/20,00;"
    "Q. 1 /2,00\n"
    "Nguessan;Aya;22000101;a@x.fr;Terminé;3 mars 2025;14,50;1,00\n"
    "Lukaszewicz;Zoe;;z@x.fr;Terminé;3 mars 2025;9,00;2,00\n"
    "Le Guen;Jean-Noel;2000103;j@x.fr;Jamais envoyé;-;-;-\n"
    "Inconnu;Paul;22999999;p@x.fr;Terminé;3 mars 2025;12,00;2,00\n"
    "Moyenne globale;;;;;;11,83;1,66\n"
)


@pytest.fixture(scope="module")
def teaching_once(once):
    return once(make_filled)


@pytest.fixture
def teaching(client, teaching_once):
    """That of `make_filled`; who teaches it is signed in."""
    teaching = deepcopy(teaching_once)
    client.force_login(teaching.teachers.get())
    return teaching


def make_filled():
    """An element: DS out of 20 and Projet out of 40; five students, N’GUESSAN has 12 at DS."""
    cohort = make_cohort()
    teaching = make_teaching(cohort, teachers=[make_user("teacher", department=cohort.department)])
    ds = make_assessment(teaching, title="DS", position=0)
    make_assessment(teaching, title="Projet", position=1, maximum=40)
    for number, last, first in PEOPLE:
        student = make_student(cohort.department, number=number, last_name=last, first_name=first)
        make_enrolment(cohort, student)
    aya = cohort.enrolments.get(student__number="22000101")
    teacher = teaching.teachers.get()
    record_marks(teaching=teaching, entries=[Entry(ds.pk, aya.pk, "12", 0)], by=teacher)
    return teaching


def post(client, teaching, **fields):
    title = fields.pop("title", "DS")
    fields.setdefault("assessment", teaching.assessments.get(title=title).pk)
    return client.post(reverse("grades:mark_list", args=[teaching.pk]), fields)


def told(answer):
    """What would change, and what is left aside: (name, before, after), {line: why}."""
    changes = [
        (change.enrolment.student.last_name, change.before, change.after)
        for change in answer.context["preview"].changes
    ]
    return changes, {line.row: line.reason for line in answer.context["left"]}


def marks(teaching, title="DS"):
    rows = Mark.objects.filter(assessment__teaching=teaching, assessment__title=title)
    return {mark.enrolment.student.last_name: text_of(mark) for mark in rows.select_related("enrolment")}


def test_an_export_of_moodle_is_read_as_it_is_recorded_and_undone(client, teaching):
    answer = post(client, teaching, text=MOODLE)
    changes, left = told(answer)
    page = answer.content.decode()

    assert changes == [("N’GUESSAN", "12", "14,5"), ("ŁUKASZEWICZ", "", "9")]
    assert list(left) == [5, 6]
    assert "ni ce n° ni ce nom" in left[5]
    assert "n’est de personne" in left[6]
    assert "1 note déjà saisie remplacée" in page
    assert "1 ligne sans note" in page
    assert "restent sans note" in page
    assert marks(teaching) == {"N’GUESSAN": "12"}

    done = post(client, teaching, preview=answer.context["preview"].token)
    change = MarkChange.objects.filter(origin="list").first()
    assert done["Location"] == reverse("grades:operation", args=[teaching.pk, change.pk])
    assert marks(teaching) == {"N’GUESSAN": "14,5", "ŁUKASZEWICZ": "9"}

    client.post(done["Location"])
    assert marks(teaching) == {"N’GUESSAN": "12", "ŁUKASZEWICZ": ""}


def test_two_columns_without_titles_pasted_with_what_cannot_be_read(client, teaching):
    text = "\n".join(
        [
            "2000103\t8,25",  # the spreadsheet dropped the zero
            "MARTIN\t11",
            "MARTIN Louis\t21",
            "Zoé LUKASZEWICZ\tABJ",
            "22000104\t10",
            "22000104\t12",
        ]
    )
    changes, left = told(post(client, teaching, text=text))

    assert changes == [("LE GUEN", "", "8,25"), ("ŁUKASZEWICZ", "", "ABJ")]
    assert "MARTIN Camille (n°\N{NO-BREAK SPACE}22000104) et MARTIN Louis" in left[2]
    assert "dépasse le maximum" in left[3]
    assert {left[5], left[6]} == {
        "Plusieurs lignes, de notes différentes : n’en garder qu’une dans la liste."
    }


def test_the_columns_and_the_evaluation_are_chosen_on_screen(client, teaching):
    book = Workbook()
    for row in (["Étudiant", "TD", "Final"], ["22000104", 14, 31.5], ["22000105", 9, 28]):
        book.active.append(row)
    stream = io.BytesIO()
    book.save(stream)
    stream.seek(0)
    stream.name = "projet.xlsx"
    first = post(client, teaching, title="Projet", file=stream)
    kept = first.context["token"]

    again = post(client, teaching, title="Projet", kept=kept, number=1, name=0, first_name=0, mark=3)
    assert told(again)[0] == [("MARTIN", "", "31,5"), ("MARTIN", "", "28")]
    none = post(client, teaching, title="Projet", kept=kept, number=0, name=0, first_name=0, mark=3)
    assert "Dire quelle colonne donne le n° étudiant" in none.content.decode()
    forged = post(client, teaching, kept=kept[:-1] + "!", number=1, name=0, first_name=0, mark=3)
    assert "n’est plus gardée" in forged.content.decode()
    assert marks(teaching, "Projet") == {}


def test_a_mark_changed_between_the_preview_and_its_confirmation_is_shown(client, teaching):
    token = post(client, teaching, text="22000101;15").context["preview"].token
    ds = teaching.assessments.get(title="DS")
    aya = teaching.cohort.enrolments.get(student__number="22000101")
    other = make_user("teacher", department=teaching.cohort.department)
    record_marks(teaching=teaching, entries=[Entry(ds.pk, aya.pk, "13", 1)], by=other)

    answer = post(client, teaching, preview=token)

    assert "Il reste des notes à départager" in answer.content.decode()
    assert marks(teaching) == {"N’GUESSAN": "13"}


def test_what_was_typed_stays_when_nothing_can_be_read(client, teaching):
    empty = post(client, teaching, text="")
    unread = post(client, teaching, text="un mot\n")

    assert "Coller la liste, ou choisir le fichier" in empty.content.decode()
    assert "Colonnes à choisir" in unread.content.decode()


@pytest.mark.parametrize(
    ("line", "last", "said"),
    [
        (Named("22000101"), "N’GUESSAN", ""),
        (Named(name="aya nguessan"), "N’GUESSAN", ""),
        (Named(name="N'Guessan", first_name="AYA"), "N’GUESSAN", ""),
        (Named("1234", "Le Guen Jean Noël"), "LE GUEN", ""),
        (Named("22000101", "MARTIN", "Camille"), None, "nomme quelqu’un d’autre"),
        (Named("22000101", "Nguessan-Dupont", "Aya"), "N’GUESSAN", ""),
        (Named(name="Martin"), None, "Plusieurs peuvent l’être"),
        (Named("77"), None, "n’a ce n°"),
    ],
)
def test_whom_a_line_names(teaching, line, last, said):
    match = People(load_sheet(teaching).enrolments.values()).match(line)

    assert (match.enrolment.student.last_name if match.enrolment else None) == last
    assert said in match.reason


def test_an_empty_or_broken_file_is_refused(teaching):
    sheet = load_sheet(teaching)
    people, ds = People(sheet.enrolments.values()), teaching.assessments.get(title="DS")

    with pytest.raises(Unreadable):
        read_list(b"%PDF-1.4", people, ds)
    read, columns = read_list(b"22000101,14,5\n22000102,9\n", people, ds)
    assert columns == Columns(number=1, mark=2)
    assert read.header_row == 0
    assert [read.text(row, 2) for row in read.body] == ["14,5", "9"]


def test_the_page_asks_as_many_queries_for_one_line_as_for_five(client, teaching):
    counts = []
    for lines in (PEOPLE[:1], PEOPLE):
        with CaptureQueriesContext(connection) as queries:
            post(client, teaching, text="\n".join(f"{number};10" for number, *_ in lines))
        counts.append(len(queries))
    assert counts[0] == counts[1]
