"""The director of studies prepares the next year of the demonstration on its page, and undoes it."""

import re

from playwright.sync_api import expect


def test_the_next_year_is_prepared_and_undone(page, demo, sign_in_as, audit):
    sign_in_as("o.lenoir-passy")
    page.get_by_role("link", name="Préparer l’année suivante").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Préparer 2024-2025")
    page.get_by_label("Ceux qui n’ont pas de place").select_option("BUT2 IOM, apprentissage")
    page.get_by_role("button", name="Tous dans celle-ci").click()
    expect(page.get_by_label(re.compile("TISSOT Léonie, année suivante"))).to_have_value(re.compile("^c"))
    audit(page)
    page.get_by_role("button", name="Préparer 2024-2025").click()

    expect(page.get_by_text("préparée : 2 étudiants inscrits")).to_be_visible()
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.get_by_role("button", name="Annuler la préparation").click()
    expect(page.get_by_text("TISSOT Léonie")).to_be_visible()

    # The year after: no jury is closed yet, its promotions and juries may be prepared already.
    page.set_viewport_size({"width": 1440, "height": 900})
    page.get_by_role("link", name="2025-2026").click()
    expect(page.get_by_text("À regarder un par un")).to_be_visible()
    page.get_by_role("button", name="Préparer 2025-2026").click()
    expect(page.get_by_text("4 promotions créées")).to_be_visible(timeout=20_000)
