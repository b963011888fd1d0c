"""Lists of all elements or all students: read, shown, written at once; what comes back as it went out."""

from __future__ import annotations

import datetime
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from butrt.base.journal.models import Entry as JournalEntry
from grades import people
from grades.bulk.reading import read_list
from grades.bulk.subjects import SUBJECTS
from grades.models import Assessment, Enrolment, Group
from grades.services import lock_marks
from tests.factories import (
    make_assessment,
    make_department,
    make_element,
    make_enrolment,
    make_parcours,
    make_programme,
    make_student,
    make_user,
)
from tests.pages import form_of, plain

pytestmark = pytest.mark.django_db

PAGES = {
    "teachers": "cohorts:all_teachers",
    "assessments": "cohorts:all_assessments",
    "groups": "cohorts:all_groups",
    "absences": "cohorts:all_absences",
}


@pytest.fixture
def department():
    return make_department()


@pytest.fixture
def director(department):
    return make_user("director", department=department, last_name="Lenoir", first_name="Odile")


@pytest.fixture
def cohort(department, director):
    """R31 and R41, named; three students, ABÉLARD in TD 1."""
    programme = make_programme(parcours=make_parcours(department=department))
    cohort = people.create_cohort(programmes=[programme], school_year=2024, by=director)
    group = cohort.groups.create(name="TD 1")
    for number, name in ((101, "ABÉLARD"), (102, "BARTOLI"), (103, "CHAUMET")):
        student = make_student(department, last_name=name, first_name="Zoé", number=f"{number}")
        make_enrolment(cohort, student, group=group if number == 101 else None)
    return cohort


@pytest.fixture
def teachers(department):
    names = (("Marchetti", "Hélène"), ("Ouadah", "Paul"))
    return [
        make_user("teacher", department=department, last_name=last, first_name=first, username=last.lower())
        for last, first in names
    ]


def send(client, page, cohort, text, **more):
    """Read the list, then save it as it was shown: both pages."""
    address = reverse(PAGES[page], args=[cohort.pk])
    shown = client.post(address, {"lines": text, "read": "1"})
    digest = form_of(shown).get("digest", [""])[0]
    return shown, client.post(address, {"lines": text, "save": "1", "digest": digest, **more}, follow=True)


def people_of(cohort):
    return {
        teaching.element.code: (
            {person.username for person in teaching.heads.all()},
            {person.username for person in teaching.teachers.all()},
        )
        for teaching in cohort.teachings.all()
    }


# ---------- who teaches ----------


def test_teachers_of_all_elements_come_from_one_list(client, cohort, teachers, director):
    client.force_login(director)
    shown, done = send(
        client,
        "teachers",
        cohort,
        "R31;MARCHETTI H.;responsable\nR31;ouadah;enseignant\nÉlément R41;Paul Ouadah;resp. et enseignant\n"
        "R99;ouadah;\nR31b;ouadah",
    )

    text = plain(shown.text)
    assert "2 lignes laissées de côté" in text
    assert "« R99 » n’est pas un élément de la promotion : corriger le code, ou enlever la ligne." in text
    assert "responsables : personne ; enseignants : personne" in text
    assert "R31;MARCHETTI H.;responsable" in shown.text  # what was typed stays
    assert "Personnes enregistrées pour 2 éléments." in plain(done.text)
    assert people_of(cohort) == {"R31": ({"marchetti"}, {"ouadah"}), "R41": ({"ouadah"}, {"ouadah"})}
    assert JournalEntry.objects.filter(act="teaching.people").count() == 2


def test_an_element_of_which_a_line_is_refused_stays_whole(client, cohort, teachers, director):
    client.force_login(director)
    shown, _ = send(client, "teachers", cohort, "R31;Marchetto;responsable\nR31;ouadah;\nR41;ouadah;chef")

    text = plain(shown.text)
    assert "« Marchetto » n’a pas de compte Enseignement dans le département" in text
    assert "Rôle « chef » : responsable, ou enseignant." in text
    assert "Restent comme ils sont, pour une ligne refusée : R31 et R41." in text
    assert people_of(cohort) == {"R31": (set(), set()), "R41": (set(), set())}


# ---------- évaluations ----------

PLAN = """Élément;Évaluation;Genre;Coefficient;Date;Barème;Groupe
R31;DS 1;normale;1,5;12/10/2024;20;
R31;TP;;;;40;TD 1
R41;Sport;bonus;;2025-03-04;;—
R41;DS;normale;0;;;
R41;Oral;normale;1;31/02/2025;;TD 9
"""


def test_the_evaluations_of_all_elements_come_from_one_list(client, cohort, director):
    client.force_login(director)
    shown, done = send(client, "assessments", cohort, PLAN)

    text = plain(shown.text)
    assert "R41, DS : coefficient, « 0 » : un nombre plus grand que 0, deux décimales au plus." in text
    assert "R41, Oral : date, « 31/02/2025 » : une date, comme 12/10/2025." in text
    assert "3 évaluations enregistrées." in plain(done.text)
    rows = Assessment.objects.order_by("teaching__element__code", "position")
    assert [
        (row.title, row.kind, row.coefficient, row.date, row.maximum, str(row.group)) for row in rows
    ] == [
        ("DS 1", "normal", Decimal("1.5"), datetime.date(2024, 10, 12), 20, "None"),
        ("TP", "normal", 1, None, 40, "TD 1"),
        ("Sport", "bonus", 1, datetime.date(2025, 3, 4), 20, "None"),
    ]


def test_a_plan_changes_what_differs_and_leaves_what_is_locked(client, cohort, director):
    first, second = cohort.teachings.order_by("element__code")
    unit = first.element.weights.get().unit
    kept = make_assessment(first, title="DS 1", published=True)
    kept.weights.create(unit=unit, weight=3)
    make_assessment(second, title="DS 2")
    lock_marks(cohort=cohort, semesters=[4], by=director)
    client.force_login(director)
    shown, _ = send(
        client, "assessments", cohort, "R31;ds 1;normale;2\nR41;DS 2;normale;2\nR41;Autre\nR31;DS 1;normale;4"
    )

    text = plain(shown.text)
    assert "R41, DS 2 : elle est verrouillée par le jury, elle ne change plus." in text
    assert "R41, Autre : les notes de ce semestre sont verrouillées par le jury." in text
    assert "R31, DS 1 : déjà en ligne 1, n’en garder qu’une." in text
    kept.refresh_from_db()
    assert (kept.title, kept.coefficient, kept.date, kept.published) == (
        "DS 1",
        2,
        datetime.date(2025, 3, 4),
        True,
    )
    assert kept.weights.get().weight == 3


def test_the_secretariat_does_not_plan_evaluations(client, cohort, department):
    client.force_login(make_user("secretariat", department=department))

    assert client.get(reverse("cohorts:all_assessments", args=[cohort.pk])).status_code == 403


# ---------- groups, absences ----------


def test_groups_and_absences_come_from_one_list(client, cohort, director):
    client.force_login(director)
    shown, done = send(client, "groups", cohort, "101;TD 2\nbartoli zoe;td1\n999 CHAUMET Zoé;TD 2\n104;TD 1")
    send(client, "absences", cohort, "N°;Injustifiées;Justifiées\n101;3;12\n102;x;\n103;;")

    assert "Groupe TD 2 n’existe pas créé" in plain(shown.text)
    assert "Personne de cette promotion n’a ce n°." in plain(shown.text)
    assert "4 changements enregistrés." in plain(done.text)
    rows = Enrolment.objects.order_by("student__number").values_list(
        "group__name", "unjustified_absences", "justified_absences"
    )
    assert list(rows) == [("TD 2", 3, 12), ("TD 1", 0, 0), ("TD 2", 0, 0)]


def test_students_ticked_go_to_a_group(client, cohort, director):
    client.force_login(director)
    address = reverse("cohorts:all_groups", args=[cohort.pk])
    keys = [row.pk for row in cohort.enrolments.filter(group=None)]
    group = Group.objects.get()
    shown = client.post(address, {"place": "1", "to": group.pk, "students": keys})
    fields = form_of(shown)
    client.post(address, {"lines": fields["lines"][0], "digest": fields["digest"][0], "save": "1"})

    nobody = client.post(address, {"place": "1", "to": group.pk, "lines": "101;TD 3"})

    assert "Cocher au moins une personne." in plain(nobody.text)
    assert "2 changements, rien n’est encore enregistré" in plain(shown.text)
    assert cohort.enrolments.filter(group=group).count() == 3


def test_what_a_jury_judged_changes_for_a_motive(client, cohort, director):
    make_assessment(cohort.teachings.first())
    lock_marks(cohort=cohort, semesters=[3], by=director)
    client.force_login(director)
    _, refused = send(client, "absences", cohort, "101;5\n102;6", unlocking="")
    assert "ABÉLARD Zoé" in plain(refused.text)
    assert "BARTOLI Zoé, absences injustifiées : 0 → 6. Un jury a jugé S3" in plain(refused.text)
    assert not Enrolment.objects.exclude(unjustified_absences=0).exists()
    send(client, "absences", cohort, "101;5\n102;6", unlocking="Relevé tardif.")

    assert Enrolment.objects.exclude(unjustified_absences=0).count() == 2


# ---------- all of them ----------


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_list_comes_back_as_it_went_out(client, cohort, teachers, director, page, kind):
    first = cohort.teachings.first()
    first.heads.add(teachers[0])
    first.teachers.set(teachers)
    make_assessment(first, title="=DS", coefficient=Decimal("0.5"), group=Group.objects.get())
    make_assessment(first, title="-TP", kind="bonus", date=None)
    client.force_login(director)
    address = reverse(PAGES[page], args=[cohort.pk])
    sent = client.get(address, {"_export": kind})
    shown = client.post(address, {"file": SimpleUploadedFile(f"x.{kind}", sent.content), "read": "1"})

    text = plain(shown.text)
    assert "Rien à changer" in text, text[-2000:]
    assert "laissée de côté" not in text
    assert "Colonne non lue" not in text


def test_the_promotion_s_own_list_of_students_is_read_too(client, cohort, director):
    client.force_login(director)
    own = client.get(reverse("cohorts:cohort", args=[cohort.pk]), {"_export": "csv"}).content
    about = SUBJECTS["absences"]
    plan = about.plan(cohort, read_list(own, about.columns, about.usual).lines)

    assert (len(plan.steps), plan.refused, plan.unchanged) == (0, [], 3)


@pytest.mark.parametrize("page", PAGES)
def test_what_is_saved_is_what_was_shown(client, cohort, teachers, director, page):
    lines = {"teachers": "R31;ouadah;", "assessments": "R31;DS;", "groups": "101;TD 7", "absences": "101;4"}
    client.force_login(director)
    address = reverse(PAGES[page], args=[cohort.pk])
    stale = client.post(address, {"lines": lines[page], "save": "1", "digest": "0" * 64})
    empty = client.post(address, {"lines": " ", "read": "1"})

    assert "Ce que cette page montrait a changé entre-temps" in plain(stale.text)
    assert lines[page] in stale.text
    assert not JournalEntry.objects.exclude(act="cohort.create").exists()
    assert "Coller une liste, ou choisir un fichier." in plain(empty.text)


@pytest.mark.parametrize("page", PAGES)
def test_showing_a_list_asks_the_same_of_one_line_and_three(client, cohort, teachers, director, page):
    lines = {
        "teachers": ["R31;ouadah;", "R41;marchetti;", "R41;ouadah;responsable"],
        "assessments": ["R31;DS;", "R41;DS;", "R41;TP;bonus"],
        "groups": ["101;TD 7", "102;TD 1", "103;TD 1"],
        "absences": ["101;4", "102;5", "103;6"],
    }[page]
    client.force_login(director)
    address = reverse(PAGES[page], args=[cohort.pk])
    counts = []
    for number in (1, 3):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            client.post(address, {"lines": "\n".join(lines[:number]), "read": "1"})
        counts.append(len(queries))

    assert counts[0] == counts[1]


def test_last_year_s_list_is_proposed(client, cohort, teachers, director):
    programmes = cohort.programmes.all()
    source = people.create_cohort(programmes=programmes, school_year=2023, by=director)
    teaching = source.teachings.get(element__code="R31")
    teaching.heads.add(teachers[0])
    cohort.teachings.get(element__code="R31").teachers.add(teachers[1])
    make_assessment(teaching, title="DS 1", coefficient=Decimal("1.5"), published=True)
    client.force_login(director)
    for page in ("teachers", "assessments"):
        address = reverse(PAGES[page], args=[cohort.pk])
        assert f'href="?de={source.pk}"' in client.get(address).text
        fields = form_of(client.get(address, {"de": source.pk}))
        client.post(address, {name: fields[name][0] for name in ("lines", "digest")} | {"save": "1"})

    assert people_of(cohort)["R31"] == ({"marchetti"}, {"ouadah"})
    made = Assessment.objects.get(teaching__cohort=cohort)
    assert (made.title, made.coefficient, made.date, made.published) == ("DS 1", Decimal("1.5"), None, False)
    assert client.get(reverse(PAGES["teachers"], args=[cohort.pk]), {"de": cohort.pk}).status_code == 404


def test_elements_that_are_displayed_alike_go_by_their_code(client, department, director):
    programmes = []
    for short in ("IOM", "Cyber"):
        programmes.append(make_programme(parcours=make_parcours(department=department, short=short)))
        make_element(
            programmes[-1], code=f"SAE.{short}.stage", display="Stage S4", title="Stage", short="Stage"
        )
    cohort = people.create_cohort(programmes=programmes, school_year=2024, by=director)
    client.force_login(director)
    address = reverse(PAGES["assessments"], args=[cohort.pk])
    shown = client.post(address, {"lines": "Stage S4;Soutenance;\nsae iom stage;Soutenance;", "read": "1"})
    rows = list(SUBJECTS["assessments"].present(cohort))

    text = plain(shown.text)
    assert "mettre le code, parmi SAE.Cyber.stage et SAE.IOM.stage." in text
    assert "1 changement, rien n’est encore enregistré" in text
    assert {row[0] for row in rows} == {"R31", "R41", "SAE.Cyber.stage", "SAE.IOM.stage"}
