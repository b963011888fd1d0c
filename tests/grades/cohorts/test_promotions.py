"""The pages of promotions: created, listed, exported; their groups and elements; the way in."""

import pytest
from django.urls import reverse

from butrt.base.accounts.models import Role
from grades.models import Cohort, Group
from tests.factories import (
    make_cohort,
    make_enrolment,
    make_parcours,
    make_programme,
    make_student,
    make_teaching,
    make_user,
    programme_of,
)
from tests.grades.cohorts.reading import address, rows_of, text_of
from tests.pages import shown

pytestmark = pytest.mark.django_db


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


def test_the_frame_and_the_home_lead_to_promotions(client, secretary, cohort):
    make_enrolment(cohort)

    page = client.get(reverse("home"))

    assert ("Promotions", address("cohorts"), False) in page.context["navigation"]
    assert f"1 étudiant {programme_of(cohort)} 2024-2025" in text_of(page)


def test_a_teacher_is_not_led_there(client, department, cohort):
    client.force_login(make_user("teacher", department=department))

    page = client.get(reverse("home"))

    assert "Promotions" not in [label for label, _, _ in page.context["navigation"]]
