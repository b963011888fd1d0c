"""The workbook of a programme: out, and back the same."""

import io
import shutil

import pytest
from django.urls import reverse
from openpyxl import load_workbook

from curriculum.differences import differences, reordered
from curriculum.maquette import maquette
from curriculum.proposals import propose
from curriculum.services import load_programme
from curriculum.workbook.reading import read_workbook
from tests.curriculum.test_services import programme_data as fixture
from tests.curriculum.test_versions import NAMES
from tests.curriculum.workbook.files import S3, edited, put, read, told, written
from tests.test_libreoffice import through_libreoffice

pytestmark = pytest.mark.django_db

libreoffice = pytest.mark.skipif(not shutil.which("soffice"), reason="LibreOffice is not installed")


def test_the_workbook_has_a_sheet_a_semester_and_all_that_it_names(office, programme):
    answer = office.get(reverse("curriculum:workbook", args=[programme.pk]))
    assert answer["Content-Type"].endswith("spreadsheetml.sheet")
    assert answer["Content-Disposition"] == 'attachment; filename="programme_RT-IOM-FA_BUT2_2022.xlsx"'
    book = load_workbook(io.BytesIO(answer.content), data_only=True)
    assert book.sheetnames == [
        *("Programme", "Semestre 3", "Semestre 4", "Éléments", "UE", "Compétences"),
        *("Coefficients S3", "Coefficients S4", "Totaux", "Constats"),
    ]
    rows = list(book[S3].values)
    assert rows[1][:4] == ("UE31", None, None, "RT1 Administrer les réseaux et l’Internet, niveau 2")
    assert rows[2] == (
        *("UE31", "ressources", "R301", "Réseaux de campus"),
        *(1, 5, 10, None, 16, "CC", 11, None),
    )
    assert rows[17] == ("UE31", None, None, "Total UE31", 5, 29, 47, 12, 81, None, 70, 7)
    assert rows[-1] == ("S3", None, None, "Total S3", 18, 160, 181, 90, 359, None, 300, 30)
    # Headings; five UE with a title, two totals and two free lines of poles, a total; 45 lines; the semester.
    assert len(rows) == 1 + 5 * 6 + 45 + 1
    assert list(book["Totaux"].values)[-1] == ("BUT2", 28, 258, 275, 124, 561, 600, 60, "égal")
    assert list(book["Coefficients S4"].values)[-1] == ("Total", None, 57, 90, 49, 52, 52, 300)
    assert list(book["UE"].values)[1] == ("UE31", 3, "RT1", 2, 7, 1)


def test_totals_are_formulas_written_with_what_they_make(programme):
    content = written(programme)
    formulas, results = (load_workbook(io.BytesIO(content), data_only=each) for each in (False, True))
    assert formulas[S3]["K12"].value == "=SUM(K3:K11)"  # the free line is in it
    assert formulas[S3]["K18"].value == "=K12+K17"
    computed = [
        results[sheet.title][cell.coordinate].value
        for sheet in formulas
        for row in sheet.iter_rows()
        for cell in row
        if cell.data_type == "f"
    ]
    # Those without a result are the free lines (2 of each UE, 2 cells) and what counts in no UE.
    nowhere = sum(
        number is None
        for semester in maquette(programme).semesters
        for row in semester.elements
        for number in row.coefficients
    )
    assert sum(value in (None, "") for value in computed) == 10 * 2 * 2 + nowhere


def test_what_may_be_typed_is_said_to_the_spreadsheet(programme):
    book = load_workbook(io.BytesIO(written(programme)))
    said = {
        str(each.sqref).partition(":")[0]: (each.type, each.formula1, each.formula2)
        for each in book[S3].data_validations.dataValidation
    }
    assert said["K2"] == ("decimal", "0", "9999.99")
    assert said["E2"] == ("whole", "0", "9999")
    assert said["C2"] == ("list", "'Éléments'!$A$2:$A$500", None)
    assert [each.formula1 for each in book["Programme"].data_validations.dataValidation][1] == (
        '"initiale,apprentissage"'
    )


@pytest.mark.parametrize("start", ["=", "+", "-", "@"])
def test_a_title_that_looks_like_a_formula_stays_a_text(programme, start):
    title = f"{start}HYPERLINK(1)"
    programme.elements.filter(code="R301").update(title=title)
    content = written(programme)
    sheet = load_workbook(io.BytesIO(content))["Éléments"]
    cell = next(row[2] for row in sheet.iter_rows() if row[0].value == "R301")
    assert (cell.value, cell.data_type, cell.quotePrefix) == (title, "s", True)
    assert told(programme, content) == []
    assert read(programme, content).data["elements"][0]["title"] == title


@pytest.mark.parametrize("name", NAMES)
def test_a_workbook_sent_back_as_it_was_changes_nothing(department, name):
    programme = load_programme(department=department, data=fixture(name), by=None)
    reading = read(programme, written(programme))
    assert (reading.refusals, reading.notes) == ([], [])
    assert differences(fixture(name), reading.data) == ()
    assert reordered(fixture(name), reading.data) == ()
    # What the workbook does not carry is kept: loading it again changes nothing of what is stored.
    source = programme.source
    load_programme(department=department, data=reading.data, by=None)
    programme.refresh_from_db()
    assert programme.source == source


def test_texts_keep_what_a_spreadsheet_would_lose(programme):
    programme.elements.filter(code="R301").update(title="  Deux  espaces\net une ligne ", short="\x07cloche")
    programme.elements.filter(code="R302").update(title="'apostrophe", short="12")
    programme.elements.filter(code="R303").update(title="& < > \" '", short="_x0041_")
    assert told(programme, written(programme)) == []


@libreoffice
def test_libreoffice_opens_it_and_sends_back_the_same(programme, department, tmp_path):
    programme.elements.filter(code="R301").update(title="=1+1", short="+2  et\nla suite")
    programme.elements.filter(code="R302").update(title="'cote", short="@x")
    programme.elements.filter(code="R303").update(title="-3", short="12")
    books = {"but2.xlsx": written(programme)}
    for name in ("but1-rt", "but3-rt-iom"):
        other = load_programme(department=department, data=fixture(name), by=None)
        books[f"{name}.xlsx"] = written(other)
    through_libreoffice(tmp_path, books)
    for name in books:
        content = (tmp_path / "out" / name).read_bytes()
        reading = read_workbook(content, department=department)
        assert (reading.refusals, reading.notes) == ([], []), name
        proposal = propose(department=department, data=reading.data)
        assert (proposal.sections, proposal.reordered, proposal.applicable) == ((), (), False), name

    given, again = (
        load_workbook(io.BytesIO(content), data_only=True)
        for content in (books["but2.xlsx"], (tmp_path / "out" / "but2.xlsx").read_bytes())
    )
    assert again.sheetnames == given.sheetnames
    for sheet in given:
        before, after = (
            [[each or "" for each in row] for row in book.values] for book in (sheet, again[sheet.title])
        )
        assert after == before, sheet.title


@libreoffice
def test_libreoffice_computes_what_was_typed(programme, tmp_path):
    """A point more in R301, an element in a free line, UE31 with 8 ECTS: titles and totals follow."""
    content = edited(
        programme,
        put(S3, K3=12, C11="R309", K11=5, E11=2),
        put("UE", E2=8),
    )
    book = through_libreoffice(tmp_path, {"a.xlsx": content})["a.xlsx"]
    book = load_workbook(tmp_path / "out" / "a.xlsx", data_only=True)
    rows = list(book[S3].values)
    assert rows[10] == (
        "UE31",
        "ressources",
        "R309",
        "Programmation événementielle",
        2,
        *(None,) * 3,
        2,
        None,
        5,
        None,
    )
    assert rows[17] == ("UE31", None, None, "Total UE31", 7, 29, 47, 12, 83, None, 76, 8)
    assert rows[-1] == ("S3", None, None, "Total S3", 20, 160, 181, 90, 361, None, 306, 31)
    # R309 now counts in UE31 too.
    assert next(row for row in book["Coefficients S3"].values if row[0] == "R309")[2:] == (
        5,
        None,
        8,
        None,
        None,
        13,
    )
    assert told(programme, (tmp_path / "out" / "a.xlsx").read_bytes()) == [
        ("changed", "UE31", (("ECTS", "7", "8"),)),
        ("changed", "R301 en UE31", (("coefficient", "11", "12"),)),
        (
            "added",
            "R309 en UE31",
            (
                *(("coefficient", "", "5"), ("CM", "", "2")),
                *((name, "", "0") for name in ("TD", "TP", "projet")),
            ),
        ),
    ]
