"""From the room: several students decided at once, a member's remark, presences, the order of the cards."""

from __future__ import annotations

import re
from collections.abc import Callable
from copy import deepcopy

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client
from django.urls import reverse

from butrt.base.accounts.models import User
from butrt.base.journal.models import Entry
from jury.cases.refusals import Meanwhile, Refusal
from jury.models import Member, MemberRemark, Session
from jury.room.page import Room
from jury.room.remarks import write_remark
from jury.room.together import decide_together
from jury.rules import Code
from jury.sittings import services
from jury.sittings.members.presences import attend
from tests.factories import make_user
from tests.jury.world import World, all_at, make_world

pytestmark = pytest.mark.django_db

SCRIPT = {"X-Requested-With": "fetch"}
MARKS = {
    "ADMIS": all_at("12"),
    "BAS": all_at("7"),
    "MOYEN": all_at("9"),
    "PRESQUE": all_at("9.98"),
}


@pytest.fixture(scope="module")
def world_once(once: Callable) -> World:
    return once(make_opened)


@pytest.fixture
def world(db: None, world_once: World) -> World:
    return deepcopy(world_once)


def make_opened() -> World:
    made = make_world(MARKS)
    services.open_deliberation(session=made.session, by=made.president, motive="Essai.")
    return made


@pytest.fixture
def member(world: World) -> User:
    user = make_user("member", department=world.session.department)
    Member.objects.create(session=world.session, user=user, name=str(user), quality="enseignant")
    return user


def room(world: World, **query: str) -> Room:
    session = Session.objects.with_programme().get(pk=world.session.pk)
    return Room(session, world.president, query)


def card(world: World, name: str) -> str:
    return reverse("jury:card", args=[world.session.pk, world.student(name).number])


# ---------- several students, one decision ----------


def test_several_are_decided_in_one_act_and_taken_back_as_one(world: World):
    students = [world.student("BAS"), world.student("MOYEN")]
    act = decide_together(
        session=world.session, students=students, code=Code.ATJ, motive="Stage à finir.", by=world.president
    )

    assert [each.code for each in act.decisions.all()] == ["ATJ", "ATJ"]
    told = services.act_in_words(act)
    assert "a décidé ATJ (année) pour 2 étudiants le" in told
    assert "« Stage à finir. »" in told
    services.undo(session=world.session, by=world.president)
    assert not world.session.decisions.filter(current=True).exists()


def test_who_was_decided_meanwhile_is_named_and_nothing_is_done(world: World):
    about = {"session": world.session, "by": world.president, "motive": "Essai."}
    services.decide(**about, student=world.student("BAS"), kind="year", subject="", code="RED")
    students = [world.student("BAS"), world.student("MOYEN")]

    with pytest.raises(Meanwhile, match=r"BAS .* n’est plus à décider"):
        decide_together(**about, students=students, code=Code.ATJ)
    assert world.session.decisions.filter(current=True).count() == 1


@pytest.mark.parametrize("code", [Code.RED, Code.NAR, Code.ADJ])
def test_what_needs_a_motive_of_one_s_own_is_decided_one_by_one(world: World, code: Code):
    with pytest.raises(Refusal, match="dossier par dossier"):
        decide_together(
            session=world.session, students=[world.student("BAS")], code=code, motive="x", by=world.president
        )


def test_the_page_decides_and_a_refusal_is_told_to_its_script(client: Client, world: World):
    client.force_login(world.president)
    address = reverse("jury:together", args=[world.session.pk])
    who = [world.student("BAS").number, world.student("MOYEN").number]
    refused = client.post(address, {"students": who, "code": "ATJ"}, headers=SCRIPT)
    done = client.post(address, {"students": who, "code": "ATJ", "motive": "Stage."}, headers=SCRIPT)

    assert (refused.status_code, refused.json()) == (400, {"refused": "Écrire le motif commun."})
    assert done.json() == {"told": "2 étudiants décidés : ATJ."}


# ---------- a member's remark ----------


def test_a_member_writes_and_the_presidency_reads(client: Client, world: World, member: User):
    client.force_login(member)
    page = client.get(card(world, "BAS")).content.decode()
    assert "Votre remarque pour la présidence" in page
    address = reverse("jury:remark", args=[world.session.pk, world.student("BAS").number])
    client.post(address, {"text": "A progressé en TP."})

    client.force_login(world.president)
    page = client.get(card(world, "BAS")).content.decode()
    assert "«\N{NO-BREAK SPACE}A progressé en TP.\N{NO-BREAK SPACE}»" in page
    assert "Votre remarque pour la présidence" not in page
    assert Entry.objects.get(act="jury.remark").details["text"] == "A progressé en TP."


def test_the_presidency_is_told_at_once(client: Client, world: World, member: User):
    client.force_login(world.president)
    page = client.get(reverse("jury:room", args=[world.session.pk])).content.decode()
    version = re.search('data-version="([^"]*)"', page)[1]
    write_remark(session=world.session, student=world.student("BAS"), text="À revoir.", by=member)

    answer = client.get(reverse("jury:live", args=[world.session.pk]), {"depuis": version}).json()

    assert list(answer["told"].values()) == [f"{member} a une remarque sur {world.student('BAS')}"]


def test_nobody_else_reads_it_and_emptied_it_goes(client: Client, world: World, member: User):
    other = make_user("member", department=world.session.department)
    Member.objects.create(session=world.session, user=other, name="Autre", quality="enseignant")
    write_remark(session=world.session, student=world.student("BAS"), text="À revoir.", by=member)
    client.force_login(other)
    assert "À revoir." not in client.get(card(world, "BAS")).content.decode()

    write_remark(session=world.session, student=world.student("BAS"), text=" ", by=member)
    assert not MemberRemark.objects.exists()


def test_only_members_and_only_during_the_deliberation(world: World, member: User):
    about = {"session": world.session, "student": world.student("BAS"), "text": "À revoir."}
    with pytest.raises(PermissionDenied):
        write_remark(**about, by=world.president)
    services.back_to_preparation(session=world.session, motive="Une note.", by=world.president)
    with pytest.raises(Refusal, match="pendant la délibération"):
        write_remark(**about, by=member)


# ---------- who is there ----------


def test_one_member_then_all_save_who_is_excused(world: World, member: User):
    excused = Member.objects.create(
        session=world.session, name="Absente", quality="professionnelle", presence="excused"
    )
    third = Member.objects.create(session=world.session, name="Tiers", quality="enseignant")
    seat = world.session.members.get(user=member)
    attend(session=world.session, by=world.president, presence="present", member=seat.pk)
    assert Member.objects.get(pk=seat.pk).presence == "present"
    assert Member.objects.get(pk=third.pk).presence == "convened"
    attend(session=world.session, by=world.president, presence="present")

    assert Member.objects.get(pk=third.pk).presence == "present"
    assert Member.objects.get(pk=excused.pk).presence == "excused"
    told = Entry.objects.filter(act="session.members").order_by("pk")
    assert "Tiers, enseignant, présent" in told.last().details["members"]


def test_a_presence_that_does_not_exist_is_refused(world: World, member: User):
    with pytest.raises(ValidationError, match="n’existe pas"):
        attend(session=world.session, by=world.president, presence="parti")


def test_the_room_s_script_is_given_the_list_back(client: Client, world: World, member: User):
    seat = world.session.members.get(user=member)
    client.force_login(world.president)
    address = reverse("jury:presences", args=[world.session.pk])
    answer = client.post(address, {"member": f"{seat.pk}:present"}, headers=SCRIPT)

    assert f'value="{seat.pk}:excused"' in answer.content.decode()


# ---------- the order of the cards, means and ranks ----------


def test_the_cards_follow_the_table(client: Client, world: World):
    client.force_login(world.president)
    query = "?groupe=none&tri=-moyenne"
    listed = [case.person["last_name"] for case in room(world, groupe="none", tri="-moyenne").order]
    assert listed == ["ADMIS", "PRESQUE", "MOYEN", "BAS"]
    page = client.get(card(world, "PRESQUE") + query).content.decode()
    following = f'rel="next" href="{card(world, "MOYEN")}?groupe=none&amp;tri=-moyenne"'
    assert following in page
    assert f'rel="prev" href="{card(world, "ADMIS")}?groupe=none&amp;tri=-moyenne"' in page


def test_after_a_decision_comes_the_next_of_the_table(client: Client, world: World):
    client.force_login(world.president)
    query = "?groupe=none&tri=moyenne"
    code = {"target": "year:", "code": "ATJ", "motive": "Stage.", "confirmed": "year:=ATJ"}
    answer = client.post(card(world, "BAS") + query, code)
    assert answer.headers["Location"] == card(world, "MOYEN") + query


def test_a_student_whom_the_filter_hides_goes_on_by_name(client: Client, world: World):
    client.force_login(world.president)
    page = client.get(f"{card(world, 'ADMIS')}?filtre=todo").content.decode()
    assert "1 sur 4" in page


def test_means_ranks_and_the_feet_of_the_table(world: World):
    rows = {row.case.person["last_name"]: row.mean for row in room(world).rows}
    assert [(str(rows[name].mean), rows[name].rank) for name in ("ADMIS", "PRESQUE", "BAS")] == [
        ("12.00", 1),
        ("9.98", 2),
        ("7.00", 4),
    ]
    feet = dict(room(world).spreads)
    unit = next(key for key in feet["Minimum"] if key.startswith("UE"))
    numbers = [str(feet[words][unit]) for words in ("Moyenne", "Minimum", "Maximum")]
    assert numbers == ["9.50", "7.00", "12.00"]
