"""Convening by mail; a teacher who is a member finds their jury; a student sits in none."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from copy import deepcopy

import pytest
from django.core import mail
from django.core.exceptions import ValidationError
from django.core.mail.backends.locmem import EmailBackend
from django.urls import reverse

from butrt.base.accounts.models import Role, User
from butrt.base.journal.models import Entry
from jury.cases.refusals import Refusal
from jury.models import Member, Session
from jury.sittings import services
from jury.sittings.members.convocations import plan, send
from tests.factories import make_user
from tests.jury.world import World, all_at, make_world, reread

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def world_once(once: Callable) -> World:
    return once(make_convened)


@pytest.fixture
def world(db: None, world_once: World) -> World:
    return deepcopy(world_once)


def make_convened() -> World:
    """A president without address, a teacher with an account, a professional with an address, one without."""
    world = make_world({"DUPONT": all_at("12")})
    teacher = seat(world, "teacher", "Solène Abgrall", "enseignante")
    teacher.email = "solene@iut.example"
    teacher.save()
    Member.objects.create(
        session=world.session,
        name="Didier Fontvieille",
        quality="Altéis Télécom",
        kind="professional",
        email="didier@alteis.example",
    )
    Session.objects.update(starts=datetime.time(14))
    world.session = reread(world)
    return world


def seat(world: World, role: str, name: str, quality: str, **fields: object) -> User:
    first, last = name.split()
    account = make_user(role, department=world.session.department, first_name=first, last_name=last)
    Member.objects.create(session=world.session, user=account, name=name, quality=quality, **fields)
    return account


def names(members) -> list[str]:
    return [each.name for each in members]


# ---------- the mails ----------


def test_each_member_is_written_to_once_and_it_is_journaled(world, settings):
    settings.BUTRT_PUBLIC_URL = "https://jury.iut.example"
    told = send(session=world.session, by=world.president)
    teacher = next(each for each in mail.outbox if each.to == ["solene@iut.example"])
    professional = next(each for each in mail.outbox if each.to == ["didier@alteis.example"])
    entry = Entry.objects.get(act="session.convene")

    assert (names(told.sent), told.failed) == (["Didier Fontvieille", "Solène Abgrall"], [])
    assert teacher.subject == "Convocation : Jury S4 et année BUT2, 2024-2025, le 8\xa0juillet\xa02025"
    assert "mardi 8 juillet 2025 à 14 h 00" in teacher.body.replace("\xa0", " ")
    assert "salle B204" in teacher.body
    assert f"https://jury.iut.example/jurys/{world.session.pk}/" in teacher.body
    assert "https://" not in professional.body  # no account to sign in with
    assert entry.details["unreached"] == [str(world.president), "Une membre"]
    with pytest.raises(Refusal, match="Personne à convoquer"):
        send(session=world.session, by=world.president)
    assert len(send(session=world.session, by=world.president, again=True).sent) == 2


def test_another_day_or_place_asks_to_convene_again(world):
    send(session=world.session, by=world.president)
    session = reread(world)
    services.schedule(session=session, by=world.president)
    assert names(plan(session).convened) == ["Didier Fontvieille", "Solène Abgrall"]
    session.place = "Amphi A"
    services.schedule(session=session, by=world.president)

    assert names(plan(session).letters) == ["Didier Fontvieille", "Solène Abgrall"]


def test_who_is_excused_is_not_written_to(world):
    Member.objects.filter(name="Solène Abgrall").update(presence="excused")

    assert names(plan(world.session).left_out) == ["Solène Abgrall"]


def test_what_the_server_refuses_is_told_and_may_be_sent_again(client, world, monkeypatch):
    def refuse(self, messages):
        raise OSError("boîte pleine")

    client.force_login(make_user("secretariat", department=world.session.department))
    address = reverse("jury:convocations", args=[world.session.pk])
    with monkeypatch.context() as broken:
        broken.setattr(EmailBackend, "send_messages", refuse)
        refused = client.post(address, follow=True)
    sent = client.post(address, follow=True)

    assert "Le serveur de courriel a refusé : Didier Fontvieille, Solène Abgrall" in refused.text
    assert "2 convocations envoyées." in sent.text


def test_the_page_says_who_is_reached_who_is_not_and_what_they_read(client, world):
    client.force_login(make_user("secretariat", department=world.session.department))
    page = client.get(reverse("jury:convocations", args=[world.session.pk])).text

    assert "2 courriels, un par membre" in page
    assert f"Sans adresse, à convoquer autrement</b>\xa0: {world.president}, Une membre" in page
    assert "Ce courriel vous convoque au jury suivant" in page
    assert mail.outbox == []


def test_a_closed_jury_convenes_nobody(world):
    session = world.session
    session.state = Session.State.CLOSED
    with pytest.raises(Refusal, match="clos"):
        send(session=session, by=world.president)


# ---------- a teacher who sits ----------


def test_a_teacher_who_sits_finds_their_jury_in_the_menu_and_at_home(client, world):
    sits, other = (
        Member.objects.get(name="Solène Abgrall").user,
        make_user("teacher", department=world.session.department),
    )
    seen = {}
    for person in (sits, other):
        client.force_login(person)
        home = client.get(reverse("home")).text
        seen[person] = (
            f'href="{reverse("jury:sessions")}"' in home,
            world.session.get_absolute_url() in home,
            client.get(reverse("jury:sessions")).status_code,
            client.get(reverse("jury:prepare", args=[world.session.pk])).status_code,
        )

    assert seen == {sits: (True, True, 200, 200), other: (False, False, 404, 404)}


# ---------- students ----------


def test_a_student_named_a_member_has_no_right(client, world):
    student = seat(world, "student", "Léa Martin", "déléguée", presence="present", substitute=True)
    Member.objects.filter(user=world.president).update(presence="excused")
    client.force_login(student)
    pages = ("prepare", "room", "members", "card")
    arguments = {"card": [world.session.pk, world.student("DUPONT").number]}
    answers = {
        client.get(reverse(f"jury:{page}", args=arguments.get(page, [world.session.pk]))).status_code
        for page in pages
    }

    assert answers == {404}
    assert client.get(reverse("jury:sessions")).status_code == 404
    assert not Session.objects.presided_by(student).exists()
    assert not Session.objects.documented_for(student).exists()
    assert "Léa Martin" in names(plan(world.session).left_out)


def test_one_who_studies_in_another_department_sits_here(world):
    teacher = Member.objects.get(name="Solène Abgrall").user
    elsewhere = make_user("student").roles.get().department
    Role.objects.create(user=teacher, department=elsewhere, role=Role.Name.STUDENT)

    assert Session.objects.visible_to(User.objects.get(pk=teacher.pk)).get() == world.session


def test_the_model_the_service_and_the_form_refuse_a_student(client, world):
    student = make_user("student", department=world.session.department, first_name="Léa")
    said = {"user": student.pk, "name": "Léa", "kind": "other", "quality": "déléguée", "presence": "present"}
    with pytest.raises(ValidationError, match="un étudiant n’est pas membre d’un jury"):
        Member(session=world.session, user=student, name="Léa", quality="déléguée").full_clean()
    with pytest.raises(ValidationError, match="un étudiant n’est pas membre d’un jury"):
        services.convene(session=world.session, edits=[services.MemberEdit(None, said)], by=world.president)
    client.force_login(world.president)
    posted = {"form-TOTAL_FORMS": "1", "form-INITIAL_FORMS": "0"}
    posted |= {f"form-0-{name}": str(value) for name, value in said.items()}
    page = client.post(reverse("jury:members", args=[world.session.pk]), posted)

    assert "Ce compte ne siège pas : un étudiant n’est pas membre d’un jury" in page.text
    assert f'<option value="{student.pk}"' not in page.text
    assert not Member.objects.filter(name="Léa").exists()


def test_a_catch_up_does_not_convene_a_student_again(world):
    seat(world, "student", "Léa Martin", "déléguée")
    session = world.session
    services.open_deliberation(session=session, by=world.president, motive="Essai.")
    services.adopt(session=session, by=world.president, expected=1)
    services.close(session=session, by=world.president)
    made = services.catch_up(
        closed=reread(world),
        session=Session(date=datetime.date(2025, 9, 9), place="B204", president=world.president),
        students=[world.student("DUPONT")],
        by=world.president,
    )

    assert names(made.members.all()) == [
        str(world.president),
        "Didier Fontvieille",
        "Solène Abgrall",
        "Une membre",
    ]
    assert made.members.get(name="Didier Fontvieille").email == "didier@alteis.example"
