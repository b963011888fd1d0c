"""A department begins from nothing: no demonstration, the fiche, people typing until a jury is prepared."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from butrt.base.accounts.models import User
from grades.models import Cohort, Enrolment
from tests.browser.conftest import PASSWORD

REFERENTIAL = settings.BASE_DIR / "fixtures" / "referentials" / "rt.json"
FICHE = settings.BASE_DIR / "fixtures" / "reference" / "fiche-filiere-but2-rt-iom-app-2022-2023.txt"
PEOPLE = (
    ("o.direction", "Odile", "Directrice", "Direction des études"),
    ("s.secretariat", "Sami", "Secrétaire", "Secrétariat"),
    ("e.enseignante", "Élise", "Enseignante", "Enseignement"),
    ("p.presidente", "Paule", "Présidente", "Présidence de jury"),
)


@pytest.fixture
def site(transactional_db: None, live_server: LiveServer, monkeypatch: Any) -> str:
    """A department, its programme and its administrator: what the two commands make."""
    monkeypatch.setenv("BUTRT_PASSWORD", PASSWORD)
    call_command(
        "create_department",
        "rt",
        name="Réseaux et Télécommunications",
        institute="IUT d’Essai",
        university="Université d’Essai",
        city="Essai",
        administrator="a.admin",
        stdout=io.StringIO(),
    )
    call_command("load_referential", str(REFERENTIAL), department="rt", stdout=io.StringIO())
    call_command("import_fiche", str(FICHE), department="rt", stdout=io.StringIO())
    return str(live_server.url)


def test_from_nothing_to_the_preparation_of_a_jury(
    page: Page,
    site: str,
    sign_in: Callable[[User], None],
    audit: Callable[[Page], None],
):
    def enter(username: str) -> None:
        page.context.clear_cookies()
        sign_in(User.objects.get(username=username))

    # The administrator opens the accounts.
    enter("a.admin")
    for username, first_name, last_name, role in PEOPLE:
        page.goto(f"{site}/comptes/nouveau/")
        page.locator("[name=username]").fill(username)
        page.locator("[name=first_name]").fill(first_name)
        page.locator("[name=last_name]").fill(last_name)
        page.get_by_label(role).check()
        page.get_by_role("button", name="Enregistrer le compte").click()
        expect(page.get_by_role("status")).to_contain_text(f"{first_name} {last_name}")

    # The secretariat opens the promotion, its groups, and brings in somebody new.
    enter("s.secretariat")
    audit(page)
    page.get_by_role("link", name="Créer une promotion").click()
    audit(page)
    page.get_by_role("group", name="Programmes").get_by_role("checkbox").first.check()
    page.get_by_label("Année universitaire").select_option("2024")
    page.get_by_role("button", name="Créer la promotion").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("BUT2 IOM, apprentissage, 2024-2025")
    audit(page)
    page.get_by_role("link", name="Groupes").click()
    page.get_by_label("Nouveau groupe").first.fill("TP A")
    page.get_by_role("button", name="Enregistrer les groupes").click()
    expect(page.get_by_label("Nom du groupe TP A")).to_have_value("TP A")
    audit(page)
    page.get_by_role("link", name="Étudiants", exact=True).click()
    page.get_by_role("link", name="Inscrire quelqu’un").click()
    audit(page)
    for label, text in (
        ("N° étudiant*", "22400001"),
        ("INE", "070000041ZZ"),
        ("Nom*", "Le Guennic"),
        ("Prénom*", "Camille"),
        ("Date de naissance*", "2005-03-12"),
        ("Lieu de naissance", "Tours"),
    ):
        page.get_by_label(label, exact=True).fill(text)
    page.get_by_label("Groupe").select_option("TP A")
    page.get_by_role("button", name="Créer et inscrire").click()
    expect(page.get_by_role("status").first).to_contain_text("LE GUENNIC Camille")
    audit(page)

    # The same number again: the person is found, nobody is created.
    page.get_by_role("link", name="Inscrire quelqu’un").click()
    page.get_by_label("Nom, n° étudiant ou INE").fill("guennic")
    page.get_by_role("button", name="Chercher").click()
    expect(page.get_by_text("déjà dans la promotion")).to_be_visible()
    audit(page)

    # What the jury must know of the year; then identity, bonus.
    page.get_by_role("link", name="BUT2 IOM, apprentissage, 2024-2025").click()
    page.get_by_role("link", name="LE GUENNIC Camille").click()
    audit(page)
    page.get_by_label("Absences justifiées").fill("2")
    page.get_by_label("UE31").check()
    page.get_by_role("button", name="Enregistrer l’inscription").click()
    page.get_by_role("link", name="LE GUENNIC Camille").click()
    expect(page.get_by_label("UE31")).to_be_checked()
    page.get_by_role("link", name="Bonus et malus").click()
    page.get_by_label("Points en UE41").fill("0,5")
    page.get_by_label("Motif en UE41").fill("Sport")
    audit(page)
    page.get_by_role("button", name="Enregistrer les bonus et malus").click()
    expect(page.get_by_text("+0,5, Sport")).to_be_visible()
    page.get_by_role("link", name="Corriger l’identité").click()
    audit(page)

    # The director names people on the elements, one after the other.
    enter("o.direction")
    page.get_by_role("link", name="Étudiants et groupes").click()
    page.get_by_role("link", name="Éléments").last.click()
    audit(page)
    page.get_by_role("link", name="R301").click()
    page.get_by_label("Élise Enseignante est responsable").check()
    audit(page)
    page.get_by_role("button", name="puis l’élément suivant").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("R302")

    # The teacher has their element, the secretariat its first jury.
    enter("e.enseignante")
    page.goto(f"{site}/elements/")
    expect(page.get_by_role("link", name="R301")).to_be_visible()
    enter("s.secretariat")
    page.goto(f"{site}/jurys/nouveau/")
    page.get_by_label("Promotion").select_option("BUT2 IOM, apprentissage, 2024-2025")
    page.get_by_label("Semestre").fill("4")
    page.get_by_label("Présidence").select_option("Paule Présidente")
    page.get_by_label("Date").fill("2025-07-08")
    page.get_by_label("Lieu").fill("salle B204")
    page.get_by_role("button", name="Enregistrer la session").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Membres du jury")

    enter("p.presidente")
    page.get_by_role("link", name="Préparer").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Jury S4 et année BUT2")
    expect(page.locator("main")).to_contain_text("R301 : aucune évaluation")

    enrolment = Enrolment.objects.get()
    assert (enrolment.cohort, enrolment.justified_absences) == (Cohort.objects.get(), 2)
