"""The search box and the help, by the keyboard alone, as the secretariat uses them."""

from playwright.sync_api import expect


def test_the_secretariat_finds_a_student_by_the_keyboard(page, demo, sign_in_as, audit):
    sign_in_as("c.pichavant")
    page.keyboard.press("/")
    page.locator(":focus").press_sequentially("le guen")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Étudiants")).to_be_visible()
    audit(page)
    page.locator("#search-q").focus()
    page.keyboard.press("ArrowDown")
    expect(page.locator(":focus")).to_have_text("LE GUENNIC Erwan")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("LE GUENNIC")
    page.set_viewport_size({"width": 390, "height": 844})
    page.get_by_role("link", name="Chercher").click()
    page.locator("#search-q").fill("relevé leguennic introuvable")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Rien de ce que vous pouvez ouvrir")).to_be_visible()
    audit(page)
    page.get_by_role("heading", level=1).click()
    page.keyboard.press("?")
    expect(page.get_by_role("heading", level=1)).to_have_text("Aide, secrétariat")
    audit(page)
