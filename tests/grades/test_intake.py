"""Students in: files as Apogée, Parcoursup and spreadsheets give them, confirmed, judged, done whole, undone.

Every hostile or broken file is built here, sent to the page, and must be refused in words with its place,
quickly, without a trace in the database.
"""

from __future__ import annotations

import datetime
import io
import time
import zipfile
from copy import deepcopy

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import Workbook

from butrt.base.journal.models import Entry
from butrt.base.spreadsheets import Cell, Kind
from grades.intake.cells import CellError, baccalaureate, birth_date, first_name, gender, ine
from grades.intake.columns import EXTRACT, read_extract, recognised_field
from grades.intake.importing import import_students, plan_import
from grades.models import Enrolment, Group, Mark, Student, StudentFile, StudentImport
from tests.factories import (
    make_assessment,
    make_cohort,
    make_department,
    make_enrolment,
    make_parcours,
    make_programme,
    make_student,
    make_teaching,
    make_user,
    programme_of,
)
from tests.grades.test_workbook import NBSP, compressed, ole, rewritten

pytestmark = pytest.mark.django_db

SECONDS = 2
HEADERS = "N° étudiant;Code INE;Nom;Prénom;Sexe;Né(e) le;Lieu de naissance;Groupe;Série du bac"
AMEL = "22000001;070000001AA;DURAND;AMÉLIE;F;03/09/2005;Roubaix;TP A;STI2D"
NOE = "22000002;070000002BB;LE GOFF;Noé;M;12/03/2005;Brest;TP B;Générale"


def text(*lines, header=HEADERS, encoding="utf-8"):
    return "\r\n".join([header, *lines, ""]).encode(encoding)


def changed(line, **cells):
    """A line with some of its cells replaced, by the short names of its columns."""
    names = ("number", "ine", "last_name", "first_name", "gender", "born", "place", "group", "series")
    return ";".join(cells.get(name, value) for name, value in zip(names, line.split(";"), strict=True))


@pytest.fixture(scope="module")
def office_once(once):
    """A department, its promotion without students, its secretary."""
    department = once(make_department)
    parcours = once(lambda: make_parcours(department=department))
    return {
        "department": department,
        "cohort": once(lambda: make_cohort(make_programme(parcours=parcours))),
        "secretary": once(lambda: make_user("secretariat", department=department)),
    }


@pytest.fixture
def office(db, office_once):
    return deepcopy(office_once)


@pytest.fixture
def department(office):
    return office["department"]


@pytest.fixture
def cohort(office):
    return office["cohort"]


@pytest.fixture
def secretary(client, office):
    client.force_login(office["secretary"])
    return office["secretary"]


def page(name, cohort, *args):
    return reverse(f"cohorts:import_{name}", args=[cohort.pk, *args])


def send(client, cohort, data, name="apogee.csv"):
    file = io.BytesIO(data)
    file.name = name
    return client.post(page("students", cohort), {"file": file})


def refused(client, cohort, data, name="apogee.csv"):
    """Why a file is not read at all."""
    answer = send(client, cohort, data, name)
    assert answer.status_code == 200
    return answer.context["refused"].replace(NBSP, " ")


def previewed(client, cohort, data):
    """Send a file, confirm its columns as they are recognised, and read the preview."""
    answer = send(client, cohort, data)
    assert (answer.status_code, answer.url) == (302, page("columns", cohort))
    form = client.get(answer.url).context["form"]
    answer = client.post(answer.url, {bound.html_name: bound.value() for _, bound in form.lines()})
    assert answer.url == page("preview", cohort)
    return client.get(answer.url)


def confirm(client, cohort, answer):
    return client.post(page("preview", cohort), {"shown": answer.context["plan"].digest})


def imported(client, cohort, *lines, **options):
    """Import these lines, whole; what was made."""
    answer = confirm(client, cohort, previewed(client, cohort, text(*lines, **options)))
    assert answer.status_code == 302
    return StudentImport.objects.latest("pk")


def told(answer):
    """(where, column, reason) of each refusal."""
    return [
        (each.ref, each.column, each.reason.replace(NBSP, " ")) for each in answer.context["plan"].refusals
    ]


def differences(answer):
    return {
        each.student: [tuple(difference) for difference in each.differences]
        for each in answer.context["plan"].changed
    }


def stored():
    return (
        list(Student.objects.order_by("pk").values()),
        list(Enrolment.objects.order_by("pk").values()),
        Group.objects.count(),
        StudentImport.objects.count(),
        Entry.objects.count(),
    )


# ---------- a file taken ----------


def test_a_file_is_confirmed_previewed_done_and_undone(client, secretary, cohort):
    known = make_student(
        cohort.department,
        number="22000002",
        ine="070000002BB",
        last_name="LE GOFF",
        first_name="Noé",
        gender="M",
        birth_date=datetime.date(2005, 3, 12),
        birth_place="Quimper",
    )
    before = stored()

    answer = send(client, cohort, text(AMEL, NOE))
    columns = client.get(answer.url)
    lines = {
        column.header: (column.examples, bound.value()) for column, bound in columns.context["form"].lines()
    }
    assert lines["Né(e) le"] == (("03/09/2005", "12/03/2005"), "birth_date")
    assert lines["Série du bac"] == (("STI2D", "Générale"), "baccalaureate_series")
    preview = previewed(client, cohort, text(AMEL, NOE))
    plan = preview.context["plan"]
    assert [each.student for each in plan.new] == ["DURAND Amélie"]
    assert differences(preview) == {
        "LE GOFF Noé": [
            ("birth_place", "Quimper", "Brest"),
            ("baccalaureate", "", "général"),
            ("baccalaureate_series", "", "Générale"),
            ("enrolment", "", "inscription"),
            ("group", "", "TP B"),
        ]
    }
    assert (plan.groups, plan.unchanged, plan.refusals) == (["TP A", "TP B"], [], [])
    assert stored() == before

    done = confirm(client, cohort, preview)

    made = StudentImport.objects.get()
    assert done.url == page("done", cohort, made.pk)
    amelie = Student.objects.get(number="22000001")
    assert (
        (
            amelie.ine,
            amelie.last_name,
            amelie.first_name,
            amelie.gender,
            amelie.birth_date,
            amelie.birth_place,
            amelie.baccalaureate,
            amelie.baccalaureate_series,
        )
    ) == ("070000001AA", "DURAND", "Amélie", "F", datetime.date(2005, 9, 3), "Roubaix", "T", "STI2D")
    assert amelie.enrolments.get().group.name == "TP A"
    known.refresh_from_db()
    assert (known.birth_place, known.enrolments.get().group.name) == ("Brest", "TP B")
    assert Entry.objects.latest("pk").details == {
        "import": made.pk,
        "file": "apogee.csv",
        "new": 1,
        "changed": 1,
        "unchanged": 0,
        "aside": 0,
    }
    assert not StudentFile.objects.exists()

    client.post(done.url)

    assert stored()[:3] == before[:3]
    made.refresh_from_db()
    assert (made.undone_by, Entry.objects.latest("pk").act) == (secretary, "students.undo_import")


def test_the_same_file_again_changes_nothing(client, secretary, cohort):
    imported(client, cohort, AMEL, NOE)

    plan = previewed(client, cohort, text(AMEL, NOE)).context["plan"]

    assert (plan.new, plan.changed, [each.student for each in plan.unchanged], plan.applicable) == (
        [],
        [],
        ["DURAND Amélie", "LE GOFF Noé"],
        False,
    )


# The encoding is found before the separator: each with one of the other.
@pytest.mark.parametrize(
    ("encoding", "separator"),
    [("utf-8", ";"), ("utf-8", ","), ("utf-8", "|"), ("utf-8-sig", ","), ("cp1252", "|"), ("utf-16", "\t")],
)
def test_encodings_and_separators_are_found(client, secretary, cohort, encoding, separator):
    data = text(AMEL, NOE).decode().replace(";", separator).encode(encoding)

    plan = previewed(client, cohort, data).context["plan"]

    assert [each.student for each in plan.new] == ["DURAND Amélie", "LE GOFF Noé"]


def test_an_apogee_extract_with_titles_above_and_any_order(client, secretary, cohort):
    lines = [
        "Extraction Apogée;;;",
        "Éditée le 12/09/2024;;;",
        "",
        "LIB_NOM_PAT_IND;COD_NNE_IND;COD_CLE_NNE_IND;LIB_PR1_IND;DAT_NAI_IND;COD_ETU;LIB_VIL_NAI_ETU;COD_SEX_ETU;Bidule",
        "DURAND;0700000001;A;AMELIE;03-SEP-05;22000001;ROUBAIX;F;x",
        "Total : 1;;;",
    ]

    answer = previewed(client, cohort, "\n".join(lines).encode("latin-1", "replace"))

    plan = answer.context["plan"]
    (new,) = plan.new
    assert (new.identity.number, new.identity.ine, new.student, new.identity.birth_date) == (
        "22000001",
        "0700000001A",
        "DURAND Amelie",
        datetime.date(2005, 9, 3),
    )
    assert answer.context["unread"] == ["Bidule"]
    assert plan.notes == [f"Ligne 6, «{NBSP}Total : 1{NBSP}»{NBSP}: n’est pas lue."]


def test_a_parcoursup_extract_completes_people_known_by_their_ine(client, secretary, cohort):
    imported(client, cohort, AMEL)
    header = "Code candidat,INE,Nom,Prénom,Type de bac,Série"

    answer = previewed(
        client, cohort, text("1100001,070000001AA,Durand,Amelie,Technologique,STI2D SIN", header=header)
    )

    assert differences(answer) == {
        "DURAND Amélie": [
            ("baccalaureate_series", "STI2D", "STI2D SIN"),
            ("parcoursup", "", "1100001"),
        ]
    }


PARCOURSUP = "Code candidat,INE,Nom,Prénom,Date de naissance,Ville de naissance,Type de bac"


def test_a_parcoursup_extract_begins_a_promotion_that_apogee_numbers(client, secretary, cohort):
    answer = previewed(
        client,
        cohort,
        text(
            "1100001,070000001AA,Durand,Amélie,02/03/2007,Lyon,Technologique",
            "1100002,070000002BB,Nguyen,Théo,05/06/2007,Brest,Général",
            header=PARCOURSUP,
        ),
    )
    plan = answer.context["plan"]
    assert [each.identity.number for each in plan.new] == ["PS1100001", "PS1100002"]
    assert "2 personnes n’ont pas encore de n° étudiant" in " ".join(plan.notes)
    confirm(client, cohort, answer)

    answer = previewed(
        client,
        cohort,
        text("22004711,070000001AA,Durand,Amélie", header="N° étudiant,INE,Nom,Prénom"),
    )
    assert differences(answer) == {"DURAND Amélie": [("number", "PS1100001", "22004711")]}
    confirm(client, cohort, answer)
    assert sorted(Student.objects.values_list("number", flat=True)) == ["22004711", "PS1100002"]


def test_a_parcoursup_extract_again_changes_nobody_and_never_takes_a_number_back(client, secretary, cohort):
    imported(client, cohort, "1100001,070000001AA,Durand,Amélie,02/03/2007,Lyon,G", header=PARCOURSUP)
    Student.objects.update(number="22004711")
    answer = previewed(
        client, cohort, text("1100001,070000001AA,Durand,Amélie,02/03/2007,Lyon,G", header=PARCOURSUP)
    )
    plan = answer.context["plan"]
    assert (plan.new, plan.changed, len(plan.unchanged)) == ([], [], 1)


def test_one_parcoursup_number_is_one_person(client, secretary, cohort):
    imported(client, cohort, "1100001,070000001AA,Durand,Amélie,02/03/2007,Lyon,G", header=PARCOURSUP)
    answer = previewed(
        client,
        cohort,
        text(
            "1100001,070000009ZZ,Autre,Camille,01/01/2007,Lyon,G",
            "1100007,070000003CC,Premier,Léa,01/02/2007,Lyon,G",
            "1100007,070000004DD,Second,Léo,01/03/2007,Lyon,G",
            header=PARCOURSUP,
        ),
    )
    assert told(answer) == [
        ("A2", "Code candidat", "Ce n° Parcoursup est celui de DURAND Amélie (INE 070000001AA)."),
        ("A4", "Code candidat", "Ce n° Parcoursup est déjà en ligne 3."),
    ]


def workbook(rows, change=None):
    book = Workbook()
    for row in rows:
        book.active.append(row)
    if change:
        change(book.active)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


SHEET_ROWS = [
    ["Liste des inscrits"],
    [
        "NUMETU",
        "INE",
        "Nom de naissance",
        "Nom usuel",
        "Prénom",
        "Civilité",
        "Date de naissance",
        "Ville de naissance",
    ],
    [22000001, "070000001AA", "Durand", "Martin", "Amélie", "Mme", datetime.date(2005, 9, 3), "Roubaix"],
]


@pytest.mark.parametrize("mac", [False, True])
def test_a_workbook_with_real_dates_and_numbers(client, secretary, cohort, mac):
    def since_1904(tab):
        if mac:
            tab.parent.epoch = datetime.datetime(1904, 1, 1)

    answer = previewed(client, cohort, workbook(SHEET_ROWS, since_1904))

    (new,) = answer.context["plan"].new
    assert (new.identity.number, new.identity.last_name, new.identity.birth_date, new.identity.gender) == (
        "22000001",
        "DURAND",
        datetime.date(2005, 9, 3),
        "F",
    )
    assert (new.identity.usual_last_name, new.student) == ("MARTIN", "MARTIN Amélie")
    extract = client.get(page("columns", cohort)).context["extract"]
    assert extract.column(7).examples == ("03/09/2005",)


def test_our_own_export_comes_back_unchanged(client, secretary, cohort):
    imported(client, cohort, AMEL, NOE)
    exported = client.get(cohort.get_absolute_url(), {"_export": "csv"}).content

    plan = previewed(client, cohort, exported).context["plan"]

    assert (plan.new, plan.changed, len(plan.unchanged), plan.refusals) == ([], [], 2, [])


# ---------- columns ----------


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


# ---------- cells ----------


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


# ---------- who is who ----------


def test_a_line_twice_is_refused_by_both_lines(client, secretary, cohort):
    answer = previewed(
        client, cohort, text(AMEL, NOE, changed(NOE, number="22000001"), changed(AMEL, number="3"))
    )

    assert told(answer) == [
        ("A4", "N° étudiant", "22000001 est déjà en ligne 2 (DURAND AMÉLIE). N’en garder qu’une."),
        ("B4", "Code INE", "070000002BB est déjà en ligne 3 (LE GOFF Noé). N’en garder qu’une."),
        ("B5", "Code INE", "070000001AA est déjà en ligne 2 (DURAND AMÉLIE). N’en garder qu’une."),
    ]


def test_the_number_of_one_and_the_ine_of_another_name_both(client, secretary, cohort):
    imported(client, cohort, AMEL, NOE)

    answer = previewed(client, cohort, text(changed(AMEL, ine="070000002BB")))

    assert told(answer) == [
        (
            "B2",
            "Code INE",
            "Le n° 22000001 est celui de DURAND Amélie, l’INE 070000002BB celui de LE GOFF Noé "
            "(n° 22000002). Corriger l’un des deux.",
        )
    ]


def test_a_number_given_to_somebody_else_is_refused(client, secretary, cohort):
    imported(client, cohort, AMEL)

    answer = previewed(client, cohort, text("22000001;079999999ZZ;PETIT;Jean;M;01/02/2004;Lille;;"))

    assert told(answer)[0][2] == (
        "Ce n° 22000001 est celui de DURAND Amélie, naissance le 03/09/2005 : ni le nom ni la date de "
        "naissance ne sont les mêmes."
    )


def test_a_person_known_under_other_numbers_is_no_new_person(client, secretary, cohort):
    imported(client, cohort, AMEL)

    answer = previewed(
        client, cohort, text(changed(AMEL, number="99", ine="079999999ZZ", first_name="Amelie"))
    )

    assert told(answer)[0][:2] == ("A2", "N° étudiant")
    assert "DURAND Amélie existe, de même naissance, avec un autre n° (22000001)" in told(answer)[0][2]


def test_a_person_twice_under_two_numbers_is_refused(client, secretary, cohort):
    answer = previewed(client, cohort, text(AMEL, changed(AMEL, number="3", ine="070000003CC")))

    assert told(answer)[0][:2] == ("A3", "N° étudiant")
    assert told(answer)[0][2].startswith("La ligne 2 a le même nom, le même prénom et la même naissance")


def test_two_lines_of_one_student_are_refused(client, secretary, cohort):
    imported(client, cohort, AMEL)

    answer = previewed(client, cohort, text(changed(AMEL, ine=""), changed(AMEL, number="")))

    assert told(answer) == [("ligne 3", "", "La ligne 2 est déjà celle de DURAND Amélie, n° 22000001.")]


def test_a_student_of_another_department_is_somebody_else(client, secretary, cohort):
    make_student(make_department(), number="22000001", ine="070000001AA")

    plan = previewed(client, cohort, text(AMEL)).context["plan"]

    assert [each.student for each in plan.new] == ["DURAND Amélie"]


def test_an_empty_cell_capitals_and_lost_accents_change_nothing(client, secretary, cohort):
    imported(client, cohort, AMEL, NOE)

    poor = changed(
        AMEL,
        first_name="AMELIE",
        last_name="Durand",
        place="ROUBAIX",
        gender="",
        born="",
        group="",
        series="",
    )
    plan = previewed(client, cohort, text(poor)).context["plan"]

    assert (plan.changed, len(plan.unchanged)) == ([], 1)
    assert plan.notes == [f"1 inscrit n’est pas dans le fichier, rien ne change pour lui{NBSP}: LE GOFF Noé."]


WITH_ADDRESS = "NUMETU;INE;Nom;Prénom;Né(e) le;Né(e) à;Adresse;Adresse 2;Code postal;Ville;Pays"
ADELE = "22000005;070000005EE;MOREL;Adèle;03/09/2005;Roubaix"


def test_an_address_is_taken_whole(client, secretary, cohort):
    imported(
        client, cohort, f"{ADELE};14 RUE DES TANNEURS;Bât. B;1000;BOURG EN BRESSE;France", header=WITH_ADDRESS
    )
    student = Student.objects.get(number="22000005")

    assert student.postal_address == ("14 RUE DES TANNEURS", "Bât. B", "01000 BOURG EN BRESSE")
    moved = previewed(
        client, cohort, text(f"{ADELE};3 avenue Louise;;1000;Bruxelles;Belgique", header=WITH_ADDRESS)
    )
    assert differences(moved) == {
        "MOREL Adèle": [
            ("address", "14 RUE DES TANNEURS\nBât. B", "3 avenue Louise"),
            ("postal_code", "01000", "1000"),
            ("city", "BOURG EN BRESSE", "Bruxelles"),
            ("country", "", "Belgique"),
        ]
    }


def test_an_address_without_its_town_is_left_and_said(client, secretary, cohort):
    plan = previewed(
        client, cohort, text(f"{ADELE};14 rue des Tanneurs;;00000;;", header=WITH_ADDRESS)
    ).context["plan"]

    assert (plan.new[0].identity.address, plan.refusals) == ("", [])
    assert (
        f"1 adresse sans ville, ou ville sans rue ni code postal{NBSP}: elle n’est pas reprise." in plan.notes
    )


def test_a_file_without_address_keeps_the_one_known(client, secretary, cohort):
    imported(client, cohort, f"{ADELE};14 rue des Tanneurs;;00000;Valbrume;", header=WITH_ADDRESS)
    again = previewed(client, cohort, text(f"{ADELE};;;;;", header=WITH_ADDRESS)).context["plan"]

    assert (again.changed, len(again.unchanged)) == ([], 1)


def test_accents_gained_and_leading_zeros(client, secretary, cohort):
    make_student(cohort.department, number="0042", ine="070000001AA", last_name="BREHAT", first_name="Zoe",
                 birth_date=datetime.date(2005, 9, 3), birth_place="Roubaix", gender="F")  # fmt: skip

    answer = previewed(client, cohort, text("42;070000001AA;Bréhat;Zoé;F;03/09/2005;Roubaix;;"))

    assert differences(answer) == {
        "BREHAT Zoe": [
            ("last_name", "BREHAT", "BRÉHAT"),
            ("first_name", "Zoe", "Zoé"),
            ("enrolment", "", "inscription"),
        ]
    }


def test_a_number_that_a_jury_has_frozen_does_not_change(client, secretary, cohort):
    imported(client, cohort, AMEL)
    make_assessment(make_teaching(cohort), locked=True)

    plan = previewed(client, cohort, text(changed(AMEL, number="22000009"), NOE)).context["plan"]

    assert (plan.refusals, [each.student for each in plan.unchanged]) == ([], ["DURAND Amélie"])
    assert "qui reste : DURAND Amélie, n° 22000001 et non 22000009." in plan.notes[0].replace(NBSP, " ")


def test_lines_of_another_parcours_or_regime_are_set_aside(client, secretary, cohort):
    header = HEADERS + ";Parcours;Régime"

    answer = previewed(
        client,
        cohort,
        text(
            AMEL + ";IOM;FA",
            NOE + ";Cyber;FA",
            changed(NOE, number="3", ine="070000003CC") + ";BUT R&T IOM;FI",
            header=header,
        ),
    )

    plan = answer.context["plan"]
    assert [each.student for each in plan.new] == ["DURAND Amélie"]
    assert [(each.line, each.student, each.reason) for each in plan.aside] == [
        (3, "LE GOFF Noé", "parcours Cyber"),
        (4, "LE GOFF Noé", "régime FI"),
    ]


def test_companies_are_for_apprentices(client, secretary, department, cohort):
    header, line = HEADERS + ";Entreprise", AMEL + ";Brumelec"
    initial = make_cohort(make_programme(parcours=programme_of(cohort).parcours, year=1, modality="initiale"))

    imported(client, cohort, line, header=header)
    choices = send(client, initial, text(line, header=header)) and client.get(page("columns", initial))

    assert Enrolment.objects.get(cohort=cohort).company == "Brumelec"
    assert "company" not in dict(choices.context["form"].fields["c1"].choices)


def test_the_column_of_semesters_says_which_are_taken(client, secretary, cohort):
    header = HEADERS + ";Semestres"

    imported(client, cohort, AMEL + ";S4", NOE + ";S3 et S4", header=header)

    assert [each.semesters for each in cohort.enrolments.order_by("student__number")] == [[4], [3, 4]]


def test_other_semesters_are_a_change_that_is_undone(client, secretary, cohort):
    imported(client, cohort, AMEL)
    made = imported(client, cohort, AMEL + ";4", header=HEADERS + ";Semestres")
    assert made.done["changed"][0]["told"] == [["Semestres suivis", "S3 S4", "S4"]]
    assert cohort.enrolments.get().semesters == [4]

    client.post(page("done", cohort, made.pk))

    assert cohort.enrolments.get().semesters == [3, 4]


@pytest.mark.parametrize("said", ["S5", "S3 S5", "tous", "3e"])
def test_semesters_of_another_year_are_refused(client, secretary, cohort, said):
    answer = previewed(client, cohort, text(AMEL + f";{said}", header=HEADERS + ";Semestres"))

    (refusal,) = answer.context["plan"].refusals
    assert (refusal.ref, refusal.column) == ("J2", "Semestres")
    assert refusal.reason.endswith("les semestres de la promotion sont « S3 », « S4 », « S3 S4 ».")


# ---------- between the steps ----------


def test_a_plan_that_changed_since_it_was_shown_is_shown_again(client, secretary, cohort):
    answer = previewed(client, cohort, text(AMEL))
    make_student(cohort.department, number="22000001", ine="070000001AA", last_name="DURAND")
    before = stored()

    again = confirm(client, cohort, answer)

    assert "a changé entre-temps" in again.context["again"]
    assert (again.context["plan"].new, stored() == before) == ([], True)
    assert confirm(client, cohort, again).status_code == 302


def test_a_file_is_its_senders_and_its_promotions_and_expires(client, secretary, department, cohort):
    previewed(client, cohort, text(AMEL))
    other = make_cohort(programme_of(cohort), school_year=2023)

    assert client.get(page("preview", other)).url == page("students", other)
    client.force_login(make_user("director", department=department))
    assert client.get(page("preview", cohort)).url == page("students", cohort)
    assert client.post(page("preview", cohort), {"shown": ""}).url == page("students", cohort)
    client.force_login(secretary)
    StudentFile.objects.update(sent_at=datetime.datetime(2024, 9, 1, tzinfo=datetime.UTC))
    assert client.get(page("preview", cohort)).url == page("students", cohort)
    send(client, other, text(AMEL))
    assert list(StudentFile.objects.values_list("cohort", flat=True)) == [other.pk]
    assert not Student.objects.exists()


def test_what_only_a_service_refuses_names_its_line(client, secretary, cohort, monkeypatch):
    answer = previewed(client, cohort, text(AMEL, NOE))

    def refuse(*details):
        raise ValidationError("Refusé.")

    monkeypatch.setattr("grades.people.enrolments._refuse_stranger", refuse)
    before = stored()

    again = confirm(client, cohort, answer)

    assert again.context["again"].replace(NBSP, " ") == "Ligne 2, DURAND Amélie : Refusé."
    assert (stored() == before, StudentFile.objects.count()) == (True, 1)


# ---------- undoing ----------


def test_an_undo_leaves_what_was_used_since_and_says_which(client, secretary, cohort):
    made = imported(client, cohort, AMEL, NOE)
    enrolment = Enrolment.objects.get(student__number="22000001")
    mark = make_assessment(make_teaching(cohort))
    Mark.objects.create(
        assessment=mark, enrolment=enrolment, value=12, entered_by=secretary, entered_at=made.at
    )

    told_before = client.get(page("done", cohort, made.pk)).context["undoing"]
    answer = client.post(page("done", cohort, made.pk), follow=True)

    assert (told_before.removed, told_before.kept) == (
        ["LE GOFF Noé"],
        [("DURAND Amélie", "sert depuis (notes)")],
    )
    assert list(Student.objects.values_list("last_name", flat=True)) == ["DURAND"]
    assert list(cohort.groups.values_list("name", flat=True)) == ["TP A"]
    assert f"DURAND Amélie reste{NBSP}: sert depuis (notes)." in answer.content.decode()
    again = client.post(page("done", cohort, made.pk), follow=True)
    assert "Cet import est déjà annulé." in again.content.decode()


def test_an_undo_restores_what_nobody_changed_since(client, secretary, cohort):
    imported(client, cohort, AMEL)
    made = imported(client, cohort, changed(AMEL, place="Lille", series="STL", group="TP C"))
    Student.objects.update(birth_place="Arras")

    client.post(page("done", cohort, made.pk))

    student = Student.objects.get()
    assert (student.birth_place, student.baccalaureate_series, student.enrolments.get().group.name) == (
        "Arras",
        "STI2D",
        "TP A",
    )
    assert Entry.objects.latest("pk").details["kept"] == [
        ["DURAND Amélie", "lieu de naissance changé depuis, reste Arras"]
    ]


@pytest.mark.parametrize("use", ["account", "elsewhere", "jury", "gone"])
def test_nobody_who_is_needed_elsewhere_is_removed(client, secretary, cohort, use):
    made = imported(client, cohort, AMEL)
    student = Student.objects.get()
    if use == "account":
        Student.objects.update(account=make_user())
    elif use == "elsewhere":
        make_enrolment(make_cohort(programme_of(cohort), school_year=2025), student)
    elif use == "jury":
        make_assessment(make_teaching(cohort), locked=True)
    else:
        student.enrolments.all().delete()
    reasons = {
        "account": "a un compte",
        "elsewhere": "sert depuis (inscriptions)",
        "jury": "un jury a verrouillé les notes de la promotion",
        "gone": "déjà retiré depuis",
    }

    undoing = client.get(page("done", cohort, made.pk)).context["undoing"]
    answer = client.post(page("done", cohort, made.pk), follow=True)

    assert (undoing.removed, [why for _, why in undoing.kept]) == ([], [reasons[use]])
    assert "Il n’y a plus rien à annuler" in answer.content.decode()
    assert Student.objects.count() == 1


# ---------- hostile and broken files ----------


def with_part(name, content=b"\0" * 100):
    return lambda: rewritten(workbook(SHEET_ROWS), {}, add=[(name, content)])


def with_entities():
    bomb = b'<!DOCTYPE w [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]><worksheet'
    return rewritten(
        workbook(SHEET_ROWS), {"xl/worksheets/sheet1.xml": lambda xml: xml.replace(b"<worksheet", bomb, 1)}
    )


def ods():
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
    return stream.getvalue()


HOSTILE = {
    "empty": (lambda: b"", "Ce fichier est vide."),
    "spaces": (lambda: b" \r\n\t \n", "Ce fichier est vide."),
    "an empty workbook": (lambda: workbook([]), "Ce classeur n’a aucune case remplie."),
    "only a header": (text, "Ce fichier n’a que des titres, en ligne 1 : aucun étudiant dessous"),
    "only a header in a workbook": (lambda: workbook(SHEET_ROWS[:2]), "que des titres, en ligne 2"),
    "no columns": (
        "bonjour\nà tous\n".encode,
        "Aucune ligne de titres dans les 30 premières lignes",
    ),
    "a PDF": (
        lambda: b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n",
        "Ce fichier est un document PDF, quel que soit son nom.",
    ),
    "a picture": (lambda: b"\x89PNG\r\n\x1a\n" + b"\0" * 50, "Ce fichier est une image"),
    "an archive": (lambda: b"\x1f\x8b\x08" + b"\0" * 50, "Ce fichier est une archive compressée"),
    "HTML named .xls": (
        lambda: b"<html><table><tr><td>INE</td></tr></table>",
        "est une page web (HTML ou XML)",
    ),
    "an .xls": (lambda: ole("Workbook"), "Ce fichier est un ancien classeur .xls"),
    "an encrypted workbook": (lambda: ole("EncryptedPackage"), "protégé par un mot de passe"),
    "macros": (with_part("xl/vbaProject.bin"), "contient des macros"),
    "external links": (with_part("xl/externalLinks/externalLink1.xml"), "des liens vers d’autres classeurs"),
    "billion laughs": (with_entities, "entités XML (DOCTYPE)"),
    "a zip bomb": (lambda: compressed("xl/worksheets/sheet1.xml", 2**30), "ce classeur dépasse 64 Mo"),
    "a small bomb": (
        lambda: compressed("xl/worksheets/sheet1.xml", 12 * 2**20),
        "compressée plus de 300 fois",
    ),
    "truncated": (lambda: workbook(SHEET_ROWS)[:2000], "abîmé ou incomplet"),
    "an .ods": (ods, "document OpenDocument (.ods)"),
    "a far cell": (
        lambda: workbook(SHEET_ROWS, lambda tab: tab.__setitem__("XFD1048576", 1)),
        "très loin du tableau",
    ),
    "1 M rows": (lambda: text() + b"1;2\n" * 2_000_000, "Ce fichier dépasse 6 Mo"),
    "300 000 short rows": (lambda: text() + b";\n" * 300_000, "Ce fichier a plus de 5000 lignes"),
    "too large a workbook": (lambda: b"PK" + b"\0" * EXTRACT.bytes, "Ce fichier dépasse 6 Mo"),
    "NUL bytes": (lambda: text(AMEL).replace(b"DURAND", b"DU\0AND"), "Ligne 2 : un octet nul"),
    "UTF-16 without its mark": (lambda: text(AMEL).decode().encode("utf-16-le"), "Ligne 1 : un octet nul"),
    "UTF-16 cut in two": (lambda: text(AMEL, encoding="utf-16")[:-1], "Ce texte UTF-16 est abîmé"),
    "control characters": (
        lambda: text(AMEL.replace("DURAND", "DU\x1bRAND")),
        "Ligne 2 : un caractère de commande (code 27)",
    ),
    "mixed encodings": (
        lambda: text(AMEL) + (NOE + "\r\n").encode("cp1252"),
        "Deux encodages sont mélangés : la ligne 1 est en UTF-8, la ligne 3 non.",
    ),
    "neither encoding": (
        lambda: b"Nom;INE\r\nDU\x81AND;1\r\n",
        "Ligne 2 : un caractère n’est ni d’UTF-8 ni de Windows-1252.",
    ),
    "a quote never closed": (
        lambda: text(AMEL, changed(NOE, place='"Brest')),
        "Ligne 3 : un guillemet est ouvert",
    ),
    "a huge cell": (lambda: text(changed(AMEL, place="L" * 200_000)), "Ligne 2 : "),
    "many columns": (
        lambda: text("1;2", header=";".join(f"Nom{n}" for n in range(5_001))),
        "Ligne 1 : plus de 5000 colonnes.",
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_in_words_and_quickly(client, secretary, cohort, name):
    make, reason = HOSTILE[name]
    data = make()
    before, start = stored(), time.process_time()

    said = refused(client, cohort, data)

    assert reason in said
    assert time.process_time() - start < SECONDS
    assert (stored() == before, StudentFile.objects.exists()) == (True, False)


def test_no_file_and_no_name(client, secretary, cohort):
    assert client.post(page("students", cohort), {}).context["form"].errors["file"] == [
        "Choisir le fichier à envoyer."
    ]


# ---------- size ----------


def crowd(number):
    return [
        f"23{n:06};08{n:07}ZZ;NOM{chr(65 + n % 26)}{chr(65 + n // 26)};Prénom;F;03/09/2005;Brest;TP {n % 6};S"
        for n in range(number)
    ]


def test_many_students_take_seconds_and_the_same_queries(
    client, secretary, cohort, django_assert_max_num_queries
):
    extract = read_extract(text(*crowd(150)))
    with django_assert_max_num_queries(8):
        plan = plan_import(cohort=cohort, extract=extract, columns=extract.proposed)
    assert (len(plan.new), plan.refusals) == (150, [])

    start = time.process_time()
    locks = 10 * (connection.vendor == "postgresql")
    with django_assert_max_num_queries(40 + locks):  # 3,408 when each was written apart
        made = import_students(
            cohort=cohort,
            extract=read_extract(text(*crowd(40))),
            columns=extract.proposed,
            name="a",
            by=secretary,
        )
    undone = client.post(page("done", cohort, made.pk))

    assert (undone.status_code, Student.objects.count(), time.process_time() - start < 6) == (302, 0, True)


def test_an_import_of_many_asks_what_one_of_few_does(secretary, cohort):
    everyone, counts = crowd(410), []
    for place, people in enumerate(
        (everyone[:1], everyone[1:9], everyone[9:])
    ):  # the first begins the journal
        there = make_cohort(programme_of(cohort), school_year=2030 + place)
        extract = read_extract(text(*people))
        with CaptureQueriesContext(connection) as queries:
            import_students(cohort=there, extract=extract, columns=extract.proposed, name="a", by=secretary)
        counts.append(len(queries))

    assert counts[1] == counts[2]


# ---------- the command ----------


def run(tmp_path, data, *options):
    (tmp_path / "extrait.csv").write_bytes(data)
    output, errors = io.StringIO(), io.StringIO()
    call_command("import_students", str(tmp_path / "extrait.csv"), *options, stdout=output, stderr=errors)
    return output.getvalue()


def test_the_command_does_the_same(secretary, cohort, tmp_path):
    options = (f"--cohort={cohort.pk}", f"--by={secretary.username}")

    dry = run(tmp_path, text(AMEL, NOE), *options, "--dry-run")
    assert ("2 nouveaux, 0 changés" in dry, Student.objects.count()) == (True, 0)
    done = run(tmp_path, text(AMEL, NOE), *options, "--column=Série du bac=")

    made = StudentImport.objects.get()
    assert (f"Import {made.pk} fait." in done, made.by, made.name) == (True, secretary, "extrait.csv")
    assert set(Student.objects.values_list("baccalaureate_series", flat=True)) == {""}
    assert "Rien à changer." in run(tmp_path, text(AMEL, NOE), *options, "--column=Série du bac=")


@pytest.mark.parametrize(
    ("data", "options", "reason"),
    [
        (text(changed(AMEL, born="31/02/2005")), {}, "Tant qu’une ligne est refusée, rien n’est enregistré."),
        (b"%PDF-1.7", {}, "un document PDF"),
        (text(AMEL), {"by": "personne"}, "« personne » n’est ni du secrétariat"),
        (text(AMEL), {"cohort": 999999}, "Il n’y a pas de promotion 999999."),
        (text(AMEL), {"column": "Rien=ine"}, "ce titre ou ce champ n’existe pas"),
    ],
)
def test_the_command_refuses_in_words(secretary, cohort, tmp_path, data, options, reason):
    options = {"cohort": cohort.pk, "by": secretary.username} | options

    with pytest.raises(CommandError) as error:
        run(tmp_path, data, *(f"--{name}={value}" for name, value in options.items()))

    assert reason in str(error.value)
    assert not Student.objects.exists()
