"""What people do with promotions and students: what it writes, what it refuses and in which words."""

import datetime
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from butrt.base.journal.models import Entry
from grades import people
from grades.models import Cohort, Enrolment, Group, Mark, Student
from grades.people import Identity, Points
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

pytestmark = pytest.mark.django_db

HOME = {"address": " 14  rue des Tanneurs \n\nBât. B ", "postal_code": "00000", "city": "Valbrume"}
CAMILLE = Identity(
    number="2240 0001",
    ine="070 0000 41zz",
    last_name="  Le Guennic ",
    first_name="Camille",
    gender="F",
    birth_date=datetime.date(2005, 3, 12),
    birth_place="Tours",
)


def named(**changes: object) -> Identity:
    values = {name: getattr(CAMILLE, name) for name in Identity.__slots__}
    return Identity(**values | changes)


@pytest.fixture
def department():
    return make_department()


@pytest.fixture
def programme(department):
    return make_programme(parcours=make_parcours(department=department))


@pytest.fixture
def cohort(programme):
    return make_cohort(programme)


@pytest.fixture
def secretary(department):
    return make_user("secretariat", department=department)


@pytest.fixture
def director(department):
    return make_user("director", department=department)


def refused(act, **arguments: object) -> dict[str, list[str]]:
    """What a service says when it refuses, by field ("" when there is none); nothing is journaled."""
    before = Entry.objects.count()
    with pytest.raises(ValidationError) as said:
        act(**arguments)
    assert Entry.objects.count() == before
    return (
        getattr(said.value, "message_dict", None)
        if hasattr(said.value, "error_dict")
        else {"": said.value.messages}
    )


def enrolment_values(enrolment: Enrolment, **changes: object) -> dict[str, object]:
    """Every argument of `change_enrolment`, as the row has it, but for `changes`."""
    return {
        "enrolment": enrolment,
        "group": enrolment.group,
        "company": enrolment.company,
        "status": enrolment.status,
        "status_since": enrolment.status_since,
        "repeats": {int(key): times for key, times in enrolment.repeats.items()},
        "dispensed": list(enrolment.dispensed.all()),
        "unjustified_absences": enrolment.unjustified_absences,
        "justified_absences": enrolment.justified_absences,
    } | changes


# ---------- promotions ----------


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


# ---------- students ----------


def test_someone_new_is_created_and_enrolled(cohort, secretary):
    group = Group.objects.create(cohort=cohort, name="TP A")

    enrolment = people.enrol_new(
        cohort=cohort, identity=CAMILLE, by=secretary, group=group, company=" Brumelec "
    )

    student = enrolment.student
    assert (student.number, student.ine, str(student)) == ("22400001", "070000041ZZ", "LE GUENNIC Camille")
    assert (enrolment.group, enrolment.company, enrolment.status) == (group, "Brumelec", "")
    assert [entry.act for entry in Entry.objects.all()] == ["student.create", "enrolment.create"]


def test_someone_known_is_found_by_number_or_ine(department):
    first = make_student(department, number="22400001")
    second = make_student(department, ine="070000041ZZ")
    make_student(make_department(), number="22400001")

    assert people.find_students(department=department, number=" 2240 0001", ine="") == [first]
    assert people.find_students(department=department, number="9", ine="070 000041zz") == [second]
    assert people.find_students(department=department) == []


def test_a_number_and_an_ine_are_one_persons(cohort, department, secretary):
    there = make_student(department, number="22400001", ine="070000041ZZ", last_name="ABGRALL")

    told = refused(people.enrol_new, cohort=cohort, identity=CAMILLE, by=secretary)

    assert told == {
        "number": ["Le n°\xa022400001 est déjà celui de ABGRALL Camille."],
        "ine": ["L’INE 070000041ZZ est déjà celui de ABGRALL Camille, n°\xa022400001."],
    }
    assert list(Student.objects.all()) == [there]


def test_the_same_person_may_be_in_two_departments(cohort, secretary):
    make_student(make_department(), ine="070000041ZZ")

    assert people.enrol_new(cohort=cohort, identity=CAMILLE, by=secretary).student.ine == "070000041ZZ"


@pytest.mark.parametrize(
    ("changes", "field", "said"),
    [
        ({"ine": "0700"}, "ine", "L’INE a 11 caractères"),
        ({"birth_date": datetime.date(2105, 3, 12)}, "birth_date", "vérifier l’année de naissance"),
        ({"last_name": " "}, "last_name", "vide"),
        ({"gender": "Z"}, "gender", "choix valide"),
    ],
)
def test_an_identity_that_cannot_be_is_refused(cohort, secretary, changes, field, said):
    told = refused(people.enrol_new, cohort=cohort, identity=named(**changes), by=secretary)

    assert list(told) == [field]
    assert said in told[field][0]
    assert not Student.objects.exists()


def test_an_identity_is_corrected_and_the_journal_keeps_both(cohort, secretary):
    student = people.enrol_new(cohort=cohort, identity=CAMILLE, by=secretary).student

    people.change_identity(student=student, identity=named(first_name="Camélia"), by=secretary)

    assert str(Student.objects.get()) == "LE GUENNIC Camélia"
    entry = Entry.objects.last()
    assert (entry.act, entry.details["before"], entry.details["after"]) == (
        "student.change",
        {"first_name": "Camille"},
        {"first_name": "Camélia"},
    )
    people.change_identity(student=student, identity=named(first_name="Camélia"), by=secretary)
    assert Entry.objects.last() == entry


def test_the_number_stays_once_a_jury_has_frozen_it(cohort, secretary):
    enrolment = people.enrol_new(cohort=cohort, identity=CAMILLE, by=secretary)
    make_assessment(make_teaching(cohort), locked=True)

    told = refused(
        people.change_identity, student=enrolment.student, identity=named(number="9"), by=secretary
    )
    assert list(told) == ["number"]
    assert "son PV la désigne par ce numéro" in told["number"][0]

    people.change_identity(student=enrolment.student, identity=named(birth_place="Brest"), by=secretary)
    assert Student.objects.get().birth_place == "Brest"


# ---------- enrolments ----------


def test_somebody_known_is_enrolled_once(cohort, department, secretary):
    student = make_student(department, last_name="ABGRALL")
    people.enrol(cohort=cohort, student=student, by=secretary)

    told = refused(people.enrol, cohort=cohort, student=student, by=secretary)
    assert told == {"": [f"ABGRALL Camille est déjà dans la promotion {cohort}."]}

    stranger = make_student(make_department(), last_name="AILLEURS")
    told = refused(people.enrol, cohort=cohort, student=stranger, by=secretary)
    assert told == {"": ["AILLEURS Camille est d’un autre département."]}


def test_an_enrolment_is_changed_whole(cohort, director):
    enrolment = make_enrolment(cohort)
    group = Group.objects.create(cohort=cohort, name="TP A")
    unit = programme_of(cohort).units.get(code="UE31")

    people.change_enrolment(
        **enrolment_values(
            enrolment,
            group=group,
            company="Brumelec",
            status="DEM",
            status_since=datetime.date(2025, 3, 14),
            repeats={3: 1, 4: 0},
            dispensed=[unit],
            unjustified_absences=4,
            justified_absences=2,
        ),
        by=director,
    )

    enrolment = Enrolment.objects.get()
    assert (enrolment.group, enrolment.company, enrolment.status) == (group, "Brumelec", "DEM")
    assert enrolment.repeats == {"3": 1}
    assert list(enrolment.dispensed.all()) == [unit]
    assert (enrolment.unjustified_absences, enrolment.justified_absences) == (4, 2)
    details = Entry.objects.get().details
    assert details["before"]["repeats"] == {}
    assert details["after"]["dispensed"] == ["UE31"]


def test_an_enrolment_that_does_not_change_is_not_journaled(cohort, director):
    people.change_enrolment(**enrolment_values(make_enrolment(cohort)), by=director)

    assert not Entry.objects.exists()


@pytest.mark.parametrize(
    ("changes", "field", "said"),
    [
        ({"status": "DEM"}, "status_since", "MARTIN Camille, démission : dire depuis quelle date."),
        (
            {"status_since": datetime.date(2025, 3, 14)},
            "status_since",
            "MARTIN Camille est dans la promotion : effacer la date, ou choisir la situation.",
        ),
        (
            {"status": "DEM", "status_since": datetime.date(2052, 3, 14)},
            "status_since",
            "MARTIN Camille : le 14 mars 2052 n’est pas de l’année 2024-2025.",
        ),
        ({"repeats": {3: 12}}, "repeats", "MARTIN Camille, S3 : un nombre de fois de 0 à 9."),
        ({"repeats": {7: 1}}, "repeats", "MARTIN Camille, S7 : un nombre de fois de 0 à 9."),
        ({"semesters": [5]}, "semesters", "MARTIN Camille : S3, S4 ou les deux."),
        ({"semesters": []}, "semesters", "MARTIN Camille : S3, S4 ou les deux."),
        ({"status": "PARTI", "status_since": datetime.date(2025, 3, 14)}, "status", "choix valide"),
    ],
)
def test_an_enrolment_that_cannot_be_is_refused(cohort, department, secretary, changes, field, said):
    enrolment = make_enrolment(cohort, make_student(department, last_name="MARTIN"))

    told = refused(people.change_enrolment, **enrolment_values(enrolment, **changes), by=secretary)

    assert list(told) == [field]
    assert said in told[field][0]


def test_a_group_and_units_are_those_of_the_promotion(cohort, secretary):
    other = make_cohort()
    group = Group.objects.create(cohort=other, name="TP Z")
    units = list(programme_of(other).units.filter(code="UE31"))

    told = refused(
        people.change_enrolment,
        **enrolment_values(make_enrolment(cohort), group=group, dispensed=units),
        by=secretary,
    )

    assert told["group"] == ["TP Z est un groupe d’une autre promotion."]
    assert "UE31 n’est pas du programme" in told["dispensed"][0]


def test_marks_of_the_former_group_are_counted(cohort, secretary):
    first, second = (Group.objects.create(cohort=cohort, name=name) for name in "AB")
    enrolment = make_enrolment(cohort, group=first)
    moment = datetime.datetime(2025, 3, 4, tzinfo=datetime.UTC)
    for group, value in ((first, 12), (None, 11)):
        Mark.objects.create(
            assessment=make_assessment(make_teaching(cohort), group=group),
            enrolment=enrolment,
            value=value,
            entered_by=secretary,
            entered_at=moment,
        )
    assert people.marks_of_other_groups(enrolment) == 0

    moved = people.change_enrolment(**enrolment_values(enrolment, group=second), by=secretary)

    assert people.marks_of_other_groups(moved) == 1


def test_an_enrolment_made_by_mistake_goes_the_student_stays(cohort, secretary):
    enrolment = make_enrolment(cohort)

    people.remove_enrolment(enrolment=enrolment, by=secretary)

    assert not Enrolment.objects.exists()
    assert Student.objects.count() == 1
    assert Entry.objects.get().act == "enrolment.remove"


def test_an_enrolment_with_marks_or_before_a_jury_stays(cohort, department, secretary):
    enrolment = make_enrolment(cohort, make_student(department, last_name="MARTIN"))
    assessment = make_assessment(make_teaching(cohort), locked=True)
    told = refused(people.remove_enrolment, enrolment=enrolment, by=secretary)
    assert told == {
        "": ["Un jury a verrouillé les notes de la promotion : MARTIN Camille y figure et y reste."]
    }

    Mark.objects.create(
        assessment=assessment,
        enrolment=enrolment,
        value=12,
        entered_by=secretary,
        entered_at=datetime.datetime(2025, 3, 4, tzinfo=datetime.UTC),
    )
    told = refused(people.remove_enrolment, enrolment=enrolment, by=secretary)
    assert told == {
        "": [
            "MARTIN Camille a 1\xa0note dans cette promotion : l’inscription reste. "
            "Pour un départ, changer la situation."
        ]
    }


# ---------- bonus and malus ----------


def test_bonus_and_malus_are_set_changed_and_taken_back(cohort, secretary):
    enrolment = make_enrolment(cohort)
    first, second = programme_of(cohort).units.order_by("code")
    people.set_adjustments(
        enrolment=enrolment,
        adjustments={first: Points(Decimal("0.5"), "Sport"), second: Points(Decimal(-1), "Assiduité")},
        by=secretary,
    )
    assert set(enrolment.adjustments.values_list("unit__code", "points", "reason")) == {
        ("UE31", Decimal("0.50"), "Sport"),
        ("UE41", Decimal("-1.00"), "Assiduité"),
    }

    people.set_adjustments(
        enrolment=enrolment, adjustments={first: Points(Decimal("0.25"), "Sport")}, by=secretary
    )

    assert list(enrolment.adjustments.values_list("unit__code", "points")) == [("UE31", Decimal("0.25"))]
    assert Entry.objects.last().details["before"] == {"UE31": "0.5, Sport", "UE41": "-1, Assiduité"}
    assert Entry.objects.last().details["after"] == {"UE31": "0.25, Sport"}


@pytest.mark.parametrize(
    ("points", "reason", "said"),
    [
        ("0", "Sport", "MARTIN Camille, UE31 : les points vont de −20 à 20, sans être 0."),
        ("21", "Sport", "MARTIN Camille, UE31 : les points vont de −20 à 20, sans être 0."),
        ("0.5", " ", "MARTIN Camille, UE31 : dire le motif du bonus ou du malus."),
    ],
)
def test_points_that_cannot_be_are_refused(cohort, department, secretary, points, reason, said):
    enrolment = make_enrolment(cohort, make_student(department, last_name="MARTIN"))
    unit = programme_of(cohort).units.get(code="UE31")

    told = refused(
        people.set_adjustments,
        enrolment=enrolment,
        adjustments={unit: Points(Decimal(points), reason)},
        by=secretary,
    )

    assert told == {"": [said]}
    assert not enrolment.adjustments.exists()


def test_points_are_for_a_unit_of_the_programme(cohort, secretary):
    other = make_programme().units.get(code="UE31")

    told = refused(
        people.set_adjustments,
        enrolment=make_enrolment(cohort),
        adjustments={other: Points(Decimal(1), "Sport")},
        by=secretary,
    )

    assert "n’est pas du programme" in told[""][0]


# ---------- where they live ----------


def test_an_address_is_tidied_line_by_line_and_never_journaled(cohort, secretary):
    student = people.enrol_new(cohort=cohort, identity=CAMILLE, by=secretary).student
    people.change_identity(student=student, identity=named(**HOME, country="Belgique"), by=secretary)
    student.refresh_from_db()

    assert student.postal_address == ("14 rue des Tanneurs", "Bât. B", "00000 Valbrume", "BELGIQUE")
    told = Entry.objects.get(act="student.change").details
    assert told["after"] == dict.fromkeys(people.POSTAL, "renseigné")
    assert "Tanneurs" not in str(told)


@pytest.mark.parametrize(
    ("wrong", "field", "said"),
    [
        ({"city": ""}, "city", "Donner la ville : sans elle, l’adresse n’est pas imprimée."),
        (
            {"address": "un\ndeux\ntrois\nquatre"},
            "address",
            "Trois lignes au plus\xa0: la ville et le pays ont les leurs.",
        ),
    ],
)
def test_an_address_that_a_letter_could_not_bear_is_refused(cohort, secretary, wrong, field, said):
    with pytest.raises(ValidationError) as refused:
        people.enrol_new(cohort=cohort, identity=named(**HOME | wrong), by=secretary)

    assert refused.value.message_dict == {field: [said]}
