"""The cells of a mark workbook: what they say, what is no mark and is refused where it is."""

from __future__ import annotations

import datetime
import io
from decimal import Decimal

import pytest
from openpyxl import Workbook, load_workbook

from butrt.base.spreadsheets import Kind, read_xlsx
from curriculum.models import Unit
from grades.models import Assessment
from grades.workbook.layout import SheetKey
from tests.factories import (
    make_enrolment,
    make_student,
)
from tests.grades.workbook.files import (
    NBSP,
    SHEET,
    download,
    edited,
    in_sheet,
    refused,
    rewritten,
    saved,
    send,
    stored,
    students,
    told,
    url,
)

pytestmark = pytest.mark.django_db


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
