"""The mark sheet against a spreadsheet: blocks told before they are saved, absences, groups, the keyboard."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Dialog, Page, expect

from butrt.base.accounts.models import User
from grades.models import Group, Mark
from tests.browser.sheets import NAMES, PASTE, Sheet


def texts(sheet: Sheet, *titles: str) -> list[list[str]]:
    return [[sheet.cell(name, title).input_value() for title in titles or ("DS", "TP")] for name in NAMES]


def test_a_pasted_block_is_told_before_it_is_saved(
    sheet: Sheet, page: Page, audit: Callable[[Page], None]
) -> None:
    sheet.type("BARTOLI", "DS", "8")
    sheet.state("BARTOLI", "DS", "saved")
    sheet.cell("ABÉLARD", "DS").click()
    sheet.cell("ABÉLARD", "DS").evaluate(PASTE, "12.5\t13\t1\r\n9\tabi\r\nAIB\r\n25\r\n10\r\n")

    preview = page.get_by_role("dialog", name="Coller dans DS, à partir de ABÉLARD Camille")
    expect(preview).to_contain_text("4 notes seront enregistrées, 2 refusées. Rien n’est encore enregistré.")
    expect(preview).to_contain_text("8 devient 9")
    expect(preview).to_contain_text("25 dépasse le maximum, 20.")
    expect(preview).to_contain_text("1 ligne et 1 colonne hors de la grille, laissées de côté.")
    expect(preview.get_by_role("button", name="Enregistrer les 4 notes")).to_be_focused()
    audit(page)
    assert Mark.objects.count() == 1
    page.keyboard.press("Escape")
    assert texts(sheet) == [["", ""], ["8", ""], ["", ""], ["", ""]]

    sheet.cell("ABÉLARD", "DS").evaluate(PASTE, "12.5\t13\r\n9\tabi\r\nAIB\r\n25\r\n")
    expect(preview.get_by_role("button", name="Enregistrer les 4 notes")).to_be_focused()
    page.keyboard.press("Enter")
    sheet.state("BARTOLI", "TP", "saved")
    sheet.state("DIALLO", "DS", "refused")
    expect(sheet.cell("ABÉLARD", "DS")).to_be_focused()
    assert texts(sheet) == [["12,5", "13"], ["9", "ABI"], ["AIB", ""], ["25", ""]]
    assert Mark.objects.count() == 4

    page.get_by_role("button", name="Annuler le collage").click()
    sheet.state("DIALLO", "DS", "empty")
    expect(sheet.cell("BARTOLI", "TP")).to_have_value("")
    assert texts(sheet) == [["", ""], ["8", ""], ["", ""], ["", ""]]


def test_a_block_is_pasted_in_a_dialog_by_who_cannot_paste_in_the_grid(
    sheet: Sheet, page: Page, audit: Callable[[Page], None]
) -> None:
    page.get_by_role("button", name="Coller").click()
    block = page.get_by_label("Bloc copié d’un tableur")
    expect(block).to_be_focused()
    audit(page)
    page.get_by_label("À partir de l’évaluation").select_option("TP")
    page.get_by_label("et de l’étudiant").select_option(label="CHASSAGNE Camille")
    block.fill("11\n12,25")
    page.get_by_role("button", name="Voir ce qui changera").click()
    page.get_by_role("button", name="Enregistrer les 2 notes").click()

    expect(page.get_by_text("2 notes enregistrées.")).to_be_visible()
    assert texts(sheet, "TP") == [[""], [""], ["11"], ["12,25"]]


def test_a_preview_without_network_keeps_the_block(sheet: Sheet, page: Page, errors: list[str]) -> None:
    page.route("**/apercu/", lambda route: route.abort())
    sheet.cell("ABÉLARD", "DS").click()
    sheet.cell("ABÉLARD", "DS").evaluate(PASTE, "11\n12")

    expect(page.get_by_text("Réseau perdu. Rien n’est enregistré, le bloc reste ici.")).to_be_visible()
    expect(page.get_by_label("Bloc copié d’un tableur")).to_have_value("11\n12")
    page.unroute("**/apercu/")
    page.get_by_role("button", name="Voir ce qui changera").click()
    page.get_by_role("button", name="Enregistrer les 2 notes").click()
    expect(page.get_by_text("2 notes enregistrées.")).to_be_visible()
    assert all("ERR_FAILED" in error for error in errors)
    errors.clear()


def test_who_has_no_mark_is_put_absent_after_a_confirmation_that_counts_them(
    sheet: Sheet, page: Page, audit: Callable[[Page], None]
) -> None:
    sheet.type("BARTOLI", "DS", "8")
    page.get_by_role("button", name="Mettre ABI aux 3 sans note…").click()
    question = page.get_by_role("dialog", name="Mettre ABI aux 3 sans note, DS")
    expect(question).to_contain_text("3 notes seront enregistrées")
    expect(question).to_contain_text("CHASSAGNE")
    audit(page)
    assert Mark.objects.count() == 1
    question.get_by_role("button", name="Mettre ABI aux 3 sans note").press("Enter")

    sheet.state("DIALLO", "DS", "saved")
    assert texts(sheet, "DS") == [["ABI"], ["8"], ["ABI"], ["ABI"]]
    expect(page.locator("thead [data-column]").first).to_contain_text("✓ 4 sur 4")
    page.get_by_role("button", name="Retirer ces ABI").click()
    sheet.state("DIALLO", "DS", "empty")
    assert texts(sheet, "DS") == [[""], ["8"], [""], [""]]


def test_one_group_at_a_time_is_remembered_in_the_address(
    sheet: Sheet, page: Page, audit: Callable[[Page], None]
) -> None:
    cohort = sheet.teaching.cohort
    group = Group.objects.create(cohort=cohort, name="TP B")
    cohort.enrolments.filter(student__last_name__in=NAMES[2:]).update(group=group)
    page.reload()
    page.get_by_role("navigation", name="Étudiants affichés").get_by_role("link", name="TP B 2").click()
    page.wait_for_selector(".grid.live")

    expect(page.locator("tbody tr[data-enrolment]")).to_have_count(2)
    expect(page.get_by_text("4 notes à saisir sur 4")).to_be_visible()
    sheet.type("CHASSAGNE", "DS", "12")
    sheet.state("CHASSAGNE", "DS", "saved")
    expect(page.get_by_text("3 notes à saisir sur 4")).to_be_visible()
    audit(page)
    page.reload()
    expect(page.locator("tbody tr[data-enrolment]")).to_have_count(2)


def test_typing_replaces_f2_corrects_and_escape_undoes(sheet: Sheet, page: Page) -> None:
    sheet.type("ABÉLARD", "DS", "12,5")
    sheet.state("ABÉLARD", "DS", "saved")
    page.keyboard.press("ArrowUp")
    page.keyboard.type("9")
    expect(sheet.cell("ABÉLARD", "DS")).to_have_value("9")
    page.keyboard.press("Escape")
    expect(sheet.cell("ABÉLARD", "DS")).to_have_value("12,5")

    page.keyboard.press("F2")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Backspace")
    page.keyboard.press("ArrowLeft")
    expect(sheet.cell("ABÉLARD", "DS")).to_be_focused()
    expect(sheet.cell("ABÉLARD", "DS")).to_have_value("125")
    page.keyboard.press("Escape")
    expect(sheet.cell("ABÉLARD", "DS")).to_have_value("12,5")
    page.keyboard.press("ArrowRight")
    expect(sheet.cell("ABÉLARD", "TP")).to_be_focused()
    assert [str(mark.value) for mark in Mark.objects.all()] == ["12.50"]
    assert Mark.objects.get().version == 1


def test_tab_and_enter_at_the_edges(sheet: Sheet, page: Page) -> None:
    sheet.cell("ABÉLARD", "TP").focus()
    for key, (name, title) in {
        "Tab": ("BARTOLI", "DS"),
        "Shift+Tab": ("ABÉLARD", "TP"),
        "ArrowUp": ("ABÉLARD", "TP"),
    }.items():
        page.keyboard.press(key)
        expect(sheet.cell(name, title)).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(sheet.row("ABÉLARD").locator(".reasons-link")).to_be_focused()
    page.keyboard.press("ArrowLeft")
    expect(sheet.cell("ABÉLARD", "TP")).to_be_focused()

    sheet.cell("DIALLO", "TP").focus()
    page.keyboard.type("11")
    page.keyboard.press("Enter")
    expect(sheet.cell("DIALLO", "TP")).to_be_focused()
    sheet.state("DIALLO", "TP", "saved")
    page.keyboard.press("Tab")
    expect(sheet.row("ABÉLARD").locator("input").first).not_to_be_focused()


def test_closing_the_page_with_unsaved_marks_warns_and_nothing_typed_offline_is_lost(
    sheet: Sheet, page: Page, errors: list[str]
) -> None:
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stay)
    page.route("**/notes/", lambda route: route.abort())
    for name, text in zip(NAMES, ("14,5", "9", "ABI", "7"), strict=True):
        sheet.type(name, "DS", text)
    expect(page.get_by_text("notes sont gardées ici et ne sont pas enregistrées")).to_be_visible()
    with pytest.raises(Exception, match=r"Timeout|ERR_ABORTED"):
        page.goto("about:blank", timeout=1500)

    assert asked == ["beforeunload"]
    assert texts(sheet, "DS") == [["14,5"], ["9"], ["ABI"], ["7"]]
    assert not Mark.objects.exists()
    page.unroute("**/notes/")
    for name in NAMES:
        expect(sheet.cell(name, "DS").locator("..")).to_contain_class("saved", timeout=8000)
    assert Mark.objects.count() == 4
    asked.clear()
    page.reload()
    assert asked == []
    assert all("ERR_FAILED" in error for error in errors)
    errors.clear()


def test_a_mark_far_from_the_others_is_pointed_out_and_saved(sheet: Sheet, page: Page) -> None:
    sheet.cell("ABÉLARD", "DS").click()
    sheet.cell("ABÉLARD", "DS").evaluate(PASTE, "12\t12\n9\t10\n15\t14\n13\t1,3")
    page.get_by_role("button", name="Enregistrer les 8 notes").press("Enter")

    sheet.state("DIALLO", "TP", "odd")
    sheet.state("DIALLO", "TP", "saved")
    expect(sheet.cell("DIALLO", "TP")).to_have_accessible_description(
        "à plus de 5 points de ses autres notes quand la promotion ne l’est pas, acceptée"
    )
    sheet.type("DIALLO", "TP", "13")
    expect(sheet.cell("DIALLO", "TP").locator("..")).not_to_contain_class("odd")


def test_an_average_opens_on_its_reasons(
    sheet: Sheet, page: Page, audit: Callable[[Page], None], teacher: User
) -> None:
    sheet.type("ABÉLARD", "DS", "12")
    sheet.type("ABÉLARD", "TP", "ABI")
    sheet.row("ABÉLARD").get_by_role("link", name="8,00").click()

    why = page.get_by_role("dialog", name="ABÉLARD Camille")
    expect(why).to_contain_text("compte 12,00 × 2")
    expect(why).to_contain_text("absence injustifiée, compte 0")
    expect(why).to_contain_text("24,00 ÷ 3 = 8,00")
    audit(page)


def test_a_head_orders_and_deletes_the_evaluations_from_the_keyboard(
    sheet: Sheet, page: Page, teacher: User, audit: Callable[[Page], None]
) -> None:
    sheet.teaching.heads.add(teacher)
    page.reload()
    audit(page)
    page.get_by_role("button", name="Déplacer TP à gauche").focus()
    page.keyboard.press("Enter")
    expect(page.locator("thead .ev b")).to_have_text(["TP", "DS"])
    page.wait_for_selector(".grid.live")
    expect(page.get_by_role("button", name="Déplacer TP à droite")).to_be_enabled()

    sheet.type("ABÉLARD", "DS", "12")
    sheet.state("ABÉLARD", "DS", "saved")
    page.get_by_role("link", name="DS", exact=True).click()
    expect(page.get_by_text("leur histoire est gardée")).to_be_visible()
    page.go_back()
    page.get_by_role("link", name="TP", exact=True).click()
    audit(page)
    page.get_by_role("button", name="Supprimer TP").click()
    expect(page.get_by_text("TP est supprimée.")).to_be_visible()
    expect(page.locator("thead .ev b")).to_have_text(["DS"])
