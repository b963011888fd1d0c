"""The règlement as dated data: versions, sources, and whose proposal a new one would change."""

import datetime
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from butrt.journal.models import Entry
from curriculum.models import SOURCES, Regulation
from jury import services
from jury.models import Session
from jury.proceedings import Proceedings
from jury.regulation.services import Difference, adopt, differences
from tests.factories import make_regulation, make_user
from tests.jury.world import all_at, make_world

pytestmark = pytest.mark.django_db


def next_version(world, **values) -> Regulation:
    return Regulation(
        department=world.session.department,
        school_year=2022,
        adopted_on=datetime.date(2025, 6, 1),
        **values,
    )


def fresh(world) -> Session:
    return Session.objects.with_programme().get(pk=world.session.pk)


def test_each_value_has_its_source():
    assert next_version(make_world({})).sources == SOURCES


def test_a_new_version_takes_the_next_number_and_the_sessions_in_preparation():
    world = make_world({"DUPONT": all_at("9.5")})
    regulation = next_version(world, pass_mark=Decimal("9.5"))
    moved = adopt(regulation=regulation, by=world.president)

    assert (regulation.version, moved) == (2, [world.session])
    assert fresh(world).regulation == regulation
    assert [case.year_code for case in Proceedings.of(fresh(world)).cases] == ["ADM"]
    assert Entry.objects.get(act="regulation.adopt").details["pass_mark"] == "9.5"


def test_an_open_jury_keeps_the_version_it_was_opened_with():
    world = make_world({"DUPONT": all_at("9.5")})
    services.open_deliberation(session=world.session, by=world.president)
    moved = adopt(regulation=next_version(world, pass_mark=Decimal("9.5")), by=world.president)

    assert moved == []
    (case,) = Proceedings.of(fresh(world)).cases
    assert (case.year_code, fresh(world).regulation.version) == (None, 1)
    assert fresh(world).snapshot["context"]["regulation_sources"] == SOURCES


def test_a_programme_with_its_own_regulation_keeps_it():
    world = make_world({"DUPONT": all_at("12")})
    programme = world.session.cohort.programme
    own = make_regulation(world.session.department, programme=programme, school_year=2023)
    make_regulation(world.session.department, school_year=2024)
    found = Regulation.objects.in_force(
        department=world.session.department, programme=programme, school_year=2024
    )

    assert found.first() == own


def test_a_regulation_of_another_year_or_programme_does_not_move_a_session():
    world = make_world({"DUPONT": all_at("12")})
    later = next_version(world)
    later.school_year = 2030

    assert adopt(regulation=later, by=world.president) == []


def test_the_preview_names_whose_proposal_would_change_and_stores_nothing():
    world = make_world({"DUPONT": all_at("9.5"), "MARTIN": all_at("12")})
    found = differences(fresh(world), next_version(world, pass_mark=Decimal("9.5")))

    assert found == [
        Difference("DUPONT Camille", "année", "à décider", "ADM"),
        Difference("DUPONT Camille", "RT1/2", "9,50 AJ", "9,50 ADM"),
        Difference("DUPONT Camille", "RT2/2", "9,50 AJ", "9,50 ADM"),
        *(
            Difference("DUPONT Camille", unit, "9,50 AJ", "9,50 ADM")
            for unit in ("UE31", "UE32", "UE41", "UE42")
        ),
    ]
    assert Regulation.objects.count() == 1


def test_thresholds_out_of_order_are_refused():
    world = make_world({"DUPONT": all_at("9.5")})

    with pytest.raises(ValidationError):
        adopt(regulation=next_version(world, pass_mark=7), by=world.president)


def posted(**changes):
    return {
        "school_year": "2022",
        "programme": "",
        "adopted_on": "2025-06-01",
        "pass_mark": "10",
        "rcue_minimum": "8",
        "decimals": "2",
        "rcue_weights": "equal",
        "rcue_from": "exact",
        "unjustified_absence": "zero",
        "second_chance": "best",
        "repeats_per_semester": "1",
        "repeats_total": "4",
        **{f"source_{name}": source for name, source in SOURCES.items()},
        **changes,
    }


def test_the_page_tries_then_adopts(client):
    world = make_world({"DUPONT": all_at("9.5")})
    client.force_login(make_user("administrator", department=world.session.department))
    address = reverse("jury:new_regulation")

    tried = client.post(address, posted(pass_mark="9,5", session=world.session.pk, preview="1"))
    assert "7 changements de proposition" in tried.content.decode()
    assert Regulation.objects.count() == 1
    refused = client.post(address, posted(rcue_minimum="11", adopt="1")).content.decode()
    assert "Le minimum par RCUE va de 0 au seuil d’acquisition." in refused
    adopted = client.post(
        address, posted(pass_mark="9,5", source_pass_mark="Conseil du 2 juin.", adopt="1"), follow=True
    )
    text = adopted.content.decode()
    assert "1 session en préparation l’applique" in text
    assert "Conseil du 2 juin." in text
    assert Regulation.objects.get(version=2).pass_mark == Decimal("9.5")
