"""Following the room: nothing while nothing changed, what an act changes, a state that moved."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from butrt.base.accounts.models import User
from jury.models import Member, RoomState
from jury.room.views_live import Version
from jury.sittings import services
from tests.factories import make_student, make_user
from tests.jury.world import World, all_at, make_world

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def world_once(once: Callable) -> World:
    return once(make_opened)


@pytest.fixture
def world(db: None, world_once: World) -> World:
    return deepcopy(world_once)


def make_opened() -> World:
    made = make_world({"BAS": all_at("6"), "HAUT": all_at("14")})
    services.open_deliberation(session=made.session, by=made.president, motive="Essai.")
    return made


@pytest.fixture
def member(world: World) -> User:
    user = make_user("member", department=world.session.department)
    Member.objects.create(session=world.session, user=user, name="Membre", quality="enseignant")
    return user


def decide(world: World, code: str = "RED") -> None:
    services.decide(
        session=world.session,
        student=world.student("BAS"),
        kind="year",
        subject="",
        code=code,
        motive="Bases à reprendre.",
        by=world.president,
    )


def version(client: Client, world: World) -> str:
    """What the room's page, just opened, says that it shows."""
    page = client.get(reverse("jury:room", args=[world.session.pk])).content.decode()
    return page.partition('data-version="')[2].partition('"')[0].replace("&#x27;", "'")


def ask(client: Client, world: World, since: str, **query: str) -> Any:
    return client.get(reverse("jury:live", args=[world.session.pk]), {"depuis": since, **query})


def test_nothing_while_nothing_changed_in_four_queries(client: Client, world: World, member: User):
    client.force_login(member)
    seen = version(client, world)

    with CaptureQueriesContext(connection) as queries:
        answer = ask(client, world, seen)

    assert (answer.status_code, answer.content) == (204, b"")
    assert len(queries) == 4  # who asks (the cookie, the person, their roles), then the session


def test_a_decision_brings_its_row_the_counters_and_who_took_it(client: Client, world: World, member: User):
    client.force_login(member)
    seen = version(client, world)
    decide(world)

    answer = ask(client, world, seen).json()

    number = world.student("BAS").number
    assert [row.partition(' data-k="')[0] for row in answer["rows"]] == [f'<tr id="r-{number}"']
    assert 'data-k="person changed"' in answer["rows"][0]
    assert sorted(answer["parts"]) == ["acts", "bar", "close", "count", "do", "talk"]
    assert "<b>1</b>" in answer["parts"]["count"]
    (told,) = answer["told"].values()
    assert told.startswith(f"{world.president} a décidé RED (année)")
    assert ask(client, world, answer["version"]).status_code == 204


def test_who_is_touched_is_found_by_the_acts_not_among_all_students(
    client: Client, world: World, member: User
):
    client.force_login(member)
    seen = version(client, world)
    decide(world)
    with CaptureQueriesContext(connection) as queries:
        ask(client, world, seen)
    (touched,) = [query["sql"] for query in queries if " UNION " in query["sql"]]

    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            plan = [row[3] for row in cursor.execute(f"EXPLAIN QUERY PLAN {touched}").fetchall()]
        assert [line for line in plan if line.startswith("SCAN grades_student")] == [], plan


def test_what_is_taken_back_comes_too(client: Client, world: World, member: User):
    decide(world)
    client.force_login(member)
    seen = version(client, world)
    services.undo(session=world.session, by=world.president)

    answer = ask(client, world, seen).json()

    assert 'data-k="todo"' in answer["rows"][0]
    assert any(told.startswith(f"{world.president} a annulé : ") for told in answer["told"].values())


def test_who_acted_is_not_told_their_own_act(client: Client, world: World):
    client.force_login(world.president)
    seen = version(client, world)
    decide(world)

    assert ask(client, world, seen).json()["told"] == {}


def test_a_member_is_offered_nothing_to_do(client: Client, world: World, member: User):
    client.force_login(member)
    seen = version(client, world)
    decide(world)
    parts = ask(client, world, seen).json()["parts"]

    assert parts["acts"].strip() == ""
    assert "Clore" not in parts["close"]
    assert "Accepter" not in parts["do"]


def test_a_state_that_moved_is_told_with_the_page_to_go_to(client: Client, world: World, member: User):
    client.force_login(member)
    seen = version(client, world)
    services.back_to_preparation(session=world.session, motive="Note oubliée.", by=world.president)

    answer = ask(client, world, seen).json()

    assert answer["moved"] == "Les notes sont déverrouillées : le jury est revenu en préparation."
    assert answer["to"] == reverse("jury:session", args=[world.session.pk])


@pytest.mark.parametrize("text", ["", "n’importe", "a|b|c|d|e", "deliberation||1||2025-01-01"])
def test_a_version_that_means_nothing_is_answered_as_a_move(
    client: Client, world: World, member: User, text: str
):
    client.force_login(member)

    assert Version.read(text) is None
    assert "moved" in ask(client, world, text).json()


def test_the_case_that_the_presidency_has_open(client: Client, world: World, member: User):
    client.force_login(member)
    seen = version(client, world)
    client.force_login(world.president)
    address = reverse("jury:show", args=[world.session.pk])
    assert client.post(address, {"number": world.student("HAUT").number}).status_code == 204
    client.force_login(member)

    answer = ask(client, world, seen).json()

    assert "HAUT" in answer["parts"]["talk"]
    assert answer["rows"] == []
    wall = ask(client, world, seen, projection="").json()["main"]
    assert "HAUT" in wall


def test_who_left_is_told_so_on_the_wall_and_no_mark_is_missing(client: Client):
    world = make_world({"PARTIE": {}, "RESTÉ": all_at("12")})
    gone = world.session.cohort.enrolments.get(student=world.student("PARTIE"))
    gone.status, gone.status_since = "DEM", date(2025, 3, 14)
    gone.save()
    services.open_deliberation(session=world.session, by=world.president, motive="Essai.")
    client.force_login(world.president)
    client.post(reverse("jury:show", args=[world.session.pk]), {"number": world.student("PARTIE").number})

    wall = client.get(reverse("jury:room", args=[world.session.pk]) + "?projection").content.decode()

    assert "Ne suit plus l’année\xa0: démission, depuis le 14 mars 2025" in wall
    assert "Bloqué" not in wall
    assert 'class="tiles' not in wall


def test_a_student_of_elsewhere_cannot_be_shown(client: Client, world: World):
    client.force_login(world.president)
    elsewhere = make_student(world.session.department)

    answer = client.post(reverse("jury:show", args=[world.session.pk]), {"number": elsewhere.number})

    assert answer.status_code == 404
    assert RoomState.objects.get(session=world.session).shown is None


def test_without_names_none_is_in_the_projection(client: Client, world: World, member: User):
    RoomState.objects.show(world.session.pk, world.student("HAUT"))
    client.force_login(member)
    address = reverse("jury:room", args=[world.session.pk]) + "?projection"
    assert "HAUT" in client.get(address).content.decode()

    client.post(reverse("jury:prefer", args=[world.session.pk]), {"names": "0"})
    page = client.get(address).content.decode()

    assert "Dossier 2" in page
    assert "HAUT" not in page
    assert "BAS" not in page


def test_deciding_in_the_table_answers_with_nothing_or_with_the_refusal(client: Client, world: World):
    client.force_login(world.president)
    address = reverse("jury:card", args=[world.session.pk, world.student("BAS").number])
    form = client.get(address, headers={"X-Part": "here"}).content.decode()
    assert form.count("<form") == 1
    asked = {"target": "year:", "code": "RED", "confirmed": "year:=RED", "seen": "0"}

    refused = client.post(address, asked | {"motive": ""}, headers={"X-Part": "here"})
    assert refused.status_code == 200
    assert 'role="alert"' in refused.content.decode()
    assert not world.session.decisions.exists()

    done = client.post(address, asked | {"motive": "Essai."}, headers={"X-Part": "here"})
    assert (done.status_code, done.content) == (204, b"")
    assert world.session.decisions.get().code == "RED"
