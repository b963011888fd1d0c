"""The pages and the command that take a ScoDoc formation in: who may, what is asked, whole or not at all."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from butrt.base.journal.models import Entry
from curriculum.differences import differences
from curriculum.models import Competence, Parcours, Programme, Weight
from curriculum.reading import programme_data
from curriculum.services import load_programme, new_version
from tests.curriculum.scodoc.exports import as_json, as_xml, changed, formation, modules, ue
from tests.curriculum.test_services import programme_data as fixture
from tests.curriculum.test_versions import freeze
from tests.factories import make_department, make_user

pytestmark = pytest.mark.django_db

SEND, PLACE, UNITS = (reverse(f"curriculum:{name}") for name in ("scodoc", "scodoc_place", "scodoc_units"))


@pytest.fixture
def department():
    return make_department(code="rt")


@pytest.fixture
def administrator(client, department):
    user = make_user("administrator", department=department)
    client.force_login(user)
    return user


def words(answer):
    """What a page says, without its tags, spaces made plain."""
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split()).replace("&amp;", "&")


def fields(answer, *, of="form"):
    """What the form of a page would post: its fields as they stand."""
    form = answer.context[of]
    posted = {"kept": answer.context["kept"]}
    for each in (answer.context.get("place_form") or (), form):
        for field in each:
            value = field.value()
            if value not in (None, "", False):
                posted[field.html_name] = "on" if value is True else value
    return posted


def sent(client, said=None, name="rt.xml"):
    data = as_xml(said or formation()) if name.endswith("xml") else as_json(said or formation())
    return client.post(SEND, {"file": SimpleUploadedFile(name, data)})


WHEN = {"modality": "apprentissage", "in_force_from": 2022}
NEW = {"code": "RT-IOM", "specialty": "Réseaux", "name": "Internet des objets", "short": "IOM"}


def placed(client, said=None, **answers):
    return client.post(PLACE, fields(sent(client, said)) | WHEN | answers)


def tokens(answer):
    return re.findall(r'name="proposal" value="([^"]+)"', answer.content.decode())


# ---------- the way through ----------


def test_a_whole_formation_comes_in_by_three_pages(client, administrator):
    first = sent(client)
    assert "BUT R&T" in words(first)
    assert first.context["form"].initial["years"] == [1, 2]
    second = client.post(PLACE, fields(first) | NEW | {"modality": "apprentissage", "in_force_from": 2022})
    assert "même intitulé que RT1 ; première année de RT1 dans le fichier : BUT1" in words(second)
    third = client.post(UNITS, fields(second))
    assert "BUT1 IOM, apprentissage, depuis 2022 + nouveau" in words(third)
    assert "Enregistrer les 2 programmes" in words(third)
    assert not Programme.objects.exists()

    done = client.post(reverse("curriculum:confirm"), {"proposal": tokens(third)}, follow=True)
    assert "BUT2 IOM, apprentissage, depuis 2022 : enregistré" in words(done)
    programme = Programme.objects.get(year=2)
    assert (programme.units.count(), programme.elements.count()) == (10, 36)
    assert Weight.objects.filter(unit__programme=programme).count() == 78
    assert {entry.details["file"] for entry in Entry.objects.filter(act="programme.load")} == {"rt.xml"}
    assert "Maquette importée de ScoDoc, en vigueur depuis 2022." in words(
        client.get(programme.get_absolute_url())
    )
    assert "ScoDoc" in words(client.get(reverse("curriculum:programmes"))).partition("Origine")[2]


def test_an_import_again_is_nothing_to_do(client, administrator, department):
    programme = load_programme(department=department, data=fixture(), by=None)
    second = placed(client, formation(fixture()))
    assert "comme dans le programme enregistré" in words(second)
    third = client.post(UNITS, fields(second))
    assert "Rien à enregistrer" in words(third)
    assert "ce que ScoDoc ne connaît pas est gardé" in words(third)
    assert tokens(third) == []
    assert differences(fixture(), programme_data(programme)) == ()


def test_who_administers_two_departments_says_which(client, administrator, department):
    other = make_department(code="gea", name="Gestion")
    administrator.roles.create(department=other, role="administrator")
    load_programme(department=other, data=fixture(), by=None)
    first = sent(client)
    choices = dict(first.context["form"].fields["parcours"].choices)
    assert f"new-{department.pk}" in choices
    assert choices[str(other.parcours.get().pk)].endswith("(Gestion, IUT de Valbrume)")
    third = client.post(
        UNITS,
        fields(client.post(PLACE, fields(first) | NEW | WHEN | {"parcours": f"new-{department.pk}"})),
    )
    client.post(reverse("curriculum:confirm"), {"proposal": tokens(third)})
    assert department.parcours.get().programmes.count() == 2
    assert other.parcours.get().programmes.count() == 1


def test_a_parcours_that_is_stored_is_proposed_and_its_modality(client, administrator, department):
    load_programme(department=department, data=fixture(), by=None)
    first = sent(client)
    form = first.context["form"]
    assert form.initial["parcours"] == str(Parcours.objects.get().pk)
    assert form.initial["modality"] == "apprentissage"
    assert "Proposé : le seul parcours du département." in words(first)
    assert "Déjà enregistrés : BUT2 IOM, apprentissage, depuis 2022." in words(first)


# ---------- what was typed stays ----------


def test_a_place_that_is_not_whole_is_asked_again_with_what_was_typed(client, administrator):
    first = sent(client)
    answer = client.post(PLACE, fields(first) | NEW | {"code": "", "in_force_from": "22"})
    assert "À donner, puisque le parcours est nouveau." in words(answer)
    assert "L’année de la rentrée est entre 2000 et 2099." in words(answer)
    assert "Choisir une modalité." in words(answer)
    assert 'value="Internet des objets"' in answer.content.decode()


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"level": ""}, "Donner son niveau."),
        ({"ects": ""}, "Donner ses ECTS."),
        ({"ects": "beaucoup"}, "Saisissez un nombre"),
        ({"code": ""}, "Donner son code."),
        ({"code": "UE32"}, "UE32 est déjà le code de UE31"),
        ({"competence": ""}, "Donner sa compétence."),
        ({"competence": "RT 2"}, "Un code de compétence est un mot, comme RT1."),
        ({"competence": "RT2"}, "UE31 est déjà RT2 au semestre 3"),
        ({"level": "1"}, "RT1 a un autre niveau dans une autre UE de BUT2."),
    ],
)
def test_an_answer_about_a_unit_is_asked_again_with_what_was_typed(client, administrator, typed, said):
    second = placed(client, **NEW)
    index = next(row.proposal.ue.index for row in second.context["form"].rows() if row.code.value() == "UE31")
    posted = fields(second) | {f"u{index}-{name}": value for name, value in typed.items()}
    posted["title-RT5"] = "Objets connectés, à ma façon"
    answer = client.post(UNITS, posted)
    assert said in words(answer)
    assert "Ce qui est tapé reste." in words(answer)
    assert 'value="Objets connectés, à ma façon"' in answer.content.decode()
    for value in filter(None, typed.values()):
        assert f'value="{value}"' in answer.content.decode()


def test_a_competence_typed_that_nobody_knows_asks_for_its_title(client, administrator):
    second = placed(client, **NEW)
    index = {row.code.value(): row.proposal.ue.index for row in second.context["form"].rows()}
    posted = fields(second) | {f"u{index[code]}-competence": "IOT" for code in ("UE35", "UE45")}
    answer = client.post(UNITS, posted)
    assert "Compétence nouvelle" in words(answer)
    assert answer.context["form"]["title-IOT"].value().startswith("Mettre en œuvre des applications")
    third = client.post(UNITS, fields(answer) | {"title-IOT": "Objets connectés"})
    client.post(reverse("curriculum:confirm"), {"proposal": tokens(third)})
    assert Competence.objects.get(code="IOT").title == "Objets connectés"
    assert not Competence.objects.filter(code="RT5").exists()


def test_answers_are_corrected_from_the_last_page(client, administrator):
    second = placed(client, **NEW)
    index = next(row.proposal.ue.index for row in second.context["form"].rows() if row.code.value() == "UE31")
    third = client.post(UNITS, fields(second) | {f"u{index}-ects": "8,5"})
    again = dict(third.context["again"].fields)
    answer = client.post(third.context["again"].url, again | {"years": [1, 2], "again": "1"})
    assert answer.context["form"][f"u{index}-ects"].value() == "8,5"
    assert "Où ranger cette formation" in words(client.post(PLACE, fields(answer) | {"again": "1"}))


def test_missing_ects_and_a_module_of_no_kind_are_asked(client, administrator):
    def change(said):
        del ue(said, "UE31")["ects"]
        modules(said)["R303"]["module_type"] = 0

    second = placed(client, changed(change), **NEW)
    form = second.context["form"]
    assert [row.module.code for row in form.module_rows()] == ["R303"]
    index = next(row.proposal.ue.index for row in form.rows() if row.code.value() == "UE31")
    assert f"u{index}-ects" not in fields(second)
    assert "Donner ses ECTS." in words(client.post(UNITS, fields(second)))
    third = client.post(UNITS, fields(second) | {f"u{index}-ects": "7"})
    client.post(reverse("curriculum:confirm"), {"proposal": tokens(third)})
    assert Programme.objects.get(year=2).elements.filter(code="R303", kind="ressource").exists()


def test_a_unit_that_is_not_ticked_is_left(client, administrator):
    second = placed(client, **NEW)
    posted = fields(second)
    for row in second.context["form"].rows():
        if row.code.value() in ("UE35", "UE45"):
            del posted[row.take.html_name]
    third = client.post(UNITS, posted)
    assert "UE que vous ne reprenez pas : UE35 et UE45." in words(third).replace("\N{NO-BREAK SPACE}", " ")
    for row in second.context["form"].rows():
        posted.pop(row.take.html_name, None)
    assert "Prendre au moins une UE." in words(client.post(UNITS, posted))


# ---------- refusals ----------


def test_a_file_that_is_not_read_says_so_on_the_page(client, administrator):
    answer = client.post(SEND, {"file": SimpleUploadedFile("x.xml", b"<!DOCTYPE html><html></html>")})
    assert "Rien n’est lu, rien n’est enregistré. Ce fichier est une page web" in words(answer)
    assert "Choisir le fichier à envoyer." in words(client.post(SEND, {}))


@pytest.mark.parametrize("role", ["teacher", "director", "president", "secretariat"])
def test_for_the_others_it_does_not_exist(client, department, role):
    client.force_login(make_user(role, department=department))
    assert [client.get(url).status_code for url in (SEND, PLACE, UNITS)] == [404, 404, 404]
    assert sent(client).status_code == 404
    assert "Importer de ScoDoc" not in words(client.get(reverse("curriculum:programmes")))


def test_the_list_of_programmes_leads_there(client, administrator):
    assert f'href="{SEND}"' in client.get(reverse("curriculum:programmes")).content.decode()


def test_what_was_read_comes_back_to_its_sender_alone(client, administrator, department):
    posted = fields(sent(client))
    client.force_login(make_user("administrator", department=department))
    answer = client.post(PLACE, posted | NEW, follow=True)
    assert "Le fichier n’est plus gardé" in words(answer)
    client.force_login(administrator)
    spoilt = posted | {"kept": posted["kept"][:-3] + "abc"}
    assert "Le fichier n’est plus gardé" in words(client.post(UNITS, spoilt, follow=True))


def test_a_department_where_one_is_not_the_administrator_is_no_choice(client, administrator):
    other = make_department(code="gea")
    answer = client.post(PLACE, fields(sent(client)) | NEW | {"parcours": f"new-{other.pk}"})
    assert "Où ranger cette formation" in words(answer)
    assert answer.context["form"].errors["parcours"]


def test_several_years_are_taken_together_or_not_at_all(client, administrator, department):
    known = load_programme(
        department=department, data=fixture("but1-rt") | {"modality": "apprentissage"}, by=None
    )
    said = changed(lambda said: ue(said, "UE11").update(ects=11.0))
    third = client.post(UNITS, fields(placed(client, said)))
    assert len(tokens(third)) == 2
    freeze(known)
    answer = client.post(reverse("curriculum:confirm"), {"proposal": tokens(third)})
    assert "Rien n’est enregistré." in words(answer)
    assert not Programme.objects.filter(year=2).exists()
    assert known.units.get(code="UE11").ects == 10


def test_hours_that_no_programme_holds_are_said_on_the_page(client, administrator):
    def change(said):
        other = dict(
            modules(said)["R311"], heures_td=9000, coefficients=modules(said)["R311"]["coefficients"][1:]
        )
        modules(said)["R311"].update(heures_td=8000, coefficients=modules(said)["R311"]["coefficients"][:1])
        ue(said, "UE32")["matiere"][0]["module"].append(other)

    answer = client.post(UNITS, fields(placed(client, changed(change), **NEW)))
    assert "« td » ne peut pas être 17000" in words(answer)


def test_the_questions_take_as_many_queries_whatever_the_number_of_versions(
    client, administrator, department
):
    def asked():
        with CaptureQueriesContext(connection) as queries:
            assert client.post(PLACE, posted).status_code == 200
        return len(queries)

    programme = load_programme(department=department, data=fixture(), by=None)
    posted = fields(sent(client)) | WHEN
    once = asked()
    for year in (2023, 2024):
        new_version(programme=programme, in_force_from=year, by=administrator)
    assert asked() == once
    assert once < 20


# ---------- the command ----------


def command(tmp_path, *options, said=None, name="rt.json"):
    file = tmp_path / name
    file.write_bytes(as_xml(said or formation()) if name.endswith("xml") else as_json(said or formation()))
    written = []

    class Out:
        def write(self, text):
            written.append(text)

        def flush(self):
            pass

    call_command(
        "import_scodoc_programme",
        str(file),
        "--department",
        "rt",
        "--parcours",
        "RT-IOM",
        "--in-force-from",
        "2022",
        "--modality",
        "apprentissage",
        *options,
        stdout=Out(),
        no_color=True,
    )
    return re.sub(r"\s", " ", "".join(written))


ABOUT = ("--specialty", "R&T", "--name", "Internet des objets", "--short", "IOM")


def test_the_command_does_what_the_pages_do(client, administrator, department, tmp_path):
    third = client.post(UNITS, fields(placed(client, **NEW)))
    client.post(reverse("curriculum:confirm"), {"proposal": tokens(third)})
    shown = programme_data(Programme.objects.get(year=2))
    told = command(tmp_path, name="rt.xml")
    assert "BUT2 IOM, apprentissage, depuis 2022 : déjà chargé, 0 différence," in told
    assert differences(shown, programme_data(Programme.objects.get(year=2))) == ()


def test_the_command_says_all_and_keeps_nothing_when_asked(department, tmp_path):
    told = command(tmp_path, "--dry-run", *ABOUT)
    assert "S3 UE34 : UE34, RT4/1, 4 ECTS" in told
    assert (
        "BUT2 IOM, apprentissage, depuis 2022 : nouveau, 129 différences, 10 UE, 36 éléments, 600 de coeff"
        in told
    )
    assert "Rien n’est enregistré (--dry-run)." in told
    assert not Programme.objects.exists()


def test_the_command_takes_one_year_and_answers(department, tmp_path):
    said = changed(lambda said: ue(said, "UE34").update(acronyme="Mobiles", titre="Ailleurs", ects=None))
    with pytest.raises(CommandError, match="ne dit tout de Mobiles : ajouter --unit Mobiles=COMPÉTENCE"):
        command(tmp_path, *ABOUT, said=said)
    command(tmp_path, *ABOUT, "--year", "2", "--unit", "Mobiles=RT4/1/4,5", "--unit", "UE35=-", said=said)
    programme = Programme.objects.get()
    assert sorted(programme.units.values_list("code", "ects"))[-1][0] == "UE45"
    assert programme.units.get(code="Mobiles").ects == 4.5
    assert programme.units.count() == 9


def test_the_command_changes_what_differs_only_if_asked(department, tmp_path):
    programme = load_programme(department=department, data=fixture(), by=None)
    said = changed(lambda said: ue(said, "UE31").update(ects=8.0))
    with pytest.raises(CommandError, match=r"diffère .*Rien n’est enregistré. Avec --update"):
        command(tmp_path, said=said)
    assert not Programme.objects.filter(year=1).exists()
    command(tmp_path, "--update", said=said)
    assert programme.units.get(code="UE31").ects == 8
    assert Weight.objects.get(unit__code="UE31", element__code="R301").evaluation_type == "CC"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--department", "nulle-part"), "n’existe pas"),
        (("--parcours", "RT-X"), "est nouveau : donner --specialty, --name et --short"),
        (("--unit", "UE34"), "s’écrit UE34=RT4/1"),
        (("--unit", "UE99=RT4/1"), "le fichier n’a pas UE99"),
        (("--unit", "UE34=RT1/2"), "UE31 et UE34 : même compétence RT1, semestre 3"),
        (("--year", "3"), "Aucune UE à prendre"),
        (("--scodoc-parcours", "Cyber"), "ne nomme pas le parcours « Cyber »"),
        (("--in-force-from", "1999"), "in_force_from"),
    ],
)
def test_the_command_refuses(department, tmp_path, options, said):
    load_programme(department=department, data=fixture(), by=None)
    with pytest.raises(CommandError, match=said):
        command(tmp_path, *options)
    assert Programme.objects.count() == 1


def test_the_command_says_what_it_cannot_read(department, tmp_path):
    (tmp_path / "x.json").write_bytes(b"{")
    for file, said in ((tmp_path / "x.json", "ne se lit pas"), (tmp_path / "absent.xml", "No such file")):
        with pytest.raises(CommandError, match=said) as refused:
            call_command(
                "import_scodoc_programme",
                str(file),
                "--department",
                "rt",
                "--parcours",
                "RT-IOM",
                "--in-force-from",
                "2022",
            )
        assert refused.value.returncode == 2
