"""What is looked at before opening a session: the elements that nobody declared complete."""

from copy import deepcopy

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from curriculum.models import Unit, Weight
from grades.models import Assessment, Enrolment, ExtraRepeat, Group, Mark, Student, Teaching
from jury.cases.enrolments import recall_acquired
from jury.cases.proceedings import Proceedings
from jury.models import Session
from jury.sittings import services
from jury.sittings.checklist import blocking, checklist
from tests.factories import (
    make_assessment,
    make_programme,
    make_result,
    make_teaching,
    make_user,
    programme_of,
)
from tests.jury.world import all_at, make_world
from tests.jury.years import Years, case, read

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def world_once(once):
    return once(lambda: make_world({"DUPONT": all_at("14")}))


@pytest.fixture
def world(db, world_once):
    return deepcopy(world_once)


def item(session, words):
    items = checklist(session, Proceedings.of(session))
    return next(each for each in items if words in each.title), blocking(items)


def declare(world, *codes):
    Teaching.objects.filter(element__code__in=codes).update(
        completed_at=timezone.now(), completed_by=world.president
    )


def test_elements_not_declared_are_to_know_with_their_heads(world):
    declare(world, "R31", "R32", "R41")
    found, blocks = item(world.session, "déclaré")
    head = Teaching.objects.get(element__code="R42").heads.get()

    assert (found.weight, found.title) == ("know", "1 élément n’est pas déclaré complet")
    assert found.text == f"R42 ({head}). Des notes peuvent encore changer."
    assert [(link.page, link.arguments) for link in found.links] == [
        ("cohorts:progress", (world.session.cohort_id,))
    ]
    assert found.who == str(head)
    assert blocks == []


def test_only_the_session_s_elements_that_count(world):
    declare(world, "R41")
    Weight.objects.filter(element__code="R32").update(coefficient=0)
    world.session.semester = 3

    assert item(world.session, "déclaré")[0].text.startswith("R31 (")


def test_all_declared(world):
    declare(world, "R31", "R32", "R41", "R42")

    assert item(world.session, "déclaré")[0].weight == "done"


def test_the_link_is_for_who_may_follow_it(client, world):
    address = reverse("cohorts:progress", args=[world.session.cohort_id])
    member = make_user("member", department=world.session.department)
    world.session.members.update(user=member)
    shown = {}
    for person in (world.president, member):
        client.force_login(person)
        text = client.get(reverse("jury:prepare", args=[world.session.pk])).text
        shown[person] = (address in text, client.get(address).status_code)

    assert shown == {world.president: (True, 200), member: (False, 404)}


def test_an_element_without_assessment_blocks_with_its_people_and_where_to_create_one(world):
    Mark.objects.all().delete()
    Assessment.objects.filter(teaching__element__code__in=["R31", "R41"]).delete()
    Teaching.objects.filter(element__code="R41").delete()
    items = checklist(world.session, Proceedings.of(world.session))
    found = {each.title: each for each in items if "aucune évaluation" in each.title}
    director = make_user("director", department=world.session.department)
    teaching = Teaching.objects.get(element__code="R31")

    assert list(found) == ["R31 : aucune évaluation", "R41 : aucune évaluation"]
    first, second = found.values()
    assert (first.who, first.links[0].page) == (str(teaching.heads.get()), "grades:sheet")
    assert (second.who, second.links[0].page) == ("la direction des études", "cohorts:teachers")
    again = checklist(world.session, Proceedings.of(world.session))
    assert {each.who for each in again if each.title.startswith("R41 :")} == {str(director)}


def test_a_mark_awaited_names_who_and_leads_there_those_who_may(client, world):
    Mark.objects.filter(assessment__teaching__element__code="R41").update(value=None, code="ATT")
    teaching = Teaching.objects.get(element__code="R41")
    director = make_user("director", department=world.session.department)
    sheet, progress = (
        reverse("grades:sheet", args=[teaching.pk]),
        reverse("cohorts:progress", args=[world.session.cohort_id]),
    )
    shown = {}
    for person in (world.president, director):
        client.force_login(person)
        text = client.get(reverse("jury:prepare", args=[world.session.pk])).text
        shown[person] = (sheet in text, progress in text, f"À voir avec <b>{teaching.heads.get()}" in text)
        assert client.get(sheet).status_code == (200 if shown[person][0] else 404)

    assert shown == {world.president: (False, True, True), director: (True, True, True)}


def test_a_unit_whose_every_mark_is_excused_is_for_the_jury(world):
    Mark.objects.filter(assessment__teaching__element__code="R41").update(value=None, code="ABJ")
    found, blocks = item(world.session, "UE sans moyenne")

    assert (found.weight, found.title) == ("know", "1 étudiant a une UE sans moyenne")
    assert found.text.startswith("DUPONT Camille : UE41.")
    assert [link.page for link in found.links] == ["jury:card"]
    assert blocks == []


def test_earlier_results_that_nobody_recorded_are_named(world):
    parcours = programme_of(world.session.cohort).parcours
    make_programme({"UE11": "15", "UE21": "15"}, parcours=parcours, year=1)
    student = world.student("DUPONT")
    make_result(student, Unit.objects.get(code="UE11"))
    secretariat = make_user("secretariat", department=world.session.department)
    found, _ = item(world.session, "résultats")

    assert found.title == "1 étudiant sans tous ses résultats antérieurs"
    assert "DUPONT Camille (UE21)" in found.text
    assert (found.who, [link.page for link in found.links]) == (
        str(secretariat),
        ["jury:elsewhere", "jury:elsewhere_student"],
    )
    make_result(student, Unit.objects.get(code="UE21"))
    assert item(world.session, "Résultats antérieurs")[0].weight == "done"


def test_students_without_group_matter_once_an_assessment_is_by_group(world):
    titles = {each.title for each in checklist(world.session, Proceedings.of(world.session))}
    assert "1 étudiant sans groupe" not in titles
    group = Group.objects.create(cohort=world.session.cohort, name="TP A")
    make_assessment(Teaching.objects.get(element__code="R31"), group=group)

    assert item(world.session, "sans groupe")[0].text.startswith("DUPONT Camille.")


def test_a_number_that_stands_for_another_is_told_before_the_minutes_bear_it(world):
    titles = [each.title for each in checklist(world.session, Proceedings.of(world.session))]
    assert not any("provisoire" in title for title in titles)
    Student.objects.update(number="PS1100001")
    found, _ = item(world.session, "provisoire")

    assert (found.weight, found.title) == ("know", "1 numéro d’étudiant provisoire")
    assert "importer d’abord l’extrait d’Apogée" in found.text


def test_the_parcours_is_that_of_the_promotion(world):
    assert item(world.session, "Parcours")[0].title == "Parcours IOM pour tous"


def test_repeaters_lead_to_their_enrolment(world):
    Enrolment.objects.update(repeats={"3": 1, "4": 1})
    enrolment = Enrolment.objects.get()
    found, _ = item(world.session, "redoublant")

    assert found.title == "1 redoublant, acquis repris"
    assert [(link.page, link.arguments) for link in found.links] == [("cohorts:enrolment", (enrolment.pk,))]


def test_the_page_costs_the_same_for_one_student_and_for_five(client):
    counts = []
    for names in (["A"], ["A", "B", "C", "D", "E"]):
        world = make_world({name: all_at("9", R41="ATT") for name in names})
        client.force_login(world.president)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(reverse("jury:prepare", args=[world.session.pk])).status_code == 200
        counts.append(len(queries))

    assert counts[0] == counts[1] <= 50


# ---------- each line appears, and goes ----------


@pytest.fixture
def years():
    return Years()


def titles(session):
    session = read(session)
    return [found.title for found in checklist(session, Proceedings.of(session))]


def test_a_promotion_without_any_evaluation_is_not_told_that_each_element_has_its_own(years):
    cohort = years.cohort(years.programme("IOM", 2), 2024)
    years.enrol(cohort, years.student("TOM"), {})
    session = years.session(cohort, 3)
    missing = [f"R3{number} : aucune évaluation" for number in (1, 2, 4)]

    assert [title for title in titles(session) if "évaluation" in title] == missing
    for element in programme_of(cohort).elements.filter(semester=3):
        make_assessment(make_teaching(cohort, element))
    assert "Chaque élément a ses évaluations" in titles(session)
    assert not any("aucune évaluation" in title for title in titles(session))


def test_a_repeater_without_a_new_mark_is_not_of_right_on_last_year_s_result(years):
    lea = years.student("LEA")
    first = years.cohort(years.programme("IOM", 2), 2023)
    years.enrol(first, lea, {"RT4": "7", "*": "12"})
    years.hold(first, 4, LEA="RED")
    again = years.cohort(years.programme("IOM", 2), 2024)
    enrolment = years.enrol(again, lea, {})
    recall_acquired([enrolment])
    session = years.session(again, 4)

    assert case(session, lea).standing == "blocked"
    assert "R34 : aucune évaluation" in titles(session)
    assert "R31 : aucune évaluation" in titles(session)  # the element counts for others who may come
    years.mark(enrolment, "R34", "13")
    years.mark(enrolment, "R44", "13")
    assert case(session, lea).standing == "right"


def test_acquired_units_of_a_repeater_need_no_tick(years):
    lea = years.student("LEA")
    first = years.cohort(years.programme("IOM", 2), 2023)
    years.enrol(first, lea, {"RT4": "7", "*": "12"})
    years.hold(first, 4, LEA="RED")
    again = years.cohort(years.programme("IOM", 2), 2024)
    enrolment = years.enrol(again, lea, {"RT4": "13"})
    recall_acquired([enrolment])
    session = years.session(again, 4)

    assert "1 redoublant, acquis repris" in titles(session)
    assert not any("dispense" in title for title in titles(session))
    assert case(session, lea).verdict.year == "ADM"


def test_the_list_of_s2_does_not_complain_of_s1_that_a_closed_jury_locked(years):
    cohort = years.cohort(years.programme("TC", 1), 2024)
    years.enrol(cohort, years.student("TOM"), {"*": "12"})
    session = years.session(cohort, 2)
    assert "4 éléments ne sont pas déclarés complets" in titles(session)
    years.hold(cohort, 1)

    assert "2 éléments ne sont pas déclarés complets" in titles(session)
    assert not any(title.startswith("R11") for title in titles(session))


def marks(element: str, **values: object) -> None:
    Mark.objects.filter(assessment__teaching__element__code=element).update(**values)


def repeated(**fields: object) -> None:
    """DUPONT repeats S3 and S4, and acquires nothing this year."""
    for element in ("R31", "R32", "R41", "R42"):
        marks(element, value=5)
    Enrolment.objects.update(repeats={"3": 1, "4": 1}, **fields)


def grant(world) -> None:
    """The director grants one more repeat of each semester."""
    for semester in (3, 4):
        ExtraRepeat.objects.create(
            student=world.student("DUPONT"),
            semester=semester,
            school_year=2024,
            granted_on="2025-06-01",
            granted_by="Le directeur",
            circumstances="Maladie.",
            recorded_by=world.president,
            recorded_at=timezone.now(),
        )


LINES = {
    "attend une note": (
        lambda world: marks("R41", value=None, code="ATT"),
        lambda world: marks("R41", value=12, code=""),
    ),
    "Toutes les notes sont là": (
        lambda world: None,
        lambda world: marks("R41", value=None, code="ATT"),
    ),
    "aucune évaluation": (
        lambda world: (
            Mark.objects.all().delete(),
            Assessment.objects.filter(teaching__element__code="R31").delete(),
        ),
        lambda world: make_assessment(Teaching.objects.get(element__code="R31")),
    ),
    "n’est pas déclaré complet": (
        lambda world: declare(world, "R31", "R32", "R41"),
        lambda world: declare(world, "R42"),
    ),
    "UE sans moyenne": (
        lambda world: marks("R41", value=None, code="ABJ"),
        lambda world: marks("R41", value=12, code=""),
    ),
    "malgré un jury": (
        lambda world: Enrolment.objects.update(motive="Accord de la direction."),
        lambda world: Enrolment.objects.update(motive=""),
    ),
    "provisoire": (
        lambda world: Student.objects.update(number="PS1100001"),
        lambda world: Student.objects.update(number="22400001"),
    ),
    "sans groupe": (
        lambda world: make_assessment(
            Teaching.objects.get(element__code="R31"),
            group=Group.objects.create(cohort=world.session.cohort, name="TP A"),
        ),
        lambda world: Enrolment.objects.update(group=Group.objects.get()),
    ),
    "Aucun membre convoqué": (
        lambda world: world.session.members.all().delete(),
        lambda world: services.seat_president(session=read(world.session)),
    ),
    "redoublant": (lambda world: repeated(), lambda world: Enrolment.objects.update(repeats={})),
    "redoublement épuisé": (lambda world: repeated(), grant),
}


@pytest.mark.parametrize("words", LINES)
def test_each_line_appears_with_its_cause_and_goes_with_it(world, words):
    appear, go = LINES[words]
    appear(world)
    assert any(words in title for title in titles(world.session))

    go(world)
    assert not any(words in title for title in titles(world.session))


def test_who_would_pass_with_s5_closed_is_told_until_s5_opens(years):
    noe = years.student("NOE")
    first = years.programme("TC", 1)
    second = years.cohort(years.programme("IOM", 2), 2024)
    years.enrol(second, noe, {"RT2": "9", "*": "12"})
    session = years.session(second, 4)
    line = "1 étudiant passerait sans pouvoir entrer en S5"
    assert line in titles(session)

    for unit in first.units.all():
        make_result(noe, unit)
    assert line not in titles(session)


def test_what_a_closed_jury_left_without_evaluation_is_its_own(years):
    cohort = years.cohort(years.programme("TC", 1), 2024)
    years.enrol(cohort, years.student("TOM"), {"R11": "12", "R21": "12", "R22": "12"})
    session = years.session(cohort, 2)
    assert "R12 : aucune évaluation" in titles(session)

    Session.objects.create(
        cohort=cohort,
        semester=1,
        regulation=years.regulation,
        president=years.president,
        date="2025-02-05",
        place="B204",
        state="closed",
        snapshot={},
        closed_at=timezone.now(),
    )
    assert "R12 : aucune évaluation" not in titles(session)
    assert "Le jury S1, clos, a jugé sans évaluation en R12" in titles(session)


def test_a_finding_on_the_programme_is_told_while_it_stands(world):
    def told():
        items = checklist(read(world.session), Proceedings.of(read(world.session)))
        return next(each for each in items if "constat" in each.title).title

    before = told()
    Unit.objects.filter(code="UE31").update(ects=20)
    assert told() != before
    Unit.objects.filter(code="UE31").update(ects=15)
    assert told() == before
