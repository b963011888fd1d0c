"""Keys, rows and columns of a mark workbook: what may change, what is refused."""

from __future__ import annotations

import io

import pytest
from openpyxl import load_workbook

from grades.models import Assessment
from tests.factories import (
    make_assessment,
    make_element,
    make_enrolment,
    make_student,
    make_teaching,
    programme_of,
)
from tests.grades.workbook.files import (
    NBSP,
    assessment,
    download,
    edited,
    refused,
    send,
    stored,
    students,
    told,
)

pytestmark = pytest.mark.django_db


def test_the_wrong_elements_sheet_is_refused_by_its_name(client, teaching):
    other = make_teaching(teaching.cohort, make_element(programme_of(teaching.cohort), code="R399"))
    other.heads.add(*teaching.heads.all())
    make_assessment(other, title="DS")

    answer = send(client, teaching, edited(download(client, other), {"F6": 12}))

    assert "Ce classeur est celui de « R399 Élément R399," in answer.content.decode().replace(NBSP, " ")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"A3": None}, "Aucune feuille de ce classeur ne porte de clé en A3"),
        ({"A3": "butrt-notes-1/1/1=20:abc"}, "La clé de la feuille, en A3, a été changée."),
        ({"A3": "butrt-notes-9/1/1=20:abc"}, "Ce classeur est d’une autre version du logiciel."),
        ({"A3": "=A4"}, "Aucune feuille de ce classeur ne porte de clé en A3"),
    ],
)
def test_a_changed_key_of_the_sheet_is_refused(client, teaching, change, reason):
    answer = send(client, teaching, edited(download(client, teaching), {"F8": 11} | change))

    assert reason in answer.context["refused"]


def shift_marks(tab):
    """The identities and marks of rows 6 and 7 exchanged without their keys: a partial sort."""
    for column in "BCDF":
        tab[f"{column}6"].value, tab[f"{column}7"].value = tab[f"{column}7"].value, tab[f"{column}6"].value


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda tab: tab.__setitem__("A6", "1/0.0:x"), {"B6": "La clé de cette ligne a été changée."}),
        (lambda tab: tab.__setitem__("A6", None), {"B6": "Cette ligne n’a pas de clé."}),
        (lambda tab: tab.__setitem__("A7", tab["A6"].value), {"B7": "Le même étudiant est déjà en ligne 6."}),
        (lambda tab: tab.__setitem__("C6", "AUTRE"), {"C6": "La clé de cette ligne est celle d’ABEL"}),
        (
            shift_marks,
            {
                "B6": "La clé de cette ligne est celle d’ABEL",
                "B7": "La clé de cette ligne est celle de BRUN",
            },
        ),
        (lambda tab: tab.__setitem__("F12", 13), {"F12": "Cette ligne n’a pas de clé."}),
        (lambda tab: tab.__setitem__("F3", 999999), {"F4": "La clé de cette colonne, en F3, a été changée."}),
        (lambda tab: tab.__setitem__("F3", None), {"F4": "La clé de cette colonne a été effacée."}),
        (lambda tab: tab.__setitem__("F4", "Projet"), {"F4": "La clé de cette colonne est celle de DS."}),
        (
            lambda tab: tab.__setitem__("G3", tab["F3"].value),
            {"G4": "DS est déjà dans une autre colonne."},
        ),
        (lambda tab: setattr(tab.row_dimensions[8], "hidden", True), {"B8": "Cette ligne est masquée."}),
        (
            lambda tab: setattr(tab.column_dimensions["G"], "hidden", True),
            {"G4": "Cette colonne est masquée."},
        ),
        (lambda tab: tab.merge_cells("F8:F9"), {"F8:F9": "Ces cases sont fusionnées."}),
    ],
    ids=[
        "row key changed",
        "row key erased",
        "student twice",
        "name changed",
        "partial sort",
        "row added",
        "column key changed",
        "column key erased",
        "column title changed",
        "column twice",
        "hidden row",
        "hidden column",
        "merged cells",
    ],
)
def test_what_the_reader_must_not_change_is_refused_where_it_is(client, teaching, change, expected):
    def all_changes(tab):
        tab["F9"] = 15
        change(tab)

    before = stored()
    found = refused(send(client, teaching, edited(download(client, teaching), change=all_changes)))

    assert found.keys() == expected.keys()
    for ref, reason in expected.items():
        assert found[ref].startswith(reason)
    assert stored() == before


def test_a_row_of_another_workbook_does_not_fit(client, teaching):
    """A student's key is good for its own sheet only: versions belong to the évaluations of that file."""
    alone = load_workbook(io.BytesIO(download(client, teaching, evaluation=assessment(teaching, "DS").pk)))
    key = alone.active["A6"].value

    found = refused(send(client, teaching, edited(download(client, teaching), {"A6": key})))

    assert found["B6"].startswith("La clé de cette ligne a été changée.")


def test_a_missing_student_and_a_missing_column_are_told_not_refused(client, teaching):
    def cut(tab):
        tab.delete_rows(7)
        tab.delete_cols(7)
        tab["F7"] = 11  # CORI
        tab["J6"] = "pour moi"

    preview = send(client, teaching, edited(download(client, teaching), change=cut)).context["preview"]

    assert told(preview.changes) == [("F7", "CORI", "DS", "", "11")]
    assert preview.notes == [
        f"1 étudiant n’est pas dans le classeur, rien ne change pour lui{NBSP}: BRUN Camille.",
        "Sans colonne dans le classeur, rien ne change pour Projet.",
        f"Hors du tableau, n’est pas lu{NBSP}: colonne J.",
    ]
    assert preview.refusals == []


def test_who_enrolled_since_is_told_and_who_is_gone_is_refused(client, teaching):
    data = edited(download(client, teaching), {"G9": 30})
    dupuy = students(teaching)[3]
    dupuy.delete()
    make_enrolment(teaching.cohort, make_student(teaching.cohort.department, last_name="NOUVEAU"))

    answer = send(client, teaching, data)
    fine = send(client, teaching, edited(data, {"G9": None, "F8": 5}))

    assert refused(answer) == {"B9": "Cette personne n’est plus de la promotion. Effacer ses notes."}
    assert fine.context["preview"].notes == [
        f"1 étudiant n’est pas dans le classeur, rien ne change pour lui{NBSP}: NOUVEAU Camille."
    ]


def test_a_new_maximum_since_the_download_is_refused(client, teaching):
    data = edited(download(client, teaching), {"F8": 11})
    Assessment.objects.filter(title="DS").update(maximum=40)

    assert refused(send(client, teaching, data))["F4"].startswith("Le barème est passé de 20 à 40")


def test_other_sheets_and_formulas_beside_the_table_are_left_unread(client, teaching):
    def beside(tab):
        tab["K6"] = "=AVERAGE(F6:G6)"
        tab.parent.create_sheet("Calculs")["A1"] = "=1+1"
        tab["F8"] = 11

    preview = send(client, teaching, edited(download(client, teaching), change=beside)).context["preview"]

    assert (told(preview.changes), preview.refusals) == ([("F8", "CORI", "DS", "", "11")], [])
    assert preview.notes == [
        f"Hors du tableau, n’est pas lu{NBSP}: colonne K.",
        f"Seule la feuille «{NBSP}Notes{NBSP}» est lue, pas Calculs.",
    ]


def test_two_sheets_with_the_same_key_are_refused(client, teaching):
    data = edited(download(client, teaching), change=lambda tab: tab.parent.copy_worksheet(tab))

    assert "Plusieurs feuilles portent la même clé" in send(client, teaching, data).context["refused"]
