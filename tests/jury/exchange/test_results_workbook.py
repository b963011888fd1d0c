"""The results workbook: real numbers, explained codes, and no text that becomes a formula."""

import datetime
import io
import json
import zipfile
from decimal import Decimal

import pytest
from openpyxl import load_workbook

from jury.cases import cohortdecisions
from jury.cases.proceedings import Proceedings
from jury.exchange.cohort import cohort_json
from jury.exchange.results_workbook import results_workbook
from tests.jury import snapshots


@pytest.fixture(scope="module")
def proceedings():
    return Proceedings.of_minutes(snapshots.minutes().content)


@pytest.fixture(scope="module")
def book(proceedings):
    return load_workbook(io.BytesIO(results_workbook(proceedings, title="Jury S4, 2024-2025")))


def table(sheet) -> dict[str, dict[str, object]]:
    """{student number: {header: value}}."""
    headers = [cell.value for cell in sheet[3]]
    rows = [dict(zip(headers, row, strict=True)) for row in sheet.iter_rows(min_row=4, values_only=True)]
    return {row["N° étudiant"]: row for row in rows}


def test_a_sheet_a_semester_the_year_the_years_before_codes_and_figures(book):
    assert book.sheetnames == [
        *("S3", "S4", "BUT2", "Années précédentes", "Codes", "Statistiques", "Origines")
    ]
    assert book["S3"]["A1"].value == "Jury S4, 2024-2025, semestre 3"


def test_a_semester_has_each_ue_and_its_elements(book):
    brehat = table(book["S3"])["21000002"]

    assert {name: brehat[name] for name in ("Nom", "Prénom", "INE", "Né(e) le")} == {
        "Nom": "BRÉHAT",
        "Prénom": "Noé",
        "INE": "071000002ZZ",
        "Né(e) le": datetime.datetime(2005, 3, 1),
    }
    assert (brehat["UE31 moyenne"], brehat["UE31 code"], brehat["UE31 ECTS"]) == (8.8, "CMP", 10)
    assert (brehat["UE31 R31 (coef. 6)"], brehat["UE31 SAÉ 3 (coef. 4)"]) == (8, 10)
    assert not any("Portfolio" in header for header in brehat)


def test_a_missing_average_says_why_or_stays_empty(book):
    fargues, guiraud = table(book["S4"])["21000006"], table(book["S4"])["21000007"]

    assert table(book["S3"])["21000006"]["UE32 R32 (coef. 6)"] == "ABJ"
    assert fargues["UE42 R42 (coef. 6)"] == "ATT"
    assert fargues["UE42 code"] is None
    assert (guiraud["UE41 moyenne"], guiraud["Situation"]) == (None, "DEM")


def test_the_year_has_codes_words_credits_and_what_the_jury_decided(book):
    corval = table(book["BUT2"])["21000003"]

    assert corval["RT3 moyenne"] == 10
    assert {name: corval[name] for name in list(corval)[-8:]} == {
        "Année": "NAR",
        "En clair": "ajourné, ne peut pas redoubler",
        "ECTS année": 20,
        "ECTS cumul": 80,
        "Suite": "orientation",
        "Décidé par le jury": "année NAR",
        "Motif": snapshots.NAR_MOTIVE,
        "Par": "Béatrice Vaucresson",
    }


def test_averages_are_numbers_exact_to_the_hundredth(proceedings):
    """In the file itself: 7.99 is written 7.99, with the format that shows two decimals."""
    raw = results_workbook(proceedings, title="Jury")
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        year = archive.read("xl/worksheets/sheet3.xml").decode()
    sheet = load_workbook(io.BytesIO(raw))["BUT2"]
    headers = [cell.value for cell in sheet[3]]
    cell = next(row for row in sheet.iter_rows(min_row=4) if row[0].value == "21000004")[
        headers.index("RT3 moyenne")
    ]

    assert ">7.99</v>" in year
    assert (cell.data_type, cell.number_format, Decimal(str(cell.value))) == ("n", "0.00", Decimal("7.99"))


def test_headers_stay_in_sight_and_print_on_every_page(book):
    for name in ("S3", "S4", "BUT2"):
        sheet = book[name]
        assert sheet.freeze_panes == "D4"
        assert sheet.print_title_rows == "$3:$3"
        assert sheet.page_setup.orientation == "landscape"
        assert sheet.auto_filter.ref.startswith("A3:")


def test_every_code_has_its_meaning(book):
    meanings = {row[0]: row[2] for row in book["Codes"].iter_rows(min_row=4, values_only=True)}

    assert meanings["CMP"].startswith("UE sous 10 acquise par la moyenne de sa compétence")
    assert meanings["ABI"] == "absence injustifiée"
    assert len(meanings) == 20


def test_statistics_give_each_ue_and_the_spread(book):
    rows = [row[:2] for row in book["Statistiques"].iter_rows(min_row=4, values_only=True)]

    assert rows[0] == ("UE31", 10.29)
    assert ("3 sur 3", 6) in rows
    assert ("NAR", 1) in rows


@pytest.mark.parametrize("text", ["=1+1", "+33 1", "-2", "@SUM(A1)", '=HYPERLINK("http://x")'])
def test_a_text_never_becomes_a_formula(text):
    version = snapshots.minutes()
    version.content["context"]["students"]["21000001"]["last_name"] = text
    raw = results_workbook(Proceedings.of_minutes(version.content), title=text)
    sheet = load_workbook(io.BytesIO(raw))["S3"]

    for cell in (sheet["A1"], sheet["B4"]):
        assert (cell.data_type, cell.quotePrefix) == ("s", True)
    assert sheet["B4"].value == text


def test_an_odd_semester_has_no_year():
    proceedings = Proceedings.of_minutes(snapshots.minutes(odd=True).content)
    book = load_workbook(io.BytesIO(results_workbook(proceedings, title="Jury S3")))

    assert book.sheetnames == ["S3", "Années précédentes", "Codes", "Statistiques", "Origines"]


def test_cohort_file_recomputes_the_decisions(proceedings):
    cohort = json.loads(cohort_json(proceedings))

    assert cohortdecisions.decide_object(cohort) == proceedings.decisions_object()
