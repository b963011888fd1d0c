"""Several parcours and regimes in one promotion: programmes, enrolments, elements given once."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from curriculum.models import Programme, Weight
from grades import people
from grades.cohorts.forms_promotion import CohortForm
from grades.forms import AssessmentForm
from grades.intake.columns import read_extract
from grades.intake.importing import plan_import
from grades.models import Cohort, Mark, Student
from grades.one_sheet import load_sheet
from grades.services import create_assessment
from tests.factories import (
    make_assessment,
    make_cohort,
    make_department,
    make_element,
    make_enrolment,
    make_parcours,
    make_programme,
    make_student,
    make_teaching,
    make_user,
)
from tests.grades.cohorts.reading import text_of
from tests.pages import shown

pytestmark = pytest.mark.django_db


@pytest.fixture
def department():
    return make_department()


@pytest.fixture
def programmes(department) -> list[Programme]:
    """IOM and Cyber: R31 and R41 in both, counting 1 and 2; R3IOM and R3CYB of one each."""
    made = []
    for short, coefficient in (("IOM", 1), ("Cyber", 2)):
        parcours = make_parcours(department=department, code=short, short=short, name=f"Parcours {short}")
        programme = make_programme(parcours=parcours)
        Weight.objects.filter(unit__programme=programme).update(coefficient=coefficient)
        own = make_element(programme, code=f"R3{short[:3].upper()}")
        Weight.objects.create(unit=programme.units.get(code="UE31"), element=own, coefficient=3)
        made.append(programme)
    return made


@pytest.fixture
def director(department):
    return make_user("director", department=department)


@pytest.fixture
def cohort(programmes, director) -> Cohort:
    return people.create_cohort(programmes=programmes, school_year=2024, by=director)


def refused(act, **values) -> dict[str, list[str]]:
    with pytest.raises(ValidationError) as error:
        act(**values)
    return error.value.message_dict


def enrol(cohort: Cohort, programme: Programme, name: str):
    return make_enrolment(cohort, make_student(cohort.department, last_name=name), programme=programme)


# ---------- the promotion ----------


def test_an_element_that_two_programmes_have_is_given_once(cohort):
    assert str(cohort) == "BUT2 IOM, Cyber, apprentissage, 2024-2025"
    assert [teaching.element.code for teaching in cohort.teachings.order_by("element__code")] == [
        "R31",
        "R3CYB",
        "R3IOM",
        "R41",
    ]


def test_what_does_not_go_together_is_refused(programmes, department, director):
    elsewhere = make_programme(parcours=make_parcours(department=department), year=3)
    again = make_programme(parcours=programmes[0].parcours, in_force_from=2023)
    later = make_programme({"UE42": "30"}, parcours=make_parcours(department=department))
    later.elements.update(code="R31")

    def told(*chosen: Programme) -> str:
        values = {"programmes": chosen, "school_year": 2024, "by": director}
        return refused(people.create_cohort, **values)["programmes"][0]

    assert told() == "Choisir au moins un programme."
    assert "d’une même spécialité et d’une même année" in told(programmes[0], elsewhere)
    assert "Deux versions du même programme de IOM" in told(programmes[0], again)
    assert "R31 : un même code, deux semestres" in told(programmes[0], later)
    assert not Cohort.objects.exists()


def test_a_programme_is_in_one_promotion_of_a_year_unless_they_have_names(cohort, programmes, director):
    values = {"programmes": programmes[1:], "school_year": 2024, "by": director}

    assert "existe déjà" in refused(people.create_cohort, **values)["name"][0]
    assert str(people.create_cohort(**values, name="apprentis")) == (
        "BUT2 Cyber, apprentissage (apprentis), 2024-2025"
    )


def test_a_programme_comes_and_goes_while_nothing_uses_it(programmes, director):
    first, second = programmes
    cohort = people.create_cohort(programmes=[first], school_year=2024, by=director)
    common = cohort.teachings.get(element__code="R31")
    make_assessment(common)

    cohort = people.change_cohort(cohort=cohort, programmes=[first, second], name="", by=director)
    assert cohort.teachings.filter(element__code="R3CYB").exists()
    cohort = people.change_cohort(cohort=cohort, programmes=[second], name="", by=director)

    common.refresh_from_db()
    assert common.element.programme == second
    assert not cohort.teachings.filter(element__code="R3IOM").exists()


def test_a_programme_that_is_used_stays(cohort, programmes, director):
    first, second = programmes
    values = {"cohort": cohort, "programmes": [first], "name": "", "by": director}
    make_assessment(cohort.teachings.get(element__code="R3CYB"))
    assert "R3CYB Élément R3CYB a des évaluations" in refused(people.change_cohort, **values)["programmes"][0]

    enrol(cohort, second, "MARTIN")
    assert "a 1 étudiant : il reste" in (
        refused(people.change_cohort, **values)["programmes"][0].replace("\xa0", " ")
    )


def test_the_pages_create_and_change_it(client, programmes, director):
    client.force_login(director)
    address = reverse("cohorts:new_cohort")
    typed = {"programmes": [row.pk for row in programmes], "school_year": 2024}

    made = client.post(address, typed)
    cohort = Cohort.objects.get()
    assert made.url == cohort.get_absolute_url()
    address = reverse("cohorts:programmes", args=[cohort.pk])
    typed = {"programmes": [programmes[0].pk], "name": "du soir"}
    client.post(address, typed | shown(client, address))

    assert str(Cohort.objects.get()) == "BUT2 IOM, apprentissage (du soir), 2024-2025"
    assert "programmes" in CohortForm({}, departments=[cohort.department.pk]).errors


# ---------- enrolments ----------


def test_who_enters_says_their_programme(cohort, programmes, director):
    student = make_student(cohort.department)

    told = refused(people.enrol, cohort=cohort, student=student, by=director)

    assert "dire son programme, parmi BUT2 IOM, apprentissage et BUT2 Cyber" in told["programme"][0]
    made = people.enrol(cohort=cohort, student=student, programme=programmes[1], by=director)
    assert made.programme == programmes[1]
    stranger = make_programme()
    assert refused(
        people.enrol, cohort=cohort, student=make_student(cohort.department), programme=stranger, by=director
    )


def test_another_programme_is_refused_while_marks_would_be_lost(cohort, programmes, director):
    enrolment = enrol(cohort, programmes[0], "MARTIN")
    fields = {
        "group": None,
        "company": "",
        "status": "",
        "status_since": None,
        "repeats": {},
        "dispensed": list(programmes[0].units.filter(code="UE31")),
        "unjustified_absences": 0,
        "justified_absences": 0,
        "programme": programmes[1],
    }
    own = make_assessment(cohort.teachings.get(element__code="R3IOM"))
    mark = Mark.objects.create(
        assessment=own,
        enrolment=enrolment,
        value=12,
        entered_by=director,
        entered_at="2025-01-01T00:00Z",
    )

    told = refused(people.change_enrolment, enrolment=enrolment, by=director, **fields)
    assert "a des notes en R3IOM, que BUT2 Cyber, apprentissage n’a pas" in told["programme"][0]

    mark.delete()
    moved = people.change_enrolment(enrolment=enrolment, by=director, **fields)
    assert moved.programme == programmes[1]
    assert [unit.programme for unit in moved.dispensed.all()] == [programmes[1]]


def test_a_file_says_the_parcours_of_each(cohort, programmes):
    head = "N° étudiant;INE;Nom;Prénom;Date de naissance;Lieu de naissance;Parcours\n"
    rows = [
        f"2400000{place};{place:09}AA;{name};Camille;01/02/2005;Valbrume;{parcours}\n"
        for place, (name, parcours) in enumerate(
            {"IOMARD": "IOM", "CYBERT": "Cyber", "RIEN": "", "DEVOS": "DevCloud"}.items(), 1
        )
    ]
    extract = read_extract((head + "".join(rows)).encode())

    plan = plan_import(cohort=cohort, extract=extract, columns=extract.proposed)

    assert [(row.student, row.reason) for row in plan.aside] == [("DEVOS Camille", "parcours DevCloud")]
    [refusal] = plan.refusals
    assert "Dire son programme, parcours et régime" in refusal.reason
    assert [new.programme for new in plan.new] == programmes


# ---------- mark sheets ----------


def test_a_common_element_lists_everyone_and_one_of_a_parcours_its_own(cohort, programmes):
    iom, cyber = enrol(cohort, programmes[0], "IOMARD"), enrol(cohort, programmes[1], "CYBERT")

    def students(code: str) -> list[str]:
        sheet = load_sheet(cohort.teachings.select_related("element").get(element__code=code))
        return [row.student.last_name for row in sheet.enrolments.values()]

    assert students("R31") == [cyber.student.last_name, iom.student.last_name]
    assert students("R3IOM") == ["IOMARD"]
    assert students("R3CYB") == ["CYBERT"]


def test_the_sheet_says_by_programme_where_it_counts_and_narrows_to_a_parcours(
    client, cohort, programmes, director
):
    enrol(cohort, programmes[0], "IOMARD")
    cyber = enrol(cohort, programmes[1], "CYBERT")
    common = cohort.teachings.get(element__code="R31")
    make_assessment(common)
    client.force_login(director)

    page = text_of(client.get(common.get_absolute_url()))
    assert "IOM : UE31 (coef. 1 sur 4) Cyber : UE31 (coef. 2 sur 5)" in page
    narrowed = client.get(f"{common.get_absolute_url()}?parcours={programmes[1].pk}")
    assert [row.enrolment for row in narrowed.context["grid"].rows] == [cyber]


def test_poids_are_those_of_the_programme_s_own_units(cohort, programmes, director):
    for programme in programmes:  # R31 counts in both UE of each programme
        unit = programme.units.get(code="UE41")
        Weight.objects.create(unit=unit, element=programme.elements.get(code="R31"), coefficient=1)
    iom, cyber = enrol(cohort, programmes[0], "IOMARD"), enrol(cohort, programmes[1], "CYBERT")
    teaching = cohort.teachings.select_related("element").get(element__code="R31")
    form = AssessmentForm(None, teaching=teaching)
    assert [name for name in form.fields if name.startswith("weight")] == [
        "weight_UE31 Cyber",
        "weight_UE31 IOM",
        "weight_UE41 Cyber",
        "weight_UE41 IOM",
    ] or len(form.units) == 4

    heavy = programmes[1].units.get(code="UE31")
    create_assessment(
        teaching=teaching,
        by=director,
        title="DS",
        kind="normal",
        date=None,
        coefficient=Decimal(1),
        maximum=Decimal(20),
        group=None,
        weights={heavy: Decimal(2)},
    )

    sheet = load_sheet(teaching)
    assert [average.label for average in sheet.averages(iom)] == [""]
    assert [average.label for average in sheet.averages(cyber)] == ["UE31", "UE41"]


def test_pages_take_as_many_queries_with_five_programmes_as_with_two(
    client, department, programmes, director, django_assert_max_num_queries
):
    more = [
        make_programme(parcours=make_parcours(department=department, short=f"P{place}")) for place in range(3)
    ]
    client.force_login(director)
    for taught, year in ((programmes, 2024), ([*programmes, *more], 2025)):
        cohort = people.create_cohort(programmes=taught, school_year=year, by=director)
        for programme in taught:
            enrol(cohort, programme, f"NOM{programme.pk}")
        common = cohort.teachings.get(element__code="R31")
        make_assessment(common)
        for address, most in (
            (cohort.get_absolute_url(), 16),
            (reverse("cohorts:progress", args=[cohort.pk]), 22),
            (common.get_absolute_url(), 20),
        ):
            with django_assert_max_num_queries(most):
                assert client.get(address).status_code == 200


def test_teachers_are_named_once_for_a_common_element(cohort, programmes, director):
    teacher = make_user("teacher", department=cohort.department)
    other = programmes[1].elements.get(code="R31")

    teaching = people.set_teachers(cohort=cohort, element=other, teachers=[teacher], heads=[], by=director)

    assert teaching == cohort.teachings.get(element__code="R31")
    assert make_teaching(make_cohort(), None).element.code == "R31"


def test_who_teaches_one_parcours_sees_its_students_only(cohort, programmes):
    enrol(cohort, programmes[0], "IOMARD")
    enrol(cohort, programmes[1], "CYBERT")
    teacher = make_user("teacher", department=cohort.department)
    cohort.teachings.get(element__code="R3CYB").teachers.add(teacher)

    assert [student.last_name for student in Student.objects.visible_to(teacher)] == ["CYBERT"]
    cohort.teachings.get(element__code="R31").teachers.add(teacher)
    assert Student.objects.visible_to(teacher).count() == 2
