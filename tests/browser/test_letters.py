"""The secretariat words a letter with its preview beside it, then gives a student their documents."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from jury.sittings import services
from tests.factories import make_user
from tests.jury.world import all_at, make_world


def test_the_secretariat_words_a_letter_and_gives_it(
    transactional_db: None, page: Page, sign_in: Callable, audit: Callable[[Page], None]
):
    world = make_world({"DUPONT": all_at("14")})
    services.open_deliberation(session=world.session, by=world.president)
    services.adopt(session=world.session, by=world.president, expected=1)
    services.close(session=world.session, by=world.president)
    sign_in(make_user("secretariat", department=world.session.department))

    page.get_by_role("link", name="Textes", exact=True).first.click()
    audit(page)
    page.get_by_role("link", name="En-tête, logo et signataire").click()
    audit(page)
    page.go_back()
    page.get_by_role("link", name="Notification de décision").click()
    shown = page.frame_locator("iframe[name=apercu]")
    expect(shown.get_by_text("Vous êtes ajourné et autorisé à redoubler")).to_be_visible()
    audit(page)

    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.set_viewport_size({"width": 1440, "height": 900})

    # The preview follows the typing, and the invented student who is chosen.
    page.get_by_label("Titre").fill("Ce que le jury a décidé pour {prénom}")
    expect(shown.get_by_role("heading", name="Ce que le jury a décidé pour Noé")).to_be_visible()
    page.get_by_label("Exemple").select_option("ines")
    expect(shown.get_by_text("Vous êtes admise : votre deuxième année est validée")).to_be_visible()
    body = page.get_by_label("Texte", exact=True)
    kept = body.input_value()
    body.fill(f"{kept}\n\n{{salaire}} <b>gras</b>")
    expect(shown.get_by_text("{salaire} n’est pas un champ")).to_be_visible()
    page.get_by_role("button", name="Enregistrer une nouvelle version").click()
    expect(page.get_by_role("alert")).to_contain_text("Rien n’est enregistré, votre saisie reste.")
    expect(body).to_have_value(re.compile("{salaire} <b>gras</b>"))
    audit(page)
    body.fill(f"{kept}\n\n<b>gras</b>")
    expect(shown.get_by_text("<b>gras</b>")).to_be_visible()
    page.get_by_role("button", name="Enregistrer une nouvelle version").click()
    expect(page.get_by_role("status")).to_contain_text("Notification de décision, version 2 : en vigueur.")

    page.goto(re.sub(r"/textes/.*", f"/jurys/{world.session.pk}/apres/", page.url))
    page.get_by_role("link", name="Tous les documents de DUPONT Camille").click()
    audit(page)
    link = page.get_by_role("link", name="Notification de décision, PDF")
    address = page.url.partition("/jurys/")[0] + str(link.get_attribute("href"))
    assert page.request.get(address).headers["content-type"] == "application/pdf"
    page.reload()
    expect(page.get_by_text("Texte version 2")).to_be_visible()
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
