"""What is looked at before opening a session: the elements that nobody declared complete."""

import pytest
from django.urls import reverse
from django.utils import timezone

from curriculum.models import Weight
from grades.models import Teaching
from jury.checklist import blocking, checklist
from jury.proceedings import Proceedings
from tests.factories import make_user
from tests.jury.world import all_at, make_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return make_world({"DUPONT": all_at("14")})


def item(session, words):
    items = checklist(session, Proceedings.of(session))
    return next(each for each in items if words in each.title), blocking(items)


def declare(world, *codes):
    Teaching.objects.filter(element__code__in=codes).update(
        completed_at=timezone.now(), completed_by=world.president
    )


def test_elements_not_declared_are_to_know_with_their_heads(world):
    declare(world, "R31", "R32", "R41")
    found, blocks = item(world.session, "déclaré")
    head = Teaching.objects.get(element__code="R42").heads.get()

    assert (found.weight, found.title) == ("know", "1 élément n’est pas déclaré complet")
    assert found.text == f"R42 ({head}). Des notes peuvent encore changer."
    assert found.link == ("cohorts:progress", world.session.cohort_id)
    assert blocks == []


def test_only_the_session_s_elements_that_count(world):
    declare(world, "R41")
    Weight.objects.filter(element__code="R32").update(coefficient=0)
    world.session.semester = 3

    assert item(world.session, "déclaré")[0].text.startswith("R31 (")


def test_all_declared(world):
    declare(world, "R31", "R32", "R41", "R42")

    assert item(world.session, "déclaré")[0].weight == "done"


def test_the_link_is_for_who_may_follow_it(client, world):
    address = reverse("cohorts:progress", args=[world.session.cohort_id])
    member = make_user("member", department=world.session.department)
    world.session.members.update(user=member)
    shown = {}
    for person in (world.president, member):
        client.force_login(person)
        text = client.get(reverse("jury:prepare", args=[world.session.pk])).text
        shown[person] = (address in text, client.get(address).status_code)

    assert shown == {world.president: (True, 200), member: (False, 404)}
