"""Take the README's pictures from a running demonstration: python -m tests.browser.pictures [ADDRESS].

The S4 jury is opened, decided, closed and signed by the script as the president would, with the
decisions of the README’s story: take a fresh demonstration.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tests.browser import CHROMIUM

PASSWORD = "valbrume-demo"  # that of jury/management/demo.py, which needs Django
FOLDER = Path(__file__).resolve().parents[2] / "static" / "readme"
SIZE = {"width": 1440, "height": 900}
DECIDED = {
    "DA ROCHA": "ADJ",
    "GAUCHER": "NAR",
    "LE GUENNIC": "PAS1NCI",
    "MARCHADIER": "PAS1NCI",
    "RAKOTOBE": "RED",
    "TCHOUMI": "RED",
    "ZIELIŃSKI": "ATJ",
}


def enter(page: Page, site: str, username: str) -> None:
    page.context.clear_cookies()
    page.goto(f"{site}/connexion/")
    page.locator("[name=username]").fill(username)
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("[name=password]").press("Enter")
    page.get_by_role("button", name="Quitter").first.wait_for()


def picture(page: Page, name: str) -> None:
    page.wait_for_timeout(400)
    page.screenshot(path=FOLDER / f"{name}.png")


def hold_the_jury(page: Page) -> None:
    """From preparation to the signature; the room is taken in the middle."""
    if page.get_by_role("button", name="Ouvrir la délibération").count():
        page.get_by_label("Motif").fill("La note de R405 parviendra plus tard.")
        page.get_by_role("button", name="Ouvrir la délibération").click()
        page.wait_for_url("**/salle/")
        page.reload()
    picture(page, "jury")
    room = page.url
    while page.get_by_role("link", name="Décider le suivant").count():
        page.keyboard.press("d")
        page.wait_for_url("**/etudiants/**")
        decide(page, next(code for name, code in DECIDED.items() if name in page.title()))
        page.goto(room)
    page.keyboard.press("a")
    page.get_by_role("button", name="propositions").click()
    page.get_by_text("propositions de droit acceptées").wait_for()
    page.get_by_role("link", name="présent").click()
    for line in range(6):
        page.locator(f"#id_form-{line}-presence").select_option("present")
    page.locator("#id_form-6-presence").select_option("excused")
    page.get_by_role("button", name="Enregistrer les membres").click()
    page.goto(room)
    page.get_by_role("link", name="Clore").first.click()
    page.get_by_label("Fin").fill("16:52")
    page.get_by_role("button", name="Clore le jury").click()
    page.get_by_role("link", name="Signer le PV").click()
    page.get_by_role("button", name="Signer la version 1").click()
    page.get_by_text("PV version 1 signé").wait_for()


def decide(page: Page, code: str) -> None:
    """A code, the first usual motive; a refusal to repeat says hearing and advice (4.5)."""
    page.locator(f"input[name=code][value={code}]").check()
    page.locator("#usual-year").select_option(index=1)
    if code == "NAR":
        page.locator("#asked-year").check()
        page.locator("#heard-year").fill("2025-07-07")
        page.locator("#hearing-year").fill("par le directeur des études")
        page.locator("#advice-year").fill("BTS CIEL par apprentissage, dossier accepté hors délai.")
    page.get_by_role("button", name="Enregistrer, dossier suivant").click()
    page.get_by_text("décision enregistrée").wait_for()


def main(site: str) -> None:
    FOLDER.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM)
        page = browser.new_context(locale="fr-FR", viewport=SIZE).new_page()
        enter(page, site, "e.roussalet")
        page.get_by_role("link", name="Programmes", exact=True).click()
        page.get_by_role("link", name="BUT2").first.click()
        picture(page, "programme")
        enter(page, site, "h.marchetti")
        page.get_by_role("link", name="Éléments", exact=True).click()
        page.get_by_role("link", name="R401").first.click()
        picture(page, "feuille")
        enter(page, site, "b.vaucresson")
        page.get_by_role("link", name="Jurys", exact=True).click()
        page.get_by_role("link", name="Jury S4 et année BUT2").first.click()
        hold_the_jury(page)
        minutes = page.get_by_role("link", name="Lire le PV").get_attribute("href")
        pdf = page.request.get(f"{site}{minutes}").body()
        browser.close()
    with tempfile.NamedTemporaryFile(suffix=".pdf") as file:
        file.write(pdf)
        file.flush()
        subprocess.run(
            ["pdftoppm", "-r", "100", "-f", "1", "-l", "1", "-singlefile", "-png", file.name, FOLDER / "pv"],
            check=True,
        )


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8000")
