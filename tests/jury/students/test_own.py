"""A student's own pages: published marks, one's own transcript, nobody else's anything."""

import subprocess

import pytest
from django.urls import reverse

from curriculum.models import Regulation
from grades.models import Assessment
from jury.models import MinutesRevision, Session
from jury.sittings import services
from tests.factories import make_user
from tests.jury.world import ENTERED, all_at, make_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    world = make_world({"DUPONT": all_at("14", R41="7.25"), "MARTIN": all_at("19")})
    for name in ("DUPONT", "MARTIN"):
        student = world.student(name)
        student.account = make_user("student", department=world.session.department)
        student.save()
    return world


def text_of(pdf: bytes) -> str:
    done = subprocess.run(["pdftotext", "-layout", "-", "-"], input=pdf, capture_output=True, check=True)
    return " ".join(done.stdout.decode().split())


def page(client, world, name="DUPONT") -> str:
    client.force_login(world.student(name).account)
    return client.get(reverse("own:marks")).content.decode()


def test_only_published_marks_are_shown(client, world):
    assert "Aucune note publiée" in page(client, world)
    Assessment.objects.filter(teaching__element__code="R41").update(published=True)
    text = page(client, world)

    assert ("7,25" in text, "14,00" in text, "19,00" in text) == (True, False, False)


@pytest.mark.parametrize(("rule", "words"), [("zero", "compte 0"), ("neutral", "ne compte pas")])
def test_an_absence_says_what_the_regulation_does_of_it(client, rule, words):
    world = make_world({"DUPONT": all_at("14", R31="ABJ", R41="ABI")})
    world.student("DUPONT").account = make_user("student", department=world.session.department)
    world.student("DUPONT").save()
    Regulation.objects.update(unjustified_absence=rule)
    Assessment.objects.update(published=True)

    text = page(client, world)

    assert "absence justifiée, ne compte pas</span>" in text
    assert f"absence injustifiée, {words}</span>" in text


def test_the_provisional_transcript_rests_on_published_marks(client, world):
    Assessment.objects.filter(teaching__element__code="R31").update(published=True)
    client.force_login(world.student("DUPONT").account)
    answer = client.get(reverse("own:document", args=[world.session.pk, "releve"]))
    text = text_of(answer.content)

    assert answer["Cache-Control"] == "private, no-store"
    assert "provisoire" in text.lower()
    assert ("14,00" in text, "7,25" in text) == (True, False)


def test_no_transcript_between_the_closing_and_the_signature_then_the_pv_s(client, world):
    services.open_deliberation(session=world.session, by=world.president)
    services.adopt(session=world.session, by=world.president, expected=2)
    minutes = services.close(session=world.session, by=world.president)
    client.force_login(world.student("DUPONT").account)
    address = reverse("own:document", args=[world.session.pk, "releve"])
    assert client.get(address).status_code == 404
    assert address not in page(client, world)

    MinutesRevision.objects.create(
        minutes=minutes, step=2, label="cachet", at=ENTERED, pdf=b"", sha256="0" * 64
    )
    assert address in page(client, world)
    assert "provisoire" not in text_of(client.get(address).content).lower()


def test_another_promotion_s_jury_is_not_theirs(client, world):
    other = make_world({"AUTRE": all_at("12")})
    client.force_login(world.student("DUPONT").account)

    assert client.get(reverse("own:document", args=[other.session.pk, "releve"])).status_code == 404


def test_as_many_queries_with_more_marks_and_sessions(client, world, django_assert_num_queries):
    client.force_login(world.student("DUPONT").account)
    with django_assert_num_queries(21):
        client.get(reverse("own:marks"))
    Assessment.objects.update(published=True)
    Session.objects.create(
        cohort=world.session.cohort,
        semester=3,
        regulation=world.session.regulation,
        president=world.president,
        date=world.session.date,
        place="B204",
    )
    with django_assert_num_queries(21):
        client.get(reverse("own:marks"))
