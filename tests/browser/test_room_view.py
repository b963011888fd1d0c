"""What the room and the card show at once: on a laptop without scrolling, in the columns ticked, on paper."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from jury.models import Session
from jury.sittings import services
from tests.browser.test_room import jury, to_room  # noqa: F401

LAPTOP = {"width": 1366, "height": 768}
REMARK = "Redressement net depuis mars ; situation familiale difficile au premier semestre."

# Whether what a selector finds is in the window, whole, hidden by no box that scrolls nor by the foot.
IN_SIGHT = """(selector) => {
  const part = document.querySelector(selector);
  const { top, bottom, left, right, height } = part.getBoundingClientRect();
  if (!height || top < 0 || left < 0 || bottom > innerHeight || right > innerWidth) return false;
  for (let box = part.parentElement; box; box = box.parentElement) {
    if (getComputedStyle(box).overflowY === "visible") continue;
    if (box === document.documentElement || box === document.body) continue;
    const around = box.getBoundingClientRect();
    if (top < around.top - 1 || bottom > around.bottom + 1) return false;
  }
  const foot = document.querySelector(".decide-foot").getBoundingClientRect();
  return part.closest(".decide-foot") || !part.closest(".decide") || bottom <= foot.top + 1;
}"""


def test_the_card_holds_the_decision_in_one_screen(
    page: Page,
    demo: str,
    jury: Session,  # noqa: F811
    sign_in_as: Callable,
    audit: Callable,
):
    """With each code: what it brings, the remark, the other's motive, what lacks, beside the motive."""
    names = {
        each.student.last_name: each.student for each in jury.cohort.enrolments.select_related("student")
    }
    jury.cohort.enrolments.update(remark=REMARK, remark_by=jury.president, remark_at=timezone.now())
    services.decide(
        session=jury, student=names["MARCHADIER"], kind="year", subject="", code="PAS1NCI",
        motive="Résultats en nette hausse au second semestre.", by=jury.president,
    )  # fmt: skip
    page.set_viewport_size(LAPTOP)
    sign_in_as("b.vaucresson")
    page.goto(f"{demo}/jurys/{jury.pk}/etudiants/{names['LE GUENNIC'].number}/")
    audit(page)
    options = page.locator(".decide .opt:has(kbd) input[name=code]")
    assert options.count() == 5
    for option in options.all():
        option.click()
        expect(page.locator(".decide .conseq h3")).to_be_visible()
        page.wait_for_timeout(300)
        page.locator("#motive-year").focus()
        wanted = ["#motive-year", ".decide .conseq h3", ".decide .conseq dd", "#h-miss", ".said p"]
        wanted += [".card-now .like li", ".decide-foot button"]
        if option.get_attribute("value") == "NAR":
            wanted += ["#hearing-year", "#advice-year"]
        hidden = [each for each in wanted if not page.evaluate(IN_SIGHT, each)]
        assert (option.get_attribute("value"), hidden) == (option.get_attribute("value"), [])
    assert page.evaluate("scrollY") == 0
    expect(page.locator(".card-now .like li")).to_contain_text("Résultats en nette hausse")
    audit(page)


def test_columns_ticked_are_shown_and_no_other(
    page: Page,
    demo: str,
    jury: Session,  # noqa: F811
    sign_in_as: Callable,
):
    sign_in_as("b.vaucresson")

    def agree() -> None:
        for box in page.locator("[data-columns] input[type=checkbox]").all():
            column = page.locator(f"tbody tr[data-k] td.{box.get_attribute('value')}").first
            assert box.is_checked() == column.is_visible(), (page.viewport_size, box.get_attribute("value"))

    for width in (1366, 1440, 1920):
        page.set_viewport_size({"width": width, "height": 900})
        to_room(page, demo, jury)
        page.get_by_text("Colonnes", exact=True).click()
        agree()
    page.set_viewport_size(LAPTOP)
    to_room(page, demo, jury)
    page.get_by_text("Colonnes", exact=True).click()
    for label in ("Moyenne et rang, indicatifs", "UE", "Années antérieures"):
        page.get_by_label(label, exact=False).last.check()
        agree()


def test_sorted_by_rank_and_one_group_at_a_time(
    page: Page,
    demo: str,
    jury: Session,  # noqa: F811
    sign_in_as: Callable,
):
    sign_in_as("b.vaucresson")
    to_room(page, demo, jury)
    page.get_by_text("Colonnes", exact=True).click()
    page.get_by_label("Moyenne et rang, indicatifs").check()
    page.keyboard.press("Escape")
    page.locator("select[data-by]").select_option("none")
    page.locator("thead [data-key=rang]").click()
    ranks = page.locator("tr[data-k]:visible td.mean:nth-last-child(4)").all_inner_texts()
    assert ranks[:3] == ["1", "2", "3"]
    assert page.locator("tfoot tr").count() == 3
    page.locator("select[data-team]").select_option(index=1)
    team = page.locator("select[data-team]").input_value()
    assert 0 < page.locator("tr[data-k]:visible").count() < len(ranks)
    assert page.locator(f'tr[data-k]:visible:not([data-td="{team}"])').count() == 0
    page.reload()
    page.wait_for_selector("table[data-ready]")
    assert page.locator(f'tr[data-k]:visible:not([data-td="{team}"])').count() == 0


def test_several_students_one_decision(
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
    for _ in range(2):
        page.keyboard.press("ArrowDown")
        page.keyboard.press("x")
    expect(page.locator("[data-chosen]")).to_have_text("2 étudiants choisis :")
    audit(page)
    names = page.locator("[data-names]").inner_text().split(", ")
    page.get_by_label("Décision", exact=True).select_option("ATJ")
    page.get_by_label("Motif commun").fill("Stage à finir en septembre.")
    page.get_by_role("button", name="Décider pour eux").click()
    expect(page.locator("#together")).to_be_hidden()
    expect(page.locator("tbody tr[data-k^=todo]")).to_have_count(4)
    assert sorted(str(each.student) for each in jury.decisions.all()) == sorted(names)
    page.keyboard.press("z")
    expect(page.locator("#annuler")).to_contain_text("a décidé ATJ (année) pour 2 étudiants")


@pytest.mark.skipif(not shutil.which("pdftotext"), reason="poppler is not there")
def test_the_paper_list_is_a4_landscape_with_every_column(
    page: Page,
    demo: str,
    jury: Session,  # noqa: F811
    sign_in_as: Callable,
    with_windows: Callable[[Page], Page],
    tmp_path: Path,
):
    page.set_viewport_size(LAPTOP)
    sign_in_as("b.vaucresson")
    to_room(page, demo, jury)
    page = with_windows(page)
    page.pdf(path=str(tmp_path / "liste.pdf"), prefer_css_page_size=True)

    told = subprocess.run(
        ["pdfinfo", tmp_path / "liste.pdf"], capture_output=True, text=True, check=True
    ).stdout
    assert re.search(r"Page size: +841\.\d+ x 59[45]\.\d+ pts \(A4\)", told)
    text = subprocess.run(
        ["pdftotext", "-layout", tmp_path / "liste.pdf", "-"], capture_output=True, text=True, check=True
    ).stdout
    first, second = text.split("\f")[:2]
    for words in ("UE31", "UE45", "RCUE", "ECTS", "Suite", "Moy.", "Rang", "Au plus près", "Abs.", "Avant"):
        assert words in first
        assert words in second
    assert "À décider" in first
    assert "ABÉLARD Noé · " in first
    assert "Maximum" in second
    # On the screen as before.
    expect(page.locator("td.ue").first).to_be_hidden()
