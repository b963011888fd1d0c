"""The administrator takes a formation of ScoDoc in: file, parcours, UE, what would change."""

from pathlib import Path

from playwright.sync_api import Page, expect

from curriculum.models import Programme
from tests.curriculum.scodoc.exports import as_xml, changed, modules, ue


def odd(said) -> None:
    """A formation that leaves something to be answered, and something to be told."""
    del ue(said, "UE45")["ects"]
    modules(said)["R303"]["module_type"] = 0
    modules(said)["R304"]["coefficients"] = []
    said["ue"].append({"acronyme": "Sport", "type": 1, "reference": 9001, "matiere": []})


def test_the_administrator_imports_a_formation_of_scodoc(page: Page, demo, sign_in_as, audit, tmp_path: Path):
    file = tmp_path / "formation-rt.xml"
    file.write_bytes(as_xml(changed(odd)))
    sign_in_as("e.roussalet")
    page.get_by_role("link", name="Programmes", exact=True).click()
    page.get_by_role("link", name="Importer de ScoDoc").click()
    audit(page)

    page.get_by_label("Export de la formation").set_input_files(file)
    page.get_by_role("button", name="Lire ce fichier").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Où ranger cette formation")
    audit(page)
    page.get_by_label("En vigueur à partir").fill("25")
    page.get_by_label("Modalité").select_option("apprentissage")
    page.get_by_role("button", name="Voir les UE").click()
    expect(page.get_by_label("En vigueur à partir")).to_have_js_property("validity.valid", False)
    page.get_by_role("radio", name="RT-IOM, ").check()
    page.get_by_label("En vigueur à partir").fill("2025")
    page.get_by_role("button", name="Voir les UE").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Ce que sont ses UE")
    expect(page.get_by_label("UE34, compétence")).to_have_value("RT4")
    audit(page)
    page.get_by_label("UE31, ECTS").fill("6,5")
    page.get_by_label("UE45, ECTS").fill("")
    page.get_by_role("button", name="Voir ce qui changerait").click()
    expect(page.get_by_text("Donner ses ECTS.")).to_be_visible()
    expect(page.get_by_label("UE31, ECTS")).to_have_value("6,5")
    audit(page)
    page.get_by_label("UE45, ECTS").fill("5")
    page.get_by_role("button", name="Voir ce qui changerait").click()

    expect(page.get_by_text("UE de bonus ou de sport")).to_contain_text("Sport")
    expect(page.get_by_text("modules sans coefficient dans aucune UE")).to_contain_text("R304")
    audit(page)
    page.get_by_role("button", name="Corriger les réponses").click()
    expect(page.get_by_label("UE31, ECTS")).to_have_value("6,5")
    page.get_by_role("button", name="Voir ce qui changerait").click()
    page.get_by_role("button", name="Enregistrer les 2 programmes").click()
    expect(page.get_by_text("BUT2 IOM, apprentissage, depuis 2025 : enregistré.")).to_be_visible()
    made = Programme.objects.get(year=2, in_force_from=2025)
    assert (str(made.units.get(code="UE31").ects), made.elements.count()) == ("6.5", 35)
