"""Identity as lists really are: what comes later, usual names, homonyms, changed numbers, wide extracts."""

from __future__ import annotations

import datetime
import io

import pytest
from django.urls import reverse
from openpyxl import Workbook

from butrt.base.french import NBSP
from butrt.base.words import folded, holds, plain_letters
from grades.intake.columns import read_extract, recognised_field
from grades.intake.forms import ColumnsForm
from grades.intake.importing import plan_import
from grades.models import Student
from grades.people import Identity, as_people_write, change_identity
from tests.factories import make_cohort, make_enrolment, make_student, make_user
from tests.pages import shown

HEADER = "numero;nom;prenom;date"


@pytest.fixture(scope="module")
def made(once):
    def make():
        cohort = make_cohort()
        return cohort, make_user("secretariat", department=cohort.department)

    return once(make)


@pytest.fixture
def cohort(made, db):
    return made[0]


def planned(cohort, *lines, header=HEADER):
    extract = read_extract("\n".join([header, *lines]).encode())
    return plan_import(cohort=cohort, extract=extract, columns=extract.proposed)


def new_people(plan):
    assert plan.refusals == []
    return [each.identity for each in plan.new]


# ---------- folding ----------


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("NGUESSAN", "N’GUESSAN"),
        ("n'guessan", "N’GUESSAN"),
        ("nguessan", "NʼGUESSAN"),
        ("LUKASZEWICZ", "ŁUKASZEWICZ"),
        ("łukasz", "LUKASZEWICZ"),
        ("leguennic", "LE GUENNIC"),
        ("le guen", "LE-GUENNIC"),
        ("coeur", "CŒUR"),
        ("ostergaard", "ØSTERGAARD"),
    ],
)
def test_a_name_is_found_however_it_is_typed(query, name):
    assert holds(query, name)


def test_letters_lose_their_signs_and_keep_their_case():
    assert (plain_letters("Łódź, Œuvre"), folded("Né(e) à Łódź")) == ("Lodz, OEuvre", "ne e a lodz")


def test_every_search_finds_them(client, made, db):
    cohort, secretary = made
    for name in ("N’GUESSAN", "ŁUKASZEWICZ"):
        make_enrolment(cohort, make_student(cohort.department, last_name=name))
    make_enrolment(cohort, make_student(cohort.department, last_name="ROCHE", usual_last_name="D’ALMEIDA"))
    client.force_login(secretary)
    for query, name in (("NGUESSAN", "N’GUESSAN"), ("LUKASZEWICZ", "ŁUKASZEWICZ"), ("roche", "D’ALMEIDA")):
        for address in (
            f"{cohort.get_absolute_url()}?q={query}",
            f"{reverse('search')}?q={query}",
            f"{reverse('jury:elsewhere_find')}?q={query}",
            f"{reverse('cohorts:new_student', args=[cohort.pk])}?q={query}",
        ):
            assert name in client.get(address).content.decode(), address


# ---------- what may come later ----------


def test_an_ine_and_a_birthplace_may_come_later(cohort):
    plan = planned(cohort, "20171900;n'guessan;loïck;02/03/1999", "20171901;ERASMUS;INGRID;05/03/1999")

    loick, ingrid = new_people(plan)
    assert (loick.last_name, loick.first_name, loick.ine, loick.birth_place) == (
        *("N'GUESSAN", "Loïck"),
        *("", ""),
    )
    assert ingrid.first_name == "Ingrid"
    assert "2 identités sont à compléter avant un relevé ou une attestation" in " ".join(plan.notes)


def test_two_people_may_both_have_no_ine(client, made, db):
    cohort, secretary = made
    for number in ("1001", "1002"):
        make_student(cohort.department, ine="", number=number)
    client.force_login(secretary)
    student = make_enrolment(cohort, make_student(cohort.department, ine="", birth_place=""))

    shown = client.get(reverse("cohorts:enrolment", args=[student.pk])).content.decode()

    assert Student.objects.filter(ine="").count() == 3
    assert ("lieu à compléter" in shown, student.student.lacks) == (True, ["INE", "lieu de naissance"])


def test_a_student_of_an_exchange_never_has_an_ine_unless_one_is_given(client, made, db):
    cohort, secretary = made
    client.force_login(secretary)
    student = make_student(cohort.department, ine="")
    address = reverse("cohorts:identity", args=[make_enrolment(cohort, student).pk])
    page = client.get(address)
    typed = {key: value for key, value in page.context["form"].initial.items() if value}

    client.post(address, typed | {"without_ine": "on"} | shown(client, address))
    student.refresh_from_db()
    assert (student.without_ine, student.lacks) == (True, [])
    client.post(address, typed | {"without_ine": "on", "ine": "0000000009Z"} | shown(client, address))
    student.refresh_from_db()
    assert (student.without_ine, student.ine) == (False, "0000000009Z")


def test_a_file_may_say_who_is_of_an_exchange(cohort):
    header = "NUMETU;Nom;Prénom;Né(e) le;Échange international"
    plan = planned(cohort, "1;ROSSI;Anna;02/03/2004;oui", "2;NEY;Luc;02/03/2004;non", header=header)

    assert [(new.identity.without_ine, new.lacks) for new in plan.new] == [
        (True, ["lieu de naissance"]),
        (False, ["INE", "lieu de naissance"]),
    ]


def test_an_identity_is_typed_without_them(client, made, db):
    cohort, secretary = made
    client.force_login(secretary)
    person = {"number": "777", "last_name": "Durand", "first_name": "PIERRE-LOUIS", "gender": "M"}

    answer = client.post(
        reverse("cohorts:new_student", args=[cohort.pk]),
        person
        | {"birth_date": "2005-01-02", "usual_first_name": "pierrot", "usual_last_name": "roche"}
        | {"semesters": "3 4", "save": "1"},
    )

    assert answer.status_code == 302, answer.content.decode()
    student = Student.objects.get(number="777")
    assert (student.first_name, str(student), student.legal_name) == (
        *("Pierre-Louis", "ROCHE Pierrot"),
        "DURAND Pierre-Louis",
    )


# ---------- names ----------


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("pierre-louis", "Pierre-Louis"),
        ("JEAN-NOËL", "Jean-Noël"),
        ("anne-Lise", "anne-Lise"),
        ("McKenzie", "McKenzie"),
        ("É", "É"),
    ],
)
def test_first_names_are_written_as_people_do(typed, written):
    assert as_people_write(typed) == written


def test_usual_names_are_kept_and_say_nothing_when_they_are_the_legal_ones(cohort):
    header = f"{HEADER};INE;lieu de naissance;prénom usuel;nom d'usage"

    pierre, ida = new_people(
        planned(
            cohort,
            "20171902;d'almeida-roche;pierre-louis;03/03/1999;0000000002B;Lens;Pierrot;ROCHE",
            "20171903;MARTIN;Ida;04/03/1999;0000000003C;Lens;IDA;Martin",
            header=header,
        )
    )

    assert (pierre.last_name, pierre.first_name) == ("D'ALMEIDA-ROCHE", "Pierre-Louis")
    assert (pierre.usual_last_name, pierre.usual_first_name) == ("ROCHE", "Pierrot")
    assert (ida.usual_last_name, ida.usual_first_name) == ("", "")


def test_people_are_listed_under_the_name_that_is_read(db):
    department = make_cohort().department
    for last, usual in (("ZOLA", "ABADIE"), ("MARTIN", "")):
        make_student(department, last_name=last, usual_last_name=usual)

    assert [student.last_name for student in Student.objects.filter(department=department)] == [
        *("ZOLA", "MARTIN")
    ]


def test_a_usual_name_of_a_file_does_not_replace_the_legal_one(cohort):
    make_student(
        cohort.department, number="2501", last_name="D’ALMEIDA", first_name="Ana", usual_last_name="ROCHE"
    )

    (known,) = planned(cohort, "2501;ROCHE;Ana;01/01/2005").changed

    assert [difference.name for difference in known.differences] == ["enrolment"]


def test_both_names_in_one_cell(cohort):
    header = "Numéro étudiant;Nom prénom;Né(e) le"

    people = new_people(
        planned(
            cohort,
            "2601;DE LA TOUR Anne;01/02/2005",
            "2602;Durand amélie;01/02/2005",
            "2603;Jean-Noël LE GOFF;01/02/2005",
            header=header,
        )
    )

    assert [(each.last_name, each.first_name) for each in people] == [
        ("DE LA TOUR", "Anne"),
        ("DURAND", "Amélie"),
        ("LE GOFF", "Jean-Noël"),
    ]
    (refusal,) = planned(cohort, "2604;le goff jean noël;01/02/2005", header=header).refusals
    assert (refusal.ref, "rien ne dit où finit le nom" in refusal.reason) == ("B2", True)


# ---------- who is who ----------


def test_homonyms_are_two_people(cohort):
    plan = planned(cohort, "2701;MARTIN;Camille;01/02/2005", "2702;MARTIN;Camille;09/11/2004")

    assert [each.number for each in new_people(plan)] == ["2701", "2702"]


def test_a_changed_number_is_told_where_there_is_no_ine(cohort):
    make_enrolment(
        cohort,
        make_student(
            cohort.department,
            **{"ine": "", "number": "2801", "last_name": "ŁUKASZEWICZ", "first_name": "Zoé"},
            birth_date=datetime.date(2005, 2, 1),
        ),
    )

    plan = planned(cohort, "2899;LUKASZEWICZ;zoe;01/02/2005")

    assert (plan.new, plan.refusals) == ([], [])
    assert [tuple(difference) for difference in plan.changed[0].differences] == [("number", "2801", "2899")]


def test_a_known_person_needs_no_number_in_the_file(cohort):
    student = make_student(cohort.department, last_name="ODIN", birth_date=datetime.date(2004, 5, 6))

    plan = planned(cohort, "ODIN;Camille;06/05/2004", "THOR;Max;06/05/2004", header="nom;prénom;né le")

    assert [known.row for known in plan.changed] == [student]
    assert [refusal.ref for refusal in plan.refusals] == ["ligne 3"]


# ---------- headings, cells ----------


@pytest.mark.parametrize(
    ("header", "field"),
    [
        ("DATE_NAI_IND", "birth_date"),
        ("ADR_MAIL", "email"),
        ("Gpe", "group"),
        ("Nom prénom", "full_name"),
        ("NOM Prénoms", ""),
        ("Nom et prénom", "full_name"),
        ("numero", "number"),
        ("N°", "number"),
        ("date", "birth_date"),
        ("Prénom d’usage", "usual_first_name"),
        ("Nom d'usage", "usual_last_name"),
    ],
)
def test_headings_of_real_lists(header, field):
    assert recognised_field(header) == field


def test_a_heading_that_says_little_is_read_by_what_is_under_it():
    data = "Étudiant;N° étudiant;N°;Date\nMARTIN Léa;22001234;1;12/09/2024\nODIN Max;22001235;2;12/09/2024"

    assert read_extract(data.encode()).proposed == {1: "full_name", 2: "number"}


def test_one_bad_mail_is_set_aside_not_the_file(cohort):
    plan = planned(
        cohort,
        "2901;MARTIN;Léa;01/02/2005;lea.martin@",
        "2902;ODIN;Max;01/02/2005;max@example.org",
        header=f"{HEADER};ADR_MAIL",
    )

    assert [each.email for each in new_people(plan)] == ["", "max@example.org"]
    (note,) = [note.replace(NBSP, " ") for note in plan.notes if note.startswith("Courriel")]
    assert note == (
        "Courriel : 1 case n’est pas reprise. E2, MARTIN Léa : « lea.martin@ » n’est pas une adresse "
        "électronique."
    )


# ---------- a very wide extract ----------


def wide(kind, columns=2_700):
    titles = ["Numéro candidat", "Nom", "Prénom", "INE", "Date de naissance", "Ville de naissance"]
    titles += [f"Moyenne en matière {n} Trimestre 1" for n in range(columns)]
    row = ["1100001", "DURAND", "Amélie", "070000001AA", "02/03/2006", "Lens", *["12,5"] * columns]
    if kind == "csv":
        return "\n".join(";".join(cells) for cells in (titles, row)).encode()
    book = Workbook(write_only=True)
    tab = book.create_sheet()
    for cells in (titles, row):
        tab.append(cells)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_an_extract_of_2700_columns_is_read_by_its_headings(cohort, kind):
    extract = read_extract(wide(kind))

    assert list(extract.proposed.values()) == [
        *("parcoursup", "last_name", "first_name", "ine", "birth_date", "birth_place"),
    ]
    assert (len(extract.unread), extract.unread[0]) == (2_700, "Moyenne en matière 0 Trimestre 1")
    assert len(ColumnsForm(extract=extract, cohort=cohort).fields) == 6
    (person,) = new_people(plan_import(cohort=cohort, extract=extract, columns=extract.proposed))
    assert (person.number, person.birth_date) == ("PS1100001", datetime.date(2006, 3, 2))


def test_a_correction_forgets_a_usual_name_that_became_the_legal_one(made, db):
    cohort, secretary = made
    student = make_student(cohort.department, last_name="MARTIN", usual_last_name="ROCHE")
    identity = Identity(**{name: getattr(student, name) for name in Identity.__slots__})

    changed = change_identity(
        student=student,
        identity=Identity(
            **{name: getattr(identity, name) for name in Identity.__slots__ if name != "last_name"},
            last_name="roche",
        ),
        by=secretary,
    )

    assert (changed.last_name, changed.usual_last_name) == ("ROCHE", "")
