"""Who is who in a file of students: known, somebody else, twice, set aside."""

from __future__ import annotations

import datetime

import pytest

from grades.models import Enrolment, Student
from tests.factories import (
    make_assessment,
    make_cohort,
    make_department,
    make_programme,
    make_student,
    make_teaching,
    programme_of,
)
from tests.grades.intake.files import (
    AMEL,
    HEADERS,
    NOE,
    changed,
    differences,
    imported,
    page,
    previewed,
    send,
    text,
    told,
)
from tests.grades.workbook.files import NBSP

pytestmark = pytest.mark.django_db


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
        "Ce n° 22000001 est celui de DURAND Amélie, naissance le 3 septembre 2005 : ni le nom ni la date de "
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
