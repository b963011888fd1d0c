"""Convening: who sits and whether they came is written from the list; the list is printed."""

import datetime
import subprocess
from copy import deepcopy

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.urls import reverse

from butrt.base.journal.models import Entry
from jury.models import Member, Session
from jury.sittings import services
from jury.sittings.members.document import render_attendance
from jury.sittings.services import MemberEdit
from tests.jury.world import all_at, make_world
from tests.pages import form_of, plain

pytestmark = pytest.mark.django_db
NOON = datetime.datetime(2025, 7, 1, 12, tzinfo=datetime.UTC)


@pytest.fixture(scope="module")
def world_once(once):
    return once(lambda: make_world({"DUPONT": all_at("12")}))


@pytest.fixture
def world(db, world_once):
    return deepcopy(world_once)


def rows(session):
    """The members but the president, who is one of them from the start."""
    others = session.members.exclude(user=session.president)
    return [(each.name, each.kind, each.quality, each.presence) for each in others]


def line(member, **typed):
    return MemberEdit(pk=member.pk, typed=member.as_line | typed)


def convene(world, *edits):
    services.convene(session=world.session, edits=edits, by=world.president)


def test_who_leaves_every_line_alone_writes_nothing(world):
    convene(world, *map(line, world.session.members.all()))

    assert not Entry.objects.filter(act="session.members").exists()


def test_nothing_is_written_of_a_list_that_changed_since_it_was_shown(client, world):
    """A line added, one changed by somebody else: told, kept on the page, written when it is saved again."""
    client.force_login(world.president)
    address = reverse("jury:members", args=[world.session.pk])
    typed = form_of(client.get(address))
    new = int(typed["form-INITIAL_FORMS"][0])
    typed |= {
        f"form-{new}-name": "Lea",
        f"form-{new}-quality": "professeure",
        "form-1-quality": "enseignante",
    }
    Member.objects.filter(name="Une membre").update(quality="vacataire")

    refused = client.post(address, typed)

    assert "Une membre, qualité : de « enseignante » à « vacataire »" in plain(refused.text)
    assert rows(world.session) == [("Une membre", "teacher", "vacataire", "present")]
    assert client.post(address, form_of(refused)).status_code == 302
    assert rows(world.session) == [
        ("Une membre", "teacher", "enseignante", "present"),
        ("Lea", "teacher", "professeure", "convened"),
    ]


def test_an_emptied_name_takes_the_member_back_unless_someone_changed_them(client, world):
    client.force_login(world.president)
    address = reverse("jury:members", args=[world.session.pk])
    typed = form_of(client.get(address)) | {"form-1-name": ""}
    Member.objects.filter(name="Une membre").update(presence="excused")

    refused = client.post(address, typed)

    assert "Une membre, présence : de « présent » à « excusé »" in plain(refused.text)
    assert rows(world.session) == [("Une membre", "teacher", "enseignante", "excused")]
    assert client.post(address, form_of(refused)).status_code == 302
    assert rows(world.session) == []


def test_members_of_a_closed_jury_are_those_of_the_minutes(world):
    Session.objects.filter(pk=world.session.pk).update(
        state="closed", snapshot={}, closed_at=NOON, opened_at=NOON
    )
    with pytest.raises(ValidationError, match="celle du PV"):
        convene(world, line(world.session.members.get(name="Une membre"), presence="excused"))


def test_the_page_adds_changes_and_refuses_without_losing_the_typing(client, world):
    client.force_login(world.president)
    address = reverse("jury:members", args=[world.session.pk])
    posted = form_of(client.get(address)) | {
        "form-1-presence": "excused",
        "form-2-name": "Didier Fontvieille",
        "form-2-kind": "professional",
        "form-2-presence": "present",
    }
    refused = client.post(address, posted | {"form-2-kind": "other"})
    assert "Dire la qualité de Didier Fontvieille" in refused.text
    assert 'value="Didier Fontvieille"' in refused.text

    assert client.post(address, posted).status_code == 302
    assert rows(world.session) == [
        ("Une membre", "teacher", "enseignante", "excused"),
        ("Didier Fontvieille", "professional", "professionnel", "present"),
    ]
    clash = client.post(address, posted | {"form-1-quality": "maîtresse de conférences"})
    assert "Entre-temps, vous avez changé ce que cette page montrait" in clash.text
    assert "maîtresse de conférences" in clash.text


def test_the_database_knows_the_kinds(world):
    with pytest.raises(IntegrityError, match="member_kind_known"), transaction.atomic():
        Member.objects.update(kind="robot")


@pytest.mark.usefixtures("unprinted")
def test_the_attendance_list_names_each_member_with_a_box(world):
    Session.objects.update(starts=datetime.time(14))
    Member.objects.create(
        session=world.session, name="Didier Fontvieille", quality="Altéis Télécom", kind="professional"
    )
    Member.objects.create(
        session=world.session, name="Nadia Sembat", quality="Liane Fibre", presence="excused", position=9
    )
    session = Session.objects.with_programme().get()
    pdf = render_attendance(session, at=NOON)
    text = plain(pdf.content.decode()).replace(" ,", ",")  # a tag between a word and its comma

    assert "convoqués le mardi 8 juillet 2025 à 14 h 00, salle B204" in text
    assert "IUT de Valbrume Département Réseaux et Télécommunications" in text
    assert "Didier Fontvieille Altéis Télécom" in text
    assert "Nadia Sembat Liane Fibre absence excusée" in text
    assert "3 membres attendus sur 4, dont 1 professionnel." in text
    assert pdf.content == render_attendance(session, at=NOON).content


def test_a_name_of_before_that_cannot_print_is_named_on_the_list(world):
    Member.objects.filter(name="Une membre").update(name="王")
    pdf = render_attendance(world.session, at=NOON).content
    text = subprocess.run(["pdftotext", "-raw", "-", "-"], input=pdf, capture_output=True, check=True).stdout

    assert "[idéogramme U+738B]" in text.decode()


def test_the_members_of_another_jury_are_proposed_then_written_as_the_page_shows_them(client, world):
    """Six juries a year have nearly the same members: two clicks a jury, not 171 (issue 17)."""
    session = world.session
    professional = MemberEdit(
        None,
        {
            "user": None,
            "name": "Karim Altéis",
            "kind": "professional",
            "quality": "Altéis",
            "presence": "present",
        },
    )
    convene(world, professional)
    other = Session.objects.create(
        cohort=session.cohort,
        semester=session.semester - 1,
        date=session.date,
        president=session.president,
        regulation=session.regulation,
    )
    client.force_login(world.president)
    address = reverse("jury:members", args=[other.pk])
    page = client.get(address, {"de": session.pk})
    proposed = rows(session)

    assert rows(other) == []
    assert "proposées plus bas" in page.content.decode()
    answer = client.post(address, form_of(page))

    assert answer.status_code == 302
    assert rows(other) == [(name, kind, quality, "convened") for name, kind, quality, _ in proposed]
    assert "siègent déjà ici" in client.get(address, {"de": session.pk}).content.decode()
