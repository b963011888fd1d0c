"""Convening: two people on the list keep what each typed; the list is printed."""

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
    return MemberEdit(pk=member.pk, typed=member.as_line | typed, shown=member.as_line)


def convene(world, *edits):
    services.convene(session=world.session, edits=edits, by=world.president)


def test_two_people_on_the_list_keep_what_each_typed(world):
    member = world.session.members.get(name="Une membre")
    one, other = line(member, quality="maîtresse de conférences"), line(member, presence="excused")
    convene(world, one)
    convene(world, other)

    assert rows(world.session) == [("Une membre", "teacher", "maîtresse de conférences", "excused")]
    assert Entry.objects.filter(act="session.members").count() == 2


def test_the_same_field_changed_by_both_is_told_and_nothing_is_written(world):
    member = world.session.members.get(name="Une membre")
    new = MemberEdit(
        None, {"user": None, "name": "Lea", "kind": "teacher", "quality": "q", "presence": "present"}, {}
    )
    one, other = line(member, quality="enseignante"), line(member, quality="professeure")
    Member.objects.filter(name="Une membre").update(quality="vacataire")

    with pytest.raises(ValidationError, match="Une membre : la qualité vaut maintenant « vacataire »"):
        convene(world, new, other)
    assert rows(world.session) == [("Une membre", "teacher", "vacataire", "present")]
    assert one.changed == {}


def test_a_member_taken_back_by_someone_else_is_told(world):
    member = world.session.members.get(name="Une membre")
    edit = line(member, presence="excused")
    member.delete()

    with pytest.raises(ValidationError, match="Une membre : quelqu’un l’a retiré"):
        convene(world, edit)


def test_an_emptied_name_takes_the_member_back_unless_someone_changed_them(world):
    member = world.session.members.get(name="Une membre")
    edit = line(member, name="")
    Member.objects.filter(name="Une membre").update(presence="excused")
    with pytest.raises(ValidationError, match="la présence vaut maintenant « excusé »"):
        convene(world, edit)
    convene(world, line(world.session.members.get(name="Une membre"), name=""))

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
    (_, form, *_) = client.get(address).context["formset"].forms
    shown = {"form-0-member": form.shown.pk, "form-0-seen": form.shown_json}
    posted = {
        "form-TOTAL_FORMS": "2",
        "form-INITIAL_FORMS": "1",
        **shown,
        "form-0-name": "Une membre",
        "form-0-kind": "teacher",
        "form-0-quality": "enseignante",
        "form-0-presence": "excused",
        "form-1-name": "Didier Fontvieille",
        "form-1-kind": "professional",
        "form-1-presence": "present",
    }
    refused = client.post(address, posted | {"form-1-kind": "other"})
    assert "Dire la qualité de Didier Fontvieille" in refused.text
    assert 'value="Didier Fontvieille"' in refused.text

    assert client.post(address, posted).status_code == 302
    assert rows(world.session) == [
        ("Une membre", "teacher", "enseignante", "excused"),
        ("Didier Fontvieille", "professional", "professionnel", "present"),
    ]
    again = client.post(address, posted | {"form-0-quality": "professeure", "form-1-name": ""})
    assert again.status_code == 302  # the presence is already so; the quality is written
    assert rows(world.session)[0] == ("Une membre", "teacher", "professeure", "excused")
    clash = client.post(address, posted | {"form-0-quality": "maîtresse de conférences"}, follow=True)
    assert "la qualité vaut maintenant « professeure »" in clash.text
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
        {},
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
