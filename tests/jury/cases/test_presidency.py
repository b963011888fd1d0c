"""Who presides: the president there, or the substitute whom the act names; a jury closes with one of them."""

import datetime
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.urls import reverse

from butrt.base import french
from jury.cases.presidency import presidency
from jury.cases.proceedings import Proceedings
from jury.cases.refusals import Refusal
from jury.documents.minutes.document import minutes_page
from jury.documents.minutes.signatories import signatories
from jury.models import Member, Session
from jury.sittings import services
from jury.sittings.services import MemberEdit
from tests.factories import make_user
from tests.jury.life import adopt, close, fresh, open_jury
from tests.jury.world import World, all_at, make_world
from tests.pages import form_of

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def world_once(once: Callable[[Callable], Any]):
    return once(make_accepted)


@pytest.fixture
def world(db, world_once):
    return deepcopy(world_once)


def make_accepted() -> World:
    """Everything accepted; the president has a line, "Une membre" another."""
    world = make_world({"DUPONT": all_at("12")})
    open_jury(world)
    adopt(world)
    return world


def substitute_for(world: World, **fields):
    """ "Une membre" has an account, and the act names her to preside in the president's place."""
    user = make_user("member", department=world.session.department)
    told = {"user": user, "substitute": True} | fields
    world.session.members.filter(name="Une membre").update(**told)
    return user


def absent(world: World) -> None:
    world.session.members.filter(user=world.president).update(presence="excused")


def page(client, world: World, name: str = "close") -> str:
    return client.get(reverse(f"jury:{name}", args=[world.session.pk])).text


# ---------- closing ----------


def test_the_president_there_closes(world):
    substitute_for(world, presence="excused")

    assert close(world).content["session"]["presided_by"] is None


def test_any_member_present_is_not_enough(client, world):
    absent(world)
    client.force_login(world.president)

    with pytest.raises(Refusal, match=r"la présidence soit là : noter la présence"):
        close(world)
    text = page(client, world)
    assert "Personne ne préside" in text
    assert reverse("jury:members", args=[world.session.pk]) in text
    assert "Il reste ce qui bloque" in text


def test_the_substitute_closes_in_their_place_and_the_minutes_say_so(client, world):
    absent(world)
    user = substitute_for(world)
    client.force_login(user)
    assert "Suppléance désignée par l’acte de composition" in page(client, world)

    hours = {"starts": "14:00", "ends": "15:00"}
    answer = client.post(reverse("jury:close", args=[world.session.pk]), hours)
    assert answer.status_code == 302
    minutes = fresh(world).minutes.get()
    told = minutes_page(minutes, Proceedings.of_minutes(minutes.content))["presidency"]
    assert told == (
        "Une membre, enseignante, que l’acte de composition désigne pour suppléer, en l’absence "
        f"{french.of(str(world.president))}"
    )
    first, *_ = signatories(minutes.content)
    assert (first.name, first.account) == ("Une membre", user.username)
    assert [each.account for each in signatories(minutes.content)].count(user.username) == 1


def test_a_substitute_who_is_not_there_is_not_enough(world):
    absent(world)
    substitute_for(world, presence="convened")

    with pytest.raises(Refusal, match=r"ou d’Une membre \(suppléance désignée par l’acte\)"):
        close(world)


def test_a_president_out_of_the_list_is_to_be_added(world):
    world.session.members.filter(user=world.president).delete()

    with pytest.raises(Refusal, match="n’est pas dans la liste des membres, y ajouter sa ligne"):
        close(world)


# ---------- who may ----------


@pytest.mark.parametrize(
    ("there", "named", "may"), [(True, True, False), (False, True, True), (False, False, False)]
)
def test_the_substitute_presides_only_while_the_president_is_not_there(client, world, there, named, may):
    user = substitute_for(world, substitute=named)
    if not there:
        absent(world)
    client.force_login(user)

    assert Session.objects.presided_by(user).exists() is may
    assert fresh(world).is_presided_by(user) is may
    answer = client.post(reverse("jury:undo", args=[world.session.pk]))
    assert answer.status_code == (302 if may else 403)
    assert ("Déverrouiller les notes…" in page(client, world, "room")) is may


def test_the_president_keeps_the_session(world):
    absent(world)
    substitute_for(world)

    assert fresh(world).is_presided_by(world.president)


# ---------- the list of members ----------


def line(member: Member, **typed) -> MemberEdit:
    return MemberEdit(pk=member.pk, typed=member.as_line | typed)


def test_the_members_page_names_the_substitute(client, world):
    client.force_login(world.president)
    address = reverse("jury:members", args=[world.session.pk])
    posted = form_of(client.get(address))
    refused = client.post(address, posted | {"form-0-substitute": "1"})
    assert "l’acte nomme une autre personne pour suppléer" in refused.text

    assert client.post(address, posted | {"form-1-substitute": "1"}).status_code == 302
    assert presidency(fresh(world)).substitute.name == "Une membre"
    assert client.get(address).text.count("checked") == 1


def test_the_act_names_one_substitute_who_may_change(world):
    other = Member.objects.create(session=world.session, name="Paul Roy", quality="enseignant", position=2)
    substitute_for(world)
    one = world.session.members.get(name="Une membre")

    with pytest.raises(ValidationError, match="un seul suppléant"):
        services.convene(session=world.session, edits=[line(other, substitute=True)], by=world.president)
    services.convene(
        session=world.session,
        edits=[line(other, substitute=True), line(one, substitute=False)],
        by=world.president,
    )
    assert presidency(fresh(world)).substitute.name == "Paul Roy"
    with pytest.raises(IntegrityError), transaction.atomic():
        world.session.members.update(substitute=True)


# ---------- the president has a seat ----------


def schedule(session, by):
    """What the page does (jury/sittings/views.py)."""
    services.seat_president(session=services.schedule(session=session, by=by))


def test_the_page_seats_the_president_and_the_opening_where_nobody_did(world, client):
    client.force_login(world.president)
    told = {"cohort": world.session.cohort_id, "semester": 3, "president": world.president.pk}
    client.post(reverse("jury:new_session"), told | {"date": "2025-02-08", "place": "B204"})
    made = Session.objects.with_programme().get(semester=3)
    assert [each.user for each in made.members.all()] == [world.president]

    made.members.all().delete()
    services.open_deliberation(session=made, by=world.president, motive="Essai.")
    assert [each.user for each in made.members.all()] == [world.president]


def test_scheduling_seats_the_president_and_their_successor(world):
    session = Session(
        cohort=world.session.cohort,
        semester=3,
        president=world.president,
        date=datetime.date(2025, 2, 8),
        place="B204",
    )
    schedule(session, world.president)
    assert [each.user for each in session.members.all()] == [world.president]

    successor = make_user("president", department=world.session.department, quality="directeur de l’IUT")
    session.president = successor
    schedule(session, world.president)
    schedule(session, world.president)
    assert [(each.user, each.quality) for each in session.members.all()] == [
        (successor, "directeur de l’IUT"),
        (world.president, "présidence du jury"),
    ]


def test_a_line_of_that_name_without_account_is_theirs(world):
    successor = make_user("president", department=world.session.department)
    Member.objects.create(session=world.session, name=str(successor), quality="directrice")
    session = Session.objects.with_programme().get(pk=world.session.pk)
    session.president = successor
    schedule(session, world.president)

    assert session.members.get(user=successor).quality == "directrice"
