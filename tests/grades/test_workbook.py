"""The mark workbook: downloaded, filled, sent back; what is refused, what is told, what is undone.

Every hostile or broken file is built here, sent to the page, and must be refused in words, quickly, without
a trace in the database.
"""

from __future__ import annotations

import datetime
import io
import json
import random
import re
import shutil
import struct
import subprocess
import sys
import time
import zipfile
import zlib
from copy import deepcopy
from dataclasses import replace
from decimal import Decimal

import pytest
from django.conf import settings
from django.urls import reverse
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook
from openpyxl.styles import PatternFill

from butrt.base.journal.models import Entry as JournalEntry
from butrt.base.spreadsheets import MOST_BYTES, Kind, Unreadable, read_xlsx
from curriculum.models import Unit
from grades.marks import text_of
from grades.models import Assessment, Group, Mark, MarkChange
from grades.one_sheet import load_sheet
from grades.services import Entry, State, judge_marks, record_marks, undo_operation
from grades.workbook.importing import preview_workbook
from grades.workbook.layout import SheetKey
from grades.workbook.reading import read_marks
from grades.workbook.writing import mark_workbook
from tests.factories import (
    make_assessment,
    make_cohort,
    make_element,
    make_enrolment,
    make_student,
    make_teaching,
    make_user,
    programme_of,
)

pytestmark = pytest.mark.django_db

NBSP = "\N{NO-BREAK SPACE}"
SECONDS, MEGABYTES = 2, 256
SHEET = "xl/worksheets/sheet1.xml"


def url(name, *args):
    return reverse(f"grades:{name}", args=args)


@pytest.fixture(scope="module")
def teaching_once(once):
    return once(make_filled)


@pytest.fixture
def teaching(client, teaching_once):
    """That of `make_filled`, whose head is signed in."""
    teaching = deepcopy(teaching_once)
    client.force_login(teaching.heads.get())
    return teaching


def make_filled():
    """An element; DS out of 20 and Projet out of 40; four students, two marks.

    In the workbook: students on rows 6 to 9, DS in column F, Projet in G. ABEL has 12 at DS, BRUN is ABI.
    """
    cohort = make_cohort()
    head = make_user("teacher", department=cohort.department, first_name="Hélène", last_name="Marchetti")
    teaching = make_teaching(cohort, heads=[head])
    ds = make_assessment(teaching, title="DS", position=0)
    make_assessment(teaching, title="Projet", position=1, maximum=40)
    for name in ("ABEL", "BRUN", "CORI", "DUPUY"):
        make_enrolment(cohort, make_student(cohort.department, last_name=name, number=f"22{name}"))
    abel, brun = students(teaching)[:2]
    entries = [Entry(ds.pk, abel.pk, "12", 0), Entry(ds.pk, brun.pk, "ABI", 0)]
    record_marks(teaching=teaching, entries=entries, by=head)
    return teaching


def students(teaching):
    return list(teaching.cohort.enrolments.order_by("student__last_name"))


def assessment(teaching, title):
    return teaching.assessments.get(title=title)


def download(client, teaching, **query):
    answer = client.get(url("workbook", teaching.pk), query)
    assert answer.status_code == 200
    return answer.content


def edited(data, cells=(), change=None):
    """The workbook with other values in some cells, as openpyxl saves it."""
    book = load_workbook(io.BytesIO(data))
    for ref, value in dict(cells).items():
        book.active[ref] = value
    if change:
        change(book.active)
    return saved(book)


def saved(book):
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def rewritten(data, changes, *, add=()):
    """The archive with some parts changed by functions of bytes, and members added: [(name, bytes)]."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, changes.get(name, bytes)(old.read(name)))
        for name, content in add:
            new.writestr(name, content)
    return stream.getvalue()


def in_sheet(data, old, new):
    """The archive with some bytes of its sheet replaced; they must be there."""

    def change(xml):
        assert old in xml
        return xml.replace(old, new, 1)

    return rewritten(data, {SHEET: change})


def send(client, teaching, data, name="notes.xlsx"):
    file = io.BytesIO(data)
    file.name = name
    return client.post(url("workbook_import", teaching.pk), {"file": file})


def confirm(client, teaching, answer, **choices):
    token = answer.context["preview"].token
    return client.post(url("workbook_import", teaching.pk), {"preview": token, **choices})


def told(changes):
    """(case, student, évaluation, before, after) of each change or conflict."""
    return [
        (each.ref, each.enrolment.student.last_name, each.assessment.title, each.before, each.after)
        for each in changes
    ]


def refused(answer):
    """{case: reason} of a preview."""
    return {each.ref: each.reason for each in answer.context["preview"].refusals}


def stored():
    return (
        list(Mark.objects.order_by("pk").values_list("pk", "value", "code", "version")),
        MarkChange.objects.count(),
        JournalEntry.objects.count(),
    )


# ---------- the file ----------


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


# ---------- the round trip ----------


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


# ---------- the cells ----------


@pytest.mark.parametrize(
    ("value", "after"),
    [
        (12.35, "12,35"),
        (0, "0"),
        (20, "20"),
        ("12,5", "12,5"),
        ("12.5", "12,5"),
        (f" 7{NBSP}", "7"),
        ("att", "ATT"),
        (Decimal("12.350000000000001"), "12,35"),
        (Decimal("1.5E1"), "15"),
    ],
)
def test_a_cell_says_what_a_person_reads_in_it(client, teaching, value, after):
    answer = send(client, teaching, edited(download(client, teaching), {"F8": value}))

    assert told(answer.context["preview"].changes) == [("F8", "CORI", "DS", "", after)]


def percent(tab):
    tab["F8"] = 0.75
    tab["F8"].number_format = "0.00%"


def date_by_format(tab):
    tab["F8"] = 45789
    tab["F8"].number_format = "d/m"


@pytest.mark.parametrize(
    ("cells", "change", "reason"),
    [
        ({"F8": 25}, None, "25 dépasse le maximum, 20."),
        ({"F8": 125}, None, f"125 dépasse le maximum, 20. Peut-être 12,5{NBSP}?"),
        ({"F8": -1}, None, "-1 est négatif, une note va de 0 à 20."),
        ({"F8": 12.345}, None, "12,345 a plus de deux décimales."),
        ({"F8": "AJB"}, None, f"AJB{NBSP}? Vouliez-vous ABJ{NBSP}?"),
        ({"F8": "bien"}, None, f"«{NBSP}bien{NBSP}» n’est ni une note ni un code (ABI, ABJ, ATT)."),
        ({"F8": "=10+2"}, None, "La case est une formule. Copier puis coller les valeurs seules."),
        ({"F8": True}, None, "La case est VRAI ou FAUX, pas une note."),
        ({"F8": "#DIV/0!"}, None, "La case est une erreur du tableur (#DIV/0!). Retaper la note."),
        (
            {"F8": datetime.date(2025, 5, 12)},
            None,
            "La case est une date, le tableur a pu transformer 12.5 en 12 mai.",
        ),
        ({"F8": datetime.time(12, 5)}, None, "La case est une date"),
        ({}, date_by_format, "La case est une date"),
        ({}, percent, "La case est un pourcentage. Écrire une note de 0 à 20, au format Nombre."),
    ],
)
def test_a_cell_that_is_no_mark_is_refused_where_it_is(client, teaching, cells, change, reason):
    data = edited(download(client, teaching), {"F9": 15} | cells, change)
    before = stored()

    answer = send(client, teaching, data)

    preview = answer.context["preview"]
    refusals = [(each.ref, each.student, each.assessment) for each in preview.refusals]
    assert refusals == [("F8", "CORI Camille", "DS")]
    assert preview.refusals[0].reason.startswith(reason)
    assert told(preview.changes) == [("F9", "DUPUY", "DS", "", "15")]  # shown, but all or nothing
    assert (preview.applicable, preview.token, stored() == before) == (False, "", True)
    assert "Tant qu’une case est refusée, rien n’est enregistré." in answer.content.decode()


@pytest.mark.parametrize(
    ("digits", "after", "reason"),
    [
        ("8.1999999999999993", "8,2", ""),  # what a spreadsheet writes for 8.2
        ("1.25E1", "12,5", ""),
        ("2E-1", "0,2", ""),
        ("8.200000001", "", "8,200000001 a plus de deux décimales."),
        ("1E+999999999", "", f"«{NBSP}1E+999999999{NBSP}» n’est ni une note ni un code (ABI, ABJ, ATT)."),
        ("NaN", "", f"«{NBSP}NaN{NBSP}» n’est ni une note ni un code (ABI, ABJ, ATT)."),
        ("9" * 5000, "", f"«{NBSP}999999999999…{NBSP}» n’est ni une note ni un code (ABI, ABJ, ATT)."),
    ],
)
def test_numbers_are_the_digits_of_the_file_never_binary(client, teaching, digits, after, reason):
    data = edited(download(client, teaching), {"F8": 7777})
    data = in_sheet(data, b"<v>7777</v>", f"<v>{digits}</v>".encode())

    answer = send(client, teaching, data)

    assert [change.after for change in answer.context["preview"].changes] == [after] * bool(after)
    assert refused(answer) == ({"F8": reason} if reason else {})


def test_refusals_are_told_in_the_order_of_the_sheet(client, teaching):
    data = edited(download(client, teaching), {"G9": 41, "F9": "x", "F8": "=1", "G6": -2})

    assert list(refused(send(client, teaching, data))) == ["G6", "F8", "F9", "G9"]


def test_a_locked_assessment_unchanged_lets_the_others_in_and_changed_is_refused(client, teaching):
    data = download(client, teaching)
    Assessment.objects.filter(title="DS").update(locked=True)

    fine = send(client, teaching, edited(data, {"G6": 30})).context["preview"]
    changed = send(client, teaching, edited(data, {"G6": 30, "F6": 18}))

    assert (told(fine.changes), fine.refusals) == ([("G6", "ABEL", "Projet", "", "30")], [])
    assert refused(changed) == {"F6": "DS est verrouillée, ses notes ne changent plus."}


def test_once_all_is_locked_nothing_is_sent(client, teaching):
    Assessment.objects.update(locked=True)

    answer = client.get(url("workbook_import", teaching.pk))

    assert answer.status_code == 403
    assert "verrouillées" in answer.content.decode()
    assert client.get(url("workbook", teaching.pk)).status_code == 200


def test_a_mark_for_who_left_is_refused(client, teaching):
    cohort = teaching.cohort
    student = make_student(cohort.department, last_name="EVEN")
    make_enrolment(cohort, student, status="DEM", status_since=datetime.date(2025, 1, 6))

    answer = send(client, teaching, edited(download(client, teaching), {"F10": 12}))

    assert refused(answer) == {"F10": "Démission le 6 janvier 2025, aucune note attendue."}


# ---------- two people ----------


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


# ---------- undoing ----------


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


# ---------- keys, rows and columns ----------


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


# ---------- hostile and broken files ----------


def compressed(name, size, byte=b" "):
    """An archive with one member of `size` bytes, all the same: a MiB compressed once, and repeated."""
    packer, block, crc = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS), byte * 2**20, 0
    packed = packer.compress(block) + packer.flush(zlib.Z_FULL_FLUSH)
    for _ in range(size // 2**20):
        crc = zlib.crc32(block, crc)
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr(name, packed * (size // 2**20) + packer.flush())
    found = bytearray(stream.getvalue())
    # Stored as they are; the header and the directory say what they hold.
    for at in (8, found.rindex(b"PK\x01\x02") + 10):
        struct.pack_into("<H", found, at, zipfile.ZIP_DEFLATED)
        struct.pack_into("<I", found, at + 6, crc)
        struct.pack_into("<I", found, at + 14, size)
    return bytes(found)


def lying(data, size):
    """The archive whose last member's size is given as `size`, in its own header and in the directory."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        member = archive.infolist()[-1]
    found = bytearray(data)
    real = struct.pack("<I", member.file_size)
    for at in (found.index(real, member.header_offset), found.rindex(real)):
        found[at : at + 4] = struct.pack("<I", size)
    return bytes(found)


def ole(stream_name):
    return bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 1500 + stream_name.encode("utf-16-le") + b"\0" * 500


LAUGHS = b"".join(
    b'<!ENTITY l%d "%s">' % (level, b"&l%d;" % (level - 1) * 10 if level else b"ha" * 10)
    for level in range(10)
)


def with_doctype(data):
    prologue = b"<!DOCTYPE worksheet [" + LAUGHS + b"]>"
    return in_sheet(data, b"<worksheet", prologue + b"<worksheet")


def with_doctype_in_utf16(data):
    """The same where a search for bytes does not see it."""

    def change(xml):
        text = xml.decode().replace("<worksheet", f"<!DOCTYPE worksheet [{LAUGHS.decode()}]><worksheet", 1)
        return text.encode("utf-16")

    return rewritten(data, {SHEET: change})


def with_doctype_elsewhere(data):
    return rewritten(
        data, {"docProps/core.xml": lambda xml: b'<!DOCTYPE x SYSTEM "file:///etc/passwd">' + xml}
    )


def macros(data):
    return rewritten(data, {}, add=[("xl/vbaProject.bin", b"\0" * 100)])


def macro_book(data):
    return rewritten(
        data,
        {
            "[Content_Types].xml": lambda xml: xml.replace(
                b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml",
                b"application/vnd.ms-excel.sheet.macroEnabled.main+xml",
            )
        },
    )


def twice(data):
    with pytest.warns(UserWarning, match="Duplicate name"):
        return rewritten(data, {}, add=[(SHEET, b"<worksheet/>")])


def encrypted_member(data):
    """The flag that says that a member is encrypted, set in the directory."""
    found = bytearray(data)
    at = found.rindex(b"PK\x01\x02")
    found[at + 8] |= 1
    return bytes(found)


def far(data):
    return edited(data, {"XFD1048576": 1})


def many_elements(data):
    rows = b"".join(b'<row r="%d"/>' % row for row in range(10, 250_000))
    return in_sheet(data, b"</sheetData>", rows + b"</sheetData>")


def deep(data):
    return in_sheet(data, b"<sheetData>", b"<sheetData>" + b"<x>" * 200_000)


def wide_merge(data):
    merged = b'<mergeCells><mergeCell ref="A1:XFD1048576"/></mergeCells>'
    return in_sheet(data, b"</sheetData>", b"</sheetData>" + merged)


def shared_formulas(data):
    formula = b"+".join([b"A1"] * 20_000)
    cells = b'<row r="40"><c r="F40"><f t="shared" ref="F40:F4000" si="0">' + formula + b"</f></c></row>"
    cells += b"".join(
        b'<row r="%d"><c r="F%d"><f t="shared" si="0"/><v>1</v></c></row>' % (row, row)
        for row in range(41, 4000)
    )
    return in_sheet(data, b"</sheetData>", cells + b"</sheetData>")


def many_ranges(data):
    ranges = b" ".join(b"F%d" % row for row in range(1, 60_000, 2))
    rule = b'<dataValidations><dataValidation sqref="' + ranges + b'"/></dataValidations>'
    return in_sheet(data, b"<sheetData>", rule + b'<sheetData><row r="2000"><c r="F2000"><v>1</v></c></row>')


def written_twice(data):
    return in_sheet(data, b'<row r="8"', b'<row r="6"><c r="F6"><v>20</v></c></row><row r="8"')


def fill_sheet(_):
    book = Workbook()
    for row in range(1, 41):
        book.active.append([row])
        book.active.cell(row, 1).fill = PatternFill("solid", fgColor="FF0000")
    return saved(book)


def ods(_):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", "<office/>")
    return stream.getvalue()


HOSTILE = {
    "an .xls": (lambda _: ole("Workbook"), "Ce fichier est un ancien classeur .xls"),
    "an encrypted workbook": (lambda _: ole("EncryptedPackage"), "protégé par un mot de passe"),
    "an encrypted member": (encrypted_member, "Ce classeur est chiffré."),
    "macros": (macros, "contient des macros"),
    "an .xlsm without macros": (macro_book, "fait pour des macros (.xlsm)"),
    "an .xlsb": (
        lambda data: rewritten(data, {}, add=[("xl/workbook.bin", b"\0")]),
        "classeur binaire (.xlsb)",
    ),
    "external links": (
        lambda data: rewritten(data, {}, add=[("xl/externalLinks/externalLink1.xml", b"<externalLink/>")]),
        "a des liens vers d’autres classeurs",
    ),
    "an embedded object": (
        lambda data: rewritten(data, {}, add=[("xl/embeddings/oleObject1.bin", b"\0")]),
        "contient des objets d’autres logiciels",
    ),
    "truncated": (lambda data: data[: len(data) // 2], "abîmé ou incomplet"),
    "truncated at the very end": (lambda data: data[:-10], "abîmé ou incomplet"),
    "a damaged member": (lambda data: data[:200] + b"\xff" * 40 + data[240:], "abîmé ou incomplet"),
    "empty": (lambda _: b"", "Ce fichier est vide."),
    "a text": (lambda _: b"Nom;Note\nABEL;12\n", "n’est pas un classeur .xlsx"),
    "a picture": (lambda _: b"\x89PNG\r\n\x1a\n" + b"\0" * 100, "n’est pas un classeur .xlsx"),
    "another archive": (lambda _: compressed("a.txt", 0), "n’est pas un classeur .xlsx"),
    "an .ods": (ods, "OpenDocument (.ods)"),
    "another workbook": (fill_sheet, "ne porte de clé en A3"),
    "too large": (lambda _: b"PK" + b"\0" * MOST_BYTES, "dépasse 2 Mo"),
    "a cell at XFD1048576": (far, "La case XFD1048576 de « Notes » est remplie, très loin"),
    "a sheet of 1 GiB in 1 MB": (lambda _: compressed(SHEET, 2**30), "ce classeur dépasse 16 Mo"),
    "a sheet of 12 MB in 12 kB": (lambda _: compressed(SHEET, 12 * 2**20), "compressée plus de 300 fois"),
    "a size that lies": (
        lambda _: lying(compressed(SHEET, 2**26), 1000),
        "abîmé ou incomplet",
    ),
    "many parts": (
        lambda data: rewritten(data, {}, add=[(f"xl/media/{n}.png", b"") for n in range(300)]),
        "parties, un classeur ordinaire de dix",
    ),
    "many elements": (many_elements, "beaucoup plus que ce qui est lu ici"),
    "deep elements": (deep, "beaucoup plus que ce qui est lu ici"),
    "entities": (with_doctype, "entités XML (DOCTYPE)"),
    "entities in UTF-16": (with_doctype_in_utf16, "entités XML (DOCTYPE)"),
    "a DTD where nothing is read": (with_doctype_elsewhere, "entités XML (DOCTYPE)"),
    "a member twice": (twice, "contient deux fois la partie xl/worksheets/sheet1.xml"),
    "a cell twice": (written_twice, "La case F6 de « Notes » est écrite deux fois"),
    "no XML": (
        lambda data: rewritten(data, {SHEET: lambda _: b"PDF"}),
        "est illisible (xl/worksheets/sheet1",
    ),
    "an unknown encoding": (
        lambda data: rewritten(data, {SHEET: lambda _: b'<?xml version="1.0" encoding="x-rien"?><a/>'}),
        "est illisible (xl/worksheets/sheet1",
    ),
    "a string that is not there": (
        lambda data: in_sheet(data, b'<c r="F8"', b'<c r="E8" t="s"><v>99999</v></c><c r="F8"'),
        "est illisible (xl/worksheets/sheet1",
    ),
    "a wrong reference": (lambda data: in_sheet(data, b'r="F8"', b'r=""'), "est illisible"),
    "no sheet": (
        lambda data: rewritten(data, {"xl/workbook.xml": lambda _: b"<workbook/>"}),
        "n’a aucune feuille",
    ),
    "a sheet that is not there": (
        lambda data: rewritten(
            data, {"xl/_rels/workbook.xml.rels": lambda xml: xml.replace(b"sheet1.xml", b"sheet7.xml")}
        ),
        "Il manque une partie de ce classeur (xl/worksheets/sheet7.xml)",
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_in_words_and_quickly(client, teaching, name):
    make, reason = HOSTILE[name]
    data = make(download(client, teaching))
    before, start = stored(), time.process_time()

    answer = send(client, teaching, data)

    spent = time.process_time() - start
    assert (answer.status_code, answer.context["preview"]) == (200, None)
    assert reason in answer.context["refused"].replace(NBSP, " ")
    assert "Rien n’est lu, rien n’est enregistré." in answer.content.decode()
    assert stored() == before
    assert spent < SECONDS


@pytest.mark.parametrize(
    ("make", "refs"),
    [(wide_merge, ["A1:XFD1048576"]), (shared_formulas, ["F40"]), (many_ranges, ["F2000"])],
)
def test_what_stalls_a_full_reader_is_refused_by_its_cell_and_quickly(client, teaching, make, refs):
    data = make(download(client, teaching))
    before, start = stored(), time.process_time()

    answer = send(client, teaching, data)

    assert list(refused(answer))[:1] == refs
    assert stored() == before
    assert time.process_time() - start < SECONDS


def test_a_sheet_that_declares_too_little_is_read_to_its_end(client, teaching):
    data = edited(download(client, teaching), {"F9": 17})
    small = rewritten(
        data, {SHEET: lambda xml: re.sub(rb'<dimension ref="[^"]*"', b'<dimension ref="A1:F7"', xml)}
    )
    read_only = load_workbook(io.BytesIO(small), read_only=True).active
    assert len(list(read_only.iter_rows())) == 7  # what openpyxl would have read of nine rows

    preview = send(client, teaching, small).context["preview"]

    assert (told(preview.changes), preview.unchanged) == ([("F9", "DUPUY", "DS", "", "17")], 7)
    assert preview.notes == [f"Le classeur annonce l’étendue A1:F7 mais va plus loin{NBSP}: tout est lu."]


MEASURE = """
import json, sys, time
from butrt.base.spreadsheets import Unreadable, read_xlsx
found = {}
for path in sys.argv[1:]:
    start = time.process_time()
    try:
        read_xlsx.function(open(path, "rb").read())  # here, where it is measured
        said = "lu"
    except Unreadable as error:
        said = str(error)
    found[path] = [time.process_time() - start, said]
# Of this process alone: ru_maxrss also remembers the one that started it.
peak = next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(json.dumps([int(peak) // 1024, found]))
"""


def test_no_file_takes_much_memory(client, teaching, tmp_path):
    data = download(client, teaching)
    makers = {name: make for name, (make, _) in HOSTILE.items()}
    makers |= {"merge": wide_merge, "formulas": shared_formulas, "ranges": many_ranges}
    makers["16 MB of text"] = lambda data: rewritten(
        data,
        {SHEET: lambda xml: xml + b"<!--" + random.Random(1).randbytes(1_400_000).hex().encode() + b"-->"},
    )
    for number, make in enumerate(makers.values()):
        (tmp_path / f"{number:02}.xlsx").write_bytes(make(data))

    done = subprocess.run(
        [sys.executable, "-c", MEASURE, *map(str, sorted(tmp_path.iterdir()))],
        cwd=settings.BASE_DIR,
        check=True,
        capture_output=True,
        text=True,
    )

    megabytes, found = json.loads(done.stdout)
    assert megabytes < MEGABYTES
    assert max(seconds for seconds, _ in found.values()) < SECONDS


def test_no_damage_escapes_as_anything_but_a_message(client, teaching):
    """Bytes changed at random in the archive, and in the parts before they are packed again."""
    data = download(client, teaching)
    chance = random.Random(20260)

    def damaged(content):
        found = bytearray(content)
        for _ in range(chance.randint(1, 6)):
            found[chance.randrange(len(found))] = chance.choice(b'<>"/=&0159AZ \x00\xff')
        return bytes(found)

    parts = zipfile.ZipFile(io.BytesIO(data)).namelist()
    sheet, outcomes = load_sheet(teaching), set()
    for turn in range(400):
        part = chance.choice([name for name in parts if "theme" not in name])
        broken = damaged(data) if turn % 4 == 0 else rewritten(data, {part: damaged})
        try:
            read_marks(broken, sheet)
            outcomes.add("lu")
        except Unreadable as error:
            outcomes.add(str(error)[:12])

    assert "lu" in outcomes
    assert len(outcomes) > 3


# ---------- measures ----------


def test_a_class_of_120_is_read_with_as_many_queries_as_a_class_of_four(
    client, teaching, django_assert_num_queries, django_assert_max_num_queries
):
    head = teaching.heads.get()
    data = download_as(teaching)
    with django_assert_max_num_queries(5) as few:
        preview_workbook(teaching=teaching, data=data, name="", by=head)
    for _ in range(116):
        make_enrolment(teaching.cohort)
    data = download_as(teaching)
    filled = edited(data, {f"F{row}": 11 for row in range(8, 126)})

    with django_assert_num_queries(len(few)):
        preview = preview_workbook(teaching=teaching, data=filled, name="", by=head)

    assert (len(preview.changes), preview.refusals) == (118, [])


def download_as(teaching):
    sheet = load_sheet(teaching)
    return mark_workbook(sheet, list(sheet.assessments.values()))


def test_keys_are_read_as_they_were_signed():
    key = SheetKey(12, {5: Decimal("20.00"), 7: Decimal("12.50")})

    again = SheetKey.read(key.signed())

    assert again == key
    assert again.read_row(key.signed_row(31, {7: 4})) == (31, {5: 0, 7: 4})


def test_kinds_of_cells_as_other_software_writes_them():
    """Inline and rich texts, rows and cells without their place, ISO dates, strict OOXML's namespaces."""
    book = Workbook()
    book.active.append(["x"])

    def change(xml):
        return (
            b'<s:worksheet xmlns:s="http://purl.oclc.org/ooxml/spreadsheetml/main"><s:sheetData>'
            b'<s:row><s:c t="inlineStr"><s:is><s:r><s:t>AB</s:t></s:r><s:r><s:t>I</s:t></s:r></s:is></s:c>'
            b'<s:c><s:v>12.5</s:v></s:c><s:c t="b"><s:v>1</s:v></s:c></s:row>'
            b'<s:row><s:c r="C2" t="d"><s:v>2025-05-12</s:v></s:c><s:c t="str"><s:v>ABJ</s:v></s:c>'
            b'<s:c s="0"/><s:c><s:f>1+1</s:f><s:v>2</s:v></s:c></s:row></s:sheetData></s:worksheet>'
        )

    (tab,) = read_xlsx(rewritten(saved(book), {SHEET: change}))

    assert {cell.ref: (cell.kind, cell.text) for cell in tab.cells.values()} == {
        "A1": (Kind.TEXT, "ABI"),
        "B1": (Kind.NUMBER, "12.5"),
        "C1": (Kind.BOOLEAN, "1"),
        "C2": (Kind.DATE, "2025-05-12"),
        "D2": (Kind.TEXT, "ABJ"),
        "F2": (Kind.FORMULA, "2"),
    }


def test_dispensed_students_are_in_the_sheet_without_cells(client, teaching):
    cori = students(teaching)[2]
    cori.dispensed.set(Unit.objects.filter(weights__element=teaching.element))

    tab = load_workbook(io.BytesIO(download(client, teaching))).active

    assert (tab["C8"].value, tab["F8"].protection.locked) == ("CORI", True)
