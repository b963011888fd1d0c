"""Journey 1: the administrator reads the programme as the fiche prints it."""

import re

from django.core import mail
from playwright.sync_api import Page, expect


def test_the_administrator_reads_the_programme(page: Page, demo, sign_in_as, audit):
    sign_in_as("e.roussalet")
    audit(page)
    page.get_by_role("link", name="Programmes").click()
    audit(page)
    page.get_by_role("link", name=re.compile("BUT2")).first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("BUT2")
    text = re.sub(r"[\s\u00a0\u202f]+", " ", page.locator("main").inner_text())

    assert "7 UE sur 10 hors du rapport 40–60 %" in text
    assert "R310 n’a pas de type d’évaluation en UE33" in text
    assert "UE44 et UE45 ont les mêmes éléments et les mêmes coefficients" in text
    for printed in ("18 160 181 90 359", "10 98 94 34 202", "28 258 275 124 561"):
        cm, td, tp, project, total = printed.split()
        assert re.search(
            rf"CM {cm}\b.*?TD {td}\b.*?TP {tp}\b.*?Projet {project}\b.*?Total {total}\b", text
        ), printed
    audit(page)
    with page.expect_download() as download:
        page.get_by_role("link", name=re.compile("Classeur")).click()
    assert download.value.suggested_filename.endswith(".xlsx")


def test_the_administrator_opens_an_account(page: Page, demo, live_server, sign_in_as, audit):
    sign_in_as("e.roussalet")
    page.get_by_role("link", name="Comptes", exact=True).click()
    audit(page)
    page.get_by_role("link", name="Créer un compte").click()
    page.get_by_label("Nom d’utilisateur").fill("b.vaucresson")
    page.get_by_label("Prénom").fill("Nadège")
    page.get_by_label("Nom", exact=True).fill("Nouvelle")
    page.get_by_label("Enseignement").check()
    page.get_by_label("Adresse électronique").fill("n.nouvelle@iut.example")
    page.get_by_role("button", name="Enregistrer le compte").click()
    expect(page.get_by_text("existe déjà")).to_be_visible()
    audit(page)
    page.get_by_label("Nom d’utilisateur").fill("n.nouvelle")
    page.get_by_role("button", name="Enregistrer le compte").click()
    expect(page.get_by_text("Compte de Nadège Nouvelle enregistré. Un lien")).to_be_visible()
    (invitation,) = mail.outbox
    page.goto(live_server.url + re.findall(r"/connexion/lien/\S+", invitation.body)[0])
    page.locator("[name=new_password1]").fill("123")
    page.locator("[name=new_password2]").fill("123")
    page.get_by_role("button", name="Choisir ce mot de passe").click()
    expect(page.get_by_text("trop court")).to_be_visible()
    audit(page)
