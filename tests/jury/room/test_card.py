"""The card: consequences before confirming, what if, what is missing, equal treatment, two people."""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from functools import partial

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django import DjangoDbBlocker

from butrt.base.journal.models import Entry
from jury import rules
from jury.cases import figures
from jury.cases.case import Case
from jury.cases.equality import Situation, alike, points_about, points_of_consistency, situation
from jury.cases.proceedings import Proceedings
from jury.cases.trials import Trial, choices, differences
from jury.documents.transcripts.classmates import Classmates
from jury.documents.transcripts.units import competence_block
from jury.models import Act, Decision, Session
from jury.room.card_results import element_rows
from jury.room.departures import departures
from jury.room.missing import missing
from jury.room.path import path
from jury.rules import Code
from jury.rules import decide as decided
from jury.sittings import services
from tests.factories import make_assessment
from tests.jury.world import World, all_at, make_world
from tests.pages import shown

pytestmark = pytest.mark.django_db
NEAR = all_at("12", R32="9.4", R42="10.56")
LOW = all_at("7")


def opened(**marks) -> World:
    world = make_world(marks)
    services.open_deliberation(session=world.session, by=world.president)
    return world


@pytest.fixture(scope="module")
def near_once(once: Callable) -> World:
    return once(lambda: opened(DUPONT=NEAR))


@pytest.fixture
def near(db: None, near_once: World) -> World:
    return deepcopy(near_once)


@pytest.fixture(scope="module")
def near_case(near_once: World, django_db_blocker: DjangoDbBlocker) -> Case:
    """What the rules say of DUPONT then: read once, nothing changes it."""
    with django_db_blocker.unblock():
        return case_of(near_once, "DUPONT")


@pytest.fixture
def asked(monkeypatch) -> list[str]:
    """About whom the rules are asked, by number."""
    numbers: list[str] = []
    monkeypatch.setattr(
        figures, "decide", lambda student, cohort: numbers.append(student.id) or decided(student, cohort)
    )
    return numbers


def test_in_preparation_the_rules_are_asked_again_of_the_student_whose_marks_changed(client, asked):
    world = make_world({"DUPONT": NEAR, "MERLE": LOW, "PETIT": all_at("12")})
    client.force_login(world.president)
    client.get(address(world, "DUPONT"))
    assert len(asked) == 3

    asked.clear()
    client.get(address(world, "MERLE"))
    assert asked == []

    dupont = world.enrolments["DUPONT"]
    dupont.marks.filter(assessment__teaching__element__code="R32").update(value="9.43")
    page = client.get(address(world, "MERLE")).content.decode()
    assert asked == [dupont.student.number]
    assert "DUPONT" in page  # beside MERLE, in the order of the table


def test_in_deliberation_of_the_student_about_whom_the_jury_decided(client, asked, near):
    client.force_login(near.president)
    client.get(address(near, "DUPONT"))
    asked.clear()
    decide(near, "DUPONT", "PAS1NCI")
    client.get(address(near, "DUPONT"))
    once = len(asked)
    client.get(address(near, "DUPONT"))

    assert set(asked) == {near.student("DUPONT").number}
    assert len(asked) == once
    decide(near, "DUPONT", "RED")
    assert case_of(near, "DUPONT").verdict.year == "RED"


def proceedings(world: World) -> Proceedings:
    return Proceedings.of(Session.objects.with_programme().get(pk=world.session.pk))


def case_of(world: World, name: str):
    return proceedings(world).case(world.student(name).number)


def address(world: World, name: str, page: str = "card") -> str:
    return reverse(f"jury:{page}", args=[world.session.pk, world.student(name).number])


def decide(world: World, name: str, code: str, **more) -> Decision:
    arguments = {"kind": "year", "subject": "", "motive": "Résultats en hausse."} | more
    return services.decide(
        session=world.session, student=world.student(name), code=code, by=world.president, **arguments
    )


def posted(code: str, **more) -> dict[str, object]:
    return {"target": "year:", "code": code, "motive": "Résultats en hausse.", "seen": 0} | more


def texts(found) -> list[str]:
    return [str(each) for each in found]


# ---------- decide ----------


def test_consequences_are_shown_before_and_confirmed_without_javascript(client, near):
    client.force_login(near.president)
    first = client.post(address(near, "DUPONT"), posted("PAS1NCI", also=["RT2/2"]))
    page = first.content.decode()

    assert not Decision.objects.exists()
    assert 'name="confirmed" value="year:=PAS1NCI rcue:RT2/2=ADJ"' in page
    assert "Confirmer, dossier suivant" in page
    assert texts(first.context["plan"]["changes"]) == [
        "UE32\xa0: AJ → ADJR",
        "RT2 niveau\xa02\xa0: AJ → ADJ",
        "Année\xa0: à décider → PAS1NCI",
        "Crédits\xa0: 45 cette année, 45 en tout → 60 cette année (+\xa015), 60 en tout (+\xa015)",
        "Suite\xa0: à décider → S5",
    ]
    confirmed = {"confirmed": "year:=PAS1NCI rcue:RT2/2=ADJ"}
    answer = client.post(address(near, "DUPONT"), posted("PAS1NCI", also=["RT2/2"], **confirmed))

    assert answer.status_code == 302
    assert {(each.kind, each.code) for each in Decision.objects.all()} == {
        ("year", "PAS1NCI"),
        ("rcue", "ADJ"),
    }
    assert Act.objects.count() == 1


def test_what_was_confirmed_is_what_was_shown(client, near):
    client.force_login(near.president)
    answer = client.post(address(near, "DUPONT"), posted("RED", confirmed="year:=PAS1NCI"))

    assert (answer.status_code, Decision.objects.count()) == (200, 0)
    assert 'value="year:=RED"' in answer.content.decode()


def test_the_preview_is_a_part_that_needs_no_motive_and_stores_nothing(client, near):
    client.force_login(near.president)
    entries = Entry.objects.count()
    page = client.post(address(near, "DUPONT"), posted("ADM", motive="", preview="1")).content.decode()

    assert "<html" not in page
    assert "S’écarte des règles" in page
    assert "1 compétence acquise sur 2, il les faut toutes pour être admis." in page
    assert (Decision.objects.count(), Entry.objects.count()) == (0, entries)


def test_after_a_decision_comes_the_next_student_left_then_the_table(client):
    world = opened(DUPONT=LOW, MARTIN=all_at("12"), NOËL=LOW)
    client.force_login(world.president)
    here = posted("PAS1NCI", confirmed="year:=PAS1NCI")

    assert client.post(address(world, "NOËL"), here).url == address(world, "DUPONT")
    assert client.post(address(world, "DUPONT"), here).url == reverse("jury:room", args=[world.session.pk])


def test_the_second_to_decide_is_told_and_keeps_what_was_typed(client):
    world = opened(DUPONT=LOW)
    decide(world, "DUPONT", "RED", motive="Bases fragiles.")
    client.force_login(world.president)
    typed = posted("PAS1NCI", motive="Avis de l’équipe.", confirmed="year:=PAS1NCI")
    page = client.post(address(world, "DUPONT"), typed).content.decode()

    assert "a décidé RED (année)" in page
    assert "Bases fragiles." in page
    assert "Avis de l’équipe.</textarea>" in page
    assert Decision.objects.get().code == "RED"
    again = client.post(address(world, "DUPONT"), typed | {"seen": Act.objects.get().pk})
    assert (again.status_code, Decision.objects.get(current=True).code) == (302, "PAS1NCI")


# ---------- departures ----------


@pytest.mark.parametrize(
    ("kind", "subject", "code", "expected"),
    [
        ("year", "", "PAS1NCI", []),
        ("year", "", "RED", []),
        ("year", "", "ATJ", []),
        (
            "year",
            "",
            "ADM",
            ["1 compétence acquise sur 2, il", "1 compétence"],
        ),
        (
            "year",
            "",
            "PASD",
            ["1 compétence acquise sur 2, il", "1 compétence"],
        ),
        ("rcue", "RT2/2", "ADJ", ["(9,40 + 10,56) ÷ 2 = 9,98"]),
        ("unit", "UE32", "ADM", ["UE32\xa0: 9,40", "(9,40 + 10,56) ÷ 2 = 9,98"]),
        ("unit", "UE31", "AJ", ["UE31\xa0: 12,00\xa0≥\xa010, acquise définitivement."]),
    ],
)
def test_a_code_tells_which_rule_it_departs_from(kind, subject, code, expected, near_case):
    found = [each.text for each in departures(near_case, kind, subject, Code(code))]

    assert len(found) == len(expected)
    assert all(text.startswith(start) for text, start in zip(found, expected, strict=True))


def test_refusing_what_is_of_right_meets_what_grants_it():
    case = case_of(opened(DUPONT=all_at("12")), "DUPONT")
    (reason,) = departures(case, "year", "", Code.RED)

    assert (reason.text, reason.article.number) == (
        "Les 2 compétences sont acquises\xa0: l’année est ADM.",
        "4.3",
    )


# ---------- what if ----------


def test_what_if_a_unit_had_another_average(near_case):

    assert texts(differences(near_case, Trial("unit:UE42", Decimal("10.59")))) == texts(
        differences(near_case, Trial("element:R42", Decimal("10.59")))
    )


def test_what_if_asks_the_rules_and_stores_nothing(client, near):
    client.force_login(near.president)
    case = case_of(near, "DUPONT")
    assert texts(differences(case, Trial("mark:R42:0", case.verdict.units["UE42"].average))) == []
    with CaptureQueriesContext(
        connection,
    ) as queries:
        page = client.get(
            address(near, "DUPONT", "what_if"), {"on": "mark:R42:0", "value": "10,59"}
        ).content.decode()

    assert "10,00\xa0CMP" in page
    assert "Rien n’est enregistré." in page
    assert "?decider=rcue:RT2/2&amp;code=ADJ" in page
    written = [each["sql"] for each in queries if each["sql"].startswith(("INSERT", "UPDATE", "DELETE"))]
    assert written == []
    assert texts(case_of(near, "DUPONT").changed) == []


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"on": "unit:UE42", "value": "21"}, "21 dépasse le maximum, 20."),
        ({"on": "unit:UE99", "value": "12"}, "UE99"),
        ({"on": "unit:UE42", "value": "douze"}, "nombre"),
    ],
)
def test_what_if_refuses_what_makes_no_sense(client, asked, message, near):
    client.force_login(near.president)

    assert message in client.get(address(near, "DUPONT", "what_if"), asked).content.decode()


@pytest.mark.parametrize(("decimals", "shown_as"), [(2, "12,34"), (3, "12,340")])
def test_an_element_has_as_many_decimals_as_the_reglement_says(decimals, shown_as):
    """On the card, in what may be tried, on the transcript: everywhere the same."""
    world = make_world({"DUPONT": all_at("12.34")})
    world.session.regulation.decimals = decimals
    world.session.regulation.save()
    case = case_of(world, "DUPONT")
    unit = case.verdict.units["UE31"]

    assert [row.average for row in element_rows(case, unit, {})] == [shown_as]
    assert choices(case)["Éléments"][0].words == f"R31 ({shown_as})"
    column = proceedings(world).columns_of(case)[0]
    block = competence_block(case, column, case.figures.context, Classmates(None, ranked=False))
    assert block["units"][0]["lines"][0].average == shown_as


# ---------- what is missing, path ----------


def test_what_is_missing_is_told_with_what_follows_and_in_marks(near_case):
    found = missing(near_case)

    assert found is not None
    assert (found.distance.unit, str(found.distance.points)) == ("UE32", "0.03")
    assert texts(found.chain)[:2] == [
        "UE32\xa0: 9,40\xa0AJ → 9,43\xa0CMP",
        "RT2 niveau\xa02\xa0: 9,98\xa0AJ → 10,00\xa0CMP",
    ]
    assert [(name, str(rise)) for name, _, rise in found.in_marks] == [("R32", "0.03")]


def test_the_path_has_a_lane_a_competence(near_case):
    years, lanes = path(near_case)

    assert [(year.number, year.current) for year in years] == [(1, False), (2, True)]
    assert [(lane.competence, [node and node.code for _, node in lane.nodes]) for lane in lanes] == [
        ("RT1", [None, "ADM"]),
        ("RT2", [None, "AJ"]),
    ]


# ---------- equal treatment ----------


def test_the_same_situation_is_as_many_competences_and_the_same_choices():
    world = opened(DUPONT=NEAR, MARTIN=all_at("11", R32="9", R42="9"), NOËL=LOW, OK=all_at("12"))
    told = {case.person["last_name"]: str(situation(case)) for case in proceedings(world).cases}

    assert told == {
        "DUPONT": "1 sur 2 à 10 ou plus, aucune sous 8",
        "MARTIN": "1 sur 2 à 10 ou plus, aucune sous 8",
        "NOËL": "0 sur 2 à 10 ou plus, 2 sous 8",
        "OK": "None",
    }


def test_better_results_and_a_worse_decision_are_pointed_out():
    world = opened(DUPONT=NEAR, MARTIN=all_at("11", R32="9", R42="9"), NOËL=LOW)
    decide(world, "MARTIN", "PAS1NCI")
    decide(world, "DUPONT", "RED")
    decide(world, "NOËL", "RED")
    cases = proceedings(world).cases
    (point,) = points_of_consistency(cases)

    assert [(case.person["last_name"], str(counted), numbers) for case, counted, numbers in point.lines] == [
        ("DUPONT", "1 sur 2 à 10 ou plus, aucune sous 8", "RT1\xa012,00, RT2\xa09,98"),
        ("MARTIN", "1 sur 2 à 10 ou plus, aucune sous 8", "RT1\xa011,00, RT2\xa09,00"),
    ]
    assert point.same
    assert points_about(cases[1], cases) == [point]
    assert points_about(cases[2], cases) == []


def test_they_are_on_both_cards_and_on_the_page_that_closes(client):
    world = opened(DUPONT=NEAR, MARTIN=all_at("11", R32="9", R42="9"))
    decide(world, "MARTIN", "PAS1NCI")
    decide(world, "DUPONT", "RED")
    client.force_login(world.president)
    pages = [
        address(world, "DUPONT"),
        address(world, "MARTIN"),
        reverse("jury:close", args=[world.session.pk]),
    ]

    for page in pages:
        text = client.get(page).content.decode()
        assert ("est dans la même situation que" in text, "RT2\xa09,98" in text) == (True, True), page


PAIRS = {
    "the same situation, each better somewhere": (
        all_at("10", R32="9", R42="9"),
        all_at("15", R32="8.5", R42="8.5"),
    ),
    "more competences, one lower average": (all_at("12", R32="8", R42="8"), all_at("9")),
    "more competences, one under the minimum, a better mean": (all_at("13", R32="7", R42="7"), all_at("9.5")),
    "as many competences, fewer under the minimum": (all_at("9"), all_at("9.9", R32="7", R42="7")),
}


@pytest.fixture(scope="module", params=PAIRS.values(), ids=PAIRS)
def pair_once(once: Callable, request: pytest.FixtureRequest) -> World:
    """DUPONT in the better situation, MARTIN in the lesser."""
    better, lesser = request.param
    return once(lambda: opened(DUPONT=better, MARTIN=lesser))


@pytest.fixture
def pair(db: None, pair_once: World) -> World:
    return deepcopy(pair_once)


def test_as_good_a_situation_and_a_harder_decision_is_a_point(pair):
    decide(pair, "DUPONT", "RED")
    decide(pair, "MARTIN", "PAS1NCI")
    cases = proceedings(pair).cases

    assert [(each.harsher.id, each.kinder.id) for each in points_of_consistency(cases)] == [
        (pair.student("DUPONT").number, pair.student("MARTIN").number)
    ]
    assert [points_about(case, cases) for case in cases] == [points_of_consistency(cases)] * 2


@pytest.mark.parametrize("code", ["RED", "PAS1NCI"])
def test_the_same_decision_is_no_point(pair, code):
    for name in ("DUPONT", "MARTIN"):
        decide(pair, name, code)

    assert points_of_consistency(proceedings(pair).cases) == []


def test_three_of_five_adjourned_and_none_of_five_let_through_is_a_point():
    """The counts decide, whatever each average: what the room says of both."""
    counted = partial(Situation, regulation=rules.Regulation())
    better = counted(5, 3, 1, (), Fraction("9.6"))
    lesser = counted(5, 0, 2, (), Fraction("9.4"))

    assert (better.at_least(lesser), lesser.at_least(better)) == (True, False)
    assert better.at_least(counted(5, 0, 0, (), Fraction("9.6")))
    assert not better.at_least(counted(4, 0, 4, (), Fraction(5)))


def test_everyone_alike_on_a_card_is_compared_with_it():
    """One notion: who the card calls "même situation" is told as soon as the decisions differ."""
    world = opened(DUPONT=NEAR, MARTIN=all_at("11", R32="9", R42="9"), ROY=all_at("10.5", R31="9.9"))
    decide(world, "DUPONT", "PAS1NCI")
    decide(world, "MARTIN", "RED")
    cases = proceedings(world).cases
    told = {point.harsher.id for point in points_about(cases[0], cases)}

    assert [each.id for each in alike(cases[0], cases)] == [cases[1].id]
    assert told == {cases[1].id}


def test_crossed_results_point_to_nobody():
    """More competences, but one under the minimum and a lower mean: which is better is for the jury."""
    world = opened(DUPONT=all_at("11", R32="7", R42="7"), MARTIN=all_at("9.9"))
    decide(world, "DUPONT", "RED")
    decide(world, "MARTIN", "PAS1NCI")

    assert points_of_consistency(proceedings(world).cases) == []


def test_who_has_no_repeat_left_is_not_treated_worse_than_one_allowed_to():
    world = opened(DUPONT=NEAR, MARTIN=LOW)
    decide(world, "DUPONT", "NAR", advice="Réorientation.")
    decide(world, "MARTIN", "RED")
    (harsher, kinder) = proceedings(world).cases
    (point,) = points_of_consistency([harsher, kinder])
    exhausted = replace(harsher, proposal=replace(harsher.proposal, options=(Code.NAR, Code.PAS1NCI)))

    assert point.harsher == harsher
    assert points_of_consistency([exhausted, kinder]) == []


# ---------- reasons ----------


def test_several_absences_of_one_element_are_one_reason_that_people_read():
    world = make_world({"DUPONT": all_at("12", R31="ABJ")})
    teaching = world.session.cohort.teachings.get(element__code="R31")
    teaching.element.display = "Stage S3"
    teaching.element.save()
    for coefficient, value, code in ((2, None, "ABJ"), (1, 12, "")):
        assessment = make_assessment(teaching, coefficient=coefficient)
        assessment.marks.create(
            enrolment=world.enrolments["DUPONT"],
            value=value,
            code=code,
            entered_by=world.president,
            entered_at=world.session.date.isoformat() + "T12:00:00Z",
        )
    services.open_deliberation(session=world.session, by=world.president)
    case = case_of(world, "DUPONT")

    assert next(reason.text for reason in case.reasons_about("UE31")) == (
        "Stage S3\xa0: 2 absences justifiées, elles sortent de la moyenne avec leurs coefficients 1 et 2."
    )


# ---------- queries ----------


def test_the_card_is_thirteen_queries_whatever_the_number_of_students(client):
    few, many = opened(DUPONT=NEAR), opened(DUPONT=NEAR, **{f"MARTIN{n}": LOW for n in range(6)})
    counted = []
    for world in (few, many):
        decide(world, "DUPONT", "PAS1NCI")
        client.force_login(world.president)
        client.get(address(world, "DUPONT"))  # the figures are read once a process
        with CaptureQueriesContext(connection) as queries:
            client.get(address(world, "DUPONT"))
        counted.append(len(queries))

    assert counted[0] == counted[1] <= 13


# ---------- usual motives ----------


def test_the_department_edits_its_usual_motives(client, near):
    department = near.session.department
    page = reverse("jury:motives", args=[department.pk])
    client.force_login(near.president)
    sent = {
        "form-TOTAL_FORMS": 3,
        "form-INITIAL_FORMS": 0,
        "form-0-text": "Second motif.",
        "form-0-position": 2,
        "form-0-active": "on",
        "form-1-text": "Premier motif.",
        "form-1-position": 1,
        "form-1-codes": ["RED", "NAR"],
        "form-1-active": "on",
        "form-2-text": "",
    }
    client.post(page, sent | shown(client, page))

    kept = list(department.usual_motives.values_list("text", "codes", "position", "active"))
    assert kept == [("Premier motif.", ["RED", "NAR"], 0, True), ("Second motif.", [], 1, True)]
    card = client.get(address(near, "DUPONT")).content.decode()
    assert '<option data-codes="RED NAR">Premier motif.</option>' in card
    twice = client.post(page, sent | {"form-2-text": "Premier motif."}).content.decode()
    assert "écrit deux fois" in twice
    assert department.usual_motives.count() == 2
