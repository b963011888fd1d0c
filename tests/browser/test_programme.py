"""The maquette typed on the screen, its versions and their differences, on a desk and on a phone."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from django.urls import reverse
from playwright.sync_api import Locator, Page, expect

from curriculum.models import Programme, Weight
from curriculum.reading import programme_data
from curriculum.services import load_programme
from tests.browser.sheets import PASTE
from tests.curriculum.test_services import programme_data as fixture
from tests.factories import make_department, make_user

DESK, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}


@pytest.fixture
def programme(transactional_db, page: Page, sign_in, live_server) -> Programme:
    """The real programme, one of its administrators signed in."""
    department = make_department()
    programme = load_programme(department=department, data=fixture(), by=None)
    sign_in(make_user("administrator", department=department))
    page.goto(live_server.url + programme.get_absolute_url())
    return programme


@pytest.fixture
def editing(page: Page, programme: Programme) -> Programme:
    page.get_by_role("link", name="Modifier").click()
    page.wait_for_selector("#edit.live")
    return programme


def box(page: Page, name: str) -> Locator:
    """An input by its label: "CM, R301 en UE31"."""
    return page.get_by_label(name, exact=True)


def bar(page: Page) -> Locator:
    return page.locator("#live-bar")


def fits(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def stored(unit: str, element: str) -> Weight:
    return Weight.objects.get(unit__code=unit, element__code=element)


def test_totals_and_findings_follow_the_keyboard_and_the_save_keeps_them(page: Page, editing, audit):
    audit(page)
    box(page, "CM, R301 en UE31").click()
    page.keyboard.type("3")
    page.keyboard.press("ArrowRight")
    expect(box(page, "TD, R301 en UE31")).to_be_focused()
    page.keyboard.press("Enter")
    expect(box(page, "TD, R302 en UE31")).to_be_focused()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowLeft")
    expect(box(page, "CM, R301 en UE31")).to_be_focused()
    box(page, "Coef., R301 en UE31").fill("1,5")

    expect(bar(page)).to_contain_text("1 changement")
    expect(bar(page)).to_contain_text("563 h · coef. 590,5 · 60 ECTS")
    expect(page.locator("#live-sum-0")).to_contain_text("60,5")
    expect(page.locator("#live-share-0")).to_contain_text("65,3")
    expect(page.locator("#live-findings")).to_contain_text("Le total imprimé de UE31 n’est pas la somme")
    expect(box(page, "CM, R301 en UE31")).to_have_class("changed")
    page.locator(".edit-changes summary").click()
    expect(page.locator("#live-changes")).to_contain_text("R301 en UE31 : coefficient 11 → 1,5, CM 1 → 3")
    audit(page)
    page.keyboard.press("Control+s")
    expect(page.get_by_text("1 changement enregistré.")).to_be_visible()
    assert (stored("UE31", "R301").coefficient, stored("UE31", "R301").cm) == (Decimal("1.5"), 3)


def test_a_refused_value_is_told_as_it_is_typed_and_nothing_is_saved(page: Page, editing, audit):
    box(page, "TD, R301 en UE31").fill("cinq")
    told = page.locator(".why-row").get_by_text("Des heures entières, de 0 à 9999, par exemple 12.")
    expect(told).to_be_visible()
    expect(box(page, "TD, R301 en UE31")).to_have_attribute("aria-invalid", "true")
    audit(page)
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.get_by_text("1 valeur à corriger, dite à côté de sa case.")).to_be_visible()
    expect(box(page, "TD, R301 en UE31")).to_have_value("cinq")
    audit(page)
    page.wait_for_selector("#edit.live")
    box(page, "TD, R301 en UE31").fill("5")
    expect(told).to_have_count(0)
    assert stored("UE31", "R301").td == 5


def test_a_block_is_pasted_as_its_columns_stand_and_taken_back(page: Page, editing):
    box(page, "CM, R301 en UE31").evaluate(PASTE, "2\t6\t11\t0\t19\tCC\t12,5\r\n3\t4\t\t0\t12\tCCI\t10\r\n")
    expect(bar(page)).to_contain_text("2 changements")
    expect(box(page, "Coef., R301 en UE31")).to_have_value("12,5")
    expect(box(page, "Éval., R302 en UE31")).to_have_value("CCI")
    expect(box(page, "TP, R302 en UE31")).to_have_value("6")  # an empty cell changes nothing
    expect(page.get_by_text("11 cases collées.")).to_be_visible()
    page.get_by_role("button", name="Annuler le collage").click()
    expect(bar(page)).to_contain_text("Aucun changement")
    box(page, "TD, R315 en UE31").evaluate(PASTE, "7\n8\n9\n10\n11\n12")
    expect(page.get_by_text("4 cases collées, 2 lignes hors de l’UE laissées de côté.")).to_be_visible()
    expect(box(page, "TD, Portfolio S3 en UE31")).to_have_value("10")


def test_rows_come_and_go_without_leaving_the_page(page: Page, editing, audit):
    box(page, "CM, R301 en UE31").fill("3")
    page.get_by_role("button", name="Retirer R302 de UE31", exact=True).click()
    expect(box(page, "CM, R302 en UE31")).to_have_count(0)
    expect(box(page, "CM, R301 en UE31")).to_have_value("3")
    expect(page.get_by_text("Retiré : R302 de UE31.")).to_be_visible()
    page.get_by_role("button", name="Annuler le retrait").click()
    expect(box(page, "CM, R302 en UE31")).to_have_value("2")
    expect(bar(page)).to_contain_text("1 changement")
    page.get_by_role("button", name="Retirer R302 de UE31", exact=True).press("Enter")
    expect(box(page, "CM, R302 en UE31")).to_have_count(0)
    expect(page.get_by_role("button", name="Retirer R303 de UE31", exact=True)).to_be_focused()
    page.get_by_label("Élément à ajouter en UE35").select_option("R301")
    page.get_by_role("button", name="Ajouter la ligne en UE35").click()
    expect(box(page, "CM, R301 en UE35")).to_be_focused()

    added = page.get_by_role("group", name="Ajouter un élément au semestre 4")
    added.get_by_label("Code public").fill("R401")
    added.get_by_label("Intitulé", exact=True).fill("Éthique")
    added.get_by_label("UE41").check()
    added.get_by_label("Intitulé", exact=True).press("Enter")
    expect(added.get_by_text("R401 est déjà dans ce programme")).to_be_visible()
    expect(added.get_by_label("Code public")).to_be_focused()
    audit(page)
    added.get_by_label("Code public").fill("R415")
    added.get_by_label("Code public").press("Enter")
    expect(box(page, "CM, R415 en UE41")).to_be_focused()

    page.get_by_text("Ajouter une UE au semestre 3").click()
    unit = page.locator(".add-unit").first
    unit.get_by_label("Code", exact=True).fill("UE36")
    unit.get_by_label("Compétence", exact=True).select_option("")
    unit.get_by_label("ECTS").fill("2")
    unit.get_by_label("Code de la nouvelle compétence").fill("RT6")
    unit.get_by_label("Son intitulé").fill("Superviser")
    unit.get_by_label("Son nom court").fill("Superviser")
    audit(page)
    unit.get_by_role("button", name="Ajouter l’UE").click()
    expect(box(page, "ECTS, UE36")).to_be_focused()
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.get_by_text(re.compile("changements enregistrés"))).to_be_visible()
    assert {weight.unit.code for weight in Weight.objects.filter(element__code="R415")} == {"UE41"}
    assert stored("UE35", "R301").coefficient == 0
    assert not Weight.objects.filter(unit__code="UE31", element__code="R302").exists()
    assert editing.units.get(code="UE36").competence.code == "RT6"


def test_a_title_typed_changes_the_lines_and_keeps_the_focus(page: Page, editing):
    title = box(page, "Intitulé, R301")
    title.fill("Réseaux de grand campus")
    title.press("Tab")
    expect(page.locator("[data-line]").filter(has_text="Réseaux de grand campus")).to_have_count(2)
    expect(box(page, "Intitulé court, R301")).to_be_focused()
    box(page, "Pôle, R301").select_option("sae")
    expect(page.locator("#live-share-0")).to_contain_text("54,3")


def test_two_people_at_once_lose_nothing(page: Page, editing, audit):
    box(page, "TD, R301 en UE31").fill("6")
    box(page, "Coef., R302 en UE31").fill("10")
    data = programme_data(editing)
    data["weights"][1]["coefficient"] = Decimal(8)
    data["units"][1]["ects"] = Decimal("9.5")
    load_programme(department=editing.parcours.department, data=data, by=None, update=True)

    page.get_by_role("button", name="Enregistrer").click()
    told = page.get_by_role("alert").filter(has_text="le programme a changé entre-temps")
    expect(told).to_contain_text("UE32 : ECTS 10 → 9,5")
    expect(told).to_contain_text("R302 en UE31, coefficient : 10 chez vous, 8 enregistré")
    expect(box(page, "TD, R301 en UE31")).to_have_value("6")
    expect(box(page, "ECTS, UE32")).to_have_value("9,5")
    audit(page)
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.get_by_text("2 changements enregistrés.")).to_be_visible()
    assert (stored("UE31", "R301").td, stored("UE31", "R302").coefficient) == (6, 10)
    assert editing.units.get(code="UE32").ects == Decimal("9.5")


def test_a_lost_network_and_a_finished_session_are_told(page: Page, editing, errors):
    page.route("**/apercu/", lambda route: route.abort())
    box(page, "TD, R301 en UE31").fill("6")
    expect(page.get_by_text("Réseau perdu. Les totaux ne suivent plus")).to_be_visible()
    page.unroute("**/apercu/")
    box(page, "TD, R301 en UE31").fill("7")
    expect(bar(page)).to_contain_text("563 h")
    expect(page.get_by_text("Réseau perdu.")).to_be_hidden()
    page.context.clear_cookies(name="sessionid")
    box(page, "TD, R301 en UE31").fill("8")
    expect(page.locator("#sign-in")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_text("Votre session est finie.")).to_be_visible()
    expect(box(page, "TD, R301 en UE31")).to_have_value("8")
    errors.clear()


def test_without_javascript_it_is_a_plain_form(page: Page, programme, live_server):
    plain = page.context.browser.new_context(java_script_enabled=False, locale="fr-FR")
    plain.add_cookies(page.context.cookies())
    bare = plain.new_page()
    bare.goto(live_server.url + reverse("curriculum:edit", args=[programme.pk]))
    box(bare, "TD, R301 en UE31").fill("6")
    box(bare, "TD, R301 en UE31").press("Enter")  # checks, saves nothing
    expect(bar(bare)).to_contain_text("1 changement 562 h")
    assert stored("UE31", "R301").td == 5
    bare.get_by_label("Élément à ajouter en UE35").select_option("R302")
    bare.get_by_role("button", name="Ajouter la ligne en UE35").click()
    box(bare, "Coef., R302 en UE35").fill("2,5")
    bare.get_by_role("button", name="Vérifier").last.click()
    expect(bar(bare)).to_contain_text("2 changements 562 h · coef. 602,5")
    bare.get_by_role("button", name="Enregistrer").click()
    expect(bare.get_by_text("2 changements enregistrés.")).to_be_visible()
    assert (stored("UE31", "R301").td, stored("UE35", "R302").coefficient) == (6, Decimal("2.5"))
    plain.close()


def test_leaving_with_changes_asks_first(page: Page, editing):
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    page.get_by_role("link", name="Annuler").click()
    page.get_by_role("link", name="Modifier").click()
    page.wait_for_selector("#edit.live")
    assert asked == []
    box(page, "TD, R301 en UE31").fill("6")
    page.get_by_role("link", name="Annuler").click()
    page.get_by_role("link", name="Modifier").wait_for()
    assert asked == ["beforeunload"]
    assert stored("UE31", "R301").td == 5


def test_on_a_phone_every_number_is_in_sight(page: Page, editing, audit):
    page.set_viewport_size(PHONE)
    fits(page)
    audit(page)
    for name in ("CM", "TD", "TP", "Projet", "Éval.", "Coef."):
        place = box(page, f"{name}, R301 en UE31").bounding_box()
        assert place["x"] >= 0
        assert place["x"] + place["width"] <= PHONE["width"]
    box(page, "CM, R301 en UE31").fill("x")
    expect(page.locator(".why-row").get_by_text("Des heures entières")).to_be_visible()
    fits(page)
    audit(page)


def test_a_programme_begins_on_an_empty_page(page: Page, programme, live_server, audit):
    page.goto(live_server.url + reverse("curriculum:programmes"))
    audit(page)
    page.get_by_role("link", name="Nouveau programme").click()
    for size in (PHONE, DESK):
        page.set_viewport_size(size)
        audit(page)
        fits(page)
    page.get_by_role("button", name="Créer").click()
    expect(page.get_by_text("À écrire pour un nouveau parcours").first).to_be_visible()
    audit(page)
    page.get_by_label("Parcours", exact=True).select_option(index=1)
    page.get_by_label("En vigueur à partir de").fill("2026")
    page.get_by_role("button", name="Créer").click()
    expect(page.get_by_text("Aucune UE pour l’instant").first).to_be_visible()
    for size in (PHONE, DESK):
        page.set_viewport_size(size)
        audit(page)
        fits(page)


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_a_version_is_made_and_its_differences_read(page: Page, programme, audit, size):
    page.set_viewport_size(size)
    page.get_by_role("link", name="Nouvelle version").click()
    audit(page)
    fits(page)
    page.get_by_label("À partir de l’année universitaire").fill("2022")
    page.get_by_role("button", name="Faire la nouvelle version").click()
    expect(page.get_by_text("a déjà une version en vigueur depuis 2022")).to_be_visible()
    audit(page)
    page.get_by_label("À partir de l’année universitaire").fill("2026")
    page.get_by_role("button", name="Faire la nouvelle version").click()
    page.get_by_role("link", name="la version apprentissage en vigueur depuis 2022").click()
    expect(page.get_by_text("Aucune différence")).to_be_visible()
    audit(page)
    Weight.objects.filter(unit__programme__in_force_from=2026, unit__code="UE31").update(
        coefficient=Decimal("7.5")
    )
    page.reload()
    expect(page.get_by_role("row").filter(has_text="R301 en UE31")).to_contain_text("coefficient 11 → 7,5")
    expect(page.get_by_role("heading", name="Constats")).to_be_visible()
    audit(page)
    fits(page)
