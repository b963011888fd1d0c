"""A règlement departs from the national texts with another of them as its source, and it is said in red."""

import datetime
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from curriculum.derogations import derogations
from curriculum.models import SOURCES, Regulation
from jury.cases.proceedings import Proceedings
from jury.documents.minutes.document import minutes_page
from jury.regulation.services import adopt
from tests.factories import make_department, make_user, programme_of
from tests.jury import life
from tests.jury.world import all_at, make_world

pytestmark = pytest.mark.django_db
DECREE = "décret n° 2025-12 du 3 janvier 2025, article 4"


def regulation(**values) -> Regulation:
    return Regulation(
        **{"department": make_department(), "school_year": 2022, "adopted_on": datetime.date(2025, 6, 1)}
        | values
    )


@pytest.mark.parametrize(
    ("setting", "value", "fixed"),
    [
        ("pass_mark", Decimal("9.5"), "à 10"),
        ("pass_mark", Decimal("10.5"), "à 10"),
        ("rcue_minimum", Decimal(7), "à 8"),
        ("rcue_minimum", Decimal(9), "à 8"),
        ("decimals", 1, "à 2 décimales"),
        ("repeats_per_semester", 2, "à 1 au plus"),
        ("repeats_total", 5, "à 4 au plus"),
    ],
)
def test_what_the_texts_fix_is_refused_without_a_national_text(setting, value, fixed):
    for source in (SOURCES[setting], "Conseil de l’IUT du 2 juin", "règlement local", "loin des textes"):
        with pytest.raises(ValidationError) as refused:
            regulation(**{setting: value}, sources=SOURCES | {setting: source}).full_clean()
        (message,) = refused.value.message_dict[setting]
        assert fixed in message
        assert "« arrêté », « décret »" in message
    regulation(**{setting: value}, sources=SOURCES | {setting: DECREE}).full_clean()


@pytest.mark.parametrize(
    "source",
    [
        "arrêté du 1er juin 2027",
        "Arrêté du 1er juin 2027",
        "L’arrêté du 1er juin 2027",
        "la loi n° 2027-3",
        "Code de l’éducation, article L. 612-1",
        "code de l'éducation, L. 612-1",
        DECREE,
    ],
)
def test_a_national_text_is_named_first(source):
    regulation(pass_mark=12, sources=SOURCES | {"pass_mark": source}).full_clean()


@pytest.mark.parametrize("values", [{}, {"decimals": 3}, {"repeats_total": 2}, {"repeats_per_semester": 0}])
def test_what_the_texts_leave_is_no_derogation(values):
    made = regulation(**values)
    made.full_clean()

    assert made.derogations == []


def test_a_derogation_is_told_with_its_source_or_without():
    settings = Regulation().as_file() | {"pass_mark": "9.5"}
    (named,) = derogations(settings, {"pass_mark": DECREE})
    (bare,) = derogations(settings, {})

    assert str(named) == (
        "le seuil d’acquisition est 9,5, les textes le fixent à 10 (arrêté du 15 avril 2022, annexe 1, "
        f"4.3) ; source : {DECREE}"
    )
    assert str(bare).endswith("aucun texte national n’est donné")


# ---------- on every page that uses it ----------


@pytest.fixture
def world():
    """A session under a règlement at 9.5, by decree."""
    world = make_world({"DUPONT": all_at("9.6")})
    adopt(
        regulation=regulation(
            department=world.session.department,
            pass_mark=Decimal("9.5"),
            sources=SOURCES | {"pass_mark": DECREE},
        ),
        by=world.president,
    )
    return world


def pages(world, *names: str) -> list[str]:
    return [reverse(f"jury:{name}", args=[world.session.pk]) for name in names]


def said_in_red(client, addresses) -> set[bool]:
    return {'<div class="note k-rust mb-3" data-derogations>' in client.get(each).text for each in addresses}


def test_it_is_said_in_red_on_every_page_that_uses_it(client, world):
    client.force_login(world.president)
    number = world.student("DUPONT").number
    assert said_in_red(client, pages(world, "prepare", "room")) == {True}
    life.open_jury(world)
    card = reverse("jury:card", args=[world.session.pk, number])
    assert said_in_red(client, [*pages(world, "room", "close", "prepare"), card]) == {True}
    life.adopt(world)
    minutes = life.close(world)
    assert said_in_red(client, pages(world, "after")) == {True}
    assert said_in_red(client, [programme_of(world.session.cohort).get_absolute_url()]) == {True}
    (told,) = minutes_page(minutes, Proceedings.of_minutes(minutes.content))["derogations"]
    assert DECREE in str(told)
    client.force_login(make_user("administrator", department=world.session.department))
    assert said_in_red(client, [reverse("jury:regulations")]) == {True}


def test_nothing_is_said_where_the_texts_apply(client):
    world = make_world({"DUPONT": all_at("12")})
    client.force_login(world.president)

    assert said_in_red(client, pages(world, "prepare", "room")) == {False}
    assert said_in_red(client, [programme_of(world.session.cohort).get_absolute_url()]) == {False}


def test_the_page_refuses_with_the_text_and_keeps_what_was_typed(client, world):
    client.force_login(make_user("administrator", department=world.session.department))
    typed = {name: str(value) for name, value in Regulation().as_file().items()}
    typed |= {f"source_{name}": source for name, source in SOURCES.items()}
    typed |= {"school_year": "2022", "programme": "", "adopted_on": "2025-06-01", "adopt": "1"}
    local = {"repeats_total": "6", "source_repeats_total": "Conseil de l’IUT du 2 juin"}
    refused = client.post(reverse("jury:new_regulation"), typed | local).text

    assert "Les textes fixent le nombre de redoublements en tout à 4 au plus" in refused
    assert 'value="Conseil de l’IUT du 2 juin"' in refused
    assert Regulation.objects.count() == 2
