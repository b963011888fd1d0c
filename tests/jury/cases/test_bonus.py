"""The bonus rule of a règlement: in the figures as points, explained, printed; without a rule, as before."""

from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.urls import reverse

from curriculum.models import Regulation
from grades.models import Adjustment, Mark, Teaching
from jury.cases import dossier
from jury.cases.proceedings import Proceedings
from jury.documents.minutes.document import minutes_page
from jury.documents.transcripts.document import transcript_page
from jury.regulation.services import differences
from tests.factories import make_assessment, make_element, make_teaching, make_user, programme_of
from tests.jury.life import adopt, close, fresh, open_jury, read
from tests.jury.world import ENTERED, all_at, make_world
from tests.pages import form_of

pytestmark = pytest.mark.django_db

NBSP = "\N{NO-BREAK SPACE}"
RULE = {"bonus_floor": Decimal(10), "bonus_percent": Decimal(5), "bonus_cap": Decimal("0.5")}
SENTENCE = "Bonus : 5 % de ce qui dépasse 10 sur 20, dans toutes les UE, 0,5 point au plus par UE."


@pytest.fixture
def world():
    """DUPONT has 9.8 everywhere in S3 and 14 at Sport, which counts in no UE; MARTIN 12, and 9 at Sport."""
    world = make_world({"DUPONT": all_at("10", R31="9.8", R32="9.8"), "MARTIN": all_at("12")})
    cohort = world.session.cohort
    element = make_element(programme_of(cohort), code="SPORT", semester=3, title="Sport")
    assessment = make_assessment(make_teaching(cohort, element), title="Sport", kind="bonus")
    for name, value in (("DUPONT", "14"), ("MARTIN", "9")):
        mark(world, assessment, name, value)
    return world


def mark(world, assessment, name, value):
    Mark.objects.create(
        assessment=assessment,
        enrolment=world.enrolments[name],
        value=value,
        entered_by=world.president,
        entered_at=ENTERED,
    )


def ruled(world, **fields):
    Regulation.objects.update(**RULE | fields)


def bonuses(world):
    """{student: the points of the cohort object}."""
    students = dossier.cohort_object(fresh(world))["students"]
    names = {world.student(name).number: name for name in world.enrolments}
    return {names[student["id"]]: student.get("bonus") for student in students}


def case(world, name="DUPONT"):
    return read(world).case(world.student(name).number)


def test_in_every_ue_of_the_semester_whatever_its_element_counts(world):
    before = dossier.freeze(fresh(world))
    ruled(world)

    assert "bonus_rule" not in before["context"]
    assert bonuses(world) == {"DUPONT": {"UE31": "0.2", "UE32": "0.2"}, "MARTIN": None}
    assert str(case(world).verdict.units["UE31"].average) == "10.00"


@pytest.mark.parametrize(
    ("fields", "points"),
    [
        ({"bonus_units": "UE32"}, {"UE32": "0.2"}),
        ({"bonus_units": "RT1, UE42"}, {"UE31": "0.2"}),  # a competence; not of the semester of Sport
        ({"bonus_cap": Decimal("0.15")}, {"UE31": "0.15", "UE32": "0.15"}),
        ({"bonus_floor": Decimal(14)}, None),
    ],
)
def test_floor_cap_and_chosen_ue(world, fields, points):
    ruled(world, **fields)

    assert bonuses(world)["DUPONT"] == points


def test_two_bonus_share_the_cap_and_points_by_hand_are_added_to_it(world):
    ruled(world)
    teaching = Teaching.objects.get(element__code="SPORT")
    mark(world, make_assessment(teaching, title="Culture", kind="bonus"), "DUPONT", "18")
    unit = programme_of(world.session.cohort).units.get(code="UE31")
    Adjustment.objects.create(
        enrolment=world.enrolments["DUPONT"], unit=unit, points="-0.25", reason="Absences"
    )

    assert bonuses(world)["DUPONT"] == {"UE31": "0.25", "UE32": "0.5"}


def test_without_a_rule_points_are_added_where_the_element_counts(world):
    """As before there were rules."""
    teaching = Teaching.objects.get(element__code="R31")
    mark(world, make_assessment(teaching, title="Projet", kind="bonus", maximum=2), "DUPONT", "0.3")

    assert bonuses(world) == {"DUPONT": {"UE31": "0.3"}, "MARTIN": None}


def test_the_reasons_explain_it_before_they_add_it(world):
    ruled(world)
    told = [reason.text.replace(NBSP, " ") for reason in case(world).reasons_about("UE31")]
    nothing = [reason.text.replace(NBSP, " ") for reason in case(world, "MARTIN").reasons_about("UE31")]

    assert told[:2] == [
        "Règle de bonus : 5 % de ce qui dépasse 10 sur 20, 0,5 point au plus. Sport 14 : 0,2 point.",
        "Bonus : 9,80 + 0,2 donne 10,00.",
    ]
    assert nothing[-1].endswith("Sport 9 : 0 point.")
    assert not any("Règle de bonus" in reason.text for reason in case(world).reasons_about("UE41"))


def test_the_pv_and_the_transcript_say_the_rule_and_the_marks(world):
    ruled(world)
    open_jury(world)
    Regulation.objects.update(bonus_cap=Decimal("0.1"))  # another, after: the figures are frozen
    adopt(world)
    minutes = close(world)
    proceedings = Proceedings.of_minutes(minutes.content)
    page = transcript_page(proceedings, case(world), minutes=minutes, at=minutes.created_at)
    lines = [
        (line.display, line.title, line.average)
        for block in page["blocks"]
        for unit in block["units"]
        for line in unit["lines"]
        if line.display == "Bonus"
    ]

    assert lines == [("Bonus", "Sport 14", "+0,2")] * 2
    assert page["bonus"].replace(NBSP, " ") == SENTENCE
    assert minutes_page(minutes, proceedings)["settings"][-1].replace(NBSP, " ") == SENTENCE


def test_trying_a_reglement_counts_the_bonus_by_its_rule(world):
    tried = Regulation(department=world.session.department, school_year=2024, adopted_on="2024-09-01", **RULE)
    (difference,) = differences(fresh(world), tried)
    changed = {change.about: (change.before, change.after) for change in difference.changes}

    assert difference.student.startswith("DUPONT")
    assert any("UE31" in about for about in changed)


def test_a_rule_is_whole_or_none():
    department = make_world({}).session.department
    half = Regulation(department=department, school_year=2024, adopted_on="2024-09-01", bonus_floor=10)
    with pytest.raises(ValidationError) as raised:
        half.full_clean()

    assert sorted(raised.value.message_dict) == ["bonus_cap", "bonus_percent"]
    with pytest.raises(IntegrityError), transaction.atomic():
        Regulation.objects.update(bonus_floor=10)


def test_the_page_writes_it_and_the_list_says_it(client, world):
    client.force_login(make_user("administrator", department=world.session.department))
    address = reverse("jury:new_regulation")
    fields = form_of(client.get(address)) | {"adopt": "1"}
    typed = fields | {"bonus_floor": "10", "bonus_percent": "5"}
    refused = client.post(address, typed).content.decode()

    assert "Une règle de bonus dit ce qui dépasse" in refused

    whole = typed | {"bonus_cap": "0,5", "bonus_units": "RT1, UE39"}

    assert "Aucune UE ni compétence de ce nom : UE39." in client.post(address, whole).content.decode()

    answer = client.post(address, typed | {"bonus_cap": "0,5", "source_bonus": "CFVU du 3 juin"}, follow=True)
    text = answer.content.decode().replace(NBSP, " ")

    assert SENTENCE.removeprefix("Bonus : ").rstrip(".") in text
    assert "CFVU du 3 juin" in text
    assert "aucune : les points d’un bonus s’ajoutent à l’UE" in text


def test_the_sheet_says_the_rule(client, world):
    director = make_user("director", department=world.session.department)
    client.force_login(director)
    address = Teaching.objects.get(element__code="SPORT").get_absolute_url()

    assert "Règle de bonus" not in client.get(address).content.decode()

    ruled(world)

    assert f"Règle de {SENTENCE[0].lower()}{SENTENCE[1:]}" in client.get(address).content.decode().replace(
        NBSP, " "
    )
