"""The teacher's journey: find an element, enter marks, see what is refused and why, and the average."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect

from butrt.base.accounts.models import User
from grades.models import Mark
from grades.services import Entry, lock_marks, record_marks
from tests.browser.sheets import NAMES, PASTE, Sheet
from tests.factories import (
    make_user,
)

NBSP = "\N{NO-BREAK SPACE}"


def test_a_teacher_enters_marks(
    sheet: Sheet, page: Page, audit: Callable[[Page], None], errors: list[str]
) -> None:
    sheet.type("ABÉLARD", "DS", "14,5")
    expect(sheet.cell("BARTOLI", "DS")).to_be_focused()
    page.keyboard.type("12.25")
    page.keyboard.press("Enter")
    page.keyboard.type("abi")
    page.keyboard.press("Enter")
    page.keyboard.type("25")
    page.keyboard.press("Enter")

    sheet.state("ABÉLARD", "DS", "saved")
    sheet.state("CHASSAGNE", "DS", "saved")
    sheet.state("DIALLO", "DS", "refused")
    expect(sheet.cell("BARTOLI", "DS")).to_have_value("12,25")
    expect(sheet.cell("CHASSAGNE", "DS")).to_have_value("ABI")
    expect(sheet.cell("DIALLO", "DS")).to_have_value("25")
    expect(page.get_by_text("25 dépasse le maximum, 20.", exact=True)).to_be_visible()
    expect(sheet.cell("DIALLO", "DS")).to_have_accessible_description(
        "25 dépasse le maximum, 20. Rien n’est enregistré, votre saisie reste. Lire 2,5 ⏎ Effacer Échap"
    )
    expect(sheet.row("ABÉLARD").locator("[data-average]")).to_contain_text("14,50")
    expect(page.locator("thead [data-column]").first).to_contain_text("en saisie, 3 sur 4")

    sheet.type("ABÉLARD", "TP", "10")
    expect(sheet.row("ABÉLARD").locator("[data-average]")).to_have_text("13,00")
    audit(page)

    page.on("dialog", lambda dialog: dialog.accept())  # the refused 25 would be lost
    page.reload()
    page.wait_for_selector(".grid.live")
    expect(sheet.cell("BARTOLI", "DS")).to_have_value("12,25")
    expect(sheet.cell("DIALLO", "DS")).to_have_value("")
    assert sorted(str(mark).partition(" : ")[2] for mark in Mark.objects.all()) == [
        "10.00",
        "12.25",
        "14.50",
        "ABI",
    ]
    page.emulate_media(color_scheme="dark")
    page.reload()
    audit(page)


def test_a_refusal_is_corrected_by_its_suggestion_or_taken_back(sheet: Sheet, page: Page) -> None:
    sheet.type("ABÉLARD", "DS", "125")
    sheet.type("BARTOLI", "DS", "AIB")
    expect(page.get_by_text(f"AIB{NBSP}? Vouliez-vous ABI{NBSP}?", exact=True)).to_be_visible()

    sheet.cell("ABÉLARD", "DS").focus()
    page.keyboard.press("Enter")
    sheet.state("ABÉLARD", "DS", "saved")
    expect(sheet.cell("ABÉLARD", "DS")).to_have_value("12,5")
    sheet.cell("BARTOLI", "DS").focus()
    page.keyboard.press("Escape")
    expect(sheet.cell("BARTOLI", "DS")).to_have_value("")
    expect(page.locator(".explain")).to_have_count(0)


def test_two_people_on_the_same_mark_choose(sheet: Sheet, page: Page) -> None:
    colleague = make_user(first_name="Karim", last_name="Ouadah")
    assessment = sheet.teaching.assessments.get(title="DS")
    students = sheet.teaching.cohort.enrolments.in_bulk()
    record_marks(
        teaching=sheet.teaching,
        entries=[Entry(assessment.pk, key, "15,5", 0) for key in students],
        by=colleague,
    )

    sheet.type("ABÉLARD", "DS", "14,5")
    sheet.type("BARTOLI", "DS", "14,5")
    sheet.state("ABÉLARD", "DS", "conflict")
    sheet.state("BARTOLI", "DS", "conflict")
    expect(page.get_by_text("Karim Ouadah a saisi 15,5").first).to_be_visible()
    sheet.cell("ABÉLARD", "DS").focus()
    page.keyboard.press("1")
    sheet.cell("BARTOLI", "DS").focus()
    page.keyboard.press("2")

    sheet.state("ABÉLARD", "DS", "saved")
    sheet.state("BARTOLI", "DS", "saved")
    expect(sheet.cell("ABÉLARD", "DS")).to_have_value("15,5")
    expect(sheet.cell("BARTOLI", "DS")).to_have_value("14,5")
    expect(page.locator(".explain")).to_have_count(0)
    marks = {mark.enrolment.student.last_name: str(mark.value) for mark in Mark.objects.all()}
    assert marks == dict.fromkeys(NAMES, "15.50") | {"BARTOLI": "14.50"}


def test_a_block_is_pasted_from_a_spreadsheet_and_taken_back(sheet: Sheet, page: Page) -> None:
    sheet.cell("BARTOLI", "DS").click()
    sheet.cell("BARTOLI", "DS").evaluate(PASTE, "12,5\t13\r\n\tABJ\r\n14.5\t8\r\n9\t9\r\n")

    page.get_by_role("button", name="Enregistrer les 5 notes").press("Enter")
    expect(page.get_by_text("5 notes enregistrées.")).to_be_visible()
    texts = [[sheet.cell(name, title).input_value() for title in ("DS", "TP")] for name in NAMES]
    assert texts == [["", ""], ["12,5", "13"], ["", "ABJ"], ["14,5", "8"]]
    page.get_by_role("button", name="Annuler le collage").click()
    expect(sheet.cell("BARTOLI", "DS")).to_have_value("")
    sheet.state("DIALLO", "TP", "empty")
    assert not Mark.objects.exclude(value=None, code="").exists()


def test_the_network_is_lost_and_found_again(sheet: Sheet, page: Page, errors: list[str]) -> None:
    page.route("**/notes/", lambda route: route.abort())
    sheet.type("ABÉLARD", "DS", "14,5")

    expect(page.get_by_text("Réseau perdu.")).to_be_visible()
    sheet.state("ABÉLARD", "DS", "waiting")
    expect(sheet.cell("ABÉLARD", "DS")).to_have_value("14,5")
    page.unroute("**/notes/")
    sheet.state("BARTOLI", "DS", "empty")
    expect(sheet.cell("ABÉLARD", "DS").locator("..")).to_contain_class("saved", timeout=8000)
    assert [str(mark.value) for mark in Mark.objects.all()] == ["14.50"]
    assert all("ERR_FAILED" in error for error in errors)
    errors.clear()


def test_the_sheet_is_handled_from_the_keyboard(sheet: Sheet, page: Page) -> None:
    sheet.cell("ABÉLARD", "DS").focus()
    for key, (name, title) in {
        "ArrowDown": ("BARTOLI", "DS"),
        "ArrowRight": ("BARTOLI", "TP"),
        "ArrowUp": ("ABÉLARD", "TP"),
        "ArrowLeft": ("ABÉLARD", "DS"),
        "Tab": ("ABÉLARD", "TP"),
        "Enter": ("BARTOLI", "TP"),
        "Shift+Enter": ("ABÉLARD", "TP"),
    }.items():
        page.keyboard.press(key)
        expect(sheet.cell(name, title)).to_be_focused()

    page.keyboard.type("12")
    page.keyboard.press("Escape")
    expect(sheet.cell("ABÉLARD", "TP")).to_have_value("")
    page.keyboard.type("12")
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("F2")
    page.keyboard.press("ArrowLeft")
    page.keyboard.type("1")
    page.keyboard.press("Tab")
    expect(sheet.cell("ABÉLARD", "TP")).to_have_value("112")
    expect(page.get_by_text("112 dépasse le maximum, 20.", exact=True)).to_be_visible()


def test_a_jury_that_opens_meanwhile_is_told(sheet: Sheet, page: Page, errors: list[str]) -> None:
    lock_marks(cohort=sheet.teaching.cohort, semesters=[4], by=make_user())

    sheet.type("ABÉLARD", "DS", "14,5")

    sheet.state("ABÉLARD", "DS", "refused")
    expect(page.get_by_text("DS est verrouillée, ses notes ne changent plus.", exact=True)).to_be_visible()
    assert not Mark.objects.exists()
    assert all("403" in error for error in errors)
    errors.clear()


def test_a_phone_shows_one_assessment_at_a_time(
    sheet: Sheet, page: Page, audit: Callable[[Page], None]
) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    expect(sheet.cell("ABÉLARD", "TP")).to_be_hidden()
    page.get_by_role("button", name="TP").click()

    expect(sheet.cell("ABÉLARD", "DS")).to_be_hidden()
    sheet.type("ABÉLARD", "TP", "9")
    sheet.state("ABÉLARD", "TP", "saved")
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    audit(page)


def test_without_javascript_the_sheet_is_a_plain_form(
    sheet: Sheet, page: Page, browser: object, live_server: object
) -> None:
    context = browser.new_context(java_script_enabled=False, storage_state=page.context.storage_state())
    plain = context.new_page()
    plain.goto(page.url)
    handled = Sheet(plain, sheet.teaching)

    handled.cell("ABÉLARD", "DS").fill("14.5")
    handled.cell("BARTOLI", "DS").fill("25")
    plain.get_by_role("button", name="Enregistrer les notes").click()

    expect(plain.get_by_text("25 dépasse le maximum, 20.")).to_be_visible()
    expect(handled.cell("BARTOLI", "DS")).to_have_value("25")
    expect(handled.cell("ABÉLARD", "DS")).to_have_value("14,5")
    handled.cell("BARTOLI", "DS").fill("2,5")
    plain.get_by_role("button", name="Enregistrer les notes").click()
    expect(plain.get_by_text("Notes enregistrées.")).to_be_visible()
    context.close()
    assert sorted(str(mark.value) for mark in Mark.objects.all()) == ["14.50", "2.50"]


def test_a_head_creates_an_assessment_and_reads_a_mark_s_history(
    sheet: Sheet, teacher: User, page: Page, audit: Callable[[Page], None]
) -> None:
    sheet.teaching.heads.add(teacher)
    page.reload()
    page.get_by_role("link", name="Évaluation", exact=True).click()
    audit(page)
    page.get_by_label("Intitulé").fill("DS")
    page.get_by_label("Coefficient").fill("1,5")
    page.get_by_role("button", name="Créer l’évaluation").click()
    expect(page.get_by_text("porte déjà cet intitulé")).to_be_visible()
    page.get_by_label("Intitulé").fill("Oral")
    page.get_by_role("button", name="Créer l’évaluation").click()
    expect(page.get_by_text("coef. 1,5 · sur 20")).to_be_visible()

    sheet.type("ABÉLARD", "Oral", "12")
    sheet.state("ABÉLARD", "Oral", "saved")
    page.reload()
    sheet.cell("ABÉLARD", "Oral").click()
    page.get_by_role("link", name="Histoire de la note choisie").click()
    expect(page.get_by_role("row")).to_have_count(2)
    audit(page)
    page.get_by_role("link", name="Éléments").first.click()
    audit(page)
