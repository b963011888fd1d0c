"""The workbook of a programme, changed by anyone: understood whole or refused."""

import datetime
import io
import zipfile
from collections.abc import Callable

import pytest
from openpyxl import Workbook

from butrt.base.journal.models import Entry
from butrt.base.spreadsheets import MOST_BYTES, Unreadable
from curriculum.differences import differences
from curriculum.models import Weight
from curriculum.programmefile import ProgrammeError
from curriculum.proposals import propose, take_proposals
from curriculum.reading import programme_data
from tests.curriculum.test_services import programme_data as fixture
from tests.curriculum.workbook.files import S3, edited, many, put, read, saved, told, written

pytestmark = pytest.mark.django_db


def shaped(sheet: str, ref: str, value: object, number_format: str) -> Callable[[Workbook], None]:
    def change(book: Workbook) -> None:
        book[sheet][ref].value = value
        book[sheet][ref].number_format = number_format

    return change


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


def hidden_row(book: Workbook) -> None:
    book[S3].row_dimensions[3].hidden = True


def hidden_column(book: Workbook) -> None:
    book[S3].column_dimensions["K"].hidden = True


def merged(book: Workbook) -> None:
    book[S3].merge_cells("A3:A5")


def two_names(book: Workbook) -> None:
    book["Programme"]["A30"], book["Programme"]["B30"] = "année", 2


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
