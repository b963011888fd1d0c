"""The secretariat gives a closed jury's results back to Apogée, in its own file."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page, expect

from tests.factories import make_user
from tests.jury.exchange.apogee_files import Layout
from tests.jury.world import all_at, close_world, make_world


def test_the_file_of_apogee_there_and_back(
    transactional_db: None, page: Page, live_server, sign_in, audit, tmp_path
):
    world = make_world({"ALBE": all_at("12")})
    close_world(world)
    number = world.student("ALBE").number
    data = Layout([(number, "ALBE")], cells={(number, "V3UE1", "N"): "11,00"}).build()
    sign_in(make_user("secretariat", department=world.session.department))
    page.goto(f"{live_server.url}/jurys/{world.session.pk}/apres/")
    page.get_by_role("link", name="Rendre les résultats à Apogée").click()
    audit(page)
    file = {"name": "V2RT.TXT", "mimeType": "text/plain", "buffer": data}
    page.get_by_label("Fichier donné par Apogée").set_input_files(file | {"buffer": b"autre chose"})
    page.get_by_role("button", name="Lire ce fichier").click()
    expect(page.get_by_role("alert")).to_contain_text("La section XX-APO_TITRES-XX manque")

    page.get_by_label("Fichier donné par Apogée").set_input_files(file)
    page.get_by_role("button", name="Lire ce fichier").click()
    expect(page.get_by_label("UE31")).to_have_value("V3UE1")
    audit(page)
    page.get_by_role("button", name="Enregistrer les correspondances").click()
    expect(page.get_by_role("region", name="Toutes les cases").last).to_contain_text("≠ 11,00")
    audit(page)
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.get_by_label("Remplacer aussi 1 case").check()
    with page.expect_download() as download:
        page.get_by_role("button", name="Le fichier à rendre à Apogée").click()
    download.value.save_as(tmp_path / "rendu.txt")
    given = Path(tmp_path / "rendu.txt").read_bytes()
    assert given.split(number.encode())[0] == data.split(number.encode())[0]
    assert b"\t12,00\t20\tADM" in given
    page.get_by_role("link", name="Codes", exact=True).click()
    expect(page.get_by_label("CMP, UE")).to_have_value("CMP")
    audit(page)
