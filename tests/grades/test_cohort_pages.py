"""The pages of promotions, as the secretariat and the director use them."""

import csv
import datetime
import io
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from butrt.base.accounts.models import Role
from grades.models import Cohort, Enrolment, ExtraRepeat, Group, Student
from tests.factories import (
    make_assessment,
    make_cohort,
    make_department,
    make_enrolment,
    make_parcours,
    make_programme,
    make_result,
    make_student,
    make_teaching,
    make_user,
    programme_of,
)
from tests.pages import carried, shown

pytestmark = pytest.mark.django_db

CAMILLE = {
    "number": "22400001",
    "ine": "070000041ZZ",
    "last_name": "Le Guennic",
    "first_name": "Camille",
    "gender": "F",
    "birth_date": "2005-03-12",
    "birth_place": "Tours",
    "email": "",
}


@pytest.fixture
def department():
    return make_department()


@pytest.fixture
def cohort(department):
    return make_cohort(make_programme(parcours=make_parcours(department=department)))


@pytest.fixture
def secretary(client, department):
    """Signed in."""
    user = make_user("secretariat", department=department)
    client.force_login(user)
    return user


@pytest.fixture
def director(client, department):
    """Signed in."""
    user = make_user("director", department=department)
    client.force_login(user)
    return user


def text_of(response) -> str:
    page = response.content.decode()
    return " ".join(re.sub(r"<[^>]+>", " ", page.partition("<main")[2].partition("</main")[0]).split())


def as_shown(response) -> dict[str, object]:
    """The form of a page, as a browser would post it back untouched."""
    form = response.context["form"]
    values = {name: form[name].value() for name in form.fields}
    return carried(response) | {name: value for name, value in values.items() if value is not None}


def address(name: str, *args: int) -> str:
    return reverse(f"cohorts:{name}", args=args)


def rows_of(response) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(response.content.decode("utf-8-sig")), delimiter=";"))


# ---------- promotions ----------


def test_a_department_without_anything_is_told_what_comes_first(client, secretary, department):
    assert "Aucune promotion pour l’instant" in text_of(client.get(address("cohorts")))
    assert "l’administration du département en charge un d’abord" in text_of(
        client.get(address("new_cohort"))
    )


def test_the_secretariat_creates_a_promotion(client, secretary, department):
    programme = make_programme(parcours=make_parcours(department=department))

    answer = client.post(address("new_cohort"), {"programmes": [programme.pk], "school_year": 2024})

    cohort = Cohort.objects.get()
    assert answer.url == cohort.get_absolute_url()
    page = text_of(client.get(answer.url))
    assert "Personne n’est encore inscrit" in page
    assert str(cohort) in page


def test_a_promotion_twice_is_told_beside_the_year(client, secretary, cohort):
    answer = client.post(
        address("new_cohort"), {"programmes": [programme_of(cohort).pk], "school_year": 2024}
    )

    assert answer.context["form"].errors == {
        "name": [
            f"La promotion {programme_of(cohort)}, 2024-2025 existe déjà. Pour en faire une autre du même "
            "programme, lui donner un nom."
        ]
    }


def test_a_programme_of_another_department_cannot_be_chosen(client, secretary, department):
    other = make_programme()

    answer = client.post(address("new_cohort"), {"programmes": [other.pk], "school_year": 2024})

    assert list(answer.context["form"].errors) == ["programmes"]
    assert not Cohort.objects.exists()


def test_the_list_is_filtered_and_exported(client, secretary, cohort):
    make_cohort(programme_of(cohort), school_year=2023)
    make_enrolment(cohort)
    make_enrolment(cohort, group=Group.objects.create(cohort=cohort, name="TP A"))
    make_teaching(cohort)

    assert [row.record.school_year for row in client.get(address("cohorts")).context["table"].rows] == [
        2024,
        2023,
    ]
    exported = client.get(address("cohorts"), {"school_year": 2024, "_export": "csv"})
    assert rows_of(exported) == [
        {
            "Promotion": str(programme_of(cohort)),
            "Année universitaire": "2024-2025",
            "Étudiants": "2",
            "Groupes": "1",
            "Éléments sans responsable": "1",
        }
    ]


def test_the_administrator_reads_and_creates_but_changes_nothing(client, department, cohort):
    client.force_login(make_user("administrator", department=department))
    make_enrolment(cohort, make_student(department, last_name="ABGRALL"))

    assert "ABGRALL Camille" in text_of(client.get(cohort.get_absolute_url()))
    posted = client.post(address("groups", cohort.pk), {"form-TOTAL_FORMS": 0, "form-INITIAL_FORMS": 0})
    assert posted.status_code == 403
    assert "Le secrétariat et la direction des études" in posted.content.decode()


# ---------- the students of a promotion ----------


def test_students_are_found_by_name_number_group_and_situation(client, secretary, department, cohort):
    group = Group.objects.create(cohort=cohort, name="TP A")
    make_enrolment(cohort, make_student(department, last_name="ÉLIE", first_name="Ana"), group=group)
    make_enrolment(cohort, make_student(department, last_name="MARTIN", number="229"))
    make_enrolment(
        cohort,
        make_student(department, last_name="OLIVARES", ine="070000041ZZ"),
        status="DEM",
        status_since=datetime.date(2025, 3, 14),
    )

    def found(**asked: object) -> list[str]:
        table = client.get(cohort.get_absolute_url(), asked).context["table"]
        return sorted(row.record.student.last_name for row in table.rows)

    assert found() == ["MARTIN", "OLIVARES", "ÉLIE"]
    assert found(q="élie ana") == ["ÉLIE"]
    assert found(q="229") == ["MARTIN"]
    assert found(q="070000041zz") == ["OLIVARES"]
    assert found(group=group.pk) == ["ÉLIE"]
    assert found(group="null") == ["MARTIN", "OLIVARES"]
    assert found(status="gone") == ["OLIVARES"]
    assert found(status="DEM") == ["OLIVARES"]
    assert found(status="present") == ["MARTIN", "ÉLIE"]


def test_students_are_sorted_by_a_column(client, secretary, department, cohort):
    for number in ("2", "1", "3"):
        make_enrolment(cohort, make_student(department, number=number))

    table = client.get(cohort.get_absolute_url(), {"sort": "-number"}).context["table"]

    assert [row.record.student.number for row in table.rows] == ["3", "2", "1"]


def test_students_are_exported_with_everything_known(client, secretary, department, cohort):
    make_enrolment(
        cohort,
        make_student(
            department,
            last_name="OLIVARES",
            gender="M",
            number="229",
            ine="070000041ZZ",
            baccalaureate="T",
            baccalaureate_series="STI2D",
            parcoursup="1100001",
            address="14 rue des Tanneurs\nBât. B",
            postal_code="00000",
            city="Valbrume",
        ),
        group=Group.objects.create(cohort=cohort, name="TP A"),
        company="Brumelec",
        status="DEM",
        status_since=datetime.date(2025, 3, 14),
        repeats={"3": 1},
    )

    exported = client.get(cohort.get_absolute_url(), {"_export": "csv"})

    assert exported["Content-Disposition"] == f'attachment; filename="{cohort.file_stem("promotion")}.csv"'
    assert rows_of(exported) == [
        {
            "n° étudiant": "229",
            "INE": "070000041ZZ",
            "nom": "OLIVARES",
            "prénom": "Camille",
            "nom d’usage": "",
            "prénom usuel": "",
            "civilité": "M",
            "date de naissance": "2005-01-01",
            "lieu de naissance": "Valbrume",
            "courriel": "",
            "baccalauréat": "technologique",
            "série du baccalauréat": "STI2D",
            "n° Parcoursup": "1100001",
            "adresse": "14 rue des Tanneurs, Bât. B",
            "code postal": "00000",
            "ville": "Valbrume",
            "pays": "",
            "parcours": "IOM",
            "régime": "apprentissage",
            "groupe": "TP A",
            "entreprise": "Brumelec",
            "situation": "démission",
            "depuis le": "2025-03-14",
            "semestres": "S3 S4",
            "redoublements": "S3 ×\u202f1",
            "redoublements accordés": "",
            "demi-journées injustifiées": "0",
            "demi-journées justifiées": "0",
        }
    ]


@pytest.mark.parametrize(
    "page", ["cohorts", "cohort", "elements", "groups", "enrolment", "new_student", "home"]
)
def test_the_number_of_queries_does_not_grow(client, director, department, cohort, page):
    def fill() -> None:
        group = Group.objects.create(cohort=cohort, name=f"TP {cohort.groups.count()}")
        make_enrolment(cohort, group=group)
        make_cohort(programme_of(cohort), school_year=2030 + Cohort.objects.count())
        number = cohort.teachings.count()
        element = list(programme_of(cohort).elements.all())[number % 2]
        make_teaching(
            cohort, element, teachers=[make_user("teacher", department=department)], heads=[director]
        )

    def queries() -> int:
        client.get(reverse("home"))
        place = {
            "cohorts": address("cohorts"),
            "home": reverse("home"),
            "enrolment": address("enrolment", cohort.enrolments.first().pk),
            "new_student": address("new_student", cohort.pk) + "?q=MARTIN",
        }.get(page) or address(page, cohort.pk)
        with CaptureQueriesContext(connection) as seen:
            assert client.get(place).status_code == 200
        return len(seen)

    make_student(department)
    fill()
    one = queries()
    fill()
    fill()

    assert queries() == one


# ---------- bringing someone in ----------


def test_someone_new_is_enrolled_from_the_page(client, secretary, cohort):
    group = Group.objects.create(cohort=cohort, name="TP A")

    answer = client.post(
        address("new_student", cohort.pk), CAMILLE | {"group": group.pk, "company": "Brumelec"}, follow=True
    )

    enrolment = Enrolment.objects.get()
    assert (str(enrolment.student), enrolment.group, enrolment.company) == (
        "LE GUENNIC Camille",
        group,
        "Brumelec",
    )
    assert "LE GUENNIC Camille : identité créée, inscription faite." in text_of(answer)


def test_a_known_number_proposes_the_person_and_creates_nobody(client, secretary, department, cohort):
    student = make_student(department, number="22400001", last_name="ABGRALL")

    answer = client.post(address("new_student", cohort.pk), {"number": "22400001"})

    page = text_of(answer)
    assert "Ce numéro ou cet INE existe déjà." in page
    assert "ABGRALL Camille n° 22400001" in page
    assert list(Student.objects.all()) == [student]
    answer = client.post(address("enrol", cohort.pk), {"student": student.pk})
    assert answer.url == address("enrolment", Enrolment.objects.get(student=student).pk)


def test_a_known_person_is_searched_by_name(client, secretary, department, cohort):
    there = make_enrolment(cohort, make_student(department, last_name="ABGRALL"))
    make_student(department, last_name="ABELARD")
    make_student(make_department(), last_name="ABAILLEURS")

    answer = client.get(address("new_student", cohort.pk), {"q": "ab"})

    assert [(str(student), here) for student, here in answer.context["known"]] == [
        ("ABELARD Camille", False),
        ("ABGRALL Camille", True),
    ]
    assert there.cohort == cohort
    assert "Personne ne correspond à « zz »." in text_of(
        client.get(address("new_student", cohort.pk), {"q": "zz"})
    )


def test_someone_of_another_department_cannot_be_enrolled(client, secretary, cohort):
    stranger = make_student(make_department())

    assert client.post(address("enrol", cohort.pk), {"student": stranger.pk}).status_code == 404
    assert client.post(address("enrol", cohort.pk), {"student": "x"}).status_code == 404
    assert not Enrolment.objects.exists()


def test_a_second_attempt_is_told(client, secretary, cohort):
    earlier = make_enrolment(make_cohort(programme_of(cohort), school_year=2023))

    answer = client.post(address("enrol", cohort.pk), {"student": earlier.student_id}, follow=True)

    assert "redoublements : S3 × 1, S4 × 1. À vérifier ici." in text_of(answer)


# ---------- one student ----------


def test_an_enrolment_is_changed_from_its_page(client, secretary, cohort):
    enrolment = make_enrolment(cohort)
    page = address("enrolment", enrolment.pk)
    typed = as_shown(client.get(page)) | {"status": "DEM", "status_since": "2025-03-14", "repeats_3": 1}

    answer = client.post(page, typed)

    assert answer.url == cohort.get_absolute_url()
    enrolment.refresh_from_db()
    assert (enrolment.status, enrolment.status_since) == ("DEM", datetime.date(2025, 3, 14))
    assert enrolment.repeats == {"3": 1}


def test_the_director_of_studies_records_and_withdraws_one_more_repeat(client, director, cohort):
    enrolment = make_enrolment(cohort)
    page = address("extra_repeat", enrolment.pk)
    assert "appréciée par le directeur de l’IUT" in text_of(client.get(page))
    typed = {"semester": 3, "granted_on": "2025-01-06", "granted_by": "Anne Roy", "document": "Lettre"}

    refused = client.post(page, typed)
    assert (refused.status_code, refused.context["form"]["granted_by"].value()) == (200, "Anne Roy")
    assert client.post(page, typed | {"circumstances": "Accident."}).url == address("enrolment", enrolment.pk)
    act = ExtraRepeat.objects.get()
    told = text_of(client.get(address("enrolment", enrolment.pk)))
    assert "S3, un de plus , accordé le 6 janvier 2025 par Anne Roy : Accident." in told

    withdrawal = address("withdraw_repeat", enrolment.pk, act.pk)
    client.post(withdrawal, {"motive": ""})
    assert ExtraRepeat.objects.standing().exists()
    client.post(withdrawal, {"motive": "Erreur de personne."})
    assert "« Erreur de personne. »" in text_of(client.get(address("enrolment", enrolment.pk)))


def test_an_acquired_unit_is_a_fact_that_the_student_may_take_again(client, secretary, cohort):
    enrolment = make_enrolment(cohort)
    unit = programme_of(cohort).units.get(code="UE31")
    enrolment.acquired.set([unit])
    make_result(enrolment.student, unit)
    page = address("enrolment", enrolment.pk)
    first_page = client.get(page)
    assert "UE acquises avant UE31 : par un jury antérieur" in text_of(first_page)
    assert [str(label) for _, label in first_page.context["form"]["dispensed"].field.choices] == ["UE41"]

    client.post(page, as_shown(first_page) | {"retaken": [unit.pk]})

    assert list(enrolment.retaken.all()) == [unit]
    assert list(enrolment.acquired.all()) == [unit]


def test_a_semester_alone_is_taken_and_its_repeats_told(client, secretary, cohort):
    enrolment = make_enrolment(cohort)
    make_enrolment(make_cohort(programme_of(cohort), school_year=2023), enrolment.student)
    page = address("enrolment", enrolment.pk)

    client.post(page, as_shown(client.get(page)) | {"semesters": "4"})

    promotion = client.get(cohort.get_absolute_url()).content.decode()
    assert re.search(r">S4</td>\s*<td[^>]*>S4 ×\u202f1</td>", promotion)
    assert "cette année comprise : S4 × 1" in text_of(client.get(page))


def test_a_refusal_keeps_what_was_typed(client, secretary, department, cohort):
    enrolment = make_enrolment(cohort, make_student(department, last_name="MARTIN"))
    page = address("enrolment", enrolment.pk)

    answer = client.post(page, as_shown(client.get(page)) | {"status": "DEM", "unjustified_absences": 7})

    form = answer.context["form"]
    assert form.errors == {"status_since": ["MARTIN Camille, démission : dire depuis quelle date."]}
    assert form["unjustified_absences"].value() == "7"


def test_who_saves_second_is_told_what_changed_and_may_save_again(client, secretary, cohort):
    group = Group.objects.create(cohort=cohort, name="TP A")
    enrolment = make_enrolment(cohort)
    page = address("enrolment", enrolment.pk)
    typed = as_shown(client.get(page)) | {"unjustified_absences": 7}
    Enrolment.objects.filter(pk=enrolment.pk).update(group=group)

    answer = client.post(page, typed)

    said = " ".join(answer.context["form"].non_field_errors()).replace("\xa0", " ")
    assert "Entre-temps, quelqu’un a changé ce que cette page montrait : Groupe : de rien à « TP A »" in said
    assert "Absences injustifiées" not in said
    enrolment.refresh_from_db()
    assert enrolment.unjustified_absences == 0

    again = answer.context["form"].data | carried(answer)
    assert client.post(page, again).status_code == 302
    enrolment.refresh_from_db()
    assert (enrolment.unjustified_absences, enrolment.group) == (7, None)


def test_a_jury_that_sits_is_told(client, secretary, cohort):
    enrolment = make_enrolment(cohort)
    make_assessment(make_teaching(cohort), locked=True)
    page = address("enrolment", enrolment.pk)
    first_page = client.get(page)

    assert "Un jury déjà ouvert garde la situation figée à son ouverture" in text_of(first_page)
    answer = client.post(page, as_shown(first_page) | {"justified_absences": 2}, follow=True)
    assert "Un jury a verrouillé des notes de cette promotion." in text_of(answer)


def test_an_identity_is_corrected_from_its_page(client, secretary, cohort):
    enrolment = make_enrolment(cohort)
    page = address("identity", enrolment.pk)

    answer = client.post(page, as_shown(client.get(page)) | {"first_name": "Camélia"})

    assert answer.url == address("enrolment", enrolment.pk)
    assert Student.objects.get().first_name == "Camélia"


def test_bonus_and_malus_are_typed_a_line_each_unit(client, secretary, cohort):
    enrolment = make_enrolment(cohort)
    page = address("adjustments", enrolment.pk)
    typed = {"UE31-points": "0,5", "UE31-reason": "Sport", "UE32-points": "", "UE32-reason": ""}

    assert client.post(page, typed | shown(client, page)).url == address("enrolment", enrolment.pk)
    assert [str(each.points) for each in enrolment.adjustments.all()] == ["0.50"]
    assert "UE31 : +0,5, Sport" in text_of(client.get(address("enrolment", enrolment.pk)))

    refused = client.post(page, typed | {"UE31-reason": ""})
    lines = refused.context["shown"].forms
    assert [line.errors for line in lines] == [{"reason": ["Dire le motif."]}, {}]


def test_an_enrolment_made_by_mistake_is_taken_back(client, secretary, cohort):
    enrolment = make_enrolment(cohort)

    assert client.post(address("remove", enrolment.pk)).url == cohort.get_absolute_url()
    assert not Enrolment.objects.exists()


# ---------- groups, elements ----------


def test_groups_are_typed_in_a_list(client, secretary, cohort):
    group = Group.objects.create(cohort=cohort, name="TP A")
    typed = shown(client, address("groups", cohort.pk)) | {
        "form-TOTAL_FORMS": 3,
        "form-INITIAL_FORMS": 1,
        "form-0-key": group.pk,
        "form-0-name": "TP 1",
        "form-1-name": "TP 2",
        "form-2-name": "",
    }

    client.post(address("groups", cohort.pk), typed)

    assert list(cohort.groups.values_list("name", flat=True)) == ["TP 1", "TP 2"]


def test_a_group_that_stays_says_why(client, secretary, cohort):
    group = Group.objects.create(cohort=cohort, name="TP A")
    make_enrolment(cohort, group=group)

    answer = client.post(
        address("groups", cohort.pk),
        shown(client, address("groups", cohort.pk))
        | {"form-TOTAL_FORMS": 1, "form-INITIAL_FORMS": 1, "form-0-key": group.pk, "form-0-name": ""},
    )

    assert "TP A a 1 étudiant : les changer de groupe avant de le retirer." in text_of(answer)


def test_people_are_ticked_on_an_element_and_the_next_one_follows(client, director, department, cohort):
    teacher = make_user("teacher", department=department)
    first, second = programme_of(cohort).elements.order_by("semester")

    page = address("teachers", cohort.pk, first.pk)
    named = {"teachers": teacher.pk, "heads": director.pk, "next": "1"}

    answer = client.post(page, named | shown(client, page))

    assert answer.url == address("teachers", cohort.pk, second.pk)
    teaching = cohort.teachings.get(element=first)
    assert (list(teaching.teachers.all()), list(teaching.heads.all())) == ([teacher], [director])
    client.post(page, shown(client, page))
    assert not teaching.teachers.exists()


def test_someone_named_who_lost_the_role_stays_in_sight(client, director, department, cohort):
    teacher = make_user("teacher", department=department, first_name="Ancienne", last_name="Collègue")
    element = programme_of(cohort).elements.first()
    make_teaching(cohort, element, teachers=[teacher])
    Role.objects.filter(user=teacher).delete()

    page = text_of(client.get(address("teachers", cohort.pk, element.pk)))

    assert "Ancienne Collègue" in page


def test_an_element_that_came_later_is_told(client, director, cohort):
    page = text_of(client.get(address("elements", cohort.pk)))

    assert "2 éléments sans feuille de notes : entrés au programme après la promotion" in page


# ---------- the way in ----------


def test_the_frame_and_the_home_lead_to_promotions(client, secretary, cohort):
    make_enrolment(cohort)

    page = client.get(reverse("home"))

    assert ("Promotions", address("cohorts"), False) in page.context["navigation"]
    assert f"1 étudiant {programme_of(cohort)} 2024-2025" in text_of(page)


def test_a_teacher_is_not_led_there(client, department, cohort):
    client.force_login(make_user("teacher", department=department))

    page = client.get(reverse("home"))

    assert "Promotions" not in [label for label, _, _ in page.context["navigation"]]


@pytest.mark.parametrize("start", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_an_exported_name_is_never_a_formula(client, secretary, department, cohort, start):
    client.force_login(secretary)
    make_enrolment(cohort, make_student(department, last_name=start))

    exported = client.get(cohort.get_absolute_url(), {"_export": "csv"})

    assert [row["nom"] for row in rows_of(exported)] == [f"'{start}"]
