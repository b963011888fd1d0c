"""The workbook of a programme in Chromium: refused, then read and confirmed; on a screen and on a phone."""

import pytest
from playwright.sync_api import expect

from curriculum.models import Weight
from curriculum.services import load_programme
from tests.curriculum.test_services import programme_data
from tests.curriculum.workbook.files import edited, put
from tests.factories import make_department, make_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("width", [1440, 390])
def test_a_workbook_is_refused_then_read_then_taken(
    transactional_db, page, live_server, sign_in, audit, tmp_path, width
):
    department = make_department()
    programme = load_programme(department=department, data=programme_data(), by=None)
    for name, coefficient in (("refuse.xlsx", -1), ("but2.xlsx", 12)):
        (tmp_path / name).write_bytes(edited(programme, put("Semestre 3", K3=coefficient)))
    sign_in(make_user("administrator", department=department))
    page.set_viewport_size({"width": width, "height": 900})

    page.goto(f"{live_server.url}{programme.get_absolute_url()}")
    page.get_by_role("link", name="Envoyer un classeur").click()
    audit(page)
    for name, heading in (("refuse.xlsx", "1 refus"), ("but2.xlsx", "Ce qui changerait")):
        page.get_by_label("Fichier").set_input_files(tmp_path / name)
        page.get_by_role("button", name="Lire ce classeur").click()
        expect(page.get_by_role("heading", name=heading)).to_be_visible()
        audit(page)
        assert page.evaluate("document.documentElement.scrollWidth") == width
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.get_by_role("status")).to_contain_text("enregistré")
    assert Weight.objects.get(unit__code="UE31", element__code="R301").coefficient == 12
