"""The secretariat brings a promotion in from a file, mends it, takes it back; then reads the report."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from grades.models import Student
from tests.factories import make_cohort, make_department, make_parcours, make_programme, make_user

HEADER = "Extraction du 12/09/2024\n\n"
HEADER += "NUMETU;Code INE;Nom;Prénom;Sexe;Né(e) le;Lieu de naissance;Groupe;Bac d'origine\n"
LINES = [
    "22000001;070000001AA;DURAND;AMÉLIE;F;03/09/2005;Roubaix;TP A;STI2D",
    "22000002;070000002BB;LE GOFF;Noé;M;31/02/2005;Brest;TP B;Générale",
]


@pytest.fixture
def office(transactional_db: None, page: Page, sign_in: Callable) -> Page:
    """The secretariat on the page of a promotion where nobody is."""
    department = make_department()
    make_cohort(make_programme(parcours=make_parcours(department=department)))
    sign_in(make_user("secretariat", department=department))
    page.get_by_role("link", name="Promotions", exact=True).first.click()
    page.get_by_role("link", name=re.compile("BUT2 IOM")).first.click()
    return page


def send(page: Page, text: str) -> None:
    file = {"name": "apogee.csv", "mimeType": "text/csv", "buffer": text.encode("cp1252")}
    page.get_by_label("Fichier des étudiants").set_input_files(file)
    page.get_by_role("button", name="Lire ce fichier").click()


def test_a_promotion_comes_from_a_file_and_is_taken_back(office: Page, audit):
    page = office
    page.get_by_role("link", name="Importer un fichier").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Importer des étudiants")
    audit(page)
    send(page, "%PDF-1.7")
    expect(page.get_by_role("alert")).to_contain_text("Ce fichier est un document PDF")

    send(page, HEADER + "\n".join(LINES))
    expect(page.get_by_role("heading", level=1)).to_have_text("Ce que contient chaque colonne")
    expect(page.get_by_label("Né(e) le")).to_have_value("birth_date")
    expect(page.get_by_label("Bac d'origine")).to_have_value("")
    page.get_by_label("Bac d'origine").select_option("Série ou spécialités du baccalauréat")
    audit(page)
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.set_viewport_size({"width": 1440, "height": 900})
    page.get_by_role("button", name="Voir ce que l’import ferait").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Fichier refusé")
    row = page.get_by_role("region", name="Refus").get_by_role("row").nth(1)
    expect(row).to_contain_text(re.compile("F5.*LE GOFF Noé.*le 31 février 2005 n’existe pas", re.DOTALL))
    audit(page)
    assert not Student.objects.exists()

    page.get_by_role("link", name="Envoyer le fichier corrigé").click()
    send(page, HEADER + "\n".join(LINES).replace("31/02/2005", "12/03/2005"))
    page.get_by_label("Bac d'origine").select_option("Série ou spécialités du baccalauréat")
    page.get_by_role("button", name="Voir ce que l’import ferait").click()
    expect(page.get_by_role("heading", name="2 personnes nouvelles")).to_be_visible()
    audit(page)
    page.get_by_role("button", name="Créer et inscrire 2 personnes").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Import fait")
    audit(page)
    assert list(Student.objects.values_list("last_name", "first_name", "baccalaureate")) == [
        ("DURAND", "Amélie", "T"),
        ("LE GOFF", "Noé", "G"),
    ]
    page.get_by_role("button", name="Annuler l’import").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Import annulé")
    audit(page)
    page.get_by_role("link", name="Voir la promotion").click()
    expect(page.get_by_text("Personne n’est encore inscrit")).to_be_visible()
    assert not Student.objects.exists()


def test_the_report_of_a_jury(page: Page, demo, sign_in_as, audit):
    sign_in_as("c.pichavant")
    page.goto(f"{demo}/jurys/")
    page.get_by_role("link", name=re.compile("Jury S4")).first.click()
    page.wait_for_url(re.compile(r"/jurys/\d+/"))
    session = page.url.split("/")[4]
    page.goto(f"{demo}/jurys/{session}/suites/")
    audit(page)
    page.get_by_role("link", name=re.compile("à décider")).click()
    expect(page.get_by_role("region", name="Suite de chaque étudiant").get_by_role("row")).to_have_count(7)
    audit(page)
    with page.expect_download() as download:
        page.get_by_role("link", name="Classeur Excel").click()
    assert download.value.suggested_filename.startswith("suites_")
    page.get_by_role("link", name="Statistiques").click()
    expect(page.get_by_role("region", name="Par sexe")).to_contain_text("Femmes")
    audit(page)
