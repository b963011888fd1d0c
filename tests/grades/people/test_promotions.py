"""A promotion, its groups, the people of its elements."""

import pytest

from butrt.base.journal.models import Entry
from grades import people
from grades.models import Cohort, Enrolment, Group
from tests.factories import (
    make_assessment,
    make_enrolment,
    make_programme,
    make_teaching,
    make_user,
    programme_of,
)
from tests.grades.people.values import refused

pytestmark = pytest.mark.django_db


def test_a_promotion_comes_with_every_element_of_its_programme(programme, secretary):
    cohort = people.create_cohort(programmes=[programme], school_year=2025, by=secretary)

    assert [teaching.element.code for teaching in cohort.teachings.all()] == ["R31", "R41"]
    entry = Entry.objects.get()
    assert (entry.act, entry.about, entry.by) == ("cohort.create", str(cohort), secretary)


@pytest.mark.parametrize(
    ("school_year", "field", "said"),
    [
        (2024, "name", "existe déjà"),
        (2021, "school_year", "en vigueur depuis 2022-2023, pas en 2021-2022"),
    ],
)
def test_a_promotion_is_refused_twice_or_before_its_programme(cohort, secretary, school_year, field, said):
    told = refused(
        people.create_cohort, programmes=[programme_of(cohort)], school_year=school_year, by=secretary
    )

    assert list(told) == [field]
    assert said in told[field][0]
    assert Cohort.objects.count() == 1


def test_groups_are_renamed_exchanged_added_and_removed(cohort, secretary):
    first, second, third = (Group.objects.create(cohort=cohort, name=name) for name in ("A", "B", "C"))

    people.set_groups(
        cohort=cohort, names={first: "B", second: "A", third: ""}, new=["TP  D", ""], by=secretary
    )

    assert list(cohort.groups.values_list("pk", "name")) == [
        (second.pk, "A"),
        (first.pk, "B"),
        (cohort.groups.get(name="TP D").pk, "TP D"),
    ]
    assert Entry.objects.get().details["after"] == ["A", "B", "TP D"]


def test_a_group_with_students_or_evaluations_stays(cohort, secretary):
    group = Group.objects.create(cohort=cohort, name="TP A")
    enrolment = make_enrolment(cohort, group=group)
    told = refused(people.set_groups, cohort=cohort, names={group: ""}, new=[], by=secretary)
    assert told == {"": ["TP A a 1\xa0étudiant : les changer de groupe avant de le retirer."]}

    Enrolment.objects.filter(pk=enrolment.pk).update(group=None)
    make_assessment(make_teaching(cohort), group=group)
    told = refused(people.set_groups, cohort=cohort, names={group: ""}, new=[], by=secretary)
    assert told == {"": ["TP A a des évaluations qui lui sont réservées, il reste."]}


def test_two_groups_have_two_names(cohort, secretary):
    group = Group.objects.create(cohort=cohort, name="TP A")

    told = refused(people.set_groups, cohort=cohort, names={group: "TP A"}, new=["tp a"], by=secretary)

    assert told == {"": ["Deux groupes porteraient le même nom : tp a."]}


def test_people_are_named_on_an_element(cohort, department, secretary):
    teacher, head = make_user("teacher", department=department), make_user("director", department=department)
    element = programme_of(cohort).elements.get(code="R31")

    teaching = people.set_teachers(
        cohort=cohort, element=element, teachers=[teacher], heads=[head], by=secretary
    )

    assert (list(teaching.teachers.all()), list(teaching.heads.all())) == ([teacher], [head])
    assert Entry.objects.get().details["after"] == {"teachers": [teacher.username], "heads": [head.username]}
    people.set_teachers(cohort=cohort, element=element, teachers=[teacher], heads=[head], by=secretary)
    assert Entry.objects.count() == 1


def test_only_those_with_the_pages_of_marks_are_named(cohort, department, secretary):
    stranger = make_user("teacher", first_name="Inconnue", last_name="Ailleurs")
    member = make_user("member", department=department, first_name="Membre", last_name="Seul")
    element = programme_of(cohort).elements.get(code="R31")

    told = refused(
        people.set_teachers,
        cohort=cohort,
        element=element,
        teachers=[stranger, member],
        heads=[],
        by=secretary,
    )

    assert told == {
        "teachers": [
            "Inconnue Ailleurs, Membre Seul : pas de compte ouvert avec le rôle Enseignement "
            "dans le département."
        ]
    }
    other = make_programme().elements.get(code="R31")
    told = refused(people.set_teachers, cohort=cohort, element=other, teachers=[], heads=[], by=secretary)
    assert "n’est pas du programme" in told[""][0]
