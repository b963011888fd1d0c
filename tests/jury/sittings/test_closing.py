"""The closing page: what would become final, what stands in the way, the hours of the meeting."""

import datetime
from copy import deepcopy

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from jury.cases.proceedings import Proceedings
from jury.cases.statistics import forecast
from jury.documents.minutes.document import minutes_page
from jury.models import Member, Minutes, Session
from jury.reports.following import groups
from jury.reports.promotion.flow import flow_of
from jury.rules.following import Step
from jury.sittings import before_closing, services
from tests.factories import make_user
from tests.jury.world import all_at, make_world

pytestmark = pytest.mark.django_db
HOURS = {"starts": "14:00", "ends": "16:52"}


@pytest.fixture(scope="module")
def world_once(once):
    return once(make_world_opened)


@pytest.fixture
def world(db, world_once):
    return deepcopy(world_once)


def make_world_opened():
    """The deliberation is open: DUPONT is admitted of right, the others are to decide."""
    made = make_world({"DUPONT": all_at("12"), "MARTIN": all_at("7"), "ROY": all_at("9")})
    opened(made)
    return made


def opened(world):
    services.open_deliberation(session=world.session, by=world.president)
    return Session.objects.with_programme().get(pk=world.session.pk)


def decide(world, name, code):
    services.decide(
        session=world.session,
        student=world.student(name),
        kind="year",
        subject="",
        code=code,
        motive="Essai.",
        by=world.president,
    )


def adopt(world):
    services.adopt(session=world.session, by=world.president, expected=1)


def page(client, world):
    client.force_login(world.president)
    return client.get(reverse("jury:close", args=[world.session.pk]))


def post(client, world, **hours):
    client.force_login(world.president)
    return client.post(reverse("jury:close", args=[world.session.pk]), HOURS | hours)


def told(answer):
    return {count.words: [case.name.split()[0] for case in count.cases] for count in answer.context["counts"]}


def test_everyone_is_told_once(client, world):
    decide(world, "MARTIN", "RED")

    assert told(page(client, world)) == {
        "admis ou autorisés à poursuivre, de droit": ["DUPONT"],
        "ajournés": ["MARTIN"],
        "non décidés": ["ROY"],
    }
    decide(world, "ROY", "PAS1NCI")
    assert told(page(client, world))["admis ou autorisés à poursuivre, par décision"] == ["ROY"]


def test_closing_writes_neither_the_figures_again_nor_joins_the_sessions(world):
    decide(world, "MARTIN", "RED")
    decide(world, "ROY", "RED")
    adopt(world)
    with CaptureQueriesContext(connection) as queries:
        services.close(session=world.session, by=world.president)
    asked = [query["sql"] for query in queries]

    assert [sql for sql in asked if sql.startswith('UPDATE "jury_session"') and '"snapshot" =' in sql] == []
    assert [sql for sql in asked if 'JOIN "jury_session"' in sql and 'FROM "jury_decision"' in sql] == []
    assert [sql for sql in asked if 'JOIN "jury_session"' in sql and 'FROM "jury_adoption"' in sql] == []


@pytest.mark.parametrize(
    ("text", "looked_at"),
    [("Jury S4, « ajourné »", 0), ("Anaïs \u200b", 3), ("à la\nligne", 3), ("un \x07 caché", 3)],
)
def test_the_texts_of_the_past_are_looked_at_together(text, looked_at):
    past = {"past": [{"by": "jury S2"}, {"by": text}], "name": "MARTIN"}

    assert len([*before_closing._doubtful(past)]) == looked_at


def test_points_of_consistency_are_told_and_do_not_block(client, world):
    """ROY, better than MARTIN everywhere, gets the harder decision."""
    decide(world, "MARTIN", "PAS1NCI")
    decide(world, "ROY", "RED")
    adopt(world)
    (point,) = page(client, world).context["points"]

    assert (point.harsher.name, point.kinder.name) == ("ROY Camille", "MARTIN Camille")
    assert post(client, world).status_code == 302


def test_someone_undecided_is_refused_until_recorded_as_waiting(client, world):
    decide(world, "MARTIN", "RED")
    adopt(world)
    refused = post(client, world)
    assert "encore 1 décision : ROY Camille" in refused.text
    assert 'value="16:52"' in refused.text  # nothing typed is lost

    decide(world, "ROY", "ATJ")
    assert told(page(client, world))["en attente (ATJ, RAT)"] == ["ROY"]
    assert post(client, world).status_code == 302
    assert Minutes.objects.get().content["session"]["starts"] == "14:00"


def test_nobody_present_is_refused(client, world):
    for name in ("MARTIN", "ROY"):
        decide(world, name, "RED")
    assert "accepter les propositions de droit" in post(client, world).text
    adopt(world)
    Member.objects.update(presence="excused")

    assert "Clore demande que la présidence soit là" in post(client, world).text
    assert not Minutes.objects.exists()


@pytest.mark.parametrize("hours", [{"ends": "13:00"}, {"ends": "14:00"}, {"starts": ""}, {"ends": "soir"}])
def test_hours_that_make_no_sense_are_refused(client, world, hours):
    for name in ("MARTIN", "ROY"):
        decide(world, name, "RED")
    adopt(world)

    assert post(client, world, **hours).status_code == 200
    assert not Minutes.objects.exists()


def test_the_database_refuses_a_meeting_that_ends_before_it_starts(world):
    with pytest.raises(IntegrityError, match="session_ends_after"), transaction.atomic():
        Session.objects.update(starts=datetime.time(14), ends=datetime.time(13))


def test_the_hours_proposed_are_those_stated_never_another_day_s(client, world):
    assert page(client, world).context["form"].initial == {"starts": None, "ends": None}
    Session.objects.update(starts=datetime.time(14))

    assert page(client, world).context["form"].initial == {"starts": datetime.time(14), "ends": None}


def test_the_page_is_that_of_an_open_deliberation_and_of_its_president(client, world):
    services.back_to_preparation(session=world.session, motive="Essai.", by=world.president)
    assert page(client, world).status_code == 302
    opened(world)
    member = make_user("member", department=world.session.department)
    Member.objects.filter(name="Une membre").update(user=member)
    client.force_login(member)

    assert client.get(reverse("jury:close", args=[world.session.pk])).status_code == 403


# ---------- a gap year is no departure, nor is a default ----------


@pytest.fixture
def situations():
    """One who resigned, one in a gap year, one recorded as défaillant, the last one judged."""
    world = make_world({"DUPONT": all_at("12"), "DURAND": {}, "MARTIN": all_at("7"), "ROY": {}})
    for name, status in (("DURAND", "DEM"), ("MARTIN", "DEF"), ("ROY", "ABL")):
        world.enrolments[name].status = status
        world.enrolments[name].status_since = datetime.date(2025, 3, 14)
        world.enrolments[name].save()
    return world


def test_each_situation_is_called_by_its_name(client, situations):
    opened(situations)
    client.force_login(situations.president)
    before = page(client, situations)
    assert [case.name.split()[0] for case in before.context["gone"]] == ["DURAND"]
    assert [case.name.split()[0] for case in before.context["gap_years"]] == ["ROY"]
    assert "en année blanche</span>" in before.text
    assert told(before)["non décidés"] == ["MARTIN"]
    services.decide(
        session=situations.session,
        student=situations.student("MARTIN"),
        kind="year",
        subject="",
        code="DEF",
        motive="Absente depuis mars.",
        advice="Un BTS.",
        by=situations.president,
    )
    adopt(situations)
    closing = told(page(client, situations))
    assert closing == {"admis ou autorisés à poursuivre, de droit": ["DUPONT"], "défaillants": ["MARTIN"]}

    assert post(client, situations).status_code == 302
    minutes = Minutes.objects.get()
    proceedings = Proceedings.of_minutes(minutes.content)
    summary = minutes_page(minutes, proceedings)["summary"]
    assert summary == (
        "4 dossiers examinés : 1 admis (1 de droit, 0 par décision du jury) ; 1 défaillant ; "
        "1 en année blanche ; 1 démission."
    )
    assert {each["key"]: each["number"] for each in forecast(proceedings)} == {
        "ADM": 1,
        "DEF": 1,
        "ABL": 1,
        "gone": 1,
    }
    assert [(each.step, each.students) for each in groups(proceedings)] == [
        (Step.OPENS, 1),
        (Step.GAP_YEAR, 1),
        (Step.DEFAULTS, 1),
        (Step.LEFT, 1),
    ]
    after = {each.end.label: each.code for each in flow_of(situations.session.cohort).passages}
    assert after == {
        "vers le BUT3": "ADM",
        "année blanche": "ABL",
        "défaillance": "DEF",
        "quitte la formation": "DEM",
    }
