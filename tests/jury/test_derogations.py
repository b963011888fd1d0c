"""A règlement departs from the national texts with another of them as its source, and it is said in red."""

import datetime
import re
from collections.abc import Iterator
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.template.loader import render_to_string
from django.urls import reverse

from curriculum.derogations import derogations
from curriculum.models import SOURCES, Regulation
from grades.models import Assessment
from jury.cases.proceedings import Proceedings
from jury.documents.letters.document import letter_page
from jury.documents.minutes.document import minutes_page
from jury.documents.transcripts.document import transcript_page
from jury.models import Minutes
from jury.regulation.services import adopt
from tests.factories import make_cohort, make_department, make_enrolment, make_user, programme_of
from tests.jury import life
from tests.jury.documents.test_letters import making
from tests.jury.world import all_at, make_world
from tests.pages import plain

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


# ---------- and every sentence counts by it ----------

OTHERWISE = {
    "pass_mark": Decimal("11.5"),
    "rcue_minimum": Decimal("6.5"),
    "repeats_per_semester": 3,
    "repeats_total": 7,
}
# What the texts fix, stated as a threshold; not "à 10 h 30", nor "de 9 à 10".
OF_THE_TEXTS = re.compile(
    r"(?:(?<!de \d )\b(?:à|de|sous|moins de|atteint|atteignent|atteindre|inférieure? à)|[<≥]) "
    r"(?:8|10)(?:,00?)?(?![\d,]| h)|redouble qu’une|\b4 au plus|\b1 par semestre|\b4 en tout"
)


@pytest.fixture
def elsewhere_than_the_texts():
    """A règlement of its own thresholds; NOËL repeated as often as it lets."""
    near, low = all_at("12", R32="9", R42="9"), all_at("5")
    world = make_world({"DUPONT": near, "MARTIN": near, "NOËL": low, "ROY": all_at("12"), "SAGE": near})
    department = world.session.department
    sources = SOURCES | dict.fromkeys(OTHERWISE, DECREE)
    adopt(regulation=regulation(department=department, sources=sources, **OTHERWISE), by=world.president)
    for school_year in (2021, 2022, 2023):
        earlier = make_cohort(programme_of(world.session.cohort), school_year=school_year)
        make_enrolment(earlier, world.student("NOËL"))
    Assessment.objects.update(published=True)
    return world


def printed(minutes: Minutes) -> Iterator[str]:
    """The PV, every transcript, every letter."""
    proceedings = Proceedings.of_minutes(minutes.content)
    yield render_to_string("jury/documents/minutes/minutes.html", minutes_page(minutes, proceedings))
    for case in proceedings.cases:
        transcript = transcript_page(proceedings, case, minutes=minutes, at=minutes.created_at)
        yield render_to_string("jury/documents/transcripts/transcript.html", transcript)
        letter = letter_page(proceedings, case, making(minutes))
        yield render_to_string("jury/documents/letters/letter.html", letter)


def test_no_page_nor_document_states_the_thresholds_of_the_texts_instead(client, elsewhere_than_the_texts):
    world = elsewhere_than_the_texts
    student = world.student("NOËL")
    student.account = make_user("student", department=world.session.department)
    student.save()
    numbers = [world.student(name).number for name in world.enrolments]
    cards = [reverse("jury:card", args=[world.session.pk, number]) for number in numbers]
    everywhere = ("prepare", "room", "spread", "figures", "following")
    client.force_login(student.account)
    texts = [client.get(reverse("own:marks")).text]

    client.force_login(world.president)
    texts += [client.get(each).text for each in [*pages(world, *everywhere), *cards]]
    life.open_jury(world)
    for name, code in (("DUPONT", "RED"), ("MARTIN", "PAS1NCI"), ("NOËL", "NAR"), ("SAGE", "ATJ")):
        life.decide(world, name, code, advice="Un BTS.")
    texts += [client.get(each).text for each in [*pages(world, *everywhere, "close"), *cards]]
    life.adopt(world)
    minutes = life.close(world)
    texts += [client.get(each).text for each in [*pages(world, *everywhere, "after"), *cards]]
    texts += printed(minutes)
    # What departs says what it departs from.
    said = [re.sub(r"les textes (le|l’) ?fixent à [^(]*", "", plain(text)) for text in texts]

    assert [
        found[0] for text in said for found in re.finditer(f".{{0,60}}(?:{OF_THE_TEXTS.pattern})", text)
    ] == []
    assert sum("1 sur 2 à 11,5 ou plus, aucune sous 6,5" in text for text in said) > 3
    assert any(
        "Un semestre ne se redouble que 3 fois, et l’on en redouble 7 au plus" in text for text in said
    )
