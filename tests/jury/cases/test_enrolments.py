"""What juries decided, for who enrols: UE acquired before, enrolments that go against them, who is judged."""

from __future__ import annotations

import datetime

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from curriculum.models import Programme
from grades import people
from grades.attempts import not_taken_in
from grades.enrolling import objections_to
from grades.models import Enrolment, ExtraRepeat
from grades.people import Grant
from jury.cases.dossier import cohort_object, freeze
from jury.cases.enrolments import objections, recall_acquired
from jury.cases.proceedings import Proceedings
from jury.documents.minutes.document import minutes_page
from jury.models import Session
from jury.sittings.checklist import checklist
from tests.factories import (
    make_cohort,
    make_department,
    make_enrolment,
    make_parcours,
    make_programme,
    make_result,
    make_session,
    make_student,
    make_user,
    programme_of,
)
from tests.jury import snapshots
from tests.jury.world import all_at, make_world
from tests.pages import shown

pytestmark = pytest.mark.django_db


def against(cohort, taking):
    """What enrolments in the programme of a promotion go against, as `objections` is asked."""
    programme = programme_of(cohort)
    return objections(cohort, {student: (programme, semesters) for student, semesters in taking.items()})


@pytest.fixture
def department():
    return make_department()


@pytest.fixture
def parcours(department):
    return make_parcours(department=department)


@pytest.fixture
def programmes(parcours):
    """{1: BUT1, 2: BUT2, 3: BUT3}; BUT2 has UE31 and UE41."""
    of = {
        year: Programme.objects.create(
            parcours=parcours, year=year, modality="apprentissage", in_force_from=2021
        )
        for year in (1, 3)
    }
    return of | {2: make_programme(parcours=parcours, in_force_from=2021)}


@pytest.fixture
def student(department):
    return make_student(department, last_name="MARTIN")


@pytest.fixture
def secretary(department):
    return make_user("secretariat", department=department)


def units_of(programme):
    return {unit.code: unit for unit in programme.units.select_related("competence")}


# ---------- what is acquired ----------


def test_what_an_earlier_year_acquired_is_recalled(programmes, student):
    units = units_of(programmes[2])
    enrolment = make_enrolment(make_cohort(programmes[2], school_year=2024), student)
    make_result(student, units["UE31"], "CMP", school_year=2023)
    make_result(student, units["UE41"], "AJ", school_year=2023)

    recall_acquired([enrolment])

    assert set(enrolment.acquired.all()) == {units["UE31"]}
    assert not_taken_in([enrolment.cohort_id]) == {enrolment.pk: {units["UE31"].pk}}


def test_what_a_jury_of_the_year_itself_acquires_is_not_recalled_what_comes_from_elsewhere_is(
    programmes, student, department
):
    """A semester abroad of this very year leaves nothing to mark here."""
    cohort = make_cohort(programmes[2], school_year=2024)
    enrolment = make_enrolment(cohort, student)
    units = units_of(programmes[2])
    february = make_session(cohort, make_user("president", department=department), semester=3)
    make_result(student, units["UE31"], "ADM", school_year=2024, session=february)
    make_result(student, units["UE41"], "ADM", school_year=2024, source="mobility")

    recall_acquired([enrolment])

    assert [unit.code for unit in enrolment.acquired.all()] == ["UE41"]


def test_it_holds_in_another_version_under_another_code_not_for_another_competence(
    programmes, parcours, department, student
):
    units = units_of(programmes[2])
    make_result(student, units["UE31"], "ADM", school_year=2023)
    version = make_programme({"UE31": "30", "UE41": "30"}, parcours=parcours, in_force_from=2024)
    version.units.filter(code="UE31").update(code="UE3.1.ESE")
    elsewhere = make_programme(parcours=make_parcours(department=department))
    here, there = (
        make_enrolment(make_cohort(each, school_year=2024), student) for each in (version, elsewhere)
    )

    recall_acquired([here, there])

    assert [unit.code for unit in here.acquired.all()] == ["UE3.1.ESE"]
    assert not there.acquired.exists()


def test_a_result_withdrawn_is_recalled_no_more(programmes, student, secretary):
    enrolment = make_enrolment(make_cohort(programmes[2], school_year=2024), student)
    result = make_result(student, units_of(programmes[2])["UE31"], "ADM", school_year=2023)
    recall_acquired([enrolment])

    result.withdrawn_by, result.withdrawn_at, result.withdrawal_motive = secretary, timezone.now(), "Erreur."
    result.save()
    recall_acquired([enrolment])

    assert not enrolment.acquired.exists()


def test_who_is_enrolled_by_any_door_has_what_they_acquired(programmes, student, secretary):
    make_enrolment(make_cohort(programmes[2], school_year=2023), student)
    make_result(student, "BUT1", "ADM", school_year=2022)
    make_result(student, units_of(programmes[2])["UE31"], "ADM", school_year=2023)

    made = people.enrol(
        cohort=make_cohort(programmes[2], school_year=2024), student=student, by=secretary, semesters=[4]
    )

    assert [unit.code for unit in made.acquired.all()] == ["UE31"]


def test_recalling_costs_the_same_for_one_and_for_three(programmes, department, django_assert_num_queries):
    unit = units_of(programmes[2])["UE31"]
    cohort = make_cohort(programmes[2], school_year=2024)
    for number in (1, 3):
        enrolments = [make_enrolment(cohort, make_student(department)) for _ in range(number)]
        for each in enrolments:
            make_result(each.student, unit, "ADM", school_year=2023)
        with django_assert_num_queries(5):
            recall_acquired(enrolments)


# ---------- what goes against a jury ----------

NAR = "Le jury de BUT1 de 2023-2024 a dit NAR"
CASES = {
    # {year: code} of the jury of 2023, the year enrolled in, what is said
    "refused, again in the same year": ({1: "NAR"}, 1, NAR),
    "refused, in the year above": ({1: "NAR"}, 2, NAR),
    "excluded": ({1: "EXCLU"}, 1, "BUT1 de 2023-2024 porte EXCLU"),
    "adjourned, in the year above": ({1: "RED"}, 2, "Le jury de BUT1 de 2023-2024 a dit RED"),
    "adjourned, again": ({1: "RED"}, 1, None),
    "passing by right": ({1: "PASD"}, 2, None),
    "passing by the jury": ({1: "PAS1NCI"}, 2, None),
    "resigned, in the year above": ({1: "DEM"}, 2, "BUT1 de 2023-2024 porte DEM"),
    "no decision on the year below": ({1: "ADM"}, 3, "Aucun jury n’a admis en BUT3"),
    "refused in BUT2, in BUT1": ({1: "ADM", 2: "NAR"}, 1, None),
    "adjourned in BUT2, again": ({1: "ADM", 2: "RED"}, 2, None),
}


@pytest.mark.parametrize("case", CASES)
def test_an_enrolment_is_checked_against_what_juries_decided(programmes, student, case):
    codes, year, said = CASES[case]
    for judged, code in codes.items():
        make_result(student, f"BUT{judged}", code, school_year=2023)
    cohort = make_cohort(programmes[year], school_year=2024)

    told = against(cohort, {student: programme_of(cohort).semesters})[student.pk]

    assert told[0].startswith(said) if said else told == [], told
    assert len(told) <= 1


@pytest.mark.parametrize(
    ("acquired", "semesters", "told"),
    [
        (("UE11",), [5, 6], ["S5 demande toutes les UE de S1 et S2 : UE21 n’est pas acquise (4.5)."]),
        (("UE11", "UE21"), [5, 6], []),
        (("UE11",), [6], []),
    ],
)
def test_s5_asks_every_ue_of_the_first_year(programmes, student, acquired, semesters, told):
    """Whichever jury acquired them since BUT2 was passed."""
    followed = make_programme({"UE11": "30", "UE21": "30"}, parcours=programmes[1].parcours, year=1)
    make_enrolment(make_cohort(followed, school_year=2022), student)
    for year, school_year in ((1, 2022), (2, 2023)):
        make_result(student, f"BUT{year}", "PASD", school_year=school_year)
    for code in acquired:
        make_result(student, units_of(followed)[code], "ADM", school_year=2022)
    cohort = make_cohort(programmes[3], school_year=2024)

    assert against(cohort, {student: semesters}) == {student.pk: told}


def test_a_passing_year_stays_one_whatever_comes_after(programmes, student):
    make_result(student, "BUT1", "PASD", school_year=2022)
    make_result(student, "BUT1", "RED", school_year=2023)
    cohort = make_cohort(programmes[2], school_year=2024)

    assert against(cohort, {student: [3, 4]}) == {student.pk: []}


def test_who_comes_from_elsewhere_is_not_opposed(programmes, student):
    cohort = make_cohort(programmes[3], school_year=2024)
    assert objections_to(cohort, {student: (programmes[3], [5, 6])}) == {}


def test_a_later_year_says_nothing_of_an_earlier_enrolment(programmes, student):
    make_result(student, "BUT1", "ADM", school_year=2022)
    make_result(student, "BUT2", "NAR", school_year=2024)
    cohort = make_cohort(programmes[2], school_year=2023)

    assert against(cohort, {student: [3, 4]}) == {student.pk: []}


def test_two_years_at_once_are_for_what_is_missing(programmes, student):
    units = units_of(programmes[2])
    for year in (1, 2):
        make_result(student, f"BUT{year}", "PASD", school_year=2023)
    make_result(student, units["UE31"], "ADM", school_year=2023)
    make_result(student, units["UE41"], "AJ", school_year=2023)
    make_enrolment(make_cohort(programmes[3], school_year=2024), student)
    below = make_cohort(programmes[2], school_year=2024)

    assert against(below, {student: [4]}) == {student.pk: []}
    assert against(below, {student: [3, 4]}) == {
        student.pk: [
            "Une autre inscription, en BUT3, est de la même année : on ne suit deux années que pour des "
            "semestres non acquis, et S3 est acquis."
        ]
    }


def test_a_semester_is_not_repeated_more_than_allowed_unless_the_director_adds_one(
    programmes, student, department
):
    make_result(student, "BUT1", "ADM", school_year=2021)
    make_result(student, "BUT2", "RED", school_year=2023)
    for year in (2022, 2023):
        last = make_enrolment(make_cohort(programmes[2], school_year=year), student)
    cohort = make_cohort(programmes[2], school_year=2024)

    assert against(cohort, {student: [4]}) == {
        student.pk: ["S4 serait redoublé pour la 2e fois, 1 permis par semestre (4.5)."]
    }

    director = make_user("director", department=department)
    act = Grant(4, datetime.date(2024, 7, 10), "La directrice", "Accident.", "Lettre")
    people.grant_repeat(enrolment=last, grant=act, by=director)
    assert against(cohort, {student: [4]}) == {student.pk: []}


def test_four_repeats_in_all(programmes, student):
    make_result(student, "BUT1", "ADM", school_year=2022)
    make_result(student, "BUT2", "PASD", school_year=2023)
    make_enrolment(make_cohort(programmes[1], school_year=2021), student, repeats={"1": 1, "2": 1})
    for year in (2022, 2023):
        make_enrolment(make_cohort(programmes[2], school_year=year), student)
    make_enrolment(make_cohort(programmes[3], school_year=2024), student)
    cohort = make_cohort(programmes[3], school_year=2025)

    assert against(cohort, {student: [5]}) == {student.pk: ["5 semestres redoublés en tout, 4 permis (4.5)."]}


def test_asking_costs_the_same_for_one_and_for_three(programmes, department, django_assert_num_queries):
    cohort = make_cohort(programmes[2], school_year=2024)
    for number in (1, 3):
        students = [make_student(department) for _ in range(number)]
        for each in students:
            make_result(each, "BUT1", "RED", school_year=2023)
            make_enrolment(make_cohort(programmes[1], school_year=2030 + each.pk), each)
        with django_assert_num_queries(7):
            objections(cohort, dict.fromkeys(students, (programmes[2], (3, 4))))


# ---------- refused, or done with a motive ----------


@pytest.fixture
def refused_one(programmes, student):
    """Somebody whom a jury refused, and the promotion that they come to."""
    make_result(student, "BUT1", "NAR", school_year=2023)
    return make_cohort(programmes[1], school_year=2024)


def test_the_page_refuses_then_takes_a_motive(client, refused_one, student, secretary):
    client.force_login(secretary)
    address = reverse("cohorts:enrol", args=[refused_one.pk])

    refused = client.post(address, {"student": student.pk, "semesters": "1"})
    assert (refused.status_code, Enrolment.objects.count()) == (200, 0)
    page = refused.content.decode()
    assert NAR in page
    assert '<option value="1" selected>S1 seulement</option>' in page

    client.post(address, {"student": student.pk, "semesters": "1", "motive": "Recours gracieux accueilli."})
    made = Enrolment.objects.get()
    assert (made.motive, made.semesters) == ("Recours gracieux accueilli.", [1])


def test_other_semesters_ask_for_a_motive_on_the_page_of_the_enrolment(
    client, programmes, student, secretary
):
    client.force_login(secretary)
    make_result(student, "BUT1", "ADM", school_year=2021)
    for year in (2022, 2023):
        make_enrolment(make_cohort(programmes[2], school_year=year), student)
    enrolment = make_enrolment(make_cohort(programmes[2], school_year=2024), student, takes_even=False)
    address = reverse("cohorts:enrolment", args=[enrolment.pk])
    page = client.get(address)
    assert 'name="motive"' not in page.content.decode()
    form = page.context["form"]
    typed = {name: form[name].value() for name in form.fields if form[name].value() is not None}
    typed |= shown(client, address)

    refused = client.post(address, typed | {"semesters": "3 4"})
    assert "S3 serait redoublé pour la 2e fois" in refused.content.decode()
    assert 'name="motive"' in refused.content.decode()

    done = client.post(address, typed | {"semesters": "3 4", "motive": "Décision du 2 septembre."})
    assert done.status_code == 302
    enrolment.refresh_from_db()
    assert (enrolment.semesters, enrolment.motive) == ([3, 4], "Décision du 2 septembre.")


def test_an_import_is_refused_or_done_with_a_motive(client, refused_one, student, secretary, tmp_path):
    file = tmp_path / "apogee.csv"
    file.write_text(f"N° étudiant;INE;Nom\n{student.number};{student.ine};MARTIN\n", encoding="utf-8")
    command = ("import_students", str(file), "--cohort", str(refused_one.pk), "--by", secretary.username)

    with pytest.raises(CommandError, match="a dit NAR"):
        call_command(*command)
    assert not Enrolment.objects.exists()

    call_command(*command, "--motive", "Recours gagné.")
    assert Enrolment.objects.get().motive == "Recours gagné."


def test_the_preview_of_an_import_says_whom_a_jury_refused(client, refused_one, student, secretary, tmp_path):
    client.force_login(secretary)
    file = tmp_path / "apogee.csv"
    file.write_text(f"N° étudiant;INE;Nom\n{student.number};{student.ine};MARTIN\n", encoding="utf-8")
    with file.open("rb") as sent:
        client.post(reverse("cohorts:import_students", args=[refused_one.pk]), {"file": sent})
    columns = reverse("cohorts:import_columns", args=[refused_one.pk])
    form = client.get(columns).context["form"]
    client.post(columns, {bound.html_name: bound.value() for _, bound in form.lines()})
    address = reverse("cohorts:import_preview", args=[refused_one.pk])

    preview = client.get(address)
    plan = {"shown": preview.context["plan"].digest}
    assert NAR in preview.content.decode()
    assert "Rien n’est enregistré." in client.post(address, plan).content.decode()
    assert not Enrolment.objects.exists()

    client.post(address, plan | {"motive": "Recours gagné."})
    assert Enrolment.objects.get().motive == "Recours gagné."


def test_a_first_enrolment_by_service_is_refused_with_the_sentences(refused_one, student, secretary):
    with pytest.raises(ValidationError) as refused:
        people.enrol(cohort=refused_one, student=student, by=secretary)

    assert refused.value.message_dict["motive"][0].startswith(NAR)


def test_the_checklist_shows_who_was_enrolled_against_a_jury():
    world = make_world({"DUPONT": all_at("12"), "MARTIN": all_at("12")})
    items = checklist(world.session, Proceedings.of(world.session))
    assert not [item for item in items if "malgré un jury" in item.title]

    Enrolment.objects.filter(student=world.student("MARTIN")).update(motive="Recours gagné.")
    items = checklist(world.session, Proceedings.of(world.session))

    (found,) = [item for item in items if "malgré un jury" in item.title]
    assert (found.weight, found.title) == ("know", "1 inscription malgré un jury")
    assert found.text == "MARTIN Camille : «\xa0Recours gagné\xa0»."
    assert found.links[0].arguments == (world.enrolments["MARTIN"].pk,)


# ---------- who is judged, and on what ----------


def test_a_jury_judges_those_who_take_its_semester(client):
    world = make_world({name: all_at("12") for name in ("BOTH", "ODD", "EVEN")})
    Enrolment.objects.filter(student=world.student("ODD")).update(takes_even=False)
    Enrolment.objects.filter(student=world.student("EVEN")).update(takes_odd=False)
    odd = make_session(world.session.cohort, world.president, semester=3, regulation=world.session.regulation)

    def judged(session):
        return {each.student.last_name for each in session.enrolments().select_related("student")}

    assert (judged(world.session), judged(odd)) == ({"BOTH", "EVEN"}, {"BOTH", "ODD"})
    sessions = {name: set(Session.objects.about(world.student(name))) for name in ("BOTH", "ODD", "EVEN")}
    assert sessions == {"BOTH": {world.session, odd}, "ODD": {odd}, "EVEN": {world.session}}


def test_who_retakes_the_even_semester_alone_is_not_awaited_in_the_odd_one():
    world = make_world({"DUPONT": {"R41": "12", "R42": "12"}})
    Enrolment.objects.update(takes_odd=False)

    (file,) = cohort_object(world.session)["students"]

    assert sorted(file["elements"]) == ["R41", "R42"]


def test_acquired_units_are_left_out_of_the_file_unless_taken_again():
    world = make_world({"DUPONT": all_at("12")})
    enrolment = world.enrolments["DUPONT"]
    unit = programme_of(world.session.cohort).units.get(code="UE31")
    enrolment.acquired.set([unit])
    (file,) = cohort_object(world.session)["students"]
    assert (file["dispensed"], sorted(file["elements"])) == (["UE31"], ["R32", "R41", "R42"])

    enrolment.retaken.set([unit])

    (file,) = cohort_object(world.session)["students"]
    assert ("dispensed" in file, sorted(file["elements"])) == (False, ["R31", "R32", "R41", "R42"])


def test_the_file_has_repeats_counted_and_the_acts_that_add_one():
    world = make_world({"DUPONT": all_at("12")})
    student, cohort = world.student("DUPONT"), world.session.cohort
    make_enrolment(make_cohort(programme_of(cohort), school_year=2023), student, takes_odd=False)
    ExtraRepeat.objects.create(
        student=student,
        semester=4,
        school_year=2024,
        granted_on=datetime.date(2025, 1, 6),
        granted_by="Anne Roy, directrice de l’IUT",
        circumstances="Hospitalisation",
        document="Lettre n° 12",
        recorded_at=timezone.now(),
    )

    frozen = freeze(world.session)

    (file,) = frozen["cohort"]["students"]
    assert (file["repeats"], file["extra_repeats"]) == ({"4": 1}, {"4": 1})
    assert frozen["context"]["students"][student.number]["extra_repeats"] == [
        {
            "semester": 4,
            "granted_on": "2025-01-06",
            "granted_by": "Anne Roy, directrice de l’IUT",
            "circumstances": "Hospitalisation",
            "document": "Lettre n° 12",
        }
    ]
    assert Proceedings.of(world.session).cases[0].student.repeats == {4: 1}


def test_the_minutes_print_the_acts_that_add_a_repeat():
    version = snapshots.minutes()
    people_of = version.content["context"]["students"]
    number = next(iter(people_of))
    people_of[number]["extra_repeats"] = [
        {
            "semester": 3,
            "granted_on": "2025-01-06",
            "granted_by": "Anne Roy, directrice de l’IUT",
            "circumstances": "Hospitalisation",
            "document": "Lettre n° 12",
        }
    ]

    page = minutes_page(version, Proceedings.of_minutes(version.content))
    printed = " ".join(render_to_string("jury/documents/minutes/minutes.html", page).split())

    assert "Redoublements supplémentaires accordés (4.5)" in printed
    assert (
        "S3, un redoublement de plus, accordé le 6 janvier 2025 par Anne Roy, directrice de l’IUT. "
        "Circonstances : Hospitalisation (Lettre n° 12)."
    ) in printed
