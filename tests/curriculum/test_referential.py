"""The référentiel: read from its file, loaded on what programmes brought, shown."""

import json
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.urls import reverse

from butrt.base.journal.models import Entry
from butrt.base.spreadsheets import Unreadable
from curriculum.models import Competence, Level, Parcours, Specialty
from curriculum.referential.file import read_referential
from curriculum.referential.services import changes_of, load_referential
from curriculum.services import load_programme
from tests.curriculum.referential_files import GMP, orebut
from tests.curriculum.test_services import programme_data
from tests.factories import make_department, make_specialty, make_user

RT = Path(__file__).resolve().parents[2] / "fixtures" / "referentials" / "rt.json"
PROGRAMMES = ("but1-rt", "but2-rt-iom-app", "but3-rt-iom")

pytestmark = pytest.mark.django_db


def rt() -> dict:
    return read_referential(RT.read_bytes())


def three_years(department):
    return [load_programme(department=department, data=programme_data(name), by=None) for name in PROGRAMMES]


def identities(specialty) -> dict[str, str]:
    return dict(specialty.competences.values_list("identity", "code"))


# ---------- loading ----------


def test_the_competences_of_programmes_take_their_identity_and_keep_their_words():
    department = make_department()
    three_years(department)

    specialty = load_referential(department=department, data=rt(), by=None, origin="rt.json").specialty

    known = specialty.competences.get(identity="IOM1")
    assert (known.code, known.short) == ("RT4", "Réseaux mobiles")
    assert [(each.number, each.year) for each in known.levels.all()] == [(1, 2), (2, 3)]
    assert [each.short for each in known.parcours.all()] == ["IOM"]
    assert specialty.competences.get(identity="RT1").common
    assert specialty.competences.count() == 13
    assert specialty.source.startswith("Référentiel national")
    assert Entry.objects.get(act="referential.load").details["file"] == "rt.json"


def test_the_same_again_changes_nothing():
    department = make_department()
    three_years(department)
    load_referential(department=department, data=rt(), by=None)

    assert load_referential(department=department, data=rt(), by=None).changes == ()
    three_years(department)
    assert load_referential(department=department, data=rt(), by=None).changes == ()
    assert Entry.objects.filter(act="referential.load").count() == 1


def test_what_comes_first_changes_nothing_of_what_is_there_in_the_end():
    before, after = make_department(), make_department()
    load_referential(department=before, data=rt(), by=None)
    three_years(before)
    three_years(after)
    load_referential(department=after, data=rt(), by=None)

    def there(department):
        return sorted(
            Competence.objects.filter(specialty__department=department).values_list(
                "identity", "code", "title", "short", "common"
            )
        )

    assert there(before) == there(after)
    assert Parcours.objects.get(department=before, short="IOM").code == "RT-IOM"


def test_rt4_of_another_parcours_stays_another_competence():
    department = make_department()
    load_referential(department=department, data=rt(), by=None)
    cyber = programme_data()
    cyber["parcours"] |= {"code": "RT-CY", "name": "Cybersécurité", "short": "CYBER"}
    cyber["competences"][3] |= {"title": "Administrer un système d’information sécurisé"}
    cyber["competences"][4] |= {"title": "Surveiller un système d’information sécurisé"}

    ours = load_programme(department=department, data=programme_data(), by=None)
    theirs = load_programme(department=department, data=cyber, by=None)

    assert [each.units.get(code="UE34").competence.identity for each in (ours, theirs)] == ["IOM1", "Cyber1"]
    assert theirs.parcours.code == "RT-CY"  # as its first programme calls it
    assert Parcours.objects.filter(department=department).count() == 5


def test_a_proposal_writes_nothing():
    department = make_department()

    changes = changes_of(department=department, data=rt()).changes

    assert len(changes) > 13
    assert not Specialty.objects.exists()
    assert not Competence.objects.exists()
    assert not Entry.objects.exists()


def test_two_identities_may_change_places():
    department = make_department()
    load_referential(department=department, data=rt(), by=None)
    swapped = rt()
    first, second = swapped["competences"][:2]
    first["title"], second["title"] = second["title"], first["title"]
    first["levels"], second["levels"] = second["levels"], first["levels"]

    specialty = load_referential(department=department, data=swapped, by=None).specialty

    assert specialty.competences.get(identity="RT1").title == "Connecter les entreprises et les usagers"


def test_the_spelling_of_a_specialty_makes_no_other():
    department = make_department()
    make_specialty(department, name="Réseaux et télécommunications", short="")

    specialty = load_referential(department=department, data=rt(), by=None).specialty

    assert (specialty.name, specialty.short) == ("Réseaux et télécommunications", "R&T")
    assert Specialty.objects.count() == 1


# ---------- Orébut ----------


@pytest.mark.parametrize("name", ["nom_court", "name"])
def test_an_orebut_file_says_competences_levels_and_parcours(name):
    data = read_referential(orebut(name=name).encode())

    assert data["specialty"] == {"name": "Génie mécanique et productique", "short": "GMP"}
    assert [
        (row["identity"], row["code"], row["common"], row["parcours"]) for row in data["competences"]
    ] == [
        ("spécifier-4f3a", "GMP1", True, []),
        ("développer-4f3a", "GMP2", True, []),
        ("innover-4f3a", "GMP5", False, ["II"]),
        ("virtualiser-4f3a", "GMP5", False, ["SNRV"]),
    ]
    assert [(level["number"], level["year"]) for level in data["competences"][2]["levels"]] == [
        (1, 2),
        (2, 3),
    ]
    assert [row["code"] for row in data["parcours"]] == ["GMP-II", "GMP-SNRV"]


def test_without_ids_and_years_names_and_parcours_tell():
    data = read_referential(orebut(ids=False, years=False).encode())

    assert [row["identity"] for row in data["competences"]] == [each[0] for each in GMP]
    assert [[level["year"] for level in row["levels"]] for row in data["competences"]] == [
        list(each[3]) for each in GMP
    ]


def test_an_orebut_file_is_loaded_and_read_again_as_json():
    department = make_department()
    data = read_referential(orebut().encode())

    specialty = load_referential(department=department, data=data, by=None).specialty

    assert Level.objects.filter(competence__specialty=specialty).count() == 9
    assert read_referential(json.dumps(data).encode()) == data


BOMB = (
    '<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    "<referentiel_competence>&b;</referentiel_competence>"
)
OUTSIDE = '<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><referentiel_competence specialite="&x;"/>'
DEEP = orebut().replace("<situations>", "<x>" * 40, 1)
LEVEL_7 = orebut().replace('ordre="1"', 'ordre="7"', 1)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (BOMB, "DOCTYPE"),
        (OUTSIDE, "DOCTYPE"),
        (DEEP, "beaucoup plus qu’un référentiel"),
        (orebut()[:-40], "pas du XML entier"),
        ("", "est vide"),
        ("bonjour", "ni du XML ni du JSON"),
        ("<html><body>ScoDoc</body></html>", "page web"),
        ("<formation/>", "formation de ScoDoc"),
        ("<autre/>", "« autre »"),
        (orebut(root="referentiel"), "« referentiel »"),
        (orebut().replace(' specialite="GMP"', ""), "« specialite » manque"),
        (orebut().replace(' numero="1"', "", 1), "« numero » manque"),
        (orebut().replace('nom_court="Spécifier"', ""), "nom court"),
        (orebut().replace(' libelle="Spécifier, niveau 1"', ""), "« libelle » manque"),
        (LEVEL_7, "« ordre » vaut « 7 »"),
        (orebut().replace('annee="BUT1"', 'annee="BUT9"', 1), "« BUT9 »"),
        (orebut().replace('ordre="2" libelle', 'ordre="1" libelle', 1), "deux fois"),
        (orebut((GMP[0], GMP[0])), "même identité"),
        (orebut((GMP[0], ("Autre", *GMP[0][1:]))), "même intitulé"),
        (orebut().replace('nom="Innover" id="innover-4f3a"', 'nom="Inconnue"'), "Inconnue"),
        (orebut().replace('<competence niveau="1"', '<competence niveau="3"', 1).replace("BUT3", "BUT3"), ""),
        (orebut(()), "aucune compétence"),
    ],
)
def test_a_hostile_or_damaged_file_is_refused(content, said):
    if not said:  # level 3 of a competence that has it: read, years must follow
        assert read_referential(content.encode())
        return
    with pytest.raises(Unreadable) as refused:
        read_referential(content.encode())

    assert said in str(refused.value).replace("\u00a0", " ")


def test_a_file_too_large_or_in_another_encoding_is_refused():
    with pytest.raises(Unreadable, match="dépasse"):
        read_referential(b"<" + b" " * 5_000_000)
    plain = orebut().replace("’", "'").replace("…", "")
    with pytest.raises(Unreadable, match="UTF-8"):
        read_referential(plain.encode("latin-1"))
    announced = plain.replace('encoding="utf-8"', 'encoding="iso-8859-1"')
    assert (
        read_referential(announced.encode("latin-1"))["specialty"]["name"] == "Génie mécanique et productique"
    )


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda data: data.update(format="autre"), "« format »"),
        (lambda data: data.update(competences={}), "n’est pas une liste"),
        (lambda data: data.update(competences=[1]), "un objet"),
        (lambda data: data.update(competences=[]), "aucune compétence"),
        (lambda data: data["competences"][0].update(title=3), "« title »"),
        (lambda data: data["competences"][0].update(title="x" * 201), "dépasse 200"),
        (lambda data: data["competences"][0].update(identity="RT2"), "même identité"),
        (lambda data: data["competences"][0].update(common="oui"), "« common »"),
        (lambda data: data["competences"][0].update(parcours=["IOM"]), "commune"),
        (lambda data: data["competences"][3].update(parcours=["ABC"]), "« parcours »"),
        (lambda data: data["competences"][3].update(parcours=[["IOM"]]), "sigle"),
        (lambda data: data["competences"][0]["levels"][0].update(number=7), "7"),
        (lambda data: data["competences"][0]["levels"][0].update(number=True), "1 à 3"),
        (lambda data: data["competences"][0]["levels"][0].update(year=3), "ne se suivent pas"),
        (lambda data: data["competences"][0].update(levels=[]), "aucun niveau"),
        (lambda data: data.pop("parcours"), "« parcours » manque"),
        (lambda data: data["parcours"].append(data["parcours"][0]), "deux fois"),
        (lambda data: data.update(specialty=None), "spécialité"),
    ],
)
def test_a_json_that_is_no_referential_is_refused(change, said):
    data = rt()
    change(data)

    with pytest.raises(Unreadable) as refused:
        read_referential(json.dumps(data).encode())

    assert said in str(refused.value).replace("\u00a0", " ")


def test_the_fixture_is_the_national_referential():
    data = rt()

    shared = {row["identity"]: row for row in data["competences"]}
    assert [name for name, row in shared.items() if row["common"]] == ["RT1", "RT2", "RT3"]
    assert {row["short"] for row in data["parcours"]} == {"Cyber", "DevCloud", "IOM", "PilPro", "ROM"}
    assert {(row["code"], row["parcours"][0]) for row in data["competences"][3:]} == {
        (code, parcours["short"]) for code in ("RT4", "RT5") for parcours in data["parcours"]
    }
    assert [level["year"] for level in shared["RT1"]["levels"]] == [1, 2, 3]
    assert [level["year"] for level in shared["IOM2"]["levels"]] == [2, 3]


# ---------- the command and the pages ----------


def test_the_command_tells_and_loads(tmp_path, capsys):
    department = make_department()
    file = tmp_path / "gmp.xml"
    file.write_text(orebut())

    call_command("load_referential", str(file), department=department.code, dry_run=True)
    assert not Specialty.objects.exists()
    call_command("load_referential", str(file), department=department.code)

    assert "Compétence GMP5" in capsys.readouterr().out
    assert identities(Specialty.objects.get())["innover-4f3a"] == "GMP5"


def test_the_command_refuses_plainly(tmp_path):
    file = tmp_path / "gmp.xml"
    file.write_text("<autre/>")

    with pytest.raises(CommandError, match="referentiel_competence"):
        call_command("load_referential", str(file), department=make_department().code)
    with pytest.raises(CommandError, match="n’existe pas"):
        call_command("load_referential", str(file), department="aucun")
    with pytest.raises(CommandError):
        call_command("load_referential", str(tmp_path / "absent.xml"), department=make_department().code)


def send(client, content: bytes, name: str = "gmp.xml"):
    return client.post(reverse("curriculum:bring_referential"), {"file": SimpleUploadedFile(name, content)})


def test_an_administrator_reads_what_would_change_then_records_it(office, administrator, department):
    shown = send(office, orebut().encode())
    assert "Virtualiser un produit ou un procédé" in shown.content.decode()
    assert not Specialty.objects.exists()

    page = office.post(
        reverse("curriculum:confirm_referential"), {"proposal": shown.context["token"]}, follow=True
    )

    specialty = Specialty.objects.get()
    assert page.redirect_chain == [(specialty.get_absolute_url(), 302)]
    assert "niveau 2\xa0: Innover, niveau 2" in page.content.decode()
    assert Entry.objects.get(act="referential.load").by == administrator
    assert not send(office, orebut().encode()).context["token"]


def test_a_file_that_is_not_read_says_why_on_the_page(office, department):
    assert "DOCTYPE" in send(office, BOMB.encode()).content.decode()


def test_a_proposal_is_of_its_person_and_of_what_was_shown(office, client, department):
    token = send(office, orebut().encode()).context["token"]
    load_referential(department=department, data=read_referential(orebut(GMP[:2]).encode()), by=None)

    page = office.post(reverse("curriculum:confirm_referential"), {"proposal": token})
    assert "a changé entre-temps" in page.content.decode()
    assert Competence.objects.count() == 2

    client.force_login(make_user("administrator", department=department))
    client.post(reverse("curriculum:confirm_referential"), {"proposal": token})
    assert Competence.objects.count() == 2


def test_the_page_shows_competences_years_parcours_and_programmes(office, department):
    programme = three_years(department)[1]
    load_referential(department=department, data=rt(), by=None)

    text = office.get(programme.parcours.specialty.get_absolute_url()).content.decode()

    assert "niveau 1\xa0: Mettre en œuvre les réseaux pour la mobilité" in text
    assert "commune" in text
    assert programme.get_absolute_url() in text
    assert (
        programme.parcours.specialty.get_absolute_url()
        in office.get(reverse("curriculum:programmes")).content.decode()
    )


def test_the_page_makes_the_same_queries_whatever_the_number_of_competences(
    office, department, django_assert_num_queries
):
    load_referential(department=department, data=read_referential(orebut(GMP[:1]).encode()), by=None)
    address = Specialty.objects.get().get_absolute_url()
    with django_assert_num_queries(9) as few:
        office.get(address)
    load_referential(department=department, data=read_referential(orebut().encode()), by=None)

    with django_assert_num_queries(len(few)):
        office.get(address)


def test_another_department_does_not_see_it(client, department):
    load_referential(department=department, data=rt(), by=None)
    client.force_login(make_user("administrator"))

    assert client.get(Specialty.objects.get().get_absolute_url()).status_code == 404
