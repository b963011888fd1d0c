"""Journeys 3 and 4: the president holds the jury and signs; the secretariat takes the documents."""

import io
import re
import zipfile

from django.conf import settings
from openpyxl import load_workbook
from playwright.sync_api import Page, expect

from butrt.base.documents.certificates import load_roots
from butrt.base.documents.verifying import embedded_files, verify
from jury.models import MinutesRevision
from tests.pages import print_nothing

DECIDED = {
    "DA ROCHA Diogo": "ADJ",
    "GAUCHER Matteo": "NAR",
    "LE GUENNIC Erwan": "PAS1NCI",
    "MARCHADIER Jules": "PAS1NCI",
    "RAKOTOBE Tiana": "RED",
    "TCHOUMI Arnold": "RED",
    "ZIELIŃSKI Adam": "ATJ",
}


def open_the_jury(page: Page, motive: str) -> None:
    page.get_by_role("link", name="Jurys").click()
    page.get_by_role("link", name="Jury S4 et année BUT2").first.click()
    page.get_by_label("Motif").fill(motive)
    page.get_by_role("button", name="Ouvrir la délibération").click()


def decide_by_keyboard(page: Page, code: str) -> None:
    """Four strokes: the code's number, M, the first letter of a usual motive, Ctrl Enter."""
    page.keyboard.press(page.locator(f".opt:has(input[value={code}]) kbd").inner_text())
    page.keyboard.press("m")
    page.keyboard.press({"RED": "l", "ATJ": "l"}.get(code, "r"))
    page.keyboard.press("Control+Enter")


def test_from_the_checklist_to_the_documents(page: Page, demo, sign_in_as, audit, monkeypatch):
    sign_in_as("b.vaucresson")
    audit(page)
    page.get_by_role("link", name="Jurys").click()
    audit(page)
    page.get_by_role("link", name="Jury S4 et année BUT2").first.click()
    expect(page.get_by_text("R405 : 1 étudiant attend une note")).to_be_visible()
    audit(page)

    # Opening without a motive is refused, nothing is lost.
    page.get_by_role("button", name="Ouvrir la délibération").click()
    expect(page.get_by_role("alert")).to_contain_text("Ouvrir demande un motif")
    page.get_by_label("Motif").fill("La note de R405 parviendra plus tard.")
    page.get_by_role("button", name="Ouvrir la délibération").click()
    expect(page.get_by_text("les notes sont verrouillées")).to_be_visible()
    audit(page)

    # A decision without a motive, then a refusal to repeat without advice: refused, what was typed stays.
    room = page.url
    page.get_by_role("link", name="GAUCHER").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("À décider")
    audit(page)
    page.get_by_role("radio", name=re.compile("NAR")).check()
    page.get_by_label("Motif", exact=True).first.fill("Les quatre semestres ont déjà été redoublés.")
    page.get_by_role("button", name="Enregistrer, dossier suivant").click()
    expect(page.get_by_role("alert")).to_contain_text("conseils d’orientation")
    expect(page.get_by_label("Motif", exact=True).first).to_have_value(
        "Les quatre semestres ont déjà été redoublés."
    )
    audit(page)
    page.locator("#asked-year").check()
    page.locator("#hearing-year").fill("Entendu le 7 juillet 2025 par le directeur des études.")
    page.get_by_label("Conseils d’orientation").first.fill("BTS CIEL par apprentissage.")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("GAUCHER Matteo : décision enregistrée.")).to_be_visible()

    # The jury acquires RT2 of LE GUENNIC: UE32 comes with it.
    page.goto(room)
    page.get_by_role("link", name="LE GUENNIC").click()
    page.get_by_text("Acquérir ou refuser une UE, une compétence").click()
    page.get_by_label("Décider de").select_option("rcue:RT2/2")
    page.get_by_label("Code", exact=True).select_option("ADJ")
    expect(page.locator("#decider .conseq")).to_contain_text("UE32")
    page.locator("#motive-unit").fill("À 0,03 point du seuil.")
    page.get_by_role("button", name="Enregistrer", exact=True).click()
    expect(page.locator("main")).to_contain_text("acquise avec sa compétence")

    # The others by the keyboard alone: a code, M, a letter, Ctrl Enter; the next one comes by itself.
    page.goto(room)
    page.wait_for_selector("table[data-ready]")
    page.keyboard.press("d")
    page.wait_for_url(re.compile("/etudiants/"))
    while "/etudiants/" in page.url:
        name = page.title().split(",")[0]
        decide_by_keyboard(page, DECIDED[name])
        expect(page.get_by_text(f"{name} : décision enregistrée.")).to_be_visible()

    # What is of right is accepted in one act, taken back, accepted again: the number is told.
    page.keyboard.press("a")
    page.get_by_role("button", name="Accepter les 20 propositions").press("Enter")
    expect(page.get_by_text("20 propositions de droit acceptées.")).to_be_visible()
    page.wait_for_selector("table[data-ready]")
    page.keyboard.press("z")
    expect(page.get_by_role("dialog")).to_contain_text("a accepté 20 propositions de droit")
    page.keyboard.press("Enter")
    expect(
        page.get_by_text("Annulé : Béatrice Vaucresson a accepté 20 propositions de droit")
    ).to_be_visible()
    page.wait_for_load_state()  # the message stands before the keyboard listens
    page.keyboard.press("a")
    expect(page.get_by_role("button", name="Accepter les 20 propositions")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_text("20 propositions de droit acceptées.")).to_be_visible()

    # Closing waits for the members present, and asks for the hours of the meeting.
    page.get_by_role("link", name="Clore le jury").first.click()
    audit(page)
    expect(page.get_by_label("Début")).to_have_value("14:00")
    page.get_by_label("Fin").fill("16:52")
    page.get_by_role("button", name="Clore le jury").click()
    expect(page.get_by_role("alert")).to_contain_text("la présidence soit là")
    page.get_by_role("link", name="Membres", exact=True).click()
    audit(page)
    for line in range(6):
        page.locator(f"#id_form-{line}-presence").select_option("present")
    page.locator("#id_form-6-presence").select_option("excused")
    page.get_by_role("button", name="Enregistrer les membres").click()
    expect(page.get_by_text("Membres enregistrés.")).to_be_visible()
    page.get_by_role("link", name="Retour à la session").click()
    page.get_by_role("link", name="Clore le jury").first.click()
    page.get_by_label("Fin").fill("16:52")
    page.get_by_role("button", name="Clore le jury").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Après le jury")
    page.get_by_role("link", name="Signer le PV").click()
    audit(page)
    page.get_by_role("button", name="Signer la version 1").click()
    expect(page.get_by_text("PV version 1 signé. Signatures attendues : ")).to_be_visible()
    audit(page)

    # The secretariat: the signed PV, the transcripts, the workbook.
    sign_in_as("c.pichavant")
    audit(page)
    page.get_by_role("link", name="PV et documents").first.click()  # this year's
    page.get_by_role("link", name="Apposer le cachet").click()
    audit(page)
    page.get_by_label("Je le sais et j’appose le cachet").check()
    page.get_by_role("button", name="Apposer le cachet").click()
    expect(page.get_by_text("PV version 1 scellé")).to_be_visible()
    minutes = page.request.get(f"{demo}{page.get_by_role('link', name='Lire le PV').get_attribute('href')}")
    revisions = MinutesRevision.objects.filter(minutes__session__cohort__school_year=2024)
    stored = list(revisions.order_by("step").values_list("sha256", flat=True))
    trusted = load_roots(settings.BUTRT_CERTIFICATES_DIR)
    checked = verify(minutes.body(), trust_roots=trusted)
    assert (checked.intact, len(checked.signatures), len(stored)) == (True, 2, 3), checked.problem
    assert {"cohorte.json", "decisions.json"} <= set(embedded_files(minutes.body()))
    altered = bytearray(minutes.body())
    altered[len(altered) // 3] ^= 1
    assert not verify(bytes(altered), trust_roots=trusted).intact

    after = page.url
    with monkeypatch.context() as patch:
        print_nothing(patch)  # one of the 28 is laid out below, three in test_batches.py
        page.locator("#doc-releve").get_by_role("button", name="Produire, ZIP").click()
        expect(page.locator("main")).to_contain_text("28 prêts")
    with page.expect_download() as download:
        page.get_by_role("link", name="ZIP", exact=True).click()
    with zipfile.ZipFile(download.value.path()) as archive:
        names = archive.namelist()
        assert (len(names), all(archive.read(name).startswith(b"%PDF-") for name in names)) == (28, True)
    page.goto(after)
    with page.expect_download() as download:
        page.get_by_role("link", name="Classeur Excel").click()
    workbook = load_workbook(io.BytesIO(download.value.path().read_bytes()))
    assert len(workbook.sheetnames) >= 4
    transcript = page.get_by_role("link", name="Relevé de LE GUENNIC Erwan, PDF").get_attribute("href")
    assert page.request.get(f"{demo}{transcript}").body().startswith(b"%PDF-")


def test_a_member_follows_and_cannot_decide(page: Page, demo, sign_in_as, audit):
    sign_in_as("b.vaucresson")
    open_the_jury(page, "La note de R405 parviendra plus tard.")
    sign_in_as("s.abgrall")
    page.get_by_role("link", name="Suivre").click()
    page.get_by_role("link", name="DA ROCHA").click()
    expect(page.get_by_text("Lecture seule")).to_be_visible()
    assert page.get_by_role("button", name="Enregistrer, dossier suivant").count() == 0
    audit(page)


def test_the_room_on_a_phone_in_the_dark(page: Page, demo, sign_in_as, audit):
    sign_in_as("b.vaucresson")
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{demo}/jurys/")
    page.get_by_role("link", name="Jury S4 et année BUT2").first.click()
    page.get_by_role("link", name="Salle du jury").click()
    expect(page.get_by_role("link", name="LE GUENNIC")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    audit(page)
