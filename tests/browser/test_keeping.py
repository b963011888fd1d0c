"""What the administration and the secretariat keep an eye on: tokens of programs, personal data."""

import io
import re
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from butrt.base.accounts.models import ApiToken
from grades.models import Student

PHONE = {"width": 390, "height": 844}


def fits(page: Page) -> bool:
    """Whether nothing of the page is wider than the screen."""
    return page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_a_token_is_given_shown_once_and_revoked(page: Page, demo, sign_in_as, audit):
    sign_in_as("e.roussalet")
    page.goto(f"{demo}/comptes/")
    page.get_by_role("link", name="Jetons d’accès").first.click()
    expect(page.get_by_text("Aucun jeton pour l’instant.")).to_be_visible()
    audit(page)
    form = page.locator("form", has=page.get_by_label("Usage"))
    form.get_by_label("Usage").fill("Tableau de bord de l’IUT")
    form.get_by_label("Titulaire").select_option(label="Étienne Roussalet")
    form.get_by_label("Rôle").select_option(label="Administration")
    form.get_by_role("button", name="Créer le jeton").click()
    secret = page.get_by_label("Jeton", exact=True)
    expect(secret).to_have_value(re.compile(r".{20,}"))
    audit(page)
    token = secret.input_value()
    answered = page.request.get(f"{demo}/api/v1/programmes", headers={"Authorization": f"Bearer {token}"})
    assert answered.status == 200
    page.reload()
    assert token not in page.content()

    page.get_by_role("button", name=re.compile("Révoquer")).click()
    expect(page.get_by_role("cell", name="révoqué")).to_be_visible()
    assert ApiToken.objects.get().revoked_at
    refused = page.request.get(f"{demo}/api/v1/programmes", headers={"Authorization": f"Bearer {token}"})
    assert refused.status == 401


def test_the_lengths_of_keeping_are_read_and_a_student_gets_all_that_is_held(
    page: Page, demo, sign_in_as, audit
):
    student = Student.objects.get(last_name="HOARAU")
    sign_in_as("e.roussalet")
    page.goto(f"{demo}/donnees-personnelles/")
    audit(page)
    sign_in_as("c.pichavant")
    page.goto(f"{demo}/donnees-personnelles/etudiants/{student.pk}/")
    audit(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="Exporter (ZIP)").click()
    held = zipfile.ZipFile(io.BytesIO(Path(download.value.path()).read_bytes()))
    assert any(student.ine in held.read(name).decode(errors="ignore") for name in held.namelist())


@pytest.mark.parametrize("address", ["/comptes/jetons/", "/donnees-personnelles/"])
def test_these_pages_hold_on_a_phone(page: Page, demo, sign_in_as, audit, address):
    sign_in_as("e.roussalet")
    page.set_viewport_size(PHONE)
    page.goto(f"{demo}{address}")
    assert fits(page)
    audit(page)
