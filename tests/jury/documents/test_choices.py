"""What a department wants on its documents: kept by its people, frozen by each PV."""

import datetime
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from butrt.base.journal.models import Entry
from jury.documents.choices.services import choices_of, choose
from jury.documents.choices.visas import FIRST, visas_of
from jury.documents.minutes.document import render_minutes
from jury.models import DocumentChoices, Minutes
from jury.sittings.services import Composition
from tests.factories import make_user
from tests.jury.cases.test_presidency import services
from tests.jury.documents.test_minutes_document import text_of
from tests.jury.life import adopt, close, fresh, open_jury
from tests.jury.world import all_at, make_world
from tests.pages import shown

pytestmark = pytest.mark.django_db

ACT = Composition("arrêté n° 2025-14 du président de l’université", datetime.date(2025, 6, 3))


@pytest.fixture(scope="module")
def world_once(once: Callable[[Callable], Any]):
    return once(make_accepted)


@pytest.fixture
def world(db, world_once):
    return deepcopy(world_once)


def make_accepted():
    """Everything accepted, ready to be closed."""
    world = make_world({"DUPONT": all_at("12")})
    open_jury(world)
    adopt(world)
    return world


def compose(world, composition=ACT):
    services.convene(session=fresh(world), edits=[], by=world.president, composition=composition)


def visas(world, *texts, figures=True, rank=False):
    return choose(
        department=world.session.department,
        visas=texts,
        class_figures=figures,
        class_rank=rank,
        by=world.president,
    )


def posted(*texts, **more):
    lines = {f"form-{place}-text": text for place, text in enumerate(texts)}
    ranks = {f"form-{place}-position": str(place + 1) for place, _ in enumerate(texts)}
    return {"form-TOTAL_FORMS": str(len(texts)), "form-INITIAL_FORMS": "0"} | lines | ranks | more


# ---------- the visas ----------


def test_a_department_begins_with_the_texts_of_the_domain(world):
    compose(world)
    told = visas_of(fresh(world), choices_of(world.session.department).visas)

    assert not DocumentChoices.objects.exists()
    assert [text.partition(" portant")[0] for text in told[:2]] == [
        "Vu l’arrêté du 6 décembre 2019",
        "Vu l’arrêté du 15 avril 2022",
    ]
    assert "spécialité « " in told[2]
    assert "assiduité et au contrôle des connaissances" in told[3]
    assert told[4] == f"Vu l’acte qui compose le jury : {ACT.act}, du 3\xa0juin\xa02025"


def test_an_act_that_nobody_wrote_down_is_told_as_such(world):
    assert visas_of(fresh(world), FIRST)[-1].endswith(": référence non consignée")


def test_a_pv_keeps_the_visas_of_the_day_it_was_closed(world):
    compose(world)
    visas(world, "Vu le code de l’éducation", "Vu {Acte de composition}")
    content = close(world).content
    visas(world, "Vu tout autre chose", figures=False)

    kept = Minutes.objects.get()
    assert content["visas"] == kept.content["visas"]
    assert content["visas"] == ["Vu le code de l’éducation", f"Vu {ACT.act}, du 3\xa0juin\xa02025"]
    assert kept.content["transcript"] == {"figures": True, "rank": False}
    text = text_of(render_minutes(kept).content)
    assert "Vu le code de l’éducation ;" in text
    assert "Vu tout autre chose" not in text
    # A visa names the act: it is not told twice.
    assert text.count("2025-14") == 1


def test_an_act_that_no_visa_names_is_told_with_the_sitting(world):
    compose(world)
    visas(world, "Vu le code de l’éducation")

    assert f"Composition {ACT.act}, du 3 juin 2025" in text_of(render_minutes(close(world)).content)


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        ([" ", "."], "vise au moins un texte"),
        (["Vu la loi", "Vu  la loi."], "écrit deux fois"),
        (["Vu {parcour}"], r"{parcour} n’est pas un champ. Les champs : {spécialité}, {parcours}"),
        (["Vu {la loi"], "une accolade n’a pas sa paire|Une accolade n’a pas sa paire"),
        (["Vu la loi 漢"], "ne s’imprime pas dans les documents"),
        (["Vu " + "la loi " * 80], "400 caractères au plus"),
    ],
)
def test_a_visa_that_could_not_be_printed_is_refused_in_french(world, texts, said):
    with pytest.raises(ValidationError, match=said):
        visas(world, *texts)

    assert not DocumentChoices.objects.exists()


def test_the_page_keeps_order_and_figures_and_the_journal_tells(client, world):
    secretary = make_user("secretariat", department=world.session.department)
    client.force_login(secretary)
    address = reverse("jury:choices", args=[world.session.department.pk])
    assert FIRST[0] in client.get(address).text

    sent = posted("Vu b.", "", "Vu a ;", class_rank="on", class_figures="on")
    sent |= {"form-0-position": "3", "form-2-position": "1"} | shown(client, address)
    assert client.post(address, sent).status_code == 302

    kept = choices_of(world.session.department)
    assert (kept.visas, kept.class_figures, kept.class_rank) == (["Vu a", "Vu b"], True, True)
    assert Entry.objects.filter(act="documents.choose").get().details["visas"] == ["Vu a", "Vu b"]


def test_what_was_typed_stays_when_refused(client, world):
    client.force_login(make_user("administrator", department=world.session.department))
    address = reverse("jury:choices", args=[world.session.department.pk])
    refused = client.post(address, posted("Vu {la ville}")).text
    twice = client.post(address, posted("Vu la loi", "Vu la loi") | shown(client, address)).text

    assert "Vu {la ville}</textarea>" in refused
    assert "{la ville} n’est pas un champ" in refused
    assert "Ce visa est écrit deux fois" in twice
    assert twice.count("Vu la loi</textarea>") == 2


def test_a_rank_goes_with_the_figures(world):
    assert not visas(world, "Vu la loi", figures=False, rank=True).class_rank


# ---------- the act that composes the jury ----------


def test_the_members_page_keeps_the_act(client, world):
    client.force_login(world.president)
    address = reverse("jury:members", args=[world.session.pk])
    nobody = {"form-TOTAL_FORMS": "0", "form-INITIAL_FORMS": "0"} | shown(client, address)
    refused = client.post(address, nobody | {"act": "", "day": "2025-06-03"}).text
    assert "Donner la référence de l’acte" in refused
    assert client.post(address, nobody | {"act": ACT.act + ".", "day": "2025-06-03"}).status_code == 302

    found = fresh(world)
    assert (found.composition_act, found.composition_date) == ACT
    assert ACT.act in client.get(address).text
    assert f"Acte de composition\xa0: {ACT.act}" in client.get(reverse("jury:close", args=[found.pk])).text


def test_an_act_changed_by_nobody_is_left_alone(client, world):
    compose(world)
    entries = Entry.objects.count()
    client.force_login(world.president)
    address = reverse("jury:members", args=[world.session.pk])
    sent = {"form-TOTAL_FORMS": "0", "form-INITIAL_FORMS": "0", "act": ACT.act, "day": "2025-06-03"}

    assert client.post(address, sent | shown(client, address)).status_code == 302
    assert Entry.objects.count() == entries


def test_a_missing_act_is_told_before_closing_and_blocks_nothing(client, world):
    client.force_login(world.president)
    page = client.get(reverse("jury:close", args=[world.session.pk])).text

    assert "Aucun acte de composition n’est noté" in page
    assert "Il reste ce qui bloque" not in page
