"""Journey: a closed jury is corrected into version 2 of its PV, after a mark that came late."""

import re

import pytest
from playwright.sync_api import Page, expect

from grades.models import Mark
from jury.cases.proceedings import Proceedings
from jury.models import Minutes
from tests.jury.life import adopt, close, decide, open_jury
from tests.jury.world import World, all_at, make_world

WHY = "Note de R41 parvenue le 14 juillet, après la clôture."


@pytest.fixture
def closed(transactional_db: None) -> World:
    """DUPONT decided RED on 9 everywhere, MARTIN admitted; closed."""
    world = make_world({"DUPONT": all_at("9"), "MARTIN": all_at("14")})
    open_jury(world)
    decide(world, "DUPONT", "RED", motive="Les bases manquent.")
    adopt(world)
    close(world)
    return world


def test_a_closed_jury_is_corrected_into_a_second_version(
    page: Page, closed: World, live_server, sign_in, audit
):
    sign_in(closed.president)
    page.goto(f"{live_server.url}/jurys/{closed.session.pk}/")
    page.get_by_role("link", name="Corriger le jury clos").click()
    audit(page)
    page.get_by_role("radio", name=re.compile("Une note ou un chiffre")).check()
    page.get_by_label("Motif").fill(WHY)
    page.get_by_role("button", name="Ouvrir la correction").click()
    expect(page.get_by_text("Correction d’un jury clos.")).to_be_visible()
    audit(page)

    # The teacher corrects the marks; what it would change is shown before opening again.
    Mark.objects.filter(
        enrolment=closed.enrolments["DUPONT"], assessment__teaching__element__code__in=["R41", "R42"]
    ).update(value=15)
    page.reload()
    page.get_by_role("link", name="Ce que cela changerait").click()
    expect(page.get_by_role("heading", name="1 étudiant déjà décidé")).to_be_visible()
    audit(page)
    page.get_by_role("link", name="Retour à la session").click()
    page.get_by_role("button", name="Ouvrir la délibération").click()

    # The decision stands until someone answers; closing waits.
    page.get_by_role("link", name="Accepter ou garder, ligne par ligne").click()
    expect(page.get_by_role("row", name=re.compile("Année.*RED.*ADM"))).to_be_visible()
    audit(page)
    page.get_by_role("button", name="Répondre").click()
    expect(page.get_by_text("La proposition des règles est acceptée.")).to_be_visible()

    # The new version, and what it says.
    page.goto(f"{live_server.url}/jurys/{closed.session.pk}/clore/")
    expect(page.get_by_role("heading", name="Ce que la nouvelle version dira")).to_be_visible()
    expect(page.get_by_text("RED → ADM")).to_be_visible()
    audit(page)
    page.get_by_label("Début").fill("16:00")
    page.get_by_label("Fin").fill("16:20")
    page.get_by_role("button", name="Clore le jury").click()
    expect(page.get_by_role("heading", name=re.compile("Version 2 en vigueur"))).to_be_visible()
    expect(page.get_by_role("heading", name=re.compile("Version 1 remplacée"))).to_be_visible()
    expect(page.get_by_text(WHY)).to_be_visible()
    audit(page)
    second, first = Minutes.objects.all()
    codes = [Proceedings.of_minutes(each.content).cases[0].year_code for each in (first, second)]
    assert codes == ["RED", "ADM"]
    assert (
        page.request.get(f"{live_server.url}/jurys/{closed.session.pk}/documents/pv-1.pdf")
        .body()
        .startswith(b"%PDF-")
    )


def test_a_correction_is_abandoned_and_a_catch_up_prepared(
    page: Page, closed: World, live_server, sign_in, audit
):
    sign_in(closed.president)
    page.goto(f"{live_server.url}/jurys/{closed.session.pk}/corriger/")
    page.get_by_role("radio", name=re.compile("Des décisions")).check()
    page.get_by_label("Motif").fill("Essai.")
    page.get_by_role("button", name="Ouvrir la correction").click()
    expect(page.get_by_text("Correction d’un jury clos.")).to_be_visible()
    page.get_by_role("button", name="Abandonner la correction").click()
    expect(page.get_by_text("Correction abandonnée")).to_be_visible()
    page.get_by_role("link", name="Session de rattrapage").click()
    audit(page)
    page.get_by_label("DUPONT Camille").check()
    page.get_by_label("Date").fill("2025-09-09")
    page.get_by_role("button", name="Créer le rattrapage").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("rattrapage")
    expect(page.get_by_text("1 étudiant. Présidence")).to_be_visible()
    audit(page)


def test_a_promotion_is_followed_on_a_laptop_and_on_a_phone_in_the_dark(
    page: Page, closed: World, live_server, sign_in, audit
):
    sign_in(closed.president)
    page.goto(f"{live_server.url}/jurys/{closed.session.pk}/")
    page.get_by_role("link", name="Suivre la promotion").click()
    expect(page.get_by_role("img", name=re.compile("De gauche à droite"))).to_be_visible()
    audit(page)
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    audit(page)
