"""Students in: files as Apogée, Parcoursup and spreadsheets give them, confirmed, done whole, undone."""

from __future__ import annotations

import datetime
import io
import time

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from butrt.base.journal.models import Entry
from grades.intake.columns import read_extract
from grades.intake.importing import import_students, plan_import
from grades.models import Enrolment, Mark, Student, StudentFile, StudentImport
from tests.factories import (
    make_assessment,
    make_cohort,
    make_enrolment,
    make_student,
    make_teaching,
    make_user,
    programme_of,
)
from tests.grades.intake.files import (
    AMEL,
    NOE,
    SHEET_ROWS,
    changed,
    confirm,
    differences,
    imported,
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
