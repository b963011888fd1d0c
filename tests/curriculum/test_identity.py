"""What a programme is beside its maquette: read from the fiche, kept, copied, shown, corrected."""

import pytest
from django.urls import reverse

from butrt.base.journal.models import Entry
from curriculum import programmelock
from curriculum.identity.fiche import read_identity, unwrapped
from curriculum.identity.services import identity_data, set_identity
from curriculum.models import Programme, ProgrammeIdentity
from curriculum.programmefile import IDENTITY, ProgrammeError, check_programme
from curriculum.services import load_programme, new_version
from tests.curriculum.test_services import FICHE, programme_data
from tests.factories import make_department
from tests.pages import shown

pytestmark = pytest.mark.django_db

TEXT = FICHE.read_text("utf-8")


def test_the_fiche_says_what_the_programme_is():
    said = read_identity(TEXT)

    assert {name: said[name] for name in ("domain", "mention", "rncp", "languages", "component")} == {
        "domain": "SCIENCES TECHNOLOGIES SANTE",
        "mention": "RESEAUX ET TELECOMMUNICATIONS",
        "rncp": "35457",
        "languages": "français, anglais",
        "component": "IUT DIJON-AUXERRE site d’AUXERRE département Réseaux et Télécommunications Route des "
        "Plaines de l’Yonne 89000 Auxerre",
    }
    assert said["hours"].startswith("28 h de cours magistraux, 258 h de travaux dirigés")
    assert said["objectives"].endswith("tout en assurant leur sécurité physique et logicielle.")
    assert said["outlets"].count("\n•") == 9
    assert said["skills"].count("\n•") == 14
    assert said["year_skills"].startswith("A l’issue de la première année")
    assert "e-candidat" in said["access"]
    assert "contrat en alternance" in said["access"]


def test_contacts_are_read_where_the_fiche_prints_them():
    contacts = (
        "Responsable de l’année : Camille Exemple, camille@example.org\n\n"
        "Secrétariat pédagogique : 03 00 00 00 00\n\nObjectifs de la formation et débouchés :"
    )

    said = read_identity(TEXT.replace("Objectifs de la formation et débouchés :", contacts, 1))

    assert said["contacts"] == (
        "Responsable de l’année : Camille Exemple, camille@example.org\n"
        "Secrétariat pédagogique : 03 00 00 00 00"
    )


def test_a_text_without_any_of_it_says_nothing():
    assert read_identity("SEMESTRE 3\nUE31") == {}
    assert unwrapped("un texte\ncoupé ;\n\n• un point\nqui suit\n• un autre") == (
        "un texte coupé ;\n• un point qui suit\n• un autre"
    )


def test_the_file_and_the_model_have_the_same_fields():
    assert set(IDENTITY) == set(ProgrammeIdentity.FIELDS)
    assert {
        name: ProgrammeIdentity._meta.get_field(name).max_length for name in ProgrammeIdentity.FIELDS
    } == IDENTITY


def test_it_is_kept_with_the_programme_and_a_person_prevails(programme, administrator):
    assert programme.identity.rncp == "35457"
    set_identity(programme=programme, values=identity_data(programme) | {"rncp": "40001"}, by=administrator)

    load_programme(department=programme.parcours.department, data=programme_data(), by=None)
    assert Programme.objects.get().identity.rncp == "40001"
    load_programme(department=programme.parcours.department, data=programme_data(), by=None, update=True)
    assert Programme.objects.get().identity.rncp == "35457"


def test_a_new_version_has_it_too(programme, administrator):
    copy = new_version(programme=programme, in_force_from=2026, by=administrator)

    assert identity_data(copy) == identity_data(programme)


def test_a_programme_without_any_has_empty_texts():
    programme = load_programme(department=make_department(), data=programme_data("but3-rt-iom"), by=None)

    assert (programme.identity.rncp, programme.identity.stated) == ("", [])


@pytest.mark.parametrize(
    ("identity", "said"),
    [([], "objet"), ({"autre": ""}, "autre"), ({"rncp": 35457}, "rncp"), ({"rncp": "1" * 21}, "20")],
)
def test_a_wrong_identity_is_refused(identity, said):
    with pytest.raises(ProgrammeError, match=said):
        check_programme(programme_data() | {"identity": identity})


def test_an_administrator_corrects_it_even_after_a_jury(office, programme, administrator, monkeypatch):
    monkeypatch.setattr(programmelock, "_locks", [lambda keys: ["jury de S4"]])
    address = reverse("curriculum:identity", args=[programme.pk])
    assert "35457" in office.get(address).content.decode()

    values = identity_data(programme) | {"contacts": "Secrétariat : 03 00 00 00 00\r\nChef : C. Exemple"}
    page = office.post(address, values | shown(office, address), follow=True).content.decode()

    assert "Secrétariat : 03 00 00 00 00<br>Chef : C. Exemple" in page
    entry = Entry.objects.get(act="programme.identity", by=administrator)
    assert entry.details["changes"] == {"contacts": ["", "Secrétariat : 03 00 00 00 00\nChef : C. Exemple"]}


def test_the_same_texts_again_are_not_a_change(office, programme, administrator):
    address = reverse("curriculum:identity", args=[programme.pk])
    page = office.post(address, identity_data(programme) | shown(office, address), follow=True)

    assert "Rien n’a changé." in page.content.decode()
    assert not Entry.objects.filter(act="programme.identity", by=administrator).exists()


def test_what_is_too_long_stays_on_screen(office, programme):
    page = office.post(reverse("curriculum:identity", args=[programme.pk]), {"rncp": "3" * 30})

    assert "3" * 30 in page.content.decode()
    programme.refresh_from_db()
    assert programme.identity.rncp == "35457"
