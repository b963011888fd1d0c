"""The columns and cells of a file of students: recognised, read, or refused where they are."""

from __future__ import annotations

import datetime

import pytest

from butrt.base.spreadsheets import Cell, Kind
from grades.intake.cells import CellError, baccalaureate, birth_date, first_name, gender, ine
from grades.intake.columns import recognised_field
from tests.grades.intake.files import (
    AMEL,
    HEADERS,
    NOE,
    SHEET_ROWS,
    changed,
    confirm,
    page,
    previewed,
    send,
    stored,
    text,
    told,
    workbook,
)
from tests.grades.workbook.files import NBSP

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("header", "field"),
    [
        ("NUMETU", "number"),
        ("Code étudiant", "number"),
        ("N° Étudiant", "number"),
        ("NUMÉRO ETUDIANT", "number"),
        ("cod_etu", "number"),
        ("INE", "ine"),
        ("Code INE", "ine"),
        ("INE/BEA", "ine"),
        ("Nom de naissance", "last_name"),
        ("NOM USUEL", "usual_last_name"),
        ("prenom", "first_name"),
        ("Date de naissance", "birth_date"),
        ("Né(e) le", "birth_date"),
        ("Né(e) à", "birth_place"),
        ("Ville de naissance", "birth_place"),
        ("Civilité", "gender"),
        ("SEXE", "gender"),
        ("Adresse électronique", "email"),
        ("E-mail", "email"),
        ("Type de bac", "baccalaureate"),
        ("Série du bac", "baccalaureate_series"),
        ("Code candidat", "parcoursup"),
        ("Groupe TP", "group"),
        ("Régime d'inscription", "modality"),
        ("Parcours", "parcours"),
        ("Entreprise d’accueil", "company"),
        ("Bidule", ""),
        ("Adresse", "address"),
        ("Adresse 2", "address_more"),
        ("Complément d’adresse", "address_more"),
        ("Code postal", "postal_code"),
        ("Ville", "city"),
        ("Commune de résidence", "city"),
        ("Pays", "country"),
    ],
)
def test_headers_are_recognised(header, field):
    assert recognised_field(header) == field


def test_headers_nobody_knows_are_mapped_by_hand(client, secretary, cohort):
    header = "A1;B2;C3;D4;E5;F6;G7;H8;I9"
    send(client, cohort, text(AMEL, header=header))
    fields = ("number", "ine", "last_name", "first_name", "gender", "birth_date", "birth_place", "group", "")
    chosen = {f"c{number}": name for number, name in enumerate(fields, start=1)}

    assert (
        client.get(page("columns", cohort))
        .context["extract"]
        .notes[0]
        .startswith("Aucun titre n’est reconnu")
    )
    client.post(page("columns", cohort), chosen)

    plan = client.get(page("preview", cohort)).context["plan"]
    assert [each.student for each in plan.new] == ["DURAND Amélie"]


def test_a_field_given_twice_and_nobody_named_are_told_on_the_columns(client, secretary, cohort):
    send(client, cohort, text(AMEL))

    twice = client.post(page("columns", cohort), {"c1": "number", "c2": "number"})
    nobody = client.post(page("columns", cohort), {"c3": "last_name"})

    assert twice.context["form"].errors["c2"][0].replace(NBSP, " ") == (
        "N° étudiant vient déjà de « N° étudiant » : choisir l’une des deux."
    )
    assert "sans eux, on ne sait qui est qui" in nobody.context["form"].non_field_errors()[0]
    assert client.get(page("preview", cohort)).url == page("columns", cohort)


def test_a_header_twice_gives_its_first_column_and_says_so(client, secretary, cohort):
    answer = previewed(client, cohort, text(AMEL + ";AUTRE", header=HEADERS + ";Nom"))

    assert [each.student for each in answer.context["plan"].new] == ["DURAND Amélie"]
    notes = client.get(page("columns", cohort)).context["extract"].notes
    assert notes[0].replace(NBSP, " ") == "« Nom » (J) n’est pas proposée : Nom vient de « Nom »."


def cell(value, kind=Kind.TEXT):
    return Cell(2, 1, kind, value)


@pytest.mark.parametrize(
    "value",
    [
        *("03/09/2005", "3/9/2005", "03-09-2005", "03.09.2005", "2005-09-03", "2005/09/03", "20050903"),
        *("03092005", "3/9/05", "3 septembre 2005", "3 sept. 2005", "03-SEP-05", "03/09/2005 00:00:00"),
        *("2005-09-03T00:00:00", "2005-09-03 00:00"),
    ],
)
def test_dates_in_the_usual_forms(value):
    assert birth_date(cell(value)) == datetime.date(2005, 9, 3)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("31/02/2005", "le 31 février 2005 n’existe pas."),
        ("29/02/2005", "le 29 février 2005 n’existe pas."),
        ("09/25/2005", "le mois 25 n’existe pas, le jour vient avant le mois."),
        ("hier", "n’est pas une date"),
        ("12/12/2023", "vérifier l’année de naissance"),
        ("01/01/1805", "vérifier l’année de naissance"),
        ("38598", "n’est pas une date"),
    ],
)
def test_dates_that_are_none(value, reason):
    with pytest.raises(CellError) as error:
        birth_date(cell(value))

    assert reason in str(error.value)


def test_a_number_is_no_date_unless_its_format_says_so():
    assert birth_date(cell("38598", Kind.DATE)) == datetime.date(2005, 9, 3)
    with pytest.raises(CellError, match="est un nombre, pas une date"):
        birth_date(cell("38598", Kind.NUMBER))


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        *(
            ("Général", "G"),
            ("GÉNÉRALE", "G"),
            ("S", "G"),
            ("NBGE", "G"),
            ("STI2D", "T"),
            ("Technologique", "T"),
        ),
        *(
            ("Bac techno STMG", "T"),
            ("Professionnel", "P"),
            ("bac pro SN", "P"),
            ("Bac étranger", "A"),
            ("DAEU B", "A"),
        ),
        *(("autre titre", "A"), ("non renseigné", ""), ("Maths, NSI", None)),
    ],
)
def test_baccalaureates_by_type_or_series(value, kind):
    assert baccalaureate(value) == kind


def test_civilites_and_names_as_people_write_them():
    assert [gender(each) for each in ("Mme", "M.", "F", "H", "féminin", "2", "MONSIEUR", "x")] == list(
        "FMFMFFMX"
    )
    assert [first_name(each) for each in ("JEAN-NOËL", "Zoé", "N'GOLO")] == ["Jean-Noël", "Zoé", "N'Golo"]
    assert ine(" 070 000 001 aa ") == "070000001AA"


@pytest.mark.parametrize(
    ("cells", "where", "column", "reason"),
    [
        ({"number": ""}, "A2", "N° étudiant", "Personne nouvelle sans n° étudiant"),
        ({"ine": "0700001AA"}, "B2", "Code INE", "« 0700001AA » n’est pas un INE"),
        ({"ine": "7,00E+10"}, "B2", "Code INE", "« 7,00E+10 » : le tableur a abrégé l’INE."),
        ({"ine": "07000000éAA"}, "B2", "Code INE", "« 07000000éAA » n’est pas un INE"),
        ({"number": "2,2E+07"}, "A2", "N° étudiant", "« 2,2E+07 » : le tableur a abrégé le numéro."),
        ({"number": "22/01"}, "A2", "N° étudiant", "« 22/01 » n’est pas un n° étudiant"),
        ({"last_name": ""}, "C2", "Nom", "Personne nouvelle, et la case est vide : Nom."),
        ({"last_name": "X" * 300}, "C2", "Nom", "300 caractères, 80 au plus"),
        ({"last_name": "=1+1"}, "C2", "Nom", "« =1+1 » n’est pas un nom : « = » n’y a pas sa place."),
        ({"last_name": "@SUM(A1)"}, "C2", "Nom", "« @SUM(A1) » n’est pas un nom : « @ »"),
        ({"last_name": "<b>x</b>"}, "C2", "Nom", "« <b>x</b> » n’est pas un nom"),
        ({"last_name": "FranÃ§ois"}, "C2", "Nom", "« FranÃ§ois » : les accents sont abîmés."),
        ({"first_name": "Am\ufffdlie"}, "D2", "Prénom", "les accents sont abîmés"),
        ({"gender": "peut-être"}, "E2", "Sexe", "« peut-être » n’est pas une civilité"),
        ({"born": "31/02/2005"}, "F2", "Né(e) le", "« 31/02/2005 » : le 31 février 2005 n’existe pas."),
        ({"born": ""}, "F2", "Né(e) le", "Personne nouvelle, et la case est vide : Date de naissance."),
        ({"place": "L" * 81}, "G2", "Lieu de naissance", "81 caractères, 80 au plus"),
        ({"group": "G" * 31}, "H2", "Groupe", "31 caractères, 30 au plus"),
    ],
)
def test_a_wrong_cell_is_refused_where_it_is(client, secretary, cohort, cells, where, column, reason):
    before = stored()

    answer = previewed(client, cohort, text(changed(AMEL, **cells), NOE))

    (refusal,) = told(answer)
    assert refusal[:2] == (where, column)
    assert refusal[2].startswith(reason) or reason in refusal[2]
    assert [each.student for each in answer.context["plan"].new] == [
        "LE GOFF Noé"
    ]  # shown, but all or nothing
    page_told = answer.content.decode()
    assert (
        "Tant qu’une ligne est refusée, rien n’est enregistré." in page_told,
        'name="shown"' in page_told,
    ) == (
        True,
        False,
    )
    assert confirm(client, cohort, answer).status_code == 200
    assert stored() == before


def serial(tab):
    tab["G3"] = 38598
    tab["G3"].number_format = "General"


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        (
            lambda tab: tab.__setitem__("C3", "=UPPER(D3)"),
            ("C3", "Nom de naissance", "La case est une formule. Copier puis coller les valeurs seules."),
        ),
        (
            lambda tab: tab.__setitem__("C3", "#N/A"),
            ("C3", "Nom de naissance", "La case est une erreur du tableur (#N/A)."),
        ),
        (
            serial,
            ("G3", "Date de naissance", "« 38598 » est un nombre, pas une date."),
        ),
        (
            lambda tab: tab.__setitem__("A3", datetime.date(2024, 9, 1)),
            ("A3", "NUMETU", "La case est une date, pas un texte."),
        ),
        (lambda tab: tab.__setitem__("C3", True), ("C3", "Nom de naissance", "La case est VRAI ou FAUX")),
        (lambda tab: tab.merge_cells("C3:C4"), ("C3:C4", "", "Ces cases sont fusionnées")),
        (
            lambda tab: setattr(tab.row_dimensions[3], "hidden", True),
            ("ligne 3", "", "Cette ligne est masquée."),
        ),
    ],
    ids=["formula", "error", "serial", "date", "boolean", "merged", "hidden"],
)
def test_a_wrong_cell_of_a_workbook_is_refused_where_it_is(client, secretary, cohort, change, refusal):
    (found,) = told(previewed(client, cohort, workbook(SHEET_ROWS, change)))

    assert (found[:2], found[2].startswith(refusal[2])) == (refusal[:2], True)


def test_titles_merged_above_the_table_are_fine(client, secretary, cohort):
    answer = previewed(client, cohort, workbook(SHEET_ROWS, lambda tab: tab.merge_cells("A1:H1")))

    assert (told(answer), len(answer.context["plan"].new)) == ([], 1)


def test_a_separator_too_many_is_refused_by_its_line(client, secretary, cohort):
    answer = previewed(client, cohort, text(AMEL.replace("DURAND", "DU;RAND"), NOE))

    assert told(answer)[0][0] == "ligne 2"
    assert told(answer)[0][2].startswith("Plus de cellules que de titres")
