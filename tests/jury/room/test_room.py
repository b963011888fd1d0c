"""The table of the jury: how it sorts, groups and filters, what it remembers, how many queries it takes."""

import re
from collections.abc import Callable
from copy import deepcopy

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from jury.models import RoomPreference
from jury.room.table import Asked
from jury.sittings import services
from tests.factories import make_user
from tests.jury.world import World, all_at, make_world

pytestmark = pytest.mark.django_db

MARKS = {
    "ADMISE": all_at("12"),
    "BAS": all_at("6"),
    "COMPENSÉE": all_at("12", R31="9", R41="11.5"),
    "PRESQUE": all_at("12", R31="9.5", R41="10.4"),
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


def shown(client: Client, world: World, query: str = "") -> list[str]:
    """The names in the table as a reader without JavaScript sees them; a group has a star."""
    page = client.get(reverse("jury:room", args=[world.session.pk]) + query).content.decode()
    found = re.findall(
        r'<tbody[^>]*?( hidden)?>\s*<tr class="group">.*?<b>(.*?)</b>(.*?)</tbody>', page, flags=re.DOTALL
    )
    lines = []
    for hidden, title, rest in found:
        if not hidden:
            lines.append(f"*{title}")
            lines += [
                name
                for gone, name in re.findall(r'<tr id="r-[^>]*?( hidden)? tabindex.*?/">(\w+) <span>', rest)
                if not gone
            ]
    return lines


def test_by_standing_those_nearest_first(client: Client, world: World):
    client.force_login(world.president)

    assert shown(client, world) == ["*À décider", "PRESQUE", "BAS", "*De droit", "ADMISE", "COMPENSÉE"]


def test_sorted_on_a_column_both_ways(client: Client, world: World):
    client.force_login(world.president)

    up = shown(client, world, "?groupe=none&tri=UE31")
    down = shown(client, world, "?groupe=none&tri=-UE31")

    assert up == ["*Tous", "BAS", "COMPENSÉE", "PRESQUE", "ADMISE"]
    assert down == ["*Tous", "ADMISE", "PRESQUE", "COMPENSÉE", "BAS"]
    page = client.get(reverse("jury:room", args=[world.session.pk]) + "?tri=-UE31").content.decode()
    assert page.count("aria-sort=") == 1
    assert 'aria-sort="descending"' in page


def test_without_a_distance_last_in_both_directions(client: Client, world: World):
    client.force_login(world.president)

    assert shown(client, world, "?groupe=none&tri=distance")[-2:] == ["ADMISE", "COMPENSÉE"]
    assert shown(client, world, "?groupe=none&tri=-distance")[-2:] == ["ADMISE", "COMPENSÉE"]


def test_grouped_by_competences_acquired(client: Client, world: World):
    client.force_login(world.president)

    assert shown(client, world, "?groupe=acquired") == [
        *("*2 compétences sur 2", "ADMISE", "COMPENSÉE"),
        *("*1 compétence sur 2", "PRESQUE"),
        *("*0 compétence sur 2", "BAS"),
    ]


def test_filtered_and_searched(client: Client, world: World):
    client.force_login(world.president)

    assert shown(client, world, "?filtre=cmp") == ["*De droit", "COMPENSÉE"]
    assert shown(client, world, "?filtre=changed") == []
    assert shown(client, world, "?cherche=bas") == ["*À décider", "BAS"]


def test_changed_since_the_opening_are_those_decided_then(client: Client, world: World):
    client.force_login(world.president)
    services.decide(
        session=world.session,
        student=world.student("BAS"),
        kind="year",
        subject="",
        code="RED",
        motive="Essai.",
        by=world.president,
    )

    assert shown(client, world, "?filtre=changed") == ["*Par le jury", "BAS"]


def test_an_address_that_means_nothing_shows_everyone():
    assert Asked.read({"filtre": "n’importe", "groupe": "quoi", "tri": "-rien"}) == Asked(
        sort="rien", descending=True
    )


def test_columns_are_remembered_for_the_person(client: Client, world: World):
    client.force_login(world.president)
    room = reverse("jury:room", args=[world.session.pk])
    assert 'class="tbl jury auto"' in client.get(room).content.decode()

    answer = client.post(
        reverse("jury:prefer", args=[world.session.pk]), {"columns": ["", "ue", "rcue", "ects"]}
    )

    assert answer.status_code == 302
    assert RoomPreference.objects.get().columns == ["ue", "rcue", "ects"]
    hidden = "no-acq no-next no-mean no-near no-abs no-path"
    assert f'class="tbl jury {hidden}"' in client.get(room).content.decode()


def test_a_choice_of_names_leaves_the_columns_alone(client: Client, world: World):
    client.force_login(world.president)
    address = reverse("jury:prefer", args=[world.session.pk])
    client.post(address, {"columns": ["ue"]})
    client.post(address, {"names": "0"})

    kept = RoomPreference.objects.get()
    assert (kept.columns, kept.names) == (["ue"], False)


def test_as_many_queries_for_one_student_as_for_four(client: Client, world: World):
    counts = []
    alone = make_world({"SEULE": all_at("12")})
    services.open_deliberation(session=alone.session, by=alone.president, motive="Essai.")
    for made in (alone, world):
        client.force_login(made.president)
        room = reverse("jury:room", args=[made.session.pk])
        client.get(room)
        with CaptureQueriesContext(connection) as queries:
            client.get(room)
        counts.append(len(queries))
    assert counts == [14, 14]


def test_names_are_escaped(client: Client):
    made = make_world({"<script>": all_at("12")})
    client.force_login(made.president)

    page = client.get(reverse("jury:room", args=[made.session.pk])).content.decode()

    assert "&lt;script&gt; <span>" in page
    assert "<script> <span>" not in page


def test_an_odd_semester_counts_its_ue(client: Client):
    made = make_world({"SEULE": all_at("12"), "BAS": all_at("9.98")}, semester=3)
    client.force_login(make_user(is_superuser=False))
    assert client.get(reverse("jury:room", args=[made.session.pk])).status_code == 404
    client.force_login(made.president)

    assert shown(client, made, "?groupe=acquired") == ["*2 UE sur 2", "SEULE", "*0 UE sur 2", "BAS"]
