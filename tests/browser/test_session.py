"""The session ends while someone types: one signs in over the page, and nothing typed is lost."""

from __future__ import annotations

import re
from collections.abc import Callable

from django.contrib.sessions.models import Session as BrowserSession
from playwright.sync_api import Page, expect

from butrt.base.accounts.models import User
from curriculum.models import Department
from grades.models import Mark
from jury.models import Session
from tests.browser.conftest import PASSWORD
from tests.browser.sheets import NAMES, Sheet
from tests.browser.test_room import jury, to_room  # noqa: F401

OLD = "01:00:00"  # an hour on the page


def end_sessions() -> None:
    """Everybody's session ends, as eight hours after signing in."""
    BrowserSession.objects.all().delete()


def sign_in_over(page: Page, password: str = PASSWORD, name: str = "") -> None:
    dialog = page.locator("#sign-in")
    expect(dialog).to_be_visible()
    if name:
        dialog.get_by_label("Nom d’utilisateur").fill(name)
    dialog.get_by_label("Mot de passe").fill(password)
    page.keyboard.press("Enter")


def test_deciding_in_a_row_of_the_room(
    page: Page,
    demo: str,
    jury: Session,  # noqa: F811
    sign_in_as: Callable,
    errors: list,
    audit: Callable,
):
    sign_in_as("b.vaucresson")
    to_room(page, demo, jury)
    page.keyboard.press("2")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    page.wait_for_selector("tr.deciding form")
    number = page.locator("tr:has(+ tr.deciding)").get_attribute("id").removeprefix("r-")
    page.keyboard.press("1")
    expect(page.locator("tr.deciding .conseq")).to_be_visible()
    page.locator("tr.deciding textarea[name=motive]").fill("Résultats en hausse.")
    end_sessions()
    page.keyboard.press("Control+Enter")

    # Not a login page in the row: a dialog over it, that says a wrong password and keeps what was typed.
    expect(page.locator("#sign-in")).to_be_visible()
    audit(page)
    sign_in_over(page, "faux")
    expect(page.locator("#sign-in [role=alert]")).to_contain_text("nom d’utilisateur")
    expect(page.locator("tr.deciding textarea[name=motive]")).to_have_value("Résultats en hausse.")
    sign_in_over(page)

    expect(page.locator("tr.deciding")).to_have_count(0)
    expect(page.locator(f"#r-{number}")).to_have_attribute("data-k", re.compile("^person"))
    assert jury.decisions.get(student__number=number).motive == "Résultats en hausse."
    errors.clear()  # the browser logs each 401 and 400


def test_the_motive_on_the_card_comes_through(
    page: Page,
    demo: str,
    jury: Session,  # noqa: F811
    sign_in_as: Callable,
    errors: list,
):
    sign_in_as("b.vaucresson")
    to_room(page, demo, jury)
    page.clock.install()
    page.keyboard.press("d")
    page.wait_for_url(re.compile("/etudiants/"))
    name = page.title().split(",")[0]
    page.keyboard.press("1")
    expect(page.locator(".decide .conseq")).to_be_visible()
    page.locator("#motive-year").fill("Résultats en hausse.")
    page.clock.fast_forward(OLD)
    end_sessions()
    page.keyboard.press("Control+Enter")
    expect(page.locator("#sign-in")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#motive-year")).to_have_value("Résultats en hausse.")
    page.locator("#motive-year").press("Control+Enter")
    sign_in_over(page)

    expect(page.get_by_text(f"{name} : décision enregistrée.")).to_be_visible()
    assert [each.motive for each in jury.decisions.all()] == ["Résultats en hausse."]
    errors.clear()


def test_another_account_saves_nothing_of_the_page(
    page: Page,
    demo: str,
    jury: Session,  # noqa: F811
    sign_in_as: Callable,
    errors: list,
):
    other = User.objects.get(username="c.pichavant")
    other.set_password(PASSWORD)
    other.save()
    sign_in_as("b.vaucresson")
    to_room(page, demo, jury)
    page.keyboard.press("2")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    page.wait_for_selector("tr.deciding form")
    page.keyboard.press("1")
    expect(page.locator("tr.deciding .conseq")).to_be_visible()
    page.locator("tr.deciding textarea[name=motive]").fill("Résultats en hausse.")
    end_sessions()
    page.keyboard.press("Control+Enter")
    sign_in_over(page, name="c.pichavant")

    expect(page.locator("#other-account")).to_contain_text("Vous êtes maintenant Corinne Pichavant")
    assert not jury.decisions.exists()
    page.get_by_role("button", name="Recharger la page").click()
    page.wait_for_selector("table[data-ready]")
    expect(page.locator(".who b").first).to_have_text("Corinne Pichavant")
    errors.clear()


def test_marks_typed_after_the_end_are_saved_once_back(sheet: Sheet, page: Page, errors: list):
    end_sessions()
    sheet.type(NAMES[0], "DS", "12")
    expect(page.locator("#sign-in")).to_be_visible()
    page.keyboard.press("Escape")
    sheet.state(NAMES[0], "DS", "waiting")
    expect(page.locator("[data-status]")).to_contain_text("La note est gardée ici")
    sheet.type(NAMES[1], "DS", "13")
    sign_in_over(page)

    sheet.state(NAMES[0], "DS", "saved")
    sheet.state(NAMES[1], "DS", "saved")
    kept = Mark.objects.order_by("enrolment__student__last_name").values_list("value", flat=True)
    assert list(kept) == [12, 13]
    errors.clear()


def test_a_long_form_is_sent_once_back(page: Page, demo: str, sign_in_as: Callable, errors: list):
    sign_in_as("b.vaucresson")
    department = Department.objects.get()
    page.clock.install()
    page.goto(f"{demo}/jurys/motifs/{department.pk}/")
    page.locator("[name$=-text]").last.fill("Motif tapé longuement.")
    page.clock.fast_forward(OLD)
    end_sessions()
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.locator("[name$=-text]").last).to_have_value("Motif tapé longuement.")
    sign_in_over(page)

    expect(page.get_by_text("Motifs usuels enregistrés.")).to_be_visible()
    assert department.usual_motives.filter(text="Motif tapé longuement.").exists()
    errors.clear()
