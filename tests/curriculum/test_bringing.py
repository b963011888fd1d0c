"""What begins a department's curriculum on screen: what comes with the site, a fiche filière."""

from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from curriculum.models import Programme, Specialty
from tests.factories import make_department, make_user
from tests.pages import form_of

pytestmark = pytest.mark.django_db
FICHE = Path("fixtures/reference/fiche-filiere-but2-rt-iom-app-2022-2023.txt")


@pytest.fixture
def administrator(client):
    client.force_login(make_user("administrator", department=make_department()))
    return client


def load_referential(client) -> None:
    address = reverse("curriculum:confirm_referential")
    proposal = client.post(reverse("curriculum:provided"), {"referential": "rt.json"})
    client.post(address, form_of(proposal, address))


def test_the_referential_then_the_programmes_that_come_with_the_site(administrator):
    load_referential(administrator)
    names = ["but1-rt.json", "but2-rt-iom-app.json", "but3-rt-iom.json"]
    proposal = administrator.post(reverse("curriculum:provided"), {"programmes": names})

    assert Specialty.objects.get().source
    assert not Programme.objects.exists()
    assert "Enregistrer les 3 programmes" in proposal.text
    address = reverse("curriculum:confirm")
    administrator.post(address, form_of(proposal, address))
    assert sorted(Programme.objects.values_list("year", flat=True)) == [1, 2, 3]


@pytest.mark.parametrize("posted", [{}, {"programmes": "../../settings.py"}, {"referential": "../rt.json"}])
def test_nothing_else_of_the_server_is_read(administrator, posted):
    answer = administrator.post(reverse("curriculum:provided"), posted)

    assert answer.status_code == (404 if "referential" in posted else 200)
    assert "proposal" not in answer.text


def test_a_fiche_is_read_and_shown_before_it_is_kept(administrator):
    load_referential(administrator)
    file = SimpleUploadedFile("fiche.txt", FICHE.read_bytes())
    proposal = administrator.post(reverse("curriculum:bring_fiche"), {"file": file})

    assert "Totaux imprimés sur la fiche" in proposal.text
    address = reverse("curriculum:confirm")
    administrator.post(address, form_of(proposal, address))
    assert str(Programme.objects.get()) == "BUT2 IOM, apprentissage"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"%PDF-1.7 ...", "pdftotext"),
        (b"\xff\xfe\x00", "UTF-8"),
        (b"rien d'une fiche", "fiche"),
        (FICHE.read_bytes(), "Importer d’abord le référentiel"),
    ],
)
def test_what_is_no_fiche_is_refused_in_words(administrator, data, words):
    answer = administrator.post(
        reverse("curriculum:bring_fiche"), {"file": SimpleUploadedFile("fiche.pdf", data)}
    )

    assert "Rien n’est lu" in answer.text
    assert words in answer.text.split("Rien n’est lu")[1]
