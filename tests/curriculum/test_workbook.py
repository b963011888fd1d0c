"""The workbook of a programme: out, changed by anyone, and back; understood whole or refused."""

import datetime
import io
import shutil
import zipfile
from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.urls import reverse
from openpyxl import Workbook, load_workbook

from butrt.base.journal.models import Entry
from butrt.base.spreadsheets import MOST_BYTES, Unreadable
from curriculum.differences import differences, reordered
from curriculum.maquette import maquette
from curriculum.models import Programme, Weight
from curriculum.programmefile import ProgrammeError
from curriculum.proposals import propose, take_proposals
from curriculum.reading import programme_data
from curriculum.services import load_programme
from curriculum.workbook.reading import Reading, read_workbook
from curriculum.workbook.writing import programme_workbook
from tests.curriculum.test_programme_pages import text_of
from tests.curriculum.test_services import programme_data as fixture
from tests.curriculum.test_versions import NAMES, freeze
from tests.factories import make_department, make_programme, make_user
from tests.test_libreoffice import through_libreoffice

pytestmark = pytest.mark.django_db
S3 = "Semestre 3"
libreoffice = pytest.mark.skipif(not shutil.which("soffice"), reason="LibreOffice is not installed")


def written(programme: Programme) -> bytes:
    """Its workbook, written once for all that begin with the same programme."""
    key = (programme.pk, repr(programme_data(programme)))
    if key not in WRITTEN:
        WRITTEN[key] = programme_workbook(programme)
    return WRITTEN[key]


WRITTEN: dict[tuple[int, str], bytes] = {}


def edited(programme: Programme, *changes: Callable[[Workbook], object]) -> bytes:
    """The workbook as somebody sends it back: openpyxl keeps no result of a formula."""
    book = load_workbook(io.BytesIO(written(programme)))
    for change in changes:
        change(book)
    return saved(book)


def saved(book: Workbook) -> bytes:
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def put(sheet: str, **cells: object) -> Callable[[Workbook], None]:
    """Write into cells: put("UE", E2=8)."""

    def change(book: Workbook) -> None:
        for ref, value in cells.items():
            book[sheet][ref].value = value

    return change


def shaped(sheet: str, ref: str, value: object, number_format: str) -> Callable[[Workbook], None]:
    def change(book: Workbook) -> None:
        book[sheet][ref].value = value
        book[sheet][ref].number_format = number_format

    return change


def read(programme: Programme, content: bytes) -> Reading:
    return read_workbook(content, department=programme.parcours.department, expected=programme)


def told(programme: Programme, content: bytes) -> list[tuple[str, str, tuple[tuple[str, str, str], ...]]]:
    """What a workbook changes: how, of what, which values."""
    reading = read(programme, content)
    assert reading.refusals == []
    return [
        (change.kind, change.about, tuple((each.name, each.before, each.after) for each in change.fields))
        for section in differences(programme_data(programme), reading.data)
        for change in section.changes
    ]


# ---------- out ----------


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


# ---------- and back, the same ----------


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


# ---------- and back, changed ----------


def test_each_edit_comes_back_as_itself(programme):
    content = edited(
        programme,
        put(S3, E3=2, F3=6, G3=11, J3="CT", K3=11.5, H13=5),
        put("UE", D2=1, E2=7.5, F2=1.25),
        put("Éléments", B2="R 301", C2="Réseaux de campus et d’accès", D2="Campus"),
        put("Compétences", B2="Administrer", C2="Admin."),
        put("Programme", B9="Réseaux et télécoms", B10="IoT", B11="IoM", B15="oui"),
    )
    assert told(programme, content) == [
        (
            *("changed", "RT-IOM"),
            (
                ("spécialité", "Réseaux et Télécommunications", "Réseaux et télécoms"),
                ("parcours", "Internet des objets et mobilité", "IoT"),
                ("sigle", "IOM", "IoM"),
                ("structure illustrative", "non", "oui"),
            ),
        ),
        (
            *("changed", "RT1"),
            (
                ("intitulé", "Administrer les réseaux et l’Internet", "Administrer"),
                ("nom court", "Administrer", "Admin."),
            ),
        ),
        (
            "changed",
            "UE31",
            (("niveau", "2", "1"), ("ECTS", "7", "7,5"), ("poids dans le RCUE", "1", "1,25")),
        ),
        (
            *("changed", "R 301"),
            (
                ("code affiché", "R301", "R 301"),
                ("intitulé", "Réseaux de campus", "Réseaux de campus et d’accès"),
                ("intitulé court", "Réseaux de campus", "Campus"),
            ),
        ),
        (
            *("changed", "R 301 en UE31"),
            (
                *(("coefficient", "11", "11,5"), ("CM", "1", "2"), ("TD", "5", "6"), ("TP", "10", "11")),
                ("évaluation", "CC", "CT"),
            ),
        ),
        ("changed", "SAÉ 302 en UE31", (("projet", "4", "5"),)),
    ]


def test_an_element_comes_another_goes_and_the_fiche_is_kept(programme, department, administrator):
    def change(book: Workbook) -> None:
        elements, s3 = book["Éléments"], book[S3]
        elements.append(["R320", "R320", "Réseaux satellitaires", "Satellites", "ressource", 3])
        s3.insert_rows(5)  # neither UE nor pole: it is in the block where it stands
        s3["C5"], s3["K5"], s3["F5"] = "R320", 3, 10
        gone = next(row for row in range(2, s3.max_row) if s3.cell(row, 3).value == "R314")
        s3.delete_rows(gone)
        elements.delete_rows(next(row for row in range(2, 60) if elements.cell(row, 1).value == "R314"))

    content = edited(programme, change)
    assert [each[:2] for each in told(programme, content)] == [
        ("removed", "R314"),
        ("added", "R320"),
        ("removed", "R314 en UE32"),
        ("added", "R320 en UE31"),
    ]
    data = read(programme, content).data
    assert [row["element"] for row in data["weights"][:4]] == ["R301", "R302", "R320", "R303"]
    take_proposals([propose(department=department, data=data, name="but2.xlsx")], by=administrator)
    programme.refresh_from_db()
    assert differences(programme_data(programme), data) == ()
    assert Weight.objects.get(unit__code="UE31", element__code="R301").label == "R301 - Réseaux de campus"
    assert programme.source["printed_totals"] == fixture()["printed_totals"]


def test_lines_that_only_move_are_an_order(programme, department, administrator):
    def change(book: Workbook) -> None:
        for column in range(3, 12):
            one, other = book[S3].cell(3, column), book[S3].cell(4, column)
            if one.data_type != "f":
                one.value, other.value = other.value, one.value

    reading = read(programme, edited(programme, change))
    proposal = propose(department=department, data=reading.data, name="but2.xlsx")
    assert (proposal.sections, proposal.reordered, proposal.applicable) == ((), ("UE31",), True)
    take_proposals([proposal], by=administrator)
    weights = Weight.objects.filter(unit__code="UE31").order_by("position")
    assert [weight.element.code for weight in weights[:3]] == ["R302", "R301", "R303"]
    assert Entry.objects.filter(act="programme.load").latest("pk").details == {
        "file": "but2.xlsx",
        "changes": ["ordre des lignes"],
    }
    assert propose(department=department, data=reading.data).applicable is False


def moved_columns(book: Workbook) -> None:
    """« Éléments » with its columns the other way round, under a title, and a column of notes."""
    sheet = book["Éléments"]
    rows = [list(row) for row in sheet.values]
    book.remove(sheet)
    sheet = book.create_sheet("éléments ")
    sheet.append(["Les éléments de l’année"])
    sheet.append([])
    for number, row in enumerate(rows):
        sheet.append([*reversed(row), "À revoir" if number == 0 else "?"])


UNDERSTOOD = {
    "numbers typed as texts": ([put(S3, K3="11,00", E3=" 1 ", G3="10.0")], []),
    "a code in other capitals": ([put(S3, C3="r301", A3="ue31")], []),
    "the code that is shown": ([put(S3, C14="saé 3.iom.03")], []),
    "no UE on a line: that of its block": ([put(S3, A4=None, A5=None)], []),
    "no pole on a line": ([put(S3, B4=None)], []),
    "a word in other letters": (
        [put("Éléments", E2="Ressources"), put("Programme", B13="APPRENTISSAGE")],
        [],
    ),
    "spaces and no-break spaces": ([put("Éléments", C2=" Réseaux\N{NO-BREAK SPACE}de  campus ")], []),
    "an empty hour is no hour": ([put(S3, E6=None)], []),
    "an empty weight is 1": ([put("UE", F2=None)], []),
    "columns that were moved": (
        [moved_columns],
        ["« éléments » : « À revoir » n’est pas lu, le programme n’a rien de tel."],
    ),
    "a sheet that was added": (
        [lambda book: book.create_sheet("Brouillon").append(["à voir"])],
        ["La feuille « Brouillon » n’est pas lue."],
    ),
    "the sheets that are only read": (
        [lambda book: [book.remove(book[name]) for name in ("Totaux", "Constats", "Coefficients S3")]],
        [],
    ),
    "a total of a pole that is no longer the sum": (
        [put(S3, K12=50)],
        [
            "« Semestre 3 », K12 : La somme est 49, et non 50. Cette case se calcule, elle n’est pas prise.",
        ],
    ),
    "a total of a UE": (
        [put(S3, I18=99)],
        ["« Semestre 3 », I18 : La somme est 81, et non 99. Cette case se calcule, elle n’est pas prise."],
    ),
    "a total typed that is the sum": ([put(S3, K12=49, K18=70, I18=81, L18=7)], []),
    "a total of a line": (
        [put(S3, I3=99)],
        [
            "« Semestre 3 », I3 : CM + TD + TP font 16, et non 99. Cette case se calcule, "
            "elle n’est pas prise."
        ],
    ),
    "a title typed as it is": ([put(S3, D3="Réseaux de campus")], []),
    "a pole that is not the element’s": (
        [put(S3, B3="SAÉ")],
        [
            "« Semestre 3 », B3 : R301 est du pôle ressource, comme le dit « Éléments ». Cette case se "
            "calcule, elle n’est pas prise."
        ],
    ),
}


@pytest.mark.parametrize("name", UNDERSTOOD)
def test_what_is_understood_changes_nothing(programme, name):
    changes, notes = UNDERSTOOD[name]
    content = edited(programme, *changes)
    assert told(programme, content) == []
    assert [note.replace("\N{NO-BREAK SPACE}", " ") for note in read(programme, content).notes] == notes


def test_what_counts_nowhere_is_told(programme):
    content = edited(
        programme,
        lambda book: book["Éléments"].append(["R399", "R399", "Essai", "Essai", "ressource", 3]),
        lambda book: book["Compétences"].append(["RT9", "Voler", "Voler"]),
        put("Éléments", F2=4),
    )
    assert [each[:2] for each in told(programme, content)] == [("changed", "R301"), ("added", "R399")]
    assert read(programme, content).notes == [
        "R301 est du semestre 4 dans «\N{NO-BREAK SPACE}Éléments\N{NO-BREAK SPACE}», et compte en UE31.",
        "R301 est du semestre 4 dans «\N{NO-BREAK SPACE}Éléments\N{NO-BREAK SPACE}», et compte en UE32.",
        "R399 n’est dans aucune UE\N{NO-BREAK SPACE}: il ne compte pas.",
        "La compétence RT9 n’a aucune UE cette année\N{NO-BREAK SPACE}: elle n’est pas prise.",
    ]


def test_a_programme_changed_since_is_told(programme):
    content = edited(programme, put(S3, K3=12))
    assert read(programme, content).notes == []
    Weight.objects.filter(unit__code="UE31", element__code="R302").update(coefficient=10)
    assert told(programme, content) == [
        ("changed", "R301 en UE31", (("coefficient", "11", "12"),)),
        ("changed", "R302 en UE31", (("coefficient", "10", "9"),)),
    ]
    assert "a changé depuis que ce classeur a été téléchargé" in read(programme, content).notes[0]


# ---------- refused ----------


def hidden_row(book: Workbook) -> None:
    book[S3].row_dimensions[3].hidden = True


def hidden_column(book: Workbook) -> None:
    book[S3].column_dimensions["K"].hidden = True


def merged(book: Workbook) -> None:
    book[S3].merge_cells("A3:A5")


def two_names(book: Workbook) -> None:
    book["Programme"]["A30"], book["Programme"]["B30"] = "année", 2


def many(book: Workbook) -> None:
    for number in range(600):
        book["Éléments"].append([f"X{number}", "X", "X", "X", "SAÉ", 3])


def twice(sheet: str, row: int) -> Callable[[Workbook], object]:
    return lambda book: book[sheet].append([cell.value for cell in book[sheet][row]])


HOSTILE = {
    # A cell that is not a number, or not this one
    "a formula": (put(S3, K3="=20/2"), S3, "K3", "contient une formule : y écrire un nombre de 0 à 9999,99"),
    "a percentage": (
        shaped(S3, "K3", 0.11, "0%"),
        S3,
        "K3",
        "est en pourcentage : la mettre au format Nombre",
    ),
    "a date": (
        shaped(S3, "K3", datetime.date(2025, 5, 11), "dd/mm"),
        S3,
        "K3",
        "a fait une date de cette case",
    ),
    "true": (put(S3, K3=True), S3, "K3", "dit vrai ou faux : y écrire un nombre"),
    "an error": (put(S3, K3="#N/A"), S3, "K3", "est en erreur : y écrire un nombre"),
    "words": (put(S3, K3="onze"), S3, "K3", "« onze » n’est pas un nombre : écrire un nombre de 0"),
    "a thousand digits": (put(S3, K3="1" * 1000), S3, "K3", "n’est pas un nombre"),
    "infinity": (put(S3, K3="1E999999999"), S3, "K3", "n’est pas un nombre"),
    "a negative number": (put(S3, K3=-1), S3, "K3", "−1 ne convient pas : écrire un nombre de 0 à 9999,99"),
    "too many decimals": (put(S3, K3=11.555), S3, "K3", "11,555 ne convient pas"),
    "too large": (put(S3, K3=10000), S3, "K3", "10000 ne convient pas"),
    "no coefficient": (put(S3, K3=None), S3, "K3", "Cette case est vide : écrire un nombre de 0 à 9999,99"),
    "half an hour": (put(S3, F3=1.5), S3, "F3", "1,5 ne convient pas : écrire un nombre entier de 0 à 9999"),
    "ten thousand hours": (put(S3, G3=10000), S3, "G3", "10000 ne convient pas"),
    "no ECTS": (
        put("UE", E2=0),
        "UE",
        "E2",
        "0 ne convient pas : écrire un nombre de 0,1 à 999,9, une décimale",
    ),
    "ECTS in hundredths": (put("UE", E2=7.25), "UE", "E2", "7,25 ne convient pas"),
    "no weight": (put("UE", F2=0), "UE", "F2", "0 ne convient pas : écrire un nombre de 0,001 à 999,999"),
    "a fourth level": (put("UE", D2=4), "UE", "D2", "4 ne convient pas : écrire un nombre entier de 1 à 3"),
    "another semester": (put("UE", B2=5), "UE", "B2", "5 ne convient pas : écrire un nombre entier de 3 à 4"),
    # Texts
    "a title too long": (
        put("Éléments", C2="x" * 201),
        "Éléments",
        "C2",
        "a 201 caractères : l’abréger, 200",
    ),
    "a title that no document prints": (
        put("Éléments", C2="Réseaux \uf0b7 locaux"),
        "Éléments",
        "C2",
        "puce de Word (U+F0B7), après « Réseaux » (écrire « - » à la place)",
    ),
    "a title by formula": (put("Éléments", C2="=D2"), "Éléments", "C2", "formule : y écrire le texte"),
    "no title": (put("Éléments", C2=None), "Éléments", "C2", "Cette case est vide : la remplir"),
    "a long évaluation": (put(S3, J3="contrôle continu"), S3, "J3", "a 16 caractères : l’abréger, 10"),
    "a third pole": (put("Éléments", E2="atelier"), "Éléments", "E2", "« atelier » n’est pas connu : écrire"),
    # Codes
    "an unknown UE": (put(S3, A3="UE39"), S3, "A3", "UE39 n’est pas dans « UE » : l’y ajouter, ou corriger"),
    "a UE of the other semester": (
        put(S3, A3="UE41"),
        S3,
        "A3",
        "du semestre 4 : mettre cette ligne dans « Se",
    ),
    "an unknown element": (put(S3, C3="R999"), S3, "C3", "R999 n’est pas dans « Éléments » : l’y ajouter"),
    "a line twice": (put(S3, C4="R301"), S3, "C4", "R301 est déjà en UE31, ligne 3 : n’en garder qu’une"),
    "a line without code": (put(S3, C3=None), S3, "C3", "Cette ligne n’a pas de code"),
    "an element twice": (twice("Éléments", 2), "Éléments", "A38", "R301 est déjà en ligne 2"),
    "a UE twice": (twice("UE", 2), "UE", "A12", "UE31 est déjà en ligne 2"),
    "an unknown competence": (put("UE", C2="RT9"), "UE", "C2", "RT9 n’est pas dans « Compétences »"),
    "two UE of a competence": (
        put("UE", C3="RT1"),
        "UE",
        "C3",
        "RT1 a déjà une UE au semestre 3, en ligne 2",
    ),
    # Where it is computed
    "a title over its formula": (
        put(S3, D3="Autre"),
        S3,
        "D3",
        "L’intitulé de R301 s’écrit dans « Éléments »",
    ),
    "ECTS on a line": (put(S3, L3=2), S3, "L3", "Les ECTS sont ceux d’une UE : les écrire dans « UE »"),
    "ECTS of a UE": (put(S3, L18=8), S3, "L18", "Les ECTS de UE31 s’écrivent dans « UE »"),
    # The sheets
    "a hidden row": (hidden_row, S3, "ligne 3", "Cette ligne est masquée : enlever le filtre ou l’afficher"),
    "a hidden column": (hidden_column, S3, "K1", "Cette colonne est masquée : l’afficher"),
    "merged cells": (merged, S3, "A3:A5", "Ces cases sont fusionnées : les séparer, une valeur par case"),
    "another heading": (put(S3, K1="Poids"), S3, "ligne 1", "Il manque « Coefficient » parmi les en-têtes"),
    "a heading twice": (put(S3, L1="Code"), S3, "L1", "Deux colonnes s’appellent « Code » : n’en garder"),
    "no headings": (lambda book: book["UE"].delete_rows(1), "UE", "ligne 1", "remettre les en-têtes"),
    "no sheet of UE": (lambda book: book.remove(book["UE"]), "UE", "", "Cette feuille manque : la reprendre"),
    "no semester": (lambda book: book.remove(book[S3]), S3, "", "Cette feuille manque : la reprendre"),
    "a third semester": (
        lambda book: setattr(book.copy_worksheet(book[S3]), "title", "Semestre 5"),
        *("Semestre 5", "", "BUT2 a les semestres 3 et 4 : supprimer cette feuille"),
    ),
    "too many lines": (many, "Éléments", "", "Plus de 500 lignes : n’y garder que le programme"),
    # Which programme it is
    "no sheet of programme": (lambda book: book.remove(book["Programme"]), "Programme", "", "feuille manque"),
    "a fourth year": (put("Programme", B12=4), "Programme", "B12", "écrire un nombre entier de 1 à 3"),
    "a modality": (put("Programme", B13="à distance"), "Programme", "B13", "écrire « initiale » ou « appr"),
    "no year said": (
        put("Programme", A12="?"),
        "Programme",
        "colonne A",
        "« Année » manque : une ligne le dit",
    ),
    "two years said": (two_names, "Programme", "colonne A", "« Année » est écrit deux fois"),
    "another version": (
        put("Programme", B14=2023),
        *("Programme", "", "celui de BUT2 RT-IOM, apprentissage, depuis 2023, et non de BUT2 RT-IOM"),
    ),
    "another parcours": (put("Programme", B8="RT-CYBER"), "Programme", "", "celui de BUT2 RT-CYBER"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_refused_is_told_with_its_place_and_what_to_do(programme, name):
    change, sheet, ref, reason = HOSTILE[name]
    reading = read(programme, edited(programme, change))
    assert reading.data == {}
    assert (sheet, ref) in [(each.sheet, each.ref) for each in reading.refusals]
    said = next(each.reason for each in reading.refusals if (each.sheet, each.ref) == (sheet, ref))
    assert reason in said.replace("\N{NO-BREAK SPACE}", " ")


def test_everything_that_is_wrong_is_told_at_once(programme):
    content = edited(
        programme,
        put(S3, K3=-1, C4="R999", F5="deux"),
        put("Semestre 4", A3="UE49"),
        put("UE", E2=0, C3="RT9"),
        put("Éléments", C2=None, E3="autre"),
        put("Programme", B13="à distance"),
        lambda book: book.remove(book["Compétences"]),
    )
    reading = read(programme, content)
    assert [(each.sheet, each.ref) for each in reading.refusals] == [
        ("Compétences", ""),  # and so nothing is said of RT9
        ("Programme", "B13"),
        *((S3, "K3"), (S3, "C4"), (S3, "F5")),
        ("Semestre 4", "A3"),
        *(("Éléments", "C2"), ("Éléments", "E3")),
        ("UE", "E2"),
    ]
    assert reading.data == {}


def one_part(name: str, text: str) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr(name, text)
    return stream.getvalue()


def other_workbook() -> bytes:
    book = Workbook()
    book.active.append(["Nom", "Note"])
    return saved(book)


BROKEN = {
    "nothing": (lambda content: b"", "Ce fichier est vide"),
    "a text": (lambda content: b"UE;Code;CM\n", "n’est pas un classeur .xlsx"),
    "half a file": (lambda content: content[: len(content) // 2], "est abîmé ou incomplet"),
    "an old .xls": (lambda content: bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 99, "ancien classeur .xls"),
    "another archive": (lambda content: one_part("lisez-moi.txt", "x"), "n’est pas un classeur .xlsx"),
    "an .ods": (lambda content: one_part("mimetype", "x"), "document OpenDocument"),
    "too many bytes": (lambda content: content + b"\0" * MOST_BYTES, "dépasse 2 Mo"),
    "another workbook": (
        lambda content: other_workbook(),
        "n’est pas celui d’un programme : il n’a ni feuille",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_no_workbook_of_a_programme_is_not_read(programme, name):
    broken, reason = BROKEN[name]
    with pytest.raises(Unreadable) as refused:
        read(programme, broken(written(programme)))
    assert reason in str(refused.value).replace("\N{NO-BREAK SPACE}", " ")


def test_two_units_that_exchange_their_competences_are_refused_not_broken(
    programme, department, administrator
):
    data = read(programme, edited(programme, put("UE", C2="RT2", C3="RT1"))).data
    with pytest.raises(ProgrammeError, match="UE31 prendrait la place d’une autre ligne"):
        take_proposals([propose(department=department, data=data)], by=administrator)
    assert programme.units.get(code="UE31").competence.code == "RT1"


# ---------- a programme that is not there yet ----------


def test_another_year_is_a_new_programme(programme, department):
    content = edited(programme, put("Programme", B14=2026), put(S3, K3=12))
    reading = read_workbook(content, department=department)
    proposal = propose(department=department, data=reading.data)
    assert (proposal.programme, proposal.applicable) == (None, True)
    assert proposal.changes == 5 + 10 + 36 + 78
    made = load_programme(department=department, data=reading.data, by=None)
    assert [
        (change.about, change.kind)
        for section in differences(programme_data(programme), programme_data(made))
        for change in section.changes
    ] == [("R301 en UE31", "changed")]
    # What the fiche printed stays with the fiche.
    assert made.source["printed_totals"] == []
    assert set(Weight.objects.filter(unit__programme=made).values_list("line", "label")) == {(None, "")}


def test_a_workbook_carries_a_programme_from_one_site_to_another(programme):
    elsewhere = make_department()
    reading = read_workbook(written(programme), department=elsewhere)
    assert differences(programme_data(programme), reading.data) == ()
    made = load_programme(department=elsewhere, data=reading.data, by=None)
    assert differences(programme_data(programme), programme_data(made)) == ()


def test_a_new_programme_does_not_rename_its_parcours(programme, department):
    content = edited(programme, put("Programme", B14=2026, B10="Autre"), put("Compétences", B2="Administrer"))
    reading = read_workbook(content, department=department)
    assert [each.reason.replace("\N{NO-BREAK SPACE}", " ") for each in reading.refusals] == [
        "« Parcours » du parcours RT-IOM est ici « Internet des objets et mobilité » : l’écrire ainsi, ou "
        "donner son code à un autre parcours."
    ]
    content = edited(programme, put("Programme", B14=2026), put("Compétences", B2="Administrer"))
    assert "RT1 s’appelle ici" in read_workbook(content, department=department).notes[0]


# ---------- the pages ----------


def send(client, content: bytes, programme: Programme | None = None, **fields):
    address = (
        reverse("curriculum:send_workbook", args=[programme.pk])
        if programme
        else reverse("curriculum:bring_workbook")
    )
    return client.post(address, {"file": SimpleUploadedFile("but2.xlsx", content), **fields}, follow=True)


def test_an_administrator_sends_reads_and_confirms(office, programme):
    assert "Envoyer un classeur" in text_of(office.get(programme.get_absolute_url()))
    assert "Lire ce classeur" in text_of(office.get(reverse("curriculum:send_workbook", args=[programme.pk])))
    shown = send(office, edited(programme, put(S3, K3=12)), programme)
    said = text_of(shown)
    assert "Ce qui changerait but2.xlsx. Rien n’est encore enregistré." in said
    assert "R301 en UE31 ▲ changé coefficient 11 → 12" in said
    assert Weight.objects.get(unit__code="UE31", element__code="R301").coefficient == 11

    done = office.post(reverse("curriculum:confirm"), {"proposal": shown.context["tokens"][0]}, follow=True)
    assert "enregistré" in text_of(done)
    assert Weight.objects.get(unit__code="UE31", element__code="R301").coefficient == 12
    assert Entry.objects.filter(act="programme.load").latest("pk").details["file"] == "but2.xlsx"


def test_the_same_workbook_is_nothing_to_change(office, programme):
    answer = send(office, written(programme), programme)
    assert "Rien à changer : le classeur dit ce qui est enregistré." in text_of(answer).replace(
        "\N{NO-BREAK SPACE}", " "
    )
    assert answer.context["tokens"] == []


def test_the_page_lists_the_refusals_and_changes_nothing(office, programme):
    said = text_of(send(office, edited(programme, put(S3, K3=-1, C4="R999")), programme))
    said = said.replace("\N{NO-BREAK SPACE}", " ")
    assert "2 refus ✗ Tant qu’une case est refusée, rien n’est enregistré." in said
    why = "−1 ne convient pas : écrire un nombre de 0 à 9999,99, deux décimales au plus."
    assert f"Semestre 3 K3 Coefficient de R301 : {why}" in said
    assert "Semestre 3 C4 Code : R999 n’est pas dans « Éléments »" in said
    assert differences(fixture(), programme_data(programme)) == ()

    many = edited(
        programme,
        put("Semestre 4", **{f"K{row}": "x" for row in range(2, 68)}),
        put(S3, **{f"{letter}{row}": "x" for letter in "EFGK" for row in range(2, 76)}),
    )
    answer = send(office, many, programme)
    assert len(answer.context["refusals"]) == 200
    assert f"{200 + answer.context['untold']} refus" in text_of(answer)
    assert f"Et {answer.context['untold']} autres." in text_of(answer)


def test_the_page_says_why_a_file_is_not_read(office, programme):
    said = text_of(send(office, b"x", programme))
    assert "Rien n’est lu, rien n’est enregistré. Ce fichier n’est pas un classeur .xlsx." in said
    assert "Choisir le fichier à envoyer." in text_of(
        office.post(reverse("curriculum:send_workbook", args=[programme.pk]), {"file": ""})
    )


def test_a_programme_that_a_jury_judged_on_is_shown_and_kept(office, programme):
    freeze(programme)
    answer = send(office, edited(programme, put(S3, K3=12)), programme)
    assert "elle ne change plus" in text_of(answer)
    assert answer.context["tokens"] == []


def test_a_new_programme_is_brought_from_the_list(office, programme):
    assert "Importer un classeur" in text_of(office.get(reverse("curriculum:programmes")))
    shown = send(office, edited(programme, put("Programme", B14=2026)))
    assert "BUT2 IOM, apprentissage, depuis 2026 + nouveau" in text_of(shown)
    office.post(reverse("curriculum:confirm"), {"proposal": shown.context["tokens"][0]})
    assert Programme.objects.filter(in_force_from=2026, parcours=programme.parcours).count() == 1


def test_who_administers_several_departments_chooses(office, programme, administrator):
    other = make_department(name="Génie électrique")
    administrator.roles.create(department=other, role="administrator")
    assert "Génie électrique" in text_of(office.get(reverse("curriculum:bring_workbook")))
    assert "Choisir le département." in text_of(send(office, written(programme)))
    shown = send(office, written(programme), department=other.pk)
    office.post(reverse("curriculum:confirm"), {"proposal": shown.context["tokens"][0]})
    assert Programme.objects.get(parcours__department=other).year == 2
    theirs = make_department()
    assert "Choisir le département." in text_of(send(office, written(programme), department=theirs.pk))


def test_only_its_administration_sends_a_workbook(client, department, programme):
    address = reverse("curriculum:send_workbook", args=[programme.pk])
    client.force_login(make_user("director", department=department))
    assert client.get(address).status_code == 403
    assert client.get(reverse("curriculum:bring_workbook")).status_code == 404
    assert "Importer" not in text_of(client.get(reverse("curriculum:programmes")))
    client.force_login(make_user("administrator"))
    assert client.get(address).status_code == 404
    assert client.get(reverse("curriculum:workbook", args=[programme.pk])).status_code == 404


def test_queries_do_not_grow_with_the_programme(office, department, programme, django_assert_num_queries):
    small = make_programme(parcours=programme.parcours, in_force_from=2030)
    for each in (small, programme):
        with django_assert_num_queries(3 + 1 + 2 + 1 + 3):  # who, the programme, its rows
            content = office.get(reverse("curriculum:workbook", args=[each.pk])).content
        with django_assert_num_queries(READING):
            assert send(office, content, each).status_code == 200


# Who, the programme; read: the stored one; proposed: it again, its maquette, and the juries that judged.
READING = 3 + 1 + 4 + (4 + 2 + 1)


# ---------- the command ----------


def test_the_command_loads_a_workbook(programme, department, tmp_path):
    file = tmp_path / "but2.xlsx"
    file.write_bytes(edited(programme, put(S3, K3=12)))
    with pytest.raises(CommandError, match="est déjà chargé et diffère"):
        call_command("load_programme", file, department=department.code)
    call_command("load_programme", file, department=department.code, update=True, stdout=io.StringIO())
    assert Weight.objects.get(unit__code="UE31", element__code="R301").coefficient == 12

    file.write_bytes(edited(programme, put(S3, K3=-1, C4="R999")))
    with pytest.raises(CommandError) as refused:
        call_command("load_programme", file, department=department.code)
    assert "\nSemestre 3, K3, Coefficient de R301 : −1 ne convient pas" in str(refused.value).replace(
        "\N{NO-BREAK SPACE}", " "
    )
    assert "\nSemestre 3, C4, Code : R999" in str(refused.value).replace("\N{NO-BREAK SPACE}", " ")
    file.write_bytes(b"")
    with pytest.raises(CommandError, match="Ce fichier est vide"):
        call_command("load_programme", file, department=department.code)
