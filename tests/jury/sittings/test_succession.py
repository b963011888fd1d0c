"""A closed jury whose president lost the role: another is named, corrects it, and signs what they correct."""

from copy import deepcopy

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from butrt.base.accounts.models import Role
from butrt.base.journal.models import Entry
from jury.documents.minutes.signatories import Progress, signatories
from jury.models import Member, Minutes, Session
from jury.sittings.corrections.services import open_correction
from jury.sittings.corrections.succession import name_successor
from jury.sittings.services import adopt, close, open_deliberation
from tests.factories import make_user
from tests.jury.world import all_at, close_world, make_world, reread

WHY = "A quitté l’IUT en août."


@pytest.fixture(scope="module")
def closed_once(once):
    return once(make_closed)


@pytest.fixture
def closed(db, closed_once):
    return deepcopy(closed_once)


def make_closed():
    """A closed jury; who may take its presidency and who may say so are there."""
    world = make_world({"Léa": all_at("12")})
    close_world(world)
    world.successor, world.director = people(world)
    return world


def people(world):
    department = world.session.department
    return (
        make_user("president", department=department, last_name="SUITE"),
        make_user("director", department=department),
    )


@pytest.fixture
def successor(closed):
    return closed.successor


@pytest.fixture
def director(closed):
    return closed.director


def leave(world):
    Role.objects.filter(user=world.president).delete()


def name(world, successor, director, motive=WHY):
    return name_successor(session=reread(world), president=successor, motive=motive, by=director)


def test_the_successor_corrects_and_signs_what_they_correct_alone(closed, successor, director):
    leave(closed)
    assert not Session.objects.presided_by(closed.president).exists()
    session = name(closed, successor, director)
    assert session.is_presided_by(successor)

    open_correction(session=reread(closed), motive="Erreur", marks=False, by=successor)
    Member.objects.filter(user=successor).update(presence=Member.Presence.PRESENT)
    second = close(session=reread(closed), by=successor)
    first = Minutes.objects.get(version=1)
    assert [signatories(each.content)[0].account for each in (first, second)] == [
        closed.president.username,
        successor.username,
    ]
    assert [Progress(each).may_sign(successor) for each in (first, second)] == [False, True]
    assert not any(Progress(each).may_sign(closed.president) for each in (first, second))


def test_it_is_journaled_with_its_motive(closed, successor, director):
    leave(closed)
    name(closed, successor, director)

    entry = Entry.objects.get(act="session.succession")
    assert (entry.by, entry.details["after"], entry.details["motive"]) == (director, str(successor), WHY)


def refused(*arguments, match, **how):
    with pytest.raises(ValidationError, match=match):
        name(*arguments, **how)


def test_not_while_the_president_has_the_role(closed, successor, director):
    refused(closed, successor, director, match="préside toujours")


def test_not_somebody_without_the_role_nor_without_motive(closed, successor, director):
    leave(closed)

    refused(closed, director, director, match="lui en donner le rôle")
    refused(closed, successor, director, motive=" ", match="demande un motif")
    assert reread(closed).president == closed.president


@pytest.mark.parametrize("state", ["preparation", "deliberation", "correction"])
def test_a_session_that_is_not_closed_is_scheduled_instead(db, state):
    world = make_world({"Léa": all_at("12")})
    successor, director = people(world)
    if state != "preparation":
        open_deliberation(session=world.session, by=world.president)
    if state == "correction":
        adopt(session=reread(world), by=world.president, expected=1)
        close(session=reread(world), by=world.president)
        open_correction(session=reread(world), motive="Erreur", marks=False, by=world.president)
    leave(world)

    refused(world, successor, director, match="n’est pas clos")


def test_the_director_does_it_on_its_page(closed, successor, director, client):
    client.force_login(director)
    after = reverse("jury:after", args=[closed.session.pk])
    page = reverse("jury:succession", args=[closed.session.pk])
    assert page not in client.get(after).content.decode()
    leave(closed)
    assert page in client.get(after).content.decode()

    answer = client.post(page, {"president": successor.pk, "motive": WHY})
    assert (answer.status_code, reread(closed).president) == (302, successor)
