"""The règlement as dated data: versions, sources, and whose proposal a new one would change."""

import datetime
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils.html import strip_tags

from butrt.base.journal.models import Entry
from curriculum.models import SOURCES, Regulation
from jury.cases.proceedings import Proceedings
from jury.models import Session
from jury.regulation.services import Difference, adopt, differences
from jury.sittings import services
from tests.factories import make_programme, make_regulation, make_user, programme_of
from tests.jury.world import all_at, make_world
from tests.pages import shown

pytestmark = pytest.mark.django_db


LAW = "arrêté du 1er juin 2025, article 2"


def next_version(world, **values) -> Regulation:
    """One that a national text allows to be so."""
    return Regulation(
        sources=SOURCES | dict.fromkeys(values, LAW),
        department=world.session.department,
        school_year=2022,
        adopted_on=datetime.date(2025, 6, 1),
        **values,
    )


def fresh(world) -> Session:
    return Session.objects.with_programme().get(pk=world.session.pk)


def test_each_value_has_its_source():
    assert next_version(make_world({})).sources == SOURCES == Regulation().sources


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
    programme = programme_of(world.session.cohort)
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


def told(found: list[Difference]) -> dict[str, list[str]]:
    """Each student's changes as they are read, with plain spaces."""
    return {each.student: [str(change).replace("\xa0", " ") for change in each.changes] for each in found}


def add_first_year(world) -> None:
    """BUT1, whose two competences are those of BUT2 a level below; nobody has a result there."""
    units = {"UE11": "15", "UE12": "15", "UE21": "15", "UE22": "15"}
    first = make_programme(units, parcours=programme_of(world.session.cohort).parcours, year=1)
    first.units.update(level=1)


def make_repeater(world, name: str) -> None:
    """One who already repeated S3 and S4, each once."""
    world.enrolments[name].repeats = {"3": 1, "4": 1}
    world.enrolments[name].save()


def test_the_preview_names_whose_proposal_would_change_and_stores_nothing():
    world = make_world({"DUPONT": all_at("9.5"), "MARTIN": all_at("12")})
    found = differences(fresh(world), next_version(world, pass_mark=Decimal("9.5")))

    assert told(found) == {
        "DUPONT Camille": [
            "Année : à décider → ADM",
            "Suite : à décider → S5",
            "Crédits : 0 cette année, 0 en tout → 60 cette année (+ 60), 60 en tout (+ 60)",
            "RT1 niveau 2 : 9,50 AJ → 9,50 ADM",
            "RT2 niveau 2 : 9,50 AJ → 9,50 ADM",
            *(f"{unit} : 9,50 AJ → 9,50 ADM" for unit in ("UE31", "UE32", "UE41", "UE42")),
        ]
    }
    assert Regulation.objects.count() == 1


def test_the_preview_lists_what_a_stricter_regulation_takes_away():
    world = make_world({"DUPONT": all_at("11")})
    add_first_year(world)
    found = differences(fresh(world), next_version(world, pass_mark=Decimal(12)))

    assert told(found) == {
        "DUPONT Camille": [
            "Année : ADM → à décider",
            "Choix ouverts au jury : aucun → RED, NAR, PAS1NCI, ADJ",
            "Suite : S5, DUT → à décider",
            "Crédits : 60 cette année, 120 en tout → 0 cette année (− 60), 0 en tout (− 120)",
            "DUT : obtenu → non obtenu",
            "RT1 niveau 2 : 11,00 ADM → 11,00 AJ",
            "RT2 niveau 2 : 11,00 ADM → 11,00 AJ",
            "RT1 niveau 1 : ADSUP → sans code",
            "RT2 niveau 1 : ADSUP → sans code",
            *(f"{unit} : 11,00 ADM → 11,00 AJ" for unit in ("UE31", "UE32", "UE41", "UE42")),
            *(f"{unit} : ADSUP → sans code" for unit in ("UE11", "UE21", "UE12", "UE22")),
        ]
    }


def test_the_preview_lists_what_a_milder_regulation_brings():
    world = make_world({"DUPONT": all_at("9.5")})
    add_first_year(world)
    found = differences(fresh(world), next_version(world, pass_mark=Decimal("9.5")))

    (lines,) = told(found).values()
    assert [line for line in lines if "sans code" in line or "DUT" in line] == [
        "Suite : à décider → S5, DUT",
        "DUT : non obtenu → obtenu",
        "RT1 niveau 1 : sans code → ADSUP",
        "RT2 niveau 1 : sans code → ADSUP",
        *(f"{unit} : sans code → ADSUP" for unit in ("UE11", "UE21", "UE12", "UE22")),
    ]


def test_the_preview_tells_that_repeating_opens():
    world = make_world({"DUPONT": all_at("5"), "MARTIN": all_at("5")})
    make_repeater(world, "DUPONT")
    found = differences(fresh(world), next_version(world, repeats_per_semester=2))

    assert told(found) == {
        "DUPONT Camille": ["Choix ouverts au jury : NAR, PAS1NCI, ADJ → RED, NAR, PAS1NCI, ADJ"]
    }


@pytest.mark.parametrize("values", [{"repeats_total": 1}, {"repeats_per_semester": 0}])
def test_the_preview_tells_that_repeating_closes(values):
    world = make_world({"DUPONT": all_at("5")})
    found = differences(fresh(world), next_version(world, **values))

    assert told(found) == {
        "DUPONT Camille": ["Choix ouverts au jury : RED, NAR, PAS1NCI, ADJ → NAR, PAS1NCI, ADJ"]
    }


def test_the_preview_tells_an_average_that_is_displayed_otherwise():
    world = make_world({"DUPONT": all_at("12.34")})
    found = differences(fresh(world), next_version(world, decimals=1))

    assert told(found)["DUPONT Camille"][-1] == "UE42 : 12,34 ADM → 12,3 ADM"


def test_the_preview_of_an_odd_semester_says_nothing_of_the_year():
    world = make_world({"DUPONT": all_at("9.5")}, semester=3)
    found = differences(fresh(world), next_version(world, pass_mark=Decimal("9.5"), repeats_total=0))

    assert told(found) == {
        "DUPONT Camille": [
            "Crédits : 0 cette année, 0 en tout → 30 cette année (+ 30), 30 en tout (+ 30)",
            "UE31 : 9,50 AJ → 9,50 ADM",
            "UE32 : 9,50 AJ → 9,50 ADM",
        ]
    }


@pytest.mark.parametrize("names", [["DUPONT"], ["DUPONT", "MARTIN", "NGUYEN"]])
def test_the_preview_asks_as_many_queries_for_one_as_for_three(names, django_assert_num_queries):
    world = make_world({name: all_at("9.5") for name in names})
    session = fresh(world)
    with django_assert_num_queries(10):
        found = differences(session, next_version(world, pass_mark=Decimal("9.5")))

    assert len(found) == len(names)


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

    tried = client.post(
        address, posted(pass_mark="9,5", source_pass_mark=LAW, session=world.session.pk, preview="1")
    )
    assert "1 proposition change" in tried.content.decode()
    assert Regulation.objects.count() == 1
    refused = client.post(address, posted(rcue_minimum="11", adopt="1")).content.decode()
    assert "Le minimum par RCUE va de 0 au seuil d’acquisition." in refused
    changed = posted(pass_mark="9,5", source_pass_mark=LAW, adopt="1") | shown(client, address)
    adopted = client.post(address, changed, follow=True)
    text = adopted.content.decode()
    assert "1 session en préparation l’applique" in text
    assert LAW in text
    assert Regulation.objects.get(version=2).pass_mark == Decimal("9.5")


def page_after_trial(client, world, **values) -> str:
    """The text of the page after a trial on the session."""
    client.force_login(make_user("administrator", department=world.session.department))
    answer = client.post(
        reverse("jury:new_regulation"),
        posted(
            session=world.session.pk,
            preview="1",
            **values,
            **{f"source_{name}": LAW for name in values},
        ),
    )
    assert answer.status_code == 200
    return " ".join(strip_tags(answer.content.decode().replace("<", " <")).replace("\xa0", " ").split())


def test_the_page_says_a_lost_code_in_plain_words(client):
    world = make_world({"DUPONT": all_at("11"), "MARTIN": all_at("11")})
    add_first_year(world)
    text = page_after_trial(client, world, pass_mark="12")

    assert "2 propositions changent" in text
    assert "RT1 niveau 1 ↑ ADSUP acquise par le niveau supérieur ? sans code RT2" in text
    assert "UE31 ✓ 11,00 ADM acquise ○ 11,00 AJ non acquise UE32" in text
    assert "Année ✓ ADM admis·e ? à décider Choix ouverts au jury" in text


def test_the_page_tells_that_repeating_opens(client):
    world = make_world({"DUPONT": all_at("5")})
    make_repeater(world, "DUPONT")
    text = page_after_trial(client, world, repeats_per_semester="2")

    assert "1 proposition change" in text
    assert "Choix ouverts au jury NAR, PAS1NCI, ADJ RED, NAR, PAS1NCI, ADJ" in text


def test_the_page_says_that_nothing_changes(client):
    assert "Aucune proposition ne change" in page_after_trial(client, make_world({"DUPONT": all_at("12")}))
