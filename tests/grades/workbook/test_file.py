"""The mark workbook: what it holds, sent back as it was, changed, and saved whole."""

from __future__ import annotations

import datetime
import io
import re
import shutil
import subprocess
import zipfile
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from butrt.base.journal.models import Entry as JournalEntry
from grades.marks import text_of
from grades.models import Assessment, Group, Mark, MarkChange
from grades.one_sheet import load_sheet
from grades.services import State, judge_marks
from grades.workbook.reading import read_marks
from grades.workbook.writing import mark_workbook
from tests.factories import (
    make_assessment,
    make_enrolment,
    make_student,
)
from tests.grades.workbook.files import (
    NBSP,
    SHEET,
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


def test_the_workbook_protects_identities_and_checks_what_is_typed(client, teaching):
    tab = load_workbook(io.BytesIO(download(client, teaching))).active

    assert [cell.value for cell in tab[4]][1:] == [
        "N° étudiant",
        "Nom",
        "Prénom",
        "Groupe",
        "DS",
        "Projet",
        "Remarque",
    ]
    assert [cell.value for cell in tab[6]][1:7] == ["22ABEL", "ABEL", "Camille", None, 12, None]
    assert [tab["F7"].value, tab["G5"].value] == ["ABI", "4 mars, sur 40"]
    assert tab.protection.sheet
    assert {ref: tab[ref].protection.locked for ref in ("A6", "B6", "C6", "D6", "E6", "F6", "G9")} == {
        "A6": True,
        "B6": True,
        "C6": True,
        "D6": True,
        "E6": True,
        "F6": False,
        "G9": False,
    }
    assert (tab.column_dimensions["A"].hidden, tab.row_dimensions[3].hidden) == (True, True)
    rules = {str(each.sqref): each.formula1 for each in tab.data_validations.dataValidation}
    assert rules == {
        f"{column}6:{column}9": f"OR(AND(ISNUMBER({column}6),{column}6>=0,{column}6<={most},"
        f'ROUND({column}6,2)={column}6),{column}6="ABI",{column}6="ABJ",{column}6="ATT")'
        for column, most in (("F", "20.00"), ("G", "40.00"))
    }


def test_one_assessment_alone_is_downloaded(client, teaching):
    projet = assessment(teaching, "Projet")

    tab = load_workbook(io.BytesIO(download(client, teaching, evaluation=projet.pk))).active

    assert [cell.value for cell in tab[4]][4:] == ["Groupe", "Projet", "Remarque"]
    elsewhere = make_assessment()
    assert client.get(url("workbook", teaching.pk), {"evaluation": elsewhere.pk}).status_code == 404


def test_cells_where_no_mark_may_come_are_closed_and_say_why(client, teaching):
    cohort = teaching.cohort
    student = make_student(cohort.department, last_name="EVEN")
    make_enrolment(cohort, student, status="DEM", status_since=datetime.date(2025, 1, 6))
    Assessment.objects.filter(title="Projet").update(locked=True)

    tab = load_workbook(io.BytesIO(download(client, teaching))).active

    assert [tab["F10"].protection.locked, tab["F6"].protection.locked, tab["G6"].protection.locked] == [
        True,
        False,
        True,
    ]
    assert tab["H10"].value == f"démission le 6 janvier 2025{NBSP}: aucune note attendue"
    assert [str(each.sqref) for each in tab.data_validations.dataValidation] == ["F6:F9"]


@pytest.mark.parametrize("start", ["=1+1", "+33", "-5", "@SUM(A1)", "\t=1", "#N/A", '=HYPERLINK("x")'])
def test_a_text_is_never_written_as_a_formula(client, teaching, start):
    student = students(teaching)[0].student
    student.last_name = start
    student.save()
    teaching.assessments.filter(title="DS").update(title=start)

    data = download(client, teaching)

    assert not re.search(rb"<f[ >]", zipfile.ZipFile(io.BytesIO(data)).read(SHEET))
    book = load_workbook(io.BytesIO(data))
    assert {cell.data_type for row in book.active.iter_rows() for cell in row} <= {"s", "n"}
    preview = send(client, teaching, data).context["preview"]
    assert (preview.refusals, preview.changes, preview.unchanged) == ([], [], 8)


def test_a_workbook_is_shown_then_saved_whole_and_undone_whole(client, teaching):
    data = edited(download(client, teaching), {"F6": 13.5, "F7": "abj", "F8": "15,25", "G6": 38, "G9": "ATT"})
    before = stored()

    answer = send(client, teaching, data)

    preview = answer.context["preview"]
    assert told(preview.changes) == [
        ("F6", "ABEL", "DS", "12", "13,5"),
        ("G6", "ABEL", "Projet", "", "38"),
        ("F7", "BRUN", "DS", "ABI", "ABJ"),
        ("F8", "CORI", "DS", "", "15,25"),
        ("G9", "DUPUY", "Projet", "", "ATT"),
    ]
    assert (preview.unchanged, preview.refusals, preview.conflicts, preview.notes) == (3, [], [], [])
    assert stored() == before

    done = confirm(client, teaching, answer)

    change = MarkChange.objects.latest("pk")
    assert done.url.startswith(url("operation", teaching.pk, 0).replace("/0/", "/"))
    page = client.get(done.url).content.decode()
    assert ("Notes du classeur enregistrées." in page, "Annuler cet envoi" in page) == (True, True)
    assert MarkChange.objects.filter(at=change.at, origin="workbook").count() == 5
    assert text_of(Mark.objects.get(enrolment=students(teaching)[2])) == "15,25"
    entry = JournalEntry.objects.latest("pk")
    assert (entry.act, entry.details["origin"], entry.details["file"]) == (
        "marks.record",
        "workbook",
        "notes.xlsx",
    )

    client.post(done.url)

    assert {
        (mark.enrolment.student.last_name, mark.assessment.title): text_of(mark)
        for mark in Mark.objects.all()
        if text_of(mark)
    } == {("ABEL", "DS"): "12", ("BRUN", "DS"): "ABI"}
    assert MarkChange.objects.filter(origin="correction").count() == 5
    assert JournalEntry.objects.latest("pk").details["undoes"] == {
        "at": change.at.isoformat(),
        "by": change.by_id,
    }


def test_an_emptied_cell_erases_and_is_counted(client, teaching):
    answer = send(client, teaching, edited(download(client, teaching), {"F6": None}))

    assert told(answer.context["preview"].changes) == [("F6", "ABEL", "DS", "12", "")]
    assert "<b>1 note effacée</b>" in answer.content.decode()


def test_a_workbook_untouched_changes_nothing(client, teaching):
    answer = send(client, teaching, download(client, teaching))

    preview = answer.context["preview"]
    assert (preview.total, preview.unchanged, preview.token) == (0, 8, "")
    assert "Rien à changer" in answer.content.decode()


def test_rows_sorted_with_their_keys_stay_whose_they_are(client, teaching):
    def swap(tab):
        for column in "ABCDEFG":
            tab[f"{column}6"].value, tab[f"{column}9"].value = (
                tab[f"{column}9"].value,
                tab[f"{column}6"].value,
            )
        tab["F9"] = 17  # ABEL's, now on row 9

    answer = send(client, teaching, edited(download(client, teaching), change=swap))

    assert told(answer.context["preview"].changes) == [("F9", "ABEL", "DS", "12", "17")]


@pytest.mark.skipif(not shutil.which("soffice"), reason="LibreOffice is not installed")
def test_the_round_trip_through_libreoffice(client, teaching, tmp_path):
    TD = Group.objects.create(cohort=teaching.cohort, name="=TD1")
    teaching.cohort.enrolments.update(group=TD)
    untouched = through_libreoffice(download(client, teaching), tmp_path / "a")
    filled = through_libreoffice(
        edited(download(client, teaching), {"F8": 9.35, "G6": "abj", "F6": None}), tmp_path / "b"
    )

    nothing = send(client, teaching, untouched).context["preview"]
    preview = send(client, teaching, filled).context["preview"]

    assert (nothing.total, nothing.unchanged, nothing.refusals, nothing.notes) == (0, 8, [], [])
    assert told(preview.changes) == [
        ("F6", "ABEL", "DS", "12", ""),
        ("G6", "ABEL", "Projet", "", "ABJ"),
        ("F8", "CORI", "DS", "", "9,35"),
    ]
    tab = load_workbook(io.BytesIO(filled)).active
    assert (tab.protection.sheet, tab["B6"].protection.locked, tab["F6"].protection.locked) == (
        True,
        True,
        False,
    )
    assert len(tab.data_validations.dataValidation) == 2


def through_libreoffice(data, folder):
    """The file as LibreOffice saves it."""
    folder.mkdir()
    (folder / "notes.xlsx").write_bytes(data)
    subprocess.run(
        [
            "soffice",
            f"-env:UserInstallation=file://{folder.parent}/profile",
            "--headless",
            "--convert-to",
            "xlsx:Calc MS Excel 2007 XML",
            "--outdir",
            str(folder / "out"),
            str(folder / "notes.xlsx"),
        ],
        check=True,
        capture_output=True,
        timeout=120,
    )
    return (folder / "out" / "notes.xlsx").read_bytes()


texts = st.one_of(
    st.none(),
    st.sampled_from(["ABI", "ABJ", "ATT"]),
    st.decimals(0, 20, places=2, allow_nan=False, allow_infinity=False),
)


@given(marks=st.lists(st.tuples(texts, st.integers(1, 10**6)), min_size=4, max_size=4))
@hypothesis_settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_marks_written_then_read_are_no_change(teaching, marks):
    ds = assessment(teaching, "DS")
    sheet = load_sheet(teaching)
    given_marks = {}
    for enrolment, (value, version) in zip(sheet.enrolments, marks, strict=True):
        code = value if isinstance(value, str) else ""
        given_marks[ds.pk, enrolment] = Mark(
            assessment_id=ds.pk,
            enrolment_id=enrolment,
            value=None if code else value,
            code=code,
            version=version,
        )
    sheet = replace(sheet, marks=given_marks)

    reading = read_marks(mark_workbook(sheet, [ds]), sheet)

    assert (reading.refusals, reading.notes) == ([], [])
    assert {entry.cell: entry.version for entry in reading.entries} == {
        cell: mark.version for cell, mark in given_marks.items()
    }
    outcomes = judge_marks(sheet=sheet, entries=reading.entries)
    assert {each.cell: (each.state, each.text, each.version) for each in outcomes} == {
        cell: (State.SAVED, text_of(mark), mark.version) for cell, mark in given_marks.items()
    }
